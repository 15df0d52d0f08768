/* SPDX-License-Identifier: Apache-2.0
 *
 * What an expression may cost, before it is evaluated: nothing can stop it then, and nobody else is served meanwhile.
 * Ten nodes and five predicates within each other that look everywhere take hours.
 *
 * A predicate is evaluated for every node that the path before it can select, at most all (n). Ways down visit each
 * node once for all contexts together. Ways that lead elsewhere ("//", a path from the root, "..", an axis, current())
 * may visit all nodes for each context, and the contexts of predicates behind them multiply. A comparison of two sets
 * compares each with each.
 *
 * libyang divides integers for "mod": by zero that ends the process, so the divisor must be a number that is plain to
 * see, and no path goes on behind it. Of a comparison of a comparison (a = b = c), and of a condition on a string, it
 * loses memory each time. The tokens are those of libyang, which needs no blank behind the name of an operator.
 */
#include "src/mgmtd/filter/budget.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum {
    EXPRESSION_MAX = 8192,
    NEST_MAX = 32,
    LEVEL_MAX = 100, /* brackets of both kinds: libyang's own limit */
    NODES_MIN = 100, /* of a small tree, and of what is not there yet (notifications) */
};
#define VISITS_MAX   2e7 /* some seconds */
#define PATTERN_COST 1e6 /* re-match may try as often */

static const char too_long[] = "this expression could take too long; use paths from the root with simple conditions";

struct scan {
    const char *text, *at;
    double n, visits;
    double contexts[NEST_MAX + 1];
    bool is_wide[NEST_MAX + 1];
    unsigned depth;
    bool is_behind_operand; /* a name is an operator here, and "/" goes on */
    bool is_compared[LEVEL_MAX + 1];
    bool is_value[LEVEL_MAX + 1]; /* there is a string or a number, no more than a set of nodes */
    bool is_nodes;                /* the operand behind which we are */
    bool is_call;                 /* before the "(" of a function whose result is no set of nodes */
    unsigned level;
    const char *fault;
};

static void enter(struct scan *s)
{
    s->at++;
    s->is_behind_operand = false;
    if (s->level == LEVEL_MAX)
        s->fault = too_long;
    else
        s->level++;
    s->is_compared[s->level] = false;
    s->is_value[s->level] = s->is_call;
    s->is_call = false;
}

static void leave(struct scan *s)
{
    s->at++;
    s->is_behind_operand = true;
    s->is_nodes = true;
    s->level -= s->level > 0;
}

static void leave_value(struct scan *s)
{
    bool is_value = s->is_value[s->level];
    leave(s);
    s->is_nodes = !is_value;
    s->is_value[s->level] |= is_value;
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || strchr("_-.", c) || (unsigned char)c >= 0x80;
}

static void visit_all(struct scan *s)
{
    s->is_wide[s->depth] = true;
    s->visits += s->contexts[s->depth] * s->n;
}

static bool is_literal(const char *p)
{
    p += strspn(p, " \t\r\n=");
    return *p == '\'' || *p == '"' || isdigit((unsigned char)*p);
}

static bool is_after_literal(const struct scan *s)
{
    const char *p = s->at;
    while (p > s->text && isspace((unsigned char)p[-1]))
        p--;
    if (p == s->text || p[-1] == '\'' || p[-1] == '"')
        return p > s->text;
    while (p > s->text && is_name(p[-1]))
        p--;
    return isdigit((unsigned char)*p);
}

static void compare(struct scan *s)
{
    if (s->is_compared[s->level])
        s->fault = "comparisons need and, or, or brackets between them";
    s->is_compared[s->level] = true;
    if (is_literal(s->at + 1) || is_after_literal(s))
        return;
    s->visits += s->n * s->n * (s->is_wide[s->depth] ? s->contexts[s->depth] : 1);
}

static void open_predicate(struct scan *s)
{
    unsigned up = s->depth;
    if (!s->is_nodes)
        s->fault = "a condition behind what are no nodes";
    enter(s);
    if (up == NEST_MAX) {
        s->fault = too_long;
        return;
    }
    s->depth++;
    s->contexts[s->depth] = s->contexts[up] * (up == 0 || s->is_wide[up] ? s->n : 1);
    s->is_wide[s->depth] = false;
}

static void take_operand(struct scan *s, size_t len)
{
    s->visits += s->contexts[s->depth];
    s->at += len;
    s->is_behind_operand = s->is_nodes = true;
}

static void take_value(struct scan *s, size_t len)
{
    take_operand(s, len);
    s->is_nodes = false;
    s->is_value[s->level] = true;
}

/* Those that libyang survives with whatever they are given: XPath's own, and some of YANG's. Of deref, enum-value and
 * bit-is-set it takes the first node for a leaf of the right type, even if it is the root. */
static const struct function {
    const char *name;
    bool gives_nodes;
} functions[] = {
    {"boolean", false},
    {"ceiling", false},
    {"comment", true},
    {"concat", false},
    {"contains", false},
    {"count", false},
    {"current", true},
    {"derived-from", false},
    {"derived-from-or-self", false},
    {"false", false},
    {"floor", false},
    {"lang", false},
    {"last", false},
    {"local-name", false},
    {"name", false},
    {"namespace-uri", false},
    {"node", true},
    {"normalize-space", false},
    {"not", false},
    {"number", false},
    {"position", false},
    {"re-match", false},
    {"round", false},
    {"starts-with", false},
    {"string", false},
    {"string-length", false},
    {"substring", false},
    {"substring-after", false},
    {"substring-before", false},
    {"sum", false},
    {"text", true},
    {"translate", false},
    {"true", false},
};

static bool is_called(const char *end)
{
    return end[strspn(end, " \t\r\n")] == '(';
}

static void take_function(struct scan *s, size_t len)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (strlen(functions[i].name) == len && memcmp(functions[i].name, s->at, len) == 0) {
            s->is_call = !functions[i].gives_nodes;
            return;
        }
    s->fault = "deref, enum-value, bit-is-set, id and what is no function of XPath 1.0 cannot be called here";
}

static void take_modulo(struct scan *s)
{
    const char *divisor = s->at + 3 + strspn(s->at + 3, " \t\r\n");
    if (*divisor < '1' || *divisor > '9' || strspn(divisor, "0123456789") > 15)
        s->fault = "mod needs a whole number behind it";
}

/* "or", "and", "div", "mod"; anything else is no expression. */
static void take_operator(struct scan *s)
{
    if (strncmp(s->at, "mod", 3) == 0)
        take_modulo(s);
    else if (*s->at == 'a' || *s->at == 'o')
        s->is_compared[s->level] = false;
    s->at += strncmp(s->at, "or", 2) == 0 ? 2 : strnlen(s->at, 3);
    s->is_behind_operand = false;
}

static void take_name(struct scan *s)
{
    const char *end = s->at;
    while (*end && is_name(*end))
        end++;
    size_t len = (size_t)(end - s->at);
    bool is_axis = end[0] == ':' && end[1] == ':';

    if (is_axis || (len == 7 && memcmp(s->at, "current", 7) == 0))
        visit_all(s);
    if (len == 8 && memcmp(s->at, "re-match", 8) == 0)
        s->visits += s->contexts[s->depth] * PATTERN_COST;
    if (is_called(end))
        take_function(s, len);
    take_operand(s, len + (is_axis ? 2 : 0));
    s->is_behind_operand = !is_axis;
}

static void take_number(struct scan *s)
{
    size_t len = strspn(s->at, "0123456789");
    len += s->at[len] == '.' ? 1 + strspn(s->at + len + 1, "0123456789") : 0;
    take_value(s, len);
}

static void take_sign(struct scan *s)
{
    s->is_behind_operand = s->is_behind_operand && strchr(" \t\r\n", *s->at);
    s->at++;
}

static void take(struct scan *s)
{
    const char *end;
    bool is_step;

    switch (*s->at) {
    case '\'':
    case '"':
        end = strchr(s->at + 1, *s->at);
        take_value(s, end ? (size_t)(end + 1 - s->at) : strlen(s->at));
        break;
    case '[':
        open_predicate(s);
        break;
    case ']':
        leave(s);
        s->depth -= s->depth > 0;
        break;
    case '(':
        enter(s);
        break;
    case ')':
        leave_value(s);
        break;
    case ',':
        s->is_compared[s->level] = false;
        take_sign(s);
        break;
    case '/':
        if (s->is_behind_operand && !s->is_nodes)
            s->fault = "a path behind what are no nodes";
        if (s->at[1] == '/' || !s->is_behind_operand)
            visit_all(s);
        s->at += 1 + (s->at[1] == '/');
        s->is_behind_operand = false;
        break;
    case '=':
    case '<':
    case '>':
        compare(s);
        s->at += 1 + (s->at[1] == '=');
        s->is_behind_operand = false;
        break;
    case '*':
        is_step = !s->is_behind_operand;
        take_operand(s, 1);
        s->is_behind_operand = is_step;
        break;
    default:
        if (*s->at == '.' && s->at[1] == '.') {
            visit_all(s);
            take_operand(s, 2);
        } else if (isdigit((unsigned char)*s->at) || (*s->at == '.' && isdigit((unsigned char)s->at[1])))
            take_number(s);
        else if (*s->at == '.')
            take_operand(s, 1);
        else if (!is_name(*s->at) || *s->at == '-')
            take_sign(s);
        else if (s->is_behind_operand)
            take_operator(s);
        else
            take_name(s);
        break;
    }
}

const char *budget_fault(const char *expression, size_t n_nodes)
{
    struct scan s = {.text = expression, .at = expression, .n = (double)(n_nodes < NODES_MIN ? NODES_MIN : n_nodes)};

    if (strlen(expression) > EXPRESSION_MAX)
        return too_long;
    s.contexts[0] = 1;
    while (*s.at && !s.fault) {
        take(&s);
        if (s.visits > VISITS_MAX)
            return too_long;
    }
    return s.fault;
}

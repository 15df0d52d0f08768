/* SPDX-License-Identifier: Apache-2.0
 *
 * What an expression may cost, before it is evaluated: nothing can stop it then, and nobody else is served meanwhile.
 * Ten nodes and five predicates within each other that look everywhere take hours.
 *
 * A predicate is evaluated for every node that the path before it can select, at most all (n). Ways down visit each
 * node once for all contexts together. Ways that lead elsewhere ("//", a path from the root, "..", an axis, current())
 * may visit all nodes for each context, and the contexts of predicates behind them multiply. A comparison of two sets
 * compares each with each.
 */
#include "src/mgmtd/filter/budget.h"

#include <ctype.h>
#include <string.h>

enum {
    EXPRESSION_MAX = 8192,
    NEST_MAX = 32,
    NODES_MIN = 100, /* of a small tree, and of what is not there yet (notifications) */
};
#define VISITS_MAX   2e7 /* some seconds */
#define PATTERN_COST 1e6 /* re-match may try as often */

struct scan {
    const char *text, *at;
    double n, visits;
    double contexts[NEST_MAX + 1];
    bool is_wide[NEST_MAX + 1];
    unsigned depth;
};

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || strchr("_-.", c) || (unsigned char)c >= 0x80;
}

static void visit_all(struct scan *s)
{
    s->is_wide[s->depth] = true;
    s->visits += s->contexts[s->depth] * s->n;
}

/* What is before the "/": a step, or nothing that a path can go on from? When in doubt it is a path from the root. */
static bool is_from_root(const struct scan *s)
{
    static const char *const operators[] = {"and", "or", "div", "mod"};
    const char *end = s->at, *begin;

    while (end > s->text && isspace((unsigned char)end[-1]))
        end--;
    if (end == s->text || end != s->at)
        return true;
    if (strchr(")].", end[-1]))
        return false;
    for (begin = end; begin > s->text && is_name(begin[-1]);)
        begin--;
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
        if ((size_t)(end - begin) == strlen(operators[i]) && memcmp(begin, operators[i], strlen(operators[i])) == 0)
            return true;
    return begin == end || isdigit((unsigned char)*begin);
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
    if (is_literal(s->at + 1) || is_after_literal(s))
        return;
    s->visits += s->n * s->n * (s->is_wide[s->depth] ? s->contexts[s->depth] : 1);
}

static bool open_predicate(struct scan *s)
{
    unsigned up = s->depth;
    if (up == NEST_MAX)
        return false;
    s->depth++;
    s->contexts[s->depth] = s->contexts[up] * (up == 0 || s->is_wide[up] ? s->n : 1);
    s->is_wide[s->depth] = false;
    return true;
}

/* A name, number or "..": it is visited in each context. */
static const char *take_word(struct scan *s)
{
    const char *end = s->at;
    while (is_name(*end) && *end)
        end++;
    size_t len = (size_t)(end - s->at);
    bool is_current = len == 7 && memcmp(s->at, "current", 7) == 0;
    bool is_up = len == 2 && memcmp(s->at, "..", 2) == 0;

    s->visits += s->contexts[s->depth];
    if (is_current || is_up || (end[0] == ':' && end[1] == ':'))
        visit_all(s);
    if (len == 8 && memcmp(s->at, "re-match", 8) == 0)
        s->visits += s->contexts[s->depth] * PATTERN_COST;
    return end[0] == ':' && end[1] == ':' ? end + 2 : end;
}

/* False: it cannot be told. */
static bool take(struct scan *s)
{
    const char *end;

    switch (*s->at) {
    case '\'':
    case '"':
        end = strchr(s->at + 1, *s->at);
        s->at = end ? end + 1 : s->at + strlen(s->at);
        return true;
    case '[':
        s->at++;
        return open_predicate(s);
    case ']':
        s->at++;
        s->depth -= s->depth > 0;
        return true;
    case '/':
        if (s->at[1] == '/' || is_from_root(s))
            visit_all(s);
        s->at += 1 + (s->at[1] == '/');
        return true;
    case '=':
    case '<':
    case '>':
        compare(s);
        s->at += 1 + (s->at[1] == '=');
        return true;
    default:
        break;
    }
    if (is_name(*s->at)) {
        s->at = take_word(s);
        return true;
    }
    s->visits += *s->at == '*' ? s->contexts[s->depth] : 0;
    s->at++;
    return true;
}

bool budget_allows(const char *expression, size_t n_nodes)
{
    struct scan s = {.text = expression, .at = expression, .n = (double)(n_nodes < NODES_MIN ? NODES_MIN : n_nodes)};

    if (strlen(expression) > EXPRESSION_MAX)
        return false;
    s.contexts[0] = 1;
    while (*s.at && s.visits <= VISITS_MAX)
        if (!take(&s))
            return false;
    return s.visits <= VISITS_MAX;
}

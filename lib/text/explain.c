/* SPDX-License-Identifier: Apache-2.0
 *
 * Edit distance (with swapped neighbours) over short lists of words, and the sentences made of it.
 */
#include "lib/text/explain.h"

#include <libyang/libyang.h>
#include <stdbool.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/context.h"
#include "lib/text/parse.h"
#include "lib/text/syntax.h"

#define NEAR_MAX 63 /* longer words are compared no more: nobody mistypes those by two letters only */

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, removals, changes and swaps of neighbours that lead from a to b. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][NEAR_MAX + 2], na = strlen(a), nb = strlen(b);

    if (na > NEAR_MAX || nb > NEAR_MAX)
        return NEAR_MAX;
    for (size_t k = 0; k <= nb; k++)
        rows[0][k] = k;
    for (size_t i = 1; i <= na; i++) {
        size_t *now = rows[i % 3], *was = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t k = 1; k <= nb; k++) {
            now[k] = min(min(was[k] + 1, now[k - 1] + 1), was[k - 1] + (a[i - 1] != b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                now[k] = min(now[k], before[k - 2] + 1);
        }
    }
    return rows[na % 3][nb];
}

const char *text_nearest(const char *word, const char *const *names, size_t n)
{
    const char *best = NULL;
    size_t len = strlen(word), least = len < 2 ? 0 : len < 5 ? 1 : 2;
    bool is_only = true;

    for (size_t i = 0; i < n; i++) {
        size_t d = distance(word, names[i]);
        if (d == 0 || d > least || (best && d == least && strcmp(best, names[i]) == 0))
            continue;
        is_only = !best || d < least;
        best = names[i];
        least = d;
    }
    return is_only ? best : NULL;
}

/* How many letters at the front are the same. */
static size_t common(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

/* Is a more like the word than b? What begins the same first, then by slips of the finger. */
static bool is_nearer(const char *word, const char *a, const char *b)
{
    size_t ca = common(word, a), cb = common(word, b);
    return ca != cb ? ca > cb : distance(word, a) < distance(word, b);
}

void text_list_names(const char *word, const char *const *names, size_t n, struct text_buf *out)
{
    const char *best[TEXT_NAMES_SAID];
    size_t k = 0;

    if (n <= TEXT_NAMES_SAID) {
        for (size_t i = 0; i < n; i++)
            text_buf_printf(out, "%s%s", i ? ", " : "", names[i]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = k;
        while (at > 0 && is_nearer(word, names[i], best[at - 1]))
            at--;
        if (at == TEXT_NAMES_SAID)
            continue;
        k += k < TEXT_NAMES_SAID;
        for (size_t m = k - 1; m > at; m--)
            best[m] = best[m - 1];
        best[at] = names[i];
    }
    for (size_t i = 0; i < k; i++)
        text_buf_printf(out, "%s%s", i ? ", " : "", best[i]);
    text_buf_printf(out, " ... (? lists all %zu)", n);
}

static void expected(const char *word, const char *const *names, size_t n, struct text_buf *out)
{
    const char *near = text_nearest(word, names, n);
    if (near)
        text_buf_printf(out, "; did you mean \"%s\"?", near);
}

void text_explain_word(const struct ly_ctx *ctx, const struct lysc_node *parent, const char *word, struct text_buf *out)
{
    struct syntax_step all[SYNTAX_CHILDREN_MAX];
    const char *names[SYNTAX_CHILDREN_MAX] = {NULL};
    size_t n = syntax_children(ctx, parent, false, all);

    for (size_t i = 0; i < n; i++)
        names[i] = all[i].node->name;
    text_buf_printf(out, "unknown word \"%.80s\"", word);
    expected(word, names, n, out);
    text_buf_printf(out, "%sexpected %s", out->data[out->len - 1] == '?' ? " " : "; ",
                    n > 1 ? "one of: "
                    : n   ? ""
                          : "nothing more here");
    text_list_names(word, names, n, out);
}

void text_explain_value(const struct ly_ctx *ctx, const struct lysc_node *leaf, const char *word, struct text_buf *out)
{
    struct text_buf type = {0};
    char path[TEXT_PATH_MAX];
    const char *values[64];
    size_t n = syntax_values(leaf, values, 64);
    const char *name = lysc_is_key(leaf) ? leaf->parent->name : leaf->name;

    syntax_describe_type(leaf, &type);
    const char *why = yang_last_error(ctx, path, sizeof(path));
    bool is_pattern = strncmp(why, "Unsatisfied pattern", strlen("Unsatisfied pattern")) == 0; /* which nobody reads */
    text_buf_printf(out, "\"%.80s\" is no valid %s (%s)", word, name, is_pattern ? "it is not written like one" : why);
    expected(word, values, n, out);
    bool is_long = n > TEXT_NAMES_SAID && strncmp(text_buf_get(&type), "one of: ", strlen("one of: ")) == 0;
    if (is_long) {
        text_buf_printf(out, "%sexpected one of: ", out->data[out->len - 1] == '?' ? " " : "; ");
        text_list_names(word, values, n, out);
    } else if (strcmp(text_buf_get(&type), "text") != 0)
        text_buf_printf(out, "%sexpected %s", out->data[out->len - 1] == '?' ? " " : "; ", text_buf_get(&type));
    text_buf_fini(&type);
}

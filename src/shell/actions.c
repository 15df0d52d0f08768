/* SPDX-License-Identifier: Apache-2.0
 *
 * Typed requests: abbreviations, and what may come next. The order of the words is in lib/text/request.h.
 */
#include "src/shell/actions.h"

#include <libyang/libyang.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/expand.h"
#include "lib/text/explain.h"
#include "lib/text/request.h"
#include "lib/text/syntax.h"
#include "lib/text/words.h"
#include "src/shell/complete.h"
#include "src/shell/shell.h"
#include "strata/mem.h"

#define NAMES_MAX 64
#define FULL_LEN  512

/* The words that were understood so far. */
struct walk {
    const struct ly_ctx *ctx;
    char first[REQUEST_WORD_MAX]; /* of the name; "" = not yet */
    bool has_name;
    struct request_place place; /* when it has */
};

/* What may come next: words, and what each is of. */
struct names {
    char word[NAMES_MAX][REQUEST_WORD_MAX];
    const char *list[NAMES_MAX];
    const struct lysc_node *meaning[NAMES_MAX];
    size_t n;
};

static void add_name(struct names *names, const char *word, const struct lysc_node *meaning)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->word[i], word) == 0)
            return;
    if (names->n == NAMES_MAX)
        return;
    snprintf(names->word[names->n], REQUEST_WORD_MAX, "%s", word);
    names->list[names->n] = names->word[names->n];
    names->meaning[names->n++] = meaning;
}

static void next_names(const struct walk *w, struct names *names)
{
    const struct lysc_node *n = NULL;
    char first[REQUEST_WORD_MAX];

    names->n = 0;
    if (w->has_name) {
        while ((n = request_next_named(&w->place, n)))
            add_name(names, n->name, n);
        return;
    }
    while ((n = request_next(w->ctx, n))) {
        const char *second = request_name(n, first);
        if (!w->first[0])
            add_name(names, first, n);
        else if (strcmp(first, w->first) == 0)
            add_name(names, second, n);
    }
}

/* Its value comes next; NULL = a name. */
static const struct lysc_node *due(const struct walk *w)
{
    return w->has_name ? w->place.leaf : NULL;
}

/* The word was understood: a name in full, or a value. */
static void go_on(struct walk *w, const char *word)
{
    const struct lysc_node *n = NULL;

    if (due(w)) {
        request_pass_value(&w->place);
    } else if (w->has_name) {
        while ((n = request_next_named(&w->place, n)))
            if (strcmp(n->name, word) == 0)
                break;
        if (n)
            request_pass_name(&w->place, n);
    } else if (!w->first[0]) {
        snprintf(w->first, sizeof(w->first), "%s", word);
    } else if ((n = request_find(w->ctx, w->first, word))) {
        request_begin(&w->place, n);
        w->has_name = true;
    }
}

/* --- in full --- */

static int say(struct shell *s, const char *word, struct text_buf *message)
{
    shell_mark_word(s, word);
    shell_error("%s", text_buf_get(message));
    text_buf_fini(message);
    return 1;
}

static int say_names(struct shell *s, const char *word, const char *what, const char *const *names, size_t n)
{
    struct text_buf message = {0};
    const char *near = text_nearest(word, names, n);
    text_buf_printf(&message, "\"%s\" %s", word, n ? what : "is too much: nothing more can follow");
    for (size_t i = 0; i < n; i++)
        text_buf_printf(&message, "%s%s", i ? ", " : "", names[i]);
    if (near)
        text_buf_printf(&message, "; did you mean \"%s\"?", near);
    return say(s, word, &message);
}

static int value(struct shell *s, const struct lysc_node *leaf, const char *word, char full[FULL_LEN])
{
    const char *all[64], *hits[64];
    struct text_buf message = {0};

    snprintf(full, FULL_LEN, "%s", word);
    ly_err_clean(s->ctx, NULL);
    LY_ERR rc = lyd_value_validate(s->ctx, leaf, word, strlen(word), NULL, NULL, NULL);
    if (rc == LY_SUCCESS || rc == LY_EINCOMPLETE)
        return 0;
    size_t n = text_abbreviated(word, all, syntax_values(leaf, all, 64), hits, 64);
    if (n == 1) {
        snprintf(full, FULL_LEN, "%s", hits[0]);
        return 0;
    }
    text_explain_value(s->ctx, leaf, word, &message);
    return say(s, word, &message);
}

/* Does any request begin so? */
static bool has_begin(const struct ly_ctx *ctx, const char *word)
{
    const struct lysc_node *rpc = NULL;
    while ((rpc = request_next(ctx, rpc)))
        if (word[0] && strncmp(rpc->name, word, strlen(word)) == 0)
            return true;
    return false;
}

static int one_word(struct shell *s, const struct walk *w, const char *word, char full[FULL_LEN])
{
    const char *hits[NAMES_MAX];
    struct names names;

    if (due(w))
        return value(s, due(w), word, full);
    next_names(w, &names);
    size_t n_hits = text_abbreviated(word, names.list, names.n, hits, NAMES_MAX);
    if (n_hits > 1)
        return say_names(s, word, "is ambiguous: ", hits, n_hits);
    if (n_hits == 0)
        return say_names(s, word, "is unknown here; expected one of: ", names.list, names.n);
    snprintf(full, FULL_LEN, "%s", hits[0]);
    return 0;
}

int actions_expand(struct shell *s, char *const *words, size_t n, struct text_words *out)
{
    struct walk w = {.ctx = s->ctx};
    char full[FULL_LEN];
    int rc = 0;

    out->n = 0;
    bool is_known = n > 0 && has_begin(s->ctx, words[0]);
    for (size_t i = 0; i < n && rc == 0; i++) {
        snprintf(full, sizeof(full), "%s", words[i]);
        if (is_known)
            rc = one_word(s, &w, words[i], full);
        if (rc == 0 && is_known)
            go_on(&w, full);
        out->word[out->n++] = mem_strdup(NULL, full);
    }
    if (rc || !is_known)
        return rc;
    if (due(&w))
        return shell_error("the request is not complete; expected: %s", due(&w)->name);
    return w.has_name ? 0 : shell_error("the request is not complete; press ? for what may follow");
}

/* --- completion --- */

static void offer_values(struct shell *s, struct completion_list *list, const struct walk *w)
{
    const struct lysc_node *leaf = due(w);

    complete_values(s, list, leaf);
    if (strcmp(w->place.rpc->name, "bgp-clear") == 0 && strcmp(leaf->name, "neighbor") == 0)
        complete_from_state(s, list, "/bgp/neighbor/address", "there is one");
    if (strcmp(leaf->name, "lsr-id") == 0)
        complete_from_state(s, list, "/ldp/session/lsr-id", "there is one");
    if (strcmp(leaf->name, "vpn-instance") == 0)
        complete_from_candidate(s, list, "/vpn-instances/vpn-instance/name", "VPN instance");
}

void actions_offer(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    const char *hits[NAMES_MAX];
    char help[200];
    struct names names;
    struct walk w = {.ctx = s->ctx};

    for (size_t i = 0; i < n; i++) {
        const char *full = words[i];
        if (!w.has_name) {
            next_names(&w, &names);
            if (text_abbreviated(full, names.list, names.n, hits, NAMES_MAX) != 1)
                return;
            full = hits[0];
        }
        go_on(&w, full);
    }
    if (due(&w)) {
        offer_values(s, list, &w);
        return;
    }
    next_names(&w, &names);
    for (size_t i = 0; i < names.n; i++) {
        syntax_help(names.meaning[i], help, sizeof(help));
        completion_add(list, names.word[i], help);
    }
    if (w.has_name)
        completion_add_hint(list, "<Enter>", "do it");
}

/* --- clear --- */

size_t actions_cleared(char *const *words, size_t n, char **out)
{
    size_t k = 0;

    for (size_t i = 0; i < n && k < TEXT_WORDS_MAX; i++) {
        out[k++] = words[i];
        if (i == 0)
            out[k++] = (char *)(uintptr_t) "clear";
    }
    return k;
}

void actions_offer_cleared(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    char *all[TEXT_WORDS_MAX + 1], first[REQUEST_WORD_MAX], help[200];
    const struct lysc_node *rpc = NULL;

    if (n) {
        size_t k = actions_cleared(words, n, all);
        actions_offer(s, list, all, k);
        return;
    }
    while ((rpc = request_next(s->ctx, rpc))) {
        const char *second = request_name(rpc, first);
        syntax_help(rpc, help, sizeof(help));
        if (strcmp(second, "clear") == 0)
            completion_add(list, first, help);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Follows the names of all rpcs word by word, then the leafs of the one that is left.
 */
#include "src/shell/actions.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/expand.h"
#include "lib/text/explain.h"
#include "lib/text/syntax.h"
#include "lib/text/words.h"
#include "src/shell/complete.h"
#include "src/shell/shell.h"
#include "strata/mem.h"

#define ACTIONS_MAX 64
#define LEAFS_MAX   16
#define WORD_LEN    32
#define FULL_LEN    512

struct walk {
    const struct lysc_node *rpc[ACTIONS_MAX]; /* those whose names begin with the words so far */
    size_t n;
    const char *rest[ACTIONS_MAX]; /* of their names; "" = the name is complete */
    unsigned given;                /* bits: leafs of the input of the only one that is left */
    const struct lysc_node *leaf;  /* its value comes next; NULL = a name */
};

static void start(struct shell *s, struct walk *w)
{
    uint32_t index = 0;
    memset(w, 0, sizeof(*w));
    for (const struct lys_module *m; (m = ly_ctx_get_module_iter(s->ctx, &index));) {
        if (!m->implemented || !m->compiled || strncmp(m->name, "strata-", 7) != 0)
            continue;
        for (const struct lysc_node *r = (const struct lysc_node *)m->compiled->rpcs; r && w->n < ACTIONS_MAX;
             r = r->next) {
            w->rpc[w->n] = r;
            w->rest[w->n++] = r->name;
        }
    }
}

static bool in_input(const struct walk *w)
{
    return w->n == 1 && !w->rest[0][0];
}

static size_t leafs(const struct walk *w, const struct lysc_node *out[LEAFS_MAX])
{
    const struct lysc_node_action *rpc = (const struct lysc_node_action *)w->rpc[0];
    size_t n = 0;
    for (const struct lysc_node *l = rpc->input.child; l && n < LEAFS_MAX; l = l->next)
        if (l->nodetype == LYS_LEAF)
            out[n++] = l;
    return n;
}

/* The next leaf that must be given, by its value alone; NULL = all were. */
static const struct lysc_node *next_positional(const struct walk *w, size_t *at)
{
    const struct lysc_node *all[LEAFS_MAX];
    size_t n = leafs(w, all);
    for (*at = 0; *at < n; ++*at)
        if ((all[*at]->flags & LYS_MAND_TRUE) && !(w->given & (1u << *at)))
            return all[*at];
    return NULL;
}

/* Next words: of names, or leafs that may be given; and what each is of. */
static size_t next_names(const struct walk *w, char names[ACTIONS_MAX][WORD_LEN], const struct lysc_node **meaning)
{
    const struct lysc_node *all[LEAFS_MAX];
    size_t n = 0, n_leafs = in_input(w) ? leafs(w, all) : 0;

    for (size_t i = 0; i < n_leafs; i++) {
        if ((all[i]->flags & LYS_MAND_TRUE) || (w->given & (1u << i)))
            continue;
        snprintf(names[n], WORD_LEN, "%s", all[i]->name);
        meaning[n++] = all[i];
    }
    for (size_t i = 0; i < w->n && !in_input(w); i++) {
        size_t len = strcspn(w->rest[i], "-");
        bool is_new = true;
        snprintf(names[n], WORD_LEN, "%.*s", (int)len, w->rest[i]);
        for (size_t k = 0; k < n; k++)
            is_new = is_new && strcmp(names[k], names[n]) != 0;
        meaning[n] = w->rpc[i];
        n += is_new;
    }
    return n;
}

/* The word was understood: a name in full, or a value. */
static void go_on(struct walk *w, const char *name)
{
    const struct lysc_node *all[LEAFS_MAX];
    size_t at, kept = 0, len = strlen(name);

    if (w->leaf) {
        w->leaf = NULL;
        return;
    }
    if (!in_input(w)) {
        for (size_t i = 0; i < w->n; i++) {
            if (strncmp(w->rest[i], name, len) != 0 || (w->rest[i][len] && w->rest[i][len] != '-'))
                continue;
            w->rpc[kept] = w->rpc[i];
            w->rest[kept++] = w->rest[i] + len + (w->rest[i][len] == '-');
        }
        w->n = kept;
        return;
    }
    if (next_positional(w, &at)) {
        w->given |= 1u << at;
        return;
    }
    size_t n = leafs(w, all);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(all[i]->name, name) != 0)
            continue;
        w->given |= 1u << i;
        w->leaf = syntax_is_boolean(all[i]) ? NULL : all[i];
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

/* The only name that the word may stand for. */
static bool only_hit(const struct walk *w, const char *word, char full[FULL_LEN])
{
    char names[ACTIONS_MAX][WORD_LEN];
    const struct lysc_node *meaning[ACTIONS_MAX];
    const char *list[ACTIONS_MAX], *hits[ACTIONS_MAX];
    size_t n = next_names(w, names, meaning);
    for (size_t i = 0; i < n; i++)
        list[i] = names[i];
    if (text_abbreviated(word, list, n, hits, ACTIONS_MAX) != 1)
        return false;
    snprintf(full, FULL_LEN, "%s", hits[0]);
    return true;
}

/* Does any name begin so? */
static bool has_begin(const struct walk *w, const char *word)
{
    for (size_t i = 0; i < w->n; i++)
        if (word[0] && strncmp(w->rest[i], word, strlen(word)) == 0)
            return true;
    return false;
}

static int one_word(struct shell *s, struct walk *w, const char *word, char full[FULL_LEN])
{
    char names[ACTIONS_MAX][WORD_LEN];
    const struct lysc_node *meaning[ACTIONS_MAX];
    const char *list[ACTIONS_MAX], *hits[ACTIONS_MAX];
    size_t at;
    const struct lysc_node *leaf = w->leaf ? w->leaf : in_input(w) ? next_positional(w, &at) : NULL;

    if (leaf)
        return value(s, leaf, word, full);
    size_t n = next_names(w, names, meaning);
    for (size_t i = 0; i < n; i++)
        list[i] = names[i];
    size_t n_hits = text_abbreviated(word, list, n, hits, ACTIONS_MAX);
    if (n_hits > 1)
        return say_names(s, word, "is ambiguous: ", hits, n_hits);
    if (n_hits == 0)
        return say_names(s, word, "is unknown here; expected one of: ", list, n);
    snprintf(full, FULL_LEN, "%s", hits[0]);
    return 0;
}

int actions_expand(struct shell *s, char *const *words, size_t n, struct text_words *out)
{
    struct walk w;
    char full[FULL_LEN];
    size_t at;
    int rc = 0;

    start(s, &w);
    out->n = 0;
    bool is_known = n > 0 && has_begin(&w, words[0]);
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
    const struct lysc_node *missing = w.leaf ? w.leaf : in_input(&w) ? next_positional(&w, &at) : NULL;
    if (missing)
        return shell_error("the request is not complete; expected: %s", missing->name);
    return in_input(&w) ? 0 : shell_error("the request is not complete; press ? for what may follow");
}

/* --- completion --- */

void actions_offer(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    char names[ACTIONS_MAX][WORD_LEN], full[FULL_LEN], help[200];
    const struct lysc_node *meaning[ACTIONS_MAX];
    struct walk w;
    size_t at;

    start(s, &w);
    for (size_t i = 0; i < n; i++) {
        if (in_input(&w) || w.leaf)
            snprintf(full, sizeof(full), "%s", words[i]);
        else if (!only_hit(&w, words[i], full))
            return;
        go_on(&w, full);
    }
    const struct lysc_node *leaf = w.leaf ? w.leaf : in_input(&w) ? next_positional(&w, &at) : NULL;
    if (leaf) {
        complete_values(s, list, leaf);
        if (strcmp(w.rpc[0]->name, "bgp-clear") == 0 && strcmp(leaf->name, "neighbor") == 0)
            complete_from_state(s, list, "/bgp/neighbor/address", "there is one");
        if (strcmp(leaf->name, "lsr-id") == 0)
            complete_from_state(s, list, "/ldp/session/lsr-id", "there is one");
        if (strcmp(leaf->name, "vpn-instance") == 0)
            complete_from_candidate(s, list, "/vpn-instances/vpn-instance/name", "VPN instance");
        return;
    }
    size_t n_names = next_names(&w, names, meaning);
    for (size_t i = 0; i < n_names; i++) {
        syntax_help(meaning[i], help, sizeof(help));
        completion_add(list, names[i], help);
    }
    if (in_input(&w))
        completion_add_hint(list, "<Enter>", "do it");
}

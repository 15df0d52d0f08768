/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be typed next: straight from the schema, keys of list entries from the candidate.
 */
#include "src/shell/shell.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/syntax.h"
#include "lib/text/path.h"
#include "lib/text/tree.h"

#define EXPANDED_HELP "With everything that the configuration implies"

struct offer {
    struct completion *out;
    size_t n, max;
    const char *prefix; /* of the word that is begun */
};

static void add(struct offer *o, const char *word, const char *help)
{
    if (o->n >= o->max || strncmp(word, o->prefix, strlen(o->prefix)) != 0)
        return;
    for (size_t i = 0; i < o->n; i++)
        if (strcmp(o->out[i].word, word) == 0)
            return;
    snprintf(o->out[o->n].word, sizeof(o->out[o->n].word), "%s", word);
    snprintf(o->out[o->n].help, sizeof(o->out[o->n].help), "%s", help);
    o->n++;
}

/* `is_show`: state, and the way to that of VPN instances; else configuration. */
static void add_schema(struct shell *s, struct offer *o, const struct lysc_node *parent, bool is_show)
{
    struct syntax_step all[SYNTAX_CHILDREN_MAX];
    size_t n = syntax_children(s->ctx, parent, is_show, all);
    for (size_t i = 0; i < n; i++) {
        char help[160];
        if (is_show && (all[i].node->flags & LYS_CONFIG_W) && strcmp(all[i].node->name, "vpn-instance") != 0)
            continue;
        syntax_help(all[i].node, help, sizeof(help));
        add(o, all[i].node->name, help);
    }
}

/* Entries of the list at `path` (its last part without keys) that the candidate has. */
static void add_keys(struct shell *s, struct offer *o, const char *path, const struct lysc_node *key)
{
    struct client_answer answer;
    struct front_request r = {.op = FRONT_SHOW, .is_candidate = true, .format = FRONT_JSON, .path = path};
    struct lyd_node *tree = NULL;
    bool is_exact;

    if (client_call(s->client, &r, &answer) == 0 &&
        lyd_parse_data_mem(s->ctx, answer.text, LYD_JSON, LYD_PARSE_ONLY, 0, &tree) == LY_SUCCESS) {
        for (struct lyd_node *n = yang_path_lookup(tree, path, &is_exact); n && is_exact; n = n->next) {
            struct lyd_node *k = NULL;
            if (lyd_find_sibling_val(lyd_child(n), key, NULL, 0, &k) == LY_SUCCESS)
                add(o, lyd_get_value(k), "configured");
        }
    }
    yang_tree_free(tree);
    client_answer_fini(&answer);
}

static void add_values(struct offer *o, const struct lysc_node *leaf)
{
    const char *values[64];
    size_t n = syntax_values(leaf, values, 64);
    for (size_t i = 0; i < n; i++) {
        char help[160];
        syntax_value_help(leaf, values[i], help, sizeof(help));
        add(o, values[i], help);
    }
    if (n == 0 && !o->prefix[0]) {
        struct text_buf type = {0};
        char hint[128], help[160];
        syntax_describe_type(leaf, &type);
        snprintf(hint, sizeof(hint), "<%.100s>", leaf->name);
        syntax_help(leaf, help, sizeof(help));
        size_t used = strlen(help);
        snprintf(help + used, sizeof(help) - used, " (%s)", text_buf_get(&type));
        add(o, hint, help);
        text_buf_fini(&type);
    }
}

static void complete_statement(struct shell *s, struct offer *o, char *const *words, size_t n)
{
    struct text_buf line = {0}, path = {0};
    struct text_words all;
    struct text_place place;

    shell_context_words(s, &line);
    bool has_prefix = n && (!strcmp(words[0], "no") || !strcmp(words[0], "delete") || !strcmp(words[0], "set"));
    for (size_t i = has_prefix; i < n; i++)
        text_buf_printf(&line, " %s", words[i]);
    if (text_words_split(text_buf_get(&line), &all)) {
        text_words_walk(s->ctx, (const char *const *)all.word, all.n, false, &place, &path);
        if (place.used == all.n && place.leaf) {
            add_values(o, place.leaf);
            if (syntax_is_boolean(place.leaf))
                add_schema(s, o, place.node, false);
        } else if (place.used == all.n && place.key) {
            add_keys(s, o, text_buf_get(&path), place.key);
            add_values(o, place.key);
        } else if (place.used == all.n) {
            add_schema(s, o, place.node, false);
        }
    }
    text_words_free(&all);
    text_buf_fini(&line);
    text_buf_fini(&path);
}

/* The next word of a phrase that begins with the words. */
static void add_phrase(struct offer *o, const char *phrase, const char *help, char *const *words, size_t n)
{
    struct text_words w;
    bool is_hit = text_words_split(phrase, &w) && w.n > n;
    for (size_t i = 0; is_hit && i < n; i++)
        is_hit = strcmp(w.word[i], words[i]) == 0;
    if (is_hit)
        add(o, w.word[n], w.n == n + 1 ? help : "");
    text_words_free(&w);
}

/* `phrases`: pairs of words and help, ends with NULL. */
static void add_phrases(struct offer *o, const char *const *phrases, char *const *words, size_t n)
{
    for (; *phrases; phrases += 2)
        add_phrase(o, phrases[0], phrases[1], words, n);
}

static void add_commands(struct offer *o, const char *const *words)
{
    for (; *words; words += 2)
        add(o, words[0], words[1]);
}

static void complete_show(struct shell *s, struct offer *o, char *const *words, size_t n)
{
    if (n && strcmp(words[0], "configuration") == 0) {
        size_t depth = s->depth;
        size_t used = n > 1 && strcmp(words[1], "expanded") == 0 ? 2 : 1;
        s->depth = 0;
        if (n == 1)
            add(o, "expanded", EXPANDED_HELP);
        complete_statement(s, o, words + used, n - used);
        s->depth = depth;
        return;
    }
    for (const struct show_alias *a = show_aliases; a->words; a++)
        add_phrase(o, a->words, a->help, words, n);
    struct text_place place;
    struct text_buf path = {0};
    text_words_walk(s->ctx, (const char *const *)words, n, true, &place, &path);
    if (n && place.used == n && place.node && !place.leaf && !place.key)
        add_schema(s, o, place.node, true);
    if (n == 0)
        add(o, "configuration", "The running configuration");
    text_buf_fini(&path);
}

/* Pairs of words and help. */
static const char *const operational[] = {
    "show", "Look at something", "request", "Do something", "configure", "Change the configuration",
    "help", "All commands",      "exit",    "Leave",        NULL};
static const char *const configuring[] = {"no",       "Remove what follows",
                                          "compare",  "What would change",
                                          "commit",   "Make it so",
                                          "rollback", "An older commit",
                                          "discard",  "Forget changes",
                                          "load",     "Read a file",
                                          "save",     "Write a file",
                                          "show",     "The candidate",
                                          "run",      "A command of operational mode",
                                          "top",      "To the top",
                                          "up",       "One level up",
                                          "exit",     "Up, or leave",
                                          "end",      "Leave",
                                          NULL};
static const char *const requests[] = {"mpls guard enable",
                                       "Drop packets with labels that were not given to where they come from",
                                       "mpls guard disable",
                                       "Take labels from anywhere, until it is enabled again",
                                       "platform audit",
                                       "Compare the kernel with what was intended",
                                       "platform audit repair",
                                       "... and mend what differs",
                                       "ldp clear all",
                                       "End all LDP sessions; they come back",
                                       "bgp clear <ADDRESS>",
                                       "A BGP session anew",
                                       "bgp clear <ADDRESS> soft",
                                       "Only exchange its routes again",
                                       "ldp clear <LSR-ID>",
                                       "End the session with one neighbour",
                                       NULL};
static const char *const arguments[] = {"commit check",
                                        "Ask whether it could be; change nothing",
                                        "commit comment",
                                        "A remark for the history",
                                        "commit check comment",
                                        "A remark for the history",
                                        "compare <N>",
                                        "With the commit that many before the one that runs",
                                        "rollback <N>",
                                        "To the commit that many before the one that runs; 0: to what runs",
                                        "load merge",
                                        "Add what the file has",
                                        "load replace",
                                        "The file's top-level parts take the place of those here",
                                        "load override",
                                        "The file takes the place of everything",
                                        NULL};

size_t shell_complete(struct shell *s, const char *line, struct completion *out, size_t max)
{
    struct text_words w;
    struct offer o = {.out = out, .max = max, .prefix = ""};

    if (!text_words_split(line, &w)) {
        text_words_free(&w);
        return 0;
    }
    size_t len = strlen(line), n = w.n;
    if (n && len && line[len - 1] != ' ')
        o.prefix = w.word[--n];
    if (s->is_configuring) {
        if (n == 0)
            add_commands(&o, configuring);
        size_t used = n && strcmp(w.word[0], "show") == 0;
        if (used && n == 1)
            add(&o, "expanded", EXPANDED_HELP);
        else if (n)
            add_phrases(&o, arguments, w.word, n);
        used += used && n > 1 && strcmp(w.word[1], "expanded") == 0;
        complete_statement(s, &o, w.word + used, n - used);
    } else if (n == 0) {
        add_commands(&o, operational);
    } else if (strcmp(w.word[0], "show") == 0) {
        complete_show(s, &o, w.word + 1, n - 1);
    } else if (strcmp(w.word[0], "request") == 0) {
        add_phrases(&o, requests, w.word + 1, n - 1);
    }
    text_words_free(&w);
    return o.n;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of lists as a whole: copy and rename, and insert, which puts an entry of a list that the user orders at
 * another place. The entry is read from the candidate, and what is to become of it goes back as one edit.
 */
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/escape.h"
#include "lib/text/expand.h"
#include "lib/text/explain.h"
#include "lib/text/lexer.h"
#include "lib/text/path.h"
#include "lib/text/tree.h"

#include "src/shell/commands.h"
#include "src/shell/complete.h"
#include "src/shell/configure.h"
#include "src/shell/shell.h"

#define NS_BASE  "urn:ietf:params:xml:ns:netconf:base:1.0"
#define NS_YANG  "urn:ietf:params:xml:ns:yang:1"
#define KEYS_MAX 8

static const char *const to_words[] = {"to", NULL};
static const char *const place_words[] = {"before", "after", "first", "last", NULL};

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

/* --- which entry --- */

struct named { /* named_fini */
    const struct lysc_node *list;
    struct text_buf path; /* of the entry */
    size_t used;          /* words that name it */
};

static void named_fini(struct named *e)
{
    text_buf_fini(&e->path);
}

static size_t count_keys(const struct lysc_node *list)
{
    size_t n = 0;
    for (const struct lysc_node *k = lysc_node_child(list); k && lysc_is_key(k); k = k->next)
        n++;
    return n;
}

/* Do the words name an entry, seen from the current place? They may be cut short. */
static bool names_entry(struct shell *s, char *const *words, size_t n, struct named *out, struct text_error *err)
{
    struct text_buf typed = {0}, line = {0}, path = {0};
    struct text_expansion x;
    struct text_place from, place = {0};
    struct text_words all;

    for (size_t i = 0; i < n; i++) {
        text_buf_puts(&typed, i ? " " : "");
        text_quote(&typed, words[i]);
    }
    struct text_source src = {.text = text_buf_get(&typed), .len = typed.len};
    configure_place(s, &from, &path);
    bool is_good = text_expand(s->ctx, from.node, text_buf_get(&path), &src, &x, err) == 0;
    shell_context_words(s, &line);
    text_buf_printf(&line, " %s", text_buf_get(&x.full));
    text_buf_fini(&out->path);
    if (is_good && text_words_split(text_buf_get(&line), &all)) {
        text_words_walk(s->ctx, (const char *const *)all.word, all.n, false, &place, &out->path);
        is_good = place.used == all.n && place.node && place.node->nodetype == LYS_LIST && !place.key && !place.leaf;
        text_words_free(&all);
    }
    out->list = place.node;
    out->used = n;
    text_expansion_fini(&x);
    text_buf_fini(&typed);
    text_buf_fini(&line);
    text_buf_fini(&path);
    return is_good;
}

/* The entry in front of one of the marks; here, or at a place around. *err is that of the place one is in. */
static bool find_entry(struct shell *s, char *const *words, size_t n, const char *const *marks, struct named *out,
                       struct text_error *err)
{
    size_t depth = s->depth;
    bool is_found = false;

    memset(err, 0, sizeof(*err));
    for (size_t d = depth + 1; d-- > 0 && !is_found;) {
        struct text_error here = {0};
        s->depth = d;
        for (size_t i = 1; i < n && !is_found; i++)
            is_found = is_one_of(words[i], marks) && names_entry(s, words, i, out, &here);
        if (d == depth)
            *err = here;
    }
    s->depth = depth;
    return is_found;
}

/* --- errors --- */

static int fail_word(struct shell *s, const char *word, const char *message)
{
    shell_mark_word(s, word);
    return shell_error("%s", message);
}

static int fail_end(struct shell *s, const char *typed, const char *message)
{
    size_t len = strlen(typed);
    while (len && typed[len - 1] == ' ')
        len--;
    return shell_error_at(s, typed, 1, (unsigned)len + 2, message);
}

/* No entry stands before the mark. */
static int fail_entry(struct shell *s, const struct command_line *l, const char *const *marks,
                      const struct text_error *err)
{
    struct text_buf text = {0};
    size_t at = l->rest_at;

    while (at < l->n_words && !is_one_of(l->words[at], marks))
        at++;
    if (at == l->n_words) {
        text_buf_puts(&text, "expected an entry of a list, then ");
        for (size_t i = 0; marks[i]; i++)
            text_buf_printf(&text, "%s%s", i ? ", " : "", marks[i]);
        fail_end(s, l->typed, text_buf_get(&text));
    } else if (err->message[0]) {
        unsigned line = 1, column = err->column;
        const char *words = l->typed + l->rest_column - 1;
        for (size_t i = l->rest_at; i < at; i++) {
            text_buf_puts(&text, i > l->rest_at ? " " : "");
            text_quote(&text, l->words[i]);
        }
        text_same_word(text_buf_get(&text), words, &line, &column);
        shell_error_at(s, l->typed, 1, column + l->rest_column - 1, err->message);
    } else {
        shell_mark_word(s, l->words[at]);
        shell_error("what stands before \"%s\" names no entry of a list", l->words[at]);
    }
    text_buf_fini(&text);
    return 1;
}

/* --- the edit --- */

static void add_xml(const char *text, struct text_buf *out)
{
    text_add_xml(out, text, strlen(text));
}

static void open_element(const struct lyd_node *node, const char *attributes, struct text_buf *out)
{
    text_buf_printf(out, "<%s xmlns=\"%s\"%s>", LYD_NAME(node), node->schema->module->ns, attributes);
    if (node->schema->nodetype != LYS_LIST)
        return;
    for (const struct lyd_node *k = lyd_child(node); k && lysc_is_key(k->schema); k = k->next) {
        text_buf_printf(out, "<%s>", LYD_NAME(k));
        add_xml(lyd_get_value(k), out);
        text_buf_printf(out, "</%s>", LYD_NAME(k));
    }
}

static void open_above(const struct lyd_node *node, struct text_buf *out)
{
    if (!node)
        return;
    open_above(lyd_parent(node), out);
    open_element(node, "", out);
}

static void close_above(const struct lyd_node *node, struct text_buf *out)
{
    for (; node; node = lyd_parent(node))
        text_buf_printf(out, "</%s>", LYD_NAME(node));
}

/* ` y:insert="after" y:key="[name='x']"`; `keys`: of the entry beside which, as in a path; NULL: first, last. */
static void write_insert(const char *where, const struct lysc_node *list, char *const *keys, struct text_buf *out)
{
    struct text_buf key = {0};
    text_buf_printf(out, " xmlns:y=\"" NS_YANG "\" y:insert=\"%s\"", where);
    for (const struct lysc_node *k = lysc_node_child(list); keys && k && lysc_is_key(k); k = k->next, keys++) {
        char quote = strchr(*keys, '\'') ? '"' : '\'';
        text_buf_printf(&key, "[%s=%c%s%c]", k->name, quote, *keys, quote);
    }
    if (keys) {
        text_buf_puts(out, " y:key=\"");
        add_xml(text_buf_get(&key), out);
        text_buf_puts(out, "\"");
    }
    text_buf_fini(&key);
}

/* A copy of the entry with other keys, to be created. */
static bool write_copy(const struct lyd_node *entry, char *const *keys, const char *attributes, struct text_buf *out)
{
    struct lyd_node *copy = NULL;
    char *xml = NULL;
    bool is_good = lyd_dup_single(entry, NULL, LYD_DUP_RECURSIVE | LYD_DUP_NO_META, &copy) == LY_SUCCESS;

    for (struct lyd_node *k = is_good ? lyd_child(copy) : NULL; k && lysc_is_key(k->schema); k = k->next, keys++) {
        LY_ERR rc = lyd_change_term(k, *keys);
        is_good = is_good && (rc == LY_SUCCESS || rc == LY_EEXIST || rc == LY_ENOT);
    }
    is_good = is_good && lyd_print_mem(&xml, copy, LYD_XML, LYD_PRINT_SHRINK) == LY_SUCCESS;
    if (is_good) {
        size_t head = 1 + strlen(LYD_NAME(entry));
        text_buf_add(out, xml, head);
        text_buf_printf(out, "%s%s", attributes, xml + head);
    }
    free(xml);
    lyd_free_tree(copy);
    return is_good;
}

static int send_edit(struct shell *s, const char *xml, const char *word)
{
    struct client_answer answer;
    struct front_request r = {.op = FRONT_EDIT, .datastore = FRONT_CANDIDATE, .test_option = FRONT_SET, .text = xml};
    int rc = client_call(s->client, &r, &answer) ? 1 : 0;
    if (rc)
        fail_word(s, word, answer.text);
    shell_print_notes(answer.note);
    client_answer_fini(&answer);
    return rc;
}

/* The candidate's tree around the entry, which goes to *entry. NULL: it is not there, or nobody answers; said. */
static struct lyd_node *read_entry(struct shell *s, const struct named *e, const char *word, struct lyd_node **entry)
{
    struct front_request r = {.op = FRONT_SHOW, .is_candidate = true, .format = FRONT_XML, .path = e->path.data};
    struct client_answer answer;
    struct lyd_node *tree = NULL;
    bool is_exact = false;

    if (shell_ask(s, &r, &answer))
        return NULL;
    if (lyd_parse_data_mem(s->ctx, answer.text, LYD_XML, LYD_PARSE_ONLY, 0, &tree) == LY_SUCCESS)
        *entry = yang_path_lookup(tree, e->path.data, &is_exact);
    client_answer_fini(&answer);
    if (is_exact)
        return tree;
    struct text_buf text = {0};
    text_buf_printf(&text, "not configured: %s", e->path.data);
    fail_word(s, word, text_buf_get(&text));
    text_buf_fini(&text);
    yang_tree_free(tree);
    return NULL;
}

/* As many values as the list has keys, and good ones. 0 or 1. */
static int check_keys(struct shell *s, const struct command_line *l, const struct lysc_node *list, size_t at)
{
    size_t wanted = count_keys(list);
    struct text_buf text = {0};
    int rc = 0;

    for (const struct lysc_node *k = lysc_node_child(list); rc == 0 && k && lysc_is_key(k); k = k->next, at++) {
        if (at == l->n_words) {
            text_buf_printf(&text, "expected the %s of the %s", k->name, list->name);
            rc = fail_end(s, l->typed, text_buf_get(&text));
            break;
        }
        LY_ERR bad = lyd_value_validate(s->ctx, k, l->words[at], strlen(l->words[at]), NULL, NULL, NULL);
        if (bad == LY_SUCCESS || bad == LY_EINCOMPLETE)
            continue;
        text_explain_value(s->ctx, k, l->words[at], &text);
        rc = fail_word(s, l->words[at], text_buf_get(&text));
    }
    if (rc == 0 && at < l->n_words) {
        text_buf_printf(&text, "nothing can follow: a %s is named by %zu word%s", list->name, wanted,
                        wanted == 1 ? "" : "s");
        rc = fail_word(s, l->words[at], text_buf_get(&text));
    }
    text_buf_fini(&text);
    return rc;
}

/* --- commands --- */

static int make_copy(struct shell *s, const struct named *e, const struct command_line *l, size_t keys_at,
                     bool is_moved)
{
    struct lyd_node *entry = NULL, *tree = read_entry(s, e, l->words[keys_at - 2], &entry);
    struct text_buf xml = {0}, how = {0};
    char *old[KEYS_MAX];
    size_t n = 0;

    if (!tree)
        return 1;
    for (struct lyd_node *k = lyd_child(entry); k && lysc_is_key(k->schema) && n < KEYS_MAX; k = k->next)
        old[n++] = (char *)(uintptr_t)lyd_get_value(k);
    text_buf_puts(&how, " xmlns:nc=\"" NS_BASE "\" nc:operation=\"create\"");
    if (lysc_is_userordered(e->list))
        write_insert("after", e->list, old, &how);
    open_above(lyd_parent(entry), &xml);
    bool is_good = write_copy(entry, l->words + keys_at, text_buf_get(&how), &xml);
    if (is_moved) {
        open_element(entry, " xmlns:nc=\"" NS_BASE "\" nc:operation=\"delete\"", &xml);
        text_buf_printf(&xml, "</%s>", LYD_NAME(entry));
    }
    close_above(lyd_parent(entry), &xml);
    int rc = is_good ? send_edit(s, text_buf_get(&xml), l->words[keys_at])
                     : fail_word(s, l->words[keys_at], "this entry cannot have that name");
    yang_tree_free(tree);
    text_buf_fini(&xml);
    text_buf_fini(&how);
    return rc;
}

int do_copy_entry(struct shell *s, const struct command_line *l)
{
    struct named e = {0};
    struct text_error err;
    bool is_moved = l->command->value != 0;
    int rc;

    if (!find_entry(s, l->words + l->rest_at, l->n_words - l->rest_at, to_words, &e, &err)) {
        rc = fail_entry(s, l, to_words, &err);
    } else {
        size_t keys_at = l->rest_at + e.used + 1;
        rc = check_keys(s, l, e.list, keys_at);
        rc = rc ? rc : make_copy(s, &e, l, keys_at, is_moved);
    }
    named_fini(&e);
    return rc;
}

/* `before rule B` is understood as `before B`. */
static size_t skip_name(const struct command_line *l, const struct lysc_node *list, size_t at)
{
    bool has_name = l->n_words - at == count_keys(list) + 1 && strcmp(l->words[at], list->name) == 0;
    return has_name ? at + 1 : at;
}

static int put(struct shell *s, const struct named *e, const struct command_line *l, const char *where, size_t keys_at)
{
    bool is_beside = keys_at < l->n_words;
    const char *word = l->words[is_beside ? keys_at : keys_at - 2];
    struct lyd_node *entry = NULL, *tree = read_entry(s, e, l->words[l->rest_at + e->used - 1], &entry);
    struct text_buf xml = {0}, how = {0};

    if (!tree)
        return 1;
    write_insert(where, e->list, is_beside ? l->words + keys_at : NULL, &how);
    open_above(lyd_parent(entry), &xml);
    open_element(entry, text_buf_get(&how), &xml);
    text_buf_printf(&xml, "</%s>", LYD_NAME(entry));
    close_above(lyd_parent(entry), &xml);
    int rc = send_edit(s, text_buf_get(&xml), word);
    yang_tree_free(tree);
    text_buf_fini(&xml);
    text_buf_fini(&how);
    return rc;
}

int do_insert_entry(struct shell *s, const struct command_line *l)
{
    struct named e = {0};
    struct text_error err;
    int rc = 0;

    if (!find_entry(s, l->words + l->rest_at, l->n_words - l->rest_at, place_words, &e, &err)) {
        rc = fail_entry(s, l, place_words, &err);
    } else if (!lysc_is_userordered(e.list)) {
        rc = fail_word(s, l->words[l->rest_at + e.used], "the entries of this list have no order of their own");
    } else {
        const char *where = l->words[l->rest_at + e.used];
        size_t at = l->rest_at + e.used + 1;
        bool is_beside = strcmp(where, "before") == 0 || strcmp(where, "after") == 0;
        if (is_beside)
            rc = check_keys(s, l, e.list, at = skip_name(l, e.list, at));
        else if (at < l->n_words)
            rc = fail_word(s, l->words[at], "nothing can follow");
        rc = rc ? rc : put(s, &e, l, where, at);
    }
    named_fini(&e);
    return rc;
}

/* --- completion --- */

static const struct lysc_node *key_number(const struct lysc_node *list, size_t i)
{
    const struct lysc_node *k = lysc_node_child(list);
    for (; i && k && lysc_is_key(k); k = k->next)
        i--;
    return k && lysc_is_key(k) ? k : NULL;
}

/* The path without the keys at its end. */
static void cut_keys(struct text_buf *path)
{
    bool is_key = false;
    size_t end = path->len;
    for (size_t i = 0; i < path->len; i++) {
        if (path->data[i] == '[' && !is_key && path->data[i - 1] != ']')
            end = i;
        is_key = path->data[i] == '[' || (is_key && path->data[i] != ']');
    }
    if (path->data)
        path->data[end] = '\0';
    path->len = end;
}

static void offer(struct shell *s, struct completion_list *list, char *const *words, size_t n, const char *const *marks,
                  const char *const *helps)
{
    struct named e = {0};
    struct text_error err;

    if (find_entry(s, words, n, marks, &e, &err)) {
        const struct lysc_node *key = key_number(e.list, n - e.used - 1);
        bool is_new = marks == to_words;
        bool is_edge = !is_new && (strcmp(words[e.used], "first") == 0 || strcmp(words[e.used], "last") == 0);
        cut_keys(&e.path);
        if (!key || is_edge)
            completion_add_hint(list, "<Enter>", "do it");
        else if (is_new)
            complete_values(s, list, key);
        else
            complete_keys(s, list, text_buf_get(&e.path), key);
    } else {
        complete_place(s, list, words, n, marks != to_words);
        if (n && names_entry(s, words, n, &e, &err) && (marks == to_words || lysc_is_userordered(e.list)))
            for (size_t i = 0; marks[i]; i++)
                completion_add(list, marks[i], helps[i]);
    }
    named_fini(&e);
}

void complete_copy(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    static const char *const helps[] = {"The new name"};
    offer(s, list, words, n, to_words, helps);
}

void complete_insert(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    static const char *const helps[] = {"In front of another entry", "Behind another entry", "In front of all",
                                        "Behind all"};
    offer(s, list, words, n, place_words, helps);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Values to choose from: what the schema lists, what the candidate has, what runs.
 */
#include <dirent.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/text/node.h"
#include "lib/text/path.h"
#include "lib/text/syntax.h"
#include "lib/text/tree.h"
#include "src/shell/complete.h"
#include "src/shell/configure.h"
#include "src/shell/shell.h"

#define VALUES_MAX 64

/* Adds the values of every leaf at the path (names only, keys of any value). */
static void add_leafs(struct completion_list *list, const struct lyd_node *siblings, const char *path, const char *help)
{
    size_t len = strcspn(path + 1, "/");
    const char *more = path + 1 + len;
    for (const struct lyd_node *n = siblings; n; n = n->next) {
        if (!n->schema || strlen(n->schema->name) != len || memcmp(n->schema->name, path + 1, len) != 0)
            continue;
        if (*more)
            add_leafs(list, lyd_child(n), more, help);
        else
            completion_add(list, lyd_get_value(n), help);
    }
}

static struct lyd_node *ask_tree(struct shell *s, const struct front_request *r)
{
    struct client_answer answer;
    struct lyd_node *tree = NULL;
    if (client_call(s->client, r, &answer) == 0)
        lyd_parse_data_mem(s->ctx, answer.text, LYD_JSON, LYD_PARSE_ONLY, 0, &tree);
    client_answer_fini(&answer);
    return tree;
}

void complete_from_candidate(struct shell *s, struct completion_list *list, const char *path, const char *help)
{
    struct front_request r = {.op = FRONT_SHOW, .is_candidate = true, .format = FRONT_JSON, .path = path};
    configure_flush(s); /* what was typed is to be offered */
    struct lyd_node *tree = ask_tree(s, &r);
    add_leafs(list, tree, path, help);
    yang_tree_free(tree);
}

void complete_from_state(struct shell *s, struct completion_list *list, const char *path, const char *help)
{
    struct front_request r = {.op = FRONT_STATE, .path = path};
    struct lyd_node *tree = ask_tree(s, &r);
    add_leafs(list, tree, path, help);
    yang_tree_free(tree);
}

void complete_keys(struct shell *s, struct completion_list *list, const char *path, const struct lysc_node *key)
{
    struct front_request r = {.op = FRONT_SHOW, .is_candidate = true, .format = FRONT_JSON, .path = path};
    bool is_exact;
    configure_flush(s);
    struct lyd_node *tree = ask_tree(s, &r);
    for (struct lyd_node *n = yang_path_lookup(tree, path, &is_exact); n && is_exact; n = n->next) {
        struct lyd_node *k = NULL;
        if (n->schema == key->parent && lyd_find_sibling_val(lyd_child(n), key, NULL, 0, &k) == LY_SUCCESS)
            completion_add(list, lyd_get_value(k), "configured");
    }
    yang_tree_free(tree);
}

/* --- leafs --- */

static const struct lysc_type *type_of(const struct lysc_node *leaf)
{
    return leaf->nodetype == LYS_LEAFLIST ? ((const struct lysc_node_leaflist *)leaf)->type
                                          : ((const struct lysc_node_leaf *)leaf)->type;
}

/* /m:a/m:b/m:name -> /a/b/name; false if it is no plain path from the top. */
static bool plain_path(const char *path, char *out, size_t size)
{
    size_t used = 0;
    for (const char *p = path; *p == '/';) {
        size_t len = strcspn(++p, "/");
        const char *colon = memchr(p, ':', len);
        const char *name = colon ? colon + 1 : p;
        int n = snprintf(out + used, size - used, "/%.*s", (int)(p + len - name), name);
        if (n < 0 || (size_t)n >= size - used)
            return false;
        used += (size_t)n;
        p += len;
    }
    return used > 0 && !strpbrk(out, "[(.*");
}

static void add_references(struct shell *s, struct completion_list *list, const struct lysc_type *t)
{
    char path[256];
    if (t->basetype == LY_TYPE_UNION) {
        const struct lysc_type_union *u = (const struct lysc_type_union *)t;
        LY_ARRAY_COUNT_TYPE i;
        LY_ARRAY_FOR(u->types, i) add_references(s, list, u->types[i]);
    }
    if (t->basetype != LY_TYPE_LEAFREF)
        return;
    const struct lysc_type_leafref *ref = (const struct lysc_type_leafref *)t;
    if (plain_path(lyxp_get_expr(ref->path), path, sizeof(path)))
        complete_from_candidate(s, list, path, "configured");
}

/* Interfaces are named by plain strings: they may be configured before they exist. */
static bool names_interface(const struct lysc_node *leaf)
{
    bool is_key = lysc_is_key(leaf) && strcmp(leaf->name, "name") == 0 && strcmp(leaf->parent->name, "interface") == 0;
    return is_key || strcmp(leaf->name, "interface") == 0;
}

static void add_hint(struct completion_list *list, const struct lysc_node *leaf)
{
    struct text_buf type = {0};
    const struct lysc_node_leaf *l = (const struct lysc_node_leaf *)leaf;
    char hint[128], help[200];
    size_t used;

    snprintf(hint, sizeof(hint), "<%.100s>", leaf->name);
    syntax_help(leaf, help, sizeof(help));
    syntax_describe_type(leaf, &type);
    used = strlen(help);
    if (strcmp(text_buf_get(&type), "text") != 0 || !used)
        snprintf(help + used, sizeof(help) - used, "%s%s", used ? ": " : "", text_buf_get(&type));
    used = strlen(help);
    if (leaf->nodetype == LYS_LEAF && l->units && strcmp(l->units, text_buf_get(&type)) != 0)
        snprintf(help + used, sizeof(help) - used, ", %s", l->units);
    used = strlen(help);
    if (leaf->nodetype == LYS_LEAF && l->dflt)
        snprintf(help + used, sizeof(help) - used, ", default %s", lyd_value_get_canonical(leaf->module->ctx, l->dflt));
    completion_add_hint(list, hint, help);
    text_buf_fini(&type);
}

void complete_values(struct shell *s, struct completion_list *list, const struct lysc_node *leaf)
{
    const char *values[VALUES_MAX];
    size_t n = syntax_values(leaf, values, VALUES_MAX);

    for (size_t i = 0; i < n; i++) {
        char help[200];
        const struct lysc_node_leaf *l = (const struct lysc_node_leaf *)leaf;
        syntax_value_help(leaf, values[i], help, sizeof(help));
        bool is_default = leaf->nodetype == LYS_LEAF && l->dflt &&
                          strcmp(lyd_value_get_canonical(leaf->module->ctx, l->dflt), values[i]) == 0;
        if (is_default)
            snprintf(help + strlen(help), sizeof(help) - strlen(help), "%s[default]", help[0] ? " " : "");
        completion_add(list, values[i], help);
    }
    add_references(s, list, type_of(leaf));
    if (names_interface(leaf)) {
        complete_from_state(s, list, "/rib/interface/name", "there is one of that name");
        complete_from_candidate(s, list, "/interfaces/interface/name", "configured");
    }
    if (n == 0)
        add_hint(list, leaf);
}

/* --- files, commits, sessions --- */

void complete_files(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    char dir[256], real[1024], path[1300];
    const char *slash = strrchr(list->prefix, '/');
    struct dirent **entries = NULL;
    (void)s, (void)words, (void)n;

    snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - list->prefix) + 1 : 0, list->prefix);
    files_full_name(dir, real, sizeof(real));
    int count = scandir(dir[0] ? real : ".", &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        struct stat st;
        bool is_hidden = entries[i]->d_name[0] == '.' && !(slash ? slash[1] : list->prefix[0]);
        snprintf(path, sizeof(path), "%s%s", real, entries[i]->d_name);
        bool is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
        snprintf(path, sizeof(path), "%s%s%s", dir, entries[i]->d_name, is_folder ? "/" : "");
        if (!is_hidden)
            completion_add(list, path, "");
        free(entries[i]);
    }
    free(entries);
}

/* The newest first: their numbers, or how many commits back they are. */
static void offer_commits(struct shell *s, struct completion_list *list, bool is_back)
{
    struct front_request r = {.op = FRONT_STATE, .path = "/management/commit"};
    struct lyd_node *tree = ask_tree(s, &r);
    const struct lyd_node *last = NULL;

    for (const struct lyd_node *c = tree ? lyd_child(tree) : NULL; c; c = c->next)
        if (c->schema && strcmp(c->schema->name, "commit") == 0)
            last = c;
    unsigned long newest = last ? strtoul(yang_child_value(last, "sequence"), NULL, 10) : 0;
    for (const struct lyd_node *c = last; c && c->schema == last->schema; c = c->prev) {
        char number[32], help[200];
        unsigned long sequence = strtoul(yang_child_value(c, "sequence"), NULL, 10);
        snprintf(number, sizeof(number), "%lu", is_back ? newest - sequence : sequence);
        snprintf(help, sizeof(help), "%s by %s%s%s", yang_child_value(c, "time"), yang_child_value(c, "author"),
                 yang_child_value(c, "comment")[0] ? ": " : "", yang_child_value(c, "comment"));
        completion_add(list, number, help);
        if (!c->prev->next) /* prev of the first is the last */
            break;
    }
    yang_tree_free(tree);
}

void complete_commits(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    (void)words, (void)n;
    offer_commits(s, list, true);
}

void complete_history(struct shell *s, struct completion_list *list)
{
    offer_commits(s, list, false);
    completion_add_hint(list, "<Enter>", "all commits");
}

void complete_sessions(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    struct front_request r = {.op = FRONT_STATE, .path = "/management/session"};
    struct lyd_node *tree = ask_tree(s, &r);
    (void)words, (void)n;

    for (const struct lyd_node *c = tree ? lyd_child(tree) : NULL; c; c = c->next) {
        char help[200];
        if (!c->schema || c->schema->nodetype != LYS_LIST || !lyd_child(c))
            continue;
        snprintf(help, sizeof(help), "%s, %s %s", yang_child_value(c, "user"), yang_child_value(c, "kind"),
                 yang_child_value(c, "host"));
        completion_add(list, lyd_get_value(lyd_child(c)), help);
    }
    yang_tree_free(tree);
}

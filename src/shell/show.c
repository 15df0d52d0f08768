/* SPDX-License-Identifier: Apache-2.0
 *
 * `show`: words -> a place in the schema -> state of mgmtd -> a table. Words go down the schema, state included; a word
 * that is no child is looked for further down (nearest first), so that `show ospf neighbor` works wherever the module
 * has its neighbours. Words that are no names filter: `vpn-instance X`, `COLUMN VALUE`, or a value that a row must
 * have.
 */
#include "src/shell/shell.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/syntax.h"
#include "lib/text/path.h"
#include "lib/text/tree.h"
#include "src/shell/table.h"

/* Where the words are not the schema's. */
const struct show_alias show_aliases[] = {
    {"interfaces", "rib interface", "Interfaces, their state and addresses", NULL, NULL, NULL},
    {"route", "rib route", "Routes, with the labels they get", NULL, NULL, NULL},
    {"mpls forwarding", "rib mpls-forwarding", "What the kernel does with labelled packets", NULL, NULL, NULL},
    {"mpls lsp", "rib lsp", "Label-switched paths: where they begin, pass and end", NULL, NULL, NULL},
    {"mpls label-stack", "rib label-stack", "The labels that packets to a prefix get, and who gave them", NULL, NULL,
     NULL},
    {"next-hop", "rib next-hop", "Addresses that routes depend on, and how they are reached", NULL, NULL, NULL},
    {"mpls label", "rib label", "Labels: to whom they were given and what for", NULL, NULL, NULL},
    {"rib counters", "rib counters", "How much the routing tables hold, and what failed", NULL, NULL, NULL},
    {"mpls interface", "rib interface", "Interfaces that take labelled packets", "mpls true", NULL, NULL},
    {"platform", "rib platform", "What this kernel can do", NULL, NULL, NULL},
    {"platform audit", NULL, "The kernel compared with what was intended", NULL, "platform audit", NULL},
    {"ospf neighbor", "ospf neighbor", "OSPF neighbours", NULL, NULL, NULL},
    {"ospf interface", "ospf interface", "OSPF interfaces", NULL, NULL, NULL},
    {"ospf database", "ospf database", "OSPF link-state database", NULL, NULL, NULL},
    {"ospf route", "ospf route", "OSPF routes", NULL, NULL, NULL},
    {"ospf statistics", "ospf statistics", "What OSPF has done, and how long it took", NULL, NULL, NULL},
    {"ospf drop", "ospf drop", "OSPF input that was not used, by reason", NULL, NULL, NULL},
    {"ldp neighbor", "ldp session", "LDP sessions", NULL, NULL,
     "lsr-id state role transport-address local-address uptime keepalive-holdtime received sent labels last-error "
     "address "
     "ignored-address"},
    {"ldp history", "ldp session-end", "How LDP sessions ended, by neighbour", NULL, NULL, NULL},
    {"ldp interface", "ldp interface", "LDP interfaces and what they lack", NULL, NULL,
     "name status local-address neighbors"},
    {"ldp discovery", "ldp adjacency", "LDP hello adjacencies", NULL, NULL, NULL},
    {"ldp binding", "ldp binding", "LDP label bindings", NULL, NULL, NULL},
    {"ldp drops", "ldp drops", "LDP input that was not used, by reason", NULL, NULL, NULL},
    {"bgp summary", "bgp neighbor", "BGP neighbours", NULL, NULL,
     "address remote-as state uptime received sent family(received/sent)=family/prefixes-received/prefixes-sent "
     "last-error"},
    {"bgp ipv4-unicast", "bgp ipv4-unicast", "BGP unicast routes", NULL, NULL, NULL},
    {"bgp ipv4-labeled-unicast", "bgp ipv4-labeled-unicast", "BGP labelled routes", NULL, NULL, NULL},
    {"bgp ipv4-vpn", "bgp ipv4-vpn", "BGP VPN routes", NULL, NULL, NULL},
    {"bgp statistics", "bgp statistics", "Numbers of BGP routes, and what is wrong with them", NULL, NULL, NULL},
    {"vpn-instance", "vpn-instance", "VPN instances and what is wrong with them", NULL, NULL, NULL},
    {"carriers-carrier", "carriers-carrier",
     "Customer carriers: their sites here and elsewhere, what is wrong and since when", NULL, NULL, NULL},
    {"carriers-carrier carrier", "carriers-carrier carrier", "Customer carriers, a line each", NULL, NULL, NULL},
    {"carriers-carrier local-site", "carriers-carrier local-site", "Sessions with routers of customer carriers", NULL,
     NULL, NULL},
    {"carriers-carrier remote-site", "carriers-carrier remote-site",
     "Other provider edge routers with sites of customer carriers", NULL, NULL, NULL},
    {"carriers-carrier problem", "carriers-carrier problem", "What is wrong with customer carriers, and since when",
     NULL, NULL, NULL},
    {"daemons", "management daemon", "The daemons of this router", NULL, NULL, NULL},
    {"version", "management software", "Name and version of the software", NULL, NULL, NULL},
    {"configuration history", "management commit", "Commits, the newest last", NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

#define SEARCH_DEPTH 8

/* Nearest node named `word` below `parent`, state before configuration; not inside lists of instances. */
static const struct lysc_node *search(const struct ly_ctx *ctx, const struct lysc_node *parent, const char *word,
                                      unsigned depth)
{
    struct syntax_step all[SYNTAX_CHILDREN_MAX];
    const struct lysc_node *config = NULL;
    size_t n = syntax_children(ctx, parent, true, all);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(all[i].node->name, word) != 0)
            continue;
        if (all[i].node->flags & LYS_CONFIG_R)
            return all[i].node;
        config = all[i].node;
    }
    for (size_t i = 0; i < n && depth > 1; i++) {
        const struct lysc_node *c = all[i].node;
        if (!(c->nodetype & (LYS_CONTAINER | LYS_LIST)) || strcmp(c->name, "vpn-instance") == 0)
            continue;
        const struct lysc_node *hit = search(ctx, c, word, depth - 1);
        if (hit && ((hit->flags & LYS_CONFIG_R) || !config))
            return hit;
    }
    return config;
}

static const struct lysc_node *search_nearest(const struct ly_ctx *ctx, const struct lysc_node *parent,
                                              const char *word)
{
    const struct lysc_node *best = NULL;
    for (unsigned depth = 1; depth <= SEARCH_DEPTH; depth++) {
        const struct lysc_node *hit = search(ctx, parent, word, depth);
        if (hit && (hit->flags & LYS_CONFIG_R))
            return hit;
        best = best ? best : hit;
    }
    return best;
}

struct query {
    struct table_view view;
    const struct lysc_node *top;
    const char *instance;                 /* of `vpn-instance X`; NULL = none */
    const struct lysc_node *in_instances; /* the target again, in the list of instances; NULL = none */
    const struct show_alias *alias;
    char *const *typed; /* the words that name the target */
    size_t n_typed;
    char only_column[32], only_value[32];
};

static bool has_leaf(const struct lysc_node *node, const char *name)
{
    return node && (node->nodetype & (LYS_LIST | LYS_CONTAINER)) && lys_find_child(node, node->module, name, 0, 0, 0);
}

/* `show ldp binding vpn-instance X` where the module has the instances in a list. */
static const struct lysc_node *instance_list(const struct ly_ctx *ctx, const struct lysc_node *top)
{
    struct syntax_step s;
    return top && syntax_find(ctx, top, "vpn-instance", true, &s) && s.node->nodetype == LYS_LIST ? s.node : NULL;
}

/* Adds a name to a list, once. */
static void add_name(struct text_buf *names, const char *name, size_t len)
{
    const char *p = text_buf_get(names);
    for (; *p; p += strcspn(p, ","), p += strspn(p, ", "))
        if (strncmp(p, name, len) == 0 && (p[len] == ',' || !p[len]))
            return;
    text_buf_printf(names, "%s%.*s", names->len ? ", " : "", (int)len, name);
}

static int add_filter(struct query *q, const char *column, const char *value)
{
    if (q->view.n_filters == TABLE_FILTERS_MAX)
        return shell_error("too many conditions");
    q->view.filters[q->view.n_filters++] = (struct table_filter){.column = column, .value = value};
    return 0;
}

/* The tables of a container each of whose rows is of a VPN instance: how many; 0 if it is no such container. */
static size_t instance_tables(const struct lysc_node *container, const struct lysc_node *lists[TABLE_VIEWS_MAX])
{
    size_t n_lists = 0;
    if (container->nodetype != LYS_CONTAINER)
        return 0;
    for (const struct lysc_node *n = NULL; (n = lys_getnext(n, container, NULL, 0));) {
        if (n->nodetype != LYS_LIST)
            continue;
        if (!has_leaf(n, "vpn-instance") || n_lists == TABLE_VIEWS_MAX)
            return 0;
        lists[n_lists++] = n;
    }
    return n_lists;
}

/* `carriers-carrier carrierA`: of all its tables the rows of that instance. */
static int add_instance_filter(struct query *q, const char *instance)
{
    if (add_filter(q, "vpn-instance", instance))
        return 1;
    q->view.filters[q->view.n_filters - 1].is_required = true;
    return 0;
}

/* A leaf of the shown rows with that name? */
static bool is_column(const struct lysc_node *target, const char *word)
{
    for (const struct lysc_node *n = NULL; (n = lys_getnext(n, target, NULL, 0));) {
        if ((n->nodetype & (LYS_LEAF | LYS_LEAFLIST)) && strcmp(n->name, word) == 0)
            return true;
        if (n->nodetype == LYS_CONTAINER && is_column(n, word))
            return true;
    }
    return false;
}

/* The rest of a phrase that begins with these words and goes on; else NULL. */
static const char *behind(const char *phrase, char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = strcspn(phrase, " ");
        if (strlen(words[i]) != len || memcmp(phrase, words[i], len) != 0 || !phrase[len])
            return NULL;
        phrase += len + 1;
    }
    return phrase;
}

/* Is there an alias for what the schema calls so? */
static bool has_alias(const char *name, char *const *words, size_t n)
{
    for (const struct show_alias *a = show_aliases; a->words; a++) {
        const char *rest = a->path && behind(a->words, words, n) ? behind(a->path, words, n) : NULL;
        if (rest && strcmp(rest, name) == 0)
            return true;
    }
    return false;
}

/* What `show` knows behind the typed words: our own, then the schema's that have no other name here. */
static void list_words(const struct ly_ctx *ctx, const struct query *q, const struct lysc_node *at,
                       struct text_buf *names)
{
    struct syntax_step all[SYNTAX_CHILDREN_MAX];
    size_t n = at && (at->nodetype & (LYS_CONTAINER | LYS_LIST)) ? syntax_children(ctx, at, true, all) : 0;

    if (!at)
        add_name(names, "configuration", strlen("configuration"));
    for (const struct show_alias *a = show_aliases; a->words; a++) {
        const char *rest = behind(a->words, q->typed, q->n_typed);
        if (rest)
            add_name(names, rest, strcspn(rest, " "));
    }
    for (size_t i = 0; i < n; i++)
        if ((all[i].node->flags & LYS_CONFIG_R) && !has_alias(all[i].node->name, q->typed, q->n_typed))
            add_name(names, all[i].node->name, strlen(all[i].node->name));
}

/* `at`: NULL = at the start. */
static int unknown_word(const struct ly_ctx *ctx, const struct query *q, const char *word, const struct lysc_node *at)
{
    struct text_buf names = {0};

    list_words(ctx, q, at, &names);
    if (at)
        shell_error("unknown word \"%s\" behind %s%s%s", word, at->name, names.len ? "; expected one of: " : "",
                    text_buf_get(&names));
    else
        shell_error("unknown: show %s; expected one of: %s", word, text_buf_get(&names));
    text_buf_fini(&names);
    return 1;
}

static int read_filters(const struct ly_ctx *ctx, struct query *q, char *const *words, size_t n)
{
    const struct lysc_node *lists[TABLE_VIEWS_MAX];
    bool is_list = q->view.target->nodetype == LYS_LIST;
    bool has_instances = instance_tables(q->view.target, lists) > 0;

    for (size_t i = 0; i < n; i++) {
        const char *next = i + 1 < n ? words[i + 1] : NULL;
        if (has_instances) {
            i += next && strcmp(words[i], "vpn-instance") == 0;
            if (add_instance_filter(q, words[i]))
                return 1;
        } else if (strcmp(words[i], "vpn-instance") == 0 && next && !has_leaf(q->view.target, "vpn-instance")) {
            if (!instance_list(ctx, q->top))
                return shell_error("%s is not kept per VPN instance", q->view.target->name);
            q->instance = next;
            i++;
        } else if (is_list && next && is_column(q->view.target, words[i])) {
            if (add_filter(q, words[i], next))
                return 1;
            i++;
        } else if (is_list) {
            if (add_filter(q, NULL, words[i]))
                return 1;
        } else {
            return unknown_word(ctx, q, words[i], q->view.target);
        }
    }
    return 0;
}

/* Goes down `words`; returns how many were names. */
static size_t descend(const struct ly_ctx *ctx, struct query *q, char *const *words, size_t n)
{
    size_t used = 0;
    const struct lysc_node *at = NULL;
    for (; used < n; used++) {
        if (at && !(at->nodetype & (LYS_CONTAINER | LYS_LIST)))
            break;
        if (at && strcmp(words[used], "vpn-instance") == 0 && used + 1 < n)
            break; /* an instance to look into, not the list of them */
        if (at && at->nodetype == LYS_LIST && is_column(at, words[used]) && used + 1 < n)
            break;
        const struct lysc_node *next = NULL;
        struct syntax_step s;
        if (syntax_find(ctx, at, words[used], true, &s))
            next = s.node;
        if (!next || (at && !(next->flags & LYS_CONFIG_R))) {
            const struct lysc_node *deeper = search_nearest(ctx, at, words[used]);
            next = deeper ? deeper : next;
        }
        if (!next)
            break;
        at = next;
        if (!q->top)
            for (q->top = at; q->top->parent;)
                q->top = q->top->parent;
    }
    q->view.target = at;
    return used;
}

/* The same node below the list of instances. */
static const struct lysc_node *move_into(const struct lysc_node *list, const struct lysc_node *top,
                                         const struct lysc_node *n)
{
    if (n == top)
        return list;
    const struct lysc_node *parent = move_into(list, top, n->parent);
    return parent ? lys_find_child(parent, n->module, n->name, 0, 0, 0) : NULL;
}

static void write_path(const struct lysc_node *n, const struct query *q, struct text_buf *out)
{
    if (n->parent)
        write_path(n->parent, q, out);
    if (n->nodetype & (LYS_CHOICE | LYS_CASE))
        return;
    text_buf_printf(out, "/%s", n->name);
    if (q->instance && n->nodetype == LYS_LIST && strcmp(n->name, "vpn-instance") == 0)
        text_buf_printf(out, "[%s]", q->instance);
}

static const struct show_alias *find_alias(char *const *words, size_t n, size_t *used)
{
    const struct show_alias *best = NULL;
    for (const struct show_alias *a = show_aliases; a->words; a++) {
        struct text_words w;
        text_words_split(a->words, &w);
        bool is_hit = w.n <= n && (!best || w.n > *used);
        for (size_t i = 0; is_hit && i < w.n; i++)
            is_hit = strcmp(w.word[i], words[i]) == 0;
        if (is_hit) {
            best = a;
            *used = w.n;
        }
        text_words_free(&w);
    }
    return best;
}

static int resolve_alias(struct shell *s, const struct show_alias *alias, char *const *rest, size_t n, struct query *q)
{
    struct text_words w, only = {0};
    q->alias = alias;
    if (!alias->path)
        return n ? shell_error("unexpected \"%s\"", rest[0]) : 0;
    text_words_split(alias->path, &w);
    bool is_whole = descend(s->ctx, q, w.word, w.n) == w.n;
    text_words_free(&w);
    if (!is_whole)
        return shell_error("this version has no state of that");
    if (alias->only && text_words_split(alias->only, &only) && only.n == 2)
        snprintf(q->only_value, sizeof(q->only_value), "%s", only.word[1]);
    if (only.n == 2) {
        snprintf(q->only_column, sizeof(q->only_column), "%s", only.word[0]);
        add_filter(q, q->only_column, q->only_value);
    }
    text_words_free(&only);
    q->view.columns = alias->columns;
    return read_filters(s->ctx, q, rest, n);
}

static int resolve(struct shell *s, char *const *words, size_t n, struct query *q)
{
    size_t used = 0;
    const struct show_alias *alias = find_alias(words, n, &used);
    q->typed = words;
    q->n_typed = used;
    if (alias)
        return resolve_alias(s, alias, words + used, n - used, q);
    q->n_typed = used = descend(s->ctx, q, words, n);
    if (!q->view.target)
        return unknown_word(s->ctx, q, n ? words[0] : "", NULL);
    if (q->view.target->nodetype == LYS_CONTAINER && syntax_transparent(q->view.target))
        q->view.target = syntax_transparent(q->view.target);
    return read_filters(s->ctx, q, words + used, n - used);
}

/* The public instance's table, then that of the VPN instances. */
static void render(struct lyd_node *tree, const struct query *q, struct text_buf *out, size_t *n_head)
{
    struct table_view view = q->view;
    size_t n_rows = 0, n_more = 0;

    struct text_buf own = {0}, more = {0};
    if (!q->instance)
        n_rows = table_render(tree, &view, &own, n_head);
    view.target = q->in_instances;
    if (view.target)
        table_render(tree, &view, &more, &n_more);
    if (more.len && own.len && q->view.target->nodetype != LYS_LIST)
        text_buf_puts(out, "public:\n"); /* a table has a column for it */
    text_buf_puts(out, text_buf_get(&own));
    text_buf_fini(&own);
    if (more.len && n_rows)
        text_buf_puts(out, "\n");
    text_buf_puts(out, text_buf_get(&more));
    text_buf_fini(&more);
    *n_head = n_rows ? *n_head : n_more;
}

static int filter(struct lyd_node **tree, const struct query *q)
{
    const struct lysc_node *lists[TABLE_VIEWS_MAX] = {q->view.target, q->in_instances};
    struct table_view views[TABLE_VIEWS_MAX];
    struct text_buf names = {0};
    size_t n = instance_tables(q->view.target, lists);

    if (!q->view.n_filters)
        return 0;
    n = n ? n : q->in_instances ? 2 : 1;
    for (size_t i = 0; i < n; i++) {
        views[i] = q->view;
        views[i].target = lists[i];
    }
    const struct table_filter *miss = table_filter(tree, views, n);
    if (!miss)
        return 0;
    if (miss->is_required)
        return shell_error("%s has nothing of \"%s\"", q->view.target->name, miss->value);
    table_names(q->view.target, &names);
    shell_error("\"%s\" is none of the columns, and no row has it; columns: %s", miss->value, text_buf_get(&names));
    text_buf_fini(&names);
    return 1;
}

static int print_tree(const struct lyd_node *tree, enum shell_format format, const char *pipes)
{
    char *printed = NULL;
    LYD_FORMAT as = format == SHELL_XML ? LYD_XML : LYD_JSON;
    if (!tree || lyd_print_mem(&printed, tree, as, LYD_PRINT_WITHSIBLINGS) || !printed || !printed[0]) {
        free(printed);
        return pipe_print(format == SHELL_XML ? "" : "{}\n", 0, pipes);
    }
    int rc = pipe_print(printed, 0, pipes);
    free(printed);
    return rc;
}

/* May the rows asked for be asked for among routes as well? */
static bool fits_routes(const struct table_view *view, struct text_buf *words)
{
    for (size_t i = 0; i < view->n_filters; i++) {
        const char *column = view->filters[i].column;
        if (column && strcmp(column, "vpn-instance") != 0 && strcmp(column, "prefix") != 0)
            return false;
        text_buf_printf(words, "%s%s%s%s", i ? " " : "", column ? column : "", column ? " " : "",
                        view->filters[i].value);
    }
    return view->n_filters > 0;
}

/* No label stack is there: for want of a route, or of labels? */
static void explain_no_stack(struct shell *s, const struct query *q)
{
    char *const route[] = {"rib", "route"};
    struct front_request r = {.op = FRONT_STATE, .path = "/rib/route"};
    struct query routes = {0};
    struct client_answer answer;
    struct text_buf words = {0};
    struct lyd_node *tree = NULL;

    if (fits_routes(&q->view, &words) && descend(s->ctx, &routes, route, 2) == 2 && shell_ask(s, &r, &answer) == 0) {
        struct table_view view = q->view;
        view.target = routes.view.target;
        if (lyd_parse_data_mem(s->ctx, answer.text, LYD_JSON, LYD_PARSE_ONLY, 0, &tree) == LY_SUCCESS &&
            !answer.note[0] && !table_filter(&tree, &view, 1))
            fprintf(stderr, "note: %s: %s\n", text_buf_get(&words),
                    tree ? "there is a route, and it puts no labels on packets" : "there is no route");
        client_answer_fini(&answer);
    }
    yang_tree_free(tree);
    text_buf_fini(&words);
}

static int print_state(struct shell *s, const struct query *q, const char *json, const char *pipes)
{
    struct lyd_node *tree = NULL;
    struct text_buf out = {0};
    size_t n_head = 0;

    enum shell_format format = pipe_format(pipes);
    if (format == SHELL_JSON && !q->view.n_filters)
        return pipe_print(json, 0, pipes);
    if (lyd_parse_data_mem(s->ctx, json, LYD_JSON, LYD_PARSE_ONLY, 0, &tree))
        return shell_error("mgmtd's answer is not understood: %s", ly_errmsg(s->ctx));
    int rc = filter(&tree, q);
    if (rc == 0 && format != SHELL_TABLE)
        rc = print_tree(tree, format, pipes);
    else if (rc == 0) {
        render(tree, q, &out, &n_head);
        rc = pipe_print(text_buf_get(&out), n_head, pipes);
        if (!out.len && strcmp(q->view.target->name, "label-stack") == 0)
            explain_no_stack(s, q);
    }
    text_buf_fini(&out);
    yang_tree_free(tree);
    return rc;
}

static int ask_and_print(struct shell *s, struct query *q, const char *pipes)
{
    struct client_answer answer;
    struct text_buf path = {0};
    const struct lysc_node *list = instance_list(s->ctx, q->top);

    if (list && q->view.target != q->top && q->view.target != list)
        q->in_instances = move_into(list, q->top, q->view.target);
    if (q->instance && !q->in_instances)
        return shell_error("%s is not kept per VPN instance", q->view.target->name);
    if (!q->instance)
        write_path(q->view.target, q, &path);
    if (q->in_instances) {
        text_buf_puts(&path, path.len ? " " : "");
        write_path(q->in_instances, q, &path);
    }
    struct front_request r = {.op = FRONT_STATE, .path = text_buf_get(&path)};
    int rc = shell_ask(s, &r, &answer);
    if (rc == 0) {
        rc = print_state(s, q, answer.text, pipes);
        if (answer.note[0])
            rc = shell_error("%s", answer.note);
        client_answer_fini(&answer);
    }
    text_buf_fini(&path);
    return rc;
}

/* show configuration [expanded] [WORDS] */
static int show_running(struct shell *s, char *const *words, size_t n, const char *pipes)
{
    struct show_what what = {.is_expanded = n && strcmp(words[0], "expanded") == 0};
    return shell_show_configuration(s, words + what.is_expanded, n - what.is_expanded, pipes, what);
}

int shell_show(struct shell *s, char *const *words, size_t n, const char *pipes)
{
    struct query q = {0};

    if (n == 0)
        return shell_error("show what? Try: help");
    if (strcmp(words[0], "configuration") == 0 && !(n > 1 && strcmp(words[1], "history") == 0))
        return show_running(s, words + 1, n - 1, pipes);
    if (resolve(s, words, n, &q))
        return 1;
    if (q.alias && q.alias->action)
        return shell_request(s, q.alias->action, pipes);
    return ask_and_print(s, &q, pipes);
}

int shell_show_configuration(struct shell *s, char *const *words, size_t n, const char *pipes, struct show_what what)
{
    static const enum front_format formats[] = {
        [SHELL_TABLE] = FRONT_TEXT, [SHELL_JSON] = FRONT_JSON, [SHELL_XML] = FRONT_XML};
    struct text_buf path = {0};
    struct client_answer answer;

    for (size_t i = 0; i < n; i++)
        text_buf_printf(&path, "%s%s", i ? " " : "", words[i]);
    struct front_request r = {.op = FRONT_SHOW,
                              .is_candidate = what.is_candidate,
                              .is_expanded = what.is_expanded,
                              .path = text_buf_get(&path),
                              .format = formats[pipe_format(pipes)]};
    int rc = shell_ask(s, &r, &answer);
    if (rc == 0) {
        rc = pipe_print(answer.text, 0, pipes);
        client_answer_fini(&answer);
    }
    text_buf_fini(&path);
    return rc;
}

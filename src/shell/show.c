/* SPDX-License-Identifier: Apache-2.0
 *
 * `show`: state of mgmtd, in one part or many, filtered and printed as it comes: nothing is kept of a part once the
 * next is there. The widths of a table's columns come from its first part.
 */
#include "src/shell/show.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/tree.h"
#include "src/shell/document.h"
#include "src/shell/pipe.h"
#include "src/shell/screen.h"

#define WHOLE_OCTETS (32 * 1024) /* of first parts, before anything is printed */

/* An answer that is being printed. */
struct printing {
    struct shell *s;
    const struct query *q;
    struct pipe *out;
    struct table_view views[TABLE_VIEWS_MAX]; /* what conditions are on */
    size_t n_views;
    struct table_seen seen;
    struct table tables[2];    /* the public instance's, that of the VPN instances */
    int last;                  /* which of them printed last; -1: none */
    struct document *document; /* NULL: a table, or the answer as it is */
    size_t n_rows;
    struct text_buf notes; /* of all parts, once each */
};

static bool is_list(const struct query *q)
{
    return q->view.target->nodetype == LYS_LIST;
}

/* --- conditions --- */

static void take_views(struct printing *p)
{
    const struct query *q = p->q;
    const struct lysc_node *lists[TABLE_VIEWS_MAX] = {q->view.target, q->in_instances};
    size_t n = show_instance_tables(q->view.target, lists);

    p->n_views = n ? n : q->in_instances ? 2 : 1;
    for (size_t i = 0; i < p->n_views; i++) {
        p->views[i] = q->view;
        p->views[i].target = lists[i];
    }
}

enum instance { INSTANCE_UNKNOWN, INSTANCE_NONE, INSTANCE_CONFIGURED };

/* Is the word the name of a VPN instance, where rows are of instances? */
static enum instance find_instance(const struct printing *p, const char *word)
{
    const struct lysc_node *target = p->q->view.target;
    struct front_request r = {.op = FRONT_SHOW, .format = FRONT_JSON, .path = "/vpn-instances/vpn-instance/name"};
    struct client_answer answer = {0};
    struct lyd_node *tree = NULL;
    enum instance found = INSTANCE_UNKNOWN;

    if (!p->q->in_instances && !lys_find_child(target, target->module, "vpn-instance", 0, LYS_LEAF, 0))
        return INSTANCE_UNKNOWN;
    if (client_call(p->s->client, &r, &answer) == 0 && answer.error == 0 &&
        lyd_parse_data_mem(p->s->ctx, answer.text, LYD_JSON, LYD_PARSE_ONLY, 0, &tree) == LY_SUCCESS)
        found = INSTANCE_NONE;
    for (const struct lyd_node *n = tree ? lyd_child(tree) : NULL; n; n = n->next)
        if (strcmp(lyd_get_value(lyd_child(n)), word) == 0)
            found = INSTANCE_CONFIGURED;
    yang_tree_free(tree);
    client_answer_fini(&answer);
    return found;
}

static int no_instance(const char *name)
{
    return shell_error("there is no vpn-instance \"%s\"", name);
}

/* Rows of an instance that is not configured. */
static int check_instance(const struct printing *p)
{
    for (size_t i = 0; i < p->q->view.n_filters; i++) {
        const struct table_filter *f = &p->q->view.filters[i];
        bool is_vain = f->column && strcmp(f->column, "vpn-instance") == 0 && !f->is_not && !p->seen.is_hit[i];
        if (is_vain && strcmp(f->value, "public") != 0 && find_instance(p, f->value) == INSTANCE_NONE)
            return no_instance(f->value);
    }
    return 0;
}

/* After the last part. */
static int check_conditions(const struct printing *p)
{
    const struct lysc_node *target = p->q->view.target;
    if (show_check_values(p->s, p->q, &p->seen) || show_check_program(p->s, p->q, &p->seen) ||
        (!p->q->view.filters[0].is_required && check_instance(p)))
        return 1;
    const struct table_filter *miss = table_miss(&p->q->view, &p->seen);
    struct text_buf names = {0};
    enum instance instance = miss && !miss->is_required ? find_instance(p, miss->value) : INSTANCE_UNKNOWN;

    if (!miss || instance == INSTANCE_CONFIGURED) /* one that has nothing is no mistake */
        return 0;
    if (miss->is_required)
        return shell_error("%s has nothing of \"%s\"", target->name, miss->value);
    table_names(target, &names);
    shell_error("\"%s\" is none of the columns, and no row has it%s; columns: %s", miss->value,
                instance == INSTANCE_NONE ? "; nor is there a VPN instance of that name" : "", text_buf_get(&names));
    text_buf_fini(&names);
    return 1;
}

/* --- formats --- */

static void print_tree(struct printing *p, const struct lyd_node *tree)
{
    char *printed = NULL;
    bool is_xml = pipe_wants(p->out) == SHELL_XML;
    if (!tree || lyd_print_mem(&printed, tree, is_xml ? LYD_XML : LYD_JSON, LYD_PRINT_WITHSIBLINGS) || !printed)
        printed = NULL;
    if (is_xml)
        document_data(printed ? printed : "", p->out);
    else
        pipe_text(p->out, printed && printed[0] ? printed : "{}\n", 0);
    free(printed);
}

static void add_entry(struct lyd_node *entry, void *arg)
{
    struct printing *p = arg;
    document_entry(p->document, entry);
}

/* Entries, each by itself. */
static void print_entries(struct printing *p, struct lyd_node *tree)
{
    if (!p->document)
        p->document = document_create(p->out, pipe_wants(p->out) == SHELL_XML);
    for (size_t i = 0; i < p->n_views; i++)
        table_pick(tree, &p->views[i], p->out, add_entry, p);
}

static void print_rows(struct printing *p, struct lyd_node *tree, bool is_whole)
{
    for (size_t i = 0; i < p->n_views && i < 2; i++) {
        const char *before = p->last == (int)i ? NULL : p->last < 0 ? "" : "\n";
        p->tables[i].view = &p->views[i];
        size_t n = table_print(&p->tables[i], tree, is_whole, before, p->out);
        p->n_rows += n;
        p->last = n ? (int)i : p->last;
    }
}

/* What is no table: the public instance's, then that of the VPN instances. */
static void print_blocks(struct printing *p, struct lyd_node *tree)
{
    struct table_view view = p->q->view;
    struct text_buf own = {0}, more = {0}, all = {0};
    unsigned width = pipe_width(p->out);

    if (!p->q->instance)
        table_render(tree, &view, width, &own);
    view.target = p->q->in_instances;
    if (view.target)
        table_render(tree, &view, width, &more);
    if (more.len && own.len)
        text_buf_printf(&all, "public:\n%s\n", text_buf_get(&own));
    else
        text_buf_puts(&all, text_buf_get(&own));
    text_buf_puts(&all, text_buf_get(&more));
    pipe_text(p->out, text_buf_get(&all), 0);
    p->n_rows += all.len > 0;
    text_buf_fini(&own);
    text_buf_fini(&more);
    text_buf_fini(&all);
}

/* How many, without their cells. */
static void count_rows(struct printing *p, const struct lyd_node *tree)
{
    for (size_t i = 0; i < p->n_views; i++) {
        size_t n = table_count(tree, &p->views[i]);
        pipe_count(p->out, n);
        p->n_rows += n;
    }
}

static int print_part(struct printing *p, struct lyd_node *tree, bool is_whole)
{
    if (pipe_wants(p->out) == SHELL_SET)
        return shell_error("only a configuration can be shown as set statements");
    if (pipe_picks_entries(p->out) && !is_list(p->q))
        return shell_error("what stands before json or xml picks rows of one table; put it behind");
    if (pipe_is_counting(p->out) && is_list(p->q))
        count_rows(p, tree);
    else if (pipe_wants(p->out) == SHELL_TABLE && is_list(p->q))
        print_rows(p, tree, is_whole);
    else if (pipe_wants(p->out) == SHELL_TABLE)
        print_blocks(p, tree);
    else if (is_whole && !pipe_picks_entries(p->out))
        print_tree(p, tree);
    else
        print_entries(p, tree);
    return 0;
}

/* Takes the tree. */
static int take_part(struct printing *p, struct lyd_node *tree, bool is_whole, bool is_last)
{
    if (p->q->view.n_filters)
        table_filter(&tree, p->views, p->n_views, &p->seen);
    int rc = is_last ? check_conditions(p) : 0;
    rc = rc ? rc : print_part(p, tree, is_whole);
    yang_tree_free(tree);
    return rc;
}

/* --- an empty label stack --- */

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
    struct front_request r = {.op = FRONT_STATE};
    struct query routes = {0};
    struct client_answer answer;
    struct text_buf words = {0}, path = {0};
    struct table_seen seen = {0};
    struct lyd_node *tree = NULL;

    bool can_ask = fits_routes(&q->view, &words) && show_resolve(s, route, 2, &routes) == 0;
    if (can_ask) {
        struct table_view view = q->view;
        view.target = routes.view.target;
        routes.view = view;
        can_ask = show_path(s, &routes, &path) == 0;
        r.path = text_buf_get(&path);
    }
    if (can_ask && shell_ask(s, &r, &answer) == 0) {
        if (lyd_parse_data_mem(s->ctx, answer.text, LYD_JSON, LYD_PARSE_ONLY, 0, &tree) == LY_SUCCESS)
            table_filter(&tree, &routes.view, 1, &seen);
        if (!answer.note[0] && !table_miss(&routes.view, &seen))
            fprintf(stderr, "note: %s: %s\n", text_buf_get(&words),
                    tree ? "there is a route, and it puts no labels on packets" : "there is no route");
        client_answer_fini(&answer);
    }
    yang_tree_free(tree);
    text_buf_fini(&words);
    text_buf_fini(&path);
}

/* --- asking --- */

static int finish(struct printing *p, int rc, bool is_empty_answer)
{
    if (p->document)
        document_finish(p->document);
    for (int i = 0; i < 2; i++) {
        if (p->last == i && rc == 0)
            table_end(&p->tables[i], p->out);
        table_fini(&p->tables[i]);
    }
    if (rc)
        pipe_cancel(p->out);
    else
        rc = pipe_close(p->out);
    bool is_empty = rc == 0 && is_empty_answer && !p->n_rows;
    if (is_empty && strcmp(p->q->view.target->name, "label-stack") == 0)
        explain_no_stack(p->s, p->q);
    else if (is_empty && p->s->is_interactive && is_list(p->q) && !p->notes.len)
        shell_print_notes("there is nothing to show");
    return rc;
}

/* Adds the answer's part to *tree. */
static int read_part(struct printing *p, const struct client_answer *answer, struct lyd_node **tree)
{
    struct lyd_node *part = NULL;

    if (answer->note[0] && !strstr(text_buf_get(&p->notes), answer->note))
        text_buf_printf(&p->notes, "%s%s", p->notes.len ? "\n" : "", answer->note);
    if (lyd_parse_data_mem(p->s->ctx, answer->text, LYD_JSON, LYD_PARSE_ONLY, 0, &part))
        return shell_error("mgmtd's answer is not understood: %s", ly_errmsg(p->s->ctx));
    if (*tree) {
        yang_tree_merge(tree, part);
        yang_tree_free(part);
    } else {
        *tree = part;
    }
    return 0;
}

static int next_part(struct printing *p, struct client_answer *answer)
{
    if (client_more(p->s->client, answer) == 0)
        return 0;
    return answer->error == -EINTR ? 1 : shell_error("%s", answer->text);
}

/* The first parts together: small ones are one answer, printed as a whole. */
static int read_first(struct printing *p, struct client_answer *answer, struct lyd_node **tree)
{
    size_t octets = 0;
    for (;;) {
        octets += strlen(answer->text);
        if (read_part(p, answer, tree))
            return 1;
        if (!answer->has_more || octets >= WHOLE_OCTETS)
            return 0;
        if (next_part(p, answer))
            return 1;
    }
}

/* All parts of the answer, until nobody wants more. */
static int print_answer(struct printing *p, struct client_answer *answer)
{
    struct lyd_node *tree = NULL;
    bool is_plain = !p->q->view.n_filters && !pipe_picks_entries(p->out) && pipe_wants(p->out) == SHELL_JSON;

    if (is_plain && !answer->has_more && !answer->note[0]) {
        pipe_text(p->out, answer->text, 0);
        return 0;
    }
    int rc = read_first(p, answer, &tree);
    bool is_whole = !answer->has_more;
    while (rc == 0) {
        bool is_last = !answer->has_more;
        rc = take_part(p, tree, is_whole, is_last);
        tree = NULL;
        if (rc || is_last || pipe_is_done(p->out))
            break;
        rc = next_part(p, answer) || read_part(p, answer, &tree);
    }
    yang_tree_free(tree);
    return rc;
}

/* One answer to one question, printed as it comes. */
static int ask_all(struct printing *p, struct query *q, bool *is_answered)
{
    struct text_buf path = {0};
    struct client_answer answer = {0};

    if (show_path(p->s, q, &path))
        return 1;
    take_views(p);
    struct front_request r = {.op = FRONT_STATE, .path = text_buf_get(&path), .is_in_parts = is_list(q)};
    int rc = shell_ask(p->s, &r, &answer);
    *is_answered = rc == 0;
    if (*is_answered)
        rc = print_answer(p, &answer);
    client_answer_fini(&answer);
    text_buf_fini(&path);
    return rc;
}

/* Adds what there is for one prefix to *tree. */
static int ask_for(struct printing *p, struct query *q, struct lyd_node **tree)
{
    struct text_buf path = {0};
    struct client_answer answer = {0};

    if (show_path(p->s, q, &path))
        return 1;
    struct front_request r = {.op = FRONT_STATE, .path = text_buf_get(&path), .is_in_parts = true};
    int rc = shell_ask(p->s, &r, &answer) || read_part(p, &answer, tree);
    while (rc == 0 && answer.has_more)
        rc = next_part(p, &answer) || read_part(p, &answer, tree);
    client_answer_fini(&answer);
    text_buf_fini(&path);
    return rc;
}

/* Each prefix around the address by itself: a daemon finds these at once among a million. */
static int ask_around(struct printing *p, struct query *q, const struct ip_addr *address, bool *is_answered)
{
    struct prefix around, host = prefix_host(address);
    struct lyd_node *tree = NULL;
    int rc = 0;

    for (unsigned len = 0; rc == 0 && len <= host.len; len++) {
        around = prefix_normalize((struct prefix){.addr = *address, .len = (uint8_t)len});
        q->around = &around;
        rc = ask_for(p, q, &tree);
    }
    q->around = NULL;
    *is_answered = rc == 0;
    take_views(p);
    if (rc == 0)
        return take_part(p, tree, true, true);
    yang_tree_free(tree);
    return rc;
}

static int ask_and_print(struct shell *s, struct query *q, const char *pipes)
{
    struct printing p = {.s = s, .q = q, .last = -1};
    const struct ip_addr around = show_around(q);
    bool is_answered = false;
    int rc;

    if (!(p.out = pipe_open(s, pipes)))
        return 1;
    q->is_counted = pipe_is_counting(p.out) && is_list(q) && !q->view.n_filters;
    if (around.family != AF_NONE)
        rc = ask_around(&p, q, &around, &is_answered);
    else
        rc = ask_all(&p, q, &is_answered);
    rc = finish(&p, rc, pipe_format(pipes) == SHELL_TABLE);
    bool is_vain = rc == 0 && q->instance && strcmp(q->instance, "public") != 0 && !p.n_rows;
    is_vain = is_vain && pipe_format(pipes) == SHELL_TABLE;
    if (is_vain && find_instance(&p, q->instance) == INSTANCE_NONE)
        rc = no_instance(q->instance);
    if (is_answered && p.notes.len)
        rc = shell_error("%s", text_buf_get(&p.notes));
    text_buf_fini(&p.notes);
    return rc;
}

/* show configuration [expanded] [WORDS] */
static int show_running(struct shell *s, char *const *words, size_t n, const char *pipes)
{
    struct show_what what = {.is_expanded = n && strcmp(words[0], "expanded") == 0};
    what.is_asked_for = n > what.is_expanded;
    return shell_show_configuration(s, words + what.is_expanded, n - what.is_expanded, pipes, what);
}

static bool is_number(const char *word)
{
    return *word && strspn(word, "0123456789") == strlen(word);
}

static int show(struct shell *s, char *const *words, size_t n, const char *pipes)
{
    struct query q = {0};

    if (strcmp(words[0], "configuration") == 0 && !(n > 1 && strcmp(words[1], "history") == 0))
        return show_running(s, words + 1, n - 1, pipes);
    if (strcmp(words[0], "configuration") == 0 && n == 3 && is_number(words[2]))
        return show_commit(s, words[2], pipes);
    if (strcmp(words[0], "history") == 0 && n == 2 && is_number(words[1]))
        return show_commit(s, words[1], pipes);
    if (show_resolve(s, words, n, &q))
        return 1;
    if (q.alias && q.alias->action)
        return shell_request(s, q.alias->action, pipes);
    if (show_check_lookup(&q))
        return 1;
    return ask_and_print(s, &q, pipes);
}

int shell_show(struct shell *s, char *const *words, size_t n, const char *pipes)
{
    struct show_words full = {.n = 0};

    if (n == 0)
        return shell_error("show what? Try: help");
    bool was_held = screen_hold_interrupts();
    int rc = show_words_expand(s, words, n, &full);
    rc = rc ? rc : show(s, full.word, full.n, pipes);
    show_words_free(&full);
    screen_release_interrupts(was_held);
    return rc;
}

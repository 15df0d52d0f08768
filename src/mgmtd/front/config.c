/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests about configuration: load, compare, rollback, show.
 */
#include "src/mgmtd/front/session.h"
#include "src/mgmtd/intent/intent.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/instance.h"
#include "lib/text/namespace.h"
#include "lib/text/parse.h"
#include "lib/text/words.h"
#include "lib/text/write.h"
#include "lib/text/context.h"
#include "lib/text/path.h"

/* A file says what shall be there. Its nodes bring no other metadata along than the marks of what was implied, which
 * are gone by now. */
static bool check_metadata(const struct lyd_node *tree, struct text_error *err)
{
    for (const struct lyd_node *n = tree; n; n = n->next) {
        const struct lyd_meta *m = n->schema ? n->meta : NULL;
        if (m) {
            bool is_edit = strcmp(m->annotation->module->name, "ietf-netconf") == 0 ||
                           strcmp(m->annotation->module->name, "yang") == 0;
            yang_path_of(n, err->path, sizeof(err->path));
            snprintf(err->message, sizeof(err->message), "%s:%s cannot be loaded%s", m->annotation->module->name,
                     m->name,
                     is_edit ? ": operations like delete are for NETCONF's edit-config; a file that is loaded says "
                               "what shall be there"
                             : ": nodes of a file that is loaded have no attributes");
            return false;
        }
        if (!check_metadata(lyd_child(n), err))
            return false;
    }
    return true;
}

/* What libyang must not see: it would take for ever (namespace.h). NULL: it may. */
static const char *refuse_xml(const char *xml)
{
    struct text_buf named = {0};
    const char *why = text_xml_name_none(xml, &named);
    text_buf_fini(&named);
    return why;
}

static int parse_libyang(struct mgmtd *m, const struct front_request *r, struct lyd_node **tree, struct text_error *err)
{
    LYD_FORMAT format = r->format == FRONT_XML ? LYD_XML : LYD_JSON;
    const char *why = r->format == FRONT_XML ? refuse_xml(r->text) : NULL;
    memset(err, 0, sizeof(*err));
    snprintf(err->file, sizeof(err->file), "%s", r->name);
    if (why) {
        snprintf(err->message, sizeof(err->message), "%s", why);
        return -EINVAL;
    }
    ly_err_clean(m->ctx, NULL);
    if (lyd_parse_data_mem(m->ctx, r->text, format, LYD_PARSE_ONLY | LYD_PARSE_STRICT | LYD_PARSE_NO_STATE, 0, tree) ==
        0) {
        intent_strip(*tree); /* what is loaded was configured from now on */
        return check_metadata(*tree, err) ? 0 : -EINVAL;
    }
    snprintf(err->message, sizeof(err->message), "%s", yang_last_error(m->ctx, err->path, sizeof(err->path)));
    err->line = yang_last_error_line(m->ctx);
    return -EINVAL;
}

/* Reads the request's text over `tree` (text: statements may also remove) or into an empty one. */
static int parse(struct mgmtd *m, const struct front_request *r, struct lyd_node **tree, struct text_error *err)
{
    if (r->format == FRONT_TEXT) {
        struct text_source src = {.name = r->name, .text = r->text, .len = strlen(r->text)};
        return text_parse(m->ctx, &src, tree, err);
    }
    struct lyd_node *read = NULL;
    int rc = parse_libyang(m, r, &read, err);
    if (rc == 0)
        yang_tree_merge(tree, read);
    yang_tree_free(read);
    return rc;
}

static int first_implied(void *arg, const struct lyd_node *was, const struct lyd_node *now)
{
    const char **origin = arg;
    if (!was || (now && !lyd_child(was)))
        return 0;
    if (now)
        return yang_diff(lyd_child(was), lyd_child(now), first_implied, arg);
    *origin = intent_origin(was);
    return *origin != NULL;
}

/* What cannot be removed because nobody typed it may be implied: then the same text does no wrong to the intended
 * configuration. */
static void explain_implied(struct session *s, const struct front_request *r, struct text_error *err)
{
    struct lyd_node *intended = NULL, *without = NULL;
    struct yang_fault fault;
    struct text_error again = {0};
    const char *origin = NULL;

    if (r->format != FRONT_TEXT || r->load != FRONT_MERGE ||
        intent_expand(s->m->ctx, session_candidate(s)->tree, &intended, &fault))
        return;
    without = yang_tree_dup(intended);
    if (parse(s->m, r, &without, &again) == 0 || again.line > err->line)
        yang_diff(intended, without, first_implied, &origin);
    if (origin)
        snprintf(err->message, sizeof(err->message), "nothing to remove: implied by %s", origin);
    yang_tree_free(without);
    yang_tree_free(intended);
}

/* `tree` is taken. False: the session may not make it of the candidate, the reply was sent. */
static bool set_candidate(struct session *s, uint64_t id, struct candidate *c, struct lyd_node *tree)
{
    if (access_may_change(s, id, c->tree, tree)) {
        candidate_set(s->m, c, tree);
        return true;
    }
    yang_tree_free(tree);
    return false;
}

static void fail_load(struct session *s, uint64_t id, const struct front_request *r, int rc, struct text_error *err)
{
    struct text_buf why = {.acct = &s->m->mem}, place = {.acct = &s->m->mem};

    if (r->format == FRONT_TEXT && err->missing[0])
        yang_instance_path(s->m->ctx, err->missing, &place);
    if (!place.len || access_may_know(s, id, NACM_DELETE, text_buf_get(&place))) {
        if (access_is_open(s)) /* what implies it may be hidden */
            explain_implied(s, r, err);
        text_error_format(err, &why);
        session_reply(s, id, rc, text_buf_get(&why), "");
    }
    text_buf_fini(&place);
    text_buf_fini(&why);
}

void session_load(struct session *s, uint64_t id, const struct front_request *r)
{
    struct text_error err;
    struct lyd_node *next = NULL;

    if (!session_may_change(s, id))
        return;
    struct candidate *c = session_begin(s);
    if (r->load == FRONT_MERGE)
        next = yang_tree_dup(c->tree);
    int rc = parse(s->m, r, &next, &err);
    if (rc) {
        fail_load(s, id, r, rc, &err);
        yang_tree_free(next);
        return;
    }
    if (r->load == FRONT_REPLACE) {
        struct lyd_node *whole = yang_tree_dup(c->tree);
        yang_tree_replace_tops(&whole, next);
        yang_tree_free(next);
        next = whole;
    }
    if (set_candidate(s, id, c, next))
        session_reply(s, id, 0, "", "");
}

/* The tree of `back` commits ago (0 = running); owned by the caller. 0, or a reply was sent. */
static int load_back(struct session *s, uint64_t id, uint32_t back, struct lyd_node **tree)
{
    struct mgmtd *m = s->m;
    struct store_commit meta;
    char error[512];

    *tree = NULL;
    if (back == 0) {
        *tree = yang_tree_dup(m->running);
        return 0;
    }
    if (back == m->head.sequence && back < STORE_KEEP)
        return 0; /* before the first commit: empty */
    if (back > m->head.sequence || back >= STORE_KEEP) {
        session_reply_fmt(s, id, -ENOENT, "there are only %u commits to go back",
                          m->head.sequence < STORE_KEEP ? m->head.sequence : STORE_KEEP - 1);
        return -ENOENT;
    }
    int rc = store_load_history(&m->env, m->ctx, m->head.sequence - back, tree, &meta, error, sizeof(error));
    if (rc)
        session_reply_fmt(s, id, rc, "%s", error);
    return rc;
}

/* What an older commit is compared with: another one, or the candidate, or what runs. Only what may be read; *copy is
 * owned by the caller. 0, or a reply was sent. */
static int newer_side(struct session *s, uint64_t id, const char *back, const struct lyd_node **tree,
                      struct lyd_node **copy)
{
    const struct candidate *c = session_candidate(s);
    char *end;

    *copy = NULL;
    if (back[0]) {
        unsigned long number = strtoul(back, &end, 10);
        if (*end || number > UINT32_MAX) {
            session_reply_fmt(s, id, -EINVAL, "not a number of commits: %s", back);
            return -EINVAL;
        }
        int rc = load_back(s, id, (uint32_t)number, copy);
        if (rc == 0)
            access_prune(s, copy);
        *tree = *copy;
        return rc;
    }
    if (c->is_there)
        session_begin(s);
    *tree = access_readable(s, c->is_there ? c->tree : s->m->running, copy);
    return 0;
}

void session_compare(struct session *s, uint64_t id, const struct front_request *r)
{
    struct text_buf out = {.acct = &s->m->mem};
    struct lyd_node *older, *copy;
    const struct lyd_node *newer;

    if (load_back(s, id, r->number, &older))
        return;
    access_prune(s, &older);
    if (newer_side(s, id, r->argument, &newer, &copy) == 0) {
        text_write_diff(older, newer, &out);
        session_reply(s, id, 0, text_buf_get(&out), "");
    }
    text_buf_fini(&out);
    yang_tree_free(copy);
    yang_tree_free(older);
}

void session_rollback(struct session *s, uint64_t id, const struct front_request *r)
{
    struct lyd_node *tree;
    if (!session_may_change(s, id) || load_back(s, id, r->number, &tree))
        return;
    if (!set_candidate(s, id, session_begin(s), tree))
        return;
    bool is_before_all = r->number > 0 && r->number == s->m->head.sequence;
    session_reply(s, id, 0, "", is_before_all ? "this is the empty configuration before the first commit" : "");
}

void session_discard(struct session *s, uint64_t id, const struct front_request *r)
{
    (void)r;
    if (!session_may_change(s, id))
        return;
    candidate_end(s->m, session_candidate(s));
    session_reply(s, id, 0, "", "");
}

/* A path as it is, or words ("bgp neighbor 10.0.0.1") as a path. False and a reply: not understood. */
static bool show_path(struct session *s, uint64_t id, const char *asked, struct text_buf *path)
{
    struct text_words words;
    struct text_place place;

    if (asked[0] == '/' || !asked[0]) {
        text_buf_puts(path, asked);
        return true;
    }
    bool is_good = text_words_split(asked, &words);
    text_words_walk(s->m->ctx, (const char *const *)words.word, is_good ? words.n : 0, false, &place, path);
    if (is_good && place.leaf)
        text_buf_printf(path, "/%s", place.leaf->name);
    is_good = is_good && place.used == words.n;
    if (!is_good)
        session_reply_fmt(s, id, -EINVAL, "unknown part of the configuration: %s",
                          place.used < words.n ? words.word[place.used] : asked);
    text_words_free(&words);
    return is_good;
}

/* A copy of what is asked for. 0, or a reply was sent. */
static int show_tree(struct session *s, uint64_t id, const struct front_request *r, struct lyd_node **tree)
{
    const struct candidate *c = session_candidate(s);
    bool is_candidate = r->is_candidate && c->is_there;
    struct yang_fault fault;

    if (is_candidate)
        session_begin(s);
    if (!r->is_expanded || !is_candidate) {
        const struct lyd_node *runs = r->is_expanded ? s->m->intended : s->m->running;
        *tree = yang_tree_dup(is_candidate ? c->tree : runs);
        return 0;
    }
    int rc = intent_expand(s->m->ctx, c->tree, tree, &fault);
    if (rc)
        access_hide_fault(s, c->tree, &fault);
    if (rc)
        session_reply_fmt(s, id, rc, "%s: %s", fault.path, fault.message);
    return rc;
}

void session_show(struct session *s, uint64_t id, const struct front_request *r)
{
    struct text_buf path = {.acct = &s->m->mem}, out = {.acct = &s->m->mem};
    struct lyd_node *tree = NULL;
    char *printed = NULL;

    if (show_path(s, id, r->path, &path) && show_tree(s, id, r, &tree) == 0) {
        access_prune(s, &tree);
        if (!yang_tree_prune(&tree, text_buf_get(&path))) { /* the way to what is not there is no answer */
            yang_tree_free(tree);
            tree = NULL;
        }
        if (r->format == FRONT_TEXT)
            text_write_origins(tree, r->is_expanded ? intent_origin : NULL, &out);
        else if (!tree ||
                 lyd_print_mem(&printed, tree, r->format == FRONT_XML ? LYD_XML : LYD_JSON, LYD_PRINT_WITHSIBLINGS))
            text_buf_puts(&out, r->format == FRONT_JSON ? "{}\n" : "");
        session_reply(s, id, 0, printed ? printed : text_buf_get(&out), "");
        free(printed);
        yang_tree_free(tree);
    }
    text_buf_fini(&path);
    text_buf_fini(&out);
}

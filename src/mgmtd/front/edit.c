/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that change a datastore: EDIT, COPY, DELETE. A candidate changes at once, all of it or nothing; what runs
 * changes by a transaction, on the tree that this makes when its turn comes.
 */
#include "src/mgmtd/edit/edit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/mgmtd/front/session.h"

/* Faults that say whether something is there. */
static bool tells_of_data(const struct edit_fault *f)
{
    return strcmp(f->tag, "data-exists") == 0 || strcmp(f->tag, "data-missing") == 0 ||
           (f->app_tag && strcmp(f->app_tag, "missing-instance") == 0);
}

void session_fail_edit(struct session *s, uint64_t id, const struct edit_fault *f)
{
    char text[1024];

    if (tells_of_data(f) &&
        !access_may_know(s, id, strcmp(f->tag, "data-exists") == 0 ? NACM_CREATE : NACM_DELETE, f->path))
        return;
    snprintf(text, sizeof(text), "%s%s%s", f->path, f->path[0] ? ": " : "", f->message);
    session_fail(
        s, id,
        &(struct session_fault){
            .error = f->error, .tag = f->tag, .app_tag = f->app_tag, .path = f->path, .info = f->info, .text = text});
}

static bool is_valid(struct session *s, uint64_t id, struct lyd_node *tree)
{
    struct yang_fault fault;
    char text[1100];
    if (yang_tree_validate(s->m->ctx, tree, &fault) == 0)
        return true;
    access_hide_fault(s, tree, &fault);
    snprintf(text, sizeof(text), "%s%s%s", fault.path, fault.path[0] ? ": " : "", fault.message);
    session_fail_yang(s, id, -EINVAL, &fault, text);
    return false;
}

static bool is_going_on(const struct front_request *r)
{
    return r->op == FRONT_EDIT && r->error_option == FRONT_CONTINUE;
}

/* *tree is changed as the request says. 0, or -errno and *fault. */
static int apply(struct session *s, const struct front_request *r, struct lyd_node **tree, struct edit_fault *fault)
{
    struct edit_request er = {.xml = r->text,
                              .default_operation = r->op == FRONT_EDIT ? r->default_operation : FRONT_DEFAULT_MERGE,
                              .goes_on = is_going_on(r)};
    return edit_apply(s->m->ctx, front_plain(s->m), &er, tree, fault);
}

/* 0, or a reply was sent and *tree is empty. */
static int edit(struct session *s, uint64_t id, const struct front_request *r, struct lyd_node **tree)
{
    struct edit_fault fault;
    int rc = apply(s, r, tree, &fault);
    if (rc) {
        session_fail_edit(s, id, &fault);
        yang_tree_free(*tree);
        *tree = NULL;
    }
    return rc;
}

static bool unsupported(struct session *s, uint64_t id, const char *why)
{
    session_reply(s, id, -EOPNOTSUPP, why, "");
    return false;
}

/* What a request may change at all. */
static bool is_writable(struct session *s, uint64_t id, enum front_datastore d)
{
    switch (d) {
    case FRONT_RUNNING:
        return true;
    case FRONT_CANDIDATE:
        return session_may_change(s, id);
    case FRONT_STARTUP:
        return unsupported(s, id, "each commit is stored for the next start; startup itself cannot be written");
    case FRONT_INTENDED:
    case FRONT_OPERATIONAL:
    case FRONT_DATASTORE_END:
        break;
    }
    return unsupported(s, id, "this datastore cannot be written");
}

void session_edit(struct session *s, uint64_t id, const struct front_request *r)
{
    struct edit_fault fault;

    if (!is_writable(s, id, r->datastore))
        return;
    struct candidate *c = session_begin(s);
    struct lyd_node *tree = yang_tree_dup(c->tree);
    int rc = apply(s, r, &tree, &fault);
    bool is_stopped = rc && !is_going_on(r);
    if (is_stopped)
        session_fail_edit(s, id, &fault);
    if (is_stopped || !access_may_change(s, id, c->tree, tree) ||
        (r->test_option != FRONT_SET && !is_valid(s, id, tree))) {
        yang_tree_free(tree);
        return;
    }
    if (r->test_option == FRONT_TEST_ONLY)
        yang_tree_free(tree);
    else
        candidate_set(s->m, c, tree);
    if (rc)
        session_fail_edit(s, id, &fault);
    else
        session_reply(s, id, 0, "", "");
}

/* A copy of what is to be copied. 0, or a reply was sent. */
static int copy_source(struct session *s, uint64_t id, const struct front_request *r, struct lyd_node **tree)
{
    *tree = NULL;
    if (r->text[0])
        return edit(s, id, r, tree);
    if (r->source == r->datastore) {
        session_fail(s, id,
                     &(struct session_fault){
                         .error = -EINVAL, .tag = "invalid-value", .text = "source and target are the same"});
        return -EINVAL;
    }
    if (r->source == FRONT_OPERATIONAL || r->source == FRONT_INTENDED) {
        unsupported(s, id, "only a configuration can be copied: running, candidate, startup");
        return -EOPNOTSUPP;
    }
    *tree = yang_tree_dup(session_configuration(s, r->source));
    access_prune(s, tree); /* what may not be read is not copied (RFC 8341 section 3.2.6) */
    return 0;
}

/* `tree` is taken. */
static void replace_candidate(struct session *s, uint64_t id, struct lyd_node *tree)
{
    struct candidate *c = session_begin(s);
    if (!access_may_change(s, id, c->tree, tree)) {
        yang_tree_free(tree);
        return;
    }
    candidate_set(s->m, c, tree);
    session_reply(s, id, 0, "", "");
}

void session_copy(struct session *s, uint64_t id, const struct front_request *r)
{
    struct lyd_node *tree;
    if (!is_writable(s, id, r->datastore) || copy_source(s, id, r, &tree))
        return;
    replace_candidate(s, id, tree);
}

int session_next_running(struct session *s, uint64_t id, const struct front_request *r, struct lyd_node **tree,
                         struct edit_fault *kept)
{
    if (r->op == FRONT_COPY)
        return copy_source(s, id, r, tree);
    *tree = yang_tree_dup(s->m->running);
    int rc = apply(s, r, tree, kept);
    if (rc == 0 || is_going_on(r))
        return 0;
    session_fail_edit(s, id, kept);
    yang_tree_free(*tree);
    *tree = NULL;
    return rc;
}

void session_validate(struct session *s, uint64_t id, const struct front_request *r)
{
    struct lyd_node *tree = NULL;

    if (!r->text[0])
        tree = yang_tree_dup(session_configuration(s, r->datastore));
    else if (edit(s, id, r, &tree))
        return;
    if (is_valid(s, id, tree))
        session_reply(s, id, 0, "", "");
    yang_tree_free(tree);
}

void session_delete(struct session *s, uint64_t id, const struct front_request *r)
{
    if (r->datastore == FRONT_RUNNING)
        unsupported(s, id, "the running configuration cannot be deleted");
    else if (is_writable(s, id, r->datastore)) {
        replace_candidate(s, id, NULL);
    }
}

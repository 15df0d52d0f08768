/* SPDX-License-Identifier: Apache-2.0
 *
 * Access control of sessions. Rules are compiled when the configuration that runs is another one than they were
 * compiled from; a session's view of them is made when it is needed. RFC 8341; requests count as the NETCONF operations
 * that do the same (edit-config for load, get-config for show).
 */
#include "src/mgmtd/front/access.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/text/buf.h"
#include "lib/text/node.h"
#include "lib/text/path.h"
#include "src/mgmtd/front/session.h"
#include "src/mgmtd/nacm/nacm.h"

/* Who was put out of a group loses its rights so soon, also in sessions that are open. What is done to the router, and
 * not only looked at, is judged by what holds at that moment. */
enum { GROUPS_AGE_US = 3000000 };

void access_init(struct mgmtd *m)
{
    audit_init(&m->access.audit, &m->env);
}

void access_fini(struct mgmtd *m)
{
    nacm_destroy(m->access.nacm);
    m->access.nacm = NULL;
}

void access_forget(struct session *s)
{
    nacm_view_destroy(s->view);
    s->view = NULL;
}

bool access_is_recovery(const struct session *s, const char *user)
{
    const struct mgmtd_users *users = s->m->front.users;
    char own[MGMTD_NAME_MAX];

    if (!users || strcmp(user, "root") == 0)
        return true;
    return s->is_trusted && users->name_of((int)geteuid(), own, sizeof(own)) && strcmp(user, own) == 0;
}

static const struct nacm_view *view_of(struct session *s)
{
    struct mgmtd *m = s->m;
    struct session *other;

    session_know_groups(s, GROUPS_AGE_US);
    if (!m->access.nacm || m->access.version != mgmtd_version(m)) {
        TAILQ_FOREACH (other, &m->sessions, link)
            access_forget(other);
        nacm_destroy(m->access.nacm);
        m->access.nacm = nacm_create(m->ctx, m->running);
        m->access.version = mgmtd_version(m);
    }
    if (!s->view)
        s->view = nacm_view_create(m->access.nacm, &(struct nacm_user){.name = s->user,
                                                                       .groups = s->group_names,
                                                                       .n_groups = s->n_groups,
                                                                       .is_recovery = access_is_recovery(s, s->user)});
    return s->view;
}

/* --- the audit log --- */

static void write_event(struct session *s, struct audit_event e)
{
    char time[TEXT_TIME_MAX];

    txn_time_text(s->m, time);
    e.time = time;
    e.session = s->sid;
    e.user = s->user;
    e.front = s->kind;
    e.host = s->host;
    audit_write(&s->m->access.audit, &e);
}

void access_started(struct session *s)
{
    if (s->is_audited)
        return;
    s->is_audited = true;
    write_event(s, (struct audit_event){.kind = AUDIT_SESSION_START});
}

void access_refused(struct session *s, const char *as)
{
    char detail[MGMTD_NAME_MAX + 16];

    s->m->access.n_denied_operations++;
    snprintf(detail, sizeof(detail), "as %s", as);
    write_event(s, (struct audit_event){.kind = AUDIT_DENIED, .operation = "open", .detail = detail});
}

void access_ended(struct session *s)
{
    if (s->is_audited && !s->killed_by)
        write_event(s, (struct audit_event){.kind = AUDIT_SESSION_END});
}

void access_killed(struct session *s, const struct session *by, const char *locks)
{
    char detail[256];
    snprintf(detail, sizeof(detail), "by session %u, user %s%s%s", by->sid, by->user,
             locks[0] ? "; it had locked " : "", locks);
    write_event(s, (struct audit_event){.kind = AUDIT_SESSION_KILLED, .detail = detail});
}

void access_locked(struct session *s, bool is_locked, const char *datastore)
{
    write_event(s, (struct audit_event){.kind = is_locked ? AUDIT_LOCK : AUDIT_UNLOCK, .operation = datastore});
}

void access_requested(struct session *s, const char *words, int error, const char *text)
{
    const char *result = text[0] ? text : strerror(-error);
    write_event(s, (struct audit_event){.kind = AUDIT_REQUEST, .operation = words, .detail = error ? result : "done"});
}

void access_confirmed(struct mgmtd *m, uint32_t session, bool is_cancelled, uint32_t first, uint32_t last)
{
    struct session *s = session ? sessions_find(m, session) : NULL;
    char detail[64];

    if (!s)
        return; /* nobody did it: the rollback says so */
    snprintf(detail, sizeof(detail), first == last ? "commit %u" : "commits %u to %u", first, last);
    write_event(s, (struct audit_event){.kind = is_cancelled ? AUDIT_CANCELLED : AUDIT_CONFIRMED, .detail = detail});
}

void access_committed(struct mgmtd *m, const struct txn_request *req, const struct store_commit *meta)
{
    const struct session *s = sessions_find(m, req->by.id);
    audit_write(&m->access.audit, &(struct audit_event){.kind = req->is_rollback ? AUDIT_ROLLBACK : AUDIT_COMMIT,
                                                        .time = meta->time,
                                                        .session = req->by.id,
                                                        .user = meta->author,
                                                        .front = s ? s->kind : NULL,
                                                        .host = s ? s->host : NULL,
                                                        .commit = meta->sequence,
                                                        .detail = meta->comment});
}

/* --- operations --- */

static const char *const operations[FRONT_OP_END] = {
    [FRONT_LOAD] = "edit-config",
    [FRONT_COMPARE] = "get-config",
    [FRONT_CHECK] = "validate",
    [FRONT_COMMIT] = "commit",
    [FRONT_DISCARD] = "discard-changes",
    [FRONT_ROLLBACK] = "edit-config",
    [FRONT_SHOW] = "get-config",
    [FRONT_STATE] = "get",
    [FRONT_GET] = "get-config",
    [FRONT_EDIT] = "edit-config",
    [FRONT_COPY] = "copy-config",
    [FRONT_DELETE] = "delete-config",
    [FRONT_LOCK] = "lock",
    [FRONT_UNLOCK] = "unlock",
    [FRONT_CANCEL] = "cancel-commit",
    [FRONT_KILL] = "kill-session",
    [FRONT_LISTEN] = "create-subscription",
};

bool access_may_execute(struct session *s, uint64_t id, const char *module, const char *rpc)
{
    if (nacm_may_execute(view_of(s), module, rpc))
        return true;
    s->m->access.n_denied_operations++;
    write_event(s, (struct audit_event){.kind = AUDIT_DENIED, .operation = rpc});
    session_reply_fmt(s, id, -EACCES, "access denied: %s may not use %s", s->user, rpc);
    return false;
}

bool access_may_run(struct session *s, uint64_t id, const struct front_request *r)
{
    const char *rpc = operations[r->op];

    if (r->op == FRONT_COMMIT || r->op == FRONT_KILL || r->op == FRONT_LOCK || r->op == FRONT_CANCEL ||
        r->op == FRONT_RPC)
        session_know_groups(s, 0);
    if (r->op == FRONT_SUBSCRIBE && !nacm_is_open(view_of(s))) { /* commits wait for what a supervisor starts */
        s->m->access.n_denied_operations++;
        write_event(s, (struct audit_event){.kind = AUDIT_DENIED, .operation = "subscribe"});
        session_reply(s, id, -EACCES, "access denied: only the router's supervisor subscribes", "");
        return false;
    }
    if (!rpc)
        return true;
    if (r->op == FRONT_GET && r->datastore == FRONT_OPERATIONAL)
        rpc = "get";
    return access_may_execute(s, id, r->op == FRONT_LISTEN ? "notifications" : "ietf-netconf", rpc);
}

/* The module with an rpc of that name; NULL: none. */
static const char *module_of_rpc(const struct ly_ctx *ctx, const char *name)
{
    const struct lys_module *m;
    uint32_t i = 0;

    while ((m = ly_ctx_get_module_iter(ctx, &i))) {
        const struct lysc_node *c = NULL;
        if (!m->implemented || strncmp(m->name, "strata-", 7) != 0)
            continue;
        while ((c = lys_getnext(c, NULL, m->compiled, 0)))
            if (c->nodetype == LYS_RPC && c->module == m && strcmp(c->name, name) == 0)
                return m->name;
    }
    return NULL;
}

/* The first n words with "-" between them. */
static bool join_words(const char *words, unsigned n, char *out, size_t size)
{
    size_t len = 0;
    for (unsigned i = 0; i < n; i++) {
        size_t word = strcspn(words, " ");
        if (word == 0 || len + word + 2 > size)
            return false;
        if (i)
            out[len++] = '-';
        memcpy(out + len, words, word);
        len += word;
        words += word + (words[word] == ' ');
    }
    out[len] = '\0';
    return true;
}

/* What no module knows as an rpc goes by the words that a daemon will hear; then rules with a module do not match. */
bool access_may_act(struct session *s, uint64_t id, const char *words)
{
    session_know_groups(s, 0);
    char name[128] = "";
    for (unsigned n = 4; n > 0; n--) {
        const char *module = join_words(words, n, name, sizeof(name)) ? module_of_rpc(s->m->ctx, name) : NULL;
        if (module)
            return access_may_execute(s, id, module, name);
    }
    if (!join_words(words, 2, name, sizeof(name)) && !join_words(words, 1, name, sizeof(name)))
        name[0] = '\0';
    return access_may_execute(s, id, "", name);
}

/* --- data --- */

void access_prune(struct session *s, struct lyd_node **tree)
{
    nacm_prune(view_of(s), tree);
}

const struct lyd_node *access_readable(struct session *s, const struct lyd_node *tree, struct lyd_node **copy)
{
    *copy = NULL;
    if (nacm_is_open(view_of(s)))
        return tree;
    *copy = yang_tree_dup(tree);
    nacm_prune(view_of(s), copy);
    return *copy;
}

static void deny_change(struct session *s, uint64_t id, const struct nacm_denial *d)
{
    struct yang_fault fault = {.path = ""};
    char path[YANG_PATH_MAX], text[2 * YANG_PATH_MAX];

    s->m->access.n_denied_writes++;
    yang_path_of(d->node, path, sizeof(path));
    write_event(s, (struct audit_event){.kind = AUDIT_DENIED, .operation = nacm_op_name(d->op), .path = path});
    bool is_seen = d->seen == d->node; /* nothing else is said of it: not even how far it is there (access_may_know) */
    if (is_seen)
        yang_path_of(d->node, fault.path, sizeof(fault.path));
    snprintf(text, sizeof(text), "%s%saccess denied: %s may not %s %s", fault.path, fault.path[0] ? ": " : "", s->user,
             nacm_op_name(d->op), is_seen ? "this" : "all of this");
    session_fail_yang(s, id, -EACCES, &fault, text);
}

bool access_may_change(struct session *s, uint64_t id, const struct lyd_node *was, const struct lyd_node *now)
{
    struct nacm_denial d;

    if (nacm_check_change(view_of(s), was, now, &d) == 0)
        return true;
    deny_change(s, id, &d);
    return false;
}

bool access_may_know(struct session *s, uint64_t id, enum nacm_op op, const char *path)
{
    if (nacm_may_read_path(view_of(s), path))
        return true;
    s->m->access.n_denied_writes++;
    write_event(s, (struct audit_event){.kind = AUDIT_DENIED, .operation = nacm_op_name(op), .path = path});
    /* What is new is not hidden from who makes it. */
    bool is_own = op == NACM_CREATE;
    struct yang_fault fault = {.path = ""};
    char text[2 * YANG_PATH_MAX];
    if (is_own)
        yang_path_from_libyang(path, fault.path, sizeof(fault.path));
    snprintf(text, sizeof(text), "%s%saccess denied: %s may not %s %s", fault.path, is_own ? ": " : "", s->user,
             nacm_op_name(op), is_own ? "this" : "all of this");
    session_fail_yang(s, id, -EACCES, &fault, text);
    return false;
}

bool access_may_write(struct session *s)
{
    return nacm_may_write(view_of(s));
}

bool access_is_open(struct session *s)
{
    return nacm_is_open(view_of(s));
}

bool access_may_lock(struct session *s, uint64_t id)
{
    if (nacm_may_write(view_of(s)))
        return true;
    s->m->access.n_denied_operations++;
    write_event(s, (struct audit_event){.kind = AUDIT_DENIED, .operation = "lock"});
    session_reply_fmt(s, id, -EACCES, "access denied: %s may change nothing, and so not lock", s->user);
    return false;
}

/* A path that leads nowhere in the tree is as secret as where it was going. */
static bool may_read_path(struct session *s, struct lyd_node *tree, const char *path)
{
    bool is_exact;
    const struct lyd_node *node = yang_path_lookup(tree, path, &is_exact);
    return !node || nacm_may_read(view_of(s), node);
}

/* libyang and the rules name places in quotes: `"/a:b/c[k='v']"`. */
static bool may_read_message(struct session *s, struct lyd_node *tree, const char *message)
{
    char place[YANG_PATH_MAX], path[YANG_PATH_MAX];

    for (const char *at = strstr(message, "\"/"); at; at = strstr(at, "\"/")) {
        const char *end = strchr(at + 1, '"');
        int len = (int)(end ? end - at - 1 : (ptrdiff_t)strlen(at + 1));
        snprintf(place, sizeof(place), "%.*s", len, at + 1);
        if (!may_read_path(s, tree, yang_path_from_libyang(place, path, sizeof(path))))
            return false;
        at = end ? end + 1 : at + 1 + len;
    }
    return true;
}

void access_hide_fault(struct session *s, struct lyd_node *tree, struct yang_fault *fault)
{
    if (nacm_is_open(view_of(s)) || (may_read_path(s, tree, fault->path) && may_read_message(s, tree, fault->message)))
        return;
    *fault = (struct yang_fault){.message = "the configuration would not be valid in a part that you may not read"};
}

void access_hide_notes(struct session *s, char *notes)
{
    char *out = notes, path[YANG_PATH_MAX];

    if (nacm_is_open(view_of(s)))
        return;
    for (char *line = notes, *next; *line; line = next) {
        size_t len = strcspn(line, "\n");
        const char *end = strstr(line, ": ");
        next = line + len + (line[len] == '\n');
        snprintf(path, sizeof(path), "%.*s", end && end < line + len ? (int)(end - line) : 0, line);
        if (line[0] == '/' && !may_read_path(s, s->m->running, path))
            continue;
        memmove(out, line, (size_t)(next - line));
        out += next - line;
    }
    *out = '\0';
    if (out > notes && out[-1] == '\n')
        out[-1] = '\0';
}

bool access_may_hear(struct session *s, const struct lyd_node *notification)
{
    if (nacm_may_hear(view_of(s), notification))
        return true;
    s->m->access.n_denied_notifications++;
    return false;
}

static bool points_at_hidden(struct session *s, const struct lyd_node *entry)
{
    for (const struct lyd_node *c = lyd_child(entry); c; c = c->next) {
        bool is_path = c->schema && c->schema->nodetype == LYS_LEAF &&
                       ((const struct lysc_node_leaf *)c->schema)->type->basetype == LY_TYPE_INST;
        if (is_path && !nacm_may_read_path(view_of(s), lyd_get_value(c)))
            return true;
    }
    return false;
}

struct lyd_node *access_notification(struct session *s, const struct lyd_node *notification)
{
    struct lyd_node *copy = NULL, *next;

    if (lyd_dup_single(notification, NULL, LYD_DUP_RECURSIVE, &copy) || nacm_is_open(view_of(s)))
        return copy;
    for (struct lyd_node *c = lyd_child(copy); c; c = next) {
        next = c->next;
        if (c->schema && c->schema->nodetype == LYS_LIST && points_at_hidden(s, c))
            lyd_free_tree(c);
    }
    return copy;
}

void access_state(struct mgmtd *m, struct lyd_node **tree)
{
    const struct lys_module *module = ly_ctx_get_module_implemented(m->ctx, "ietf-netconf-acm");
    struct lyd_node *top = NULL;

    if (!module || lyd_new_inner(NULL, module, "nacm", 0, &top))
        return;
    yang_add_number(top, "denied-operations", m->access.n_denied_operations);
    yang_add_number(top, "denied-data-writes", m->access.n_denied_writes);
    yang_add_number(top, "denied-notifications", m->access.n_denied_notifications);
    yang_tree_merge(tree, top);
    lyd_free_tree(top);
}

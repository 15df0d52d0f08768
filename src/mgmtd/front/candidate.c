/* SPDX-License-Identifier: Apache-2.0
 *
 * Candidate configurations: one that a session has for itself, and the one that all NETCONF sessions share (RFC 6241
 * section 8.3). When somebody else commits, what was changed in a candidate is carried over to what runs then.
 */
#include "src/mgmtd/front/session.h"

#include "lib/text/buf.h"
#include "lib/text/path.h"
#include "lib/text/tree.h"

enum { CONFLICTS_MAX = 10 };

struct candidate *session_candidate(struct session *s)
{
    return s->is_shared ? &s->m->front.shared : &s->own;
}

void candidate_end(struct mgmtd *m, struct candidate *c)
{
    mgmtd_release(m, c->tree);
    mgmtd_release(m, c->base);
    c->tree = c->base = NULL;
    mem_free(&m->mem, c->conflicts);
    c->conflicts = NULL;
    c->carried_to = 0;
    c->is_there = false;
    c->n_changes++;
}

struct conflict_list {
    struct text_buf text;
    unsigned n;
};

static int add_conflict(void *arg, enum yang_conflict what, const struct lyd_node *node)
{
    static const char *const texts[] = {"both changed it", "changed here, removed there",
                                        "removed here, changed there"};
    struct conflict_list *list = arg;
    char path[YANG_PATH_MAX];

    if (list->n == CONFLICTS_MAX) {
        text_buf_puts(&list->text, "... and more\n");
        return 1;
    }
    list->n++;
    text_buf_printf(&list->text, "%s: %s\n", yang_path_of(node, path, sizeof(path)), texts[what]);
    return 0;
}

/* The candidate's changes laid over what others committed meanwhile. */
static struct lyd_node *carry_over(struct mgmtd *m, const struct candidate *c, struct text_buf *conflicts)
{
    struct lyd_node *next = yang_tree_dup(m->running);
    struct conflict_list list = {.text = {.acct = &m->mem}};

    if (c->conflicts)
        text_buf_puts(conflicts, c->conflicts);
    yang_tree_conflicts(c->base, c->tree, m->running, add_conflict, &list);
    text_buf_puts(conflicts, text_buf_get(&list.text));
    text_buf_fini(&list.text);
    yang_tree_rebase(c->base, c->tree, &next);
    return next;
}

struct candidate *session_begin(struct session *s)
{
    struct mgmtd *m = s->m;
    struct candidate *c = session_candidate(s);
    struct text_buf conflicts = {.acct = &m->mem};
    struct lyd_node *next;
    uint32_t carried_to = 0;

    if (c->is_there && c->base_version == mgmtd_version(m))
        return c;
    if (c->is_there) {
        carried_to = candidate_is_changed(c) ? m->head.sequence : 0;
        next = carry_over(m, c, &conflicts);
    } else {
        next = mgmtd_hold(m, m->running);
    }
    uint64_t n_changes = c->n_changes;
    candidate_end(m, c);
    c->n_changes = n_changes;
    c->is_there = true;
    c->carried_to = carried_to;
    c->conflicts = conflicts.len ? mem_strdup(&m->mem, text_buf_get(&conflicts)) : NULL;
    text_buf_fini(&conflicts);
    c->tree = next;
    c->base = mgmtd_hold(m, m->running);
    c->base_version = mgmtd_version(m);
    return c;
}

void candidate_set(struct mgmtd *m, struct candidate *c, struct lyd_node *tree)
{
    mgmtd_release(m, c->tree);
    c->tree = tree;
    c->n_changes++;
}

bool candidate_is_changed(const struct candidate *c)
{
    return c->is_there && !yang_tree_equal(c->base, c->tree);
}

bool session_may_change(struct session *s, uint64_t id)
{
    uint32_t owner = s->is_shared ? session_locked_out(s, FRONT_CANDIDATE) : 0;
    if (owner)
        session_fail_locked(s, id, "in-use", owner, "the candidate configuration is locked");
    return owner == 0;
}

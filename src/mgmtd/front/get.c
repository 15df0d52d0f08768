/* SPDX-License-Identifier: Apache-2.0
 *
 * FRONT_GET: the data of a datastore. Configuration is at hand; for operational data the daemons are asked for as much
 * as the request can match, and what they say is laid over the configuration.
 */
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <string.h>

#include "lib/text/buf.h"
#include "src/mgmtd/front/view.h"
#include "src/mgmtd/intent/intent.h"

struct get {
    TAILQ_ENTRY(get) link;
    struct session *session;
    uint64_t id;
    struct front_request r;
    char *text, *path;
};

static void get_free(struct get *g)
{
    struct session *s = g->session;
    TAILQ_REMOVE(&s->gets, g, link);
    mem_free(&s->m->mem, g->text);
    mem_free(&s->m->mem, g->path);
    mem_free(&s->m->mem, g);
}

/* `tree` is taken. The one place where data of a datastore leaves mgmtd. */
static void answer(struct session *s, uint64_t id, const struct front_request *r, struct lyd_node *tree,
                   const char *notes)
{
    struct text_buf out = {.acct = &s->m->mem};
    struct view_fault fault;
    const struct lyd_node *configured = r->is_expanded && r->datastore >= FRONT_INTENDED ? s->m->intended : NULL;

    view_add_defaults(r, s->m->ctx, &tree);
    access_prune(s, &tree);
    if (view_apply(r, s->m->ctx, front_plain(s->m), &tree, configured, &fault))
        session_fail(s, id, &(struct session_fault){.error = -EINVAL, .tag = "invalid-value", .text = fault.text});
    else if (view_write(r, tree, &out))
        session_fail(
            s, id,
            &(struct session_fault){.error = -EMSGSIZE, .text = "the answer is too long; ask for less, or in parts"});
    else
        session_reply(s, id, 0, text_buf_get(&out), notes);
    yang_tree_free(tree);
    text_buf_fini(&out);
}

const struct lyd_node *session_configuration(struct session *s, enum front_datastore d)
{
    switch (d) {
    case FRONT_CANDIDATE:
        return session_candidate(s)->is_there ? session_begin(s)->tree : s->m->running;
    case FRONT_STARTUP:
        return confirm_startup(s->m);
    case FRONT_INTENDED:
        return s->m->intended;
    case FRONT_RUNNING:
    case FRONT_OPERATIONAL:
    case FRONT_DATASTORE_END:
        break;
    }
    return s->m->running;
}

/* Each implied node has a mark that is shown only to those who ask for origins. */
static struct lyd_node *configuration_dup(struct session *s, const struct front_request *r, enum front_datastore d)
{
    struct lyd_node *tree = yang_tree_dup(session_configuration(s, d));
    if (d == FRONT_INTENDED && !r->is_expanded)
        intent_strip(tree);
    return tree;
}

static void on_state(void *arg, struct lyd_node *state, const char *notes)
{
    struct get *g = arg;
    struct lyd_node *tree = NULL;

    if (g->r.content == FRONT_STATE_ONLY) {
        tree = state;
    } else {
        tree = configuration_dup(g->session, &g->r, g->r.source == FRONT_INTENDED ? FRONT_INTENDED : FRONT_RUNNING);
        yang_tree_merge(&tree, state);
        yang_tree_free(state);
    }
    answer(g->session, g->id, &g->r, tree, notes);
    get_free(g);
}

static void get_operational(struct session *s, uint64_t id, const struct front_request *r)
{
    struct get *g = MEM_NEW(&s->m->mem, struct get);
    struct text_buf tops = {.acct = &s->m->mem};

    g->session = s;
    g->id = id;
    g->r = *r;
    g->r.text = g->text = mem_strdup(&s->m->mem, r->text);
    g->r.path = g->path = mem_strdup(&s->m->mem, r->path);
    TAILQ_INSERT_TAIL(&s->gets, g, link);
    view_tops(r, front_plain(s->m), &tops);
    if (r->content == FRONT_CONFIG_ONLY || strcmp(text_buf_get(&tops), "/") == 0)
        on_state(g, NULL, "");
    else
        gather_tree(s, text_buf_get(&tops), on_state, g);
    text_buf_fini(&tops);
}

void session_get(struct session *s, uint64_t id, const struct front_request *r)
{
    if (r->datastore == FRONT_OPERATIONAL)
        get_operational(s, id, r);
    else
        answer(s, id, r, configuration_dup(s, r, r->datastore), "");
}

void session_drop_gets(struct session *s)
{
    while (!TAILQ_EMPTY(&s->gets))
        get_free(TAILQ_FIRST(&s->gets));
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * FRONT_GET: the data of a datastore. Configuration is at hand; for operational data the daemons are asked for as much
 * as the request can match, and what they say is laid over the configuration.
 */
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <string.h>

#include "lib/ipc/north/front_msg.h"
#include "lib/text/buf.h"
#include "src/mgmtd/front/view.h"
#include "src/mgmtd/intent/intent.h"

struct get {
    TAILQ_ENTRY(get) link;
    struct session *session;
    uint64_t id;
    struct front_request r;
    char *text, *path, *argument;
    bool has_begun; /* of an answer in parts: what is configured went with the first */
};

static void get_free(struct get *g)
{
    struct session *s = g->session;
    TAILQ_REMOVE(&s->gets, g, link);
    mem_free(&s->m->mem, g->text);
    mem_free(&s->m->mem, g->path);
    mem_free(&s->m->mem, g->argument);
    mem_free(&s->m->mem, g);
}

static int send_part(struct session *s, struct front_reply *reply, const struct text_buf *out)
{
    reply->text = text_buf_get(out);
    return session_send(s, reply) == -EMSGSIZE ? -EMSGSIZE : 0;
}

/* `tree` is taken. The one place where data of a datastore leaves mgmtd. `told`: for a further part, the configuration
 * that went with the first; else NULL. */
static void answer(struct session *s, uint64_t id, const struct front_request *r, struct lyd_node *tree,
                   const struct lyd_node *const *told, const struct gather_part *part)
{
    struct front_reply reply = {.id = id, .note = part->notes, .has_more = part->has_more};
    struct text_buf out = {.acct = &s->m->mem};
    struct view_fault fault;
    const struct lyd_node *configured = r->datastore >= FRONT_INTENDED ? s->m->intended : NULL;

    if (told)
        view_add_new_defaults(r, s->m->ctx, &tree, *told);
    else
        view_add_defaults(r, s->m->ctx, &tree);
    access_prune(s, &tree);
    if (view_apply(r, s->m->ctx, front_plain(s->m), &tree, configured, &fault))
        session_fail(s, id, &(struct session_fault){.error = -EINVAL, .tag = "invalid-value", .text = fault.text});
    else if (view_write(r, tree, &out) || send_part(s, &reply, &out))
        session_fail(
            s, id,
            &(struct session_fault){.error = -EMSGSIZE, .text = "the answer is too long; ask for less, or in parts"});
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

static void on_state(void *arg, const struct gather_part *part)
{
    struct get *g = arg;
    struct lyd_node *tree = NULL, *state = part->tree;
    const struct lyd_node *told;
    enum front_datastore configuration = g->r.source == FRONT_INTENDED ? FRONT_INTENDED : FRONT_RUNNING;

    if (part->error) {
        const char *text = part->error == -EMSGSIZE
                               ? "the answer is too long: ask for less, or with a filter that looks at single entries"
                               : part->notes;
        if (part->error != -ETIMEDOUT) /* else nobody waits */
            session_fail(g->session, g->id, &(struct session_fault){.error = part->error, .text = text});
        yang_tree_free(state);
        get_free(g);
        return;
    }
    bool is_first = !g->has_begun;
    g->has_begun = true;
    told = session_configuration(g->session, configuration);
    if (g->r.content == FRONT_STATE_ONLY || !is_first) {
        tree = state;
    } else {
        tree = configuration_dup(g->session, &g->r, configuration);
        yang_tree_merge(&tree, state);
        yang_tree_free(state);
    }
    answer(g->session, g->id, &g->r, tree, is_first ? NULL : &told, part);
    if (!part->has_more)
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
    g->r.argument = g->argument = mem_strdup(&s->m->mem, r->argument);
    TAILQ_INSERT_TAIL(&s->gets, g, link);
    view_tops(r, s->m->ctx, front_plain(s->m), &tops);
    if (r->content == FRONT_CONFIG_ONLY || strcmp(text_buf_get(&tops), "/") == 0)
        on_state(g, &(struct gather_part){.notes = ""});
    else
        gather_tree(s, id, text_buf_get(&tops), r->is_in_parts && view_is_divisible(r, s->m->ctx, front_plain(s->m)),
                    on_state, g);
    text_buf_fini(&tops);
}

void session_get(struct session *s, uint64_t id, const struct front_request *r)
{
    if (r->datastore == FRONT_OPERATIONAL)
        get_operational(s, id, r);
    else
        answer(s, id, r, configuration_dup(s, r, r->datastore), NULL, &(struct gather_part){.notes = ""});
}

void session_drop_gets(struct session *s)
{
    while (!TAILQ_EMPTY(&s->gets))
        get_free(TAILQ_FIRST(&s->gets));
}

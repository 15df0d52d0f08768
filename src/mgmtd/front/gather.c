/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational state and actions: asks the daemons that own what a front end asked for, waits up to MGMTD_STATE_MS, and
 * makes one answer of theirs. A daemon that does not answer is named in the note, never passed over in silence.
 */
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipc/north/north_msg.h"
#include "src/mgmtd/stream/stream.h"
#include "lib/text/buf.h"
#include "lib/text/path.h"
#include "strata/ipc.h"
#include "strata/schema.h"

/* One request under way. */
struct gather {
    TAILQ_ENTRY(gather) link;
    struct session *session;
    uint64_t id;       /* the daemons' */
    uint64_t reply_id; /* the front end's */
    bool is_action;
    gather_fn *done; /* NULL: the answer goes to the front end */
    void *arg;
    char *path;
    struct lyd_node *tree;
    struct text_buf notes;
    struct text_buf parts[MGMTD_DAEMONS_MAX]; /* chunks so far */
    uint32_t waiting;                         /* bits of daemons */
    struct timer deadline;
};

static void gather_free(struct gather *g)
{
    struct mgmtd *m = g->session->m;
    TAILQ_REMOVE(&m->gathers, g, link);
    timer_cancel(&g->deadline);
    yang_tree_free(g->tree);
    text_buf_fini(&g->notes);
    for (size_t i = 0; i < m->n_daemons; i++)
        text_buf_fini(&g->parts[i]);
    mem_free(&m->mem, g->path);
    mem_free(&m->mem, g);
}

static void add_note(struct gather *g, const char *daemon, const char *what)
{
    text_buf_printf(&g->notes, "%s%s %s", g->notes.len ? "\n" : "", daemon, what);
}

static void finish_state(struct gather *g)
{
    char *printed = NULL;
    yang_tree_prune(&g->tree, g->path);
    if (g->done) {
        struct lyd_node *tree = g->tree;
        g->tree = NULL;
        g->done(g->arg, tree, text_buf_get(&g->notes));
        gather_free(g);
        return;
    }
    access_prune(g->session, &g->tree);
    if (!yang_tree_equal(g->tree, NULL) && lyd_print_mem(&printed, g->tree, LYD_JSON, LYD_PRINT_WITHSIBLINGS))
        printed = NULL;
    session_reply(g->session, g->reply_id, 0, printed ? printed : "{}\n", text_buf_get(&g->notes));
    free(printed);
    gather_free(g);
}

static void finish_action(struct gather *g, int error, const char *text)
{
    session_reply(g->session, g->reply_id, error, text, "");
    gather_free(g);
}

static void check(struct gather *g)
{
    if (g->waiting == 0)
        finish_state(g);
}

static void on_deadline(void *arg)
{
    struct gather *g = arg;
    struct mgmtd *m = g->session->m;
    for (size_t i = 0; i < m->n_daemons; i++)
        if (g->waiting & (1u << i))
            add_note(g, m->daemons[i].owner->daemon, "did not answer in time");
    if (g->is_action)
        finish_action(g, -ETIMEDOUT, text_buf_get(&g->notes));
    else
        finish_state(g);
}

static struct gather *gather_create(struct session *s, uint64_t reply_id, const char *path)
{
    struct mgmtd *m = s->m;
    struct gather *g = MEM_NEW(&m->mem, struct gather);
    g->session = s;
    g->id = mgmtd_next_id(m);
    g->reply_id = reply_id;
    g->path = mem_strdup(&m->mem, path);
    g->notes.acct = &m->mem;
    for (size_t i = 0; i < m->n_daemons; i++)
        g->parts[i].acct = &m->mem;
    timer_init(&g->deadline, m->env.loop, on_deadline, g);
    TAILQ_INSERT_TAIL(&m->gathers, g, link);
    return g;
}

static void ask(struct gather *g, struct daemon_link *l, const char *path)
{
    size_t i = (size_t)(l - l->m->daemons);
    struct north_to_daemon msg = {.id = g->id, .path = path};
    bool is_needed = (daemons_needed(l->m) & (1u << i)) != 0;

    if (!l->conn && (is_needed || g->path[0]))
        add_note(g, l->owner->daemon, is_needed ? "is not running" : "is not running: nothing is configured for it");
    else if (l->conn && l->state == LINK_REFUSED)
        add_note(g, l->owner->daemon, "is of another version of the software");
    else if (l->conn && l->state == LINK_MET)
        add_note(g, l->owner->daemon, "has no configuration yet");
    else if (l->conn && north_to_daemon_send(l->conn, NORTH_STATE_GET, &msg) == 0)
        g->waiting |= 1u << i;
}

static bool wants(const struct daemon_link *l, const struct yang_segment *top)
{
    for (const char *const *name = l->owner->state; *name; name++)
        if (!top || (strlen(*name) == top->name_len && memcmp(*name, top->name, top->name_len) == 0))
            return true;
    return false;
}

/* Asks all that know of what is below the paths. More than was asked is pruned here: of several paths a daemon hears
 * their common top, or nothing. */
static void ask_all(struct gather *g)
{
    struct mgmtd *m = g->session->m;
    for (size_t i = 0; i < m->n_daemons; i++) {
        char path[YANG_PATH_MAX] = "";
        size_t n_paths = 0;
        struct yang_segment first = {0};
        for (const char *at = g->path; at; at = strstr(at, " /") ? strstr(at, " /") + 1 : NULL) {
            struct yang_segment top;
            const char *p = at;
            bool is_all = !yang_path_next(&p, &top);
            if (!wants(&m->daemons[i], is_all ? NULL : &top))
                continue;
            bool is_same =
                n_paths && !is_all && first.name_len == top.name_len && memcmp(first.name, top.name, top.name_len) == 0;
            if (n_paths == 0)
                snprintf(path, sizeof(path), "%.*s", (int)strcspn(at, " "), at);
            else if (is_same)
                snprintf(path, sizeof(path), "/%.*s", (int)top.name_len, top.name);
            else
                path[0] = '\0';
            first = is_all ? (struct yang_segment){0} : top;
            n_paths++;
        }
        if (n_paths)
            ask(g, &m->daemons[i], path);
    }
    timer_arm_ms(&g->deadline, MGMTD_STATE_MS);
}

void gather_tree(struct session *s, const char *paths, gather_fn *done, void *arg)
{
    struct gather *g = gather_create(s, 0, paths);
    struct yang_segment top;
    g->done = done;
    g->arg = arg;
    bool is_all = !yang_path_next(&paths, &top);
    if (is_all || strstr(g->path, "/management"))
        g->tree = management_state(s->m);
    if (is_all || strstr(g->path, "/nacm"))
        access_state(s->m, &g->tree);
    ask_all(g);
    check(g);
}

void session_state(struct session *s, uint64_t id, const struct front_request *r)
{
    struct mgmtd *m = s->m;
    struct yang_segment top;
    const char *p = r->path;
    bool is_all = !yang_path_next(&p, &top);
    bool is_management = !is_all && top.name_len == 10 && memcmp(top.name, "management", 10) == 0;
    bool is_nacm = !is_all && top.name_len == 4 && memcmp(top.name, "nacm", 4) == 0;

    if (!is_all && !is_management && !is_nacm && !daemons_of_container(m, top.name, top.name_len)) {
        session_reply_fmt(s, id, -ENOENT, "no daemon has state of %.*s", (int)top.name_len, top.name);
        return;
    }
    struct gather *g = gather_create(s, id, r->path);
    if (is_all || is_management)
        g->tree = management_state(m);
    if (is_all || is_nacm)
        access_state(m, &g->tree);
    ask_all(g);
    check(g);
}

/* Who does "mpls guard enable" or "platform audit": the owner of a container of that name, of a child of one, or a
 * daemon called so. */
static struct daemon_link *action_owner(struct mgmtd *m, const char *word, size_t len)
{
    struct daemon_link *l = daemons_of_container(m, word, len);
    char name[64];

    snprintf(name, sizeof(name), "%.*s", (int)len, word);
    for (size_t i = 0; i < m->n_daemons && !l; i++)
        if (strcmp(m->daemons[i].owner->daemon, name) == 0)
            l = &m->daemons[i];
    for (size_t i = 0; i < m->n_daemons && !l; i++) {
        const struct schema_owner *o = m->daemons[i].owner;
        for (const char *const *top = o->state; *top && !l; top++) {
            uint32_t id = schema_child(o->schema, 0, *top);
            if (id != SCHEMA_NONE && schema_child(o->schema, id, name) != SCHEMA_NONE)
                l = &m->daemons[i];
        }
    }
    return l;
}

void session_action(struct session *s, uint64_t id, const struct front_request *r)
{
    struct mgmtd *m = s->m;
    const char *second = strchr(r->argument, ' ');
    size_t first_len = second ? (size_t)(second - r->argument) : strlen(r->argument);
    const char *rest = second ? strchr(second + 1, ' ') : NULL;
    struct daemon_link *l = action_owner(m, r->argument, first_len);

    if (!access_may_act(s, id, r->argument))
        return;
    if (!l || !l->conn) {
        session_reply_fmt(s, id, l ? -ENOTCONN : -ENOENT, l ? "%s is not running" : "nobody does \"%.100s\"",
                          l ? l->owner->daemon : r->argument);
        return;
    }
    struct gather *g = gather_create(s, id, "");
    g->is_action = true;
    size_t name_len = rest ? (size_t)(rest - r->argument) : strlen(r->argument);
    char *name = mem_strdup(&m->mem, r->argument);
    name[name_len] = '\0';
    struct north_to_daemon msg = {.id = g->id, .name = name, .argument = rest ? rest + 1 : ""};
    if (north_to_daemon_send(l->conn, NORTH_ACTION, &msg) == 0)
        g->waiting |= 1u << (l - m->daemons);
    mem_free(&m->mem, name);
    timer_arm_ms(&g->deadline, MGMTD_STATE_MS);
}

static struct gather *find(struct daemon_link *l, uint64_t id, bool is_action)
{
    struct gather *g;
    uint32_t bit = 1u << (l - l->m->daemons);
    TAILQ_FOREACH (g, &l->m->gathers, link)
        if (g->id == id && g->is_action == is_action && (g->waiting & bit))
            return g;
    return NULL;
}

void gather_data(struct daemon_link *l, uint64_t id, const uint8_t *data, size_t len, bool is_last)
{
    struct gather *g = find(l, id, false);
    size_t i = (size_t)(l - l->m->daemons);
    char error[256];

    if (!g)
        return;
    text_buf_add(&g->parts[i], (const char *)data, len);
    if (!is_last)
        return;
    if (g->parts[i].len && stream_read_state(l->owner, l->m->ctx, (const uint8_t *)g->parts[i].data, g->parts[i].len,
                                             l->m->env.log, &g->tree, error, sizeof(error)))
        add_note(g, l->owner->daemon, error);
    g->waiting &= ~(1u << i);
    check(g);
}

void gather_action_done(struct daemon_link *l, uint64_t id, int error, const char *text)
{
    struct gather *g = find(l, id, true);
    if (g)
        finish_action(g, error, error && !text[0] ? strerror(-error) : text);
}

void gather_daemon_down(struct daemon_link *l)
{
    struct gather *g, *next;
    uint32_t bit = 1u << (l - l->m->daemons);
    for (g = TAILQ_FIRST(&l->m->gathers); g; g = next) {
        next = TAILQ_NEXT(g, link);
        if (!(g->waiting & bit))
            continue;
        g->waiting &= ~bit;
        add_note(g, l->owner->daemon, "was lost while it answered");
        if (g->is_action)
            finish_action(g, -ECONNRESET, text_buf_get(&g->notes));
        else
            check(g);
    }
}

void gather_forget(struct mgmtd *m, const struct session *s)
{
    struct gather *g, *next;
    for (g = TAILQ_FIRST(&m->gathers); g; g = next) {
        next = TAILQ_NEXT(g, link);
        if (g->session == s)
            gather_free(g);
    }
}

void gather_fini(struct mgmtd *m)
{
    while (!TAILQ_EMPTY(&m->gathers))
        gather_free(TAILQ_FIRST(&m->gathers));
}

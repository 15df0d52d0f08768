/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational state and actions: asks the daemons that own what a front end asked for, chunk by chunk, each of which
 * may take MGMTD_STATE_MS. A daemon that does not answer is named in the note, never passed over in silence; one that
 * is known not to answer (alive.h) is not waited for.
 *
 * The answer is whole: all daemons are asked at once, and it must not grow too big. Or it comes in parts: one chunk of
 * one daemon is one part, and nothing is asked for before the front end wants the next; what rests so holds no data.
 */
#include "src/mgmtd/front/logs.h"
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipc/north/front_msg.h"
#include "lib/ipc/north/north_msg.h"
#include "lib/text/buf.h"
#include "lib/text/path.h"
#include "src/mgmtd/stream/stream.h"
#include "strata/ipc.h"
#include "strata/schema.h"

enum {
    /* Octets of state streams in an answer that is whole: its tree is some 15 times as big, its text 5 times. */
    WHOLE_MAX = 2 << 20,
    CHUNK_MAX = 16 << 20, /* of one chunk: a daemon has small tables that are not small */
    REST_MS = 600000,     /* so long may a front end take before it wants the next part */
    RESTS_MAX = 8,        /* answers in parts that one session may have open */
};

/* What one daemon is asked for. */
struct ask {
    TAILQ_ENTRY(ask) link;
    struct gather *gather;
    struct daemon_link *daemon;
    char *path;
    uint64_t id; /* of the request under way; 0 = none */
    uint8_t *cursor;
    size_t cursor_len;
    struct text_buf data; /* of the chunk so far */
    struct timer deadline;
};

/* One request under way. */
struct gather {
    TAILQ_ENTRY(gather) link;
    struct session *session;
    uint64_t reply_id; /* the front end's */
    bool is_action, is_in_parts;
    bool is_resting, is_wanted; /* in parts: the next was asked for before this one was ready */
    bool is_busy;               /* has a place among those that daemons work for; else it waits for one, or rests */
    gather_fn *done;            /* NULL: the answer goes to the front end */
    action_fn *acted;           /* the same of an action */
    void *arg;
    char *path;
    struct lyd_node *tree;
    size_t octets;
    struct text_buf notes;
    TAILQ_HEAD(, ask) asks; /* what is still to come */
    struct timer rest;
};

static void ask_free(struct ask *a)
{
    struct mem_account *mem = &a->gather->session->m->mem;
    TAILQ_REMOVE(&a->gather->asks, a, link);
    timer_cancel(&a->deadline);
    text_buf_fini(&a->data);
    mem_free(mem, a->cursor);
    mem_free(mem, a->path);
    mem_free(mem, a);
}

/* Its place is free for others. */
static void make_room(struct gather *g)
{
    if (!g->is_busy)
        return;
    g->is_busy = false;
    g->session->n_gathering--;
    gather_admit_soon(g->session->m);
}

static void gather_free(struct gather *g)
{
    struct mgmtd *m = g->session->m;
    make_room(g);
    TAILQ_REMOVE(&m->gathers, g, link);
    while (!TAILQ_EMPTY(&g->asks))
        ask_free(TAILQ_FIRST(&g->asks));
    timer_cancel(&g->rest);
    yang_tree_free(g->tree);
    text_buf_fini(&g->notes);
    mem_free(&m->mem, g->path);
    mem_free(&m->mem, g);
}

/* Once each: a daemon may be asked for several parts. */
static void add_note(struct gather *g, const char *daemon, const char *what)
{
    struct text_buf line = {0};

    text_buf_printf(&line, "%s %s", daemon, what);
    if (!strstr(text_buf_get(&g->notes), text_buf_get(&line)))
        text_buf_printf(&g->notes, "%s%s", g->notes.len ? "\n" : "", text_buf_get(&line));
    text_buf_fini(&line);
}

/* --- answers --- */

/* The session may end, and the gather with it, in the calls to who asked: nothing follows them. */
static void deliver(struct gather *g, int error, bool has_more)
{
    struct gather_part part = {.error = error, .tree = g->tree, .notes = text_buf_get(&g->notes), .has_more = has_more};
    g->tree = NULL;
    g->done(g->arg, &part);
}

static void reply(struct gather *g, bool has_more)
{
    struct front_reply r = {.id = g->reply_id, .note = text_buf_get(&g->notes), .has_more = has_more};
    uint32_t shrink =
        g->is_in_parts ? LYD_PRINT_SHRINK : 0; /* what comes in parts is put together first, and not read */
    char *printed = NULL;

    access_prune(g->session, &g->tree);
    if (!yang_tree_equal(g->tree, NULL) && lyd_print_mem(&printed, g->tree, LYD_JSON, LYD_PRINT_WITHSIBLINGS | shrink))
        printed = NULL;
    r.text = printed ? printed : "{}\n";
    if (session_send(g->session, &r) == -EMSGSIZE)
        session_reply(g->session, g->reply_id, -EMSGSIZE, "the answer is too long: ask for less, or in parts", "");
    free(printed);
}

static void finish(struct gather *g)
{
    if (g->done)
        monitor_add_statistics(g->session->m, g->path, &g->tree);
    yang_tree_prune(&g->tree, g->path);
    if (g->done)
        deliver(g, 0, false);
    else
        reply(g, false);
    gather_free(g);
}

static void fail_too_long(struct gather *g)
{
    if (g->done)
        deliver(g, -EMSGSIZE, false);
    else
        session_fail(g->session, g->reply_id,
                     &(struct session_fault){.error = -EMSGSIZE,
                                             .tag = "too-big",
                                             .text = "the answer is too long: ask for less, or in parts"});
    gather_free(g);
}

static void finish_action(struct gather *g, int error, const char *text)
{
    g->acted(g->arg, error, text);
    gather_free(g);
}

static void on_rest(void *arg)
{
    struct gather *g = arg;
    if (g->done)
        deliver(g, -ETIMEDOUT, false);
    gather_free(g);
}

/* A part is ready, and it is not the last. It is given away, and what is left rests until it is wanted. */
static void finish_part(struct gather *g)
{
    if (g->done)
        monitor_add_statistics(g->session->m, g->path, &g->tree);
    yang_tree_prune(&g->tree, g->path);
    make_room(g);
    g->is_resting = true;
    timer_arm_ms(&g->rest, REST_MS);
    if (g->done)
        deliver(g, 0, true);
    else
        reply(g, true);
    yang_tree_free(g->tree);
    g->tree = NULL;
    text_buf_fini(&g->notes);
    g->octets = 0;
}

/* --- asking --- */

static bool send_ask(struct ask *a)
{
    struct gather *g = a->gather;
    struct daemon_link *l = a->daemon;
    bool is_needed = (daemons_needed(l->m) & (1u << (l - l->m->daemons))) != 0;
    char silent[ALIVE_TEXT_MAX];
    struct north_to_daemon msg = {
        .id = mgmtd_next_id(l->m), .path = a->path, .cursor = a->cursor, .cursor_len = a->cursor_len};

    if (!l->conn && (is_needed || g->path[0]))
        add_note(g, l->owner->daemon, is_needed ? "is not running" : FRONT_NOT_NEEDED);
    else if (l->conn && l->alive.is_silent)
        add_note(g, l->owner->daemon, alive_text(l, silent));
    else if (l->conn && l->state == LINK_REFUSED)
        add_note(g, l->owner->daemon, "is of another version of the software");
    else if (l->conn && l->state == LINK_MET)
        add_note(g, l->owner->daemon, "has no configuration yet");
    else if (l->conn && north_to_daemon_send(l->conn, NORTH_STATE_GET, &msg) == 0)
        a->id = msg.id;
    if (!a->id)
        return false;
    timer_arm_ms(&a->deadline, MGMTD_STATE_MS);
    return true;
}

/* The daemon began with a big table, and does not end it. Where the table goes as data of a datastore, half of it must
 * not be taken for all. True: the gather is gone. */
static bool break_off(struct ask *a)
{
    struct gather *g = a->gather;
    if (!g->is_in_parts || !g->done || !a->cursor)
        return false;
    deliver(g, -ECONNRESET, false);
    gather_free(g);
    return true;
}

/* Asks for the next chunk; whoever has nothing to say is done with. What is asked for is on its way when this returns,
 * or the gather is finished and gone. */
static void go_on(struct gather *g)
{
    struct ask *a, *next;

    g->is_resting = false;
    timer_cancel(&g->rest);
    if (!g->is_busy) {
        if (!session_may_gather(g->session))
            return; /* until there is room */
        g->is_busy = true;
        g->session->n_gathering++;
    }
    for (a = TAILQ_FIRST(&g->asks); a; a = next) {
        next = TAILQ_NEXT(a, link);
        if (!a->id && !send_ask(a)) {
            if (break_off(a))
                return;
            ask_free(a);
        } else if (g->is_in_parts)
            return;
    }
    if (TAILQ_EMPTY(&g->asks))
        finish(g);
}

static void on_admit(void *arg)
{
    struct mgmtd *m = arg;
    struct gather *g, *next;

    for (g = TAILQ_FIRST(&m->gathers); g; g = next) {
        next = TAILQ_NEXT(g, link);
        if (!g->is_action && !g->is_resting && !g->is_busy && session_may_gather(g->session))
            go_on(g);
    }
}

void gather_admit_soon(struct mgmtd *m)
{
    if (!m->front.is_closing)
        timer_arm_us(&m->front.admit, 0);
}

void gather_init(struct mgmtd *m)
{
    TAILQ_INIT(&m->gathers);
    timer_init(&m->front.admit, m->env.loop, on_admit, m);
}

/* A chunk is there, or nothing more comes of it (is_done). */
static void chunk_done(struct ask *a, bool is_done)
{
    struct gather *g = a->gather;

    a->id = 0;
    timer_cancel(&a->deadline);
    if (is_done)
        ask_free(a);
    if (g->is_in_parts && !TAILQ_EMPTY(&g->asks)) {
        bool is_wanted = g->is_wanted;
        g->is_wanted = false;
        finish_part(g);
        if (!is_wanted)
            return;
    }
    go_on(g);
}

static void on_deadline(void *arg)
{
    struct ask *a = arg;
    struct gather *g = a->gather;

    add_note(g, a->daemon->owner->daemon, "did not answer in time");
    if (g->is_action)
        finish_action(g, -ETIMEDOUT, text_buf_get(&g->notes));
    else if (!break_off(a))
        chunk_done(a, true);
}

static struct ask *add_ask(struct gather *g, struct daemon_link *l, const char *path)
{
    struct mgmtd *m = g->session->m;
    struct ask *a = MEM_NEW(&m->mem, struct ask);

    a->gather = g;
    a->daemon = l;
    a->path = mem_strdup(&m->mem, path);
    a->data.acct = &m->mem;
    timer_init(&a->deadline, m->env.loop, on_deadline, a);
    TAILQ_INSERT_TAIL(&g->asks, a, link);
    return a;
}

static struct gather *gather_create(struct session *s, uint64_t reply_id, const char *path)
{
    struct mgmtd *m = s->m;
    struct gather *g = MEM_NEW(&m->mem, struct gather);
    g->session = s;
    g->reply_id = reply_id;
    g->path = mem_strdup(&m->mem, path);
    g->notes.acct = &m->mem;
    TAILQ_INIT(&g->asks);
    timer_init(&g->rest, m->env.loop, on_rest, g);
    TAILQ_INSERT_TAIL(&m->gathers, g, link);
    return g;
}

/* --- paths --- */

static bool wants(const struct daemon_link *l, const struct yang_segment *top)
{
    for (const char *const *name = l->owner->state; *name; name++)
        if (!top || (strlen(*name) == top->name_len && memcmp(*name, top->name, top->name_len) == 0))
            return true;
    return false;
}

/* The next of several paths ("/a /b"), cut off *rest; to be freed. NULL at the end. */
static char *next_path(struct mgmtd *m, const char **rest)
{
    const char *end = *rest ? strstr(*rest, " /") : NULL;
    char *path;

    if (!*rest)
        return NULL;
    size_t len = end ? (size_t)(end - *rest) : strlen(*rest);
    path = mem_alloc(&m->mem, len + 1);
    memcpy(path, *rest, len);
    path[len] = '\0';
    *rest = end ? end + 1 : NULL;
    return path;
}

/* Is all that `path` asks for also asked for by `wide`? */
static bool is_covered(const char *path, const char *wide)
{
    struct yang_segment a, b;

    while (yang_path_next(&wide, &b)) {
        if (!yang_path_next(&path, &a) || a.name_len != b.name_len || memcmp(a.name, b.name, a.name_len) != 0)
            return false;
        size_t keys = b.key ? (size_t)(b.keys_end - b.key) : 0;
        if (keys && (!a.key || (size_t)(a.keys_end - a.key) < keys || memcmp(a.key, b.key, keys) != 0))
            return false;
    }
    return true;
}

/* Asks daemon `l` for the path, unless that is covered by what it is asked for; what the path covers is dropped. */
static void add_path(struct gather *g, struct daemon_link *l, const char *path)
{
    struct ask *a, *next;

    TAILQ_FOREACH (a, &g->asks, link)
        if (a->daemon == l && is_covered(path, a->path))
            return;
    for (a = TAILQ_FIRST(&g->asks); a; a = next) {
        next = TAILQ_NEXT(a, link);
        if (a->daemon == l && is_covered(a->path, path))
            ask_free(a);
    }
    add_ask(g, l, path);
}

/* Of all that know of what is below the paths; mgmtd's own state is there at once. */
static void prepare(struct gather *g)
{
    struct mgmtd *m = g->session->m;
    const char *rest = g->path;
    bool has_management = false, has_access = false, has_log = false;
    char *path;

    while ((path = next_path(m, &rest))) {
        struct yang_segment top;
        const char *p = path;
        bool is_all = !yang_path_next(&p, &top);
        has_management |= is_all || (top.name_len == 10 && memcmp(top.name, "management", 10) == 0);
        has_access |= is_all || (top.name_len == 4 && memcmp(top.name, "nacm", 4) == 0);
        has_log |= !is_all && top.name_len == 3 && memcmp(top.name, "log", 3) == 0;
        for (size_t i = 0; i < m->n_daemons; i++)
            if (wants(&m->daemons[i], is_all ? NULL : &top))
                add_path(g, &m->daemons[i], path);
        mem_free(&m->mem, path);
    }
    if (has_management)
        g->tree = management_state(m);
    if (has_access)
        access_state(m, &g->tree);
    if (has_log)
        logs_state(m, &g->tree);
    if (!g->done)
        return;
    /* a GET: standard modules, too */
    monitor_add(m, g->path, &g->tree);
    struct daemon_link *source = monitor_source(m, g->path);
    if (source && source->conn)
        add_path(g, source, "/netconf-server");
}

/* A session has so many answers open that it never asked for the rest of: the oldest is forgotten. */
static void bound_rests(const struct session *s)
{
    struct gather *g, *oldest = NULL;
    unsigned n = 0;

    TAILQ_FOREACH (g, &s->m->gathers, link) {
        if (g->session != s || !g->is_in_parts)
            continue;
        n++;
        if (g->is_resting && !oldest)
            oldest = g;
    }
    if (n >= RESTS_MAX && oldest)
        on_rest(oldest);
}

void gather_tree(struct session *s, uint64_t id, const char *paths, bool is_in_parts, gather_fn *done, void *arg)
{
    if (is_in_parts)
        bound_rests(s);
    struct gather *g = gather_create(s, id, paths);
    g->done = done;
    g->arg = arg;
    g->is_in_parts = is_in_parts;
    prepare(g);
    go_on(g);
}

void session_state(struct session *s, uint64_t id, const struct front_request *r)
{
    struct mgmtd *m = s->m;
    struct yang_segment top;
    const char *p = r->path;
    bool is_all = !yang_path_next(&p, &top);
    bool is_own = !is_all && ((top.name_len == 10 && memcmp(top.name, "management", 10) == 0) ||
                              (top.name_len == 4 && memcmp(top.name, "nacm", 4) == 0) ||
                              (top.name_len == 3 && memcmp(top.name, "log", 3) == 0));

    if (!is_all && !is_own && !daemons_of_container(m, top.name, top.name_len))
        session_reply_fmt(s, id, -ENOENT, "no daemon has state of %.*s", (int)top.name_len, top.name);
    else
        gather_tree(s, id, r->path, r->is_in_parts, NULL, NULL);
}

void session_more(struct session *s, const struct front_request *r)
{
    struct gather *g;

    TAILQ_FOREACH (g, &s->m->gathers, link)
        if (g->session == s && g->reply_id == r->number && g->is_in_parts)
            break;
    if (!g)
        session_reply(s, r->number, -ENOENT, "there is no more of that answer, or it waited too long", "");
    else if (g->is_resting)
        go_on(g);
    else if (g->is_wanted)
        session_answered(s); /* asked for twice, there once */
    else
        g->is_wanted = true;
}

/* --- actions --- */

static void act(struct gather *g, struct daemon_link *l, const char *name, const char *argument)
{
    struct ask *a = add_ask(g, l, "");

    g->is_action = true;
    a->id = mgmtd_next_id(g->session->m);
    struct north_to_daemon msg = {.id = a->id, .name = name, .argument = argument};
    north_to_daemon_send(l->conn, NORTH_ACTION, &msg);
    timer_arm_ms(&a->deadline, MGMTD_ACTION_MS);
}

void gather_action(struct session *s, uint64_t id, const struct action *a, action_fn *done, void *arg)
{
    struct daemon_link *l = daemons_find(s->m, a->daemon);

    if (!l || !l->conn) {
        char text[160];
        snprintf(text, sizeof(text), l ? "%s is not running" : "nobody does \"%.100s\"",
                 l ? l->owner->daemon : a->name);
        done(arg, l ? -ENOTCONN : -ENOENT, text);
        return;
    }
    if (l->alive.is_silent) {
        char text[160], silent[ALIVE_TEXT_MAX];
        snprintf(text, sizeof(text), "%s %s", l->owner->daemon, alive_text(l, silent));
        done(arg, -ETIMEDOUT, text);
        return;
    }
    struct gather *g = gather_create(s, id, "");
    g->acted = done;
    g->arg = arg;
    act(g, l, a->name, a->argument);
}

static struct ask *find(struct daemon_link *l, uint64_t id, bool is_action)
{
    struct gather *g;
    struct ask *a;

    TAILQ_FOREACH (g, &l->m->gathers, link)
        TAILQ_FOREACH (a, &g->asks, link)
            if (id && a->id == id && a->daemon == l && g->is_action == is_action)
                return a;
    return NULL;
}

/* False: nothing more of this daemon. */
static bool read_chunk(struct ask *a, const struct north_from_daemon *msg)
{
    struct gather *g = a->gather;
    struct daemon_link *l = a->daemon;
    struct mem_account *mem = &l->m->mem;
    char error[256];

    g->octets += a->data.len;
    if (a->data.len && stream_read_state(l->owner, l->m->ctx, (const uint8_t *)a->data.data, a->data.len, l->m->env.log,
                                         &g->tree, error, sizeof(error))) {
        add_note(g, l->owner->daemon, error);
        return false;
    }
    text_buf_fini(&a->data);
    mem_free(mem, a->cursor);
    a->cursor = NULL;
    a->cursor_len = msg->cursor_len;
    if (!msg->cursor_len)
        return false;
    a->cursor = mem_alloc(mem, msg->cursor_len);
    memcpy(a->cursor, msg->cursor, msg->cursor_len);
    return true;
}

void gather_data(struct daemon_link *l, const struct north_from_daemon *msg)
{
    struct ask *a = find(l, msg->id, false);

    if (!a)
        return;
    struct gather *g = a->gather;
    if (a->data.len + msg->len > CHUNK_MAX || (!g->is_in_parts && g->octets + a->data.len + msg->len > WHOLE_MAX)) {
        fail_too_long(g);
        return;
    }
    text_buf_add(&a->data, (const char *)msg->data, msg->len);
    if (msg->is_last)
        chunk_done(a, !read_chunk(a, msg));
}

void gather_action_done(struct daemon_link *l, uint64_t id, int error, const char *text)
{
    struct ask *a = find(l, id, true);
    if (a)
        finish_action(a->gather, error, error && !text[0] ? strerror(-error) : text);
}

/* The first request that waits for the daemon. */
static struct ask *first_waiting(struct daemon_link *l)
{
    struct gather *g;
    struct ask *a;

    TAILQ_FOREACH (g, &l->m->gathers, link)
        TAILQ_FOREACH (a, &g->asks, link)
            if (a->id && a->daemon == l)
                return a;
    return NULL;
}

/* Nothing comes of what the daemon was asked. */
static void give_up(struct daemon_link *l, int error, const char *why)
{
    struct ask *a;

    while ((a = first_waiting(l))) {
        add_note(a->gather, l->owner->daemon, why);
        if (a->gather->is_action)
            finish_action(a->gather, error, text_buf_get(&a->gather->notes));
        else if (!break_off(a))
            chunk_done(a, true);
    }
}

void gather_daemon_down(struct daemon_link *l)
{
    give_up(l, -ECONNRESET, "was lost while it answered");
}

void gather_daemon_silent(struct daemon_link *l)
{
    char silent[ALIVE_TEXT_MAX];
    give_up(l, -ETIMEDOUT, alive_text(l, silent));
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
    m->front.is_closing = true;
    timer_cancel(&m->front.admit);
    while (!TAILQ_EMPTY(&m->gathers))
        gather_free(TAILQ_FIRST(&m->gathers));
}

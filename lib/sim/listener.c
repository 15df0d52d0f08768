/* SPDX-License-Identifier: Apache-2.0
 *
 * Listeners, UNIX and TCP: a backlog of connected sockets that wait to be accepted. A node's listeners are found by
 * path, or by port and VRF device (tcp.c).
 */
#include <errno.h>
#include <string.h>

#include "lib/sim/internal.h"
#include "strata/mem.h"

enum { ACCEPTS_PER_WAKEUP = 16 };

static struct sim_listener *of(struct listener *l)
{
    return (struct sim_listener *)(void *)l;
}

static void wake(struct sim_listener *l)
{
    if (!l->is_closed && !l->is_dead && sim_process_is_able(l->process) && !TAILQ_EMPTY(&l->backlog))
        sim_soon(&l->notify, l->process->node->sim, 3, 25);
}

static void on_notify(void *arg)
{
    struct sim_listener *l = arg;
    struct sim_sock *s;

    if (!sim_process_is_able(l->process))
        return;
    l->is_busy = true;
    for (int i = 0; i < ACCEPTS_PER_WAKEUP && !l->is_closed && (s = TAILQ_FIRST(&l->backlog)); i++) {
        TAILQ_REMOVE(&l->backlog, s, backlog);
        sim_stream_accepted(sim_stream_new(l->process->io, s, &l->addr), l);
    }
    l->is_busy = false;
    if (l->is_closed)
        mem_free(NULL, l);
    else
        wake(l);
}

void sim_listener_arrived(struct sim_listener *l, struct sim_sock *s)
{
    TAILQ_INSERT_TAIL(&l->backlog, s, backlog);
    wake(l);
}

struct sim_listener *sim_listener_unix(struct sim_node *node, const char *path)
{
    struct sim_listener *l;

    TAILQ_FOREACH (l, &node->listeners, link)
        if (l->addr.kind == STREAM_UNIX && strcmp(l->addr.path, path) == 0)
            return l;
    return NULL;
}

int sim_listen(struct io *io, const struct stream_addr *addr, listener_fn *fn, void *arg, struct listener **out)
{
    struct sim_process *p = ((struct sim_io *)(void *)io)->process;
    struct sim_listener *l;
    int err = 0;

    if (!p->is_running)
        return -ENETDOWN;
    if (addr->kind == STREAM_TCP)
        err = sim_tcp_can_listen(p->node, addr);
    else if (addr->path[0] == '\0')
        err = -EINVAL;
    else if (sim_listener_unix(p->node, addr->path))
        err = -EADDRINUSE;
    if (err < 0)
        return err;
    l = MEM_NEW(NULL, struct sim_listener);
    l->listener.io = io;
    l->process = p;
    l->addr = *addr;
    l->fn = fn;
    l->arg = arg;
    TAILQ_INIT(&l->backlog);
    timer_init(&l->notify, &p->node->sim->loop, on_notify, l);
    TAILQ_INSERT_TAIL(&p->node->listeners, l, link);
    LIST_INSERT_HEAD(&p->io->listeners, l, own);
    *out = &l->listener;
    return 0;
}

/* The kernel's half goes at once; the object waits for its owner. */
static void kill_listener(struct sim_listener *l)
{
    struct sim_sock *s;

    if (l->is_dead)
        return;
    l->is_dead = true;
    timer_cancel(&l->notify);
    TAILQ_REMOVE(&l->process->node->listeners, l, link);
    while ((s = TAILQ_FIRST(&l->backlog))) {
        TAILQ_REMOVE(&l->backlog, s, backlog);
        s->ops->close(s, true);
    }
}

void sim_listener_close(struct listener *listener)
{
    struct sim_listener *l = of(listener);

    if (l->is_closed)
        return;
    kill_listener(l);
    LIST_REMOVE(l, own);
    l->is_closed = true;
    if (!l->is_busy)
        mem_free(NULL, l);
}

void sim_listeners_kill(struct sim_process *p)
{
    struct sim_listener *l, *next;

    for (l = TAILQ_FIRST(&p->node->listeners); l; l = next) {
        next = TAILQ_NEXT(l, link);
        if (l->process == p)
            kill_listener(l);
    }
}

void sim_listeners_wake(struct sim_process *p)
{
    struct sim_listener *l;

    TAILQ_FOREACH (l, &p->node->listeners, link)
        if (l->process == p)
            wake(l);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What stratad is to a router: runs mgmtd and ribd always, the others as mgmtd says that the configuration needs them,
 * each as its program creates it. When the dead come back is the test's to say.
 */
#include <string.h>
#include <unistd.h>

#include "bgpd/daemon.h"
#include "ldpd/daemon.h"
#include "ospfd/daemon.h"
#include "src/mgmtd/mgmtd.h"
#include "src/ribd/daemon.h"
#include "src/ribd/dataplane.h"
#include "strata/front.h"
#include "strata/mem.h"
#include "tests/sim/network.h"
#include "vpnd/daemon.h"

enum { ALWAYS = 2 }; /* so many run whatever the configuration says */

const char *const daemon_names[DAEMONS_MAX] = {"mgmtd", "ribd", "vpnd", "ospfd", "ldpd", "bgpd"};

/* In place of the C library's: daemons tell each other their number, and a run must not depend on ours. */
pid_t getpid(void)
{
    return 1;
}

struct ribd_life {
    struct dataplane *dp;
    struct ribd *d;
};

static void *ribd_start(struct sim_process *process, const struct env *env, void *arg)
{
    struct ribd_life *life = MEM_NEW(NULL, struct ribd_life);

    (void)arg;
    life->dp = sim_dataplane_create(process);
    life->d = ribd_create(env, life->dp);
    if (life->d)
        return life;
    life->dp->ops->destroy(life->dp);
    mem_free(NULL, life);
    return NULL;
}

static void ribd_stop(void *daemon, void *arg)
{
    struct ribd_life *life = daemon;

    (void)arg;
    ribd_destroy(life->d);
    life->dp->ops->destroy(life->dp);
    mem_free(NULL, life);
}

static void *mgmtd_start(struct sim_process *process, const struct env *env, void *arg)
{
    struct router *r = arg;
    struct mgmtd_options o = {.boot_file = "router.conf", .boot_text = r->config, .ctx = r->net->yang};

    (void)process;
    return mgmtd_create(env, &o);
}

static void mgmtd_stop(void *daemon, void *arg)
{
    (void)arg;
    mgmtd_destroy(daemon);
}

#define PLAIN_DAEMON(name)                                                                                             \
    static void *name##_start(struct sim_process *process, const struct env *env, void *arg)                           \
    {                                                                                                                  \
        (void)process, (void)arg;                                                                                      \
        return name##_create(env);                                                                                     \
    }                                                                                                                  \
    static void name##_stop(void *daemon, void *arg)                                                                   \
    {                                                                                                                  \
        (void)arg;                                                                                                     \
        name##_destroy(daemon);                                                                                        \
    }

PLAIN_DAEMON(vpnd)
PLAIN_DAEMON(ospfd)
PLAIN_DAEMON(ldpd)
PLAIN_DAEMON(bgpd)

static const struct {
    void *(*start)(struct sim_process *, const struct env *, void *);
    void (*stop)(void *, void *);
} programs[DAEMONS_MAX] = {
    {mgmtd_start, mgmtd_stop}, {ribd_start, ribd_stop}, {vpnd_start, vpnd_stop},
    {ospfd_start, ospfd_stop}, {ldpd_start, ldpd_stop}, {bgpd_start, bgpd_stop},
};

static void start(struct router *r, size_t k)
{
    struct sim_program p = {
        .name = daemon_names[k], .create = programs[k].start, .destroy = programs[k].stop, .arg = r};

    r->is_needed[k] = true;
    if (!r->daemons[k])
        r->daemons[k] = sim_process_create(r->node, daemon_names[k], &p);
    else
        sim_process_start(r->daemons[k]);
}

/* --- mgmtd says which --- */

struct stratad {
    struct router *router;
    struct front *front;
};

static void on_up(void *arg)
{
    struct stratad *s = arg;
    struct front_request subscribe = {.op = FRONT_SUBSCRIBE};

    front_send(s->front, &subscribe);
}

static void on_needed(const char *const *names, size_t n, void *arg)
{
    struct router *r = ((struct stratad *)arg)->router;

    for (size_t k = ALWAYS; k < DAEMONS_MAX; k++) {
        bool is_needed = false;

        for (size_t i = 0; i < n; i++)
            is_needed = is_needed || strcmp(names[i], daemon_names[k]) == 0;
        if (is_needed == r->is_needed[k])
            continue;
        if (is_needed) {
            start(r, k);
        } else {
            r->is_needed[k] = false;
            sim_process_stop(r->daemons[k]);
        }
    }
}

static void *stratad_start(struct sim_process *process, const struct env *env, void *arg)
{
    static const struct front_events events = {.up = on_up, .needed = on_needed};
    struct stratad *s = MEM_NEW(NULL, struct stratad);

    (void)process;
    s->router = arg;
    s->front = front_create(env, "stratad", &events, s);
    return s;
}

static void stratad_stop(void *daemon, void *arg)
{
    struct stratad *s = daemon;

    (void)arg;
    front_destroy(s->front);
    mem_free(NULL, s);
}

void network_start(struct network *net)
{
    for (size_t i = 0; i < net->n_routers; i++) {
        struct router *r = &net->routers[i];
        struct sim_program p = {.name = "stratad", .create = stratad_start, .destroy = stratad_stop, .arg = r};

        for (size_t k = 0; k < ALWAYS; k++)
            start(r, k);
        sim_process_create(r->node, "stratad", &p);
    }
    other_start(net);
}

struct ribd *router_ribd(struct router *r)
{
    struct ribd_life *life = r->daemons[1] ? sim_process_daemon(r->daemons[1]) : NULL;

    return life ? life->d : NULL;
}

void router_crash(struct router *r, size_t daemon, uint64_t back_after_ms)
{
    if (r->is_needed[daemon])
        sim_process_restart(r->daemons[daemon], back_after_ms);
}

void router_start(struct router *r, size_t daemon)
{
    if (r->is_needed[daemon])
        sim_process_start(r->daemons[daemon]);
}

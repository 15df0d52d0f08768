/* SPDX-License-Identifier: Apache-2.0
 *
 * The root object of vpnd: its conversations, what it remembers of each instance (its status, and since when), and what
 * it heard of the other daemons about customer carriers.
 */
#include "vpnd/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <uthash.h>

#include "strata/env.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"
#include "strata/north.h"
#include "strata/rib_client.h"
#include "vpnd/csc/facts.h"
#include "vpnd/csc/judge.h"
#include "vpnd/csc/memory.h"
#include "vpnd/link/mgmtd.h"
#include "vpnd/north/carrier.h"
#include "vpnd/north/state.h"
#include "vpnd/vrf/check.h"
#include "vpnd_config.h"

struct watched {
    UT_hash_handle hh;
    char name[RIB_NAME_MAX];
    enum vpn_status status;
    uint64_t changed_us;
};

struct vpnd {
    struct env env;
    struct rib_client *rib;
    struct north *north;
    struct timer review; /* collects a burst of changes into one look */
    struct watched *watched;
    struct mem_account mem;
    struct csc_facts facts;
    struct csc_memory *memory; /* of carriers: sessions, far ends, problems */
    struct vpnd_poll *poll;
};

#define COMMIT_GRACE_MS 3000 /* ribd sets up what was just committed */
#define REVIEW_DELAY_MS 100
#define INTERFACES_MAX  256

/* Interfaces of one instance, as ribd has them. */
static size_t interfaces_of(const struct vpnd *v, uint32_t vrf, const struct rib_interface **out, size_t max)
{
    size_t n = 0;
    for (const struct rib_interface *i = rib_client_interface_next(v->rib, 0); i && n < max;
         i = rib_client_interface_next(v->rib, i->ifindex))
        if (i->vrf == vrf && !i->is_loopback)
            out[n++] = i;
    return n;
}

/* All that is known of one instance at this moment. */
struct look {
    const struct rib_instance *instance; /* NULL: ribd has none */
    const struct rib_interface *interfaces[INTERFACES_MAX];
    size_t n_interfaces;
    struct vpn_view view;
};

static void look_at(const struct vpnd *v, const struct vpnd_config *config,
                    const struct cfg_vpn_instances_vpn_instance *vpn, struct look *l)
{
    l->instance = rib_client_instance_named(v->rib, vpn->name);
    l->n_interfaces = l->instance ? interfaces_of(v, l->instance->vrf, l->interfaces, INTERFACES_MAX) : 0;
    vpn_view_make(&l->view, config, vpn, l->instance, l->interfaces, l->n_interfaces);
}

/* All that is known of one instance, for questions about other interfaces. */
struct asking {
    const struct vpnd *v;
    const struct look *look;
};

static bool is_foreign(const void *arg, const char *interface)
{
    const struct asking *a = arg;
    const struct rib_interface *i = rib_client_interface_named(a->v->rib, interface);
    return i && i->vrf != RIB_VRF_PUBLIC && !(a->look->instance && i->vrf == a->look->instance->vrf);
}

static struct csc_input input_of(const struct vpnd *v, const struct cfg_vpn_instances_vpn_instance *vpn,
                                 const struct look *l, const struct asking *a)
{
    return (struct csc_input){.vpn = vpn,
                              .interfaces = l->interfaces,
                              .n_interfaces = l->n_interfaces,
                              .is_foreign = is_foreign,
                              .arg = a,
                              .view = &l->view,
                              .facts = &v->facts,
                              .memory = v->memory,
                              .now_us = loop_now_us(v->env.loop)};
}

static struct watched *watched_get(struct vpnd *v, const char *name, bool *is_new)
{
    struct watched *w;
    HASH_FIND_STR(v->watched, name, w);
    *is_new = !w;
    if (w)
        return w;
    w = MEM_NEW(&v->mem, struct watched);
    snprintf(w->name, sizeof(w->name), "%s", name);
    HASH_ADD_STR(v->watched, name, w);
    return w;
}

static void watched_forget(struct vpnd *v, struct watched *w)
{
    HASH_DEL(v->watched, w);
    mem_free(&v->mem, w);
}

static const char *status_text(enum vpn_status s)
{
    switch (s) {
    case VPN_STATUS_UP:
        return "up";
    case VPN_STATUS_DEGRADED:
        return "degraded";
    case VPN_STATUS_DOWN:
        return "down";
    }
    return "unknown";
}

static void remember_sessions(struct vpnd *v, const char *instance, enum csc_source source)
{
    const struct csc_answer *a = &v->facts.from[source];
    char key[CSC_KEY_MAX];
    for (size_t i = 0; i < a->n_sessions; i++)
        if (strcmp(a->sessions[i].instance, instance) == 0)
            csc_memory_see(v->memory, instance, CSC_KIND_SESSION, csc_session_key(&a->sessions[i], key),
                           a->sessions[i].is_up, NULL);
}

/* One customer carrier: what is seen is remembered first, for what is missed is part of the judgement. */
static void review_carrier(struct vpnd *v, const struct cfg_vpn_instances_vpn_instance *vpn, const struct look *l)
{
    const struct csc_counts *c = csc_facts_counts(&v->facts, vpn->name);
    struct asking asking = {v, l};
    struct csc_input in = input_of(v, vpn, l, &asking);
    struct csc_judgement j;
    char a[ADDR_TEXT_MAX];
    for (size_t i = 0; c && i < c->n_far_ends; i++)
        csc_memory_see(v->memory, vpn->name, CSC_KIND_FAR_END, ip_addr_text(&c->far_ends[i].address, a, sizeof(a)),
                       c->far_ends[i].has_lsp, NULL);
    remember_sessions(v, vpn->name, CSC_SOURCE_BGP_VPN);
    remember_sessions(v, vpn->name, CSC_SOURCE_LDP_VPN);
    remember_sessions(v, vpn->name, CSC_SOURCE_OSPF_VPN);
    csc_judge(&in, &j);
    csc_memory_see(v->memory, vpn->name, CSC_KIND_STATUS, "", (int)j.status, NULL);
    for (size_t i = 0; i < j.n_problems; i++)
        csc_memory_see(v->memory, vpn->name, CSC_KIND_PROBLEM, j.problems[i].key, 1, j.problems[i].text);
}

static void review_carriers(struct vpnd *v, const struct vpnd_config *config)
{
    bool is_any = false;
    csc_memory_begin(v->memory, loop_now_us(v->env.loop));
    for (size_t i = 0; i < config->vpn_instances.n_vpn_instance; i++) {
        const struct cfg_vpn_instances_vpn_instance *vpn = config->vpn_instances.vpn_instance[i];
        struct look look;
        look_at(v, config, vpn, &look);
        if (!csc_is_carrier(vpn, look.interfaces, look.n_interfaces))
            continue;
        is_any = true;
        review_carrier(v, vpn, &look);
    }
    csc_memory_end(v->memory);
    vpnd_poll_want(v->poll, is_any);
}

/* Looks at every instance; logs a change of status once. */
static void review(void *arg)
{
    struct vpnd *v = arg;
    const struct vpnd_config *config = north_config(v->north);
    if (!config)
        return;
    review_carriers(v, config);
    for (size_t i = 0; i < config->vpn_instances.n_vpn_instance; i++) {
        const struct cfg_vpn_instances_vpn_instance *vpn = config->vpn_instances.vpn_instance[i];
        struct look look;
        const struct vpn_view *view = &look.view;
        bool is_new;
        look_at(v, config, vpn, &look);
        struct watched *w = watched_get(v, vpn->name, &is_new);
        if (!is_new && w->status == view->status)
            continue;
        w->status = view->status;
        w->changed_us = loop_now_us(v->env.loop);
        log_event(v->env.log, view->status == VPN_STATUS_UP ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "vpn-instance",
                  "name=%s status=%s problem=\"%s\"", vpn->name, status_text(view->status),
                  view->n_problems ? view->problems[0] : "");
        vpnd_state_tell_status(v->north, vpn->name, view);
    }
}

static void on_alarm(void *arg, const char *instance, const char *problem, bool is_raised, uint32_t lasted_sec)
{
    struct vpnd *v = arg;
    vpnd_state_tell_alarm(v->north, instance, problem, is_raised, lasted_sec);
}

/* The other daemons have been heard. While a commit settles, its own look comes later. */
static void on_heard(void *arg)
{
    struct vpnd *v = arg;
    if (!timer_is_armed(&v->review))
        review(v);
}

static void review_soon(struct vpnd *v)
{
    vpnd_poll_soon(v->poll);
    if (!timer_is_armed(&v->review))
        timer_arm_ms(&v->review, REVIEW_DELAY_MS);
}

static void on_session(void *arg)
{
    review_soon(arg);
}
static void on_session_up(void *arg)
{
    struct vpnd *v = arg;
    rib_client_end_of_replay(v->rib); /* vpnd owns no routes and no labels */
    review_soon(v);
}
static void on_interface(void *arg, const struct rib_interface *now, const struct rib_interface *before)
{
    (void)now;
    (void)before;
    review_soon(arg);
}
static void on_instance(void *arg, const struct rib_instance *now, const struct rib_instance *before)
{
    (void)now;
    (void)before;
    review_soon(arg);
}

static const struct rib_client_events rib_events = {
    .session_up = on_session_up,
    .session_down = on_session,
    .interface_changed = on_interface,
    .instance_changed = on_instance,
};

static int on_prepare(void *daemon, const void *next, const void *prev, struct north_error *err)
{
    (void)daemon;
    (void)prev;
    char path[VPN_TEXT_MAX], message[VPN_TEXT_MAX];
    if (vpn_config_check(next, path, message))
        return 0;
    snprintf(err->path, sizeof(err->path), "%s", path);
    snprintf(err->message, sizeof(err->message), "%s", message);
    return -EINVAL;
}

static void on_commit(void *daemon, const void *next, const void *prev)
{
    struct vpnd *v = daemon;
    const struct vpnd_config *config = next;
    (void)prev;
    struct watched *w, *tmp;
    HASH_ITER (hh, v->watched, w, tmp) {
        bool is_configured = false;
        for (size_t i = 0; i < config->vpn_instances.n_vpn_instance && !is_configured; i++)
            is_configured = strcmp(config->vpn_instances.vpn_instance[i]->name, w->name) == 0;
        if (!is_configured)
            watched_forget(v, w);
    }
    timer_arm_ms(&v->review, COMMIT_GRACE_MS);
}

static void carriers_state(struct vpnd *v, const struct vpnd_config *config, struct state_writer *w)
{
    bool is_empty = true;
    struct look look;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1)
            vpnd_carrier_begin(w, is_empty);
        for (size_t i = 0; i < config->vpn_instances.n_vpn_instance; i++) {
            const struct cfg_vpn_instances_vpn_instance *vpn = config->vpn_instances.vpn_instance[i];
            look_at(v, config, vpn, &look);
            if (!csc_is_carrier(vpn, look.interfaces, look.n_interfaces))
                continue;
            is_empty = false;
            if (pass == 0)
                break;
            struct asking asking = {v, &look};
            struct csc_input in = input_of(v, vpn, &look, &asking);
            struct csc_judgement j;
            csc_judge(&in, &j);
            vpnd_carrier_write(w, &in, &j);
        }
    }
    vpnd_carrier_end(w);
}

static void instances_state(struct vpnd *v, const struct vpnd_config *config, struct state_writer *w)
{
    vpnd_state_begin(w);
    for (size_t i = 0; i < config->vpn_instances.n_vpn_instance; i++) {
        const struct cfg_vpn_instances_vpn_instance *vpn = config->vpn_instances.vpn_instance[i];
        struct look look;
        look_at(v, config, vpn, &look);
        struct watched *seen;
        HASH_FIND_STR(v->watched, vpn->name, seen);
        uint64_t age = seen ? (loop_now_us(v->env.loop) - seen->changed_us) / 1000000 : 0;
        vpnd_state_instance(w, vpn, &look.view, look.instance, look.interfaces, look.n_interfaces, age);
    }
    vpnd_state_end(w);
}

static void on_state(void *daemon, const char *path, struct state_writer *w)
{
    struct vpnd *v = daemon;
    const struct vpnd_config *config = north_config(v->north);
    bool wants_carriers = !path || strstr(path, "carriers-carrier"),
         wants_instances = !path || strstr(path, "vpn-inst");
    bool wants_all = wants_carriers == wants_instances;
    if (!config)
        return;
    if (wants_all || wants_instances)
        instances_state(v, config, w);
    if (wants_all || wants_carriers)
        carriers_state(v, config, w);
}

static const struct north_ops north_ops = {.prepare = on_prepare, .commit = on_commit, .state = on_state};

struct vpnd *vpnd_create(const struct env *env)
{
    struct vpnd *v = MEM_NEW(NULL, struct vpnd);
    v->env = *env;
    v->mem.name = "vpnd instance";
    timer_init(&v->review, env->loop, review, v);
    v->memory = csc_memory_create(env->log);
    csc_memory_listen(v->memory, on_alarm, v);
    v->poll = vpnd_poll_create(&v->env, &v->facts, on_heard, v);
    v->rib = rib_client_create(env, RIB_CLIENT_VPND, &rib_events, v);
    v->north = north_create(env, "vpnd", &vpnd_schema, &north_ops, v);
    return v;
}

void vpnd_destroy(struct vpnd *v)
{
    struct watched *w, *tmp;
    timer_cancel(&v->review);
    north_destroy(v->north);
    rib_client_destroy(v->rib);
    vpnd_poll_destroy(v->poll);
    csc_memory_destroy(v->memory);
    csc_facts_fini(&v->facts);
    HASH_ITER (hh, v->watched, w, tmp)
        watched_forget(v, w);
    mem_free(NULL, v);
}

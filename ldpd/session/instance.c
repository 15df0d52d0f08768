/* SPDX-License-Identifier: Apache-2.0
 *
 * The instance: configuration and interfaces in, FECs by trigger, views out. See instance.h.
 */
#include <stdio.h>
#include <string.h>

#include "ldpd/session/internal.h"
#include "ldpd_config.h"

#define AGE_INTERVAL_MS 5000
#define AGE_MAX         6 /* a label that was withdrawn waits half a minute for its releases */
#define QUIET_US        1000000u
#define SWEEP_MS        10000 /* ribd tells a route when the kernel has it, so some come after the rest */

static void age_due(void *arg)
{
    struct ldp_instance *i = arg;
    ldp_bind_age(i->bind, AGE_MAX);
    ldp_listen_update(i); /* a listener that could not be opened yet */
    timer_arm_ms(&i->age, AGE_INTERVAL_MS);
}

static void sweep_due(void *arg)
{
    struct ldp_instance *i = arg;
    ldp_bind_routes_end(i->bind);
}

struct ldp_instance *ldp_instance_create(const struct ldp_instance_options *o)
{
    struct ldp_instance *i = MEM_NEW(NULL, struct ldp_instance);
    i->env = o->env;
    i->vrf = o->vrf;
    i->next_peer = o->next_peer;
    i->rib = o->rib;
    i->rib_arg = o->rib_arg;
    i->news = o->news;
    i->news_arg = o->news_arg;
    snprintf(i->name, sizeof(i->name), "%s", o->name);
    snprintf(i->device, sizeof(i->device), "%s", o->device);
    i->mem.name = "ldp instance";
    i->bind_mem.name = "ldp binding";
    LIST_INIT(&i->interfaces);
    LIST_INIT(&i->neighbors);
    LIST_INIT(&i->pending);
    TAILQ_INIT(&i->ends);
    i->bind = ldp_bind_create(&ldp_bind_transmit_ops, i, &i->bind_mem);
    timer_init(&i->age, o->env->loop, age_due, i);
    timer_init(&i->sweep, o->env->loop, sweep_due, i);
    timer_arm_ms(&i->age, AGE_INTERVAL_MS);
    return i;
}

static void interface_free(struct ldp_interface *f)
{
    LIST_REMOVE(f, entry);
    timer_cancel(&f->hello_timer);
    mem_free(&f->instance->mem, f->rib.addresses);
    mem_free(&f->instance->mem, f);
}

void ldp_instance_retire(struct ldp_instance *i)
{
    struct ldp_interface *f;
    LIST_FOREACH (f, &i->interfaces, entry)
        ldp_interface_stop(f, "shutdown");
    ldp_bind_retire(i->bind);
}

void ldp_instance_destroy(struct ldp_instance *i)
{
    timer_cancel(&i->age);
    timer_cancel(&i->sweep);
    while (!LIST_EMPTY(&i->interfaces)) {
        ldp_interface_stop(LIST_FIRST(&i->interfaces), "shutdown");
        interface_free(LIST_FIRST(&i->interfaces));
    }
    while (!LIST_EMPTY(&i->neighbors))
        ldp_neighbor_destroy(LIST_FIRST(&i->neighbors));
    ldp_listen_stop(i);
    ldp_bind_destroy(i->bind);
    ldp_ends_forget(i);
    mem_free(&i->mem, i->own);
    mem_free(NULL, i);
}

/* --- identity --- */

static const struct ip_addr *loopback_address(const struct ldp_instance *i)
{
    const struct ip_addr *best = NULL;
    const struct ldp_interface *f;
    LIST_FOREACH (f, &i->interfaces, entry) {
        for (uint16_t k = 0; f->rib.is_loopback && k < f->rib.n_addresses; k++) {
            const struct ip_addr *a = &f->rib.addresses[k].addr;
            if (a->family == AF_IPV4 && a->b[0] != 127 && (!best || ip_addr_compare(a, best) > 0))
                best = a;
        }
    }
    return best;
}

bool ldp_instance_is_own(const struct ldp_instance *i, const struct ip_addr *a)
{
    const struct ldp_interface *f;
    LIST_FOREACH (f, &i->interfaces, entry)
        for (uint16_t k = 0; k < f->rib.n_addresses; k++)
            if (ip_addr_equal(&f->rib.addresses[k].addr, a))
                return true;
    return false;
}

const struct ip_addr *ldp_interface_address(const struct ldp_interface *f)
{
    for (uint16_t k = 0; k < f->rib.n_addresses; k++)
        if (f->rib.addresses[k].addr.family == AF_IPV4)
            return &f->rib.addresses[k].addr;
    return NULL;
}

bool ldp_interface_is_onlink(const struct ldp_interface *f, const struct ip_addr *a)
{
    struct prefix host = prefix_host(a);
    for (uint16_t k = 0; k < f->rib.n_addresses; k++) {
        struct prefix net = prefix_normalize(f->rib.addresses[k]);
        if (prefix_contains(&net, &host))
            return true;
    }
    return false;
}

static bool is_of_loopback(const struct ldp_instance *i, const struct ip_addr *a)
{
    const struct ldp_interface *f;
    LIST_FOREACH (f, &i->interfaces, entry)
        for (uint16_t k = 0; f->rib.is_loopback && k < f->rib.n_addresses; k++)
            if (ip_addr_equal(&f->rib.addresses[k].addr, a))
                return true;
    return false;
}

/* An address of one link does not do for the others: it goes away with its link. */
struct ip_addr ldp_instance_transport(const struct ldp_instance *i, const struct ldp_interface *f)
{
    const struct ip_addr *a = ldp_interface_address(f);
    struct ip_addr id = ip_addr_v4(i->lsr_id);
    if (f->has_own_transport && a)
        return *a;
    if (i->config->has_transport_address)
        return i->config->transport_address;
    return !a || is_of_loopback(i, &id) ? id : *a;
}

/* In a VPN instance the addresses of its interfaces are at least the instance's own; there often is no loopback. */
static const struct ip_addr *link_address(const struct ldp_instance *i)
{
    const struct ip_addr *best = NULL;
    const struct ldp_interface *f;
    LIST_FOREACH (f, &i->interfaces, entry) {
        const struct ip_addr *a = f->is_configured ? ldp_interface_address(f) : NULL;
        if (a && (!best || ip_addr_compare(a, best) > 0))
            best = a;
    }
    return best;
}

static uint32_t choose_identity(const struct ldp_instance *i)
{
    if (!i->config)
        return 0;
    if (i->config->has_router_id)
        return i->config->router_id;
    if (i->lsr_id)
        return i->lsr_id; /* one that was chosen stays */
    const struct ip_addr *a = loopback_address(i);
    if (!a && i->vrf != RIB_VRF_PUBLIC)
        a = link_address(i);
    return a ? ip_addr_to_v4(a) : 0;
}

/* A new LSR identifier is a new router: everything starts over. */
static void update_identity(struct ldp_instance *i)
{
    uint32_t id = choose_identity(i);
    if (id == i->lsr_id)
        return;
    struct ldp_interface *f;
    LIST_FOREACH (f, &i->interfaces, entry)
        ldp_interface_stop(f, "router identifier changed");
    ldp_listen_stop(i);
    i->lsr_id = id;
}

static void update_all(struct ldp_instance *i)
{
    update_identity(i);
    ldp_listen_update(i);
    struct ldp_interface *f;
    LIST_FOREACH (f, &i->interfaces, entry)
        ldp_interface_update(f);
    ldp_neighbors_tell_addresses(i);
}

/* --- configuration and interfaces --- */

static void interface_configure(struct ldp_interface *f)
{
    const struct cfg_ldp_instance *config = f->instance->config;
    f->is_configured = false;
    for (size_t k = 0; config && k < config->n_interface; k++) {
        const struct cfg_ldp_instance_interface *c = config->interface[k];
        if (strcmp(c->name, f->rib.name) != 0)
            continue;
        f->is_configured = true;
        f->hello_interval_sec = c->hello_interval;
        f->holdtime_sec = c->hello_holdtime;
        f->has_own_transport = c->transport_address == CFG_LDP_INSTANCE_INTERFACE_TRANSPORT_ADDRESS_INTERFACE;
    }
}

bool ldp_instance_configure(struct ldp_instance *i, const struct cfg_ldp_instance *config,
                            const struct cfg_policy *policy)
{
    i->config = config;
    i->policy = policy;
    struct ldp_interface *f;
    LIST_FOREACH (f, &i->interfaces, entry)
        interface_configure(f);
    update_all(i);
    return ldp_trigger_update(i);
}

static struct ldp_interface *interface_find(const struct ldp_instance *i, uint32_t ifindex)
{
    struct ldp_interface *f;
    LIST_FOREACH (f, &i->interfaces, entry)
        if (f->rib.ifindex == ifindex)
            return f;
    return NULL;
}

static bool contains(const struct ip_addr *list, size_t n, const struct ip_addr *a)
{
    for (size_t k = 0; k < n; k++)
        if (ip_addr_equal(&list[k], a))
            return true;
    return false;
}

/* Tells every neighbour those of `list` that `other` does not have. */
static void tell_difference(struct ldp_instance *i, enum ldp_message_type type, const struct ip_addr *list, size_t n,
                            const struct ip_addr *other, size_t n_other)
{
    struct ip_addr *only = mem_alloc(&i->mem, (n + 1) * sizeof(*only));
    size_t count = 0;
    for (size_t k = 0; k < n; k++)
        if (!contains(other, n_other, &list[k]))
            only[count++] = list[k];
    struct ldp_neighbor *to;
    LIST_FOREACH (to, &i->neighbors, entry)
        if (to->state == LDP_SESSION_OPERATIONAL)
            ldp_transmit_addresses(to, type, only, count);
    mem_free(&i->mem, only);
}

/* Our addresses may have changed; in which order they stand means nothing (RFC 5036 s3.5.5). */
static void update_own_addresses(struct ldp_instance *i)
{
    size_t max = 1, count = 0;
    const struct ldp_interface *f;
    LIST_FOREACH (f, &i->interfaces, entry)
        max += f->rib.n_addresses;
    struct ip_addr *own = mem_alloc(&i->mem, max * sizeof(*own));
    LIST_FOREACH (f, &i->interfaces, entry) {
        for (uint16_t k = 0; k < f->rib.n_addresses; k++) {
            const struct ip_addr *a = &f->rib.addresses[k].addr;
            if (a->family == AF_IPV4 && a->b[0] != 127 && !contains(own, count, a)) /* 127.0.0.1 is everybody's */
                own[count++] = *a;
        }
    }
    struct ip_addr *before = i->own;
    size_t n_before = i->n_own;
    i->own = own;
    i->n_own = count;
    tell_difference(i, LDP_ADDRESS_WITHDRAW, before, n_before, own, count);
    tell_difference(i, LDP_ADDRESS, own, count, before, n_before);
    mem_free(&i->mem, before);
}

void ldp_instance_interface(struct ldp_instance *i, const struct rib_interface *now, const struct rib_interface *before)
{
    struct ldp_interface *f = interface_find(i, now ? now->ifindex : before->ifindex);
    if (!now) {
        if (f) {
            ldp_interface_stop(f, "interface gone");
            interface_free(f);
        }
        update_own_addresses(i);
        update_all(i);
        return;
    }
    if (!f) {
        f = MEM_NEW(&i->mem, struct ldp_interface);
        f->instance = i;
        LIST_INIT(&f->adjacencies);
        LIST_INSERT_HEAD(&i->interfaces, f, entry);
    }
    bool was_guarded = f->rib.is_guarded;
    mem_free(&i->mem, f->rib.addresses);
    f->rib = *now;
    f->rib.addresses =
        now->n_addresses ? mem_dup(&i->mem, now->addresses, now->n_addresses * sizeof(*now->addresses)) : NULL;
    interface_configure(f);
    update_own_addresses(i);
    update_all(i);
    if (was_guarded != f->rib.is_guarded && !LIST_EMPTY(&f->adjacencies))
        ldp_instance_guarded_changed(i);
}

/* --- ribd --- */

void ldp_instance_replay(struct ldp_instance *i)
{
    struct ldp_neighbor *n;
    LIST_FOREACH (n, &i->neighbors, entry)
        ldp_neighbor_forget_told(n);
    ldp_neighbors_tell_addresses(i);
    ldp_bind_replay(i->bind);
    timer_cancel(&i->sweep);
    ldp_bind_routes_begin(i->bind);
}

void ldp_instance_routes_complete(struct ldp_instance *i)
{
    timer_arm_ms(&i->sweep, SWEEP_MS);
}

/* The set of neighbours on guarded interfaces changed: all entries get the new scope. */
void ldp_instance_guarded_changed(struct ldp_instance *i)
{
    const struct ldp_neighbor *n;
    LIST_FOREACH (n, &i->neighbors, entry)
        if (n->state == LDP_SESSION_OPERATIONAL)
            ldp_bind_peer_guard(i->bind, n->peer, ldp_neighbor_is_guarded(n));
    ldp_bind_replay(i->bind);
}

bool ldp_instance_is_settled(const struct ldp_instance *i)
{
    uint64_t now = loop_now_us(i->env->loop);
    const struct ldp_neighbor *n;
    if (LIST_EMPTY(&i->neighbors))
        return false;
    LIST_FOREACH (n, &i->neighbors, entry)
        if (n->state != LDP_SESSION_OPERATIONAL || now - n->quiet_since_us < QUIET_US)
            return false;
    const struct ldp_interface *f;
    LIST_FOREACH (f, &i->interfaces, entry)
        if (f->socket && LIST_EMPTY(&f->adjacencies))
            return false;
    return true;
}

unsigned ldp_instance_clear(struct ldp_instance *i, uint32_t lsr_id)
{
    unsigned count = 0;
    struct ldp_neighbor *n;
    LIST_FOREACH (n, &i->neighbors, entry) {
        if (lsr_id && n->lsr_id != lsr_id)
            continue;
        n->backoff_ms = 0;
        if (n->state == LDP_SESSION_NONE && n->is_active)
            timer_arm_ms(&n->connect, 0);
        ldp_neighbor_fail(n, LDP_EVENT_STOP, LDP_STATUS_SHUTDOWN, "cleared by the operator");
        count++;
    }
    return count;
}

/* --- looking --- */

struct ldp_bind *ldp_instance_bind(const struct ldp_instance *i)
{
    return i->bind;
}
uint32_t ldp_instance_lsr_id(const struct ldp_instance *i)
{
    return i->lsr_id;
}
uint32_t ldp_instance_vrf(const struct ldp_instance *i)
{
    return i->vrf;
}
const char *ldp_instance_name(const struct ldp_instance *i)
{
    return i->name;
}
const struct ldp_counters *ldp_instance_counters(const struct ldp_instance *i)
{
    return &i->counters;
}

uint32_t ldp_instance_lsr_id_of(const struct ldp_instance *i, uint32_t peer)
{
    const struct ldp_neighbor *n = ldp_neighbor_by_peer(i, peer);
    return n ? n->lsr_id : 0;
}

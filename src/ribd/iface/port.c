/* SPDX-License-Identifier: Apache-2.0
 *
 * Interfaces between kernel and configuration. Order per interface: into its instance, up, MTU, addresses, guard, MPLS
 * input; backwards when it leaves the configuration. What cannot be done is kept with the kernel's words and tried
 * again.
 */
#include "src/ribd/iface/port.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <uthash.h>

#include "src/ribd/retry.h"
#include "src/ribd/rib/rib.h"
#include "strata/env.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"

enum guard_state { GUARD_OFF, GUARD_ASKED, GUARD_ON, GUARD_FAILED };

struct port {
    uint32_t ifindex;
    struct dp_link link;
    bool has_link;
    size_t n_addresses;
    struct prefix *addresses; /* the kernel's */
    struct port_wish *wish;   /* NULL: none of ours */
    size_t n_set;
    struct prefix *set; /* addresses that we set, or found as wished */
    bool is_dirty, is_failed;
    bool is_taken;      /* somebody took an address off it, or took it out of its instance: only that is put back */
    uint64_t mended_us; /* when that was done last */
    bool is_input;      /* label input is on, by us */
    bool is_clean;      /* what a ribd before us may have left of MPLS and is not wished was undone */
    enum guard_state guard;
    struct rib_interface told;
    bool is_told;
    char problem[RIB_TEXT_MAX];
    struct retry retry;
    UT_hash_handle hh;
};

struct ports {
    struct dataplane *dp;
    struct loop *loop;
    struct log *log;
    const struct port_events *ev;
    void *arg;
    struct port *all;
    struct port_wish *wishes;
    size_t n_wishes;
    struct mem_account mem;
};

/* --- finding --- */

static struct port *port_find(const struct ports *p, uint32_t ifindex)
{
    struct port *o;

    HASH_FIND(hh, p->all, &ifindex, sizeof(ifindex), o);
    return o;
}

static struct port *port_named(const struct ports *p, const char *name)
{
    struct port *o, *tmp;

    HASH_ITER (hh, p->all, o, tmp) {
        if (o->has_link && strcmp(o->link.name, name) == 0)
            return o;
    }
    return NULL;
}

static struct port_wish *wish_for(const struct ports *p, const char *name)
{
    for (size_t i = 0; i < p->n_wishes; i++) {
        if (strcmp(p->wishes[i].name, name) == 0)
            return &p->wishes[i];
    }
    return NULL;
}

static struct port *port_get(struct ports *p, uint32_t ifindex)
{
    struct port *o = port_find(p, ifindex);

    if (o)
        return o;
    o = MEM_NEW(&p->mem, struct port); /* an address may be told before its link */
    o->ifindex = ifindex;
    HASH_ADD(hh, p->all, ifindex, sizeof(o->ifindex), o);
    return o;
}

/* --- telling --- */

static uint32_t vrf_of(const struct ports *p, const struct port *o)
{
    const struct port *master;

    if (o->link.vrf_table)
        return o->link.vrf_table;
    master = o->link.master ? port_find(p, o->link.master) : NULL;
    return master && master->has_link ? master->link.vrf_table : RIB_VRF_PUBLIC;
}

static bool is_same(const struct rib_interface *a, const struct rib_interface *b)
{
    return a->vrf == b->vrf && a->mtu == b->mtu && a->is_up == b->is_up && a->is_loopback == b->is_loopback &&
           a->has_mpls == b->has_mpls && a->is_guarded == b->is_guarded && a->n_addresses == b->n_addresses &&
           strcmp(a->name, b->name) == 0 &&
           (!a->n_addresses || memcmp(a->addresses, b->addresses, a->n_addresses * sizeof(a->addresses[0])) == 0);
}

static void port_tell(struct ports *p, struct port *o)
{
    struct rib_interface now = {.ifindex = o->ifindex};

    if (!o->has_link)
        return;
    memcpy(now.name, o->link.name, sizeof(now.name));
    now.vrf = vrf_of(p, o);
    now.mtu = o->link.mtu;
    now.is_up = o->link.is_admin_up && (o->link.has_carrier || o->link.is_loopback);
    now.is_loopback = o->link.is_loopback || o->link.vrf_table != 0;
    now.has_mpls = o->is_input;
    now.is_guarded = o->wish && o->wish->has_mpls && o->wish->is_guarded;
    now.n_addresses = (uint16_t)o->n_addresses;
    now.addresses = o->addresses;
    if (o->is_told && is_same(&now, &o->told))
        return;
    if (o->is_told && now.vrf != o->told.vrf)
        p->ev->bounced(p->arg, o->ifindex, false);
    mem_free(&p->mem, o->told.addresses);
    o->told = now;
    o->told.addresses =
        now.n_addresses ? mem_dup(&p->mem, now.addresses, now.n_addresses * sizeof(now.addresses[0])) : NULL;
    o->is_told = true;
    p->ev->changed(p->arg, &o->told);
}

/* --- wishes --- */

static bool note(struct ports *p, struct port *o, int error, const char *why)
{
    if (error >= 0)
        return true;
    o->is_failed = true;
    why = why[0] ? why : strerror(-error);
    if (strcmp(o->problem, why) == 0)
        return false; /* said already; it is tried again and again */
    snprintf(o->problem, sizeof(o->problem), "%s", why);
    LOG_WARN(p->log, "interface-refused", "interface=%s error=%d text=\"%s\"", o->link.name, error, o->problem);
    return false;
}

static bool has_address(const struct prefix *list, size_t n, const struct prefix *a)
{
    for (size_t i = 0; i < n; i++) {
        if (prefix_equal(&list[i], a))
            return true;
    }
    return false;
}

static bool apply_addresses(struct ports *p, struct port *o, const struct port_wish *w)
{
    char why[RIB_TEXT_MAX] = "";
    bool is_good = true;

    for (size_t i = 0; i < o->n_set; i++) {
        if (!has_address(w->addresses, w->n_addresses, &o->set[i]))
            is_good &= note(p, o, p->dp->ops->address_set(p->dp, o->ifindex, &o->set[i], false, why), why);
    }
    for (size_t i = 0; i < w->n_addresses; i++) {
        if (!has_address(o->addresses, o->n_addresses, &w->addresses[i]))
            is_good &= note(p, o, p->dp->ops->address_set(p->dp, o->ifindex, &w->addresses[i], true, why), why);
    }
    mem_free(&p->mem, o->set);
    o->n_set = w->n_addresses;
    o->set = w->n_addresses ? mem_dup(&p->mem, w->addresses, w->n_addresses * sizeof(w->addresses[0])) : NULL;
    return is_good;
}

static uint64_t guard_cookie(const struct port *o)
{
    return (uint64_t)o->ifindex << 3 | RIB_COOKIE_OTHER;
}

static void ask_guard(struct ports *p, struct port *o, bool is_guarded)
{
    o->guard = is_guarded ? GUARD_ASKED : GUARD_OFF;
    p->dp->ops->guard_interface(p->dp, is_guarded ? guard_cookie(o) : RIB_COOKIE_NONE, o->ifindex, is_guarded);
    p->dp->ops->flush(p->dp);
}

static void set_input(struct ports *p, struct port *o, bool is_on)
{
    char why[RIB_TEXT_MAX] = "";

    if (o->is_input == is_on)
        return;
    if (note(p, o, p->dp->ops->link_set_mpls(p->dp, o->ifindex, is_on, why), why) || !is_on)
        o->is_input = is_on;
}

/* The interface may have had labels let in, or a guard, by a ribd that died before the configuration changed. */
static void clean_mpls(struct ports *p, struct port *o, const struct port_wish *w)
{
    if (o->is_clean)
        return;
    o->is_clean = true;
    if (!w || !w->has_mpls)
        p->dp->ops->link_set_mpls(p->dp, o->ifindex, false, NULL);
    if (!w || !w->has_mpls || !w->is_guarded)
        ask_guard(p, o, false);
}

static void apply_mpls(struct ports *p, struct port *o, const struct port_wish *w)
{
    clean_mpls(p, o, w);
    if (!w->has_mpls) {
        set_input(p, o, false);
        if (o->guard != GUARD_OFF)
            ask_guard(p, o, false);
    } else if (!w->is_guarded) {
        if (o->guard != GUARD_OFF)
            ask_guard(p, o, false);
        set_input(p, o, true);
    } else if (o->guard == GUARD_OFF || o->guard == GUARD_FAILED) {
        /* The hook first (RFC 4364 s9); its result opens the input. One that was trusted until now, and so is open,
         * loses no packet by it: it is closed only if the hook cannot be had. */
        if (o->guard == GUARD_FAILED)
            set_input(p, o, false);
        ask_guard(p, o, true);
    } else if (o->guard == GUARD_ON) {
        set_input(p, o, true);
    }
}

static bool is_at_home(const struct ports *p, const struct port *o, const struct port_wish *w)
{
    const struct port *master = w->device[0] ? port_named(p, w->device) : NULL;

    return master ? o->link.master == master->ifindex : !w->device[0] && vrf_of(p, o) == RIB_VRF_PUBLIC;
}

static bool apply_master(struct ports *p, struct port *o, const struct port_wish *w)
{
    char why[RIB_TEXT_MAX] = "";

    if (is_at_home(p, o, w))
        return true;
    return note(p, o, p->dp->ops->link_set_master(p->dp, o->ifindex, w->device[0] ? w->device : NULL, why), why);
}

/* Outside its instance nothing else is done to it. */
static void apply_steps(struct ports *p, struct port *o, const struct port_wish *w)
{
    char why[RIB_TEXT_MAX] = "";

    if (!apply_master(p, o, w))
        return;
    if (o->link.is_admin_up != w->is_enabled || (w->mtu && w->mtu != o->link.mtu))
        note(p, o, p->dp->ops->link_set(p->dp, o->ifindex, w->is_enabled, w->mtu, why), why);
    apply_addresses(p, o, w);
    apply_mpls(p, o, w);
    port_tell(p, o);
}

/* How it went, and when it is tried again. */
static void port_conclude(struct ports *p, struct port *o)
{
    o->is_dirty = o->is_failed;
    if (o->is_failed) {
        retry_failed(&o->retry, loop_now_us(p->loop));
        return;
    }
    o->problem[0] = '\0';
    retry_clear(&o->retry);
}

static void port_apply(struct ports *p, struct port *o)
{
    const struct port_wish *w = o->wish;

    if (!o->is_dirty || !w || !o->has_link)
        return;
    o->is_failed = false;
    o->is_taken = false;
    apply_steps(p, o, w);
    port_conclude(p, o);
}

/* Its instance and addresses only: who switched it off meanwhile meant it. */
static void port_mend(struct ports *p, struct port *o)
{
    o->is_taken = false;
    o->is_failed = false;
    o->mended_us = loop_now_us(p->loop);
    if (apply_master(p, o, o->wish))
        apply_addresses(p, o, o->wish);
    port_conclude(p, o);
}

/* Somebody else took something of the configuration away. At once, but with who does it again and again not faster than
 * once a second; so are addresses, which are often taken off for a moment. */
static void port_taken(struct ports *p, struct port *o, const char *what, bool is_urgent)
{
    uint64_t now = loop_now_us(p->loop);

    if (o->is_dirty)
        return; /* all of it is tried again anyway */
    LOG_WARN(p->log, "interface-changed", "interface=%s what=\"%s\" effect=\"it is put back\"", o->link.name, what);
    o->is_taken = true;
    if (is_urgent && (!o->mended_us || now - o->mended_us >= RETRY_FIRST_SEC * 1000000ull))
        port_mend(p, o);
    else
        retry_failed(&o->retry, now);
}

static bool wish_equal(const struct port_wish *a, const struct port_wish *b)
{
    return a->is_enabled == b->is_enabled && a->mtu == b->mtu && strcmp(a->device, b->device) == 0 &&
           a->has_mpls == b->has_mpls && a->is_guarded == b->is_guarded && a->n_addresses == b->n_addresses &&
           (!a->n_addresses || memcmp(a->addresses, b->addresses, a->n_addresses * sizeof(a->addresses[0])) == 0);
}

static void wishes_free(struct ports *p, struct port_wish *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mem_free(&p->mem, w[i].addresses);
    mem_free(&p->mem, w);
}

/* An interface that left the configuration: what we did is undone, except that it stays up. */
static void port_release(struct ports *p, struct port *o)
{
    struct port_wish none = {.is_enabled = o->link.is_admin_up};

    if (!o->has_link)
        return;
    o->wish = &none;
    o->is_dirty = true;
    port_apply(p, o);
    o->wish = NULL;
    o->is_dirty = false;
    port_tell(p, o);
}

void ribd_ports_want(struct ports *p, const struct port_wish *wishes, size_t n)
{
    struct port_wish *old = p->wishes;
    size_t n_old = p->n_wishes;
    struct port *o, *tmp;

    p->wishes = mem_alloc(&p->mem, (n + 1) * sizeof(p->wishes[0]));
    p->n_wishes = n;
    for (size_t i = 0; i < n; i++) {
        p->wishes[i] = wishes[i];
        p->wishes[i].addresses = NULL; /* the caller's, which may be there without any in it */
        if (wishes[i].n_addresses)
            p->wishes[i].addresses =
                mem_dup(&p->mem, wishes[i].addresses, wishes[i].n_addresses * sizeof(wishes[i].addresses[0]));
    }
    HASH_ITER (hh, p->all, o, tmp) {
        struct port_wish *w = o->has_link ? wish_for(p, o->link.name) : NULL;

        if (o->wish && !w)
            port_release(p, o);
        if (w && (!o->wish || !wish_equal(o->wish, w))) {
            o->is_dirty = true;
            retry_clear(&o->retry);
        }
        o->wish = w;
    }
    wishes_free(p, old, n_old);
    HASH_ITER (hh, p->all, o, tmp) {
        port_apply(p, o);
        if (!o->wish && o->has_link && !o->link.is_loopback && !o->link.vrf_table)
            clean_mpls(p, o, NULL);
    }
}

uint64_t ribd_ports_retry_at(const struct ports *p)
{
    uint64_t at = UINT64_MAX;
    struct port *o, *tmp;

    HASH_ITER (hh, p->all, o, tmp)
        at = retry_earlier(at, &o->retry);
    return at;
}

void ribd_ports_retry(struct ports *p)
{
    struct port *o, *tmp;

    HASH_ITER (hh, p->all, o, tmp) {
        if (!retry_is_due(&o->retry, loop_now_us(p->loop)))
            continue;
        if (o->is_taken && !o->is_dirty && o->wish) {
            port_mend(p, o);
            continue;
        }
        o->is_dirty = true;
        port_apply(p, o);
    }
}

/* --- the kernel's news --- */

void ribd_ports_link(struct ports *p, const struct dp_link *link)
{
    struct port *o = port_get(p, link->ifindex);
    bool was_up = o->has_link && o->link.is_admin_up && (o->link.has_carrier || o->link.is_loopback);
    bool is_up = link->is_admin_up && (link->has_carrier || link->is_loopback);
    bool is_new = !o->has_link || strcmp(o->link.name, link->name) != 0;
    bool is_vrf_news = link->vrf_table && (is_new || o->link.vrf_table != link->vrf_table || was_up != is_up);
    bool was_at_home = !is_new && o->wish && is_at_home(p, o, o->wish);
    struct port *s, *tmp;

    o->link = *link;
    o->has_link = true;
    if (is_new) {
        o->wish = wish_for(p, link->name);
        o->is_dirty = o->wish != NULL;
    }
    if (was_up && !is_up)
        p->ev->bounced(p->arg, link->ifindex, false);
    port_tell(p, o);
    port_apply(p, o);
    if (was_at_home && !is_at_home(p, o, o->wish))
        port_taken(p, o, "it was moved to another VPN instance, or out of its own", true);
    if (!is_vrf_news)
        return;
    p->ev->vrf_device(p->arg, link->vrf_table, link->ifindex, link->is_admin_up);
    HASH_ITER (hh, p->all, s, tmp) { /* its ports learn where they are; those that waited for it wait no longer */
        if (s->link.master == link->ifindex)
            port_tell(p, s);
        else if (s->wish && strcmp(s->wish->device, link->name) == 0) {
            s->is_dirty |=
                is_new; /* somebody deleted the one before, and with it the port fell into the public table */
            port_apply(p, s);
        }
    }
}

void ribd_ports_link_gone(struct ports *p, uint32_t ifindex)
{
    struct port *o = port_find(p, ifindex);

    if (!o)
        return;
    HASH_DEL(p->all, o);
    if (o->has_link)
        p->ev->bounced(p->arg, ifindex, true);
    if (o->is_told)
        p->ev->gone(p->arg, ifindex);
    if (o->link.vrf_table)
        p->ev->vrf_device(p->arg, o->link.vrf_table, 0, false);
    mem_free(&p->mem, o->addresses);
    mem_free(&p->mem, o->set);
    mem_free(&p->mem, o->told.addresses);
    mem_free(&p->mem, o);
}

void ribd_ports_address(struct ports *p, uint32_t ifindex, const struct prefix *a, bool is_gone)
{
    struct port *o = port_get(p, ifindex);
    struct prefix key;

    memset(&key, 0, sizeof(key));
    key.addr.family = a->addr.family;
    memcpy(key.addr.b, a->addr.b, ip_addr_bits(&a->addr) / 8);
    key.len = a->len;
    for (size_t i = 0; i < o->n_addresses; i++) {
        if (!prefix_equal(&o->addresses[i], &key))
            continue;
        if (!is_gone)
            return;
        memmove(&o->addresses[i], &o->addresses[i + 1], (o->n_addresses - i - 1) * sizeof(key));
        o->n_addresses--;
        port_tell(p, o);
        if (o->has_link && o->wish && has_address(o->wish->addresses, o->wish->n_addresses, &key))
            port_taken(p, o, "an address of the configuration was taken off", false);
        return;
    }
    if (is_gone || o->n_addresses == UINT16_MAX)
        return;
    o->addresses = mem_realloc(&p->mem, o->addresses, (o->n_addresses + 1) * sizeof(key));
    o->addresses[o->n_addresses++] = key;
    port_tell(p, o);
}

void ribd_ports_result(struct ports *p, uint64_t cookie, int error, const char *text)
{
    struct port *o = port_find(p, (uint32_t)(cookie >> 3));
    bool was_failed;

    if (!o || o->guard != GUARD_ASKED)
        return;
    was_failed = o->is_failed;
    o->guard = error ? GUARD_FAILED : GUARD_ON;
    if (!note(p, o, error, text ? text : "")) {
        set_input(p, o, false);
        port_conclude(p, o);
        port_tell(p, o);
        return;
    }
    if (!o->wish)
        return;
    apply_mpls(p, o, o->wish);
    if (o->is_failed && !was_failed) /* else it is tried again anyway */
        port_conclude(p, o);
    port_tell(p, o);
}

/* The data plane closed the inputs by itself; the hooks are asked for anew. */
void ribd_ports_guard_lost(struct ports *p)
{
    struct port *o, *tmp;

    HASH_ITER (hh, p->all, o, tmp) {
        if (o->guard == GUARD_OFF)
            continue;
        p->dp->ops->guard_interface(p->dp, RIB_COOKIE_NONE, o->ifindex, true);
    }
}

/* --- reading --- */

bool ribd_ports_is_waiting(const struct ports *p)
{
    struct port *o, *tmp;

    HASH_ITER (hh, p->all, o, tmp) {
        if (o->guard == GUARD_ASKED)
            return true;
    }
    return false;
}

uint32_t ribd_ports_loopback(const struct ports *p)
{
    struct port *o, *tmp;

    HASH_ITER (hh, p->all, o, tmp) {
        if (o->has_link && o->link.is_loopback)
            return o->ifindex;
    }
    return 0;
}

bool ribd_ports_is_free_name(const struct ports *p, const char *name, uint32_t table)
{
    const struct port *o = port_named(p, name);

    return !o || o->link.vrf_table == table;
}

const struct rib_interface *ribd_ports_find(const struct ports *p, const char *name)
{
    const struct port *o = port_named(p, name);

    return o && o->is_told ? &o->told : NULL;
}

void ribd_ports_each(const struct ports *p, void (*fn)(void *arg, const struct port_view *v), void *arg)
{
    struct port *o, *tmp;

    HASH_ITER (hh, p->all, o, tmp) {
        struct port_view v = {.i = &o->told,
                              .is_admin_up = o->link.is_admin_up,
                              .has_carrier = o->link.has_carrier,
                              .is_configured = o->wish != NULL,
                              .problem = o->problem,
                              .retry_sec = retry_in_sec(&o->retry, loop_now_us(p->loop))};

        if (o->is_told)
            fn(arg, &v);
    }
}

void ribd_ports_each_absent(const struct ports *p, void (*fn)(void *arg, const struct port_wish *w), void *arg)
{
    for (size_t i = 0; i < p->n_wishes; i++) {
        if (!port_named(p, p->wishes[i].name))
            fn(arg, &p->wishes[i]);
    }
}

struct ports *ribd_ports_create(struct dataplane *dp, const struct env *env, const struct port_events *ev, void *arg)
{
    struct ports *p = MEM_NEW(NULL, struct ports);

    p->mem.name = "ports";
    p->dp = dp;
    p->loop = env->loop;
    p->log = env->log;
    p->ev = ev;
    p->arg = arg;
    return p;
}

void ribd_ports_destroy(struct ports *p)
{
    struct port *o, *tmp;

    if (!p)
        return;
    HASH_ITER (hh, p->all, o, tmp) {
        HASH_DEL(p->all, o);
        mem_free(&p->mem, o->addresses);
        mem_free(&p->mem, o->set);
        mem_free(&p->mem, o->told.addresses);
        mem_free(&p->mem, o);
    }
    wishes_free(p, p->wishes, p->n_wishes);
    mem_free(NULL, p);
}

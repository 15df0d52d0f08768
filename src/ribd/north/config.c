/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration as ribd wants it, from the value that mgmtd sends; and the conversation with mgmtd. prepare()
 * checks what the schema cannot, commit() hands the whole wish to the daemon, which applies the difference.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ribd_config.h"
#include "src/ribd/north/private.h"
#include "strata/log.h"
#include "strata/mem.h"
#include "strata/north.h"

/* --- checks --- */

static int refuse(struct north_error *err, const char *path, const char *key, const char *message)
{
    snprintf(err->path, sizeof(err->path), "%s[%.60s]", path, key);
    snprintf(err->message, sizeof(err->message), "%s", message);
    return -EINVAL;
}

static bool has_instance(const struct ribd_config *c, const char *name)
{
    for (size_t i = 0; i < c->vpn_instances.n_vpn_instance; i++) {
        if (strcmp(c->vpn_instances.vpn_instance[i]->name, name) == 0)
            return true;
    }
    return false;
}

static int check_interfaces(const struct ribd_config *c, struct north_error *err)
{
    for (size_t i = 0; i < c->interfaces.n_interface; i++) {
        const struct cfg_interfaces_interface *f = c->interfaces.interface[i];

        if (strlen(f->name) >= RIB_IFNAME_MAX)
            return refuse(err, "/interfaces/interface", f->name,
                          "The name has more than 15 characters; use the kernel's.");
        if (f->has_vpn_instance && !has_instance(c, f->vpn_instance))
            return refuse(err, "/interfaces/interface", f->name, "Its VPN instance does not exist; define it first.");
        for (size_t k = 0; k < f->ipv4.n_address; k++) {
            if (ip_addr_is_martian(&f->ipv4.address[k].addr))
                return refuse(err, "/interfaces/interface", f->name, "An address is none that a host can have.");
        }
    }
    for (size_t i = 0; i < c->mpls.n_interface; i++) {
        if (strcmp(c->mpls.interface[i]->name, "lo") == 0)
            return refuse(
                err, "/mpls/interface", "lo",
                "The loopback takes no labelled packets: a label 0 in front would get around the label guard.");
    }
    return 0;
}

int ribd_north_prepare(void *daemon, const void *next, const void *prev, struct north_error *err)
{
    const struct ribd_config *c = next;
    int e = check_interfaces(c, err);

    (void)daemon;
    (void)prev;
    if (e == 0)
        e = ribd_north_check_labels(c, err);
    if (e == 0)
        e = ribd_north_check_static(c, err);
    return e;
}

/* --- the wish --- */

static const struct cfg_mpls_interface *mpls_of(const struct ribd_config *c, const char *name)
{
    for (size_t i = 0; i < c->mpls.n_interface; i++) {
        if (strcmp(c->mpls.interface[i]->name, name) == 0)
            return c->mpls.interface[i];
    }
    return NULL;
}

static struct prefix clean(const struct prefix *a)
{
    struct prefix p;

    memset(&p, 0, sizeof(p)); /* compared as bytes later */
    p.addr.family = a->addr.family;
    memcpy(p.addr.b, a->addr.b, ip_addr_bits(&a->addr) / 8);
    p.len = a->len;
    return p;
}

static void wish_port(const struct ribd_config *c, const struct cfg_interfaces_interface *f, struct port_wish *w)
{
    const struct cfg_mpls_interface *m = mpls_of(c, f->name);

    snprintf(w->name, sizeof(w->name), "%s", f->name);
    w->is_enabled = f->enabled;
    w->mtu = f->has_mtu ? f->mtu : 0;
    if (f->has_vpn_instance)
        snprintf(w->instance, sizeof(w->instance), "%s", f->vpn_instance);
    w->has_mpls = m != NULL;
    w->is_guarded = m && (m->guarded || f->has_vpn_instance);
    w->n_addresses = f->ipv4.n_address;
    w->addresses = mem_alloc(NULL, (f->ipv4.n_address + 1) * sizeof(w->addresses[0]));
    for (size_t i = 0; i < f->ipv4.n_address; i++)
        w->addresses[i] = clean(&f->ipv4.address[i]);
}

/* Interfaces under `interfaces`, and those that only `mpls` names. */
static void wish_ports(const struct ribd_config *c, struct ribd_wish *w)
{
    w->ports = mem_alloc(NULL, (c->interfaces.n_interface + c->mpls.n_interface + 1) * sizeof(w->ports[0]));
    for (size_t i = 0; i < c->interfaces.n_interface; i++)
        wish_port(c, c->interfaces.interface[i], &w->ports[w->n_ports++]);
    for (size_t i = 0; i < c->mpls.n_interface; i++) {
        struct cfg_interfaces_interface bare = {.name = c->mpls.interface[i]->name, .enabled = true};
        bool is_known = false;

        for (size_t k = 0; k < c->interfaces.n_interface; k++)
            is_known |= strcmp(c->interfaces.interface[k]->name, bare.name) == 0;
        if (!is_known)
            wish_port(c, &bare, &w->ports[w->n_ports++]);
    }
}

void ribd_north_commit(void *daemon, const void *next, const void *prev)
{
    const struct ribd_config *c = next;
    struct ribd_wish w = {.labels = ribd_north_label_ranges(c), .stale_time_sec = c->system.restart.stale_time};

    (void)prev;
    wish_ports(c, &w);
    w.is_public_pipe = !c->mpls.ttl_propagate;
    w.instances = mem_alloc(NULL, (c->vpn_instances.n_vpn_instance + 1) * sizeof(w.instances[0]));
    w.is_pipe = mem_alloc(NULL, (c->vpn_instances.n_vpn_instance + 1) * sizeof(w.is_pipe[0]));
    for (size_t i = 0; i < c->vpn_instances.n_vpn_instance; i++) {
        w.is_pipe[w.n_instances] = c->vpn_instances.vpn_instance[i]->ttl_mode == CFG_TTL_MODE_PIPE;
        w.instances[w.n_instances++] = c->vpn_instances.vpn_instance[i]->name;
    }
    ribd_north_wish_static(c, &w);
    ribd_apply(daemon, &w);
    for (size_t i = 0; i < w.n_ports; i++)
        mem_free(NULL, w.ports[i].addresses);
    ribd_north_free_static(&w);
    mem_free(NULL, w.ports);
    mem_free(NULL, w.instances);
    mem_free(NULL, w.is_pipe);
}

/* --- actions --- */

/* An audit of many entries takes seconds, the guard some milliseconds, and others are heard meanwhile. */
struct asked {
    struct north *north;
    struct north_action action;
};

static struct asked *asked_now(struct ribd *d)
{
    struct asked *asked = MEM_NEW(NULL, struct asked);

    *asked = (struct asked){d->north, north_action_at_hand(d->north)};
    return asked;
}

static void on_done(void *arg, int error, const char *reply)
{
    struct asked *asked = arg;

    if (reply)
        north_action_done(asked->north, &asked->action, error, reply);
    mem_free(NULL, asked);
}

static void on_audited(void *arg, const char *reply)
{
    on_done(arg, 0, reply);
}

int ribd_north_action(void *daemon, const char *name, const char *argument, char *reply, size_t size)
{
    struct ribd *d = daemon;

    if (strcmp(name, "platform audit") == 0) {
        ribd_audit(d, argument && strcmp(argument, "repair") == 0, on_audited, asked_now(d));
        return -EINPROGRESS;
    }
    if (strcmp(name, "mpls guard") == 0) {
        bool is_enabled = argument && strcmp(argument, "enable") == 0;

        if (!is_enabled && !(argument && strcmp(argument, "disable") == 0)) {
            snprintf(reply, size, "say mpls guard enable or mpls guard disable");
            return -EINVAL;
        }
        ribd_guard_enable(d, is_enabled, on_done, asked_now(d));
        return -EINPROGRESS;
    }
    snprintf(reply, size, "ribd knows platform audit [repair] and mpls guard enable|disable");
    return -ENOENT;
}

int ribd_north_open(struct ribd *d)
{
    static const struct north_ops ops = {.prepare = ribd_north_prepare,
                                         .commit = ribd_north_commit,
                                         .state = ribd_north_state,
                                         .action = ribd_north_action};

    d->north = north_create(d->env, "ribd", &ribd_schema, &ops, d);
    return d->north ? 0 : -EIO;
}

void ribd_north_close(struct ribd *d)
{
    if (d->north)
        north_destroy(d->north);
    d->north = NULL;
}

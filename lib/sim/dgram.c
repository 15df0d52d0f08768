/* SPDX-License-Identifier: Apache-2.0
 *
 * Datagram sockets (UDP, raw IP) over the simulated network. Multicast leaves by the bound interface and reaches
 * sockets bound there (or to its VRF device) that joined the group; never the sender itself.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/sim/kernel.h"
#include "strata/mem.h"

enum { GROUPS_MAX = 8, DEFAULT_TTL = 64, IP_BYTES = 20, UDP_BYTES = 8 };

struct received {
    struct dgram_info info;
    uint8_t *data;
    size_t len;
    STAILQ_ENTRY(received) link;
};

struct sim_dgram {
    struct dgram dgram; /* first */
    struct sim_process *process;
    struct dgram_spec spec;
    uint32_t ifindex; /* of the bound device; 0 = unbound */
    dgram_fn *fn;
    void *arg;
    struct ip_addr groups[GROUPS_MAX];
    size_t n_groups, n_received;
    STAILQ_HEAD(, received) received;
    struct timer notify;
    bool is_busy, is_closed, is_dead;
    TAILQ_ENTRY(sim_dgram) link; /* of the node, while it is not dead */
    LIST_ENTRY(sim_dgram) own;   /* of its io, while it is not closed */
};

static struct sim_dgram *of(struct dgram *d)
{
    return (struct sim_dgram *)(void *)d;
}

static void wake(struct sim_dgram *d)
{
    if (!d->is_dead && sim_process_is_able(d->process) && !STAILQ_EMPTY(&d->received))
        sim_soon(&d->notify, d->process->node->sim, 3, 25);
}

static void received_free(struct sim_dgram *d, struct received *r)
{
    STAILQ_REMOVE_HEAD(&d->received, link);
    d->n_received--;
    mem_free(NULL, r->data);
    mem_free(NULL, r);
}

static void on_notify(void *arg)
{
    struct sim_dgram *d = arg;
    struct received *r;

    if (!sim_process_is_able(d->process))
        return;
    d->is_busy = true;
    while (!d->is_closed && (r = STAILQ_FIRST(&d->received))) {
        d->fn(&d->dgram, &r->info, r->data, r->len, d->arg);
        received_free(d, r);
    }
    d->is_busy = false;
    if (!d->is_closed)
        return;
    while ((r = STAILQ_FIRST(&d->received)))
        received_free(d, r);
    mem_free(NULL, d);
}

/* --- receiving --- */

static bool is_member(const struct sim_dgram *d, const struct ip_addr *group)
{
    for (size_t i = 0; i < d->n_groups; i++)
        if (ip_addr_equal(&d->groups[i], group))
            return true;
    return false;
}

static bool is_for(const struct sim_dgram *d, const struct sim_iface *in, const struct sim_packet *p)
{
    struct sim_kernel *k = in->node->kernel;
    const struct sim_iface *master = in->vrf_table ? in : in->master;
    bool accepts_all = d->spec.kind == DGRAM_UDP ? k->udp_l3mdev_accept : k->raw_l3mdev_accept;

    if (d->spec.kind == DGRAM_UDP ? p->kind != SIM_PACKET_UDP || p->destination_port != d->spec.port
                                  : p->kind != SIM_PACKET_RAW || p->protocol != d->spec.ip_protocol)
        return false;
    if (d->ifindex ? d->ifindex != in->ifindex && (!master || d->ifindex != master->ifindex) : master && !accepts_all)
        return false;
    return (p->destination.b[0] & 0xf0) != 0xe0 || is_member(d, &p->destination);
}

void sim_dgram_input(struct sim_node *node, uint32_t ifindex, const struct sim_packet *p)
{
    struct sim_iface *in = sim_iface_find(node->kernel, ifindex);
    struct sim_dgram *d;

    TAILQ_FOREACH (d, &node->dgrams, link) {
        struct received *r;

        if (!is_for(d, in, p) || d->n_received >= SIM_DGRAM_QUEUE)
            continue;
        r = MEM_NEW(NULL, struct received);
        r->info = (struct dgram_info){.source = p->source,
                                      .destination = p->destination,
                                      .ifindex = ifindex,
                                      .ttl = p->ttl,
                                      .source_port = p->kind == SIM_PACKET_UDP ? p->source_port : 0};
        r->data = mem_dup(NULL, p->data, p->data_len);
        r->len = p->data_len;
        STAILQ_INSERT_TAIL(&d->received, r, link);
        d->n_received++;
        wake(d);
    }
}

/* --- the table --- */

static int op_join(struct dgram *dg, const struct ip_addr *group)
{
    struct sim_dgram *d = of(dg);

    if (group->family != AF_IPV4)
        return -EAFNOSUPPORT;
    if ((group->b[0] & 0xf0) != 0xe0)
        return -EINVAL;
    if (d->ifindex && !sim_iface_find(d->process->node->kernel, d->ifindex))
        return -ENODEV;
    if (is_member(d, group))
        return 0;
    if (d->n_groups == GROUPS_MAX)
        return -ENOBUFS;
    d->groups[d->n_groups++] = *group;
    return 0;
}

static int op_leave(struct dgram *dg, const struct ip_addr *group)
{
    struct sim_dgram *d = of(dg);

    for (size_t i = 0; i < d->n_groups; i++) {
        if (!ip_addr_equal(&d->groups[i], group))
            continue;
        d->groups[i] = d->groups[--d->n_groups];
        return 0;
    }
    return -EADDRNOTAVAIL;
}

static struct sim_packet *packet_of(const struct sim_dgram *d, const struct ip_addr *dest, uint16_t port,
                                    const void *data, size_t len)
{
    struct sim_packet *p = MEM_NEW(NULL, struct sim_packet);

    p->id = ++d->process->node->sim->last_packet;
    p->kind = d->spec.kind == DGRAM_UDP ? SIM_PACKET_UDP : SIM_PACKET_RAW;
    p->protocol = d->spec.ip_protocol;
    p->destination = *dest;
    p->source_port = d->spec.port;
    p->destination_port = port;
    p->ttl = d->spec.ttl ? d->spec.ttl : (dest->b[0] & 0xf0) == 0xe0 ? 1 : DEFAULT_TTL;
    p->data = mem_dup(NULL, data, len);
    p->data_len = len;
    p->size = (uint32_t)(len + IP_BYTES + (d->spec.kind == DGRAM_UDP ? UDP_BYTES : 0));
    return p;
}

/* Bound to a port: out of it, whatever the tables say of the destination. */
static int send_on(struct sim_iface *out, struct sim_packet *p)
{
    struct sim_way way = {.iface = out, .gateway = p->destination};

    if (!out->is_admin_up || p->size > out->mtu) {
        int err = out->is_admin_up ? -EMSGSIZE : -ENETDOWN;

        sim_packet_free(p);
        return err;
    }
    if (!ip_addr_is_set(&p->source))
        p->source = sim_source_for(out->node->kernel, sim_iface_table(out), &way);
    if (sim_owner_of(out->node->kernel, sim_iface_table(out), &p->destination))
        return sim_originate(out->node, sim_iface_table(out), p);
    sim_transmit(out, &(struct ip_addr){0}, p);
    return 0;
}

static int op_send(struct dgram *dg, const struct ip_addr *source, const struct ip_addr *dest, uint16_t dest_port,
                   const void *data, size_t len)
{
    struct sim_dgram *d = of(dg);
    struct sim_kernel *k = d->process->node->kernel;
    struct sim_iface *bound = d->ifindex ? sim_iface_find(k, d->ifindex) : NULL;
    uint32_t table = bound ? sim_iface_table(bound) : SIM_TABLE_MAIN;
    bool has_source = source && ip_addr_is_set(source);
    struct sim_packet *p;

    if (d->is_dead)
        return -ENETDOWN;
    if (dest->family != AF_IPV4 || (has_source && source->family != AF_IPV4))
        return -EAFNOSUPPORT;
    if (d->ifindex && !bound)
        return -ENODEV;
    if (has_source && !sim_owner_of(k, table, source))
        return -EINVAL;
    p = packet_of(d, dest, dest_port, data, len);
    if (has_source)
        p->source = *source;
    if (bound && !bound->vrf_table)
        return send_on(bound, p);
    return sim_originate(d->process->node, table, p);
}

/* The kernel's half goes at once; the object waits for its owner. */
static void kill_dgram(struct sim_dgram *d)
{
    if (d->is_dead)
        return;
    d->is_dead = true;
    timer_cancel(&d->notify);
    TAILQ_REMOVE(&d->process->node->dgrams, d, link);
}

static void op_close(struct dgram *dg)
{
    struct sim_dgram *d = of(dg);
    struct received *r;

    if (d->is_closed)
        return;
    kill_dgram(d);
    LIST_REMOVE(d, own);
    d->is_closed = true;
    if (d->is_busy)
        return;
    while ((r = STAILQ_FIRST(&d->received)))
        received_free(d, r);
    mem_free(NULL, d);
}

static const struct dgram_ops ops = {.join = op_join, .leave = op_leave, .send = op_send, .close = op_close};

int sim_dgram_open(struct io *io, const struct dgram_spec *spec, dgram_fn *fn, void *arg, struct dgram **out)
{
    struct sim_process *p = ((struct sim_io *)(void *)io)->process;
    struct sim_iface *bound = spec->device[0] ? sim_iface_named(p->node->kernel, spec->device) : NULL;
    struct sim_dgram *d;

    if (!p->is_running)
        return -ENETDOWN;
    if (spec->device[0] && !bound)
        return -ENODEV;
    d = MEM_NEW(NULL, struct sim_dgram);
    d->dgram.ops = &ops;
    d->process = p;
    d->spec = *spec;
    d->ifindex = bound ? bound->ifindex : 0;
    d->fn = fn;
    d->arg = arg;
    STAILQ_INIT(&d->received);
    timer_init(&d->notify, &p->node->sim->loop, on_notify, d);
    TAILQ_INSERT_TAIL(&p->node->dgrams, d, link);
    LIST_INSERT_HEAD(&p->io->dgrams, d, own);
    *out = &d->dgram;
    return 0;
}

void sim_dgrams_free(struct sim_io *io)
{
    struct sim_dgram *d;

    while ((d = LIST_FIRST(&io->dgrams)))
        op_close(&d->dgram);
}

void sim_dgrams_kill(struct sim_process *p)
{
    struct sim_dgram *d, *next;

    for (d = TAILQ_FIRST(&p->node->dgrams); d; d = next) {
        next = TAILQ_NEXT(d, link);
        if (d->process == p)
            kill_dgram(d);
    }
}

void sim_dgrams_wake(struct sim_process *p)
{
    struct sim_dgram *d;

    TAILQ_FOREACH (d, &p->node->dgrams, link)
        if (d->process == p)
            wake(d);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The label guard in a simulated kernel: per guarded port the labels that may come in, and a count of what was dropped
 * (RFC 4364 s9). In force only while its table exists.
 */
#include <errno.h>

#include "lib/sim/kernel.h"
#include "strata/mem.h"

struct sim_guard_port *sim_guard_find(struct sim_kernel *k, uint32_t ifindex)
{
    struct sim_guard_port *p;

    HASH_FIND(hh, k->guard, &ifindex, sizeof(ifindex), p);
    return p;
}

static struct sim_guard_port *port_get(struct sim_kernel *k, uint32_t ifindex)
{
    struct sim_guard_port *p = sim_guard_find(k, ifindex);
    struct sim_iface *i = sim_iface_find(k, ifindex);

    if (p || !i)
        return p;
    p = MEM_NEW(NULL, struct sim_guard_port);
    p->ifindex = ifindex;
    p->wants_input = i->has_mpls_input;
    HASH_ADD(hh, k->guard, ifindex, sizeof(p->ifindex), p);
    return p;
}

static void port_free(struct sim_kernel *k, struct sim_guard_port *p)
{
    struct sim_guard_label *l, *next;

    HASH_ITER (hh, p->labels, l, next) {
        HASH_DEL(p->labels, l);
        mem_free(NULL, l);
    }
    HASH_DEL(k->guard, p);
    mem_free(NULL, p);
}

static void free_if_unused(struct sim_kernel *k, struct sim_guard_port *p)
{
    if (!p->is_guarded && !p->labels)
        port_free(k, p);
}

int sim_guard_port_set(struct sim_kernel *k, uint32_t ifindex, bool is_guarded)
{
    struct sim_guard_port *p = is_guarded ? port_get(k, ifindex) : sim_guard_find(k, ifindex);

    if (!p)
        return is_guarded ? -ENODEV : 0;
    p->is_guarded = is_guarded;
    free_if_unused(k, p);
    return 0;
}

int sim_guard_label_set(struct sim_kernel *k, uint32_t ifindex, uint32_t label, bool is_allowed)
{
    struct sim_guard_port *p = is_allowed ? port_get(k, ifindex) : sim_guard_find(k, ifindex);
    struct sim_guard_label *l;

    if (!p)
        return is_allowed ? -ENODEV : 0;
    HASH_FIND(hh, p->labels, &label, sizeof(label), l);
    if (is_allowed && !l) {
        l = MEM_NEW(NULL, struct sim_guard_label);
        l->label = label;
        HASH_ADD(hh, p->labels, label, sizeof(l->label), l);
    } else if (!is_allowed && l) {
        HASH_DEL(p->labels, l);
        mem_free(NULL, l);
        free_if_unused(k, p);
    }
    return 0;
}

bool sim_guard_passes(struct sim_kernel *k, uint32_t ifindex, uint32_t label)
{
    struct sim_guard_port *p = k->has_guard_table || k->is_guard_sealed ? sim_guard_find(k, ifindex) : NULL;
    struct sim_guard_label *l = NULL;

    if (!p || !p->is_guarded)
        return true;
    if (k->has_guard_table)
        HASH_FIND(hh, p->labels, &label, sizeof(label), l);
    if (!l)
        p->drops++;
    return l != NULL;
}

void sim_guard_forget(struct sim_kernel *k, uint32_t ifindex)
{
    struct sim_guard_port *p = sim_guard_find(k, ifindex);

    if (p)
        port_free(k, p);
}

void sim_guard_clear(struct sim_kernel *k)
{
    struct sim_guard_port *p, *next;

    HASH_ITER (hh, k->guard, p, next)
        port_free(k, p);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking inside an instance: values for state output and tests. Changes nothing.
 */
#include "ospfd/session/internal.h"

static const char *role_of(const struct ospf_neighbor *n)
{
    const struct ospf_broadcast *lan = &n->interface->lan;
    if (!ospf_interface_is_broadcast(n->interface))
        return NULL;
    return n->address == lan->dr ? "designated" : n->address == lan->bdr ? "backup" : "other";
}

static void tell_neighbor(const struct ospf_neighbor *n, void (*fn)(void *arg, const struct ospf_neighbor_view *v),
                          void *arg)
{
    struct ospf_neighbor_view v = {.interface = n->interface->name,
                                   .router_id = n->router_id,
                                   .area_id = n->interface->area->id,
                                   .address = n->address,
                                   .state = ospf_neighbor_state_name(n->state),
                                   .priority = n->priority,
                                   .role = role_of(n),
                                   .dead_in_ms = timer_remaining_ms(&n->inactivity),
                                   .since_us = n->since_us,
                                   .transitions = n->transitions,
                                   .n_requests = HASH_COUNT(n->request_hash),
                                   .n_retransmits = HASH_COUNT(n->retransmit_hash),
                                   .last_event = n->last_event};
    fn(arg, &v);
}

void ospf_instance_each_neighbor(const struct ospf_instance *i,
                                 void (*fn)(void *arg, const struct ospf_neighbor_view *v), void *arg)
{
    const struct ospf_area *a;
    const struct ospf_interface *f;
    const struct ospf_neighbor *n;
    LIST_FOREACH (a, &i->areas, entry)
        LIST_FOREACH (f, &a->interfaces, entry)
            LIST_FOREACH (n, &f->neighbors, entry)
                tell_neighbor(n, fn, arg);
}

void ospf_instance_each_interface(const struct ospf_instance *i,
                                  void (*fn)(void *arg, const struct ospf_interface_view *v), void *arg)
{
    const struct ospf_area *a;
    const struct ospf_interface *f;
    const struct ospf_neighbor *n;
    LIST_FOREACH (a, &i->areas, entry)
        LIST_FOREACH (f, &a->interfaces, entry) {
            struct ospf_interface_view v = {.name = f->name,
                                            .area_id = a->id,
                                            .state = ospf_interface_state_name(f->state),
                                            .is_here = f->has_rib,
                                            .address = f->address,
                                            .dr = f->lan.dr,
                                            .bdr = f->lan.bdr,
                                            .cost = f->config.cost,
                                            .mtu = f->rib.mtu,
                                            .hello_in_ms = timer_remaining_ms(&f->hello),
                                            .received = f->received,
                                            .sent = f->sent,
                                            .error = f->error};
            LIST_FOREACH (n, &f->neighbors, entry) {
                v.n_neighbors++;
                v.n_full += n->state == OSPF_NBR_FULL;
            }
            fn(arg, &v);
        }
}

static void each_lsa_of(const struct ospf_lsdb *db, uint32_t area_id,
                        void (*fn)(void *arg, uint32_t area_id, const struct ospf_lsdb_entry *e), void *arg)
{
    for (uint32_t type = 1; type < OSPF_LSDB_TYPES; type++)
        for (struct ospf_lsdb_entry *e = ospf_lsdb_first(db, type); e; e = ospf_lsdb_next(e))
            fn(arg, area_id, e);
}

void ospf_instance_each_lsa(const struct ospf_instance *i,
                            void (*fn)(void *arg, uint32_t area_id, const struct ospf_lsdb_entry *e), void *arg)
{
    const struct ospf_area *a;
    LIST_FOREACH (a, &i->areas, entry)
        each_lsa_of(a->db, a->id, fn, arg);
    each_lsa_of(i->as_db, OSPF_AREA_NONE, fn, arg);
}

void ospf_instance_view(const struct ospf_instance *i, struct ospf_instance_view *v)
{
    const struct ospf_area *a;
    *v = (struct ospf_instance_view){.n_external = ospf_lsdb_count(i->as_db),
                                     .lsdb_bytes = i->mem.lsa.bytes + i->mem.lsdb.bytes,
                                     .neighbor_bytes = i->mem.neighbor.bytes,
                                     .spf_state = ospf_paths_state_name(i->spf.state),
                                     .last_spf_us = i->spf.last_us,
                                     .spf_duration_us = i->spf.duration_us};
    v->n_lsas = v->n_external;
    LIST_FOREACH (a, &i->areas, entry)
        v->n_lsas += ospf_lsdb_count(a->db);
}

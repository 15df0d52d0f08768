/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies between the tables of one instance (import-table): the best route of a destination that is the table's own,
 * not copied itself, stands as a COPIED path in the other table, too. What a table copies thus never depends on what
 * was copied into it: two tables that copy from each other can't chase one another. Pure.
 *
 *   labelled table --best own path--> COPIED path in the unicast table --> VPN table, unlabelled neighbours
 *   unicast table, imported VPN routes among it --> COPIED path in the labelled table --> neighbours with labels
 */
#include "bgpd/rib/rib_private.h"

/* The table that takes copies from `t`, if any does. */
static struct bgp_table *taker_of(struct bgp_table *t)
{
    enum bgp_family other = t->family == BGP_IPV4_UNICAST ? BGP_IPV4_LABELED : BGP_IPV4_UNICAST;

    if (t->family == BGP_IPV4_VPN || !t->vrf->is_ready || !t->vrf->cfg.has_import_table[other])
        return NULL;
    return &t->vrf->table[other];
}

void bgp_copy_sync(struct bgp_dest *d)
{
    struct bgp_table *taker = taker_of(d->table);

    if (!taker || !d->own) {
        if (d->copy)
            bgp_path_remove(d->copy);
        return;
    }
    if (!d->copy) {
        d->copy = bgp_path_add(bgp_dest_get(taker, d->key.rd, &d->key.prefix), BGP_PATH_COPIED,
                               bgp_attr_set_ref(d->own->attrs));
        d->copy->from = d;
    } else {
        bgp_path_set_attrs(d->copy, bgp_attr_set_ref(d->own->attrs));
    }
    bgp_path_sync(d->copy);
}

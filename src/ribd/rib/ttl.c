/* SPDX-License-Identifier: Apache-2.0
 *
 * TTL at the edges of label-switched paths (RFC 3443), by VPN instance. Uniform: labels take the packet's TTL and a pop
 * gives it back. Pipe: labels start at 255 and the packet's own TTL crosses the network untouched, so that the
 * provider's hops do not show in a customer's traceroute. Between labels the kernel copies nothing in either mode.
 */
#include "src/ribd/rib/internal.h"

bool ribd_entry_pop_keeps_ttl(struct rib *r, const struct entry *e, const struct interned *list, uint32_t lookup)
{
    bool pops = lookup != 0;

    for (size_t i = 0; i < ribd_list_n(list); i++)
        pops |= ribd_list(list)[i].depth == 0 && e->own_depth == 0;
    return pops && ribd_vrf_get(r, e->op == RIB_LABEL_POP_LOOKUP ? e->told_id.lookup_vrf : e->fec_vrf)->is_pipe;
}

void ribd_rib_instance_pipe(struct rib *r, uint32_t vrf, bool is_pipe)
{
    struct vrf *v = ribd_vrf_get(r, vrf);
    struct entry *e;

    if (v->is_pipe == is_pipe)
        return;
    v->is_pipe = is_pipe;
    ribd_vrf_todo(r, v, VRF_REKEY);
    RIBD_EACH_ENTRY(e, r)
    {
        if (e->fec_vrf == vrf || (e->op == RIB_LABEL_POP_LOOKUP && e->told_id.lookup_vrf == vrf))
            ribd_entry_queue(r, e);
    }
    ribd_work(r);
}

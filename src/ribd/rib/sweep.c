/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client told in an earlier life and did not tell again goes: its routes in a visit of all prefixes, its label
 * peers and entries beside it. If it dies once more meanwhile, what it told since then is not touched.
 */
#include "src/ribd/rib/internal.h"

/* Epochs count on for ever, and are compared over the end of their numbers. */
static bool is_older(uint16_t epoch, uint16_t than)
{
    return (int16_t)(epoch - than) < 0;
}

static void sweep_dest(struct rib *r, struct walk *w, struct dest *d)
{
    const struct client *cl = &r->clients[w->client];
    struct route *rt = ribd_dest_routes(d), *next;

    for (; rt; rt = next) {
        next = ribd_route_next(rt);
        if (rt->client == w->client && is_older(rt->epoch, cl->sweep_epoch))
            ribd_route_sweep(r, d, rt);
    }
}

void ribd_rib_client_sweep(struct rib *r, enum rib_client_id c)
{
    struct client *cl = &r->clients[c];

    cl->sweep_epoch = cl->epoch;
    cl->is_sweeping = true;
    cl->sweep_label = 0;
    ribd_walk_start(r, &cl->sweep);
}

void ribd_sweep_init(struct rib *r, enum rib_client_id c)
{
    r->clients[c].sweep.visit = sweep_dest;
    r->clients[c].sweep.client = c;
}

/* False: the budget did not last. */
static bool sweep_entries(struct rib *r, enum rib_client_id c, size_t *budget)
{
    struct client *cl = &r->clients[c];
    struct entry *e;

    while ((e = ribd_entry_next(r, cl->sweep_label))) {
        if (*budget == 0)
            return false;
        --*budget;
        cl->sweep_label = e->in_label + 1;
        if (e->client == c && is_older(e->epoch, cl->sweep_epoch) && !e->is_deleted)
            ribd_entry_remove(r, e);
    }
    return true;
}

void ribd_sweeps_work(struct rib *r, size_t *budget)
{
    for (int c = 0; c < CLIENTS; c++) {
        struct client *cl = &r->clients[c];

        if (cl->is_sweeping && ribd_fec_peers_sweep(r, (enum rib_client_id)c, cl->sweep_epoch, budget))
            cl->is_sweeping = !sweep_entries(r, (enum rib_client_id)c, budget);
    }
}

bool ribd_rib_is_sweeping(const struct rib *r, enum rib_client_id c)
{
    return r->clients[c].is_sweeping || r->clients[c].sweep.is_on;
}

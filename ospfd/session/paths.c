/* SPDX-License-Identifier: Apache-2.0
 *
 * When paths are computed: the back-off of RFC 8405. A change in a quiet network is answered soon, further changes wait
 * a little longer, and while the network is unstable longer still.
 *
 *   QUIET --change--> SHORT_WAIT --time to learn over--> LONG_WAIT
 *     ^------------- hold-down over, nothing changed ------'
 */
#include "ospfd/session/internal.h"

struct gathered {
    struct ospf_spf_area *areas;
    struct ospf_spf_link *links;
    struct ospf_spf_local *locals;
    size_t n_areas, n_links, n_locals;
};

/* --- what the computation stands on --- */

static void count(const struct ospf_instance *i, struct gathered *g)
{
    const struct ospf_area *a;
    const struct ospf_interface *f;
    const struct ospf_neighbor *n;
    LIST_FOREACH (a, &i->areas, entry) {
        g->n_areas++;
        LIST_FOREACH (f, &a->interfaces, entry) {
            g->n_locals += f->rib.n_addresses;
            LIST_FOREACH (n, &f->neighbors, entry)
                g->n_links++;
        }
    }
}

static void gather_interface(const struct ospf_interface *f, struct gathered *g)
{
    const struct ospf_neighbor *n;
    for (uint16_t k = 0; k < f->rib.n_addresses && f->state != OSPF_IF_DOWN; k++)
        if (ospf_is_usable(&f->rib.addresses[k]))
            g->locals[g->n_locals++] = (struct ospf_spf_local){.address = ip_addr_to_v4(&f->rib.addresses[k].addr),
                                                               .len = f->rib.addresses[k].len,
                                                               .ifindex = f->rib.ifindex};
    LIST_FOREACH (n, &f->neighbors, entry)
        if (ospf_neighbor_counts(n))
            g->links[g->n_links++] = (struct ospf_spf_link){.neighbor = n->router_id,
                                                            .data = ip_addr_to_v4(&f->address.addr),
                                                            .ifindex = f->rib.ifindex,
                                                            .gateway = n->address};
}

static void gather(struct ospf_instance *i, struct gathered *g)
{
    const struct ospf_area *a;
    const struct ospf_interface *f;
    *g = (struct gathered){0};
    count(i, g);
    g->areas = mem_alloc(&i->mem.spf, g->n_areas * sizeof(*g->areas));
    g->links = mem_alloc(&i->mem.spf, g->n_links * sizeof(*g->links));
    g->locals = mem_alloc(&i->mem.spf, g->n_locals * sizeof(*g->locals));
    g->n_areas = g->n_links = g->n_locals = 0;
    LIST_FOREACH (a, &i->areas, entry) {
        size_t first = g->n_links;
        LIST_FOREACH (f, &a->interfaces, entry)
            gather_interface(f, g);
        g->areas[g->n_areas++] =
            (struct ospf_spf_area){.id = a->id, .db = a->db, .links = g->links + first, .n_links = g->n_links - first};
    }
}

static void tell(void *arg, struct ospf_route *was, struct ospf_route *now)
{
    struct ospf_instance *i = arg;
    i->rib->route(i->rib_arg, i, was, now);
}

static void compute(struct ospf_instance *i)
{
    struct gathered g;
    uint64_t began = ospf_now(i);
    gather(i, &g);
    struct ospf_spf_input in = {.root = i->router_id,
                                .areas = g.areas,
                                .n_areas = g.n_areas,
                                .as_db = i->as_db,
                                .locals = g.locals,
                                .n_locals = g.n_locals,
                                .max_paths = i->config->maximum_paths,
                                .is_vpn = ospf_is_provider_edge(i),
                                .vpn_tag = i->config->has_vpn_tag ? i->config->vpn_tag : 0,
                                .now_us = began};
    struct ospf_table *now = ospf_spf_run(&i->mem.spf, &in);
    ospf_table_diff(i->table, now, tell, i);
    ospf_table_destroy(i->table);
    i->table = now;
    mem_free(&i->mem.spf, g.areas);
    mem_free(&i->mem.spf, g.links);
    mem_free(&i->mem.spf, g.locals);
    i->counters.spf_runs++;
    i->spf.last_us = ospf_now(i);
    i->spf.duration_us = i->spf.last_us - began;
}

/* --- when --- */

static void on_run(void *arg)
{
    struct ospf_instance *i = arg;
    compute(i);
    i->rib->progress(i->rib_arg);
}

static void on_learn(void *arg)
{
    struct ospf_instance *i = arg;
    if (i->spf.state == OSPF_SPF_SHORT_WAIT)
        i->spf.state = OSPF_SPF_LONG_WAIT;
}

static void on_hold_down(void *arg)
{
    struct ospf_instance *i = arg;
    i->spf.state = OSPF_SPF_QUIET;
    timer_cancel(&i->spf.learn);
}

void ospf_paths_changed(struct ospf_instance *i)
{
    const struct cfg_ospf_instance_spf_delay *d = &i->config->spf_delay;
    struct ospf_spf_throttle *s = &i->spf;
    uint32_t delay = 0;
    if (i->is_stopping)
        return;
    switch (s->state) {
    case OSPF_SPF_QUIET:
        delay = d->initial_delay;
        s->state = OSPF_SPF_SHORT_WAIT;
        timer_arm_ms(&s->learn, d->time_to_learn);
        break;
    case OSPF_SPF_SHORT_WAIT:
        delay = d->short_delay;
        break;
    case OSPF_SPF_LONG_WAIT:
        delay = d->long_delay;
        break;
    }
    timer_arm_ms(&s->hold_down, d->hold_down);
    if (!timer_is_armed(&s->run))
        timer_arm_ms(&s->run, delay);
}

void ospf_paths_init(struct ospf_instance *i)
{
    i->table = ospf_table_create(&i->mem.spf);
    timer_init(&i->spf.run, i->env->loop, on_run, i);
    timer_init(&i->spf.learn, i->env->loop, on_learn, i);
    timer_init(&i->spf.hold_down, i->env->loop, on_hold_down, i);
}

void ospf_paths_fini(struct ospf_instance *i)
{
    timer_cancel(&i->spf.run);
    timer_cancel(&i->spf.learn);
    timer_cancel(&i->spf.hold_down);
    ospf_table_destroy(i->table);
}

const char *ospf_paths_state_name(enum ospf_spf_state s)
{
    switch (s) {
    case OSPF_SPF_QUIET:
        return "quiet";
    case OSPF_SPF_SHORT_WAIT:
        return "short-wait";
    case OSPF_SPF_LONG_WAIT:
        return "long-wait";
    }
    return "unknown";
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See instance.h: the instance as a whole, its configuration, and looking inside.
 */
#include "ospfd/session/instance.h"

#include <stdio.h>
#include <string.h>

#include "ospfd/session/internal.h"

#define OSPF_DROP_TEXT(name, text) text,
const char *ospf_drop_name(enum ospf_drop d)
{
    static const char *const names[OSPF_DROP_COUNT] = {OSPF_DROPS(OSPF_DROP_TEXT)};
    return d < OSPF_DROP_COUNT ? names[d] : "unknown";
}

void ospf_drop(struct ospf_instance *i, enum ospf_drop d)
{
    i->counters.drops[d]++;
    LOG_DEBUG(i->env->log, "drop", "instance=%s reason=%s", i->name, ospf_drop_name(d));
}

char *ospf_id_text(uint32_t id, char *buf)
{
    struct ip_addr a = ip_addr_v4(id);
    return ip_addr_text(&a, buf, ADDR_TEXT_MAX);
}

/* --- areas --- */

static struct ospf_area *area_find(const struct ospf_instance *i, uint32_t id)
{
    struct ospf_area *a;
    LIST_FOREACH (a, &i->areas, entry)
        if (a->id == id)
            return a;
    return NULL;
}

static struct ospf_area *area_create(struct ospf_instance *i, uint32_t id)
{
    struct ospf_area *a = MEM_NEW(&i->mem.neighbor, struct ospf_area);
    a->instance = i;
    a->id = id;
    a->db = ospf_lsdb_create(&i->mem.lsdb, ospf_now(i));
    LIST_INIT(&a->interfaces);
    LIST_INSERT_HEAD(&i->areas, a, entry);
    return a;
}

static void area_destroy(struct ospf_area *a)
{
    struct ospf_instance *i = a->instance;
    struct ospf_interface *f;
    while ((f = LIST_FIRST(&a->interfaces)) != NULL)
        ospf_interface_destroy(f);
    ospf_own_forget_area(i, a);
    LIST_REMOVE(a, entry);
    ospf_lsdb_destroy(a->db);
    mem_free(&i->mem.neighbor, a);
}

static struct ospf_interface *interface_find(const struct ospf_area *a, const char *name)
{
    struct ospf_interface *f;
    LIST_FOREACH (f, &a->interfaces, entry)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

/* --- configuration: what is gone goes, what is new comes, what stays takes the new settings --- */

static const struct cfg_ospf_instance_areas_area *config_area(const struct cfg_ospf_instance *c, uint32_t id)
{
    for (size_t k = 0; k < c->areas.n_area; k++)
        if (c->areas.area[k]->area_id == id)
            return c->areas.area[k];
    return NULL;
}

static bool config_has_interface(const struct cfg_ospf_instance_areas_area *c, const char *name)
{
    for (size_t k = 0; c && k < c->n_interface; k++)
        if (strcmp(c->interface[k]->name, name) == 0)
            return true;
    return false;
}

static void remove_gone(struct ospf_instance *i, const struct cfg_ospf_instance *c)
{
    struct ospf_area *a, *next_area;
    struct ospf_interface *f, *next;
    for (a = LIST_FIRST(&i->areas); a; a = next_area) {
        const struct cfg_ospf_instance_areas_area *ca = config_area(c, a->id);
        next_area = LIST_NEXT(a, entry);
        for (f = LIST_FIRST(&a->interfaces); f; f = next) {
            next = LIST_NEXT(f, entry);
            if (!config_has_interface(ca, f->name))
                ospf_interface_destroy(f);
        }
        if (!ca)
            area_destroy(a);
    }
}

static void add_new(struct ospf_instance *i, const struct cfg_ospf_instance_areas_area *ca)
{
    struct ospf_area *a = area_find(i, ca->area_id);
    if (!a)
        a = area_create(i, ca->area_id);
    for (size_t k = 0; k < ca->n_interface; k++) {
        struct ospf_interface *f = interface_find(a, ca->interface[k]->name);
        if (f)
            ospf_interface_configure(f, ca->interface[k]);
        else
            ospf_interface_create(a, ca->interface[k]); /* the daemon tells what ribd knows of it */
    }
}

void ospf_instance_configure(struct ospf_instance *i, const struct cfg_ospf_instance *config,
                             const struct cfg_policy *policy)
{
    i->config = config;
    i->policy = policy;
    remove_gone(i, config);
    for (size_t k = 0; k < config->areas.n_area; k++)
        add_new(i, config->areas.area[k]);
    ospf_router_lsa_update_all(i);
    ospf_external_reevaluate(i);
    ospf_paths_changed(i);
}

/* --- begin and end --- */

struct ospf_instance *ospf_instance_create(const struct env *env, const struct ospf_instance_spec *spec,
                                           const struct cfg_ospf_instance *config, const struct cfg_policy *policy)
{
    struct ospf_instance *i = MEM_NEW(NULL, struct ospf_instance);
    i->env = env;
    i->vrf = spec->vrf;
    i->router_id = spec->router_id;
    i->rib = spec->rib;
    i->rib_arg = spec->rib_arg;
    i->config = config;
    i->policy = policy;
    snprintf(i->name, sizeof(i->name), "%s", spec->name);
    i->mem = (struct ospf_accounts){.lsa.name = "ospf lsa",
                                    .lsdb.name = "ospf database entry",
                                    .neighbor.name = "ospf neighbour",
                                    .spf.name = "ospf path",
                                    .own.name = "ospf own lsa"};
    LIST_INIT(&i->areas);
    i->as_db = ospf_lsdb_create(&i->mem.lsdb, ospf_now(i));
    timer_init(&i->second, env->loop, ospf_flood_second, i);
    timer_init(&i->sweep, env->loop, ospf_flood_sweep, i);
    timer_arm_us(&i->second, US_PER_SEC);
    ospf_paths_init(i);
    ospf_instance_configure(i, config, policy);
    return i;
}

void ospf_instance_flush(struct ospf_instance *i)
{
    struct ospf_area *a;
    struct ospf_interface *f;
    i->is_stopping = true;
    ospf_own_flush_all(i);
    LIST_FOREACH (a, &i->areas, entry)
        LIST_FOREACH (f, &a->interfaces, entry)
            ospf_packer_flush(&f->updates);
}

void ospf_instance_destroy(struct ospf_instance *i)
{
    struct ospf_area *a;
    i->is_stopping = true;
    timer_cancel(&i->second);
    ospf_external_fini(i);
    ospf_own_fini(i);
    while ((a = LIST_FIRST(&i->areas)) != NULL)
        area_destroy(a);
    timer_cancel(&i->sweep);
    ospf_paths_fini(i);
    ospf_lsdb_destroy(i->as_db);
    mem_free(NULL, i);
}

/* --- interfaces --- */

static void interface_tell(struct ospf_instance *i, const char *name, const struct rib_interface *now)
{
    struct ospf_area *a;
    LIST_FOREACH (a, &i->areas, entry) {
        struct ospf_interface *f = interface_find(a, name);
        if (!f)
            continue;
        ospf_interface_update(f, now);
        ospf_external_reevaluate(i); /* subnets on which OSPF runs are not external */
        i->rib->progress(i->rib_arg);
    }
}

void ospf_instance_interface(struct ospf_instance *i, const struct rib_interface *now)
{
    interface_tell(i, now->name, now);
}

void ospf_instance_interface_gone(struct ospf_instance *i, const char *name)
{
    interface_tell(i, name, NULL);
}

/* Full alone is not enough: a neighbour that noticed our restart took its link to us out of its LSA, and may put it
 * back only when its MinLSInterval is over. Until then no path leads over it. */
static bool knows_way_back(const struct ospf_neighbor *n)
{
    const struct ospf_instance *i = ospf_interface_instance(n->interface);
    struct ospf_lsdb_entry *e = ospf_lsdb_find_by_id(n->interface->area->db, OSPF_LSA_ROUTER, n->router_id);
    struct ospf_router_view v;
    struct ospf_router_link l;
    if (!e || !ospf_router_read(e->lsa->data, e->lsa->h.length, &v))
        return false;
    while (ospf_router_next_link(&v, &l))
        if (l.type == OSPF_LINK_POINT_TO_POINT && l.id == i->router_id)
            return true;
    return false;
}

static bool interface_is_converged(const struct ospf_interface *f)
{
    const struct ospf_neighbor *n;
    bool has_full = false;
    if (ospf_interface_is_broadcast(f))
        return ospf_broadcast_is_converged(f);
    if (!ospf_interface_speaks(f))
        return f->state != OSPF_IF_DOWN || !f->has_rib || !f->rib.is_up;
    LIST_FOREACH (n, &f->neighbors, entry)
        has_full |= n->state == OSPF_NBR_FULL && knows_way_back(n);
    return has_full;
}

bool ospf_instance_is_converged(const struct ospf_instance *i)
{
    const struct ospf_area *a;
    const struct ospf_interface *f;
    LIST_FOREACH (a, &i->areas, entry)
        LIST_FOREACH (f, &a->interfaces, entry)
            if (!interface_is_converged(f))
                return false;
    return i->external.is_known && i->counters.spf_runs > 0 && !timer_is_armed(&i->spf.run);
}

/* --- looking inside --- */

uint32_t ospf_instance_vrf(const struct ospf_instance *i)
{
    return i->vrf;
}
const char *ospf_instance_name(const struct ospf_instance *i)
{
    return i->name;
}
uint32_t ospf_instance_router_id(const struct ospf_instance *i)
{
    return i->router_id;
}
struct ospf_table *ospf_instance_table(struct ospf_instance *i)
{
    return i->table;
}
const struct cfg_ospf_instance *ospf_instance_config(const struct ospf_instance *i)
{
    return i->config;
}
const struct ospf_counters *ospf_instance_counters(const struct ospf_instance *i)
{
    return &i->counters;
}

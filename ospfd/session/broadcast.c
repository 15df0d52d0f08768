/* SPDX-License-Identifier: Apache-2.0
 *
 * Broadcast links (RFC 2328 s9.1 to s9.4, s10.4): waiting, electing the designated routers, and what follows from it:
 * who is to be adjacent, which groups we listen to.
 *
 * A router that restarts comes to a link where the others still know its role. If a hello says that we are a designated
 * router, we are it again, as in a graceful restart (RFC 3623 s2.2): the election ends as it had ended before, and
 * nobody on the link changes anything. The hellos of all neighbours arrive within moments, as each answers our first
 * one; the election waits that long.
 */
#include "ospfd/session/elect.h"
#include "ospfd/session/internal.h"

enum { HEAR_ALL_MS = 100 };

static const struct ip_addr all_d_routers = {.family = AF_IPV4, .b = {224, 0, 0, 6}};

uint32_t ospf_interface_address(const struct ospf_interface *f)
{
    return ip_addr_to_v4(&f->address.addr);
}

static void on_wait_over(void *arg)
{
    ospf_interface_event(arg, OSPF_IF_EVENT_WAIT_OVER);
}

static void on_elect(void *arg)
{
    struct ospf_interface *f = arg;
    ospf_interface_event(f, f->state == OSPF_IF_WAITING ? OSPF_IF_EVENT_WAIT_OVER : OSPF_IF_EVENT_NEIGHBOR_CHANGE);
}

void ospf_broadcast_init(struct ospf_interface *f)
{
    struct loop *loop = ospf_interface_instance(f)->env->loop;
    timer_init(&f->lan.wait, loop, on_wait_over, f);
    timer_init(&f->lan.elect, loop, on_elect, f);
}

/* With priority 0 there is nothing to wait for but to hear who is there. */
void ospf_broadcast_start(struct ospf_interface *f)
{
    f->lan.dr = f->lan.bdr = 0;
    timer_arm_ms(&f->lan.wait, f->config.priority ? f->config.dead_interval * 1000ull : HEAR_ALL_MS);
}

void ospf_broadcast_stop(struct ospf_interface *f)
{
    timer_cancel(&f->lan.wait);
    timer_cancel(&f->lan.elect);
    f->lan.dr = f->lan.bdr = 0;
}

void ospf_broadcast_change(struct ospf_interface *f)
{
    if (f->state >= OSPF_IF_DR_OTHER && !timer_is_armed(&f->lan.elect))
        timer_arm_us(&f->lan.elect, 0);
}

static void backup_seen(struct ospf_interface *f)
{
    if (f->state == OSPF_IF_WAITING && !timer_is_armed(&f->lan.elect))
        timer_arm_ms(&f->lan.elect, HEAR_ALL_MS);
}

/* What the neighbour thinks of us, while we know nothing better. If it names one router for both, nobody has told it
 * so: that is what comes out when somebody who need not wait elects among those who have said nothing yet. */
static void resume_role(struct ospf_interface *f, const struct ospf_hello *h)
{
    uint32_t us = ospf_interface_address(f);
    if (f->state != OSPF_IF_WAITING || f->config.priority == 0 || h->dr == 0 || h->dr == h->bdr)
        return;
    if (h->dr != us && h->bdr != us)
        return;
    if (h->dr == us)
        f->lan.dr = us;
    else
        f->lan.bdr = us;
    backup_seen(f);
}

/* s10.5, the end: does it say something else of itself than before? */
void ospf_broadcast_hello(struct ospf_neighbor *n, const struct ospf_hello *h)
{
    struct ospf_interface *f = n->interface;
    bool was_dr = n->dr == n->address, was_backup = n->bdr == n->address;
    bool is_dr = h->dr == n->address, is_backup = h->bdr == n->address;
    bool has_changed = n->priority != h->priority || was_dr != is_dr || was_backup != is_backup;
    n->priority = h->priority;
    n->dr = h->dr;
    n->bdr = h->bdr;
    resume_role(f, h);
    if ((is_dr && h->bdr == 0) || is_backup)
        backup_seen(f);
    if (has_changed)
        ospf_broadcast_change(f);
}

bool ospf_broadcast_wants(const struct ospf_neighbor *n)
{
    const struct ospf_interface *f = n->interface;
    if (f->state < OSPF_IF_DR_OTHER)
        return false;
    return f->state >= OSPF_IF_BACKUP || n->address == f->lan.dr || n->address == f->lan.bdr;
}

/* s9.4 step 7 */
static void roles_changed(struct ospf_interface *f)
{
    struct ospf_neighbor *n;
    LIST_FOREACH (n, &f->neighbors, entry) /* neither event deletes */
        ospf_neighbor_event(n, ospf_broadcast_wants(n) ? OSPF_NBR_EVENT_ADJ_OK : OSPF_NBR_EVENT_ADJ_OVER);
    ospf_hello_soon(f);
    ospf_paths_changed(ospf_interface_instance(f));
}

static struct ospf_elected elect(struct ospf_interface *f)
{
    struct ospf_elector all[1 + OSPF_NEIGHBORS_MAX];
    const struct ospf_neighbor *n;
    size_t count = 1;
    all[0] = (struct ospf_elector){.router_id = ospf_interface_instance(f)->router_id,
                                   .address = ospf_interface_address(f),
                                   .priority = f->config.priority,
                                   .dr = f->lan.dr,
                                   .bdr = f->lan.bdr};
    LIST_FOREACH (n, &f->neighbors, entry)
        if (ospf_neighbor_is_elector(n) && count < sizeof(all) / sizeof(all[0]))
            all[count++] = (struct ospf_elector){
                .router_id = n->router_id, .address = n->address, .priority = n->priority, .dr = n->dr, .bdr = n->bdr};
    return ospf_elect(all, count);
}

void ospf_broadcast_elect(struct ospf_interface *f)
{
    uint32_t us = ospf_interface_address(f);
    struct ospf_elected now = elect(f);
    bool has_changed = now.dr != f->lan.dr || now.bdr != f->lan.bdr || f->state == OSPF_IF_WAITING;
    timer_cancel(&f->lan.wait);
    timer_cancel(&f->lan.elect);
    f->lan.dr = now.dr;
    f->lan.bdr = now.bdr;
    if (has_changed)
        f->lan.since_us = ospf_now(ospf_interface_instance(f));
    if (now.dr == us)
        ospf_interface_event(f, OSPF_IF_EVENT_ELECTED_DR);
    else
        ospf_interface_event(f, now.bdr == us ? OSPF_IF_EVENT_ELECTED_BACKUP : OSPF_IF_EVENT_ELECTED_OTHER);
    if (has_changed)
        roles_changed(f);
    ospf_router_lsa_update(f->area);
}

void ospf_broadcast_join(struct ospf_interface *f, enum ospf_interface_state next)
{
    bool was_in = f->state >= OSPF_IF_BACKUP, is_in = next >= OSPF_IF_BACKUP;
    int err = 0;
    if (is_in && !was_in)
        err = dgram_join(f->socket, &all_d_routers);
    else if (was_in && !is_in)
        err = dgram_leave(f->socket, &all_d_routers);
    if (err < 0)
        LOG_WARN(ospf_interface_instance(f)->env->log, "interface-group", "interface=%s error=%d", f->name, -err);
}

/* --- have we come back to where we were? --- */

static bool lists_router(const struct ospf_lsdb_entry *e, uint32_t router_id)
{
    struct ospf_network_view v;
    if (!ospf_network_read(e->lsa->data, e->lsa->h.length, &v))
        return false;
    for (uint16_t k = 0; k < v.n_routers; k++)
        if (wire_be32(&v.r) == router_id)
            return true;
    return false;
}

/* The designated router's LSA of the link has us and all whom we hear, and those who should be adjacent are. */
bool ospf_broadcast_is_converged(const struct ospf_interface *f)
{
    const struct ospf_instance *i = ospf_interface_instance(f);
    const struct ospf_neighbor *n;
    if (f->state < OSPF_IF_DR_OTHER || LIST_EMPTY(&f->neighbors))
        return false;
    struct ospf_lsdb_entry *e = ospf_lsdb_find_by_id(f->area->db, OSPF_LSA_NETWORK, f->lan.dr);
    if (!e || e->is_flushing || !lists_router(e, i->router_id))
        return false;
    LIST_FOREACH (n, &f->neighbors, entry)
        if ((ospf_broadcast_wants(n) && n->state != OSPF_NBR_FULL) || !lists_router(e, n->router_id))
            return false;
    return true;
}

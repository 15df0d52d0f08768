/* SPDX-License-Identifier: Apache-2.0
 *
 * Neighbours (RFC 2328 s10): drives the table of fsm.c and does what it says.
 *
 * A neighbour whose ospfd restarted says hello without us, and is full again within milliseconds, while its kernel has
 * gone on forwarding. Taking the link out of our router-LSA for that (s12.4.1) would make the whole network compute
 * twice, and MinLSInterval would keep the link away for a second or more. So a neighbour that falls back from Full
 * without being lost counts as full for HOLD_MS; if it has not made it by then, the link goes.
 */
#include "ospfd/session/internal.h"

enum { HOLD_MS = 1000 };

bool ospf_neighbor_counts(const struct ospf_neighbor *n)
{
    return n->state == OSPF_NBR_FULL || timer_is_armed(&n->hold);
}

bool ospf_neighbor_is_elector(const struct ospf_neighbor *n)
{
    return n->state >= OSPF_NBR_2WAY || timer_is_armed(&n->hold);
}

static void links_changed(struct ospf_neighbor *n)
{
    ospf_router_lsa_update(n->interface->area);
    ospf_paths_changed(ospf_interface_instance(n->interface)); /* next hops, whatever the LSAs say meanwhile */
}

static void on_hold_over(void *arg)
{
    struct ospf_neighbor *n = arg;
    n->last_event = "not full again in time";
    ospf_broadcast_change(n->interface);
    links_changed(n);
}

static void on_inactivity(void *arg)
{
    ospf_neighbor_event(arg, OSPF_NBR_EVENT_INACTIVITY);
}

struct ospf_neighbor *ospf_neighbor_create(struct ospf_interface *f, uint32_t router_id, uint32_t address)
{
    struct ospf_instance *i = ospf_interface_instance(f);
    struct ospf_neighbor *n = MEM_NEW(&i->mem.neighbor, struct ospf_neighbor);
    n->interface = f;
    n->router_id = router_id;
    n->address = address;
    n->since_us = ospf_now(i);
    n->x.seq = (uint32_t)loop_random(i->env->loop);
    timer_init(&n->inactivity, i->env->loop, on_inactivity, n);
    timer_init(&n->hold, i->env->loop, on_hold_over, n);
    ospf_packer_init(&n->updates, f, n, OSPF_PACKET_UPDATE);
    ospf_packer_init(&n->acks, f, n, OSPF_PACKET_ACK);
    TAILQ_INIT(&n->requests);
    TAILQ_INIT(&n->retransmits);
    LIST_INSERT_HEAD(&f->neighbors, n, entry);
    return n;
}

struct ospf_neighbor *ospf_neighbor_find(const struct ospf_interface *f, uint32_t router_id)
{
    struct ospf_neighbor *n;
    LIST_FOREACH (n, &f->neighbors, entry)
        if (n->router_id == router_id)
            return n;
    return NULL;
}

static void clear_lists(struct ospf_neighbor *n)
{
    ospf_exchange_clear(n);
    ospf_request_clear(n);
    ospf_retransmit_clear(n);
}

static void neighbor_delete(struct ospf_neighbor *n)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    clear_lists(n);
    timer_cancel(&n->inactivity);
    timer_cancel(&n->hold);
    ospf_packer_fini(&n->updates);
    ospf_packer_fini(&n->acks);
    LIST_REMOVE(n, entry);
    mem_free(&i->mem.neighbor, n);
}

/* On a point-to-point link an adjacency is always wanted, on a broadcast link with designated routers only (s10.4). */
static bool wants_adjacency(const struct ospf_neighbor *n)
{
    return n->interface->state == OSPF_IF_POINT_TO_POINT || ospf_broadcast_wants(n);
}

static bool is_exchanging(enum ospf_neighbor_state s)
{
    return s == OSPF_NBR_EXCHANGE || s == OSPF_NBR_LOADING;
}

/* What an operator wants to hear of: the way up only when it has ended, the way down always. */
static void tell_news(const struct ospf_neighbor *n, enum ospf_neighbor_state before, enum ospf_neighbor_event event)
{
    const struct ospf_instance *i = ospf_interface_instance(n->interface);
    bool is_settled = n->state == OSPF_NBR_2WAY && before < OSPF_NBR_2WAY && !wants_adjacency(n);
    struct ospf_neighbor_news news = {
        .instance = i->name,
        .interface = n->interface->name,
        .router_id = n->router_id,
        .address = ip_addr_v4(n->address),
        .state = ospf_neighbor_state_name(n->state),
        .before = ospf_neighbor_state_name(before),
        .event = ospf_neighbor_event_name(event),
    };

    if (i->rib->neighbor &&
        (before == OSPF_NBR_FULL || n->state == OSPF_NBR_FULL || n->state == OSPF_NBR_DOWN || is_settled))
        i->rib->neighbor(i->rib_arg, &news);
}

static void enter(struct ospf_neighbor *n, enum ospf_neighbor_state next, enum ospf_neighbor_event event)
{
    struct ospf_instance *i = ospf_interface_instance(n->interface);
    enum ospf_neighbor_state before = n->state;
    bool did_count = ospf_neighbor_counts(n), was_elector = ospf_neighbor_is_elector(n);
    char id[ADDR_TEXT_MAX];
    n->state = next;
    if (next == OSPF_NBR_FULL || next == OSPF_NBR_DOWN || event == OSPF_NBR_EVENT_ADJ_OVER)
        timer_cancel(&n->hold);
    else if (before == OSPF_NBR_FULL)
        timer_arm_ms(&n->hold, HOLD_MS);
    n->since_us = ospf_now(i);
    if (is_exchanging(before) && !is_exchanging(next) && --i->n_exchanging == 0)
        ospf_flood_sweep_soon(i);
    if (!is_exchanging(before) && is_exchanging(next))
        i->n_exchanging++;
    if (next < before)
        n->last_event = ospf_neighbor_event_name(event);
    if (before == OSPF_NBR_FULL || next == OSPF_NBR_FULL || next == OSPF_NBR_DOWN)
        LOG_INFO(i->env->log, "neighbor", "instance=%s interface=%s router-id=%s state=%s before=%s event=%s", i->name,
                 n->interface->name, ospf_id_text(n->router_id, id), ospf_neighbor_state_name(next),
                 ospf_neighbor_state_name(before), ospf_neighbor_event_name(event));
    tell_news(n, before, event);
    n->transitions += before == OSPF_NBR_FULL;
    if (was_elector != ospf_neighbor_is_elector(n)) /* before the LSA: it will wait for the election */
        ospf_broadcast_change(n->interface);
    if (did_count != ospf_neighbor_counts(n))
        links_changed(n);
    else if (next == OSPF_NBR_FULL)
        ospf_paths_changed(i); /* it may have told us something new */
}

bool ospf_neighbor_event(struct ospf_neighbor *n, enum ospf_neighbor_event event)
{
    struct ospf_neighbor_step step = ospf_neighbor_step(n->state, event);
    if (step.next != n->state)
        enter(n, step.next, event);
    switch (step.action) {
    case OSPF_NBR_ACTION_NONE:
        break;
    case OSPF_NBR_ACTION_ALIVE:
        timer_arm_ms(&n->inactivity, n->interface->config.dead_interval * 1000ull);
        break;
    case OSPF_NBR_ACTION_EVALUATE:
        if (wants_adjacency(n))
            return ospf_neighbor_event(n, OSPF_NBR_EVENT_ADJ_OK);
        break;
    case OSPF_NBR_ACTION_NEGOTIATE:
        clear_lists(n);
        ospf_exchange_negotiate(n);
        break;
    case OSPF_NBR_ACTION_DESCRIBE:
        ospf_exchange_describe(n);
        break;
    case OSPF_NBR_ACTION_LOAD:
        ospf_request_send(n);
        ospf_request_check_done(n);
        break;
    case OSPF_NBR_ACTION_FULL:
        break; /* all of it is in enter() */
    case OSPF_NBR_ACTION_CLEAR:
        clear_lists(n);
        break;
    case OSPF_NBR_ACTION_DELETE:
        neighbor_delete(n);
        return false;
    }
    return true;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Interfaces (RFC 2328 s9): follows configuration and what ribd tells of the link; opens a socket bound to the
 * interface while it runs. Owns the socket, its timers and its neighbours.
 */
#include <stdio.h>
#include <string.h>

#include "ospfd/session/internal.h"

enum { TOS_INTERNETWORK_CONTROL = 0xc0, SOCKET_RETRY_MS = 1000 };

static const struct ip_addr all_spf_routers = {.family = AF_IPV4, .b = {224, 0, 0, 5}};

static void interface_decide(struct ospf_interface *f);

/* The one timer: the next hello, or another try to open the socket. */
static void on_hello_timer(void *arg)
{
    struct ospf_interface *f = arg;
    if (!ospf_interface_speaks(f)) {
        interface_decide(f);
        return;
    }
    timer_arm_ms(&f->hello, f->config.hello_interval * 1000u);
    ospf_hello_send(f);
}

struct ospf_interface *ospf_interface_create(struct ospf_area *a,
                                             const struct cfg_ospf_instance_areas_area_interface *config)
{
    struct ospf_instance *i = a->instance;
    struct ospf_interface *f = MEM_NEW(&i->mem.neighbor, struct ospf_interface);
    f->area = a;
    f->config = *config;
    snprintf(f->name, sizeof(f->name), "%s", config->name);
    timer_init(&f->hello, i->env->loop, on_hello_timer, f);
    ospf_broadcast_init(f);
    ospf_packer_init(&f->updates, f, NULL, OSPF_PACKET_UPDATE);
    ospf_packer_init(&f->acks, f, NULL, OSPF_PACKET_ACK);
    LIST_INIT(&f->neighbors);
    LIST_INSERT_HEAD(&a->interfaces, f, entry);
    return f;
}

/* --- the actions --- */

static int interface_open(struct ospf_interface *f)
{
    struct ospf_instance *i = ospf_interface_instance(f);
    struct dgram_spec spec = {
        .kind = DGRAM_RAW_IP, .ip_protocol = OSPF_IP_PROTOCOL, .ttl = 1, .tos = TOS_INTERNETWORK_CONTROL};
    memcpy(spec.device, f->name, sizeof(spec.device));
    int err = dgram_open(i->env->io, &spec, ospf_receive, f, &f->socket);
    if (err == 0)
        err = dgram_join(f->socket, &all_spf_routers);
    if (err < 0) {
        dgram_close(f->socket);
        f->socket = NULL;
    }
    return err;
}

static bool interface_start(struct ospf_interface *f)
{
    int err = interface_open(f);
    if (err < 0) {
        snprintf(f->error, sizeof(f->error), "socket: %s", strerror(-err));
        LOG_WARN(ospf_interface_instance(f)->env->log, "interface-socket", "interface=%s error=\"%s\"", f->name,
                 strerror(-err));
        timer_arm_ms(&f->hello, SOCKET_RETRY_MS);
        return false;
    }
    f->error[0] = '\0';
    timer_arm_us(&f->hello, 0);
    return true;
}

static void interface_stop(struct ospf_interface *f)
{
    struct ospf_neighbor *n;
    timer_cancel(&f->hello);
    while ((n = LIST_FIRST(&f->neighbors)) != NULL)
        ospf_neighbor_event(n, OSPF_NBR_EVENT_LL_DOWN);
    ospf_broadcast_stop(f);
    ospf_network_lsa_clear(f);
    ospf_packer_fini(&f->updates);
    ospf_packer_fini(&f->acks);
    ospf_lsdb_destroy(f->link_db);
    f->link_db = NULL;
    dgram_close(f->socket);
    f->socket = NULL;
}

void ospf_interface_event(struct ospf_interface *f, enum ospf_interface_event event)
{
    struct ospf_interface_step step = ospf_interface_step(f->state, event);
    enum ospf_interface_state before = f->state;
    switch (step.action) {
    case OSPF_IF_ACTION_NONE:
        return;
    case OSPF_IF_ACTION_ADVERTISE:
        break;
    case OSPF_IF_ACTION_RESTART:
        interface_stop(f);
        /* fall through */
    case OSPF_IF_ACTION_START:
        if (!interface_start(f))
            step.next = OSPF_IF_DOWN;
        else if (step.next == OSPF_IF_WAITING)
            ospf_broadcast_start(f);
        break;
    case OSPF_IF_ACTION_ELECT:
        ospf_broadcast_elect(f); /* its result is an event, too */
        return;
    case OSPF_IF_ACTION_ROLE:
        ospf_broadcast_join(f, step.next);
        break;
    case OSPF_IF_ACTION_STOP:
    case OSPF_IF_ACTION_CHANGE:
        interface_stop(f);
        break;
    }
    f->state = step.next;
    if (f->state != before)
        LOG_INFO(ospf_interface_instance(f)->env->log, "interface", "instance=%s interface=%s state=%s",
                 ospf_interface_instance(f)->name, f->name, ospf_interface_state_name(f->state));
}

/* --- what it should be --- */

static struct prefix speaking_address(const struct ospf_interface *f)
{
    for (uint16_t k = 0; f->has_rib && k < f->rib.n_addresses; k++)
        if (ospf_is_usable(&f->rib.addresses[k]))
            return f->rib.addresses[k];
    return (struct prefix){0};
}

static enum ospf_interface_event wanted_event(const struct ospf_interface *f)
{
    if (!f->has_rib || !f->rib.is_up || !ip_addr_is_set(&f->address.addr))
        return OSPF_IF_EVENT_DOWN;
    if (f->rib.is_loopback)
        return OSPF_IF_EVENT_UP_LOOPBACK;
    if (f->config.passive)
        return OSPF_IF_EVENT_UP_PASSIVE;
    return f->config.network_type == CFG_OSPF_INSTANCE_AREAS_AREA_INTERFACE_NETWORK_TYPE_BROADCAST
               ? OSPF_IF_EVENT_UP_BROADCAST
               : OSPF_IF_EVENT_UP_POINT_TO_POINT;
}

static void interface_decide(struct ospf_interface *f)
{
    f->error[0] = '\0';
    if (!f->has_rib)
        snprintf(f->error, sizeof(f->error), "no such interface in this instance");
    else if (!ip_addr_is_set(&f->address.addr))
        snprintf(f->error, sizeof(f->error), "no IPv4 address");
    else if (!f->rib.is_up)
        snprintf(f->error, sizeof(f->error), "the link is down");
    ospf_interface_event(f, wanted_event(f));
    ospf_router_lsa_update(f->area);
    ospf_paths_changed(f->area->instance); /* a subnet's interface may have changed although the LSA did not */
}

static void take_rib(struct ospf_interface *f, const struct rib_interface *rib)
{
    struct ospf_instance *i = ospf_interface_instance(f);
    mem_free(&i->mem.neighbor, f->rib.addresses);
    f->has_rib = rib != NULL;
    f->rib = rib ? *rib : (struct rib_interface){0};
    f->rib.addresses =
        rib ? mem_dup(&i->mem.neighbor, rib->addresses, rib->n_addresses * sizeof(*rib->addresses)) : NULL;
}

static bool is_same_rib(const struct ospf_interface *f, const struct rib_interface *rib)
{
    if (!rib || !f->has_rib)
        return false;
    return rib->ifindex == f->rib.ifindex && rib->mtu == f->rib.mtu && rib->is_up == f->rib.is_up &&
           rib->is_loopback == f->rib.is_loopback && rib->n_addresses == f->rib.n_addresses &&
           memcmp(rib->addresses, f->rib.addresses, rib->n_addresses * sizeof(*rib->addresses)) == 0;
}

void ospf_interface_update(struct ospf_interface *f, const struct rib_interface *rib)
{
    if (is_same_rib(f, rib))
        return; /* told again by a new session of ribd */
    struct prefix before = f->address;
    uint32_t ifindex = f->rib.ifindex, mtu = f->rib.mtu;
    take_rib(f, rib);
    f->address = speaking_address(f);
    bool is_other = !prefix_equal(&before, &f->address) || ifindex != f->rib.ifindex || mtu != f->rib.mtu;
    if (is_other && ospf_interface_speaks(f)) /* another address, device or MTU: neighbours must learn it anew */
        ospf_interface_event(f, OSPF_IF_EVENT_DOWN);
    interface_decide(f);
}

void ospf_interface_configure(struct ospf_interface *f, const struct cfg_ospf_instance_areas_area_interface *config)
{
    bool is_faster = config->hello_interval < f->config.hello_interval;
    bool has_changed = config->passive != f->config.passive || config->cost != f->config.cost ||
                       config->network_type != f->config.network_type;
    bool is_elected_anew = config->priority != f->config.priority;
    f->config = *config;
    if (is_faster && ospf_interface_speaks(f))
        timer_arm_us(&f->hello, 0);
    if (is_elected_anew)
        ospf_broadcast_change(f);
    if (has_changed)
        interface_decide(f);
}

void ospf_interface_destroy(struct ospf_interface *f)
{
    struct ospf_instance *i = ospf_interface_instance(f);
    interface_stop(f);
    LIST_REMOVE(f, entry);
    mem_free(&i->mem.neighbor, f->rib.addresses);
    mem_free(&i->mem.neighbor, f);
}

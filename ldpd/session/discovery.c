/* SPDX-License-Identifier: Apache-2.0
 *
 * Basic discovery (RFC 5036 s2.4.1): hellos to all routers on each interface, adjacencies from the hellos heard.
 */
#include <stdio.h>
#include <string.h>

#include "ldpd/session/internal.h"

#define HOLD_DEFAULT_SEC 15
#define HOLD_FOREVER     0xffff
#define ADJACENCIES_MAX  256 /* of one interface: whoever can send hellos must not fill our memory */
#define GUARDED_MAX      16  /* each may open a session and give us labels */

static const struct ip_addr all_routers = {.family = AF_IPV4, .b = {224, 0, 0, 2}};

static void send_hello(struct ldp_interface *f)
{
    struct ldp_instance *i = f->instance;
    uint8_t data[64];
    struct wire_writer w = wire_writer_of(data, sizeof(data));
    struct ldp_hello h = {.hold_time_sec = f->holdtime_sec, .transport = ldp_instance_transport(i, f)};
    size_t pdu = ldp_pdu_begin(&w, i->lsr_id, 0);
    ldp_put_hello(&w, ++i->next_message, &h);
    ldp_pdu_end(&w, pdu);
    dgram_send(f->socket, ldp_interface_address(f), &all_routers, LDP_PORT, data, w.pos);
}

/* As configured, but at least three in the time that a neighbour holds them (RFC 5036 s2.5.5). */
static uint32_t hello_interval_ms(const struct ldp_interface *f)
{
    uint32_t ms = f->hello_interval_sec * 1000u;
    const struct ldp_adjacency *a;
    LIST_FOREACH (a, &f->adjacencies, of_interface)
        if (a->holdtime_sec * 1000u / 3 < ms)
            ms = a->holdtime_sec * 1000u / 3;
    return ms;
}

static void hello_due(void *arg)
{
    struct ldp_interface *f = arg;
    send_hello(f);
    timer_arm_jitter_ms(&f->hello_timer, hello_interval_ms(f));
}

void ldp_adjacency_drop(struct ldp_adjacency *a, uint32_t status, const char *why)
{
    struct ldp_neighbor *n = a->neighbor;
    bool had_labels = a->interface->rib.is_guarded && n->state == LDP_SESSION_OPERATIONAL;
    struct ldp_instance *i = n->instance;
    LOG_INFO(i->env->log, "adjacency-down", "instance=%s interface=%s lsr-id=" LSR_FORMAT " reason=\"%s\"",
             INSTANCE_NAME(i), a->interface->rib.name, LSR_BYTES(n->lsr_id), why);
    timer_cancel(&a->hold);
    a->interface->n_adjacencies--;
    LIST_REMOVE(a, of_interface);
    LIST_REMOVE(a, of_neighbor);
    mem_free(&i->mem, a);
    if (LIST_EMPTY(&n->adjacencies)) {
        ldp_neighbor_fail(n, LDP_EVENT_STOP, status, why);
        ldp_neighbor_destroy(n);
    } else {
        ldp_neighbor_choose_ends(n);
    }
    ldp_neighbors_tell_addresses(i);
    if (had_labels)
        ldp_instance_guarded_changed(i);
}

static void hold_expired(void *arg)
{
    ldp_adjacency_drop(arg, LDP_STATUS_HOLD_TIMER_EXPIRED, "hello hold time expired");
}

static struct ldp_adjacency *adjacency_find(struct ldp_interface *f, uint32_t lsr_id)
{
    struct ldp_adjacency *a;
    LIST_FOREACH (a, &f->adjacencies, of_interface)
        if (a->neighbor->lsr_id == lsr_id)
            return a;
    return NULL;
}

static struct ldp_adjacency *adjacency_create(struct ldp_interface *f, uint32_t lsr_id)
{
    struct ldp_instance *i = f->instance;
    struct ldp_adjacency *a = MEM_NEW(&i->mem, struct ldp_adjacency);
    a->interface = f;
    a->neighbor = ldp_neighbor_get(i, lsr_id);
    timer_init(&a->hold, i->env->loop, hold_expired, a);
    f->n_adjacencies++;
    LIST_INSERT_HEAD(&f->adjacencies, a, of_interface);
    LIST_INSERT_HEAD(&a->neighbor->adjacencies, a, of_neighbor);
    return a;
}

/* Is it that router, or does it say that its sessions end where that router's do? */
static struct ldp_adjacency *find_same(const struct ldp_interface *f, uint32_t lsr_id, const struct ip_addr *transport)
{
    struct ldp_adjacency *a;
    LIST_FOREACH (a, &f->adjacencies, of_interface)
        if (a->neighbor->lsr_id == lsr_id || ip_addr_equal(&a->transport, transport))
            return a;
    return NULL;
}

/* Who is heard on a trusted interface is not who says so on another carrier's, else the latter could take part in the
 * former's session, or disturb it. The trusted one counts. Nor is another carrier's router at an address that is not on
 * its link: its labels would be taken for those of whoever is there. */
static bool is_impostor(const struct ldp_interface *f, uint32_t lsr_id, const struct ip_addr *transport,
                        const struct ip_addr *source)
{
    const struct ldp_interface *other;
    if (!f->rib.is_guarded)
        return false;
    if (!ldp_interface_is_onlink(f, source) || ldp_instance_is_own(f->instance, transport))
        return true;
    LIST_FOREACH (other, &f->instance->interfaces, entry)
        if (!other->rib.is_guarded && find_same(other, lsr_id, transport))
            return true;
    return false;
}

static void drop_impostors(const struct ldp_interface *f, uint32_t lsr_id, const struct ip_addr *transport)
{
    struct ldp_interface *other;
    struct ldp_adjacency *a;
    if (f->rib.is_guarded)
        return;
    LIST_FOREACH (other, &f->instance->interfaces, entry)
        while (other->rib.is_guarded && (a = find_same(other, lsr_id, transport)) != NULL)
            ldp_adjacency_drop(a, LDP_STATUS_SHUTDOWN, "heard on a trusted interface");
}

static bool is_welcome(const struct ldp_interface *f)
{
    return f->n_adjacencies < (f->rib.is_guarded ? GUARDED_MAX : ADJACENCIES_MAX);
}

static uint16_t negotiate_hold(const struct ldp_interface *f, uint16_t theirs)
{
    if (theirs == 0)
        theirs = HOLD_DEFAULT_SEC;
    return theirs < f->holdtime_sec ? theirs : f->holdtime_sec;
}

static void heard(struct ldp_interface *f, uint32_t lsr_id, const struct ldp_hello *h, const struct ip_addr *source)
{
    struct ldp_instance *i = f->instance;
    const struct ip_addr *transport = ip_addr_is_set(&h->transport) ? &h->transport : source;
    struct ldp_adjacency *a = adjacency_find(f, lsr_id);
    bool is_new = !a;
    if (is_impostor(f, lsr_id, transport, source) || (is_new && !is_welcome(f))) {
        i->counters.ignored_hello++;
        return;
    }
    drop_impostors(f, lsr_id, transport);
    if (is_new)
        a = adjacency_create(f, lsr_id);
    bool has_moved = !ip_addr_equal(&a->source, source);
    a->source = *source;
    a->holdtime_sec = negotiate_hold(f, h->hold_time_sec);
    if (a->holdtime_sec == HOLD_FOREVER)
        timer_cancel(&a->hold);
    else
        timer_arm_ms(&a->hold, a->holdtime_sec * 1000u);
    a->transport = *transport;
    a->local = ldp_instance_transport(i, f);
    struct ldp_neighbor *n = a->neighbor;
    ldp_neighbor_choose_ends(n);
    if (has_moved)
        ldp_neighbors_tell_addresses(i);
    if (has_moved && n->state == LDP_SESSION_OPERATIONAL && f->rib.is_guarded)
        ldp_instance_guarded_changed(i);
    if (is_new) {
        LOG_INFO(i->env->log, "adjacency-up", "instance=%s interface=%s lsr-id=" LSR_FORMAT, INSTANCE_NAME(i),
                 f->rib.name, LSR_BYTES(lsr_id));
        timer_arm_ms(&f->hello_timer, 0); /* so that the new neighbour need not wait */
    }
    ldp_listen_claim(n);
}

static void hello_received(struct dgram *d, const struct dgram_info *info, const uint8_t *data, size_t len, void *arg)
{
    (void)d;
    struct ldp_interface *f = arg;
    struct ldp_instance *i = f->instance;
    struct ldp_error err;
    struct ldp_pdu pdu;
    struct ldp_message m;
    if (!ip_addr_equal(&info->destination, &all_routers))
        return; /* a link hello comes from the link; this one may have come from anywhere (RFC 5036 s5.1) */
    bool is_good = ldp_pdu_size(data, len, LDP_MAX_PDU_DEFAULT, &err) > 0 && ldp_pdu_decode(data, len, &pdu, &err) &&
                   ldp_message_next(&pdu.messages, &m, &err);
    if (!is_good || m.type != LDP_HELLO || m.unknown_tlv || pdu.lsr_id == 0 || pdu.label_space != 0) {
        i->counters.malformed_hello++;
        return;
    }
    if (m.hello.is_targeted || pdu.lsr_id == i->lsr_id || ldp_instance_is_own(i, &info->source))
        return;
    if (ip_addr_is_set(&m.hello.transport) && ip_addr_is_martian(&m.hello.transport)) {
        i->counters.malformed_hello++;
        return;
    }
    heard(f, pdu.lsr_id, &m.hello, &info->source);
}

static int interface_start(struct ldp_interface *f)
{
    struct ldp_instance *i = f->instance;
    struct dgram_spec spec = {.kind = DGRAM_UDP, .port = LDP_PORT, .ttl = 1, .tos = 0xc0};
    snprintf(spec.device, sizeof(spec.device), "%s", f->rib.name);
    int err = dgram_open(i->env->io, &spec, hello_received, f, &f->socket);
    if (err)
        return err;
    err = dgram_join(f->socket, &all_routers);
    if (err) {
        dgram_close(f->socket);
        f->socket = NULL;
        return err;
    }
    timer_arm_ms(&f->hello_timer, 0);
    return 0;
}

void ldp_interface_stop(struct ldp_interface *f, const char *why)
{
    while (!LIST_EMPTY(&f->adjacencies))
        ldp_adjacency_drop(LIST_FIRST(&f->adjacencies), LDP_STATUS_SHUTDOWN, why);
    timer_cancel(&f->hello_timer);
    if (f->socket)
        dgram_close(f->socket);
    f->socket = NULL;
}

/* When a socket can not be opened yet (a device that is just being set up), hello_timer tries again. */
static void start_again(void *arg)
{
    struct ldp_interface *f = arg;
    if (f->socket)
        hello_due(f);
    else
        ldp_interface_update(f);
}

/* Sessions end elsewhere on our side now: say so at once, they come up anew. */
static void transport_changed(struct ldp_interface *f)
{
    struct ip_addr local = ldp_instance_transport(f->instance, f);
    struct ldp_adjacency *a;
    bool has_changed = false;
    LIST_FOREACH (a, &f->adjacencies, of_interface) {
        if (ip_addr_equal(&a->local, &local))
            continue;
        a->local = local;
        has_changed = true;
        ldp_neighbor_choose_ends(a->neighbor);
    }
    if (has_changed)
        timer_arm_ms(&f->hello_timer, 0);
}

void ldp_interface_update(struct ldp_interface *f)
{
    struct ldp_instance *i = f->instance;
    bool should_run = f->is_configured && f->rib.is_up && i->lsr_id && ldp_interface_address(f);
    if (!f->hello_timer.loop)
        timer_init(&f->hello_timer, i->env->loop, start_again, f);
    if (!should_run) {
        ldp_interface_stop(f, f->is_configured ? "interface down" : "not configured");
        return;
    }
    if (f->socket) {
        transport_changed(f);
        return;
    }
    int err = interface_start(f);
    if (err) {
        LOG_WARN(i->env->log, "interface-socket", "interface=%s error=\"%s\"", f->rib.name, strerror(-err));
        timer_arm_ms(&f->hello_timer, 1000);
    }
}

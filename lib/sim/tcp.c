/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP of the simulated kernels: enough of it that sessions behave as over Linux. Segments are packets of the simulated
 * network, so a session lives and dies with the path below it: retransmission with back-off, reset by who does not know
 * the connection, refusal where nobody listens. Sequence numbers are absolute: 0 is the SYN, data begin at 1, the FIN
 * follows.
 *
 *   SYN_SENT --SYN+ACK--> OPEN --user closes--> orphan (sends what is left, FIN) --all acknowledged--> gone
 *   SYN_RCVD --ACK------> OPEN (waits in the listener's backlog)     any --reset, timeout--> DEAD (waits for its user)
 */
#include <errno.h>
#include <string.h>

#include "lib/sim/kernel.h"
#include "strata/mem.h"

enum { SEGMENT_BYTES = 1400, HEADER_BYTES = 40, DEFAULT_TTL = 64, OUT_OF_ORDER_MAX = 64, DUPLICATE_ACKS = 3 };
enum { RTO_MIN_US = 200000, RTO_MAX_US = 120000000, SYN_RTO_US = 1000000, ORPHAN_US = 60000000 };
enum { SYN_TRIES = 6, DATA_TRIES = 15, ORPHAN_TRIES = 8, FIRST_PORT = 32768, LAST_PORT = 60999 };
enum tcp_state { TCP_SYN_SENT, TCP_SYN_RCVD, TCP_OPEN, TCP_DEAD };

struct early {
    uint64_t seq;
    uint8_t *data;
    size_t len;
    bool is_fin;
    LIST_ENTRY(early) link;
};

struct sim_tcp {
    struct sim_sock sock; /* first */
    struct sim_node *node;
    struct stream_addr addr;
    uint32_t table;
    enum tcp_state state;
    struct sim_buf tx; /* from una on, SYN and FIN apart */
    uint64_t una, nxt, max, rcv_nxt;
    uint32_t window, told_window;
    unsigned tries, duplicates, n_early;
    uint64_t rto_us;
    bool is_orphan, wants_fin, has_fin; /* has_fin: the other side's came */
    LIST_HEAD(, early) early;
    struct timer retransmit, linger;
    TAILQ_ENTRY(sim_tcp) link;
};

static struct sim_tcp *of(struct sim_sock *s)
{
    return (struct sim_tcp *)(void *)s;
}

/* --- sending --- */

static void send_packet(struct sim_node *node, uint32_t table, const struct stream_addr *a,
                        const struct sim_segment *seg, const uint8_t *data, size_t n)
{
    struct sim_packet *p = MEM_NEW(NULL, struct sim_packet);

    p->kind = SIM_PACKET_TCP;
    p->source = a->local;
    p->destination = a->remote;
    p->source_port = a->local_port;
    p->destination_port = a->remote_port;
    p->ttl = a->ttl ? a->ttl : DEFAULT_TTL;
    p->size = (uint32_t)(HEADER_BYTES + n);
    p->segment = mem_dup(NULL, seg, sizeof(*seg));
    if (n > 0) {
        p->data = mem_dup(NULL, data, n);
        p->data_len = n;
    }
    sim_originate(node, table, p);
}

static uint32_t window_of(const struct sim_tcp *t)
{
    size_t used = sim_buf_len(&t->sock.rx);

    return used < SIM_SOCKET_BYTES ? (uint32_t)(SIM_SOCKET_BYTES - used) : 0;
}

static void send_segment(struct sim_tcp *t, uint64_t seq, bool is_syn, bool is_fin, const uint8_t *data, size_t n)
{
    struct sim_segment seg = {.seq = seq,
                              .ack = t->rcv_nxt,
                              .window = window_of(t),
                              .is_syn = is_syn,
                              .is_fin = is_fin,
                              .is_ack = t->state != TCP_SYN_SENT};

    t->told_window = seg.window;
    send_packet(t->node, t->table, &t->addr, &seg, data, n);
}

static void send_ack(struct sim_tcp *t)
{
    send_segment(t, t->nxt, false, false, NULL, 0);
}

static void send_reset(struct sim_tcp *t)
{
    struct sim_segment seg = {.seq = t->nxt, .ack = t->rcv_nxt, .is_reset = true};

    send_packet(t->node, t->table, &t->addr, &seg, NULL, 0);
}

static void arm(struct sim_tcp *t)
{
    if (t->una < t->max || t->state != TCP_OPEN || t->window == 0)
        timer_arm_us(&t->retransmit, t->rto_us);
    else
        timer_cancel(&t->retransmit);
}

/* Sends what the window lets. A closed window is probed by the timer. */
static void output(struct sim_tcp *t)
{
    uint64_t end = t->una + sim_buf_len(&t->tx), last = t->una + (t->window < 65535 ? t->window : 65535);
    bool was_idle = t->una == t->max;

    if (t->state != TCP_OPEN)
        return;
    while (t->nxt < end && t->nxt < last) {
        uint64_t n = end - t->nxt;

        n = n > SEGMENT_BYTES ? SEGMENT_BYTES : n;
        n = n > last - t->nxt ? last - t->nxt : n;
        send_segment(t, t->nxt, false, false, t->tx.data + t->tx.start + (t->nxt - t->una), (size_t)n);
        t->nxt += n;
    }
    if (t->wants_fin && t->nxt == end) {
        send_segment(t, t->nxt, false, true, NULL, 0);
        t->nxt++;
    }
    if (t->max < t->nxt)
        t->max = t->nxt;
    if (was_idle && (t->una < t->max || t->nxt < end))
        arm(t);
}

/* --- life and death --- */

static void free_early(struct sim_tcp *t)
{
    struct early *e;

    while ((e = LIST_FIRST(&t->early))) {
        LIST_REMOVE(e, link);
        mem_free(NULL, e->data);
        mem_free(NULL, e);
    }
    t->n_early = 0;
}

static void stop(struct sim_tcp *t)
{
    if (t->state == TCP_DEAD)
        return;
    t->state = TCP_DEAD;
    timer_cancel(&t->retransmit);
    timer_cancel(&t->linger);
    TAILQ_REMOVE(&t->node->connections, t, link);
    sim_buf_fini(&t->tx);
    free_early(t);
}

static void tcp_free(struct sim_tcp *t)
{
    stop(t);
    sim_buf_fini(&t->sock.rx);
    mem_free(NULL, t);
}

/* Whoever holds the socket hears of it; one that was not accepted yet dies with the SYN. */
static void die(struct sim_tcp *t, int error)
{
    bool is_unseen = t->is_orphan || t->state == TCP_SYN_RCVD;

    stop(t);
    t->sock.is_broken = true;
    if (!t->sock.has_end) {
        t->sock.has_end = true;
        t->sock.end_error = error;
    }
    if (is_unseen) {
        tcp_free(t);
        return;
    }
    sim_stream_wake(&t->sock);
    sim_stream_writable(&t->sock);
}

static void on_retransmit(void *arg)
{
    struct sim_tcp *t = arg;
    unsigned tries = t->is_orphan ? ORPHAN_TRIES : t->state == TCP_OPEN ? DATA_TRIES : SYN_TRIES;

    if (++t->tries > tries) {
        die(t, -ETIMEDOUT);
        return;
    }
    t->rto_us = t->rto_us * 2 < RTO_MAX_US ? t->rto_us * 2 : RTO_MAX_US;
    if (t->state != TCP_OPEN) {
        send_segment(t, 0, true, false, NULL, 0);
    } else {
        if (t->window == 0)
            t->window = 1; /* a probe */
        t->nxt = t->una;
        output(t);
    }
    arm(t);
}

static void on_linger(void *arg)
{
    die(arg, -ETIMEDOUT);
}

static void maybe_gone(struct sim_tcp *t)
{
    bool is_sent = t->wants_fin && t->una == t->max && sim_buf_len(&t->tx) == 0 && t->nxt == t->una;

    if (t->is_orphan && is_sent && t->has_fin)
        tcp_free(t);
}

static size_t op_room(struct sim_sock *s)
{
    size_t used = sim_buf_len(&of(s)->tx);

    return used < SIM_SOCKET_BYTES ? SIM_SOCKET_BYTES - used : 0;
}

static void op_send(struct sim_sock *s, const uint8_t *data, size_t n)
{
    struct sim_tcp *t = of(s);

    if (t->state == TCP_DEAD)
        return;
    sim_buf_append(&t->tx, data, n);
    output(t);
}

static void op_received(struct sim_sock *s)
{
    struct sim_tcp *t = of(s);

    if (t->state == TCP_OPEN && t->told_window < SIM_SOCKET_BYTES / 4)
        send_ack(t);
}

static void op_close(struct sim_sock *s, bool is_reset)
{
    struct sim_tcp *t = of(s);

    if (t->state == TCP_DEAD || t->state == TCP_SYN_SENT) {
        tcp_free(t);
        return;
    }
    if (is_reset) {
        send_reset(t);
        tcp_free(t);
        return;
    }
    sim_buf_fini(&s->rx);
    t->is_orphan = t->wants_fin = true;
    timer_arm_us(&t->linger, ORPHAN_US);
    output(t);
    maybe_gone(t);
}

static void op_endpoints(struct sim_sock *s, struct stream_addr *addr)
{
    const struct stream_addr *a = &of(s)->addr;

    addr->local = a->local;
    addr->remote = a->remote;
    addr->local_port = a->local_port;
    addr->remote_port = a->remote_port;
}

static const struct sim_sock_ops ops = {op_room, op_send, op_received, op_close, op_endpoints};

static struct sim_tcp *tcp_new(struct sim_node *node, const struct stream_addr *addr, uint32_t table,
                               enum tcp_state state)
{
    struct sim_tcp *t = MEM_NEW(NULL, struct sim_tcp);

    t->sock.ops = &ops;
    t->node = node;
    t->addr = *addr;
    t->table = table;
    t->state = state;
    t->rto_us = SYN_RTO_US;
    t->window = 65535;
    t->nxt = t->max = 1;
    LIST_INIT(&t->early);
    timer_init(&t->retransmit, &node->sim->loop, on_retransmit, t);
    timer_init(&t->linger, &node->sim->loop, on_linger, t);
    TAILQ_INSERT_TAIL(&node->connections, t, link);
    return t;
}

/* --- opening --- */

static int table_of(struct sim_node *node, const char *device, uint32_t *table)
{
    struct sim_iface *i = device[0] ? sim_iface_named(node->kernel, device) : NULL;

    if (device[0] && !i)
        return -ENODEV;
    *table = i ? sim_iface_table(i) : SIM_TABLE_MAIN;
    return 0;
}

static uint16_t next_port(struct sim_node *node)
{
    node->last_port = node->last_port >= LAST_PORT ? FIRST_PORT : (uint16_t)(node->last_port + 1);
    return node->last_port;
}

int sim_tcp_connect(struct sim_node *node, const struct stream_addr *addr, struct sim_sock **out)
{
    struct stream_addr a = *addr;
    struct sim_way way;
    struct sim_tcp *t;
    uint32_t table;
    int err = table_of(node, a.device, &table);

    if (err < 0)
        return err;
    if (a.remote.family != AF_IPV4)
        return -EAFNOSUPPORT;
    if (ip_addr_is_set(&a.local) && !sim_owner_of(node->kernel, table, &a.local))
        return -EADDRNOTAVAIL;
    way = sim_lookup(node->kernel, table, &a.remote, 0);
    if (way.kind == SIM_WAY_NONE || way.kind == SIM_WAY_UNREACHABLE || way.kind == SIM_WAY_BLACKHOLE)
        return way.kind == SIM_WAY_NONE ? -ENETUNREACH : way.kind == SIM_WAY_UNREACHABLE ? -EHOSTUNREACH : -EINVAL;
    if (!ip_addr_is_set(&way.gateway))
        way.gateway = a.remote;
    if (!ip_addr_is_set(&a.local))
        a.local = way.kind == SIM_WAY_LOCAL ? a.remote : sim_source_for(node->kernel, table, &way);
    if (!ip_addr_is_set(&a.local))
        return -EADDRNOTAVAIL;
    if (a.local_port == 0)
        a.local_port = next_port(node);
    t = tcp_new(node, &a, table, TCP_SYN_SENT);
    send_segment(t, 0, true, false, NULL, 0);
    arm(t);
    *out = &t->sock;
    return 0;
}

int sim_tcp_can_listen(struct sim_node *node, const struct stream_addr *addr)
{
    struct sim_listener *l;
    uint32_t table;
    int err = table_of(node, addr->device, &table);

    if (err < 0)
        return err;
    if (ip_addr_is_set(&addr->local) && !ip_addr_is_unspecified(&addr->local) &&
        !sim_owner_of(node->kernel, table, &addr->local))
        return -EADDRNOTAVAIL;
    TAILQ_FOREACH (l, &node->listeners, link)
        if (l->addr.kind == STREAM_TCP && l->addr.local_port == addr->local_port &&
            strcmp(l->addr.device, addr->device) == 0 && ip_addr_equal(&l->addr.local, &addr->local))
            return -EADDRINUSE;
    return 0;
}

static struct sim_listener *listener_for(struct sim_node *node, const struct sim_iface *in, const struct sim_packet *p)
{
    struct sim_listener *l, *found = NULL;
    uint32_t table = sim_iface_table(in);

    TAILQ_FOREACH (l, &node->listeners, link) {
        struct sim_iface *bound = l->addr.device[0] ? sim_iface_named(node->kernel, l->addr.device) : NULL;
        bool has_local = ip_addr_is_set(&l->addr.local) && !ip_addr_is_unspecified(&l->addr.local);

        if (l->addr.kind != STREAM_TCP || l->addr.local_port != p->destination_port)
            continue;
        if (l->addr.device[0] && (!bound || (bound->vrf_table ? bound->vrf_table != table : bound != in)))
            continue;
        if (!l->addr.device[0] && table != SIM_TABLE_MAIN && !node->kernel->tcp_l3mdev_accept)
            continue;
        if (has_local && !ip_addr_equal(&l->addr.local, &p->destination))
            continue;
        if (!found || has_local)
            found = l;
    }
    return found;
}

static struct stream_addr addr_of(const struct sim_packet *p)
{
    return (struct stream_addr){.kind = STREAM_TCP,
                                .local = p->destination,
                                .remote = p->source,
                                .local_port = p->destination_port,
                                .remote_port = p->source_port};
}

static void new_connection(struct sim_node *node, struct sim_iface *in, const struct sim_packet *p)
{
    struct sim_listener *l = p->segment->is_syn && !p->segment->is_ack ? listener_for(node, in, p) : NULL;
    struct stream_addr a = addr_of(p);
    struct sim_segment seg = {.seq = p->segment->ack, .ack = p->segment->seq + 1, .is_reset = true};
    struct sim_tcp *t;

    if (!l) {
        if (!p->segment->is_reset)
            send_packet(node, sim_iface_table(in), &a, &seg, NULL, 0);
        return;
    }
    if (l->addr.min_ttl && p->ttl < l->addr.min_ttl)
        return; /* RFC 5082 */
    memcpy(a.device, l->addr.device, sizeof(a.device));
    a.ttl = l->addr.ttl;
    a.min_ttl = l->addr.min_ttl;
    t = tcp_new(node, &a, sim_iface_table(in), TCP_SYN_RCVD);
    t->rcv_nxt = 1;
    t->window = p->segment->window;
    send_segment(t, 0, true, false, NULL, 0);
    arm(t);
}

/* --- receiving --- */

static void established(struct sim_tcp *t)
{
    t->state = TCP_OPEN;
    t->una = t->nxt = t->max = 1;
    t->tries = 0;
    t->rto_us = RTO_MIN_US;
    t->sock.is_connected = true;
    timer_cancel(&t->retransmit);
}

static void handle_ack(struct sim_tcp *t, const struct sim_segment *seg, bool is_bare)
{
    bool was_shut = t->window == 0;

    if (!seg->is_ack || seg->ack > t->max)
        return;
    t->window = seg->window;
    if (seg->ack > t->una) {
        sim_buf_consume(&t->tx, (size_t)(seg->ack - t->una)); /* the FIN is no byte of it */
        t->una = seg->ack;
        t->nxt = t->nxt < t->una ? t->una : t->nxt;
        t->tries = t->duplicates = 0;
        t->rto_us = RTO_MIN_US;
        arm(t);
        sim_stream_writable(&t->sock);
    } else if (is_bare && t->una < t->max && !was_shut && ++t->duplicates == DUPLICATE_ACKS) {
        t->nxt = t->una;
    }
}

static void take(struct sim_tcp *t, uint64_t seq, const uint8_t *data, size_t len, bool is_fin)
{
    size_t skip = (size_t)(t->rcv_nxt - seq);

    if (t->has_fin)
        return;
    if (skip < len) {
        sim_buf_append(&t->sock.rx, data + skip, len - skip);
        t->rcv_nxt = seq + len;
    }
    if (is_fin && t->rcv_nxt == seq + len) {
        t->rcv_nxt++;
        t->has_fin = true;
        t->sock.has_end = true;
    }
}

static void keep_early(struct sim_tcp *t, const struct sim_packet *p)
{
    struct early *e;

    if (t->n_early == OUT_OF_ORDER_MAX)
        return;
    e = MEM_NEW(NULL, struct early);
    e->seq = p->segment->seq;
    e->is_fin = p->segment->is_fin;
    e->len = p->data_len;
    if (e->len)
        e->data = mem_dup(NULL, p->data, e->len);
    LIST_INSERT_HEAD(&t->early, e, link);
    t->n_early++;
}

static void take_early(struct sim_tcp *t)
{
    struct early *e, *next;

    for (e = LIST_FIRST(&t->early); e; e = next) {
        next = LIST_NEXT(e, link);
        if (e->seq > t->rcv_nxt)
            continue;
        take(t, e->seq, e->data, e->len, e->is_fin);
        LIST_REMOVE(e, link);
        mem_free(NULL, e->data);
        mem_free(NULL, e);
        t->n_early--;
        next = LIST_FIRST(&t->early); /* others may follow it */
    }
}

/* False: the connection is gone. */
static bool handle_data(struct sim_tcp *t, const struct sim_packet *p)
{
    const struct sim_segment *seg = p->segment;
    uint64_t before = t->rcv_nxt;

    if (p->data_len == 0 && !seg->is_fin && !seg->is_syn)
        return true;
    if (t->is_orphan && p->data_len > 0 && seg->seq + p->data_len > t->rcv_nxt) {
        send_reset(t); /* nobody will read it */
        tcp_free(t);
        return false;
    }
    if (seg->seq > t->rcv_nxt)
        keep_early(t, p);
    else if (!seg->is_syn && p->data_len <= window_of(t) + SEGMENT_BYTES)
        take(t, seg->seq, p->data, p->data_len, seg->is_fin);
    take_early(t);
    send_ack(t);
    if (t->rcv_nxt != before)
        sim_stream_wake(&t->sock);
    return true;
}

static void handle(struct sim_tcp *t, struct sim_iface *in, const struct sim_packet *p)
{
    const struct sim_segment *seg = p->segment;
    struct sim_listener *l;

    if (seg->is_reset) {
        die(t, t->state == TCP_SYN_SENT ? -ECONNREFUSED : -ECONNRESET);
        return;
    }
    if (t->state == TCP_SYN_SENT) {
        if (!seg->is_syn || !seg->is_ack)
            return;
        established(t);
        t->rcv_nxt = 1;
        t->window = seg->window;
        send_ack(t);
        sim_stream_wake(&t->sock);
        return;
    }
    if (t->state == TCP_SYN_RCVD) {
        if (!seg->is_ack || seg->ack != 1)
            return;
        l = listener_for(t->node, in, p);
        established(t);
        if (!l) {
            send_reset(t);
            tcp_free(t);
            return;
        }
        sim_listener_arrived(l, &t->sock);
    }
    handle_ack(t, seg, p->data_len == 0 && !seg->is_fin && !seg->is_syn);
    if (!handle_data(t, p))
        return;
    output(t);
    maybe_gone(t);
}

static struct sim_tcp *find(struct sim_node *node, uint32_t table, const struct ip_addr *local, uint16_t local_port,
                            const struct ip_addr *remote, uint16_t remote_port)
{
    struct sim_tcp *t;

    TAILQ_FOREACH (t, &node->connections, link)
        if (t->addr.local_port == local_port && t->addr.remote_port == remote_port && t->table == table &&
            ip_addr_equal(&t->addr.local, local) && ip_addr_equal(&t->addr.remote, remote))
            return t;
    return NULL;
}

void sim_tcp_input(struct sim_node *node, uint32_t ifindex, struct sim_packet *p)
{
    struct sim_iface *in = sim_iface_find(node->kernel, ifindex);
    struct sim_tcp *t =
        find(node, sim_iface_table(in), &p->destination, p->destination_port, &p->source, p->source_port);

    if (!t)
        new_connection(node, in, p);
    else if (!t->addr.min_ttl || p->ttl >= t->addr.min_ttl)
        handle(t, in, p);
}

/* ICMP errors end an attempt to connect, as in Linux; an open connection lives on. */
void sim_tcp_unreachable(struct sim_node *node, const struct sim_packet *p)
{
    struct sim_tcp *t;

    if (!p->segment)
        return;
    TAILQ_FOREACH (t, &node->connections, link) {
        if (t->state != TCP_SYN_SENT || t->addr.local_port != p->source_port ||
            t->addr.remote_port != p->destination_port || !ip_addr_equal(&t->addr.remote, &p->segment->about))
            continue;
        die(t, -EHOSTUNREACH);
        return;
    }
}

void sim_tcp_free_all(struct sim_node *node)
{
    struct sim_tcp *t;

    while ((t = TAILQ_FIRST(&node->connections)))
        tcp_free(t);
}

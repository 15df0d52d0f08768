/* SPDX-License-Identifier: Apache-2.0
 *
 * An instance and a neighbour played by the test, packet by packet: the checks of RFC 2328 s8.2, the exchange (s10.6 to
 * s10.8), the flooding procedure (s13), our own LSAs coming back (s13.4), the end of the sequence space (s12.1.6).
 */
#include "tests/unit/ospfd/world.h"

#include "ospfd/packet/packet.h"

#define US   0x0a000005u
#define THEM 0x0a000002u /* the lower id: we are master */
#define FAR  0x0a000009u

struct play {
    struct world *w;
    struct node *us;
    struct port *port;
    uint8_t seen[OSPF_PACKET_TYPES][2048]; /* the last packet of each type that we sent */
    size_t len[OSPF_PACKET_TYPES], n[OSPF_PACKET_TYPES];
    uint32_t them, seq;
    uint8_t options;
};

static bool record(void *arg, struct node *from, const char *device, const uint8_t *data, size_t len)
{
    struct play *p = arg;
    uint8_t type = data[1];
    (void)device;
    if (from != p->us || type >= OSPF_PACKET_TYPES || len > sizeof(p->seen[0]))
        return true;
    memcpy(p->seen[type], data, len);
    p->len[type] = len;
    p->n[type]++;
    return true;
}

static void begin(struct play *p, uint64_t seed)
{
    memset(p, 0, sizeof(*p));
    p->w = world_create(seed);
    p->us = world_node(p->w, US);
    p->port = world_link(p->w, p->us, world_node(p->w, THEM), 10, 10);
    p->them = THEM;
    p->options = OSPF_OPTION_E | OSPF_OPTION_O;
    p->w->tap = record;
    p->w->tap_arg = p;
    node_start(p->us);
    world_run_ms(p->w, 100);
}

static void end(struct play *p)
{
    world_destroy(p->w);
}

static void forget(struct play *p)
{
    memset(p->n, 0, sizeof(p->n));
}

static uint32_t their_address(const struct play *p)
{
    return ip_addr_to_v4(&p->port->peer->address.addr);
}

static void inject(struct play *p, uint8_t *packet, size_t len)
{
    port_inject(p->port, their_address(p), OSPF_ALL_SPF_ROUTERS, packet, len);
    world_run_ms(p->w, 20);
}

struct packet {
    uint8_t data[2048];
    struct wire_writer w;
};

static struct wire_writer *open_packet(struct play *p, struct packet *k, uint8_t type)
{
    k->w = wire_writer_of(k->data, sizeof(k->data));
    ospf_packet_begin(&k->w, type, p->them, 0);
    return &k->w;
}

static void send(struct play *p, struct packet *k)
{
    size_t len = ospf_packet_end(&k->w, 0);
    assert_true(len > 0);
    inject(p, k->data, len);
}

static void hello(struct play *p, bool knows_us)
{
    struct packet k;
    uint32_t us = US;
    struct ospf_hello h = {
        .mask = 0xfffffffc, .hello_interval_sec = 1, .dead_interval_sec = 4, .options = OSPF_OPTION_E, .priority = 1};
    ospf_hello_encode(open_packet(p, &k, OSPF_PACKET_HELLO), &h, &us, knows_us);
    send(p, &k);
}

static void dd(struct play *p, uint8_t flags, uint32_t seq, const struct ospf_lsa_header *h, size_t n)
{
    struct packet k;
    struct ospf_dd d = {.mtu = 1500, .options = p->options, .flags = flags, .seq = seq};
    struct wire_writer *w = open_packet(p, &k, OSPF_PACKET_DD);
    ospf_dd_encode(w, &d);
    for (size_t i = 0; i < n; i++)
        ospf_lsa_header_write(w, &h[i]);
    send(p, &k);
}

static size_t make_lsa(uint8_t *out, uint32_t type, uint32_t id, uint32_t adv, int32_t seq, uint16_t age,
                       uint32_t metric)
{
    uint8_t body[16];
    struct wire_writer b = wire_writer_of(body, sizeof(body)), w = wire_writer_of(out, 64);
    if (type == OSPF_LSA_EXTERNAL) {
        struct ospf_external x = {.mask = 0xffffff00, .is_type2 = true, .metric = metric};
        ospf_external_write(&b, &x);
    } else if (type == OSPF_LSA_ROUTER) {
        ospf_router_write(
            &b, 0, &(struct ospf_router_link){.type = 3, .id = id, .data = 0xffffffff, .metric = (uint16_t)metric}, 1);
    } else {
        wire_put_be32(&b, metric);
    }
    struct ospf_lsa_header h = {.age = age,
                                .options = OSPF_OPTION_E,
                                .key = {.type = type, .id = id, .adv = adv},
                                .seq = seq,
                                .length = (uint16_t)(OSPF_LSA_HEADER + b.pos)};
    ospf_lsa_header_write(&w, &h);
    wire_put_bytes(&w, body, b.pos);
    ospf_lsa_checksum_set(out, w.pos);
    return w.pos;
}

static struct ospf_lsa_header header_of(const uint8_t *lsa)
{
    struct ospf_lsa_header h;
    struct wire_reader r = wire_reader_of(lsa, OSPF_LSA_HEADER);
    assert_true(ospf_lsa_header_read(&r, &h));
    return h;
}

static void update(struct play *p, const uint8_t *lsa, size_t len)
{
    struct packet k;
    struct wire_writer *w = open_packet(p, &k, OSPF_PACKET_UPDATE);
    wire_put_be32(w, 1);
    wire_put_bytes(w, lsa, len);
    send(p, &k);
}

static void ack(struct play *p, const uint8_t *lsa)
{
    struct packet k;
    struct ospf_lsa_header h = header_of(lsa);
    ospf_lsa_header_write(open_packet(p, &k, OSPF_PACKET_ACK), &h);
    send(p, &k);
}

static void request(struct play *p, uint32_t type, uint32_t id, uint32_t adv)
{
    struct packet k;
    ospf_request_encode(open_packet(p, &k, OSPF_PACKET_REQUEST),
                        &(struct ospf_lsa_key){.type = type, .id = id, .adv = adv});
    send(p, &k);
}

static struct ospf_dd last_dd(const struct play *p)
{
    struct ospf_dd d;
    struct wire_reader r = wire_reader_of(p->seen[OSPF_PACKET_DD] + OSPF_HEADER, p->len[OSPF_PACKET_DD] - OSPF_HEADER);
    assert_true(ospf_dd_decode(&r, &d));
    return d;
}

/* The first LSA of the last update that we sent. */
static const uint8_t *last_lsa(const struct play *p, struct ospf_lsa_header *h)
{
    const uint8_t *lsa = p->seen[OSPF_PACKET_UPDATE] + OSPF_HEADER + 4;
    *h = header_of(lsa);
    return lsa;
}

static struct ospf_lsa_header last_ack(const struct play *p)
{
    return header_of(p->seen[OSPF_PACKET_ACK] + OSPF_HEADER);
}

static void remember(void *arg, const struct ospf_neighbor_view *v)
{
    *(const char **)arg = v->state;
}

static const char *neighbor_state(const struct play *p)
{
    const char *state = "none";
    ospf_instance_each_neighbor(p->us->instance, remember, &state);
    return state;
}

/* As far as Exchange; `h`: what the neighbour describes. We are master. */
static void exchange(struct play *p, const struct ospf_lsa_header *h, size_t n)
{
    hello(p, true);
    assert_string_equal(neighbor_state(p), "exstart");
    p->seq = last_dd(p).seq;
    assert_int_equal(last_dd(p).flags, OSPF_DD_I | OSPF_DD_M | OSPF_DD_MS);
    dd(p, 0, p->seq, h, n); /* slave: takes our number, and has nothing more */
    assert_int_equal(last_dd(p).seq, p->seq + 1);
    assert_int_equal(last_dd(p).flags & OSPF_DD_MS, OSPF_DD_MS);
    dd(p, 0, p->seq + 1, NULL, 0);
}

static void make_full(struct play *p)
{
    exchange(p, NULL, 0);
    assert_string_equal(neighbor_state(p), "full");
    struct ospf_lsa_header h; /* our router-LSA with the new link comes after MinLSInterval; take it */
    world_run_ms(p->w, 1100);
    ack(p, last_lsa(p, &h));
    hello(p, true);
    forget(p);
}

struct lookup {
    uint32_t type, id, adv;
    const struct ospf_lsdb_entry *found;
};

static void look(void *arg, uint32_t area_id, const struct ospf_lsdb_entry *e)
{
    struct lookup *l = arg;
    (void)area_id;
    if (e->key.type == l->type && e->key.id == l->id && e->key.adv == l->adv)
        l->found = e;
}

static const struct ospf_lsdb_entry *find(const struct play *p, uint32_t type, uint32_t id, uint32_t adv)
{
    struct lookup l = {.type = type, .id = id, .adv = adv};
    ospf_instance_each_lsa(p->us->instance, look, &l);
    return l.found;
}

/* --- s8.2 --- */

static void expect_drop(struct play *p, enum ospf_drop d, uint8_t *packet, size_t len, uint32_t source,
                        uint32_t destination)
{
    uint64_t before = node_drops(p->us, d);
    port_inject(p->port, source, destination, packet, len);
    world_run_ms(p->w, 5);
    assert_int_equal(node_drops(p->us, d), before + 1);
    for (int k = 0; k < OSPF_DROP_COUNT; k++)
        assert_string_not_equal(ospf_drop_name((enum ospf_drop)k), "unknown");
}

static size_t plain_hello(struct play *p, struct packet *k)
{
    struct ospf_hello h = {
        .mask = 0xfffffffc, .hello_interval_sec = 1, .dead_interval_sec = 4, .options = OSPF_OPTION_E, .priority = 1};
    ospf_hello_encode(open_packet(p, k, OSPF_PACKET_HELLO), &h, NULL, 0);
    return ospf_packet_end(&k->w, 0);
}

static void seal(struct packet *k, size_t len)
{
    k->data[12] = k->data[13] = 0;
    uint16_t sum = ospf_packet_checksum(k->data, len);
    k->data[12] = (uint8_t)(sum >> 8);
    k->data[13] = (uint8_t)sum;
}

static void test_peer__packet_checks(void **state)
{
    (void)state;
    struct play p;
    struct packet k;
    begin(&p, 1);
    uint32_t src = their_address(&p), all = OSPF_ALL_SPF_ROUTERS;
    size_t len = plain_hello(&p, &k);
    expect_drop(&p, OSPF_DROP_DESTINATION, k.data, len, src, OSPF_ALL_D_ROUTERS);
    expect_drop(&p, OSPF_DROP_OWN_SOURCE, k.data, len, ip_addr_to_v4(&p.port->address.addr), all);
    expect_drop(&p, OSPF_DROP_OFF_LINK, k.data, len, 0x0b000001, all);
    expect_drop(&p, OSPF_DROP_SHORT, k.data, len - 1, src, all);
    k.data[0] = 3;
    expect_drop(&p, OSPF_DROP_VERSION, k.data, len, src, all);
    plain_hello(&p, &k);
    k.data[40] ^= 1;
    expect_drop(&p, OSPF_DROP_CHECKSUM, k.data, len, src, all);
    plain_hello(&p, &k);
    k.data[1] = 6;
    seal(&k, len);
    expect_drop(&p, OSPF_DROP_PACKET_TYPE, k.data, len, src, all);
    plain_hello(&p, &k);
    k.data[11] = 1;
    seal(&k, len);
    expect_drop(&p, OSPF_DROP_AREA, k.data, len, src, all);
    for (uint8_t auth = 1; auth < 4; auth++) {
        plain_hello(&p, &k);
        k.data[15] = auth;
        seal(&k, len);
        expect_drop(&p, OSPF_DROP_AUTHENTICATION, k.data, len, src, all);
    }
    p.them = US;
    plain_hello(&p, &k);
    expect_drop(&p, OSPF_DROP_DUPLICATE_ROUTER_ID, k.data, len, src, all);
    p.them = 0;
    plain_hello(&p, &k);
    expect_drop(&p, OSPF_DROP_MALFORMED, k.data, len, src, all);
    p.them = THEM;
    open_packet(&p, &k, OSPF_PACKET_HELLO);
    wire_put_be32(&k.w, 0);
    len = ospf_packet_end(&k.w, 0);
    expect_drop(&p, OSPF_DROP_MALFORMED, k.data, len, src, all);
    for (uint8_t type = OSPF_PACKET_DD; type < OSPF_PACKET_TYPES; type++) {
        open_packet(&p, &k, type);
        len = ospf_packet_end(&k.w, 0);
        expect_drop(&p, OSPF_DROP_UNKNOWN_NEIGHBOR, k.data, len, src, all);
    }
    assert_string_equal(neighbor_state(&p), "none");
    end(&p);
}

static void test_peer__packets_before_their_time(void **state)
{
    (void)state;
    struct play p;
    struct packet k;
    begin(&p, 2);
    hello(&p, false);
    assert_string_equal(neighbor_state(&p), "init");
    for (uint8_t type = OSPF_PACKET_REQUEST; type < OSPF_PACKET_TYPES; type++) {
        open_packet(&p, &k, type);
        size_t len = ospf_packet_end(&k.w, 0);
        expect_drop(&p, OSPF_DROP_NEIGHBOR_STATE, k.data, len, their_address(&p), OSPF_ALL_SPF_ROUTERS);
    }
    p.them = FAR; /* somebody else on a point-to-point link */
    size_t len = plain_hello(&p, &k);
    assert_true(len > 0);
    hello(&p, false); /* the same address: the router changed its id */
    assert_string_equal(neighbor_state(&p), "init");
    port_inject(p.port, ip_addr_to_v4(&p.port->address.addr) + 2, OSPF_ALL_SPF_ROUTERS, k.data, len);
    world_run_ms(p.w, 10);
    assert_string_equal(neighbor_state(&p), "init");
    end(&p);
}

/* --- the exchange --- */

static void test_peer__lower_id_is_slave(void **state)
{
    (void)state;
    struct play p;
    struct ospf_lsa_header h;
    begin(&p, 3);
    exchange(&p, NULL, 0);
    assert_string_equal(neighbor_state(&p), "full");
    request(&p, OSPF_LSA_ROUTER, US, US);
    last_lsa(&p, &h);
    assert_int_equal(h.key.adv, US);
    end(&p);
}

static void test_peer__higher_id_is_master(void **state)
{
    (void)state;
    struct play p;
    begin(&p, 4);
    p.them = FAR;
    hello(&p, true);
    dd(&p, OSPF_DD_I | OSPF_DD_M | OSPF_DD_MS, 1000, NULL, 0);
    assert_string_equal(neighbor_state(&p), "exchange");
    assert_int_equal(last_dd(&p).seq, 1000);
    assert_int_equal(last_dd(&p).flags & (OSPF_DD_MS | OSPF_DD_I), 0);
    size_t n = p.n[OSPF_PACKET_DD];
    dd(&p, OSPF_DD_I | OSPF_DD_M | OSPF_DD_MS, 1000, NULL, 0); /* lost on the way: the slave repeats itself */
    assert_int_equal(p.n[OSPF_PACKET_DD], n + 1);
    assert_int_equal(node_drops(p.us, OSPF_DROP_DD_DUPLICATE), 1);
    dd(&p, OSPF_DD_MS, 1001, NULL, 0);
    assert_int_equal(last_dd(&p).seq, 1001);
    assert_string_equal(neighbor_state(&p), "full");
    dd(&p, OSPF_DD_MS, 1001, NULL, 0);
    assert_string_equal(neighbor_state(&p), "full");
    dd(&p, OSPF_DD_MS, 1002, NULL, 0); /* no more is expected: begin anew */
    assert_string_equal(neighbor_state(&p), "exstart");
    assert_int_equal(node_drops(p.us, OSPF_DROP_DD_UNEXPECTED), 1);
    end(&p);
}

static void test_peer__sequence_mismatches(void **state)
{
    (void)state;
    for (int what = 0; what < 5; what++) {
        struct play p;
        begin(&p, 5);
        hello(&p, true);
        p.seq = last_dd(&p).seq;
        dd(&p, OSPF_DD_M, p.seq, NULL, 0);
        assert_string_equal(neighbor_state(&p), "exchange");
        struct ospf_lsa_header bad = {.key.type = 77, .length = 20};
        if (what == 0)
            dd(&p, 0, p.seq + 5, NULL, 0);
        else if (what == 1)
            dd(&p, OSPF_DD_MS, p.seq + 1, NULL, 0); /* two masters */
        else if (what == 2)
            dd(&p, OSPF_DD_I, p.seq + 1, NULL, 0);
        else if (what == 3)
            dd(&p, 0, p.seq + 1, &bad, 1); /* an unknown type */
        else {
            p.options = 0; /* other options than before */
            dd(&p, 0, p.seq + 1, NULL, 0);
        }
        assert_string_equal(neighbor_state(&p), "exstart");
        assert_int_equal(last_dd(&p).flags, OSPF_DD_I | OSPF_DD_M | OSPF_DD_MS);
        assert_int_not_equal(last_dd(&p).seq, p.seq);
        end(&p);
    }
}

static void test_peer__descriptions_and_requests_are_repeated(void **state)
{
    (void)state;
    struct play p;
    uint8_t lsa[64];
    begin(&p, 6);
    hello(&p, true);
    size_t n = p.n[OSPF_PACKET_DD];
    world_run_ms(p.w, 1100);
    assert_int_equal(p.n[OSPF_PACKET_DD], n + 1);
    hello(&p, true);
    size_t len = make_lsa(lsa, OSPF_LSA_EXTERNAL, 0x0b000000, FAR, OSPF_SEQ_INITIAL, 5, 10);
    struct ospf_lsa_header h = header_of(lsa);
    p.seq = last_dd(&p).seq;
    dd(&p, 0, p.seq, &h, 1);
    dd(&p, 0, p.seq + 1, NULL, 0);
    assert_string_equal(neighbor_state(&p), "loading");
    assert_int_equal(p.n[OSPF_PACKET_REQUEST], 1);
    world_run_ms(p.w, 1100);
    assert_int_equal(p.n[OSPF_PACKET_REQUEST], 2);
    hello(&p, true);
    make_lsa(lsa, OSPF_LSA_EXTERNAL, 0x0b000000, FAR, OSPF_SEQ_INITIAL, 5, 10);
    update(&p, lsa, len);
    assert_string_equal(neighbor_state(&p), "full");
    world_run_ms(p.w, 200);
    assert_int_equal(last_ack(&p).key.adv, FAR);
    end(&p);
}

/* s13 step 6: what it sends is not what it described. */
static void test_peer__a_broken_promise_restarts_the_exchange(void **state)
{
    (void)state;
    struct play p;
    uint8_t lsa[64];
    begin(&p, 7);
    size_t len = make_lsa(lsa, OSPF_LSA_EXTERNAL, 0x0b000000, FAR, OSPF_SEQ_INITIAL + 1, 5, 10);
    struct ospf_lsa_header h = header_of(lsa);
    exchange(&p, &h, 1);
    assert_string_equal(neighbor_state(&p), "loading");
    len = make_lsa(lsa, OSPF_LSA_EXTERNAL, 0x0b000000, FAR, OSPF_SEQ_INITIAL, 5, 10);
    update(&p, lsa, len); /* older than described, but all we have: taken */
    assert_string_equal(neighbor_state(&p), "loading");
    update(&p, lsa, len); /* the same again: no */
    assert_string_equal(neighbor_state(&p), "exstart");
    end(&p);
}

static void test_peer__request_for_what_we_do_not_have(void **state)
{
    (void)state;
    struct play p;
    begin(&p, 8);
    make_full(&p);
    request(&p, OSPF_LSA_ROUTER, 1, 1);
    assert_string_equal(neighbor_state(&p), "exstart");
    exchange(&p, NULL, 0);
    request(&p, 200, 1, 1);
    assert_string_equal(neighbor_state(&p), "exstart");
    end(&p);
}

static uint16_t own_links(const struct play *p)
{
    const struct ospf_lsdb_entry *e = find(p, OSPF_LSA_ROUTER, US, US);
    struct ospf_router_view v;
    assert_true(ospf_router_read(e->lsa->data, e->lsa->h.length, &v));
    return v.n_links;
}

/* A neighbour that forgot us counts for a second; if it is not full by then, its link goes. */
static void test_peer__link_is_held_for_a_moment(void **state)
{
    (void)state;
    struct play p;
    begin(&p, 16);
    make_full(&p);
    assert_int_equal(own_links(&p), 3);
    hello(&p, false);
    assert_string_equal(neighbor_state(&p), "init");
    world_run_ms(p.w, 500);
    assert_int_equal(own_links(&p), 3);
    exchange(&p, NULL, 0);
    assert_string_equal(neighbor_state(&p), "full");
    world_run_ms(p.w, 1200);
    assert_int_equal(own_links(&p), 3);
    hello(&p, false);
    world_run_ms(p.w, 900);
    hello(&p, false);
    assert_int_equal(own_links(&p), 3);
    world_run_ms(p.w, 1200);
    assert_int_equal(own_links(&p), 2); /* the two subnets */
    end(&p);
}

/* --- flooding --- */

static void test_peer__flooding_steps(void **state)
{
    (void)state;
    struct play p;
    uint8_t lsa[64], old[64];
    struct ospf_lsa_header h;
    begin(&p, 9);
    make_full(&p);
    size_t len = make_lsa(lsa, OSPF_LSA_EXTERNAL, 0x0b000000, FAR, OSPF_SEQ_INITIAL + 4, OSPF_MAX_AGE, 10);
    update(&p, lsa, len); /* step 4: acknowledged at once, not kept */
    assert_int_equal(p.n[OSPF_PACKET_ACK], 1);
    assert_null(find(&p, OSPF_LSA_EXTERNAL, 0x0b000000, FAR));
    len = make_lsa(lsa, OSPF_LSA_EXTERNAL, 0x0b000000, FAR, OSPF_SEQ_INITIAL + 4, 10, 10);
    update(&p, lsa, len); /* step 5: new; acknowledged with delay */
    assert_int_equal(p.n[OSPF_PACKET_ACK], 1);
    assert_non_null(find(&p, OSPF_LSA_EXTERNAL, 0x0b000000, FAR));
    world_run_ms(p.w, 150);
    assert_int_equal(p.n[OSPF_PACKET_ACK], 2);
    update(&p, lsa, len); /* step 7: the same */
    assert_int_equal(p.n[OSPF_PACKET_ACK], 3);
    assert_int_equal(p.n[OSPF_PACKET_UPDATE], 0); /* nothing goes back to where it came from */
    make_lsa(old, OSPF_LSA_EXTERNAL, 0x0b000000, FAR, OSPF_SEQ_INITIAL, 10, 10);
    update(&p, old, len); /* step 8: older; told the newer one, but not each time */
    assert_int_equal(p.n[OSPF_PACKET_UPDATE], 1);
    last_lsa(&p, &h);
    assert_int_equal(h.seq, OSPF_SEQ_INITIAL + 4);
    update(&p, old, len);
    assert_int_equal(p.n[OSPF_PACKET_UPDATE], 1);
    world_run_ms(p.w, 500);
    for (int k = 5; k <= 10; k++) { /* a few may come one after the other, then no more (step 5a) */
        make_lsa(lsa, OSPF_LSA_EXTERNAL, 0x0b000000, FAR, OSPF_SEQ_INITIAL + k, 10, 10 + (uint32_t)k);
        update(&p, lsa, len);
    }
    assert_int_equal(node_drops(p.us, OSPF_DROP_LSA_TOO_SOON), 1);
    assert_int_equal(find(&p, OSPF_LSA_EXTERNAL, 0x0b000000, FAR)->lsa->h.seq, OSPF_SEQ_INITIAL + 9);
    world_run_ms(p.w, 600);
    hello(&p, true);
    update(&p, lsa, len);
    assert_int_equal(find(&p, OSPF_LSA_EXTERNAL, 0x0b000000, FAR)->lsa->h.seq, OSPF_SEQ_INITIAL + 10);
    world_run_ms(p.w, 600);
    hello(&p, true);
    make_lsa(lsa, OSPF_LSA_EXTERNAL, 0x0b000000, FAR, OSPF_SEQ_INITIAL + 10, OSPF_MAX_AGE, 20);
    update(&p, lsa, len); /* s14: flushed, and as nobody else must know, gone */
    assert_null(find(&p, OSPF_LSA_EXTERNAL, 0x0b000000, FAR));
    end(&p);
}

static void test_peer__bad_lsas_are_not_taken(void **state)
{
    (void)state;
    struct play p;
    uint8_t lsa[64];
    begin(&p, 10);
    make_full(&p);
    size_t len = make_lsa(lsa, OSPF_LSA_EXTERNAL, 0x0b000000, FAR, OSPF_SEQ_INITIAL, 10, 10);
    lsa[30] ^= 1;
    update(&p, lsa, len);
    assert_int_equal(node_drops(p.us, OSPF_DROP_LSA_CHECKSUM), 1);
    len = make_lsa(lsa, 8, 0x0b000000, FAR, OSPF_SEQ_INITIAL, 10, 10);
    update(&p, lsa, len);
    assert_int_equal(node_drops(p.us, OSPF_DROP_LSA_TYPE), 1);
    len = make_lsa(lsa, OSPF_LSA_ROUTER, FAR, THEM, OSPF_SEQ_INITIAL, 10, 10);
    update(&p, lsa, len);
    assert_int_equal(node_drops(p.us, OSPF_DROP_LSA_MALFORMED), 1);
    len = make_lsa(lsa, OSPF_LSA_EXTERNAL, 0x0b000000, FAR, OSPF_SEQ_INITIAL, 10, 10);
    update(&p, lsa, len - 4); /* cut */
    assert_int_equal(node_drops(p.us, OSPF_DROP_MALFORMED), 1);
    assert_null(find(&p, OSPF_LSA_EXTERNAL, 0x0b000000, FAR));
    assert_string_equal(neighbor_state(&p), "full");
    end(&p);
}

static void test_peer__what_is_not_acknowledged_is_repeated(void **state)
{
    (void)state;
    struct play p;
    struct ospf_lsa_header h;
    begin(&p, 11);
    make_full(&p);
    world_run_ms(p.w, 1000); /* MinLSInterval */
    hello(&p, true);
    p.port->config.cost = 20;
    ospf_instance_configure(p.us->instance, &p.us->config, NULL);
    world_run_ms(p.w, 50);
    assert_int_equal(p.n[OSPF_PACKET_UPDATE], 1);
    world_run_ms(p.w, 1050);
    hello(&p, true);
    assert_int_equal(p.n[OSPF_PACKET_UPDATE], 2);
    ack(&p, last_lsa(&p, &h));
    assert_int_equal(h.key.adv, US);
    for (int k = 0; k < 3; k++) {
        world_run_ms(p.w, 1000);
        hello(&p, true);
    }
    assert_int_equal(p.n[OSPF_PACKET_UPDATE], 2);
    assert_true(ospf_instance_counters(p.us->instance)->retransmitted >= 1);
    end(&p);
}

/* --- our own LSAs --- */

static void test_peer__own_lsa_of_an_earlier_life(void **state)
{
    (void)state;
    struct play p;
    uint8_t lsa[64];
    begin(&p, 12);
    make_full(&p);
    size_t len = make_lsa(lsa, OSPF_LSA_ROUTER, US, US, OSPF_SEQ_INITIAL + 100, 10, 10);
    update(&p, lsa, len);
    world_run_ms(p.w, 1100);
    const struct ospf_lsdb_entry *e = find(&p, OSPF_LSA_ROUTER, US, US);
    assert_int_equal(e->lsa->h.seq, OSPF_SEQ_INITIAL + 101);
    assert_int_not_equal(e->lsa->h.length, len); /* it says what we say */
    len = make_lsa(lsa, OSPF_LSA_EXTERNAL, 0x0b000000, US, OSPF_SEQ_INITIAL + 7, 10, 10);
    update(&p, lsa, len); /* nobody redistributes anything: away with it */
    struct ospf_lsa_header h;
    last_lsa(&p, &h);
    assert_int_equal(h.key.type, OSPF_LSA_EXTERNAL);
    assert_int_equal(h.age, OSPF_MAX_AGE);
    assert_int_equal(h.seq, OSPF_SEQ_INITIAL + 7);
    ack(&p, p.seen[OSPF_PACKET_UPDATE] + OSPF_HEADER + 4);
    assert_null(find(&p, OSPF_LSA_EXTERNAL, 0x0b000000, US));
    end(&p);
}

static void test_peer__sequence_numbers_wrap(void **state)
{
    (void)state;
    struct play p;
    uint8_t lsa[64];
    struct ospf_lsa_header h;
    begin(&p, 13);
    make_full(&p);
    size_t len = make_lsa(lsa, OSPF_LSA_ROUTER, US, US, OSPF_SEQ_MAX, 10, 10);
    update(&p, lsa, len);
    for (int k = 0; k < 2; k++) {
        world_run_ms(p.w, 600);
        hello(&p, true);
    }
    const uint8_t *sent = last_lsa(&p, &h);
    assert_int_equal(h.seq, OSPF_SEQ_MAX); /* flushed first */
    assert_int_equal(h.age, OSPF_MAX_AGE);
    assert_int_equal(find(&p, OSPF_LSA_ROUTER, US, US)->lsa->h.seq, OSPF_SEQ_MAX);
    ack(&p, sent);
    world_run_ms(p.w, 1100);
    assert_int_equal(find(&p, OSPF_LSA_ROUTER, US, US)->lsa->h.seq, OSPF_SEQ_INITIAL);
    end(&p);
}

static void test_peer__opaque_lsas_go_to_who_knows_them(void **state)
{
    (void)state;
    for (int knows = 0; knows < 2; knows++) {
        struct play p;
        uint8_t lsa[64];
        begin(&p, 14);
        size_t len = make_lsa(lsa, OSPF_LSA_OPAQUE_AREA, 0x01000001, FAR, OSPF_SEQ_INITIAL, 10, 10);
        make_full(&p);
        update(&p, lsa, len);
        len = make_lsa(lsa, OSPF_LSA_OPAQUE_AS, 0x01000001, FAR, OSPF_SEQ_INITIAL, 10, 10);
        update(&p, lsa, len);
        len = make_lsa(lsa, OSPF_LSA_OPAQUE_LINK, 0x01000001, THEM, OSPF_SEQ_INITIAL, 10, 10);
        update(&p, lsa, len);
        assert_non_null(find(&p, OSPF_LSA_OPAQUE_AREA, 0x01000001, FAR));
        assert_non_null(find(&p, OSPF_LSA_OPAQUE_AS, 0x01000001, FAR));
        hello(&p, false); /* again from the beginning: is it described? */
        p.options = knows ? OSPF_OPTION_E | OSPF_OPTION_O : OSPF_OPTION_E;
        hello(&p, true);
        p.seq = last_dd(&p).seq;
        dd(&p, 0, p.seq, NULL, 0);
        struct ospf_dd d = last_dd(&p);
        size_t n = 0;
        for (struct ospf_lsa_header h; wire_left(&d.headers) && ospf_lsa_header_read(&d.headers, &h);)
            n += h.key.type >= OSPF_LSA_OPAQUE_LINK;
        assert_int_equal(n, knows ? 3 : 0);
        end(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_peer__packet_checks),
        cmocka_unit_test(test_peer__packets_before_their_time),
        cmocka_unit_test(test_peer__lower_id_is_slave),
        cmocka_unit_test(test_peer__higher_id_is_master),
        cmocka_unit_test(test_peer__sequence_mismatches),
        cmocka_unit_test(test_peer__descriptions_and_requests_are_repeated),
        cmocka_unit_test(test_peer__a_broken_promise_restarts_the_exchange),
        cmocka_unit_test(test_peer__request_for_what_we_do_not_have),
        cmocka_unit_test(test_peer__link_is_held_for_a_moment),
        cmocka_unit_test(test_peer__flooding_steps),
        cmocka_unit_test(test_peer__bad_lsas_are_not_taken),
        cmocka_unit_test(test_peer__what_is_not_acknowledged_is_repeated),
        cmocka_unit_test(test_peer__own_lsa_of_an_earlier_life),
        cmocka_unit_test(test_peer__sequence_numbers_wrap),
        cmocka_unit_test(test_peer__opaque_lsas_go_to_who_knows_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

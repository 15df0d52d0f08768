/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of the conversation with ribd (lib/ipc/rib_msg*.c): what random rows become on the other side, golden
 * bytes, truncation at every byte and random damage. Refusals: test_rib_refusal.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/ipc/recorder.h"

enum { ROUNDS = 60, ROWS_MAX = 40 };

/* --- random values, from a seed --- */

static uint64_t dice(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static uint32_t below(uint64_t *seed, uint32_t n)
{
    return (uint32_t)((dice(seed) >> 11) % n);
}

/* Often 0, often the same, else anything: columns of all widths. */
static uint32_t value(uint64_t *seed, uint32_t n)
{
    uint32_t mood = below(seed, 4);

    return mood == 0 ? 0 : mood == 1 ? n - 1 : below(seed, n);
}

static struct ip_addr random_addr(uint64_t *seed, bool may_be_unset)
{
    struct ip_addr a = {.family = below(seed, 4) ? AF_IPV4 : AF_IPV6};

    if (may_be_unset && below(seed, 4) == 0)
        return (struct ip_addr){0};
    for (unsigned i = 0; i < ip_addr_bits(&a) / 8u; i++)
        a.b[i] = (uint8_t)dice(seed);
    return a;
}

static struct prefix random_prefix(uint64_t *seed)
{
    struct prefix p = {.addr = random_addr(seed, false)};

    p.len = (uint8_t)below(seed, ip_addr_bits(&p.addr) + 1u);
    return prefix_normalize(p);
}

static struct out_label random_label(uint64_t *seed, bool may_be_none)
{
    struct out_label l = {.state = LABEL_STATE_STACK};

    switch (below(seed, 4)) {
    case 0:
        return may_be_none ? out_label_none() : out_label_implicit_null();
    case 1:
        return out_label_implicit_null();
    default:
        l.stack.depth = (uint8_t)(1 + value(seed, LABEL_STACK_MAX));
        for (unsigned i = 0; i < l.stack.depth; i++)
            l.stack.label[i] = 16 + below(seed, LABEL_MAX - 15);
        return l;
    }
}

static struct rib_fec random_fec(uint64_t *seed)
{
    struct rib_fec f = {.purpose = (uint8_t)(1 + below(seed, 5)),
                        .vrf = value(seed, 9),
                        .discriminator = below(seed, 2) ? 0 : dice(seed)};

    if (below(seed, 3))
        f.prefix = random_prefix(seed);
    return f;
}

static uint32_t random_in_label(uint64_t *seed)
{
    return 16 + below(seed, LABEL_KERNEL_MAX - 15);
}

static void random_reason(uint64_t *seed, char *reason)
{
    reason[0] = '\0';
    if (below(seed, 2) == 0)
        snprintf(reason, RIB_TEXT_MAX, "no route to %u", value(seed, 100));
}

/* --- one message at a time: makes random rows, writes down what is expected, encodes --- */

struct sample {
    uint16_t type;
    bool is_for_client;
    struct rib_msg_buf buf;
    struct recorder expected;
};

typedef void sample_fn(struct sample *s, uint64_t *seed, size_t n);

static void sample_nhset_define(struct sample *s, uint64_t *seed, size_t n)
{
    struct rib_nexthop nh[ROWS_MAX][3];
    struct rib_row_nhset rows[ROWS_MAX];

    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct rib_row_nhset){.id = 1 + value(seed, 1000), .n = 1 + below(seed, 3), .nexthops = nh[i]};
        for (size_t k = 0; k < rows[i].n; k++)
            nh[i][k] = (struct rib_nexthop){.vrf = value(seed, 9),
                                            .ifindex = value(seed, 100),
                                            .gateway = random_addr(seed, true),
                                            .needs_lsp = below(seed, 2),
                                            .is_blackhole = below(seed, 2),
                                            .label = random_label(seed, true)};
        recorder_server_events.nhset_define(&s->expected, NULL, rows[i].id, rows[i].nexthops, rows[i].n);
    }
    s->type = RIB_MSG_NHSET_DEFINE;
    rib_msg_nhset_define_encode(&s->buf, rows, n);
}

static void sample_scope_define(struct sample *s, uint64_t *seed, size_t n)
{
    struct rib_scope_member m[ROWS_MAX][3];
    struct rib_row_scope rows[ROWS_MAX];

    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct rib_row_scope){.id = 1 + value(seed, 1000), .n = 1 + below(seed, 3), .members = m[i]};
        for (size_t k = 0; k < rows[i].n; k++)
            m[i][k] = (struct rib_scope_member){.vrf = value(seed, 9), .neighbor = random_addr(seed, false)};
        recorder_server_events.scope_define(&s->expected, NULL, rows[i].id, rows[i].members, rows[i].n);
    }
    s->type = RIB_MSG_SCOPE_DEFINE;
    rib_msg_scope_define_encode(&s->buf, rows, n);
}

static void sample_ids(struct sample *s, uint64_t *seed, size_t n)
{
    uint32_t ids[ROWS_MAX];

    s->type = (uint16_t[]){RIB_MSG_NHSET_UNDEFINE, RIB_MSG_SCOPE_UNDEFINE, RIB_MSG_LABEL_FREE}[below(seed, 3)];
    for (size_t i = 0; i < n; i++) {
        ids[i] = random_in_label(seed);
        if (s->type == RIB_MSG_NHSET_UNDEFINE)
            recorder_server_events.nhset_undefine(&s->expected, NULL, ids[i]);
        else if (s->type == RIB_MSG_SCOPE_UNDEFINE)
            recorder_server_events.scope_undefine(&s->expected, NULL, ids[i]);
        else
            recorder_server_events.label_free(&s->expected, NULL, ids[i]);
    }
    rib_msg_ids_encode(&s->buf, ids, n);
}

static void sample_routes(struct sample *s, uint64_t *seed, size_t n)
{
    struct rib_row_route rows[ROWS_MAX];

    for (size_t i = 0; i < n; i++) {
        struct rib_route *r = &rows[i].route;

        rows[i].is_gone = below(seed, 4) == 0;
        *r = (struct rib_route){.vrf = value(seed, 9),
                                .prefix = random_prefix(seed),
                                .source = (uint8_t)value(seed, RIB_SOURCE_COUNT),
                                .distance = (uint8_t)value(seed, 256),
                                .metric = value(seed, UINT32_MAX),
                                .tag = value(seed, UINT32_MAX),
                                .nhset = value(seed, 1000),
                                .label = random_label(seed, true)};
        if (rows[i].is_gone)
            recorder_server_events.route_del(&s->expected, NULL, r->vrf, &r->prefix, r->source);
        else
            recorder_server_events.route_set(&s->expected, NULL, r);
    }
    s->type = RIB_MSG_ROUTES;
    rib_msg_routes_encode(&s->buf, rows, n);
}

static void sample_subscribe(struct sample *s, uint64_t *seed, size_t n)
{
    uint32_t vrf = value(seed, 9), sources = value(seed, 1u << RIB_SOURCE_COUNT);

    (void)n;
    s->type = RIB_MSG_SUBSCRIBE;
    recorder_server_events.subscribe(&s->expected, NULL, vrf, sources);
    rib_msg_subscribe_encode(&s->buf, vrf, sources);
}

static void sample_watches(struct sample *s, uint64_t *seed, size_t n)
{
    struct rib_row_watch rows[ROWS_MAX];

    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct rib_row_watch){.is_gone = below(seed, 4) == 0,
                                         .id = 1 + value(seed, 1000),
                                         .vrf = value(seed, 9),
                                         .address = random_addr(seed, false),
                                         .needs_lsp = below(seed, 2)};
        if (rows[i].is_gone)
            recorder_server_events.unwatch(&s->expected, NULL, rows[i].id);
        else
            recorder_server_events.watch(&s->expected, NULL, rows[i].id, rows[i].vrf, &rows[i].address,
                                         rows[i].needs_lsp);
    }
    s->type = RIB_MSG_WATCHES;
    rib_msg_watches_encode(&s->buf, rows, n);
}

static void sample_labels_wanted(struct sample *s, uint64_t *seed, size_t n)
{
    uint32_t count = 1 + below(seed, 1024);

    (void)n;
    s->type = RIB_MSG_LABELS_WANTED;
    recorder_server_events.labels_wanted(&s->expected, NULL, count);
    rib_msg_labels_wanted_encode(&s->buf, count);
}

static void sample_label_fecs(struct sample *s, uint64_t *seed, size_t n)
{
    struct rib_row_label_fec rows[ROWS_MAX];

    s->is_for_client = below(seed, 2);
    s->type = s->is_for_client ? RIB_MSG_HELD_LABELS : RIB_MSG_LABEL_CLAIM;
    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct rib_row_label_fec){.label = random_in_label(seed), .fec = random_fec(seed)};
        if (s->is_for_client)
            recorder_client_ops.held_label(&s->expected, rows[i].label, &rows[i].fec);
        else
            recorder_server_events.label_claim(&s->expected, NULL, rows[i].label, &rows[i].fec);
    }
    rib_msg_label_fecs_encode(&s->buf, rows, n);
}

static void sample_label_entries(struct sample *s, uint64_t *seed, size_t n)
{
    struct rib_row_label_entry rows[ROWS_MAX];

    for (size_t i = 0; i < n; i++) {
        rows[i].is_gone = below(seed, 4) == 0;
        rows[i].entry = (struct rib_label_entry){.in_label = random_in_label(seed),
                                                 .op = (uint8_t)(1 + below(seed, 3)),
                                                 .fec = random_fec(seed),
                                                 .nhset = value(seed, 1000),
                                                 .lookup_vrf = value(seed, 9),
                                                 .scope = value(seed, 9)};
        rows[i].entry.label = random_label(seed, rows[i].entry.op != RIB_LABEL_SWAP);
        if (rows[i].is_gone)
            recorder_server_events.label_del(&s->expected, NULL, rows[i].entry.in_label);
        else
            recorder_server_events.label_set(&s->expected, NULL, &rows[i].entry);
    }
    s->type = RIB_MSG_LABEL_ENTRIES;
    rib_msg_label_entries_encode(&s->buf, rows, n);
}

static void sample_label_peer(struct sample *s, uint64_t *seed, size_t n)
{
    uint32_t peer = value(seed, 1000), vrf = value(seed, 9);
    struct ip_addr a[ROWS_MAX];

    for (size_t i = 0; i < n; i++)
        a[i] = random_addr(seed, false);
    s->type = RIB_MSG_LABEL_PEER;
    if (below(seed, 4)) {
        recorder_server_events.label_peer_set(&s->expected, NULL, peer, vrf, a, n);
        rib_msg_label_peer_encode(&s->buf, peer, false, vrf, a, n);
    } else {
        recorder_server_events.label_peer_del(&s->expected, NULL, peer);
        rib_msg_label_peer_encode(&s->buf, peer, true, 0, NULL, 0);
    }
}

static void sample_bindings(struct sample *s, uint64_t *seed, size_t n)
{
    struct rib_row_binding rows[ROWS_MAX];

    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct rib_row_binding){.is_gone = below(seed, 4) == 0,
                                           .peer = value(seed, 100),
                                           .prefix = random_prefix(seed),
                                           .label = random_label(seed, false)};
        if (rows[i].is_gone)
            recorder_server_events.binding_del(&s->expected, NULL, rows[i].peer, &rows[i].prefix);
        else
            recorder_server_events.binding_set(&s->expected, NULL, rows[i].peer, &rows[i].prefix, &rows[i].label);
    }
    s->type = RIB_MSG_BINDINGS;
    rib_msg_bindings_encode(&s->buf, rows, n);
}

static void sample_empty(struct sample *s, uint64_t *seed, size_t n)
{
    (void)n;
    s->is_for_client = below(seed, 2);
    s->type = s->is_for_client ? RIB_MSG_READY : RIB_MSG_END_OF_REPLAY;
    if (s->is_for_client)
        recorder_client_ops.ready(&s->expected);
    else
        recorder_server_events.end_of_replay(&s->expected, NULL);
}

static void sample_interface(struct sample *s, uint64_t *seed, size_t n)
{
    struct prefix a[ROWS_MAX];
    struct rib_interface i = {.ifindex = 1 + value(seed, 100),
                              .vrf = value(seed, 9),
                              .mtu = value(seed, 9000),
                              .is_up = below(seed, 2),
                              .is_loopback = below(seed, 2),
                              .has_mpls = below(seed, 2),
                              .is_guarded = below(seed, 2),
                              .n_addresses = (uint16_t)n,
                              .addresses = a};

    snprintf(i.name, sizeof(i.name), "ethernet%u", value(seed, 1000000));
    for (size_t k = 0; k < n; k++) { /* with host bits */
        a[k].addr = random_addr(seed, false);
        a[k].len = (uint8_t)below(seed, ip_addr_bits(&a[k].addr) + 1u);
    }
    s->type = RIB_MSG_INTERFACE;
    s->is_for_client = true;
    recorder_client_ops.interface(&s->expected, &i);
    rib_msg_interface_encode(&s->buf, &i);
}

static void sample_instance(struct sample *s, uint64_t *seed, size_t n)
{
    struct rib_instance i = {.vrf = value(seed, 9), .is_ready = below(seed, 2)};

    if (n % 2)
        snprintf(i.name, sizeof(i.name), "carrier%u", value(seed, 9));
    if (n % 3)
        snprintf(i.device, sizeof(i.device), "vrf%u", value(seed, 9));
    s->type = RIB_MSG_INSTANCE;
    s->is_for_client = true;
    recorder_client_ops.instance(&s->expected, &i);
    rib_msg_instance_encode(&s->buf, &i);
}

static void sample_gone(struct sample *s, uint64_t *seed, size_t n)
{
    uint32_t ids[ROWS_MAX];

    s->is_for_client = true;
    s->type = (uint16_t[]){RIB_MSG_INTERFACE_GONE, RIB_MSG_INSTANCE_GONE, RIB_MSG_LABEL_BLOCK}[below(seed, 3)];
    for (size_t i = 0; i < n; i++) {
        ids[i] = random_in_label(seed);
        if (s->type == RIB_MSG_INTERFACE_GONE)
            recorder_client_ops.interface_gone(&s->expected, ids[i]);
        else if (s->type == RIB_MSG_INSTANCE_GONE)
            recorder_client_ops.instance_gone(&s->expected, ids[i]);
    }
    if (s->type == RIB_MSG_LABEL_BLOCK)
        recorder_client_ops.label_block(&s->expected, ids, n);
    rib_msg_ids_encode(&s->buf, ids, n);
}

static void random_best_route(uint64_t *seed, struct rib_best_route *r)
{
    *r = (struct rib_best_route){.vrf = value(seed, 9),
                                 .prefix = random_prefix(seed),
                                 .source = (uint8_t)value(seed, RIB_SOURCE_COUNT),
                                 .distance = (uint8_t)value(seed, 256),
                                 .metric = value(seed, UINT32_MAX),
                                 .tag = value(seed, UINT32_MAX),
                                 .has_label = below(seed, 2),
                                 .is_usable = below(seed, 2),
                                 .n_nexthops = (uint16_t)value(seed, 4)};
    for (size_t i = 0; i < r->n_nexthops; i++) {
        r->nexthops[i].ifindex = value(seed, 5);
        if (below(seed, 2))
            r->nexthops[i].gateway = ip_addr_v4(0x0a090100 + value(seed, 4));
    }
}

static void sample_best_routes(struct sample *s, uint64_t *seed, size_t n)
{
    struct rib_best_route *routes = calloc(n + 1, sizeof(*routes));
    struct rib_row_best_route rows[ROWS_MAX];
    uint64_t epoch = dice(seed);

    for (size_t i = 0; i < n; i++) {
        random_best_route(seed, &routes[i]);
        rows[i] = (struct rib_row_best_route){.is_gone = below(seed, 4) == 0, .route = &routes[i]};
        if (rows[i].is_gone)
            recorder_client_ops.route_gone(&s->expected, routes[i].vrf, &routes[i].prefix, epoch);
        else
            recorder_client_ops.route(&s->expected, &routes[i], epoch);
    }
    s->type = RIB_MSG_BEST_ROUTES;
    s->is_for_client = true;
    rib_msg_best_routes_encode(&s->buf, rows, n, epoch);
    free(routes);
}

static void sample_routes_complete(struct sample *s, uint64_t *seed, size_t n)
{
    uint32_t vrf = value(seed, 9);

    s->type = RIB_MSG_ROUTES_COMPLETE;
    s->is_for_client = true;
    recorder_client_ops.routes_complete(&s->expected, vrf, n);
    rib_msg_routes_complete_encode(&s->buf, vrf, n);
}

static void sample_nexthops(struct sample *s, uint64_t *seed, size_t n)
{
    struct rib_nexthop_state rows[ROWS_MAX];

    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct rib_nexthop_state){.watch = value(seed, 100),
                                             .is_usable = below(seed, 2),
                                             .has_lsp = below(seed, 2),
                                             .source = (uint8_t)value(seed, RIB_SOURCE_COUNT),
                                             .prefix_len = (uint8_t)value(seed, 129),
                                             .metric = value(seed, UINT32_MAX),
                                             .ifindex = value(seed, 100)};
        random_reason(seed, rows[i].reason);
        recorder_client_ops.nexthop(&s->expected, &rows[i]);
    }
    s->type = RIB_MSG_NEXTHOPS;
    s->is_for_client = true;
    rib_msg_nexthops_encode(&s->buf, rows, n);
}

static void sample_label_results(struct sample *s, uint64_t *seed, size_t n)
{
    struct rib_label_result result[ROWS_MAX];
    struct rib_row_label_result rows[ROWS_MAX];
    uint64_t epoch = dice(seed);

    for (size_t i = 0; i < n; i++) {
        struct rib_label_result *r = &result[i];

        *r = (struct rib_label_result){
            .in_label = random_in_label(seed), .status = (uint8_t)value(seed, 5), .scope = value(seed, 9)};
        random_reason(seed, r->reason);
        rows[i] = (struct rib_row_label_result){
            .in_label = r->in_label, .status = r->status, .scope = r->scope, .reason = r->reason[0] ? r->reason : NULL};
        if (r->status == RIB_LABEL_REFUSED)
            recorder_client_ops.label_refused(&s->expected, r->in_label, r->reason);
        else if (r->status) /* 0: taken back */
            recorder_client_ops.label_result(&s->expected, r, epoch);
    }
    s->type = RIB_MSG_LABEL_RESULTS;
    s->is_for_client = true;
    rib_msg_label_results_encode(&s->buf, rows, n, epoch);
}

static void sample_routes_failed(struct sample *s, uint64_t *seed, size_t n)
{
    struct rib_row_route_failed rows[ROWS_MAX];

    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct rib_row_route_failed){.vrf = value(seed, 9), .prefix = random_prefix(seed)};
        random_reason(seed, rows[i].reason);
        recorder_client_ops.route_failed(&s->expected, rows[i].vrf, &rows[i].prefix, rows[i].reason);
    }
    s->type = RIB_MSG_ROUTES_FAILED;
    s->is_for_client = true;
    rib_msg_routes_failed_encode(&s->buf, rows, n);
}

static sample_fn *const samples[] = {
    sample_nhset_define, sample_scope_define,    sample_ids,        sample_routes,        sample_subscribe,
    sample_watches,      sample_labels_wanted,   sample_label_fecs, sample_label_entries, sample_label_peer,
    sample_bindings,     sample_empty,           sample_interface,  sample_instance,      sample_gone,
    sample_best_routes,  sample_routes_complete, sample_nexthops,   sample_label_results, sample_routes_failed,
};
enum { N_SAMPLES = sizeof(samples) / sizeof(samples[0]) };

static const char *decode(uint16_t type, const uint8_t *data, size_t len, struct recorder *to)
{
    struct rib_msg_server_sink server = {.ev = &recorder_server_events, .arg = to};
    struct rib_msg_client_sink client = {.ops = &recorder_client_ops, .arg = to};

    return type >= RIB_MSG_READY ? rib_msg_decode_for_client(type, data, len, &client)
                                 : rib_msg_decode_for_server(type, data, len, &server);
}

/* A copy of exactly this size, so that the sanitizer sees an over-read. */
static const char *decode_tight(uint16_t type, const uint8_t *data, size_t len, struct recorder *to)
{
    uint8_t *copy = calloc(1, len ? len : 1);
    const char *wrong;

    if (len)
        memcpy(copy, data, len);
    wrong = decode(type, copy, len, to);
    free(copy);
    return wrong;
}

static void sample_free(struct sample *s)
{
    rib_msg_buf_fini(&s->buf);
    recorder_clear(&s->expected);
}

static void test_rib_msg__what_is_encoded_is_decoded(void **state)
{
    uint64_t seed = 20240607;

    (void)state;
    for (int round = 0; round < ROUNDS; round++)
        for (size_t k = 0; k < N_SAMPLES; k++) {
            struct sample s = {0};
            struct recorder got = {0};

            samples[k](&s, &seed, below(&seed, ROWS_MAX));
            assert_null(decode_tight(s.type, s.buf.data, s.buf.len, &got));
            assert_string_equal(recorder_text(&got), recorder_text(&s.expected));
            recorder_clear(&got);
            sample_free(&s);
        }
}

/* Never more than was said, never a crash; protobuf leaves out what is 0, so a cut message may be a good one. */
static void test_rib_msg__truncated_at_every_byte(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (int round = 0; round < 4; round++)
        for (size_t k = 0; k < N_SAMPLES; k++) {
            struct sample s = {0};

            samples[k](&s, &seed, 5);
            for (size_t len = 0; len < s.buf.len; len++) {
                struct recorder got = {0};

                decode_tight(s.type, s.buf.data, len, &got);
                recorder_clear(&got);
            }
            sample_free(&s);
        }
}

static void test_rib_msg__damaged_at_random(void **state)
{
    uint64_t seed = 99;

    (void)state;
    for (int round = 0; round < 400; round++)
        for (size_t k = 0; k < N_SAMPLES; k++) {
            struct sample s = {0};
            struct recorder got = {0};

            samples[k](&s, &seed, below(&seed, 8));
            for (uint32_t hits = 1 + below(&seed, 3); hits > 0 && s.buf.len; hits--)
                s.buf.data[below(&seed, (uint32_t)s.buf.len)] = (uint8_t)dice(&seed);
            decode_tight(s.type, s.buf.data, s.buf.len, &got);
            recorder_clear(&got);
            sample_free(&s);
        }
}

static void test_rib_msg__golden_bytes_of_routes(void **state)
{
    static const uint8_t golden[] = {
        0x08, 2, /* count */
        0x22, 10, 1,
        24,   10, 0,
        1,    1,  24,
        10,   0,  2,               /* prefixes */
        0x2a, 1,  RIB_SOURCE_OSPF, /* source: the same for all */
        0x32, 1,  110,             /* distance */
        0x3a, 2,  10,
        20,           /* metric: one each */
        0x4a, 1,  17, /* next-hop set */
        0x52, 13, 0x0a,
        1,    2,  0x12,
        8,    16, 0,
        0,    0,  17,
        0,    0,  0, /* labels: all stacks of one */
    };
    struct rib_row_route rows[2] = {0};
    struct rib_msg_buf buf = {0};

    (void)state;
    for (unsigned i = 0; i < 2; i++)
        rows[i].route = (struct rib_route){.prefix = prefix_v4(0x0a000100 + (i << 8), 24),
                                           .source = RIB_SOURCE_OSPF,
                                           .distance = 110,
                                           .metric = 10 + 10 * i,
                                           .nhset = 17,
                                           .label = out_label_from_wire(16 + i)};
    rib_msg_routes_encode(&buf, rows, 2);
    assert_int_equal(buf.len, sizeof(golden));
    assert_memory_equal(buf.data, golden, sizeof(golden));
    rib_msg_buf_fini(&buf);
}

static void test_rib_msg__empty_batches_are_nothing(void **state)
{
    struct recorder got = {0};

    (void)state;
    assert_null(decode(RIB_MSG_ROUTES, NULL, 0, &got));
    assert_null(decode(RIB_MSG_NHSET_DEFINE, NULL, 0, &got));
    assert_null(decode(RIB_MSG_BEST_ROUTES, NULL, 0, &got));
    assert_string_equal(recorder_text(&got), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rib_msg__what_is_encoded_is_decoded),
        cmocka_unit_test(test_rib_msg__truncated_at_every_byte),
        cmocka_unit_test(test_rib_msg__damaged_at_random),
        cmocka_unit_test(test_rib_msg__golden_bytes_of_routes),
        cmocka_unit_test(test_rib_msg__empty_batches_are_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

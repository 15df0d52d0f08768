/* SPDX-License-Identifier: Apache-2.0
 *
 * How long one route takes between a daemon and ribd: encoding and decoding of full batches, without sockets. Prints
 * a line of JSON a result. Build with optimization and without sanitizers; numbers go with the machine.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/ipc/rib_msg.h"

enum { ROUNDS = 200 };

static uint64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void count_route(void *arg, struct rib_session *s, const struct rib_route *route)
{
    (void)s;
    *(uint64_t *)arg += route->metric + route->label.stack.depth;
}

static void count_best_route(void *arg, const struct rib_best_route *r, uint64_t epoch)
{
    (void)epoch;
    *(uint64_t *)arg += r->metric + r->n_nexthops;
}

/* The floor of the same run: what it takes to copy the route as the struct it is, out and back. */
static double copy_ns(void)
{
    struct rib_route *from = calloc(RIB_BATCH_MAX, sizeof(*from)), *to = calloc(RIB_BATCH_MAX, sizeof(*to));
    uint64_t start = now_ns(), sum = 0;

    for (int round = 0; round < ROUNDS; round++) {
        from[round].metric = (uint32_t)round;
        memcpy(to, from, RIB_BATCH_MAX * sizeof(*to));
        memcpy(from, to, RIB_BATCH_MAX * sizeof(*to));
        sum += to[round].metric;
    }
    double ns = (double)(now_ns() - start) / ((double)ROUNDS * RIB_BATCH_MAX);
    if (sum == 0)
        abort();
    free(from);
    free(to);
    return ns;
}

static void report(const char *what, uint64_t encode_ns, uint64_t decode_ns, size_t bytes)
{
    double value = (double)(encode_ns + decode_ns) / ((double)ROUNDS * RIB_BATCH_MAX);

    printf("{\"name\": \"ipc %s, encode and decode\", \"value\": %.1f, \"unit\": \"ns/route\", \"ratio\": %.2f, "
           "\"against\": \"copying the struct twice\"}\n",
           what, value, value / copy_ns());
    printf("{\"name\": \"ipc %s, size\", \"value\": %.1f, \"unit\": \"bytes/route\", \"ratio\": %.3f, \"against\": "
           "\"sizeof(struct rib_route)\"}\n",
           what, (double)bytes / RIB_BATCH_MAX, (double)bytes / RIB_BATCH_MAX / (double)sizeof(struct rib_route));
}

static void bench_routes(const char *what, bool has_labels)
{
    struct rib_row_route *rows = calloc(RIB_BATCH_MAX, sizeof(*rows));
    struct rib_server_events ev = {.route_set = count_route};
    struct rib_msg_buf buf = {0};
    uint64_t sum = 0, encode_ns = 0, decode_ns = 0;
    struct rib_msg_server_sink sink = {.ev = &ev, .arg = &sum};

    for (uint32_t i = 0; i < RIB_BATCH_MAX; i++)
        rows[i].route = (struct rib_route){.prefix = prefix_v4(0x14000000 + (i << 8), 24),
                                           .source = RIB_SOURCE_BGP,
                                           .distance = 200,
                                           .metric = i % 7,
                                           .nhset = 1 + i % 16,
                                           .label = has_labels ? out_label_from_wire(1000 + i) : out_label_none()};
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start = now_ns(), middle;

        rib_msg_routes_encode(&buf, rows, RIB_BATCH_MAX);
        middle = now_ns();
        if (rib_msg_decode_for_server(RIB_MSG_ROUTES, buf.data, buf.len, &sink))
            abort();
        encode_ns += middle - start;
        decode_ns += now_ns() - middle;
    }
    report(what, encode_ns, decode_ns, buf.len);
    rib_msg_buf_fini(&buf);
    free(rows);
}

static void bench_best_routes(void)
{
    struct rib_best_route *routes = calloc(RIB_BATCH_MAX, sizeof(*routes));
    struct rib_row_best_route *rows = calloc(RIB_BATCH_MAX, sizeof(*rows));
    struct rib_msg_client_ops ops = {.route = count_best_route};
    struct rib_msg_buf buf = {0};
    uint64_t sum = 0, encode_ns = 0, decode_ns = 0;
    struct rib_msg_client_sink sink = {.ops = &ops, .arg = &sum};

    for (uint32_t i = 0; i < RIB_BATCH_MAX; i++) {
        routes[i] =
            (struct rib_best_route){.prefix = prefix_v4(0x14000000 + (i << 8), 24),
                                    .source = RIB_SOURCE_OSPF,
                                    .distance = 110,
                                    .metric = 10 + i % 7,
                                    .is_usable = true,
                                    .n_nexthops = 2,
                                    .nexthops = {{ip_addr_v4(0x0a090102 + i % 8), 3}, {ip_addr_v4(0x0a090202), 4}}};
        rows[i].route = &routes[i];
    }
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start = now_ns(), middle;

        rib_msg_best_routes_encode(&buf, rows, RIB_BATCH_MAX, 1);
        middle = now_ns();
        if (rib_msg_decode_for_client(RIB_MSG_BEST_ROUTES, buf.data, buf.len, &sink))
            abort();
        encode_ns += middle - start;
        decode_ns += now_ns() - middle;
    }
    report("best routes, two next hops", encode_ns, decode_ns, buf.len);
    rib_msg_buf_fini(&buf);
    free(routes);
    free(rows);
}

int main(void)
{
    bench_routes("routes", false);
    bench_routes("routes, a label each", true);
    bench_best_routes();
    return 0;
}

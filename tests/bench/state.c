/* SPDX-License-Identifier: Apache-2.0
 *
 * How long a million routes take from a daemon to a front end, and what mgmtd grows by meanwhile: a real mgmtd beside
 * this program, which is the daemon (the real writer, a made-up table) and the front end that pulls part after part.
 * The floor of the same run is printing the same JSON, and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ribd_config.h"
#include "strata/addr.h"
#include "strata/schema.h"
#include "strata/state.h"
#include "tests/bench/router.h"

enum { ROUTES = 1000000, WAIT_MS = 30000 };

struct bench {
    struct bench_router router;
    struct north *ribd;
    bool is_synced, is_answered, has_more;
    size_t octets, parts;
    double longest_chunk_ms, all_chunks_ms; /* in the daemon */
};

static long memory_kb(pid_t pid, const char *what)
{
    char path[64], line[256];
    long kb = -1;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof(line), f))
        if (strncmp(line, what, strlen(what)) == 0)
            kb = strtol(line + strlen(what), NULL, 10);
    if (f)
        fclose(f);
    return kb;
}

/* Processor time of a process so far; 0: it is not known. */
static double processor_ms(pid_t pid)
{
    char path[64], line[1024] = "";
    unsigned long user, system;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    const char *at = f && fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
    if (f)
        fclose(f);
    if (!at || sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        return 0;
    return (double)(user + system) * 1e3 / (double)sysconf(_SC_CLK_TCK);
}

static double own_processor_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* --- the daemon --- */

static void write_route(struct state_writer *w, uint32_t i)
{
    struct prefix p = prefix_v4(0x0b000000 + i, 32);
    struct ip_addr gateway = ip_addr_v4(0x0a000001 + i % 100);

    state_open(w, RIBD_RIB_ROUTE);
    state_text(w, RIBD_RIB_ROUTE_VPN_INSTANCE, "public");
    state_prefix(w, RIBD_RIB_ROUTE_PREFIX, &p);
    state_text(w, RIBD_RIB_ROUTE_SOURCE, "bgp");
    state_u64(w, RIBD_RIB_ROUTE_DISTANCE, 20);
    state_text(w, RIBD_RIB_ROUTE_OWNER, "bgpd");
    state_u64(w, RIBD_RIB_ROUTE_METRIC, i % 1000);
    state_bool(w, RIBD_RIB_ROUTE_SELECTED, true);
    state_bool(w, RIBD_RIB_ROUTE_INSTALLED, true);
    state_u64(w, RIBD_RIB_ROUTE_AGE, 3600);
    state_open(w, RIBD_RIB_ROUTE_NEXT_HOP);
    state_u64(w, RIBD_RIB_ROUTE_NEXT_HOP_INDEX, 0);
    state_addr(w, RIBD_RIB_ROUTE_NEXT_HOP_GATEWAY, &gateway);
    state_text(w, RIBD_RIB_ROUTE_NEXT_HOP_INTERFACE, "eth0");
    state_close(w);
    state_close(w);
}

static void write_state(void *daemon, const char *path, struct state_writer *w)
{
    struct bench *b = daemon;
    double start = bench_now_ms(), ms;
    struct prefix p;

    (void)path;
    state_open(w, RIBD_RIB);
    if (state_list(w, RIBD_RIB_ROUTE)) {
        uint32_t i = state_after_prefix(w, RIBD_RIB_ROUTE_PREFIX, &p) ? ip_addr_to_v4(&p.addr) - 0x0b000000 + 1 : 0;
        for (; i < ROUTES; i++) {
            write_route(w, i);
            if (state_pause(w))
                break;
        }
    }
    state_close(w);
    ms = bench_now_ms() - start;
    b->all_chunks_ms += ms;
    b->longest_chunk_ms = ms > b->longest_chunk_ms ? ms : b->longest_chunk_ms;
}

static void adopt(void *daemon, const void *next, const void *prev)
{
    struct bench *b = daemon;
    (void)next, (void)prev;
    b->is_synced = true;
    loop_event_stop(b->router.env.loop);
}

/* --- the floor --- */

static double floor_ms(void)
{
    static char buf[1 << 20];
    size_t len = 0, octets = 0;
    double start = own_processor_ms();

    for (uint32_t i = 0; i < ROUTES; i++) {
        char prefix[PREFIX_TEXT_MAX], gateway[ADDR_TEXT_MAX];
        struct prefix p = prefix_v4(0x0b000000 + i, 32);
        struct ip_addr a = ip_addr_v4(0x0a000001 + i % 100);

        len += (size_t)snprintf(buf + len, sizeof(buf) - len,
                                "{\"vpn-instance\":\"public\",\"prefix\":\"%s\",\"source\":\"bgp\",\"owner\":\"bgpd\","
                                "\"distance\":%u,\"metric\":%u,\"selected\":true,\"installed\":true,\"age\":%u,"
                                "\"next-hop\":[{\"index\":%u,\"gateway\":\"%s\",\"interface\":\"eth0\"}]},",
                                prefix_text(&p, prefix, sizeof(prefix)), 20u, i % 1000, 3600u, 0u,
                                ip_addr_text(&a, gateway, sizeof(gateway)));
        if (len > sizeof(buf) - 1024) {
            octets += len;
            len = 0;
        }
    }
    if (octets + len < ROUTES)
        bench_die("nothing was printed");
    return own_processor_ms() - start;
}

/* --- the world --- */

static void on_reply(const struct front_reply *r, void *arg)
{
    struct bench *b = arg;
    b->has_more = r->has_more;
    b->octets += strlen(r->text);
    b->parts++;
    b->is_answered = true;
}

static void bench_init(struct bench *b)
{
    static const struct north_ops ops = {.prepare = bench_agree, .commit = adopt, .state = write_state};

    bench_router_start(&b->router, WAIT_MS, on_reply, b);
    b->ribd = north_create(&b->router.env, "ribd", &ribd_schema, &ops, b);
    bench_router_run(&b->router, &b->is_synced);
}

static void bench_fini(struct bench *b)
{
    north_destroy(b->ribd);
    bench_router_end(&b->router);
}

static void pull(struct bench *b)
{
    struct front_request r = {.op = FRONT_STATE, .path = "/rib/route", .is_in_parts = true};
    uint64_t id = front_send(b->router.front, &r);

    for (b->has_more = true; b->has_more;) {
        bench_router_run(&b->router, &b->is_answered);
        b->is_answered = false;
        r = (struct front_request){.op = FRONT_MORE, .number = (uint32_t)id};
        if (b->has_more && !front_send(b->router.front, &r))
            bench_die("cannot ask");
    }
}

int main(void)
{
    struct bench b = {0};
    double floor = floor_ms(), start, ms, processor;
    long before, peak, own;

    bench_init(&b);
    before = memory_kb(b.router.mgmtd, "VmRSS:");
    own = memory_kb(getpid(), "VmRSS:");
    processor = processor_ms(b.router.mgmtd);
    start = bench_now_ms();
    pull(&b);
    ms = bench_now_ms() - start;
    processor = processor_ms(b.router.mgmtd) - processor;
    peak = memory_kb(b.router.mgmtd, "VmHWM:");
    own = memory_kb(getpid(), "VmHWM:") - own;
    printf("{\"name\": \"state, %d routes in %zu parts\", \"value\": %.0f, \"unit\": \"routes/s\", \"ratio\": %.3f, "
           "\"against\": \"printing the same JSON (%.0f routes/s)\"}\n",
           ROUTES, b.parts, ROUTES / ms * 1e3, floor / ms, ROUTES / floor * 1e3);
    printf("{\"name\": \"state, processor time of mgmtd a route\", \"value\": %.2f, \"unit\": \"us\", \"ratio\": %.1f, "
           "\"against\": \"printing the same JSON (%.2f us)\"}\n",
           processor * 1e3 / ROUTES, processor / floor, floor * 1e3 / ROUTES);
    printf("{\"name\": \"state, growth of mgmtd meanwhile\", \"value\": %.1f, \"unit\": \"MB\", \"ratio\": %.3f, "
           "\"against\": \"64 MB\"}\n",
           (double)(peak - before) / 1024, (double)(peak - before) / 65536);
    printf("{\"name\": \"state, growth of daemon and front end\", \"value\": %.1f, \"unit\": \"MB\", \"ratio\": %.3f, "
           "\"against\": \"64 MB\"}\n",
           (double)own / 1024, (double)own / 65536);
    printf("{\"name\": \"state, longest chunk in the daemon\", \"value\": %.2f, \"unit\": \"ms\", \"ratio\": %.3f, "
           "\"against\": \"all chunks together (%.0f ms)\"}\n",
           b.longest_chunk_ms, b.longest_chunk_ms / b.all_chunks_ms, b.all_chunks_ms);
    bench_fini(&b);
    return peak - before > 65536;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A client of ribd that is told what to say, a line at a time on standard input, and says when it was said. It goes
 * through the same library and socket as bgpd and ospfd, whose names it takes.
 *
 *     client RUN_DIR bgpd|ospfd
 *     routes KIND N HOPS DEVICE      N routes over HOPS next-hop sets of one gateway on DEVICE each
 *     through KIND N ADDRESS         N routes, all over one set that is found through other routes
 *     vpn KIND N STACKS ADDRESS      the same, over a label-switched path, and STACKS labels of their own
 *     gone KIND N                    those routes are withdrawn
 *     path ADDRESS HOP DEVICE LABEL  the host route to ADDRESS over gateway number HOP; with LABEL unless it is 0
 *     nopath ADDRESS
 *     subscribe bgp|ospf             to the best routes of that source
 *     swaps N ADDRESS                N label entries, each to a label of its own, over a path to ADDRESS
 *     noswaps
 * Answers: "up", "begin TIME", "told TIME" (ribd's socket has taken all), "installed N TIME" (of label entries),
 * "unusable TIME".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "strata/env.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/rib_client.h"
#include "tests/bench/rib/prefixes.h"

enum { A_TURN = 65536, PENDING_MAX = 4 << 20, FIRST_GATEWAY = 0x0a630002, HOPS_MAX = 1024, OUT_LABEL = 500000 };
enum { LINE_MAX_BYTES = 256 };

/* What is being told; `at` is how far. */
struct job {
    enum { JOB_NONE, JOB_ROUTES, JOB_GONE, JOB_SWAPS } what;
    struct bench_prefix *prefixes;
    size_t n, at, n_sets, n_labels;
    uint32_t sets[HOPS_MAX];
};

struct teller {
    struct env env;
    enum rib_client_id id;
    struct rib_client *client;
    struct loop_watch *input;
    struct timer timer;
    struct job job;
    char line[LINE_MAX_BYTES];
    size_t used;
    uint32_t *labels; /* of the swaps */
    size_t n_swaps, n_installed, n_refused;
    bool is_telling, is_complained;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "client: %s\n", what);
    exit(1);
}

static void say(const char *what, size_t n)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    if (n)
        printf("%s %zu %lld.%06ld\n", what, n, (long long)ts.tv_sec, ts.tv_nsec / 1000);
    else
        printf("%s %lld.%06ld\n", what, (long long)ts.tv_sec, ts.tv_nsec / 1000);
    fflush(stdout);
}

static uint8_t distance(const struct teller *t)
{
    return t->id == RIB_CLIENT_OSPFD ? 110 : 20;
}

static enum rib_source source(const struct teller *t)
{
    return t->id == RIB_CLIENT_OSPFD ? RIB_SOURCE_OSPF : RIB_SOURCE_BGP;
}

/* --- telling, a bounded part a turn --- */

static void tell_route(struct teller *t, size_t i)
{
    struct job *j = &t->job;
    struct rib_route r = {.vrf = RIB_VRF_PUBLIC,
                          .prefix = prefix_v4(j->prefixes[i].address, (uint8_t)j->prefixes[i].length),
                          .source = (uint8_t)source(t),
                          .distance = distance(t)};

    if (j->what == JOB_GONE) {
        rib_client_route_del(t->client, r.vrf, &r.prefix, source(t));
        return;
    }
    r.nhset = j->sets[i % j->n_sets];
    r.label = j->n_labels ? out_label_from_wire((uint32_t)(OUT_LABEL + i % j->n_labels)) : out_label_none();
    rib_client_route_set(t->client, &r);
}

/* False: no label now, labels_available comes. */
static bool tell_swap(struct teller *t, size_t i)
{
    struct rib_label_entry e = {
        .op = RIB_LABEL_SWAP,
        .fec = {.purpose = RIB_LABEL_BGP_LABELED,
                .prefix = prefix_v4(t->job.prefixes[i].address, (uint8_t)t->job.prefixes[i].length)},
        .nhset = t->job.sets[0],
        .label = out_label_from_wire((uint32_t)(OUT_LABEL + i))};
    int err = rib_client_label_alloc(t->client, &e.fec, &e.in_label);

    if (err == -EAGAIN)
        return false;
    if (err)
        die("ribd has no labels left");
    t->labels[i] = e.in_label;
    rib_client_label_set(t->client, &e);
    return true;
}

static void job_end(struct teller *t)
{
    free(t->job.prefixes);
    t->job = (struct job){0};
    t->is_telling = true;
    timer_arm_us(&t->timer, 0);
}

static void job_turn(struct teller *t)
{
    struct job *j = &t->job;
    size_t end = j->at + A_TURN < j->n ? j->at + A_TURN : j->n;

    for (; j->at < end; j->at++) {
        if (j->what != JOB_SWAPS)
            tell_route(t, j->at);
        else if (!tell_swap(t, j->at))
            return;
    }
    if (j->at == j->n)
        job_end(t);
    else
        timer_arm_us(&t->timer, 0);
}

static void on_timer(void *arg)
{
    struct teller *t = arg;

    if (t->job.what != JOB_NONE && rib_client_pending(t->client) < PENDING_MAX) {
        job_turn(t);
    } else if (t->job.what != JOB_NONE) {
        timer_arm_ms(&t->timer, 1);
    } else if (t->is_telling && rib_client_pending(t->client) > 0) {
        timer_arm_ms(&t->timer, 1);
    } else if (t->is_telling) {
        t->is_telling = false;
        say("told", 0);
    }
}

static void job_begin(struct teller *t, const char *kind, size_t n)
{
    t->job.prefixes = bench_prefixes(kind, n);
    t->job.n = n;
    if (!t->job.prefixes || n == 0)
        die("no such routes");
    say("begin", 0);
    timer_arm_us(&t->timer, 0);
}

/* --- commands --- */

static uint32_t set_of(struct teller *t, const char *address, bool needs_lsp)
{
    struct rib_nexthop nh = {.vrf = RIB_VRF_PUBLIC, .needs_lsp = needs_lsp};

    if (ip_addr_parse(address, &nh.gateway))
        die("not an address");
    return rib_client_nhset_get(t->client, &nh, 1);
}

static struct rib_nexthop hop_of(struct teller *t, uint32_t hop, const char *device)
{
    const struct rib_interface *i = rib_client_interface_named(t->client, device);
    struct rib_nexthop nh = {.vrf = RIB_VRF_PUBLIC, .gateway = ip_addr_v4(FIRST_GATEWAY + hop)};

    if (!i)
        die("ribd knows no such interface");
    nh.ifindex = i->ifindex;
    return nh;
}

static void do_routes(struct teller *t, const char *kind, size_t n, size_t hops, const char *device)
{
    if (hops == 0 || hops > HOPS_MAX)
        die("hops");
    t->job = (struct job){.what = JOB_ROUTES, .n_sets = hops};
    for (size_t i = 0; i < hops; i++) {
        struct rib_nexthop nh = hop_of(t, (uint32_t)i, device);

        t->job.sets[i] = rib_client_nhset_get(t->client, &nh, 1);
    }
    job_begin(t, kind, n);
}

static void do_through(struct teller *t, const char *kind, size_t n, size_t stacks, const char *address)
{
    t->job = (struct job){.what = JOB_ROUTES, .n_sets = 1, .n_labels = stacks};
    t->job.sets[0] = set_of(t, address, stacks > 0);
    job_begin(t, kind, n);
}

static void do_swaps(struct teller *t, size_t n, const char *address)
{
    free(t->labels);
    t->labels = calloc(n ? n : 1, sizeof(*t->labels));
    if (!t->labels)
        die("memory");
    t->n_swaps = n;
    t->n_installed = 0;
    t->job = (struct job){.what = JOB_SWAPS, .n_sets = 1};
    t->job.sets[0] = set_of(t, address, true);
    job_begin(t, "sequential", n);
}

static void do_noswaps(struct teller *t)
{
    say("begin", 0);
    for (size_t i = 0; i < t->n_swaps; i++) {
        rib_client_label_del(t->client, t->labels[i]);
        rib_client_label_free(t->client, t->labels[i]);
    }
    t->n_swaps = 0;
    t->is_telling = true;
    timer_arm_us(&t->timer, 0);
}

static void do_path(struct teller *t, const char *address, uint32_t hop, const char *device, uint32_t label)
{
    struct rib_nexthop nh = hop_of(t, hop, device);
    struct rib_route r = {.vrf = RIB_VRF_PUBLIC, .source = (uint8_t)source(t), .distance = distance(t)};
    struct ip_addr a;

    if (ip_addr_parse(address, &a))
        die("not an address");
    r.prefix = prefix_host(&a);
    if (label) {
        r.source = RIB_SOURCE_BGP_LABELED;
        r.label = out_label_from_wire(label);
    }
    r.nhset = rib_client_nhset_get(t->client, &nh, 1);
    say("begin", 0);
    rib_client_route_set(t->client, &r);
}

static void do_nopath(struct teller *t, const char *address)
{
    struct ip_addr a;
    struct prefix p;

    if (ip_addr_parse(address, &a))
        die("not an address");
    p = prefix_host(&a);
    say("begin", 0);
    rib_client_route_del(t->client, RIB_VRF_PUBLIC, &p, source(t));
    rib_client_route_del(t->client, RIB_VRF_PUBLIC, &p, RIB_SOURCE_BGP_LABELED);
}

static void do_subscribe(struct teller *t, const char *name)
{
    enum rib_source s = strcmp(name, "ospf") == 0 ? RIB_SOURCE_OSPF : RIB_SOURCE_BGP;

    say("begin", 0);
    rib_client_subscribe(t->client, RIB_VRF_PUBLIC, 1u << s);
}

static void command(struct teller *t, char *line)
{
    char word[16] = "", a[64] = "", b[64] = "", c[64] = "", d[64] = "";
    int n = sscanf(line, "%15s %63s %63s %63s %63s", word, a, b, c, d);

    if (t->job.what != JOB_NONE)
        die("one thing at a time");
    if (strcmp(word, "routes") == 0 && n == 5) {
        do_routes(t, a, strtoul(b, NULL, 10), strtoul(c, NULL, 10), d);
    } else if (strcmp(word, "through") == 0 && n == 4) {
        do_through(t, a, strtoul(b, NULL, 10), 0, c);
    } else if (strcmp(word, "vpn") == 0 && n == 5) {
        do_through(t, a, strtoul(b, NULL, 10), strtoul(c, NULL, 10), d);
    } else if (strcmp(word, "gone") == 0 && n == 3) {
        t->job = (struct job){.what = JOB_GONE};
        job_begin(t, a, strtoul(b, NULL, 10));
    } else if (strcmp(word, "path") == 0 && n == 5) {
        do_path(t, a, (uint32_t)strtoul(b, NULL, 10), c, (uint32_t)strtoul(d, NULL, 10));
    } else if (strcmp(word, "nopath") == 0 && n == 2) {
        do_nopath(t, a);
    } else if (strcmp(word, "subscribe") == 0 && n == 2) {
        do_subscribe(t, a);
    } else if (strcmp(word, "swaps") == 0 && n == 3) {
        do_swaps(t, strtoul(a, NULL, 10), b);
    } else if (strcmp(word, "noswaps") == 0) {
        do_noswaps(t);
    } else {
        die("what?");
    }
}

static void on_input(void *arg)
{
    struct teller *t = arg;
    ssize_t got = read(STDIN_FILENO, t->line + t->used, sizeof(t->line) - 1 - t->used);
    char *end;

    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
        loop_event_stop(t->env.loop);
        return;
    }
    if (got < 0)
        return;
    t->used += (size_t)got;
    t->line[t->used] = '\0';
    while ((end = strchr(t->line, '\n'))) {
        *end = '\0';
        command(t, t->line);
        t->used -= (size_t)(end + 1 - t->line);
        memmove(t->line, end + 1, t->used + 1);
    }
    if (t->used == sizeof(t->line) - 1)
        die("line too long");
}

/* --- what ribd says --- */

static void on_up(void *arg)
{
    struct teller *t = arg;

    rib_client_end_of_replay(t->client);
    if (!t->input && loop_event_watch(t->env.loop, STDIN_FILENO, on_input, t, &t->input))
        die("standard input");
    say("up", 0);
}

static void on_down(void *arg)
{
    (void)arg;
    die("ribd is gone");
}

static void on_labels(void *arg)
{
    struct teller *t = arg;

    if (t->job.what == JOB_SWAPS && !timer_is_armed(&t->timer))
        timer_arm_us(&t->timer, 0);
}

static void on_result(void *arg, const struct rib_label_result *r)
{
    struct teller *t = arg;

    if (r->status != RIB_LABEL_INSTALLED) {
        if (t->n_refused++ == 0)
            fprintf(stderr, "client: label %u: %s\n", r->in_label, r->reason);
        if (t->n_refused == t->n_swaps)
            say("unusable", t->n_refused);
        return;
    }
    if (++t->n_installed == t->n_swaps)
        say("installed", t->n_installed);
}

static void on_failed(void *arg, uint32_t vrf, const struct prefix *p, const char *reason)
{
    struct teller *t = arg;
    char text[PREFIX_TEXT_MAX];

    if (!t->is_complained)
        fprintf(stderr, "client: %s in %u: %s\n", prefix_text(p, text, sizeof(text)), vrf, reason);
    t->is_complained = true;
}

int main(int argc, char **argv)
{
    static const struct rib_client_events events = {.session_up = on_up,
                                                    .session_down = on_down,
                                                    .labels_available = on_labels,
                                                    .label_result = on_result,
                                                    .route_failed = on_failed};
    struct teller t = {0};

    if (argc != 3)
        die("RUN_DIR bgpd|ospfd");
    t.id = strcmp(argv[2], "ospfd") == 0 ? RIB_CLIENT_OSPFD : RIB_CLIENT_BGPD;
    t.env.loop = loop_event_create();
    t.env.io = io_event_create(t.env.loop);
    t.env.log = log_create("client", NULL, NULL);
    log_set_level(t.env.log, LOG_LEVEL_WARN);
    t.env.run_dir = t.env.state_dir = argv[1];
    timer_init(&t.timer, t.env.loop, on_timer, &t);
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    t.client = rib_client_create(&t.env, t.id, &events, &t);
    loop_event_run(t.env.loop);
    timer_cancel(&t.timer);
    rib_client_destroy(t.client);
    loop_event_unwatch(t.input);
    free(t.job.prefixes);
    free(t.labels);
    io_destroy(t.env.io);
    log_destroy(t.env.log);
    loop_destroy(t.env.loop);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * How long a big configuration takes: a real mgmtd beside this program, a front end that loads and commits, and daemons
 * that take typed edits and agree. From empty to 10,000 list entries, then one changed line in them. The floor of the
 * same run is what libyang needs to parse and validate the same configuration once.
 */
#include <inttypes.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/context.h"
#include "lib/text/parse.h"
#include "lib/text/tree.h"
#include "strata/schema.h"
#include "tests/bench/router.h"

enum { CHANGES = 9, WAIT_MS = 60000 };

struct bench {
    struct bench_router router;
    struct north *daemons[8];
    size_t n_daemons;
    unsigned n_synced;
    bool is_answered;
};

/* --- the configurations --- */

static void add_routes(struct text_buf *out, unsigned n)
{
    text_buf_puts(out, "static-routes {\n");
    for (unsigned i = 0; i < n; i++)
        text_buf_printf(out, "  route 20.%u.%u.0/24 next-hop 10.0.0.%u\n", i >> 8, i & 255, 1 + i % 200);
    text_buf_puts(out, "}\n");
}

static void add_rules(struct text_buf *out, unsigned n)
{
    text_buf_puts(out, "policy prefix-list all {\n");
    for (unsigned i = 0; i < n; i++)
        text_buf_printf(out, "  rule %u { action permit; prefix 20.%u.%u.0/24; le 32 }\n", i + 1, i >> 8, i & 255);
    text_buf_puts(out, "}\n");
}

static void add_instances(struct text_buf *out, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        text_buf_printf(out,
                        "vpn-instance V%u { route-distinguisher 100:%u; vpn-target { import 100:%u; export 100:%u } }\n"
                        "interface eth%u { vpn-instance V%u; ipv4 address 10.%u.%u.1/24 }\n",
                        i, i, i, i, i, i, i >> 8, i & 255);
}

static void mixed(struct text_buf *out, unsigned n)
{
    add_instances(out, n / 10); /* an instance and an interface with an address each */
    add_routes(out, n * 4 / 10);
    add_rules(out, n * 3 / 10);
}

/* --- the world --- */

static void on_reply(const struct front_reply *r, void *arg)
{
    struct bench *b = arg;
    (void)r;
    b->is_answered = true;
}

static void adopt(void *daemon, const void *next, const void *prev)
{
    struct bench *b = daemon;
    (void)next, (void)prev;
    b->n_synced++;
    loop_event_stop(b->router.env.loop);
}

static void bench_init(struct bench *b)
{
    static const struct north_ops ops = {.prepare = bench_agree, .commit = adopt};

    memset(b, 0, sizeof(*b));
    bench_router_start(&b->router, WAIT_MS, on_reply, b);
    for (const struct schema_owner *o = schema_owners; o->daemon && b->n_daemons < 8; o++)
        if (strcmp(o->daemon, "ribd") == 0 || strcmp(o->daemon, "vpnd") == 0)
            b->daemons[b->n_daemons++] = north_create(&b->router.env, o->daemon, o->schema, &ops, b);
    while (b->n_synced < b->n_daemons)
        loop_event_run(b->router.env.loop);
}

static void bench_fini(struct bench *b)
{
    for (size_t i = 0; i < b->n_daemons; i++)
        north_destroy(b->daemons[i]);
    bench_router_end(&b->router);
}

static double ask(struct bench *b, const struct front_request *r)
{
    double start = bench_now_ms();
    b->is_answered = false;
    if (!front_send(b->router.front, r))
        bench_die("cannot ask");
    bench_router_run(&b->router, &b->is_answered);
    return bench_now_ms() - start;
}

static void load_and_commit(struct bench *b, const char *text, enum front_load how, double *load_ms, double *commit_ms)
{
    struct front_request load = {.op = FRONT_LOAD, .text = text, .name = "bench.conf", .load = how};
    struct front_request commit = {.op = FRONT_COMMIT, .name = "bench"};
    *load_ms = ask(b, &load);
    *commit_ms = ask(b, &commit);
}

/* --- the floor --- */

static struct ly_ctx *make_context(void)
{
    char dir[512], error[512];
    const char *dirs[] = {dir, NULL};
    struct ly_ctx *ctx = NULL;
    yang_default_dir(dir, sizeof(dir));
    if (yang_context_create(dirs, &ctx, error, sizeof(error)))
        bench_die(error);
    return ctx;
}

/* libyang alone: JSON to a validated tree. */
static double floor_ms(const struct ly_ctx *ctx, const char *text)
{
    struct text_source src = {.name = "bench.conf", .text = text, .len = strlen(text)};
    struct text_error err;
    struct lyd_node *tree = NULL, *again = NULL;
    char *json = NULL;

    if (text_parse(ctx, &src, &tree, &err))
        bench_die(err.message);
    if (lyd_print_mem(&json, tree, LYD_JSON, LYD_PRINT_WITHSIBLINGS))
        bench_die("cannot print");
    double start = bench_now_ms();
    if (lyd_parse_data_mem(ctx, json, LYD_JSON, LYD_PARSE_STRICT | LYD_PARSE_NO_STATE, LYD_VALIDATE_NO_STATE, &again))
        bench_die("cannot parse");
    double ms = bench_now_ms() - start;
    free(json);
    lyd_free_all(tree);
    lyd_free_all(again);
    return ms;
}

static void report(const char *name, const char *what, double ms, double floor)
{
    printf("{\"name\": \"config %s, %s\", \"value\": %.1f, \"unit\": \"ms\", \"ratio\": %.2f, \"against\": \"libyang "
           "parsing and validating it (%.1f ms)\"}\n",
           name, what, ms, ms / floor, floor);
    fflush(stdout);
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void bench_one(const struct ly_ctx *ctx, const char *name, void (*fill)(struct text_buf *out, unsigned n))
{
    struct text_buf text = {0};
    struct bench b;
    double load, commit, loads[CHANGES], sums[CHANGES], floor;
    char change[64];

    fill(&text, 10000);
    floor = floor_ms(ctx, text_buf_get(&text));
    bench_init(&b);
    load_and_commit(&b, text_buf_get(&text), FRONT_OVERRIDE, &load, &commit);
    report(name, "load", load, floor);
    report(name, "load and commit", load + commit, floor);
    for (unsigned i = 0; i < CHANGES; i++) {
        snprintf(change, sizeof(change), "static-routes route 20.0.5.0/24 next-hop 10.0.1.%u", i + 1);
        load_and_commit(&b, change, FRONT_MERGE, &loads[i], &commit);
        sums[i] = loads[i] + commit;
    }
    qsort(loads, CHANGES, sizeof(loads[0]), by_value);
    qsort(sums, CHANGES, sizeof(sums[0]), by_value);
    report(name, "one line changed, load", loads[CHANGES / 2], floor);
    report(name, "one line changed, load and commit", sums[CHANGES / 2], floor);
    bench_fini(&b);
    text_buf_fini(&text);
}

int main(void)
{
    struct ly_ctx *ctx = make_context();
    bench_one(ctx, "10,000 static routes", add_routes);
    bench_one(ctx, "10,000 rules of a prefix list", add_rules);
    bench_one(ctx, "10,000 mixed entries", mixed);
    ly_ctx_destroy(ctx);
    return 0;
}

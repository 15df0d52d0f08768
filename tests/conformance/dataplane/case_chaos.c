/* SPDX-License-Identifier: Apache-2.0
 *
 * Random disturbance of a whole ribd with a client: links, addresses, devices, other programs' hands in everything that
 * is ribd's, lost news, deaths. After each quiet time the kernel holds exactly what it held before, packets take their
 * ways, and the audit is clean.
 *
 * Each run comes from a seed: STRATA_CHAOS_SEED=N does only that one again, and tells each step.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/daemon.h"
#include "src/ribd/ribd.h"
#include "strata/rib_client.h"
#include "tests/conformance/dataplane/router.h"
#include "tests/unit/ribd/recount.h"

enum { ROUNDS = 5, STEPS = 8, GAP_MS = 300, SETTLED_MS = 3000, OUR_METRIC = 51 };

struct chaos {
    struct router r; /* first */
    uint64_t random;
    bool is_told;
    bool is_silent; /* something was done in this round that makes no notification */
    struct rib_client *client;
    uint32_t label, table_of_red;
    struct holdings before;
};

/* --- a client: one route, one label --- */

static void client_tell(struct chaos *c)
{
    struct rib_fec fec = {.purpose = RIB_LABEL_BGP_LABELED, .prefix = pfx("20.2.0.0/24")};
    struct rib_nexthop nh = {.gateway = addr("10.90.1.2")};
    struct rib_route route = {.prefix = fec.prefix, .source = RIB_SOURCE_BGP_LABELED, .distance = 20};
    struct rib_label_entry e = {.op = RIB_LABEL_SWAP, .fec = fec, .label = out_label_from_wire(300)};
    struct rib_scope_member member = {.neighbor = addr("10.90.0.2")};

    if (rib_client_label_alloc(c->client, &fec, &c->label) < 0)
        return; /* labels_available comes */
    route.nhset = e.nhset = rib_client_nhset_get(c->client, &nh, 1);
    route.label = e.label;
    e.scope = rib_client_scope_get(c->client, &member, 1);
    e.in_label = c->label;
    rib_client_route_set(c->client, &route);
    rib_client_label_set(c->client, &e);
    rib_client_end_of_replay(c->client);
}

static void on_client_news(void *arg)
{
    client_tell(arg);
}

static void client_start(struct chaos *c)
{
    static const struct rib_client_events events = {.session_up = on_client_news, .labels_available = on_client_news};

    if (!c->client)
        c->client = rib_client_create(fx_backend.env(c->r.b.fx), RIB_CLIENT_BGPD, &events, c);
}

static void client_die(struct chaos *c)
{
    if (c->client)
        rib_client_destroy(c->client);
    c->client = NULL;
}

static bool is_client_served(struct router *r)
{
    struct chaos *c = (struct chaos *)(void *)r;
    char label[16];

    snprintf(label, sizeof(label), "%u", c->label);
    return c->label && router_passes(&r->b, 1, "", "20.2.0.9", "300") &&
           router_passes(&r->b, 1, label, "20.0.0.9", "300");
}

/* --- what is done --- */

static uint32_t pick(struct chaos *c, uint32_t n)
{
    uint64_t z = c->random += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) % n);
}

/* One of ours, and the table it is in. */
static struct prefix some_prefix(struct chaos *c, uint32_t *table)
{
    static const char *const prefixes[] = {"20.0.0.0/24", "20.0.1.0/24", "20.2.0.0/24", "20.9.0.0/24"};
    uint32_t i = pick(c, 4);

    *table = i == 3 ? c->table_of_red : 0;
    return pfx(prefixes[i]);
}

static void carrier(struct chaos *c)
{
    fx_backend.carrier(c->r.b.fx, 1 + pick(c, 2), pick(c, 2));
}

static void admin(struct chaos *c)
{
    fx_backend.foreign_admin(c->r.b.fx, pick(c, FX_PORTS), pick(c, 2));
}

static void address(struct chaos *c)
{
    fx_backend.foreign_address(c->r.b.fx, pick(c, FX_PORTS), pick(c, 2));
}

static void recreate(struct chaos *c)
{
    fx_backend.foreign_recreate(c->r.b.fx, pick(c, FX_PORTS));
}

static void rename_port(struct chaos *c)
{
    char name[8];

    snprintf(name, sizeof(name), "p%u", pick(c, FX_PORTS));
    fx_backend.foreign_rename(c->r.b.fx, name, "other");
    bench_run(&c->r.b, NULL, pick(c, GAP_MS));
    fx_backend.foreign_rename(c->r.b.fx, "other", name);
}

static void delete_device(struct chaos *c)
{
    fx_backend.foreign_delete_link(c->r.b.fx, "red");
}

static void delete_end(struct chaos *c)
{
    fx_backend.foreign_delete_end(c->r.b.fx, c->table_of_red);
}

static void flush_ruleset(struct chaos *c)
{
    fx_backend.foreign_flush_ruleset(c->r.b.fx);
}

static void input(struct chaos *c)
{
    fx_backend.foreign_input(c->r.b.fx, pick(c, FX_PORTS), false);
    c->is_silent = true;
}

static void delete_route(struct chaos *c)
{
    uint32_t table;
    struct prefix p = some_prefix(c, &table);

    fx_backend.foreign_delete_route(c->r.b.fx, table, &p);
}

static void delete_label(struct chaos *c)
{
    fx_backend.foreign_delete_label(c->r.b.fx, 100 + pick(c, 2));
}

static void replace_label(struct chaos *c)
{
    fx_backend.foreign_replace_label(c->r.b.fx, 100 + pick(c, 2), 1 + pick(c, 2));
}

static void replace_nexthops(struct chaos *c)
{
    fx_backend.foreign_replace_nexthops(c->r.b.fx, 1 + pick(c, 2));
}

static void delete_nexthops(struct chaos *c)
{
    fx_backend.foreign_delete_nexthops(c->r.b.fx);
}

static const uint32_t metrics[] = {0, OUR_METRIC, 500};

static void stranger(struct chaos *c)
{
    uint32_t table;
    struct prefix p = some_prefix(c, &table);
    uint32_t metric = metrics[pick(c, 3)];

    fx_backend.foreign_route_add(c->r.b.fx, table, &p, 1 + pick(c, 2), metric);
}

static void stranger_gone(struct chaos *c)
{
    uint32_t table;
    struct prefix p = some_prefix(c, &table);

    fx_backend.foreign_route_del(c->r.b.fx, table, &p, metrics[pick(c, 3)]);
}

static void overrun(struct chaos *c)
{
    fx_backend.foreign_overrun(c->r.b.fx);
}

static void restart(struct chaos *c)
{
    struct bench *b = &c->r.b;

    ribd_destroy(c->r.d);
    b->ops->destroy(b->dp);
    if (pick(c, 2)) /* while nobody looks */
        delete_route(c);
    b->dp = fx_backend.dataplane(b->fx);
    c->r.d = ribd_create(fx_backend.env(b->fx), b->dp);
    assert_non_null(c->r.d);
    router_configure(&c->r, false);
}

static void client_life(struct chaos *c)
{
    if (c->client)
        client_die(c);
    else
        client_start(c);
}

static const struct {
    const char *name;
    void (*go)(struct chaos *c);
} disturbances[] = {
    {"carrier", carrier},
    {"carrier", carrier},
    {"admin", admin},
    {"admin", admin},
    {"address", address},
    {"recreate", recreate},
    {"rename", rename_port},
    {"delete-device", delete_device},
    {"delete-end", delete_end},
    {"flush-ruleset", flush_ruleset},
    {"input", input},
    {"delete-route", delete_route},
    {"delete-label", delete_label},
    {"replace-label", replace_label},
    {"replace-nexthops", replace_nexthops},
    {"delete-nexthops", delete_nexthops},
    {"stranger", stranger},
    {"stranger", stranger},
    {"stranger-gone", stranger_gone},
    {"overrun", overrun},
    {"restart", restart},
    {"client", client_life},
};

/* --- quiet --- */

static void end_strangers(struct chaos *c)
{
    static const char *const prefixes[] = {"20.0.0.0/24", "20.0.1.0/24", "20.2.0.0/24", "20.9.0.0/24"};

    for (size_t i = 0; i < 4; i++) {
        struct prefix p = pfx(prefixes[i]);

        for (size_t k = 0; k < 3; k++)
            fx_backend.foreign_route_del(c->r.b.fx, i == 3 ? c->table_of_red : 0, &p, metrics[k]);
    }
}

/* What somebody did by hand is undone by hand; the rest is ribd's business. */
static void calm(struct chaos *c)
{
    for (unsigned i = 0; i < FX_PORTS; i++) {
        fx_backend.foreign_admin(c->r.b.fx, i, true);
        fx_backend.foreign_address(c->r.b.fx, i, true);
        fx_backend.carrier(c->r.b.fx, i, true);
    }
    end_strangers(c);
    client_start(c);
    bench_run(&c->r.b, NULL, SETTLED_MS);
    if (c->is_silent) /* an audit finds it, as there is one every ten minutes; else nobody has to help */
        router_audit(&c->r, true, NULL, 0);
    c->is_silent = false;
    router_recovers(&c->r);
}

static void assert_same(struct chaos *c)
{
    struct holdings now = holdings(&c->r.b);

    assert_int_equal(now.n_nexthops, c->before.n_nexthops);
    assert_int_equal(now.n_routes, c->before.n_routes);
    assert_int_equal(now.n_labels, c->before.n_labels);
    assert_int_equal(now.n_guard, c->before.n_guard);
    assert_int_equal(recount(c->r.d->rib), 0);
}

static void round_of(struct chaos *c)
{
    for (unsigned i = 0; i < STEPS; i++) {
        uint32_t which = pick(c, sizeof(disturbances) / sizeof(disturbances[0]));

        if (c->is_told)
            print_message("  %s\n", disturbances[which].name);
        disturbances[which].go(c);
        bench_run(&c->r.b, NULL, pick(c, 3) ? pick(c, GAP_MS) : 0);
    }
    if (c->is_told)
        print_message("  quiet\n");
    calm(c);
    assert_same(c);
}

static void run_seed(uint64_t seed, bool is_told)
{
    struct chaos c = {.random = seed, .is_told = is_told};
    struct rib_instance red;
    void *router;

    router_setup(&router);
    memcpy(&c.r, router, sizeof(c.r));
    router_start(&c.r);
    assert_true(ribd_instances_find(c.r.d->instances, "red", &red));
    c.table_of_red = red.vrf;
    client_start(&c);
    c.r.n_more = 1;
    c.r.is_whole = is_client_served;
    router_recovers(&c.r);
    c.before = holdings(&c.r.b);
    for (unsigned i = 0; i < ROUNDS; i++)
        round_of(&c);
    client_die(&c);
    memcpy(router, &c.r, sizeof(c.r));
    router_teardown(&router);
}

static void test_chaos__leaves_nothing_behind(void **state)
{
    const char *only = getenv("STRATA_CHAOS_SEED");
    struct router *probe = *state;

    need_guard(&probe->b);
    need_vrf(&probe->b);
    if (only) {
        run_seed(strtoull(only, NULL, 0), true);
        return;
    }
    for (uint64_t seed = 1; seed <= fx_backend.n_seeds; seed++) {
        print_message("# STRATA_CHAOS_SEED=%lu\n", (unsigned long)seed);
        run_seed(seed, false);
    }
}

int run_chaos_cases(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_chaos__leaves_nothing_behind, router_setup, router_teardown),
    };

    return cmocka_run_group_tests_name("chaos", tests, NULL, NULL);
}

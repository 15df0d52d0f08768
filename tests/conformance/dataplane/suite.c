/* SPDX-License-Identifier: Apache-2.0
 *
 * The bench of the conformance cases, and the program's main.
 */
#include "tests/conformance/dataplane/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <string.h>

#include "strata/mem.h"

static struct dp_link *find_link(struct bench *b, uint32_t ifindex)
{
    for (size_t i = 0; i < b->n_links; i++)
        if (b->links[i].ifindex == ifindex)
            return &b->links[i];
    return NULL;
}

static void on_link(void *arg, const struct dp_link *link)
{
    struct bench *b = arg;
    struct dp_link *known = find_link(b, link->ifindex);

    if (!known) {
        assert_true(b->n_links < LINKS_MAX);
        known = &b->links[b->n_links++];
    }
    *known = *link;
    b->link_events++;
    if (!link->is_admin_up || !link->has_carrier)
        b->was_down[known - b->links] = true;
    if (b->on_link)
        b->on_link(b, link);
}

static void on_link_gone(void *arg, uint32_t ifindex)
{
    struct bench *b = arg;
    struct dp_link *known = find_link(b, ifindex);

    assert_non_null(known);
    *known = b->links[--b->n_links];
}

static void on_address(void *arg, uint32_t ifindex, const struct prefix *a, bool is_gone)
{
    struct bench *b = arg;

    for (size_t i = 0; i < b->n_addresses; i++) {
        if (b->addresses[i].ifindex != ifindex || !prefix_equal(&b->addresses[i].prefix, a))
            continue;
        assert_true(is_gone); /* told once */
        b->addresses[i] = b->addresses[--b->n_addresses];
        return;
    }
    assert_false(is_gone);
    assert_true(b->n_addresses < ADDRESSES_MAX);
    b->addresses[b->n_addresses].ifindex = ifindex;
    b->addresses[b->n_addresses++].prefix = *a;
}

static void on_started(void *arg)
{
    ((struct bench *)arg)->started++;
}

static void on_result(void *arg, uint64_t cookie, int error, const char *text)
{
    struct bench *b = arg;

    assert_true(b->n_results < RESULTS_MAX);
    assert_non_null(text);
    b->results[b->n_results].cookie = cookie;
    b->results[b->n_results].batch = b->batches;
    b->results[b->n_results++].error = error;
    if (error)
        snprintf(b->last_error, sizeof(b->last_error), "%s", text);
}

static void on_batch_done(void *arg)
{
    ((struct bench *)arg)->batches++;
}

static void on_foreign_change(void *arg, const char *what)
{
    assert_non_null(what);
    ((struct bench *)arg)->foreign_changes++;
}

static void on_foreign_route(void *arg, const struct dp_foreign_route *r, bool is_gone)
{
    struct bench *b = arg;
    size_t i = 0;

    b->foreign_events++;
    if (b->is_counting) {
        b->n_foreign = is_gone ? b->n_foreign - 1 : b->n_foreign + 1;
        return;
    }
    while (i < b->n_foreign &&
           (b->foreign[i].route.table != r->table || !prefix_equal(&b->foreign[i].route.prefix, &r->prefix)))
        i++;
    if (is_gone) {
        assert_true(i < b->n_foreign); /* told before */
        b->foreign[i] = b->foreign[--b->n_foreign];
        return;
    }
    assert_true(i < FOREIGN_MAX);
    if (i == b->n_foreign)
        b->n_foreign++;
    b->foreign[i].route = *r;
    b->foreign[i].route.nexthops = NULL;
    if (r->n)
        memcpy(b->foreign[i].hops, r->nexthops, r->n * sizeof(r->nexthops[0]));
}

static void on_foreign_label(void *arg, uint32_t label, bool is_gone)
{
    struct bench *b = arg;
    size_t i = 0;

    while (i < b->n_foreign_labels && b->foreign_labels[i] != label)
        i++;
    if (is_gone) {
        assert_true(i < b->n_foreign_labels); /* told before */
        b->foreign_labels[i] = b->foreign_labels[--b->n_foreign_labels];
        return;
    }
    assert_true(i < FOREIGN_LABELS_MAX);
    b->foreign_labels[i] = label;
    b->n_foreign_labels += i == b->n_foreign_labels;
}

static void on_guard_lost(void *arg)
{
    struct bench *b = arg;

    b->guard_losses++;
    for (unsigned i = 0; i < FX_PORTS; i++)
        b->input_at_loss[i] = fx_backend.accepts_labels(b->fx, i);
}

static void on_guard_restored(void *arg)
{
    ((struct bench *)arg)->guard_returns++;
}

static void on_guard_switched(void *arg, bool is_enabled)
{
    struct bench *b = arg;

    b->guard_switches++;
    b->is_guard_on = is_enabled;
}

static const struct dp_events events = {
    .link = on_link,
    .link_gone = on_link_gone,
    .address = on_address,
    .started = on_started,
    .result = on_result,
    .batch_done = on_batch_done,
    .foreign_change = on_foreign_change,
    .foreign_route = on_foreign_route,
    .foreign_label = on_foreign_label,
    .guard_lost = on_guard_lost,
    .guard_restored = on_guard_restored,
    .guard_switched = on_guard_switched,
};

int bench_setup(void **state)
{
    struct bench *b = MEM_NEW(NULL, struct bench);
    char name[16];

    b->fx = fx_backend.create();
    b->foreign = mem_alloc(NULL, FOREIGN_MAX * sizeof(b->foreign[0]));
    for (unsigned i = 0; i < FX_PORTS; i++) {
        snprintf(name, sizeof(name), "p%u", i);
        b->port[i] = fx_backend.ifindex(b->fx, name);
        assert_int_not_equal(b->port[i], 0);
    }
    b->dp = fx_backend.dataplane(b->fx);
    b->ops = b->dp->ops;
    *state = b;
    return 0;
}

int bench_teardown(void **state)
{
    struct bench *b = *state;

    b->ops->destroy(b->dp);
    fx_backend.destroy(b->fx);
    mem_free(NULL, b->foreign);
    mem_free(NULL, b);
    return 0;
}

bool bench_run(struct bench *b, bool (*is_done)(void *arg), unsigned ms)
{
    return fx_backend.run(b->fx, is_done, b, ms);
}

static bool is_started(void *arg)
{
    return ((struct bench *)arg)->started > 0;
}

void bench_begin(struct bench *b)
{
    b->ops->platform(b->dp, &b->platform);
    assert_int_equal(b->ops->setup(b->dp, 100000), 0);
    assert_int_equal(b->ops->start(b->dp, &events, b), 0);
    assert_int_equal(b->started, 0); /* events come from the loop */
}

void bench_start(struct bench *b)
{
    bench_begin(b);
    assert_true(bench_run(b, is_started, 60000)); /* many guarded labels are read before */
}

void bench_renew(struct bench *b)
{
    b->ops->destroy(b->dp);
    b->n_links = b->n_addresses = b->n_foreign = b->n_foreign_labels = 0;
    b->started = 0;
    bench_forget(b);
    b->dp = fx_backend.dataplane(b->fx);
    b->ops = b->dp->ops;
}

void bench_restart(struct bench *b)
{
    bench_renew(b);
    bench_start(b);
}

void bench_forget(struct bench *b)
{
    b->n_results = 0;
    b->batches = b->link_events = b->foreign_changes = b->guard_losses = b->guard_returns = b->guard_switches =
        b->foreign_events = 0;
    memset(b->was_down, 0, sizeof(b->was_down));
    b->last_error[0] = '\0';
}

static bool is_batch_done(void *arg)
{
    return ((struct bench *)arg)->batches > 0;
}

int bench_flush(struct bench *b)
{
    bench_forget(b);
    b->ops->flush(b->dp);
    assert_int_equal(b->n_results, 0); /* results come from the loop */
    assert_true(bench_run(b, is_batch_done, 60000));
    assert_int_equal(b->batches, 1);
    for (size_t i = 0; i < b->n_results; i++)
        if (b->results[i].error)
            return b->results[i].error;
    return 0;
}

const struct dp_link *bench_link(struct bench *b, const char *name)
{
    for (size_t i = 0; i < b->n_links; i++)
        if (strcmp(b->links[i].name, name) == 0)
            return &b->links[i];
    return NULL;
}

bool bench_has_address(struct bench *b, uint32_t ifindex, const char *text)
{
    struct prefix p = pfx(text);

    for (size_t i = 0; i < b->n_addresses; i++)
        if (b->addresses[i].ifindex == ifindex && prefix_equal(&b->addresses[i].prefix, &p))
            return true;
    return false;
}

static bool is_guard_back(void *arg)
{
    const struct bench *b = arg;

    return b->guard_losses > 0 && b->guard_returns > 0;
}

void bench_wait_guard(struct bench *b)
{
    assert_true(bench_run(b, is_guard_back, 60000));
}

static bool is_guard_switched(void *arg)
{
    return ((struct bench *)arg)->guard_switches > 0;
}

void bench_switch_guard(struct bench *b, bool is_enabled)
{
    char why[RIB_TEXT_MAX];

    b->guard_switches = 0;
    assert_int_equal(b->ops->guard_enable(b->dp, is_enabled, why), -EINPROGRESS);
    assert_int_equal(b->guard_switches, 0); /* it comes from the loop */
    assert_true(bench_run(b, is_guard_switched, 60000));
    assert_true(b->is_guard_on == is_enabled);
    assert_int_equal(b->ops->guard_enable(b->dp, is_enabled, why), 0); /* so already */
}

void bench_wait_up(struct bench *b, unsigned port, bool is_up)
{
    for (int i = 0; i < 500; i++) {
        const struct dp_link *link = find_link(b, b->port[port]);

        if (link && (link->is_admin_up && link->has_carrier) == is_up)
            return;
        bench_run(b, NULL, 10);
    }
    fail_msg("port %u did not go %s", port, is_up ? "up" : "down");
}

void need_mpls(struct bench *b)
{
    if (!b->platform.has_mpls)
        skip();
}

void need_vrf(struct bench *b)
{
    if (!b->platform.has_vrf)
        skip();
}

void need_guard(struct bench *b)
{
    if (!b->platform.has_guard || !b->platform.has_mpls)
        skip();
}

struct ip_addr addr(const char *text)
{
    struct ip_addr a;

    assert_int_equal(ip_addr_parse(text, &a), 0);
    return a;
}

struct prefix pfx(const char *text)
{
    struct prefix p;

    assert_int_equal(prefix_parse(text, &p), 0);
    return p;
}

static uint8_t parse_stack(const char *text, uint32_t *out)
{
    uint8_t n = 0;

    while (*text) {
        char *end;

        out[n++] = (uint32_t)strtoul(text, &end, 10);
        text = *end == '/' ? end + 1 : end;
    }
    return n;
}

struct out_label labels_of(const char *stack)
{
    struct out_label l = out_label_none();

    if (strcmp(stack, "3") == 0)
        return out_label_implicit_null();
    if (*stack) {
        l.state = LABEL_STATE_STACK;
        l.stack.depth = parse_stack(stack, l.stack.label);
    }
    return l;
}

struct dp_nexthop hop(struct bench *b, unsigned port, const char *stack)
{
    char text[ADDR_TEXT_MAX];

    snprintf(text, sizeof(text), "10.90.%u.2", port);
    return (struct dp_nexthop){.ifindex = b->port[port], .gateway = addr(text), .label = labels_of(stack)};
}

void put_nexthop(struct bench *b, uint32_t id, const struct dp_nexthop *nh, size_t n)
{
    b->ops->nexthop_set(b->dp, ++b->cookie, id, nh, n);
}

void put_route(struct bench *b, uint32_t table, const char *prefix, uint32_t nexthop_id)
{
    struct dp_route r = {.table = table, .prefix = pfx(prefix), .nexthop_id = nexthop_id};

    b->ops->route_set(b->dp, ++b->cookie, &r);
}

void put_way(struct bench *b, uint32_t nexthop_id, unsigned port, const char *stack, uint32_t table, const char *prefix)
{
    struct dp_nexthop nh = hop(b, port, stack);

    put_nexthop(b, nexthop_id, &nh, 1);
    put_route(b, table, prefix, nexthop_id);
}

void put_label(struct bench *b, uint32_t in_label, const struct dp_nexthop *nh, size_t n)
{
    struct dp_label l = {.in_label = in_label, .n_nexthops = (uint8_t)n};

    memcpy(l.nexthops, nh, n * sizeof(*nh));
    b->ops->label_set(b->dp, ++b->cookie, &l);
}

void put_lookup(struct bench *b, uint32_t in_label, uint32_t ifindex)
{
    struct dp_label l = {.in_label = in_label, .lookup_ifindex = ifindex};

    b->ops->label_set(b->dp, ++b->cookie, &l);
}

void guard_port_on(struct bench *b, unsigned port, bool is_guarded)
{
    b->ops->guard_interface(b->dp, ++b->cookie, b->port[port], is_guarded);
}

void guard_label(struct bench *b, unsigned port, uint32_t label, bool is_allowed)
{
    b->ops->guard_set(b->dp, ++b->cookie, b->port[port], label, is_allowed);
}

uint32_t make_vrf(struct bench *b, const char *device, uint32_t table)
{
    char why[RIB_TEXT_MAX] = "";
    char alias[64];
    uint32_t ifindex;

    snprintf(alias, sizeof(alias), "strata %s", device);
    if (b->ops->vrf_create(b->dp, device, table, alias, why) != 0)
        fail_msg("vrf_create: %s", why);
    ifindex = fx_backend.ifindex(b->fx, device);
    assert_int_not_equal(ifindex, 0);
    return ifindex;
}

void enslave(struct bench *b, unsigned port, const char *device)
{
    char why[RIB_TEXT_MAX] = "";

    if (b->ops->link_set_master(b->dp, b->port[port], device, why) != 0)
        fail_msg("link_set_master: %s", why);
    bench_run(b, NULL, 50); /* the bounce */
    bench_wait_up(b, port, true);
}

void accept_labels(struct bench *b, unsigned port)
{
    char why[RIB_TEXT_MAX] = "";

    if (b->ops->link_set_mpls(b->dp, b->port[port], true, why) != 0)
        fail_msg("link_set_mpls: %s", why);
}

uint32_t make_vrf_of(struct bench *b, const char *device, uint32_t table, unsigned port)
{
    uint32_t ifindex = make_vrf(b, device, table);

    enslave(b, port, device);
    return ifindex;
}

void bench_start_up(struct bench *b)
{
    bench_start(b);
    for (unsigned i = 0; i < FX_PORTS; i++)
        bench_wait_up(b, i, true);
}

void bench_start_mpls(struct bench *b)
{
    bench_start(b);
    need_mpls(b);
    for (unsigned i = 0; i < FX_PORTS; i++) {
        bench_wait_up(b, i, true);
        accept_labels(b, i);
    }
}

struct fx_packet packet(struct bench *b, const char *stack, const char *destination)
{
    struct fx_packet p = {.kind = FX_DATA, .source = addr("172.16.0.1"), .destination = addr(destination)};

    p.n_labels = parse_stack(stack, p.labels);
    p.id = ++b->packet_id;
    return p;
}

static void assert_stack(const struct fx_packet *p, const char *expected)
{
    uint32_t labels[FX_LABELS_MAX];
    uint8_t n = parse_stack(expected, labels);

    assert_int_equal(p->n_labels, n);
    for (uint8_t i = 0; i < n; i++)
        assert_int_equal(p->labels[i], labels[i]);
}

void assert_forwarded(struct bench *b, unsigned in, unsigned out, const char *stack, const char *destination,
                      const char *expected_stack)
{
    struct fx_packet sent = packet(b, stack, destination), got;

    fx_backend.send(b->fx, in, &sent);
    do {
        if (!fx_backend.receive(b->fx, out, &got, WAIT_MS))
            fail_msg("[%s] %s did not come out of port %u", stack, destination, out);
    } while (got.id != sent.id);
    assert_stack(&got, expected_stack);
    assert_true(ip_addr_equal(&got.destination, &sent.destination));
    assert_int_equal(got.kind, FX_DATA);
}

void assert_dropped(struct bench *b, unsigned in, const char *stack, const char *destination)
{
    struct fx_packet sent = packet(b, stack, destination), got;

    fx_backend.send(b->fx, in, &sent);
    for (unsigned i = 0; i < FX_PORTS; i++)
        while (fx_backend.receive(b->fx, i, &got, i == 0 ? SILENCE_MS : 0))
            if (got.id == sent.id && got.kind == FX_DATA)
                fail_msg("[%s] %s came out of port %u", stack, destination, i);
}

static void hold_nexthop(void *arg, uint32_t id, const struct dp_nexthop *nh, size_t n)
{
    struct holdings *h = arg;

    (void)id;
    h->n_nexthops++;
    h->n_hops = n;
    memcpy(h->nexthop, nh, n * sizeof(*nh));
}

static void hold_route(void *arg, const struct dp_route *route)
{
    struct holdings *h = arg;

    h->n_routes++;
    h->route = *route;
}

static void hold_label(void *arg, const struct dp_label *label)
{
    struct holdings *h = arg;

    h->n_labels++;
    h->label = *label;
}

static void hold_guard(void *arg, uint32_t ifindex, uint32_t label)
{
    struct holdings *h = arg;

    assert_true(ifindex != 0 && label >= LABEL_FIRST_UNRESERVED);
    h->n_guard++;
}

static void hold_done(void *arg, int error)
{
    assert_int_equal(error, 0);
    ((struct holdings *)arg)->b->is_dumped = true;
}

static bool is_dumped(void *arg)
{
    return ((struct bench *)arg)->is_dumped;
}

struct holdings holdings(struct bench *b)
{
    static const struct dp_dump dump = {hold_nexthop, hold_route, hold_label, hold_guard, hold_done};
    struct holdings h = {.b = b};
    int error;

    b->is_dumped = false;
    while ((error = b->ops->dump(b->dp, &dump, &h)) == -EBUSY) /* a ribd reads, too */
        bench_run(b, NULL, 10);
    assert_int_equal(error, 0);
    assert_true(bench_run(b, is_dumped, DUMP_MS));
    return h;
}

int main(int argc, char **argv)
{
    int failed = 0;

    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* a pattern with * */
    printf("data plane: %s\n", fx_backend.name);
    failed += run_link_cases();
    failed += run_write_cases();
    failed += run_route_cases();
    failed += run_label_cases();
    failed += run_ttl_cases();
    failed += run_foreign_cases();
    failed += run_audit_cases();
    failed += run_vrf_cases();
    failed += run_guard_cases();
    failed += run_own_cases();
    failed += run_ribd_cases();
    failed += run_chaos_cases();
    return failed ? 1 : 0;
}

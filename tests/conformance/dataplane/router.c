/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole ribd on the bench's router, with a configuration: what of it shall work, and that nothing else does.
 */
#include "tests/conformance/dataplane/router.h"

#include <stdio.h>
#include <string.h>

#include "src/ribd/daemon.h"
#include "src/ribd/ribd.h"
#include "strata/mem.h"

enum { PATIENCE_MS = 60000, STEP_MS = 100 };

/* --- configuration --- */

static struct hop_wish over(unsigned port, const char *stack)
{
    struct hop_wish h = {.label = labels_of(stack), .distance = 1};
    char text[32];

    snprintf(text, sizeof(text), "10.90.%u.2", port);
    h.address = addr(text);
    snprintf(h.interface, sizeof(h.interface), "p%u", port);
    return h;
}

/* Routes: labelled, over two legs, in a VPN instance. Labels: swapped, popped into the instance. All come in at p0. */
void router_configure(struct router *r, bool is_pipe)
{
    struct prefix addresses[FX_PORTS];
    struct port_wish ports[FX_PORTS];
    const char *instances[] = {"red"};
    struct hop_wish labelled = over(1, "200"), legs[2] = {over(1, ""), over(2, "")}, plain = over(1, "");
    struct hop_wish swapped = over(1, "201");
    struct static_wish statics[3];
    struct lsp_wish lsps[2];
    struct ribd_wish wish = {.ports = ports,
                             .n_ports = FX_PORTS,
                             .instances = instances,
                             .n_instances = 1,
                             .is_pipe = &is_pipe,
                             .is_public_pipe = is_pipe,
                             .statics = statics,
                             .n_statics = 3,
                             .lsps = lsps,
                             .n_lsps = 2,
                             .labels = {.first = 1000, .last = 1999, .static_first = 16, .static_last = 999},
                             .stale_time_sec = 1};

    memset(ports, 0, sizeof(ports));
    memset(statics, 0, sizeof(statics));
    memset(lsps, 0, sizeof(lsps));
    for (unsigned i = 0; i < FX_PORTS; i++) {
        char text[32];

        snprintf(ports[i].name, sizeof(ports[i].name), "p%u", i);
        snprintf(text, sizeof(text), "10.90.%u.1/24", i);
        addresses[i] = pfx(text);
        ports[i].is_enabled = ports[i].has_mpls = true;
        ports[i].n_addresses = 1;
        ports[i].addresses = &addresses[i];
    }
    ports[0].is_guarded = true;
    statics[0] = (struct static_wish){.prefix = pfx("20.0.0.0/24"), .distance = 1, .n_hops = 1, .hops = &labelled};
    statics[1] = (struct static_wish){.prefix = pfx("20.0.1.0/24"), .distance = 1, .n_hops = 2, .hops = legs};
    statics[2] = (struct static_wish){
        .instance = "red", .prefix = pfx("20.9.0.0/24"), .distance = 1, .n_hops = 1, .hops = &plain};
    lsps[0] = (struct lsp_wish){.name = "swap",
                                .in_label = 100,
                                .n_hops = 1,
                                .hops = &swapped,
                                .n_guarded = 1,
                                .guarded = (char[][RIB_IFNAME_MAX]){"p0"}};
    lsps[1] = (struct lsp_wish){.name = "into-red",
                                .in_label = 101,
                                .is_lookup = true,
                                .lookup = "red",
                                .n_guarded = 1,
                                .guarded = (char[][RIB_IFNAME_MAX]){"p0"}};
    ribd_apply(r->d, &wish);
}

/* --- what shall work --- */

bool router_passes(struct bench *b, unsigned out, const char *stack, const char *destination, const char *expected)
{
    struct out_label want = labels_of(expected);
    struct fx_packet sent = packet(b, stack, destination), got;

    fx_backend.send(b->fx, 0, &sent);
    while (fx_backend.receive(b->fx, out, &got, STEP_MS))
        if (got.id == sent.id && got.n_labels == want.stack.depth &&
            (got.n_labels == 0 || got.labels[0] == want.stack.label[0]))
            return true;
    return false;
}

static bool is_whole(struct router *r)
{
    struct bench *b = &r->b;

    if (!r->d->is_started || (r->is_whole && !r->is_whole(r)))
        return false;
    return router_passes(b, 1, "", "20.0.0.9", "200") && router_passes(b, 1, "100", "20.0.0.9", "201") &&
           router_passes(b, 1, "101", "20.9.0.9", "") && holdings(b).n_nexthops == 3 + r->n_more &&
           holdings(b).n_routes == 3 + r->n_more;
}

struct asked {
    struct bench *b;
    char *reply;
    size_t size;
};

static void on_audited(void *arg, const char *reply)
{
    struct asked *a = arg;

    if (a->reply)
        snprintf(a->reply, a->size, "%s", reply ? reply : "");
    a->b->is_dumped = true;
}

static bool is_audited(void *arg)
{
    return ((struct bench *)arg)->is_dumped;
}

void router_audit(struct router *r, bool is_repair, char *reply, size_t size)
{
    struct asked a = {&r->b, reply, size};

    r->b.is_dumped = false;
    ribd_audit(r->d, is_repair, on_audited, &a);
    assert_true(bench_run(&r->b, is_audited, PATIENCE_MS));
}

void router_recovers(struct router *r)
{
    char reply[2000] = "";

    for (unsigned ms = 0; !is_whole(r); ms += STEP_MS) {
        if (ms > PATIENCE_MS) {
            struct holdings h = holdings(&r->b);

            router_audit(r, false, reply, sizeof(reply));
            fail_msg(
                "packets do not take their ways again: %zu nexthops, %zu routes, %zu labels, %zu let in; audit: %s",
                h.n_nexthops, h.n_routes, h.n_labels, h.n_guard, reply);
        }
        bench_run(&r->b, NULL, STEP_MS);
    }
    for (unsigned ms = 0; ms < PATIENCE_MS && strcmp(reply, "clean") != 0; ms += STEP_MS) {
        bench_run(&r->b, NULL, STEP_MS);
        router_audit(r, false, reply, sizeof(reply));
    }
    assert_string_equal(reply, "clean");
    assert_false(router_passes(&r->b, 1, "102", "20.0.0.9", "")); /* no label but those that were given */
}

int router_setup(void **state)
{
    struct router *r = MEM_NEW(NULL, struct router);
    void *bench;

    bench_setup(&bench);
    memcpy(&r->b, bench, sizeof(r->b));
    mem_free(NULL, bench);
    r->b.ops->platform(r->b.dp, &r->b.platform);
    *state = r;
    return 0;
}

int router_teardown(void **state)
{
    struct router *r = *state;

    if (r->d)
        ribd_destroy(r->d);
    return bench_teardown(state);
}

void router_start(struct router *r)
{
    need_guard(&r->b);
    need_vrf(&r->b);
    r->d = ribd_create(fx_backend.env(r->b.fx), r->b.dp);
    assert_non_null(r->d);
    router_configure(r, false);
    router_recovers(r);
}

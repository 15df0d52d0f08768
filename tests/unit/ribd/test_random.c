/* SPDX-License-Identifier: Apache-2.0
 *
 * Random changes against a naive model that computes everything anew from what was told. Routes are in levels (a
 * level's next hops are in levels below), so that the result is unique; loops have tests of their own. The seed is
 * printed; give one as argument to repeat a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recount.h"
#include "world.h"

enum { IFACES = 4, PEERS = 4, HOSTS = 6, ROUTES = 64, BINDINGS = 64, ENTRIES = 32, HOPS = 16, DEPTH = 8 };
enum { STEPS = 1500 };

struct mroute {
    bool is_set;
    enum rib_client_id client;
    enum rib_source source;
    uint8_t distance;
    char prefix[24];
    char hops[200];
    uint32_t label;
};
struct mbinding {
    uint32_t peer; /* 0: none */
    char prefix[24];
    uint32_t label;
};
struct mentry {
    uint32_t in_label; /* 0: none */
    bool is_follow;
    char prefix[24];
    char hops[64];
    uint32_t label;
};
struct mhop {
    char gateway[24];
    uint32_t ifindex;
    bool is_lsp;
    size_t n;
    uint32_t label[DEPTH];
};
struct model {
    bool is_up[IFACES], has_mpls[IFACES];
    struct mroute routes[ROUTES];
    struct mbinding bindings[BINDINGS];
    struct mentry entries[ENTRIES];
};

static uint64_t rng;
static uint32_t turn_part; /* of a turn's work: ribd_rib_in_parts */

static uint32_t rnd(uint32_t below)
{
    rng = rng * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(rng >> 33) % below;
}

/* --- the model: everything from scratch --- */

static size_t resolve(const struct model *m, const char *address, bool needs_lsp, struct mhop *out);

static const struct mbinding *binding_of(const struct model *m, const char *gateway, const char *prefix)
{
    for (int i = 0; i < BINDINGS; i++) {
        char owner[24];

        snprintf(owner, sizeof(owner), "10.9.%u.2", m->bindings[i].peer);
        if (m->bindings[i].peer && strcmp(owner, gateway) == 0 && strcmp(m->bindings[i].prefix, prefix) == 0)
            return &m->bindings[i];
    }
    return NULL;
}

static size_t combine(const struct model *m, const char *prefix, uint32_t label, const char *gateway, bool needs_lsp,
                      const struct mhop *base, size_t n, struct mhop *out)
{
    const struct mbinding *b = !label && prefix ? binding_of(m, gateway, prefix) : NULL;
    uint32_t own = b ? b->label : label;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        struct mhop h = base[i];

        if (needs_lsp && !h.is_lsp)
            continue;
        if (!own || !h.is_lsp) {
            if (own && own != 3 && !b)
                continue;
            h.is_lsp = false;
        } else if (own != 3) {
            h.label[h.n++] = own;
        }
        out[kept++] = h;
    }
    return kept;
}

/* `prefix` NULL: a label entry, which takes no LDP label of its own. */
static size_t hops_of(const struct model *m, const char *prefix, uint32_t label, const char *hops, struct mhop *out)
{
    char text[200], *save = NULL;
    size_t n = 0;

    snprintf(text, sizeof(text), "%s", hops);
    for (char *part = strtok_r(text, "+", &save); part; part = strtok_r(NULL, "+", &save)) {
        char address[24];
        bool needs_lsp = strstr(part, "lsp") != NULL;
        const char *dev = strstr(part, "dev");
        struct mhop base[HOPS];
        size_t n_base = 0;

        sscanf(needs_lsp ? strstr(part, "lsp") + 4 : part, " %23[0-9.]", address);
        memset(base, 0, sizeof(base));
        if (!dev) {
            n_base = resolve(m, address, needs_lsp, base);
        } else {
            int i = atoi(dev + 4);

            snprintf(base[0].gateway, sizeof(base[0].gateway), "%s", address);
            base[0].ifindex = (uint32_t)i;
            base[0].is_lsp = m->has_mpls[i - 1];
            n_base = m->is_up[i - 1];
        }
        n += combine(m, prefix, label, address, needs_lsp, base, n_base, out + n);
    }
    return n;
}

static size_t best(const struct model *m, const char *prefix, struct mhop *out)
{
    const struct mroute *done = NULL;

    for (;;) {
        const struct mroute *next = NULL;
        size_t n;

        for (int i = 0; i < ROUTES; i++) {
            const struct mroute *r = &m->routes[i];

            if (!r->is_set || strcmp(r->prefix, prefix) != 0 || (done && r->distance <= done->distance))
                continue;
            if (!next || r->distance < next->distance)
                next = r;
        }
        if (!next)
            return 0;
        n = hops_of(m, prefix, next->label, next->hops, out);
        if (n)
            return n;
        done = next;
    }
}

static size_t resolve(const struct model *m, const char *address, bool needs_lsp, struct mhop *out)
{
    struct ip_addr a = A(address);
    uint32_t host = ip_addr_to_v4(&a);
    size_t n = 0;

    for (int len = 32; len >= 0; len--) {
        struct prefix p = prefix_v4(host, (uint8_t)len);
        struct mhop list[HOPS];
        char text[PREFIX_TEXT_MAX];
        size_t found;

        if (len == 24 && (host & 0xffff0000) == 0x0a090000) { /* connected */
            uint32_t i = host >> 8 & 255;

            if (i >= 1 && i <= IFACES && m->is_up[i - 1]) {
                memset(&out[0], 0, sizeof(out[0]));
                snprintf(out[0].gateway, sizeof(out[0].gateway), "%s", address);
                out[0].ifindex = i;
                out[0].is_lsp = m->has_mpls[i - 1];
                return !needs_lsp || out[0].is_lsp;
            }
        }
        found = best(m, prefix_text(&p, text, sizeof(text)), list);
        if (!found)
            continue;
        if (needs_lsp && len < 32)
            return 0;
        for (size_t i = 0; i < found; i++) {
            list[i].is_lsp = list[i].is_lsp && len == 32;
            if (!needs_lsp || list[i].is_lsp)
                out[n++] = list[i];
        }
        return n;
    }
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static const char *text_of(const struct mhop *h, size_t n, bool lsp_only)
{
    static char out[4000];
    char lines[HOPS][160];
    size_t kept = 0, used = 0;

    for (size_t i = 0; i < n; i++) {
        int at;

        if (lsp_only && !h[i].is_lsp)
            continue;
        at = snprintf(lines[kept], sizeof(lines[0]), "%s dev %u", h[i].gateway, h[i].ifindex);
        for (size_t k = 0; k < h[i].n; k++)
            at += snprintf(lines[kept] + at, sizeof(lines[0]) - (size_t)at, "%s%u", k ? "/" : " ", h[i].label[k]);
        kept++;
    }
    if (!kept)
        return "-";
    qsort(lines, kept, sizeof(lines[0]), by_text);
    for (size_t i = 0; i < kept; i++) {
        if (i && strcmp(lines[i - 1], lines[i]) == 0)
            continue;
        used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%s", used ? " + " : "", lines[i]);
    }
    return out;
}

static void compare(struct world *w, const struct model *m)
{
    struct mhop list[HOPS * 2];
    char want[4000];

    for (int i = 0; i < ROUTES; i++) {
        if (!m->routes[i].is_set)
            continue;
        snprintf(want, sizeof(want), "%s", text_of(list, best(m, m->routes[i].prefix, list), false));
        assert_string_equal(fake_dp_route(w->dp, 0, m->routes[i].prefix), want);
    }
    for (int i = 0; i < ENTRIES; i++) {
        const struct mentry *e = &m->entries[i];
        size_t n;

        if (!e->in_label)
            continue;
        n = e->is_follow ? best(m, e->prefix, list) : hops_of(m, NULL, e->label, e->hops, list);
        snprintf(want, sizeof(want), "%s", text_of(list, n, true));
        assert_string_equal(fake_dp_label(w->dp, e->in_label), want);
        assert_int_equal(said_label(w, e->in_label)->status,
                         strcmp(want, "-") ? RIB_LABEL_INSTALLED : RIB_LABEL_UNUSABLE);
    }
    assert_int_equal(audit(w, false), 0);
    assert_int_equal(recount(w->rib), 0);
}

/* --- telling the RIB --- */

static void tell_iface(struct world *w, const struct model *m, int i)
{
    char name[16], address[32];

    snprintf(name, sizeof(name), "e%d", i + 1);
    snprintf(address, sizeof(address), "10.9.%d.1/24", i + 1);
    if (m->is_up[i])
        iface(w, (uint32_t)i + 1, name, 0, address, m->has_mpls[i], false);
    else
        iface_down(w, (uint32_t)i + 1, name, 0, m->has_mpls[i]);
}

static void tell_route(struct world *w, const struct mroute *r)
{
    route(w, r->client, r->source, 0, r->prefix, r->distance, 0, r->hops, r->label);
}

static void tell_entry(struct world *w, const struct mentry *e)
{
    if (e->is_follow)
        follow(w, e->in_label, 0, e->prefix);
    else
        swap(w, RIB_CLIENT_BGPD, e->in_label, 0, e->hops, e->label, 0);
}

/* --- random steps --- */

static void random_direct(char *out, size_t size)
{
    uint32_t a = 1 + rnd(IFACES), b = 1 + rnd(IFACES);

    if (rnd(3) == 0)
        snprintf(out, size, "10.9.%u.2 dev %u + 10.9.%u.2 dev %u", a, a, b, b);
    else if (rnd(4) == 0)
        snprintf(out, size, "10.9.%u.2", a);
    else
        snprintf(out, size, "10.9.%u.2 dev %u", a, a);
}

static void random_route(struct mroute *r)
{
    static const char *const wide[] = {"0.0.0.0/0", "10.0.0.0/16", "10.1.0.0/24"};
    uint32_t kind = rnd(10), below = rnd(HOSTS);

    memset(r, 0, sizeof(*r));
    r->client = RIB_CLIENT_OSPFD;
    r->source = RIB_SOURCE_OSPF;
    r->distance = 110;
    if (kind < 4) {
        snprintf(r->prefix, sizeof(r->prefix), "10.0.0.%u/32", rnd(HOSTS));
        random_direct(r->hops, sizeof(r->hops));
    } else if (kind == 4) {
        snprintf(r->prefix, sizeof(r->prefix), "%s", wide[rnd(3)]);
        snprintf(r->hops, sizeof(r->hops), "10.9.%u.2 dev %u", 1 + below % IFACES, 1 + below % IFACES);
    } else if (kind < 8) {
        r->client = RIB_CLIENT_BGPD;
        r->source = RIB_SOURCE_BGP_LABELED;
        r->distance = rnd(2) ? 200 : 20;
        r->label = rnd(4) ? 300 + rnd(100) : 3;
        snprintf(r->prefix, sizeof(r->prefix), rnd(5) ? "10.1.0.%u/32" : "10.0.0.%u/32", rnd(HOSTS));
        if (r->prefix[3] == '0')
            random_direct(r->hops, sizeof(r->hops));
        else
            snprintf(r->hops, sizeof(r->hops), "%s10.0.0.%u", rnd(4) ? "lsp " : "", below);
    } else {
        r->client = RIB_CLIENT_BGPD;
        r->source = RIB_SOURCE_BGP;
        r->distance = 199;
        r->label = rnd(3) ? 900 + rnd(100) : 0;
        snprintf(r->prefix, sizeof(r->prefix), "172.16.%u.0/24", rnd(HOSTS));
        snprintf(r->hops, sizeof(r->hops), "%s10.%u.0.%u + 10.1.0.%u", rnd(2) ? "lsp " : "", rnd(2), below, rnd(HOSTS));
    }
}

static void step_route(struct world *w, struct model *m)
{
    struct mroute r, *slot = NULL;

    random_route(&r);
    for (int i = 0; i < ROUTES; i++) {
        struct mroute *o = &m->routes[i];

        if (o->is_set && strcmp(o->prefix, r.prefix) == 0 && o->source == r.source)
            slot = o;
    }
    if (slot && rnd(2)) {
        unroute(w, slot->client, slot->source, 0, slot->prefix);
        slot->is_set = false;
        return;
    }
    for (int i = 0; !slot && i < ROUTES; i++) {
        if (!m->routes[i].is_set)
            slot = &m->routes[i];
    }
    if (!slot)
        return;
    r.is_set = true;
    *slot = r;
    tell_route(w, slot);
}

static void step_binding(struct world *w, struct model *m)
{
    uint32_t p = 1 + rnd(PEERS);
    struct mbinding *slot = NULL;
    char prefix[24];

    snprintf(prefix, sizeof(prefix), "10.0.0.%u/32", rnd(HOSTS));
    for (int i = 0; i < BINDINGS; i++) {
        if (m->bindings[i].peer == p && strcmp(m->bindings[i].prefix, prefix) == 0)
            slot = &m->bindings[i];
    }
    if (slot && rnd(2)) {
        slot->peer = 0;
        binding(w, p, prefix, 0);
        return;
    }
    for (int i = 0; !slot && i < BINDINGS; i++) {
        if (!m->bindings[i].peer)
            slot = &m->bindings[i];
    }
    if (!slot)
        return;
    slot->peer = p;
    memcpy(slot->prefix, prefix, sizeof(prefix));
    slot->label = rnd(4) ? 100 + rnd(100) : 3;
    binding(w, p, prefix, slot->label);
}

static void step_entry(struct world *w, struct model *m)
{
    uint32_t i = rnd(ENTRIES);
    struct mentry *e = &m->entries[i];

    if (e->in_label && rnd(2)) {
        ribd_rib_label_del(w->rib, e->is_follow ? RIB_CLIENT_LDPD : RIB_CLIENT_BGPD, e->in_label);
        e->in_label = 0;
        return;
    }
    if (e->in_label && e->is_follow != (i % 2 == 0))
        return;
    e->in_label = 5000 + i;
    e->is_follow = i % 2 == 0;
    snprintf(e->prefix, sizeof(e->prefix), "10.%u.0.%u/32", rnd(2), rnd(HOSTS));
    snprintf(e->hops, sizeof(e->hops), "lsp 10.%u.0.%u", rnd(2), rnd(HOSTS));
    e->label = rnd(4) ? 600 + rnd(100) : 3;
    tell_entry(w, e);
}

static void tell_all_of(struct world *w, const struct model *m, enum rib_client_id c)
{
    for (int i = 0; i < ROUTES; i++) {
        if (m->routes[i].is_set && m->routes[i].client == c)
            tell_route(w, &m->routes[i]);
    }
    for (uint32_t p = 1; c == RIB_CLIENT_LDPD && p <= PEERS; p++) {
        char address[24];

        snprintf(address, sizeof(address), "10.9.%u.2", p);
        peer(w, p, 0, address);
    }
    for (int i = 0; c == RIB_CLIENT_LDPD && i < BINDINGS; i++) {
        if (m->bindings[i].peer)
            binding(w, m->bindings[i].peer, m->bindings[i].prefix, m->bindings[i].label);
    }
    for (int i = 0; i < ENTRIES; i++) {
        if (m->entries[i].in_label && (m->entries[i].is_follow ? RIB_CLIENT_LDPD : RIB_CLIENT_BGPD) == c)
            tell_entry(w, &m->entries[i]);
    }
}

/* Until nothing is left to do. */
static void quiet(struct world *w)
{
    w->dp->is_deferred = false;
    fake_dp_answer(w->dp);
    settle(w);
}

/* A client dies and tells all again but for some of it, with the RIB at work in between. */
static void step_client(struct world *w, struct model *m)
{
    static const enum rib_client_id clients[] = {RIB_CLIENT_OSPFD, RIB_CLIENT_LDPD, RIB_CLIENT_BGPD};
    enum rib_client_id c = clients[rnd(3)];

    ribd_rib_client_lost(w->rib, c);
    if (rnd(2))
        settle(w);
    for (int i = 0; i < ROUTES; i++) {
        if (m->routes[i].client == c && rnd(10) == 0)
            m->routes[i].is_set = false;
    }
    for (int i = 0; c == RIB_CLIENT_LDPD && i < BINDINGS; i++) {
        if (rnd(10) == 0)
            m->bindings[i].peer = 0;
    }
    tell_all_of(w, m, c);
    if (rnd(2))
        settle(w);
    ribd_rib_client_sweep(w->rib, c);
}

static void step_restart(struct world *w, struct model *m)
{
    quiet(w);
    world_restart(w);
    ribd_rib_in_parts(w->rib, turn_part);
    ribd_rib_hold(w->rib, true);
    for (int i = 0; i < IFACES; i++)
        tell_iface(w, m, i);
    tell_all_of(w, m, RIB_CLIENT_BGPD);
    settle(w);
    tell_all_of(w, m, RIB_CLIENT_LDPD);
    tell_all_of(w, m, RIB_CLIENT_OSPFD);
    settle(w);
    fake_dp_forget_ops(w->dp);
    ribd_rib_hold(w->rib, false);
    settle(w);
    assert_int_equal(w->dp->n_ops, 0); /* all was told again as it was: nothing is written */
    ribd_rib_sweep_adopted(w->rib);
}

/* Some turns, in which the kernel may not answer; and what it loses without a word. */
static void step_turns(struct world *w)
{
    if (rnd(6) == 0) {
        uint32_t i = 1 + rnd(IFACES);

        fake_dp_lose_interface(w->dp, i);
        ribd_rib_interface_bounced(w->rib, i, false);
    }
    if (rnd(40) == 0)
        ribd_rib_guard_lost(w->rib);
    w->dp->is_deferred = rnd(2);
    for (uint32_t n = rnd(12); n; n--) {
        ribd_rib_settle(w->rib);
        if (rnd(3) == 0)
            fake_dp_answer(w->dp);
    }
}

static void run(uint64_t seed)
{
    static struct world w;
    struct model *m = calloc(1, sizeof(*m));

    rng = seed;
    world_init(&w);
    ribd_rib_in_parts(w.rib, turn_part);
    for (int i = 0; i < IFACES; i++) {
        m->is_up[i] = m->has_mpls[i] = true;
        tell_iface(&w, m, i);
    }
    tell_all_of(&w, m, RIB_CLIENT_LDPD);
    for (int step = 0; step < STEPS; step++) {
        uint32_t kind = rnd(100);
        uint32_t i = rnd(IFACES);

        if (kind < 50) {
            step_route(&w, m);
        } else if (kind < 75) {
            step_binding(&w, m);
        } else if (kind < 88) {
            step_entry(&w, m);
        } else if (kind < 96) {
            if (rnd(3))
                m->is_up[i] = !m->is_up[i];
            else
                m->has_mpls[i] = !m->has_mpls[i];
            tell_iface(&w, m, (int)i);
        } else if (kind < 99) {
            step_client(&w, m);
        } else {
            step_restart(&w, m);
        }
        if (turn_part > 1)
            step_turns(&w);
        if (rnd(turn_part > 1 ? 12 : 3) == 0) {
            quiet(&w);
            compare(&w, m);
        }
        if (w.n_said > 15000) /* keep the last word about each label */
            step_restart(&w, m);
    }
    world_fini(&w);
    free(m);
}

static uint64_t given_seed;

static void run_seeds(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        print_message("seed %llu\n", (unsigned long long)(given_seed + i));
        run(given_seed + i);
    }
}

static void test_random__like_the_model(void **state)
{
    (void)state;
    turn_part = 1;
    run_seeds(6);
}

/* Each turn does next to nothing, and what it has begun is overtaken by what comes next. */
static void test_random__in_parts(void **state)
{
    (void)state;
    turn_part = 8192;
    run_seeds(12);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random__like_the_model),
                                       cmocka_unit_test(test_random__in_parts)};

    given_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20261122;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel is told of label entries, whole, against what follows from the last word of each: a customer's packet
 * must not go where the entry before it went, nor come in where another's may. Entries that share next-hop sets, or
 * nearly, with stacks of all depths, pops into instances and to neighbours of both TTL modes, and paths that are
 * followed, written together in one turn or a few at a time; sets that are told anew under an old number, bindings that
 * change, interfaces that come back under another index. The seed is printed; SEED repeats a run.
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

#define BGP  RIB_CLIENT_BGPD
#define LDP  RIB_CLIENT_LDPD
#define OSPF RIB_CLIENT_OSPFD
enum {
    FIRST = 100,
    LABELS = 80,
    SETS = 5,
    FAR = 3,
    LINKS = 3,
    VRFS = 3,
    STEPS = 20000,
    HOPS = 4,
    DEEP = 700,
    SCOPES = 2,
    PORT = 20
};

static const uint32_t vrf_id[VRFS] = {0, 1001, 1002}, lookup_index[VRFS] = {1, 8, 9};

struct mhop {
    bool is_far;  /* over the labelled path to 10.1.0.<at>; else by link `at` to its neighbour `host` */
    bool is_deep; /* over the path to 10.2.0.<at>, which goes over that one */
    unsigned at, host;
};
/* As a client's number was defined last: an entry keeps what it meant. */
struct mset {
    size_t n;
    struct mhop hop[HOPS];
};
struct mentry {
    enum { NOTHING, TO_SET, TO_INSTANCE, TO_FEC } what;
    struct mset set;
    unsigned vrf, far, scope;
    uint8_t depth;
    uint32_t label[LABEL_STACK_MAX];
};
struct model {
    struct world w;
    struct mset set[2][SETS];
    struct mentry entry[LABELS];
    uint32_t ifindex[LINKS]; /* as it is now */
    uint32_t binding[FAR];   /* 3: implicit null */
    unsigned far_link[FAR], far_host[FAR];
    bool is_pipe[VRFS];
};

static uint64_t rng;

static uint32_t rnd(uint32_t below)
{
    rng = rng * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(rng >> 33) % below;
}

static enum rib_client_id owner_of(unsigned i)
{
    return i % 2 ? LDP : BGP;
}

/* --- what must be there --- */

static struct ip_addr neighbour(unsigned link, unsigned host)
{
    return ip_addr_v4(0x0a090000 + (link + 1) * 256 + host);
}

static void put_hop(const struct model *m, struct dp_label *l, const struct mhop *h, const struct mentry *e)
{
    unsigned link = h->is_far ? m->far_link[h->at] : h->at, host = h->is_far ? m->far_host[h->at] : h->host;
    struct dp_nexthop *nh = &l->nexthops[l->n_nexthops];
    struct label_stack *s = &nh->label.stack;

    memset(nh, 0, sizeof(*nh));
    nh->ifindex = m->ifindex[link];
    nh->gateway = neighbour(link, host);
    if (h->is_far && m->binding[h->at] != LABEL_IMPLICIT_NULL)
        s->label[s->depth++] = m->binding[h->at];
    if (h->is_deep)
        s->label[s->depth++] = DEEP + h->at;
    if (s->depth + e->depth > LABEL_STACK_MAX)
        return;
    for (uint8_t i = 0; i < e->depth; i++)
        s->label[s->depth++] = e->label[i];
    nh->label.state = s->depth ? LABEL_STATE_STACK : LABEL_STATE_IMPLICIT_NULL;
    for (uint8_t i = 0; i < l->n_nexthops; i++)
        if (memcmp(&l->nexthops[i], nh, sizeof(*nh)) == 0)
            return;
    l->n_nexthops++;
}

static bool expected(const struct model *m, unsigned i, struct dp_label *l)
{
    const struct mentry *e = &m->entry[i];
    bool pops = e->what == TO_INSTANCE;

    memset(l, 0, sizeof(*l));
    l->in_label = FIRST + i;
    if (e->what == TO_INSTANCE)
        l->lookup_ifindex = lookup_index[e->vrf];
    else if (e->what == TO_FEC)
        put_hop(m, l, &(struct mhop){.is_far = true, .at = e->far}, e);
    for (size_t k = 0; e->what == TO_SET && k < e->set.n; k++)
        put_hop(m, l, &e->set.hop[k], e);
    for (uint8_t k = 0; k < l->n_nexthops; k++)
        pops |= l->nexthops[k].label.stack.depth == 0;
    l->keeps_ttl = pops && m->is_pipe[e->vrf];
    return l->lookup_ifindex || l->n_nexthops;
}

static bool has_hop(const struct dp_label *l, const struct dp_nexthop *nh)
{
    for (uint8_t i = 0; i < l->n_nexthops; i++) {
        const struct dp_nexthop *x = &l->nexthops[i];

        if (x->ifindex == nh->ifindex && ip_addr_equal(&x->gateway, &nh->gateway) && x->ttl == nh->ttl &&
            x->label.state == nh->label.state && x->label.stack.depth == nh->label.stack.depth &&
            memcmp(x->label.stack.label, nh->label.stack.label, sizeof(nh->label.stack.label)) == 0)
            return true;
    }
    return false;
}

static const struct dp_label *kernels(const struct model *m, uint32_t label)
{
    for (size_t i = 0; i < m->w.dp->n_labels; i++)
        if (m->w.dp->labels[i]->in_label == label)
            return m->w.dp->labels[i];
    return NULL;
}

static void print_hops(const char *what, const struct dp_label *l)
{
    print_message("label %u %s: lookup %u, keeps TTL %d\n", l->in_label, what, l->lookup_ifindex, l->keeps_ttl);
    for (uint8_t i = 0; i < l->n_nexthops; i++) {
        const struct dp_nexthop *nh = &l->nexthops[i];
        char gateway[ADDR_TEXT_MAX], label[LABEL_TEXT_MAX];

        print_message("  %s dev %u %s\n", ip_addr_text(&nh->gateway, gateway, sizeof(gateway)), nh->ifindex,
                      out_label_text(&nh->label, label, sizeof(label)));
    }
}

static bool is_equal(const struct dp_label *got, const struct dp_label *want)
{
    if (got->lookup_ifindex != want->lookup_ifindex || got->keeps_ttl != want->keeps_ttl ||
        got->n_nexthops != want->n_nexthops)
        return false;
    for (uint8_t k = 0; k < want->n_nexthops; k++)
        if (!has_hop(got, &want->nexthops[k]))
            return false;
    return true;
}

/* Let in where its scope says, and nowhere else. */
static void check_guard(const struct model *m, unsigned i)
{
    const struct mentry *e = &m->entry[i];

    for (uint32_t scope = 1; scope <= SCOPES; scope++) {
        bool is_in = e->what != NOTHING && e->scope == scope;

        assert_int_equal(fake_dp_guard(m->w.dp, PORT + scope, FIRST + i), is_in);
    }
}

static void check(struct model *m)
{
    static struct dp_label want;

    for (unsigned i = 0; i < LABELS; i++) {
        const struct dp_label *got = kernels(m, FIRST + i);

        check_guard(m, i);
        if (!expected(m, i, &want)) {
            assert_null(got);
            continue;
        }
        assert_non_null(got);
        if (is_equal(got, &want))
            continue;
        print_hops("is", got);
        print_hops("should be", &want);
        fail();
    }
    assert_int_equal(recount(m->w.rib), 0);
    assert_int_equal(audit(&m->w, false), 0);
    m->w.n_said = 0;
    fake_dp_forget_ops(m->w.dp);
}

/* --- changes --- */

static void define(struct model *m, unsigned c, unsigned number)
{
    struct mset *s = &m->set[c][number];
    struct rib_nexthop nh[HOPS];

    memset(nh, 0, sizeof(nh));
    s->n = 1 + rnd(HOPS);
    for (size_t i = 0; i < s->n; i++) {
        struct mhop *h = &s->hop[i];

        h->is_far = rnd(2);
        h->is_deep = h->is_far && rnd(2);
        h->at = rnd(h->is_far ? FAR : LINKS);
        h->host = 2 + rnd(2);
        nh[i].needs_lsp = h->is_far;
        nh[i].gateway =
            h->is_far ? ip_addr_v4((h->is_deep ? 0x0a020009 : 0x0a010009) + h->at) : neighbour(h->at, h->host);
        nh[i].ifindex = h->is_far ? 0 : m->ifindex[h->at];
    }
    ribd_rib_nhset_define(m->w.rib, c ? LDP : BGP, number + 1, nh, s->n);
}

static void to_set(struct model *m, unsigned i, struct rib_label_entry *e)
{
    struct mentry *x = &m->entry[i];

    e->nhset = 1 + (rnd(3) ? 0 : rnd(SETS)); /* most share one */
    x->set = m->set[i % 2][e->nhset - 1];
    x->depth = (uint8_t)(rnd(8) ? rnd(4) : rnd(LABEL_STACK_MAX + 1));
    e->op = RIB_LABEL_SWAP;
    e->label = out_label_implicit_null();
    if (x->depth)
        e->label.state = LABEL_STATE_STACK;
    e->label.stack.depth = x->depth;
    for (uint8_t k = 0; k < x->depth; k++)
        e->label.stack.label[k] = x->label[k] = 1000 + rnd(3);
}

static void set_entry(struct model *m, unsigned i)
{
    struct mentry *x = &m->entry[i];
    struct rib_label_entry e = {.in_label = FIRST + i};

    memset(x, 0, sizeof(*x));
    x->vrf = rnd(VRFS);
    x->far = rnd(FAR);
    x->scope = e.scope = i % 2 ? 0 : rnd(SCOPES + 1);
    x->what = rnd(6) ? TO_SET : i % 2 ? TO_FEC : TO_INSTANCE;
    e.fec.vrf = vrf_id[x->vrf];
    if (x->what == TO_SET) {
        to_set(m, i, &e);
    } else if (x->what == TO_INSTANCE) {
        e.op = RIB_LABEL_POP_LOOKUP;
        e.lookup_vrf = vrf_id[x->vrf];
    } else {
        x->vrf = 0; /* where the path is */
        e.op = RIB_LABEL_FOLLOW_FEC;
        e.fec.vrf = 0;
        e.fec.prefix = (struct prefix){.addr = ip_addr_v4(0x0a010009 + x->far), .len = 32};
    }
    ribd_rib_label_set(m->w.rib, owner_of(i), &e);
}

static void bind(struct model *m, unsigned far)
{
    char prefix[24];

    m->binding[far] = rnd(4) ? 500 + rnd(3) : LABEL_IMPLICIT_NULL;
    snprintf(prefix, sizeof(prefix), "10.1.0.%u/32", 9 + far);
    for (unsigned p = 0; p < LINKS * 2; p++)
        binding(&m->w, p + 1, prefix, m->binding[far]);
}

static void reroute(struct model *m, unsigned far)
{
    char prefix[24], hop[24];

    m->far_link[far] = rnd(LINKS);
    m->far_host[far] = 2 + rnd(2);
    snprintf(prefix, sizeof(prefix), "10.1.0.%u/32", 9 + far);
    snprintf(hop, sizeof(hop), "10.9.%u.%u", m->far_link[far] + 1, m->far_host[far]);
    route(&m->w, OSPF, RIB_SOURCE_OSPF, 0, prefix, 110, 0, hop, 0);
}

static void make_link(struct model *m, unsigned link)
{
    char name[16], address[24];

    snprintf(name, sizeof(name), "eth%u", link);
    snprintf(address, sizeof(address), "10.9.%u.1/24", link + 1);
    iface(&m->w, m->ifindex[link], name, 0, address, true, false);
}

/* Gone, and there again under an index that another one had: the clients name it anew. */
static void links_change_places(struct model *m)
{
    uint32_t first = m->ifindex[0];

    for (unsigned i = 0; i < LINKS; i++)
        ribd_rib_interface_gone(m->w.rib, m->ifindex[i]);
    for (unsigned i = 0; i < LINKS; i++)
        m->ifindex[i] = i + 1 < LINKS ? m->ifindex[i + 1] : first;
    for (unsigned i = 0; i < LINKS; i++)
        make_link(m, i);
    for (unsigned i = 0; i < 2 * SETS; i++)
        define(m, i % 2, i / 2);
    for (unsigned i = 0; i < LABELS; i++) {
        if (m->entry[i].what != NOTHING)
            set_entry(m, i);
    }
}

static void settle_all(struct model *m)
{
    settle(&m->w);
    for (int i = 0; i < 1000 && m->w.dp->n_results; i++) {
        fake_dp_answer(m->w.dp);
        settle(&m->w);
    }
}

static void change(struct model *m)
{
    unsigned i = rnd(LABELS), v = rnd(VRFS), c = rnd(2), number = rnd(SETS);

    switch (rnd(100) < 90 ? 0 : 1 + rnd(7)) {
    case 1:
        define(m, c, number);
        break;
    case 2:
        ribd_rib_nhset_undefine(m->w.rib, c ? LDP : BGP, number + 1);
        define(m, c, number);
        break;
    case 3:
        bind(m, rnd(FAR));
        break;
    case 4:
        reroute(m, rnd(FAR));
        break;
    case 5:
        m->is_pipe[v] = !m->is_pipe[v];
        ribd_rib_instance_pipe(m->w.rib, vrf_id[v], m->is_pipe[v]);
        break;
    case 6:
        if (rnd(8) == 0)
            links_change_places(m);
        break;
    case 7:
        ribd_rib_label_del(m->w.rib, owner_of(i), FIRST + i);
        m->entry[i].what = NOTHING;
        break;
    default:
        set_entry(m, i);
    }
}

static void begin(struct model *m, uint32_t part)
{
    memset(m, 0, sizeof(*m));
    world_init(&m->w);
    ribd_rib_in_parts(m->w.rib, part);
    m->w.dp->is_deferred = true;
    iface(&m->w, 1, "lo", 0, "10.1.0.1/32", false, false);
    for (unsigned v = 1; v < VRFS; v++)
        ribd_rib_instance_set(m->w.rib, vrf_id[v], true, lookup_index[v]);
    for (unsigned i = 0; i < LINKS; i++) {
        m->ifindex[i] = 2 + i;
        make_link(m, i);
    }
    for (uint32_t scope = 1; scope <= SCOPES; scope++) {
        struct rib_scope_member at = {.ifindex = PORT + scope};

        iface(&m->w, PORT + scope, scope == 1 ? "port1" : "port2", vrf_id[scope], "", true, true);
        ribd_rib_scope_define(m->w.rib, BGP, scope, &at, 1);
    }
    for (unsigned p = 0; p < LINKS * 2; p++) {
        char address[24];

        snprintf(address, sizeof(address), "10.9.%u.%u", p / 2 + 1, 2 + p % 2);
        peer(&m->w, p + 1, 0, address);
    }
    for (unsigned i = 0; i < FAR; i++) {
        char prefix[24], hop[24];

        reroute(m, i);
        bind(m, i);
        snprintf(prefix, sizeof(prefix), "10.2.0.%u/32", 9 + i);
        snprintf(hop, sizeof(hop), "lsp 10.1.0.%u", 9 + i);
        route(&m->w, BGP, RIB_SOURCE_BGP, 0, prefix, 200, 0, hop, DEEP + i);
    }
    for (unsigned i = 0; i < 2 * SETS; i++)
        define(m, i % 2, i / 2);
}

static void run(uint32_t part, unsigned turns)
{
    static struct model m;
    const char *seed = getenv("SEED");

    rng = seed ? strtoull(seed, NULL, 10) : 20261123;
    print_message("SEED=%llu\n", (unsigned long long)rng);
    begin(&m, part);
    for (int step = 0; step < STEPS; step++) {
        change(&m);
        if (rnd(turns) == 0)
            ribd_rib_settle(m.w.rib);
        if (rnd(turns) == 0)
            fake_dp_answer(m.w.dp);
        if (step % 50 == 0) {
            settle_all(&m);
            check(&m);
        }
    }
    world_fini(&m.w);
}

static void test_label_forms__many_in_a_turn(void **state)
{
    (void)state;
    run(1, 40);
}

static void test_label_forms__few_in_a_turn(void **state)
{
    (void)state;
    run(1024, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_label_forms__many_in_a_turn),
        cmocka_unit_test(test_label_forms__few_in_a_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

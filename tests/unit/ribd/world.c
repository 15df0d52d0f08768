/* SPDX-License-Identifier: Apache-2.0
 *
 * See world.h.
 */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strata/mem.h"

enum { SAID_MAX = 20000 };

static struct said *say(struct world *w, int kind, enum rib_client_id to)
{
    struct said *s = &w->said[w->n_said++];

    assert_true(w->n_said < SAID_MAX);
    memset(s, 0, sizeof(*s));
    s->kind = kind;
    s->to = to;
    return s;
}

static void on_best_route(void *arg, enum rib_client_id to, const struct rib_best_route *r)
{
    struct said *s = say(arg, SAID_ROUTE, to);

    s->route = *r;
    s->vrf = r->vrf;
    s->prefix = r->prefix;
}

static void on_gone(void *arg, enum rib_client_id to, uint32_t vrf, const struct prefix *p)
{
    struct said *s = say(arg, SAID_GONE, to);

    s->vrf = vrf;
    s->prefix = *p;
}

static void on_complete(void *arg, enum rib_client_id to, uint32_t vrf)
{
    say(arg, SAID_COMPLETE, to)->vrf = vrf;
}

static void on_nexthop(void *arg, enum rib_client_id to, const struct rib_nexthop_state *n)
{
    say(arg, SAID_NEXTHOP, to)->nexthop = *n;
}

static void on_label(void *arg, enum rib_client_id to, const struct rib_label_result *r)
{
    say(arg, SAID_LABEL, to)->label = *r;
}

static void on_failed(void *arg, enum rib_client_id to, uint32_t vrf, const struct prefix *p, const char *reason)
{
    struct said *s = say(arg, SAID_FAILED, to);

    s->vrf = vrf;
    s->prefix = *p;
    snprintf(s->reason, sizeof(s->reason), "%s", reason);
}

static void on_label_gone(void *arg, uint32_t label)
{
    struct world *w = arg;

    if (w->n_gone < 64)
        w->gone[w->n_gone++] = label;
}

static uint32_t now_sec(void *arg)
{
    return ((struct world *)arg)->now_sec;
}

static void on_work(void *arg)
{
    ((struct world *)arg)->is_work_due = true;
}

static const struct rib_callbacks callbacks = {
    .now_sec = now_sec,
    .work = on_work,
    .best_route = on_best_route,
    .best_route_gone = on_gone,
    .routes_complete = on_complete,
    .nexthop = on_nexthop,
    .label_result = on_label,
    .route_failed = on_failed,
    .label_gone = on_label_gone,
};

void world_init(struct world *w)
{
    memset(w, 0, sizeof(*w));
    w->said = mem_alloc(NULL, SAID_MAX * sizeof(w->said[0]));
    w->dp = fake_dp_create();
    w->rib = ribd_rib_create(&w->dp->dp, NULL, &callbacks, w);
    w->dp->rib = w->rib;
    w->next_set = 1;
    ribd_rib_instance_set(w->rib, 0, true, 1);
}

void world_fini(struct world *w)
{
    ribd_rib_destroy(w->rib);
    fake_dp_destroy(w->dp);
    mem_free(NULL, w->said);
}

int world_setup(void **state)
{
    static struct world w;

    world_init(&w);
    *state = &w;
    return 0;
}

int world_teardown(void **state)
{
    world_fini(*state);
    return 0;
}

static void on_adopted(void *arg, int error, size_t n)
{
    assert_int_equal(error, 0);
    *(size_t *)arg = n;
}

void world_restart(struct world *w)
{
    size_t n;

    ribd_rib_destroy(w->rib);
    w->dp->n_results = 0;
    w->rib = ribd_rib_create(&w->dp->dp, NULL, &callbacks, w);
    w->dp->rib = w->rib;
    w->n_said = 0;
    assert_int_equal(ribd_rib_adopt(w->rib, &(struct rib_adoption_events){.done = on_adopted}, &n), 0);
    ribd_rib_instance_set(w->rib, 0, true, 1);
}

void settle(struct world *w)
{
    for (int i = 0; i < 3 || (w->is_work_due && i < 100000); i++) {
        w->is_work_due = false;
        ribd_rib_settle(w->rib);
    }
}

struct ip_addr A(const char *text) {
    struct ip_addr a;

    assert_int_equal(ip_addr_parse(text, &a), 0);
    return a;
}

struct prefix
P(const char *text) {
    struct prefix p;

    assert_int_equal(prefix_parse(text, &p), 0);
    return p;
}

static void
iface_set(struct world *w, uint32_t ifindex, const char *name, uint32_t vrf, const char *addresses, bool has_mpls,
          bool is_guarded, bool is_up)
{
    struct prefix list[8];
    struct rib_interface i = {.ifindex = ifindex,
                              .vrf = vrf,
                              .mtu = 1500,
                              .is_up = is_up,
                              .has_mpls = has_mpls,
                              .is_guarded = is_guarded,
                              .addresses = list,
                              .is_loopback = strcmp(name, "lo") == 0};
    char text[200], *save = NULL;

    memset(list, 0, sizeof(list));
    snprintf(i.name, sizeof(i.name), "%s", name);
    snprintf(text, sizeof(text), "%s", addresses);
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
        assert_int_equal(prefix_parse(word, &list[i.n_addresses++]), 0);
    ribd_rib_interface_set(w->rib, &i);
}

void iface(struct world *w, uint32_t ifindex, const char *name, uint32_t vrf, const char *addresses, bool has_mpls,
           bool is_guarded)
{
    iface_set(w, ifindex, name, vrf, addresses, has_mpls, is_guarded, true);
}

void iface_down(struct world *w, uint32_t ifindex, const char *name, uint32_t vrf, bool has_mpls)
{
    fake_dp_lose_interface(w->dp, ifindex);
    ribd_rib_interface_bounced(w->rib, ifindex, false);
    iface_set(w, ifindex, name, vrf, "", has_mpls, false, false);
}

uint32_t nhset(struct world *w, enum rib_client_id c, uint32_t vrf, const char *hops)
{
    struct rib_nexthop nh[RIB_NEXTHOPS_MAX];
    char text[4000], *save = NULL;
    uint32_t id = w->next_set++;
    size_t n = 0;

    memset(nh, 0, sizeof(nh));
    snprintf(text, sizeof(text), "%s", hops);
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        if (strcmp(word, "+") == 0)
            n++;
        else if (strcmp(word, "lsp") == 0)
            nh[n].needs_lsp = true;
        else if (strcmp(word, "blackhole") == 0)
            nh[n].is_blackhole = true;
        else if (strcmp(word, "dev") == 0)
            nh[n].ifindex = (uint32_t)atoi(strtok_r(NULL, " ", &save));
        else
            nh[n].gateway = A(word);
        nh[n].vrf = vrf;
    }
    ribd_rib_nhset_define(w->rib, c, id, nh, n + 1);
    return id;
}

static struct out_label label_of(uint32_t label)
{
    return label ? out_label_from_wire(label) : out_label_none();
}

void route(struct world *w, enum rib_client_id c, enum rib_source s, uint32_t vrf, const char *prefix, uint8_t distance,
           uint32_t hops_vrf, const char *hops, uint32_t label)
{
    struct rib_route r = {.vrf = vrf, .prefix = P(prefix), .source = (uint8_t)s, .distance = distance, .metric = 10};

    r.nhset = nhset(w, c, hops_vrf, hops);
    r.label = label_of(label);
    assert_int_equal(ribd_rib_route_set(w->rib, c, &r), 0);
    ribd_rib_nhset_undefine(w->rib, c, r.nhset);
}

void unroute(struct world *w, enum rib_client_id c, enum rib_source s, uint32_t vrf, const char *prefix)
{
    struct prefix p = P(prefix);

    ribd_rib_route_del(w->rib, c, vrf, &p, s);
}

void binding(struct world *w, uint32_t id, const char *prefix, uint32_t label)
{
    struct prefix p = P(prefix);
    struct out_label l = label_of(label);

    if (label)
        ribd_rib_binding_set(w->rib, RIB_CLIENT_LDPD, id, &p, &l);
    else
        ribd_rib_binding_del(w->rib, RIB_CLIENT_LDPD, id, &p);
}

void peer(struct world *w, uint32_t id, uint32_t vrf, const char *address)
{
    struct ip_addr a = A(address);

    ribd_rib_label_peer_set(w->rib, RIB_CLIENT_LDPD, id, vrf, &a, 1);
}

void swap(struct world *w, enum rib_client_id c, uint32_t in, uint32_t vrf, const char *hops, uint32_t label,
          uint32_t scope)
{
    struct rib_label_entry e = {.in_label = in, .op = RIB_LABEL_SWAP, .scope = scope};

    e.nhset = nhset(w, c, vrf, hops);
    e.label = label_of(label);
    ribd_rib_label_set(w->rib, c, &e);
    ribd_rib_nhset_undefine(w->rib, c, e.nhset);
}

void follow(struct world *w, uint32_t in, uint32_t vrf, const char *prefix)
{
    struct rib_label_entry e = {.in_label = in, .op = RIB_LABEL_FOLLOW_FEC};

    e.fec.vrf = vrf;
    e.fec.prefix = P(prefix);
    ribd_rib_label_set(w->rib, RIB_CLIENT_LDPD, &e);
}

void lookup(struct world *w, uint32_t in, uint32_t vrf, uint32_t scope)
{
    struct rib_label_entry e = {.in_label = in, .op = RIB_LABEL_POP_LOOKUP, .lookup_vrf = vrf, .scope = scope};

    ribd_rib_label_set(w->rib, RIB_CLIENT_BGPD, &e);
}

const struct rib_label_result *said_label(const struct world *w, uint32_t label)
{
    for (size_t i = w->n_said; i > 0; i--) {
        if (w->said[i - 1].kind == SAID_LABEL && w->said[i - 1].label.in_label == label)
            return &w->said[i - 1].label;
    }
    fail_msg("nothing was said about label %u", label);
    return NULL;
}

const struct rib_nexthop_state *said_nexthop(const struct world *w, uint32_t watch)
{
    for (size_t i = w->n_said; i > 0; i--) {
        if (w->said[i - 1].kind == SAID_NEXTHOP && w->said[i - 1].nexthop.watch == watch)
            return &w->said[i - 1].nexthop;
    }
    fail_msg("nothing was said about watch %u", watch);
    return NULL;
}

const struct said *said_route(const struct world *w, enum rib_client_id to, uint32_t vrf, const char *prefix)
{
    struct prefix p = P(prefix);

    for (size_t i = w->n_said; i > 0; i--) {
        const struct said *s = &w->said[i - 1];

        if ((s->kind == SAID_ROUTE || s->kind == SAID_GONE) && s->to == to && s->vrf == vrf &&
            prefix_equal(&s->prefix, &p))
            return s;
    }
    return NULL;
}

size_t said_count(const struct world *w, int kind)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n_said; i++)
        n += (int)w->said[i].kind == kind;
    return n;
}

static void on_audited(void *arg, int n)
{
    *(int *)arg = n;
}

static void print_difference(void *arg, const char *difference)
{
    (void)arg;
    print_message("audit: %s\n", difference);
}

int audit(struct world *w, bool is_repair)
{
    struct rib_audit_events ev = {.difference = is_repair ? NULL : print_difference, .done = on_audited};
    int n = -1;

    assert_int_equal(ribd_rib_audit_start(w->rib, is_repair, &ev, &n), 0);
    for (int i = 0; i < 1000 && ribd_rib_is_auditing(w->rib); i++)
        ribd_rib_settle(w->rib);
    return n;
}

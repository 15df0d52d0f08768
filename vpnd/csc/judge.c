/* SPDX-License-Identifier: Apache-2.0
 *
 * See judge.h. What is not known is not held against anybody.
 */
#include "vpnd/csc/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vpnd_config.h"

enum { OLD_SEC = 90 };

/* --- small things --- */

bool csc_is_carrier(const struct cfg_vpn_instances_vpn_instance *vpn, const struct rib_interface *const *interfaces,
                    size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (interfaces[i]->has_mpls)
            return true;
    }
    return vpn->carriers_carrier != NULL;
}

const char *csc_protocol_name(enum csc_protocol p)
{
    switch (p) {
    case CSC_PROTOCOL_BGP:
        return "bgp";
    case CSC_PROTOCOL_LDP:
        return "ldp";
    case CSC_PROTOCOL_OSPF:
        return "ospf";
    }
    return "";
}

const char *csc_session_key(const struct csc_session *s, char *buf)
{
    char a[ADDR_TEXT_MAX];

    snprintf(buf, CSC_KEY_MAX, "%s %s", csc_protocol_name(s->protocol), ip_addr_text(&s->neighbor, a, sizeof(a)));
    return buf;
}

static bool is_onlink(const struct rib_interface *i, const struct ip_addr *a)
{
    for (uint16_t k = 0; k < i->n_addresses; k++) {
        if (prefix_contains_addr(&i->addresses[k], a))
            return true;
    }
    return false;
}

static bool is_reached_over(const struct csc_session *s, const struct rib_interface *i)
{
    for (size_t k = 0; k < s->n_also; k++) {
        if (is_onlink(i, &s->also[k]))
            return true;
    }
    return is_onlink(i, &s->neighbor);
}

const char *csc_session_interface(const struct csc_session *s, const struct rib_interface *const *interfaces, size_t n)
{
    if (s->interface[0])
        return s->interface;
    for (size_t i = 0; i < n; i++) {
        if (is_reached_over(s, interfaces[i]))
            return interfaces[i]->name;
    }
    return "";
}

uint32_t csc_facts_age(const struct csc_facts *f, uint64_t now_us)
{
    uint64_t oldest = now_us;

    for (int s = 0; s < CSC_SOURCE_COUNT; s++) {
        if (f->from[s].is_known && f->from[s].told_us < oldest)
            oldest = f->from[s].told_us;
    }
    return (uint32_t)((now_us - oldest) / 1000000);
}

/* --- problems --- */

static void __attribute__((format(printf, 3, 0)))
put(struct csc_judgement *j, const char *key, const char *fmt, va_list ap)
{
    struct csc_problem *p;

    if (j->n_problems == CSC_PROBLEMS_MAX)
        return;
    p = &j->problems[j->n_problems++];
    snprintf(p->key, sizeof(p->key), "%s", key);
    vsnprintf(p->text, sizeof(p->text), fmt, ap);
}

static void __attribute__((format(printf, 3, 4))) add(struct csc_judgement *j, const char *key, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    put(j, key, fmt, ap);
    va_end(ap);
    if (j->status == VPN_STATUS_UP)
        j->status = VPN_STATUS_DEGRADED;
}

/* It works all the same. */
static void __attribute__((format(printf, 3, 4))) warn(struct csc_judgement *j, const char *key, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    put(j, key, fmt, ap);
    va_end(ap);
}

static bool speaks(const struct cfg_vpn_instances_vpn_instance *vpn, enum cfg_carrier_signaling what)
{
    for (size_t i = 0; vpn->carriers_carrier && i < vpn->carriers_carrier->n_signaling; i++) {
        if (vpn->carriers_carrier->signaling[i] == what)
            return true;
    }
    return false;
}

/* Who knows the carrier's routers here. */
static const enum csc_source site_sources[] = {CSC_SOURCE_BGP_VPN, CSC_SOURCE_LDP_VPN, CSC_SOURCE_OSPF_VPN};
enum { N_SITE_SOURCES = sizeof(site_sources) / sizeof(site_sources[0]) };

static const struct csc_answer *answer_of(const struct csc_input *in, enum csc_source s)
{
    return &in->facts->from[s];
}

static bool has_address(const struct csc_session *s, const struct ip_addr *a)
{
    for (size_t k = 0; k < s->n_also; k++) {
        if (ip_addr_equal(&s->also[k], a))
            return true;
    }
    return ip_addr_equal(&s->neighbor, a);
}

static bool is_same_router(const struct csc_session *a, const struct csc_session *b)
{
    for (size_t k = 0; k < a->n_also; k++) {
        if (has_address(b, &a->also[k]))
            return true;
    }
    return has_address(b, &a->neighbor);
}

/* A router that speaks more than one protocol is one site: has an earlier session counted for it? */
static bool is_counted(const struct csc_input *in, const struct csc_session *s)
{
    for (size_t f = 0; f < N_SITE_SOURCES; f++) {
        const struct csc_answer *a = answer_of(in, site_sources[f]);

        for (size_t k = 0; k < a->n_sessions; k++) {
            if (&a->sessions[k] == s)
                return false;
            if (a->sessions[k].is_up && strcmp(a->sessions[k].instance, s->instance) == 0 &&
                is_same_router(&a->sessions[k], s))
                return true;
        }
    }
    return false;
}

static void judge_session(const struct csc_input *in, const struct csc_session *s, struct csc_judgement *j)
{
    char key[CSC_KEY_MAX], a[ADDR_TEXT_MAX];

    csc_session_key(s, key);
    ip_addr_text(&s->neighbor, a, sizeof(a));
    if (s->is_up) {
        j->local_up += !is_counted(in, s);
        if (s->protocol == CSC_PROTOCOL_BGP && !s->has_labels && !speaks(in->vpn, CFG_CARRIER_SIGNALING_LDP))
            add(j, key, "%s neighbor %s does not exchange labelled routes: it needs family ipv4-labeled-unicast",
                csc_protocol_name(s->protocol), a);
        return;
    }
    add(j, key, "%s neighbor %s is %s%s%.100s", csc_protocol_name(s->protocol), a, s->state[0] ? s->state : "down",
        s->error[0] ? ", last error: " : "", s->error);
}

/* Each interface towards the carrier has a neighbour that gives labels. */
static void judge_interface(const struct csc_input *in, const struct rib_interface *i, struct csc_judgement *j)
{
    static const enum csc_source from[] = {CSC_SOURCE_BGP_VPN, CSC_SOURCE_LDP_VPN};
    char key[CSC_KEY_MAX];
    bool is_known = true;

    for (size_t f = 0; f < sizeof(from) / sizeof(from[0]); f++) {
        const struct csc_answer *a = answer_of(in, from[f]);

        is_known = is_known && a->is_known;
        for (size_t k = 0; k < a->n_sessions; k++) {
            const struct csc_session *s = &a->sessions[k];

            if (strcmp(s->instance, in->vpn->name) == 0 && strcmp(csc_session_interface(s, &i, 1), i->name) == 0)
                return;
        }
    }
    snprintf(key, sizeof(key), "interface %s", i->name);
    if (is_known && i->is_up)
        add(j, key, "interface %s has no neighbor that gives labels: neither BGP nor LDP knows one there", i->name);
}

static void judge_sites_here(const struct csc_input *in, struct csc_judgement *j)
{
    bool is_known = true;

    for (size_t f = 0; f < N_SITE_SOURCES; f++) {
        const struct csc_answer *a = answer_of(in, site_sources[f]);

        is_known = is_known && a->is_known;
        for (size_t k = 0; k < a->n_sessions; k++) {
            if (strcmp(a->sessions[k].instance, in->vpn->name) == 0)
                judge_session(in, &a->sessions[k], j);
        }
    }
    for (size_t i = 0; i < in->n_interfaces; i++) {
        if (in->interfaces[i]->has_mpls)
            judge_interface(in, in->interfaces[i], j);
    }
    if (is_known && in->n_interfaces == 0)
        add(j, "no-interface", "no interface is in the VPN instance: interface NAME vpn-instance %s", in->vpn->name);
    if (is_known && j->local_up == 0)
        j->status = VPN_STATUS_DOWN;
}

/* --- elsewhere --- */

static void judge_core_sessions(const struct csc_input *in, struct csc_judgement *j)
{
    const struct csc_answer *a = answer_of(in, CSC_SOURCE_BGP);
    const struct csc_counts *c = csc_facts_counts(in->facts, in->vpn->name);
    char key[CSC_KEY_MAX], n[ADDR_TEXT_MAX];

    for (size_t i = 0; i < a->n_sessions; i++) {
        const struct csc_session *s = &a->sessions[i];

        ip_addr_text(&s->neighbor, n, sizeof(n));
        snprintf(key, sizeof(key), "core bgp %s", n);
        if (!s->is_up)
            add(j, key, "bgp neighbor %s of the provider's network is %s%s%.100s", n, s->state[0] ? s->state : "down",
                s->error[0] ? ", last error: " : "", s->error);
    }
    /* All sites may be here, in instances that import each other's routes. */
    if (a->is_known && a->n_sessions == 0 && !(c && c->remote_routes))
        add(j, "core bgp",
            "bgp has no neighbor in the provider's network: VPN routes come from other provider edge "
            "routers or a route reflector (family ipv4-vpn)");
}

static void judge_far_end(const struct csc_input *in, const struct csc_far_end *f, struct csc_judgement *j)
{
    const struct csc_next_hop *n = csc_facts_next_hop(in->facts, &f->address);
    char key[CSC_KEY_MAX], a[ADDR_TEXT_MAX];

    if (f->has_lsp) {
        j->remote_up++;
        return;
    }
    ip_addr_text(&f->address, a, sizeof(a));
    snprintf(key, sizeof(key), "lsp %s", a);
    add(j, key, "sites behind %s: %.180s", a, n && n->reason[0] ? n->reason : "no label-switched path leads there");
}

const char *csc_lost_reason(const struct csc_input *in, const struct ip_addr *far_end, char buf[CSC_LOST_TEXT_MAX])
{
    const struct csc_next_hop *n = csc_facts_next_hop(in->facts, far_end);
    const struct csc_unimported *u = csc_facts_unimported(in->facts, far_end);

    if (n && !n->is_usable && n->reason[0])
        snprintf(buf, CSC_LOST_TEXT_MAX, "%s", n->reason);
    else if (u)
        snprintf(buf, CSC_LOST_TEXT_MAX, "no vpn-target import matches %u VPN routes from it, as %.100s", u->routes,
                 u->example.text);
    else
        snprintf(
            buf, CSC_LOST_TEXT_MAX,
            "no VPN routes from it for this instance any more: it tells none, or only with other instances' targets");
    return buf;
}

struct losing {
    const struct csc_input *in;
    struct csc_judgement *j;
    size_t n;
};

static void judge_lost(void *arg, const char *address, uint32_t lost_sec)
{
    struct losing *l = arg;
    struct ip_addr a;
    char key[CSC_KEY_MAX], why[CSC_LOST_TEXT_MAX];

    (void)lost_sec;
    if (ip_addr_parse(address, &a) != 0)
        return;
    l->n++;
    snprintf(key, sizeof(key), "lsp %.60s", address);
    add(l->j, key, "sites behind %.60s: %.180s", address, csc_lost_reason(l->in, &a, why));
}

static void judge_nothing(const struct csc_input *in, struct csc_judgement *j)
{
    const struct csc_answer *a = answer_of(in, CSC_SOURCE_UNIMPORTED);
    char from[ADDR_TEXT_MAX];

    if (a->n_unimported)
        add(j, "no-remote",
            "no route from other provider edge routers: no vpn-target import matches %u VPN routes from %s, as %.100s",
            a->unimported->routes, ip_addr_text(&a->unimported->address, from, sizeof(from)),
            a->unimported->example.text);
    else
        add(j, "no-remote",
            "no route from other provider edge routers: do their targets match (vpn-target), and is "
            "show bgp ipv4-vpn what it should be?");
}

static void judge_sites_elsewhere(const struct csc_input *in, struct csc_judgement *j)
{
    const struct csc_counts *c = csc_facts_counts(in->facts, in->vpn->name);
    struct losing l = {in, j, 0};

    if (!c)
        return;
    for (size_t i = 0; i < c->n_far_ends; i++)
        judge_far_end(in, &c->far_ends[i], j);
    csc_memory_each_lost(in->memory, in->vpn->name, judge_lost, &l, in->now_us);
    if (c->remote_routes == 0 && l.n == 0)
        judge_nothing(in, j);
    if (c->unusable_routes)
        add(j, "unusable-routes", "%llu of its routes cannot be used: show route vpn-instance %s selected false",
            (unsigned long long)c->unusable_routes, in->vpn->name);
    if (j->remote_up == 0)
        j->status = VPN_STATUS_DOWN;
}

static void judge_tables(const struct csc_input *in, struct csc_judgement *j)
{
    const struct csc_tables *t = csc_facts_tables(in->facts, in->vpn->name);
    const struct csc_example *example;

    if (!t)
        return;
    if (t->unusable)
        add(j, "bgp-unusable", "BGP routes that cannot be used: %u, as %.180s", t->unusable, t->unusable_example.text);
    example = &t->without_label_example;
    j->unlabelled_routes = t->without_label;
    if (!csc_facts_labels_networks(in->facts, in->vpn->name)) {
        j->unlabelled_networks = t->networks;
    } else if (t->networks) {
        j->unlabelled_routes += t->networks;
        example = example->text[0] ? example : &t->networks_example;
    }
    if (j->unlabelled_routes)
        add(j, "bgp-without-label", "BGP routes without label, told to nobody: %u, as %.180s", j->unlabelled_routes,
            example->text);
}

/* --- everything --- */

static void judge_answers(const struct csc_input *in, struct csc_judgement *j)
{
    char key[CSC_KEY_MAX];
    uint32_t age = csc_facts_age(in->facts, in->now_us);
    const char *last = "";

    for (int s = 0; s < CSC_SOURCE_COUNT; s++) {
        if (in->facts->from[s].is_known)
            continue;
        add(j, "unknown", "not all daemons have been asked yet");
        break;
    }
    for (int s = 0; s < CSC_SOURCE_COUNT; s++) {
        const char *daemon = csc_source_daemon((enum csc_source)s);

        if (!in->facts->from[s].is_silent || strcmp(daemon, last) == 0)
            continue;
        last = daemon;
        snprintf(key, sizeof(key), "silent %s", daemon);
        add(j, key, "%s does not answer: what it said before is taken to hold", daemon);
    }
    if (age >= OLD_SEC)
        add(j, "old", "what is known of the other daemons is old: see age");
}

static void judge_platform(const struct csc_input *in, struct csc_judgement *j)
{
    const struct csc_answer *a = answer_of(in, CSC_SOURCE_PLATFORM);
    char name[RIB_IFNAME_MAX];

    if (a->missing[0])
        add(j, "platform", "%s", a->missing);
    for (size_t i = 0; i < a->n_warnings; i++) {
        if (in->is_foreign && sscanf(a->warnings[i], "interface %15[^:]:", name) == 1 && in->is_foreign(in->arg, name))
            continue; /* another customer's */
        warn(j, a->warnings[i], "%s", a->warnings[i]);
    }
}

void csc_judge(const struct csc_input *in, struct csc_judgement *out)
{
    memset(out, 0, sizeof(*out));
    out->status = in->view->status;
    for (size_t i = 0; i < in->view->n_problems; i++)
        add(out, in->view->problems[i], "%s", in->view->problems[i]);
    judge_sites_here(in, out);
    judge_core_sessions(in, out);
    judge_sites_elsewhere(in, out);
    judge_tables(in, out);
    judge_platform(in, out);
    judge_answers(in, out);
}

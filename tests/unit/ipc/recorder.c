/* SPDX-License-Identifier: Apache-2.0
 *
 * See recorder.h.
 */
#include "tests/unit/ipc/recorder.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void recorder_add(struct recorder *r, const char *fmt, ...)
{
    va_list ap, again;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    if (r->room < r->len + (size_t)n + 1) {
        r->room = (r->len + (size_t)n + 1) * 2;
        r->text = realloc(r->text, r->room);
    }
    vsnprintf(r->text + r->len, r->room - r->len, fmt, again);
    r->len += (size_t)n;
    va_end(again);
    va_end(ap);
}

void recorder_clear(struct recorder *r)
{
    free(r->text);
    *r = (struct recorder){0};
}

const char *recorder_text(const struct recorder *r)
{
    return r->text ? r->text : "";
}

size_t recorder_count(const struct recorder *r, const char *word)
{
    const char *at = recorder_text(r), *end = at + r->len;
    size_t n = 0;

    /* Not strstr: with the sanitizer it measures the whole text each time. */
    while ((at = memmem(at, (size_t)(end - at), word, strlen(word))) != NULL) {
        at += strlen(word);
        n++;
    }
    return n;
}

struct text {
    char s[PREFIX_TEXT_MAX > LABEL_TEXT_MAX ? PREFIX_TEXT_MAX : LABEL_TEXT_MAX];
};

static struct text of_prefix(const struct prefix *p)
{
    struct text t;

    prefix_text(p, t.s, sizeof(t.s));
    return t;
}

static struct text of_addr(const struct ip_addr *a)
{
    struct text t;

    ip_addr_text(a, t.s, sizeof(t.s));
    return t;
}

static struct text of_label(const struct out_label *l)
{
    struct text t;

    out_label_text(l, t.s, sizeof(t.s));
    return t;
}

static void add_fec(struct recorder *r, const struct rib_fec *f)
{
    recorder_add(r, " fec{%s %u %s %" PRIu64 "}", rib_label_purpose_name(f->purpose), f->vrf, of_prefix(&f->prefix).s,
                 f->discriminator);
}

/* --- what clients say --- */

static void opened(void *arg, struct rib_session *s, enum rib_client_id id)
{
    (void)s;
    recorder_add(arg, "opened %s\n", rib_client_id_name(id));
}

static void closed(void *arg, struct rib_session *s)
{
    (void)s;
    recorder_add(arg, "closed\n");
}

static void end_of_replay(void *arg, struct rib_session *s)
{
    (void)s;
    recorder_add(arg, "end_of_replay\n");
}

static void nhset_define(void *arg, struct rib_session *s, uint32_t nhset, const struct rib_nexthop *nh, size_t n)
{
    (void)s;
    recorder_add(arg, "nhset_define %u", nhset);
    for (size_t i = 0; i < n; i++)
        recorder_add(arg, " {%u %u %s%s%s %s}", nh[i].vrf, nh[i].ifindex, of_addr(&nh[i].gateway).s,
                     nh[i].needs_lsp ? " lsp" : "", nh[i].is_blackhole ? " blackhole" : "", of_label(&nh[i].label).s);
    recorder_add(arg, "\n");
}

static void nhset_undefine(void *arg, struct rib_session *s, uint32_t nhset)
{
    (void)s;
    recorder_add(arg, "nhset_undefine %u\n", nhset);
}

static void route_set(void *arg, struct rib_session *s, const struct rib_route *r)
{
    (void)s;
    recorder_add(arg, "route_set %u %s %s distance=%u metric=%u tag=%u nhset=%u label=%s\n", r->vrf,
                 of_prefix(&r->prefix).s, rib_source_name(r->source), r->distance, r->metric, r->tag, r->nhset,
                 of_label(&r->label).s);
}

static void route_del(void *arg, struct rib_session *s, uint32_t vrf, const struct prefix *p, enum rib_source source)
{
    (void)s;
    recorder_add(arg, "route_del %u %s %s\n", vrf, of_prefix(p).s, rib_source_name(source));
}

static void subscribe(void *arg, struct rib_session *s, uint32_t vrf, uint32_t sources)
{
    (void)s;
    recorder_add(arg, "subscribe %u %u\n", vrf, sources);
}

static void watch(void *arg, struct rib_session *s, uint32_t id, uint32_t vrf, const struct ip_addr *a, bool needs_lsp)
{
    (void)s;
    recorder_add(arg, "watch %u %u %s%s\n", id, vrf, of_addr(a).s, needs_lsp ? " lsp" : "");
}

static void unwatch(void *arg, struct rib_session *s, uint32_t id)
{
    (void)s;
    recorder_add(arg, "unwatch %u\n", id);
}

static void labels_wanted(void *arg, struct rib_session *s, uint32_t count)
{
    (void)s;
    recorder_add(arg, "labels_wanted %u\n", count);
}

static void label_claim(void *arg, struct rib_session *s, uint32_t label, const struct rib_fec *fec)
{
    (void)s;
    recorder_add(arg, "label_claim %u", label);
    add_fec(arg, fec);
    recorder_add(arg, "\n");
}

static void label_free(void *arg, struct rib_session *s, uint32_t label)
{
    (void)s;
    recorder_add(arg, "label_free %u\n", label);
}

static void label_set(void *arg, struct rib_session *s, const struct rib_label_entry *e)
{
    (void)s;
    recorder_add(arg, "label_set %u op=%u nhset=%u label=%s lookup=%u scope=%u", e->in_label, e->op, e->nhset,
                 of_label(&e->label).s, e->lookup_vrf, e->scope);
    add_fec(arg, &e->fec);
    recorder_add(arg, "\n");
}

static void label_del(void *arg, struct rib_session *s, uint32_t in_label)
{
    (void)s;
    recorder_add(arg, "label_del %u\n", in_label);
}

static void scope_define(void *arg, struct rib_session *s, uint32_t scope, const struct rib_scope_member *m, size_t n)
{
    (void)s;
    recorder_add(arg, "scope_define %u", scope);
    for (size_t i = 0; i < n; i++)
        recorder_add(arg, " {%u %s}", m[i].vrf, of_addr(&m[i].neighbor).s);
    recorder_add(arg, "\n");
}

static void scope_undefine(void *arg, struct rib_session *s, uint32_t scope)
{
    (void)s;
    recorder_add(arg, "scope_undefine %u\n", scope);
}

static void label_peer_set(void *arg, struct rib_session *s, uint32_t peer, uint32_t vrf, const struct ip_addr *a,
                           size_t n)
{
    (void)s;
    recorder_add(arg, "label_peer_set %u %u", peer, vrf);
    for (size_t i = 0; i < n; i++)
        recorder_add(arg, " %s", of_addr(&a[i]).s);
    recorder_add(arg, "\n");
}

static void label_peer_del(void *arg, struct rib_session *s, uint32_t peer)
{
    (void)s;
    recorder_add(arg, "label_peer_del %u\n", peer);
}

static void binding_set(void *arg, struct rib_session *s, uint32_t peer, const struct prefix *fec,
                        const struct out_label *l)
{
    (void)s;
    recorder_add(arg, "binding_set %u %s %s\n", peer, of_prefix(fec).s, of_label(l).s);
}

static void binding_del(void *arg, struct rib_session *s, uint32_t peer, const struct prefix *fec)
{
    (void)s;
    recorder_add(arg, "binding_del %u %s\n", peer, of_prefix(fec).s);
}

static void batch_end(void *arg)
{
    (void)arg;
}

const struct rib_server_events recorder_server_events = {
    .opened = opened,
    .closed = closed,
    .end_of_replay = end_of_replay,
    .nhset_define = nhset_define,
    .nhset_undefine = nhset_undefine,
    .route_set = route_set,
    .route_del = route_del,
    .subscribe = subscribe,
    .watch = watch,
    .unwatch = unwatch,
    .labels_wanted = labels_wanted,
    .label_claim = label_claim,
    .label_free = label_free,
    .label_set = label_set,
    .label_del = label_del,
    .scope_define = scope_define,
    .scope_undefine = scope_undefine,
    .label_peer_set = label_peer_set,
    .label_peer_del = label_peer_del,
    .binding_set = binding_set,
    .binding_del = binding_del,
    .batch_end = batch_end,
};

/* --- what ribd says --- */

static void ready(void *arg)
{
    recorder_add(arg, "ready\n");
}

static void held_label(void *arg, uint32_t label, const struct rib_fec *fec)
{
    recorder_add(arg, "held_label %u", label);
    add_fec(arg, fec);
    recorder_add(arg, "\n");
}

static void interface(void *arg, const struct rib_interface *i)
{
    recorder_add(arg, "interface %u %s vrf=%u mtu=%u %d%d%d%d", i->ifindex, i->name, i->vrf, i->mtu, i->is_up,
                 i->is_loopback, i->has_mpls, i->is_guarded);
    for (size_t k = 0; k < i->n_addresses; k++)
        recorder_add(arg, " %s", of_prefix(&i->addresses[k]).s);
    recorder_add(arg, "\n");
}

static void interface_gone(void *arg, uint32_t ifindex)
{
    recorder_add(arg, "interface_gone %u\n", ifindex);
}

static void instance(void *arg, const struct rib_instance *i)
{
    recorder_add(arg, "instance %u \"%s\" \"%s\" %d\n", i->vrf, i->name, i->device, i->is_ready);
}

static void instance_gone(void *arg, uint32_t vrf)
{
    recorder_add(arg, "instance_gone %u\n", vrf);
}

static void route(void *arg, const struct rib_best_route *r, uint64_t epoch)
{
    recorder_add(arg, "route %u %s %s distance=%u metric=%u tag=%u %d%d epoch=%" PRIu64, r->vrf,
                 of_prefix(&r->prefix).s, rib_source_name(r->source), r->distance, r->metric, r->tag, r->has_label,
                 r->is_usable, epoch);
    for (size_t k = 0; k < r->n_nexthops; k++)
        recorder_add(arg, " {%s %u}", of_addr(&r->nexthops[k].gateway).s, r->nexthops[k].ifindex);
    recorder_add(arg, "\n");
}

static void route_gone(void *arg, uint32_t vrf, const struct prefix *p, uint64_t epoch)
{
    recorder_add(arg, "route_gone %u %s epoch=%" PRIu64 "\n", vrf, of_prefix(p).s, epoch);
}

static void routes_complete(void *arg, uint32_t vrf, uint64_t epoch)
{
    recorder_add(arg, "routes_complete %u epoch=%" PRIu64 "\n", vrf, epoch);
}

static void nexthop(void *arg, const struct rib_nexthop_state *n)
{
    recorder_add(arg, "nexthop %u %d%d %s/%u metric=%u ifindex=%u \"%s\"\n", n->watch, n->is_usable, n->has_lsp,
                 rib_source_name(n->source), n->prefix_len, n->metric, n->ifindex, n->reason);
}

static void label_block(void *arg, const uint32_t *labels, size_t n)
{
    recorder_add(arg, "label_block");
    for (size_t i = 0; i < n; i++)
        recorder_add(arg, " %u", labels[i]);
    recorder_add(arg, "\n");
}

static void label_result(void *arg, const struct rib_label_result *r, uint64_t epoch)
{
    recorder_add(arg, "label_result %u status=%u scope=%u \"%s\" epoch=%" PRIu64 "\n", r->in_label, r->status, r->scope,
                 r->reason, epoch);
}

static void label_refused(void *arg, uint32_t label, const char *reason)
{
    recorder_add(arg, "label_refused %u \"%s\"\n", label, reason);
}

static void labels_short(void *arg, bool all)
{
    recorder_add(arg, all ? "labels_short all\n" : "labels_short\n");
}

static void label_epoch(void *arg, uint64_t epoch)
{
    (void)arg;
    (void)epoch;
}

static void route_failed(void *arg, uint32_t vrf, const struct prefix *p, const char *reason)
{
    recorder_add(arg, "route_failed %u %s \"%s\"\n", vrf, of_prefix(p).s, reason);
}

const struct rib_msg_client_ops recorder_client_ops = {
    .ready = ready,
    .held_label = held_label,
    .interface = interface,
    .interface_gone = interface_gone,
    .instance = instance,
    .instance_gone = instance_gone,
    .route = route,
    .route_gone = route_gone,
    .routes_complete = routes_complete,
    .nexthop = nexthop,
    .label_block = label_block,
    .label_result = label_result,
    .label_refused = label_refused,
    .labels_short = labels_short,
    .label_epoch = label_epoch,
    .route_failed = route_failed,
};

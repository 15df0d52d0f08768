/* SPDX-License-Identifier: Apache-2.0
 *
 * The label guard (RFC 4364 s9): a guarded interface accepts only labels given to neighbours reachable there, and never
 * labels 0-15. Keeps what it was told, so that it can restore the kernel's table by itself when somebody flushed it
 * (guard_flow.c); until it is back, label input is off on guarded interfaces. The seal (guard_batch.c) shuts them from
 * the moment of the flush to that of our hearing of it. Where nftables is missing, guarded interfaces do not accept
 * labels at all.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "src/ribd/dataplane/guard_batch.h"
#include "src/ribd/dataplane/guard_read.h"
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

struct guard_port *guard_port_find(struct guard *g, uint32_t ifindex)
{
    struct guard_port *p;

    HASH_FIND(hh, g->ports, &ifindex, sizeof(ifindex), p);
    return p;
}

struct guard_port *guard_port_get(struct guard *g, uint32_t ifindex)
{
    struct guard_port *p = guard_port_find(g, ifindex);

    if (!p) {
        p = MEM_NEW(NULL, struct guard_port);
        p->ifindex = ifindex;
        HASH_ADD(hh, g->ports, ifindex, sizeof(p->ifindex), p);
    }
    return p;
}

static void port_free(struct guard *g, struct guard_port *p)
{
    g->version++;
    HASH_DEL(g->ports, p);
    label_set_fini(&p->labels);
    mem_free(NULL, p);
}

/* ---- label input ---- */

/* Not before the chain is there; and not while it is not known what is there. */
bool guard_holds_input(struct kernel_dp *k, uint32_t ifindex)
{
    const struct guard *g = &k->guard;
    const struct guard_port *p = guard_port_find(&k->guard, ifindex);

    if (!g->is_enabled)
        return false;
    if (p && p->is_guarded)
        return !g->is_usable || g->is_broken || !p->is_hooked;
    return write_awaits_guard(k, ifindex);
}

bool guard_is_wanted(struct kernel_dp *k, uint32_t ifindex)
{
    const struct guard_port *p = guard_port_find(&k->guard, ifindex);

    return k->guard.is_enabled && p && p->is_guarded;
}

static void write_input(struct kernel_dp *k, uint32_t ifindex)
{
    struct link_entry *e = link_find(k, ifindex);

    if (e && e->accepts_labels && link_has_name(e))
        sysctl_link("mpls", e->link.name, "input", guard_holds_input(k, ifindex) ? "0" : "1");
}

void guard_inputs(struct kernel_dp *k)
{
    struct guard_port *p, *next;

    HASH_ITER (hh, k->guard.ports, p, next)
        if (p->is_guarded)
            write_input(k, p->ifindex);
}

void guard_batch_inputs(struct kernel_dp *k, const struct write_batch *b)
{
    for (size_t i = 0; i < b->n_guard; i++) {
        struct guard_port *p = guard_port_find(&k->guard, b->guard[i].ifindex);

        if (b->guard[i].label != GUARD_LABEL_NONE)
            continue;
        if (p && p->has_chain && !k->guard.is_broken)
            p->is_hooked = true;
        write_input(k, b->guard[i].ifindex);
    }
}

/* ---- changes ---- */

static void change_port(struct nft_batch *b, struct guard_port *p, bool is_on)
{
    char device[IF_NAMESIZE];

    p->is_guarded = is_on;
    if (is_on && !p->has_chain && if_indextoname(p->ifindex, device)) {
        if (!p->has_set)
            nft_set_add(b, p->ifindex);
        nft_chain_add(b, p->ifindex, device, p->drops);
        p->has_set = p->has_chain = true;
    } else if (!is_on && p->has_chain) {
        nft_chain_del(b, p->ifindex);
        p->has_chain = false;
    }
}

static void change_label(struct nft_batch *b, struct guard_port *p, uint32_t label, bool is_on)
{
    if (is_on && !p->has_set) {
        nft_set_add(b, p->ifindex);
        p->has_set = true;
    }
    if (is_on ? label_set_add(&p->labels, label) : label_set_remove(&p->labels, label))
        nft_label(b, p->ifindex, label, is_on);
}

static void drop_if_unused(struct guard *g, struct nft_batch *b, struct guard_port *p)
{
    if (p->is_guarded || p->labels.n > 0)
        return;
    if (p->has_set)
        nft_set_del(b, p->ifindex);
    port_free(g, p);
}

static int change(struct kernel_dp *k, struct nft_batch *b, const struct guard_change *c)
{
    struct guard *g = &k->guard;
    struct guard_port *p = guard_port_find(g, c->ifindex);
    char device[IF_NAMESIZE];

    g->version++;
    if (!p && !c->is_on)
        return 0;
    if (!p && !if_indextoname(c->ifindex, device))
        return -ENODEV;
    if (!p)
        p = guard_port_get(g, c->ifindex);
    if (c->label == GUARD_LABEL_NONE)
        change_port(b, p, c->is_on);
    else
        change_label(b, p, c->label, c->is_on);
    drop_if_unused(g, b, p);
    return c->is_on && !g->is_usable ? -EOPNOTSUPP : 0;
}

/* True: a label is taken away and given again in this batch, so that the changes must stay in order. */
static bool is_order_needed(const struct write_batch *b)
{
    struct label_set taken = {0};
    bool is_needed = false;

    for (size_t i = 0; i < b->n_guard && !is_needed; i++) {
        const struct guard_change *c = &b->guard[i];

        if (c->label == GUARD_LABEL_NONE)
            continue;
        if (c->is_on)
            is_needed = label_set_has(&taken, c->label);
        else
            label_set_add(&taken, c->label);
    }
    label_set_fini(&taken);
    return is_needed;
}

static bool is_last(const struct write_batch *b, const struct guard_change *c)
{
    return !c->is_on && c->label != GUARD_LABEL_NONE && !b->is_guard_ordered;
}

static void forget_batch(struct nft_batch *b)
{
    struct sender_jobs none;

    TAILQ_INIT(&none);
    nft_end(b, &none, NULL);
    nft_parts_free(&none);
}

/* While the kernel has no table of ours, changes only go to memory. */
static void kept_in_memory(struct kernel_dp *k, const struct write_batch *b)
{
    struct guard_port *p, *next;

    HASH_ITER (hh, k->guard.ports, p, next)
        p->has_set = p->has_chain = false;
    guard_batch_inputs(k, b);
}

static void make_changes(struct kernel_dp *k, struct write_batch *b, bool is_end,
                         void (*fail)(void *arg, size_t op, int error, const char *text))
{
    struct guard *g = &k->guard;
    struct nft_batch t;
    size_t n = 0;

    nft_begin(&t, &g->write, g->has_seal);
    nft_table_add(&t);
    for (size_t i = 0; i < b->n_guard; i++) {
        int error;

        if (is_last(b, &b->guard[i]) != is_end)
            continue;
        n++;
        error = change(k, &t, &b->guard[i]);
        if (error)
            fail(b, b->guard[i].op, error, error == -ENODEV ? "no such interface" : "the kernel has no nftables guard");
    }
    if (n > 0 && g->is_usable && g->is_enabled) {
        b->n_guard_out++;
        guard_send(k, &t, b);
        return;
    }
    forget_batch(&t);
    if (n > 0)
        kept_in_memory(k, b);
}

void guard_begin(struct kernel_dp *k, struct write_batch *b,
                 void (*fail)(void *arg, size_t op, int error, const char *text))
{
    b->is_guard_ordered = is_order_needed(b);
    make_changes(k, b, false, fail);
}

void guard_end(struct kernel_dp *k, struct write_batch *b)
{
    make_changes(k, b, true, NULL); /* taking away never fails by itself */
}

void guard_link_gone(struct kernel_dp *k, uint32_t ifindex)
{
    struct guard *g = &k->guard;
    struct guard_port *p = guard_port_find(g, ifindex);
    struct nft_batch b;
    bool had_set;

    if (!p)
        return;
    had_set = p->has_set;
    port_free(g, p);
    if (!had_set || !g->is_enabled || !g->is_usable)
        return;
    nft_begin(&b, &g->write, g->has_seal); /* the kernel has removed the chain with its device */
    nft_set_del(&b, ifindex);
    guard_send(k, &b, NULL);
}

/* Off: nothing of it is left in the kernel. On: all that it lets in is there, too. */
static bool is_as_switched(const struct guard *g)
{
    if (g->is_switching)
        return false;
    return !g->is_enabled || !(g->is_broken || g->is_adopting || g->is_rebuild_due || g->is_rebuilding);
}

/* Input is off at once while the table is on its way. */
int guard_switch(struct dataplane *dp, bool is_enabled, char *why)
{
    struct kernel_dp *k = kernel_of(dp);
    struct guard *g = &k->guard;
    bool is_other = is_enabled != g->is_enabled;

    *why = '\0';
    if (is_other) {
        LOG_WARN(k->log, is_enabled ? "guard-enabled" : "guard-disabled", "by=operator");
        g->is_enabled = is_enabled;
        g->is_broken = is_enabled && g->is_usable;
        guard_inputs(k);
    }
    if (!g->is_opened) { /* what the kernel has, and can, is not known yet */
        g->is_switching = true;
        return -EINPROGRESS;
    }
    if (!g->is_usable && is_enabled)
        return refuse(why, -EOPNOTSUPP, "without nftables guarded interfaces take no labels at all");
    if (!g->is_usable || (!is_other && is_as_switched(g)))
        return 0;
    if (g->n_failures)
        snprintf(why, RIB_TEXT_MAX, "%s", g->text);
    if (is_other || g->is_adopting) /* else it is on its way */
        guard_rebuild(k, NULL);
    g->is_switching = true;
    return -EINPROGRESS;
}

void guard_started(struct kernel_dp *k)
{
    struct guard *g = &k->guard;

    if (g->is_usable || !g->is_switching)
        return;
    g->is_switching = false;
    if (!g->is_enabled && k->events->guard_switched)
        k->events->guard_switched(k->events_arg, false);
}

uint64_t guard_count_drops(struct dataplane *dp, uint32_t ifindex)
{
    struct kernel_dp *k = kernel_of(dp);
    struct guard_port *p = guard_port_find(&k->guard, ifindex);
    uint64_t drops = 0;

    if (!p)
        return 0;
    if (!p->has_chain || nft_read_drops(&k->guard.request, ifindex, &drops))
        return p->drops;
    return drops;
}

void guard_dump(struct kernel_dp *k, const struct dp_dump *fn, void *arg)
{
    struct guard_port *p, *next;
    uint32_t label;

    if (!fn->guard)
        return;
    HASH_ITER (hh, k->guard.ports, p, next)
        LABEL_SET_EACH(&p->labels, i, label)
    fn->guard(arg, p->ifindex, label);
}

/* ---- watching ---- */

static void on_loss(struct kernel_dp *k)
{
    k->guard.is_broken = true;
    guard_inputs(k);
    LOG_WARN(k->log, "guard-lost", "cause=\"somebody changed table netdev %s\"", GUARD_TABLE);
    if (k->events->guard_lost)
        k->events->guard_lost(k->events_arg);
    guard_rebuild(k, "rebuild");
}

/* The kernel drops the echo of our own transactions for us: a hundred thousand labels would overrun the socket. A
 * notification holds messages of one transaction only. */
static int ignore_own(const struct guard *g)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_pid)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(g->write.portid), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

    return setsockopt(g->monitor.fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno : 0;
}

static bool is_foreign(const struct kernel_dp *k, const struct nlmsghdr *nlh)
{
    return nlh->nlmsg_pid != 0 && nlh->nlmsg_pid != k->guard.write.portid && nft_is_about_guard(nlh);
}

static void on_nft(void *arg)
{
    struct kernel_dp *k = arg;
    struct nl_sock *s = &k->guard.monitor;
    bool is_lost = false;

    for (;;) {
        ssize_t got = recv(s->fd, s->buffer, NL_BUFFER, MSG_DONTWAIT);
        const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)s->buffer;
        int left = (int)got;

        if (got < 0 && errno == ENOBUFS) {
            is_lost = true; /* it may have been among what we missed, and a rebuild does no harm */
            continue;
        }
        if (got < 0)
            break;
        for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
            is_lost |= is_foreign(k, nlh);
    }
    if (is_lost && k->guard.ports && k->guard.is_enabled && k->guard.is_usable)
        on_loss(k);
}

bool guard_probe(struct kernel_dp *k)
{
    struct nl_sock s;
    struct nft_batch b;
    int error = nl_open(&s, NETLINK_NETFILTER, false);

    if (error)
        return false;
    (void)k;
    nft_begin(&b, &s, false);
    nft_probe(&b);
    error = nft_commit(&b);
    nl_close(&s);
    return error == 0;
}

/* Tables with an owner: Linux 5.12. Without them a flush opens guarded interfaces until we hear of it. */
static bool probe_seal(struct guard *g)
{
    struct nft_batch b;

    nft_begin(&b, &g->write, false);
    nft_probe_seal(&b);
    return nft_commit(&b) == 0;
}

static int open_sockets(struct guard *g)
{
    int error = nl_open(&g->write, NETLINK_NETFILTER, false);

    if (!error)
        error = nl_open(&g->scan, NETLINK_NETFILTER, false);
    if (!error)
        error = nl_open(&g->request, NETLINK_NETFILTER, false);
    if (!error)
        error = nl_open(&g->monitor, NETLINK_NETFILTER, true);
    if (!error)
        error = ignore_own(g);
    return error ? error : nl_join(&g->monitor, NFNLGRP_NFTABLES);
}

int guard_open(struct kernel_dp *k)
{
    struct guard *g = &k->guard;
    int error = open_sockets(g);

    g->is_opened = true;
    if (!error)
        error = guard_probe(k) ? 0 : -EOPNOTSUPP;
    g->is_usable = error == 0;
    g->has_seal = !error && probe_seal(g);
    if (!error)
        error = loop_event_watch(k->loop, g->monitor.fd, on_nft, k, &g->watch);
    if (!error)
        guard_adopt(k);
    return error;
}

void guard_close(struct kernel_dp *k)
{
    struct guard *g = &k->guard;
    struct guard_port *p, *next;

    guard_flow_fini(k);
    loop_event_unwatch(g->watch);
    HASH_ITER (hh, g->ports, p, next)
        port_free(g, p);
    nl_close(&g->write);
    nl_close(&g->scan);
    nl_close(&g->request);
    nl_close(&g->monitor);
}

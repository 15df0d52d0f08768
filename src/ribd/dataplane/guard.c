/* SPDX-License-Identifier: Apache-2.0
 *
 * The label guard (RFC 4364 s9): a guarded interface accepts only labels given to neighbours reachable there, and never
 * labels 0-15. Keeps what it was told, so that it can restore the kernel's table by itself when somebody flushed it;
 * until it is back, label input is off on guarded interfaces. The seal (guard_batch.c) shuts them from the moment of
 * the flush to that of our hearing of it. Each rebuild is one transaction that replaces the whole table, so there is no
 * moment without a guard. Where nftables is missing, guarded interfaces do not accept labels at
 * all.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "src/ribd/dataplane/guard_batch.h"
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

enum { RETRY_MS = 1000, READ_TRIES = 5 };

static struct guard_port *port_find(struct guard *g, uint32_t ifindex)
{
    struct guard_port *p;

    HASH_FIND(hh, g->ports, &ifindex, sizeof(ifindex), p);
    return p;
}

static struct guard_port *port_get(struct guard *g, uint32_t ifindex)
{
    struct guard_port *p = port_find(g, ifindex);

    if (!p) {
        p = MEM_NEW(NULL, struct guard_port);
        p->ifindex = ifindex;
        HASH_ADD(hh, g->ports, ifindex, sizeof(p->ifindex), p);
    }
    return p;
}

static void port_free(struct guard *g, struct guard_port *p)
{
    HASH_DEL(g->ports, p);
    label_set_fini(&p->labels);
    mem_free(NULL, p);
}

static bool is_held(const struct guard *g)
{
    return g->is_enabled && (g->is_broken || !g->is_usable);
}

/* Writes the label input of every guarded port: off while held, else as ribd wants it. */
static void write_inputs(struct kernel_dp *k)
{
    struct guard_port *p, *next;

    HASH_ITER (hh, k->guard.ports, p, next) {
        struct link_entry *e = p->is_guarded ? link_find(k, p->ifindex) : NULL;

        if (e && e->accepts_labels)
            sysctl_link("mpls", e->link.name, "input", is_held(&k->guard) ? "0" : "1");
    }
}

/* What a table counted goes with it if it was flushed; the count goes on from what we knew, it never goes back. */
static void keep_drops(struct kernel_dp *k, struct guard_port *p)
{
    uint64_t now;

    if (nft_read_drops(&k->guard.request, p->ifindex, &now))
        LOG_DEBUG(k->log, "guard-counter-lost", "ifindex=%u", p->ifindex);
    else
        p->drops = now < p->drops ? p->drops + now : now;
}

/* The whole table in one transaction. Ports whose device is gone are left out; link_gone comes for them. */
static int rebuild(struct kernel_dp *k)
{
    struct guard *g = &k->guard;
    struct guard_port *p, *next;
    struct nft_batch b;
    char device[IF_NAMESIZE];
    int error;

    if (!g->is_usable)
        return -EOPNOTSUPP;
    HASH_ITER (hh, g->ports, p, next)
        if (p->has_chain)
            keep_drops(k, p);
    nft_begin(&b, &g->request, g->has_seal);
    nft_table_add(&b); /* so that there is one to delete */
    nft_table_del(&b);
    nft_table_add(&b);
    HASH_ITER (hh, g->ports, p, next) {
        p->has_set = p->has_chain = false;
        if (!if_indextoname(p->ifindex, device))
            continue;
        nft_set_add(&b, p->ifindex);
        p->has_set = true;
        if (p->is_guarded)
            nft_chain_add(&b, p->ifindex, device, p->drops);
        p->has_chain = p->is_guarded;
    }
    HASH_ITER (hh, g->ports, p, next)
        if (p->has_set)
            nft_labels_all(&b, p->ifindex, &p->labels);
    error = nft_commit(&b);
    if (error)
        LOG_ERROR(k->log, "guard-rebuild-failed", "error=\"%s\"", b.text);
    return error;
}

static void tell_restored(struct kernel_dp *k, const char *by)
{
    LOG_INFO(k->log, "guard-restored", "by=%s", by);
    if (k->events->guard_restored)
        k->events->guard_restored(k->events_arg);
}

int guard_restore(struct kernel_dp *k)
{
    int error = rebuild(k);

    k->guard.is_broken = error != 0;
    write_inputs(k);
    if (error && k->guard.is_usable)
        timer_arm_ms(&k->guard.retry, RETRY_MS);
    return error;
}

static void on_retry(void *arg)
{
    struct kernel_dp *k = arg;

    if (k->guard.is_broken && k->guard.is_enabled && guard_restore(k) == 0)
        tell_restored(k, "retry");
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
    struct guard_port *p = port_find(g, c->ifindex);
    char device[IF_NAMESIZE];

    if (!p && !c->is_on)
        return 0;
    if (!p && !if_indextoname(c->ifindex, device))
        return -ENODEV;
    if (!p)
        p = port_get(g, c->ifindex);
    if (c->label == GUARD_LABEL_NONE)
        change_port(b, p, c->is_on);
    else
        change_label(b, p, c->label, c->is_on);
    drop_if_unused(g, b, p);
    return c->is_on && !g->is_usable ? -EOPNOTSUPP : 0;
}

/* While the kernel has no table of ours, changes only go to memory. */
static void change_in_memory(struct kernel_dp *k, const struct guard_change *changes, size_t n,
                             void (*fail)(void *arg, size_t op, int error, const char *text), void *arg)
{
    struct nft_batch none = {.sock = &k->guard.request};
    struct guard_port *p, *next;

    for (size_t i = 0; i < n; i++) {
        int error = change(k, &none, &changes[i]);

        if (error)
            fail(arg, changes[i].op, error,
                 error == -ENODEV ? "no such interface" : "the kernel has no nftables guard");
    }
    HASH_ITER (hh, k->guard.ports, p, next)
        p->has_set = p->has_chain = false;
    mem_free(NULL, none.data);
}

void guard_apply(struct kernel_dp *k, const struct guard_change *changes, size_t n,
                 void (*fail)(void *arg, size_t op, int error, const char *text), void *arg)
{
    struct guard *g = &k->guard;
    struct nft_batch b;
    int error;

    if (!g->is_usable || !g->is_enabled) {
        change_in_memory(k, changes, n, fail, arg);
        write_inputs(k);
        return;
    }
    nft_begin(&b, &g->request, g->has_seal);
    nft_table_add(&b);
    for (size_t i = 0; i < n; i++)
        if (change(k, &b, &changes[i]))
            fail(arg, changes[i].op, -ENODEV, "no such interface");
    error = nft_commit(&b);
    if (!error && !g->is_broken)
        return;
    /* The table is not what we thought; memory is right, so make it anew. */
    error = guard_restore(k);
    for (size_t i = 0; error && i < n; i++)
        fail(arg, changes[i].op, error, "the guard table cannot be written");
}

bool guard_holds_input(struct kernel_dp *k, uint32_t ifindex)
{
    struct guard_port *p = port_find(&k->guard, ifindex);

    return p && p->is_guarded && is_held(&k->guard);
}

void guard_link_gone(struct kernel_dp *k, uint32_t ifindex)
{
    struct guard *g = &k->guard;
    struct guard_port *p = port_find(g, ifindex);
    struct nft_batch b;
    bool had_set;

    if (!p)
        return;
    had_set = p->has_set;
    port_free(g, p);
    if (!had_set || !g->is_enabled || !g->is_usable)
        return;
    nft_begin(&b, &g->request, g->has_seal); /* the kernel has removed the chain with its device */
    nft_set_del(&b, ifindex);
    if (nft_commit(&b))
        guard_restore(k);
}

int guard_switch(struct dataplane *dp, bool is_enabled)
{
    struct kernel_dp *k = kernel_of(dp);
    struct guard *g = &k->guard;
    struct guard_port *p, *next;
    struct nft_batch b;
    int error;

    if (!g->is_usable)
        return is_enabled ? -EOPNOTSUPP : 0;
    write_guard_now(k);
    if (is_enabled == g->is_enabled)
        return 0;
    g->is_enabled = is_enabled;
    LOG_WARN(k->log, is_enabled ? "guard-enabled" : "guard-disabled", "by=operator");
    if (is_enabled)
        return guard_restore(k);
    nft_begin(&b, &g->request, g->has_seal);
    nft_table_add(&b);
    nft_table_del(&b);
    error = nft_commit(&b);
    HASH_ITER (hh, g->ports, p, next)
        p->has_set = p->has_chain = false;
    write_inputs(k);
    return error;
}

uint64_t guard_count_drops(struct dataplane *dp, uint32_t ifindex)
{
    struct kernel_dp *k = kernel_of(dp);
    struct guard_port *p = port_find(&k->guard, ifindex);
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

/* ---- adoption and watching ---- */

static void found_chain(void *arg, uint32_t ifindex, uint32_t label)
{
    struct kernel_dp *k = arg;
    char device[IF_NAMESIZE];
    struct guard_port *p;

    (void)label;
    if (!if_indextoname(ifindex, device))
        return;
    p = port_get(&k->guard, ifindex);
    p->is_guarded = p->has_chain = true;
}

static void found_set(void *arg, uint32_t ifindex, uint32_t label)
{
    struct kernel_dp *k = arg;
    char device[IF_NAMESIZE];

    (void)label;
    if (if_indextoname(ifindex, device))
        port_get(&k->guard, ifindex)->has_set = true;
}

static void found_label(void *arg, uint32_t ifindex, uint32_t label)
{
    struct kernel_dp *k = arg;

    label_set_add(&port_get(&k->guard, ifindex)->labels, label);
}

static int read_all(struct kernel_dp *k)
{
    struct guard *g = &k->guard;
    struct guard_port *p, *next;
    int error = nft_read_chains(&g->request, found_chain, k);

    if (!error)
        error = nft_read_sets(&g->request, found_set, k);
    HASH_ITER (hh, g->ports, p, next)
        if (!error && p->has_set)
            error = nft_read_labels(&g->request, p->ifindex, found_label, k);
    return error;
}

/* What an earlier life left. It is written anew at once: rules may have been edited meanwhile. */
static int adopt(struct kernel_dp *k)
{
    int error = -EINTR;

    for (int i = 0; i < READ_TRIES && error == -EINTR; i++)
        error = read_all(k);
    if (error)
        return error;
    return k->guard.ports ? guard_restore(k) : 0;
}

static void on_loss(struct kernel_dp *k)
{
    k->guard.is_broken = true;
    write_inputs(k);
    LOG_WARN(k->log, "guard-lost", "cause=\"somebody changed table netdev %s\"", GUARD_TABLE);
    if (k->events->guard_lost)
        k->events->guard_lost(k->events_arg);
    if (guard_restore(k) == 0)
        tell_restored(k, "rebuild");
}

/* The kernel drops the echo of our own transactions for us: a hundred thousand labels would overrun the socket. A
 * notification holds messages of one transaction only. */
static int ignore_own(const struct guard *g)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_pid)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(g->request.portid), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

    return setsockopt(g->monitor.fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno : 0;
}

static bool is_foreign(const struct kernel_dp *k, const struct nlmsghdr *nlh)
{
    return nlh->nlmsg_pid != 0 && nlh->nlmsg_pid != k->guard.request.portid && nft_is_about_guard(nlh);
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

    nft_begin(&b, &g->request, false);
    nft_probe_seal(&b);
    return nft_commit(&b) == 0;
}

int guard_open(struct kernel_dp *k)
{
    struct guard *g = &k->guard;
    int error;

    g->is_enabled = true;
    timer_init(&g->retry, k->loop, on_retry, k);
    error = nl_open(&g->request, NETLINK_NETFILTER, false);
    if (!error)
        error = nl_open(&g->monitor, NETLINK_NETFILTER, true);
    if (!error)
        error = ignore_own(g);
    if (!error)
        error = nl_join(&g->monitor, NFNLGRP_NFTABLES);
    if (!error)
        error = guard_probe(k) ? 0 : -EOPNOTSUPP;
    g->is_usable = error == 0;
    g->has_seal = !error && probe_seal(g);
    if (!error)
        error = loop_event_watch(k->loop, g->monitor.fd, on_nft, k, &g->watch);
    return error ? error : adopt(k);
}

void guard_close(struct kernel_dp *k)
{
    struct guard *g = &k->guard;
    struct guard_port *p, *next;

    timer_cancel(&g->retry);
    loop_event_unwatch(g->watch);
    HASH_ITER (hh, g->ports, p, next)
        port_free(g, p);
    nl_close(&g->request);
    nl_close(&g->monitor);
}

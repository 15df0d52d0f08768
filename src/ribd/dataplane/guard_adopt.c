/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard in the kernel against the guard in memory: what an earlier life left becomes memory (at the start, before
 * anybody is told that we have started); what differs later somebody else has changed. The thread reads at the start;
 * rules are compared in words, each with that which we would write.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/dataplane/guard_batch.h"
#include "src/ribd/dataplane/guard_read.h"
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

enum { ADOPT_TRIES = 20, LABELS_AT_ONCE = 5000 /* more of them would hold up the loop */ };

/* ---- at the start ---- */

static void drop_reading(struct sender_job *job)
{
    struct guard_reading *r = (struct guard_reading *)(void *)job;

    guard_reading_fini(r);
    mem_free(NULL, r);
}

/* True: it must be made anew, not only its chains. */
static bool take_over(struct guard *g, const struct guard_reading *r)
{
    bool is_odd = false;
    char device[IF_NAMESIZE];

    for (size_t i = 0; i < r->n; i++) {
        const struct guard_seen *s = &r->seen[i];
        struct guard_port *p;

        if (s->kind == GUARD_SEEN_ODD)
            is_odd = true;
        else if (s->kind == GUARD_SEEN_LABEL && (p = guard_port_find(g, s->ifindex)))
            label_set_add(&p->labels, s->label);
        else if ((s->kind == GUARD_SEEN_CHAIN || s->kind == GUARD_SEEN_SET) && !if_indextoname(s->ifindex, device))
            is_odd = true; /* what is left of a device that is gone goes with the table */
        else if (s->kind == GUARD_SEEN_SET)
            guard_port_get(g, s->ifindex)->has_set = true;
        else if (s->kind == GUARD_SEEN_CHAIN) {
            p = guard_port_get(g, s->ifindex);
            p->is_guarded = p->has_chain = true;
            p->drops = s->drops;
        }
    }
    return is_odd;
}

static void read_what_there_is(struct kernel_dp *k);

/* The chains are written anew at once, since rules may have been edited; their labels stay where they are. */
static void on_read(struct kernel_dp *k, struct sender_job *job)
{
    struct guard *g = &k->guard;
    struct guard_reading *r = (struct guard_reading *)(void *)job;
    bool is_odd;

    g->is_out = false;
    if (r->error && ++g->adopt_tries < ADOPT_TRIES) {
        drop_reading(job);
        read_what_there_is(k);
        return;
    }
    if (r->error)
        LOG_ERROR(k->log, "guard-unreadable", "error=\"%s\"", strerror(-r->error));
    g->is_adopting = false;
    is_odd = r->has_chains && take_over(g, r);
    is_odd |= r->has_chains && r->error; /* of the labels not all are known: those of whom we do not know go */
    drop_reading(job);
    if (is_odd || !g->is_enabled || g->is_switching) /* which is told at its end */
        guard_rebuild(k, NULL);
    else if (g->ports)
        guard_rewrite_chains(k);
    timer_arm_us(&k->start_timer, 0);
}

static void read_what_there_is(struct kernel_dp *k)
{
    struct guard *g = &k->guard;
    struct guard_reading *r = MEM_NEW(NULL, struct guard_reading);

    r->job.run = guard_read;
    r->job.done = on_read;
    r->job.drop = drop_reading;
    r->sock = &g->scan;
    r->has_labels = r->may_wait = true;
    g->is_adopting = g->is_out = true;
    sender_give(k, &r->job);
}

void guard_adopt(struct kernel_dp *k)
{
    read_what_there_is(k);
}

/* ---- the audit ---- */

struct checking {
    struct guard *g;
    bool is_open; /* an interface lets in, or may let in, what it should not */
    struct differences found;
};

static const struct guard_seen *seen(const struct guard_reading *r, enum guard_seen_kind kind, uint32_t ifindex)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->seen[i].kind == kind && r->seen[i].ifindex == ifindex)
            return &r->seen[i];
    return NULL;
}

static void check_chain(struct checking *c, const struct guard_reading *r, const struct guard_port *p, bool is_seal)
{
    const struct guard_seen *s = seen(r, is_seal ? GUARD_SEEN_SEAL : GUARD_SEEN_CHAIN, p->ifindex);
    char device[IF_NAMESIZE], *words;

    if (!if_indextoname(p->ifindex, device))
        return; /* link_gone comes for it */
    if (!s) {
        c->is_open = true;
        audit_differs(&c->found, "guard: no %s on interface %u: %s", is_seal ? "seal" : "chain", p->ifindex,
                      is_seal ? "a flush of nftables would let every label in" : "it lets every label in");
        return;
    }
    words = nft_expected_words(p->ifindex, device, is_seal, c->g->has_seal);
    if (strcmp(words, s->words) != 0) {
        c->is_open = true;
        audit_differs(&c->found, "guard: the %s on interface %u has not the rules that ribd gave it",
                      is_seal ? "seal" : "chain", p->ifindex);
    }
    mem_free(NULL, words);
}

static void check_port(struct checking *c, const struct guard_reading *r, const struct guard_port *p)
{
    if (p->has_chain)
        check_chain(c, r, p, false);
    if (p->has_chain && c->g->has_seal)
        check_chain(c, r, p, true);
    if (r->has_labels && p->has_set && !seen(r, GUARD_SEEN_SET, p->ifindex))
        audit_differs(&c->found, "guard: no set of labels on interface %u", p->ifindex);
}

/* Those that are missing: the kernel's are taken from a copy of ours. */
struct port_labels {
    uint32_t ifindex; /* key */
    struct label_set labels;
    UT_hash_handle hh;
};

static struct port_labels *labels_of(struct port_labels **all, uint32_t ifindex)
{
    struct port_labels *l;

    HASH_FIND(hh, *all, &ifindex, sizeof(ifindex), l);
    if (l)
        return l;
    l = MEM_NEW(NULL, struct port_labels);
    l->ifindex = ifindex;
    HASH_ADD(hh, *all, ifindex, sizeof(l->ifindex), l);
    return l;
}

static void check_seen(struct checking *c, const struct guard_seen *s, struct port_labels **all)
{
    const struct guard_port *p = guard_port_find(c->g, s->ifindex);

    switch (s->kind) {
    case GUARD_SEEN_CHAIN:
    case GUARD_SEEN_SEAL:
        if (!p || !p->has_chain)
            audit_differs(&c->found, "guard: a %s on interface %u, which is not guarded",
                          s->kind == GUARD_SEEN_SEAL ? "seal" : "chain", s->ifindex);
        return;
    case GUARD_SEEN_SET:
        if (!p || !p->has_set)
            audit_differs(&c->found, "guard: a set of labels on interface %u, which has none", s->ifindex);
        return;
    case GUARD_SEEN_LABEL:
        if (!p || !label_set_has(&p->labels, s->label))
            audit_differs(&c->found, "guard: the kernel lets label %u in on interface %u, which was not given there",
                          s->label, s->ifindex);
        else
            label_set_add(&labels_of(all, s->ifindex)->labels, s->label);
        return;
    case GUARD_SEEN_ODD:
        audit_differs(&c->found, "guard: the set of labels on interface %u is not as ribd made it", s->ifindex);
        return;
    }
}

static void check_labels(struct checking *c, const struct guard_reading *r)
{
    struct port_labels *all = NULL, *l, *lnext;
    struct guard_port *p, *next;
    uint32_t label;

    for (size_t i = 0; i < r->n; i++)
        check_seen(c, &r->seen[i], &all);
    HASH_ITER (hh, c->g->ports, p, next) {
        l = labels_of(&all, p->ifindex);
        if (r->has_labels && p->has_set && l->labels.n < p->labels.n)
            LABEL_SET_EACH(&p->labels, i, label)
        if (!label_set_has(&l->labels, label))
            audit_differs(&c->found, "guard: the kernel does not let label %u in on interface %u", label, p->ifindex);
    }
    HASH_ITER (hh, all, l, lnext) {
        HASH_DEL(all, l);
        label_set_fini(&l->labels);
        mem_free(NULL, l);
    }
}

/* ---- many labels: the thread reads them ---- */

struct aside {
    struct guard_reading r; /* first */
    unsigned version;
    bool is_repair;
};

static void drop_aside(struct sender_job *job)
{
    guard_reading_fini((struct guard_reading *)(void *)job);
    mem_free(NULL, job);
}

static void log_difference(void *arg, const char *difference)
{
    struct kernel_dp *k = arg;

    LOG_WARN(k->log, "audit-difference", "what=\"%s\"", difference);
}

/* What we changed meanwhile makes it worthless; the next audit reads again. */
static void on_aside(struct kernel_dp *k, struct sender_job *job)
{
    struct aside *a = (struct aside *)(void *)job;
    struct guard *g = &k->guard;
    struct checking c = {.g = g, .found = {.fn = log_difference, .arg = k}};

    g->is_auditing = false;
    if (!a->r.error && a->version == g->version && g->is_enabled && !g->is_broken && guard_is_idle(k))
        check_labels(&c, &a->r);
    if (c.found.n > 0)
        kernel_foreign_change(k, "labels of the guard");
    if (c.found.n > 0 && a->is_repair)
        guard_rebuild(k, NULL);
    drop_aside(job);
}

static void audit_labels_aside(struct kernel_dp *k, bool is_repair)
{
    struct aside *a;

    if (k->guard.is_auditing)
        return;
    a = MEM_NEW(NULL, struct aside);
    a->r.job.run = guard_read;
    a->r.job.done = on_aside;
    a->r.job.drop = drop_aside;
    a->r.sock = &k->guard.scan;
    a->r.has_labels = a->r.may_wait = true;
    a->version = k->guard.version;
    a->is_repair = is_repair;
    k->guard.is_auditing = true;
    sender_give(k, &a->r.job);
}

int guard_audit(struct kernel_dp *k, bool is_repair, void (*fn)(void *arg, const char *difference), void *arg)
{
    struct guard *g = &k->guard;
    struct checking c = {.g = g, .found = {.fn = fn, .arg = arg}};
    struct guard_reading r = {.sock = &g->request};
    struct guard_port *p, *next;
    size_t n = 0;

    if (!g->is_usable || !g->is_enabled || g->is_broken || !g->ports)
        return 0; /* off, or being restored */
    if (!guard_is_idle(k))
        return -EAGAIN;
    HASH_ITER (hh, g->ports, p, next)
        n += p->labels.n;
    r.has_labels = n <= LABELS_AT_ONCE;
    guard_read(&r.job);
    if (r.error == -EINTR) { /* others are changing tables now; the next audit sees */
        guard_reading_fini(&r);
        return -EAGAIN;
    }
    c.is_open = r.error != 0;
    if (r.error)
        audit_differs(&c.found, "guard: its table in nftables cannot be read: %s", strerror(-r.error));
    HASH_ITER (hh, g->ports, p, next)
        if (!r.error)
            check_port(&c, &r, p);
    if (!r.error)
        check_labels(&c, &r);
    guard_reading_fini(&r);
    if (is_repair && c.is_open) {
        g->is_broken = true;
        guard_inputs(k);
    }
    if (is_repair && c.found.n > 0)
        guard_rebuild(k, NULL);
    else if (!r.has_labels)
        audit_labels_aside(k, is_repair);
    return c.found.n;
}

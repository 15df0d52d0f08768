/* SPDX-License-Identifier: Apache-2.0
 *
 * Adj-RIB-Out (RFC 4271 s3.2) and its packing into UPDATE messages: withdrawals first, then group by group of equal
 * attributes, then End-of-RIB (RFC 4724 s2) once after a session came up. A label stays in use until the message that
 * withdraws or replaces it has been written (invariant 6). Pure.
 */
#include "bgpd/rib/adj_out.h"

#include "bgpd/rib/rib_private.h"
#include "strata/log.h"

enum { BATCH = 600 }; /* more than fit into one message with labels */

static struct bgp_rib *rib_of(const struct bgp_rib_peer *p)
{
    return p->vrf->rib;
}

static void advertisement_hold(struct bgp_advertisement *a)
{
    if (a->slot)
        bgp_label_use(a->slot);
}

static void advertisement_release(struct bgp_rib *rib, struct bgp_advertisement *a)
{
    struct bgp_label_slot *slot = a->slot;

    bgp_attr_set_unref(&rib->attrs, a->attrs);
    *a = (struct bgp_advertisement){0};
    if (slot)
        bgp_label_unuse(slot);
}

static struct bgp_adj_out *find(const struct bgp_dest *d, const struct bgp_rib_peer *p)
{
    struct bgp_adj_out *o;

    LIST_FOREACH (o, &d->adj_outs, in_dest)
        if (o->peer == p)
            return o;
    return NULL;
}

bool bgp_adj_out_holds(const struct bgp_dest *d, const struct bgp_rib_peer *p, const struct bgp_label_slot *slot)
{
    const struct bgp_adj_out *o = slot ? find(d, p) : NULL;

    return o && (o->sent.slot == slot || (o->is_pending && o->next.slot == slot));
}

static struct bgp_out_group *group_get(struct bgp_peer_family *pf, struct bgp_rib *rib, struct bgp_attr_set *attrs)
{
    struct bgp_out_group *g;

    HASH_FIND_PTR(pf->groups, &attrs, g);
    if (g)
        return g;
    g = MEM_NEW(&rib->mem_adj_out, struct bgp_out_group);
    g->attrs = attrs; /* held by its members */
    TAILQ_INIT(&g->members);
    HASH_ADD_PTR(pf->groups, attrs, g);
    TAILQ_INSERT_TAIL(&pf->group_list, g, in_list);
    return g;
}

static void group_leave(struct bgp_peer_family *pf, struct bgp_rib *rib, struct bgp_adj_out *o)
{
    struct bgp_out_group *g = o->group;

    TAILQ_REMOVE(&g->members, o, queue);
    o->group = NULL;
    if (!TAILQ_EMPTY(&g->members))
        return;
    HASH_DEL(pf->groups, g);
    TAILQ_REMOVE(&pf->group_list, g, in_list);
    mem_free(&rib->mem_adj_out, g);
}

static void dequeue(struct bgp_adj_out *o)
{
    struct bgp_peer_family *pf = &o->peer->family[o->family];

    if (!o->is_pending)
        return;
    o->is_pending = false;
    if (o->group)
        group_leave(pf, rib_of(o->peer), o);
    else
        TAILQ_REMOVE(&pf->withdrawals, o, queue);
}

static void enqueue(struct bgp_adj_out *o, struct bgp_advertisement next)
{
    struct bgp_peer_family *pf = &o->peer->family[o->family];

    o->next = next;
    o->is_pending = true;
    if (next.attrs) {
        o->group = group_get(pf, rib_of(o->peer), next.attrs);
        TAILQ_INSERT_TAIL(&o->group->members, o, queue);
    } else {
        TAILQ_INSERT_TAIL(&pf->withdrawals, o, queue);
    }
    rib_of(o->peer)->ops->peer_output(rib_of(o->peer)->arg, o->peer);
}

/* Frees an entry that says nothing. */
static void release_if_empty(struct bgp_adj_out *o)
{
    struct bgp_dest *d = o->dest;

    if (o->is_pending || o->sent.attrs)
        return;
    LIST_REMOVE(o, in_dest);
    LIST_REMOVE(o, in_peer);
    mem_free(&rib_of(o->peer)->mem_adj_out, o);
    bgp_dest_mark(d);
}

static bool advertisement_equal(const struct bgp_advertisement *a, const struct bgp_advertisement *b)
{
    return a->attrs == b->attrs && a->label == b->label && a->slot == b->slot;
}

void bgp_adj_out_set(struct bgp_rib_peer *p, enum bgp_family f, struct bgp_dest *d, struct bgp_advertisement adv)
{
    struct bgp_rib *rib = rib_of(p);
    struct bgp_adj_out *o = find(d, p);
    struct bgp_advertisement old = {0};

    if (!o && !adv.attrs)
        return;
    if (o && advertisement_equal(o->is_pending ? &o->next : &o->sent, &adv)) {
        bgp_attr_set_unref(&rib->attrs, adv.attrs);
        return;
    }
    if (!o) {
        o = MEM_NEW(&rib->mem_adj_out, struct bgp_adj_out);
        o->peer = p;
        o->family = f;
        o->dest = d;
        LIST_INSERT_HEAD(&d->adj_outs, o, in_dest);
        LIST_INSERT_HEAD(&p->family[f].adj_outs, o, in_peer);
    }
    advertisement_hold(&adv);
    if (o->is_pending) {
        dequeue(o);
        old = o->next;
        o->next = (struct bgp_advertisement){0};
    }
    if (advertisement_equal(&o->sent, &adv))
        advertisement_release(rib, &adv);
    else
        enqueue(o, adv);
    advertisement_release(rib, &old);
    release_if_empty(o);
}

void bgp_adj_out_repeat(struct bgp_rib_peer *p, enum bgp_family f)
{
    struct bgp_adj_out *o;

    LIST_FOREACH (o, &p->family[f].adj_outs, in_peer) {
        struct bgp_advertisement again = o->sent;

        if (o->is_pending || !again.attrs)
            continue;
        bgp_attr_set_ref(again.attrs);
        advertisement_hold(&again);
        enqueue(o, again);
    }
}

void bgp_adj_out_drop(struct bgp_rib_peer *p, enum bgp_family f)
{
    struct bgp_rib *rib = rib_of(p);
    struct bgp_adj_out *o;

    while ((o = LIST_FIRST(&p->family[f].adj_outs))) {
        bool was_pending = o->is_pending;

        dequeue(o);
        if (was_pending)
            advertisement_release(rib, &o->next);
        advertisement_release(rib, &o->sent);
        release_if_empty(o);
    }
    p->family[f].n_sent = 0;
    p->family[f].is_end_of_rib_due = false;
}

/* The message with this entry's pending state was written. */
static void mark_sent(struct bgp_adj_out *o)
{
    struct bgp_rib *rib = rib_of(o->peer);
    struct bgp_peer_family *pf = &o->peer->family[o->family];
    struct bgp_advertisement old = o->sent;

    dequeue(o);
    o->sent = o->next;
    o->next = (struct bgp_advertisement){0};
    pf->n_sent += (o->sent.attrs != NULL);
    pf->n_sent -= (old.attrs != NULL);
    advertisement_release(rib, &old);
    release_if_empty(o);
}

static struct bgp_nlri nlri_of(const struct bgp_adj_out *o)
{
    return (struct bgp_nlri){.rd = o->dest->key.rd, .prefix = o->dest->key.prefix, .label = o->next.label};
}

static size_t output_withdrawals(struct bgp_rib_peer *p, enum bgp_family f, uint8_t *buf, size_t size)
{
    struct bgp_adj_out *batch[BATCH], *o;
    struct bgp_nlri nlri[BATCH];
    size_t n = 0, used = 0, len;

    TAILQ_FOREACH (o, &p->family[f].withdrawals, queue) {
        if (n == BATCH)
            break;
        batch[n] = o;
        nlri[n++] = nlri_of(o);
    }
    len = bgp_withdraw_encode(buf, size, f, nlri, n, &used);
    for (size_t i = 0; i < used; i++)
        mark_sent(batch[i]);
    return len;
}

/* Attributes that fit into no message: the routes can't be told. */
static void give_up(struct bgp_rib_peer *p, struct bgp_adj_out **batch, size_t n)
{
    LOG_WARN(rib_of(p)->log, "update-too-long", "routes=%zu", n);
    for (size_t i = 0; i < n; i++) {
        struct bgp_adj_out *o = batch[i];
        struct bgp_advertisement old = o->next;

        dequeue(o);
        o->next = (struct bgp_advertisement){0};
        if (o->sent.attrs)
            enqueue(o, o->next);
        advertisement_release(rib_of(p), &old);
        release_if_empty(o);
    }
}

static size_t output_group(struct bgp_rib_peer *p, enum bgp_family f, struct bgp_out_group *g, uint8_t *buf,
                           size_t size)
{
    struct bgp_adj_out *batch[BATCH], *o;
    struct bgp_nlri nlri[BATCH] = {0};
    size_t n = 0, used = 0, len;

    TAILQ_FOREACH (o, &g->members, queue) {
        if (n == BATCH)
            break;
        batch[n] = o;
        nlri[n++] = nlri_of(o);
    }
    len = bgp_update_encode(buf, size, f, &g->attrs->a, p->info.is_as4, nlri, n, &used);
    if (!len)
        give_up(p, batch, n);
    for (size_t i = 0; len && i < used; i++)
        mark_sent(batch[i]);
    return len;
}

static size_t output_family(struct bgp_rib_peer *p, enum bgp_family f, uint8_t *buf, size_t size)
{
    struct bgp_peer_family *pf = &p->family[f];
    size_t len;

    if (!pf->is_active)
        return 0;
    if (!TAILQ_EMPTY(&pf->withdrawals))
        return output_withdrawals(p, f, buf, size);
    while (!TAILQ_EMPTY(&pf->group_list)) {
        len = output_group(p, f, TAILQ_FIRST(&pf->group_list), buf, size);
        if (len)
            return len;
    }
    if (!TAILQ_EMPTY(&pf->withdrawals))
        return output_withdrawals(p, f, buf, size);
    if (!pf->is_end_of_rib_due || !TAILQ_EMPTY(&rib_of(p)->dirty))
        return 0;
    pf->is_end_of_rib_due = false;
    return bgp_end_of_rib_encode(buf, size, f);
}

size_t bgp_rib_output(struct bgp_rib_peer *p, uint8_t *buf, size_t size)
{
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++) {
        size_t len = output_family(p, f, buf, size);

        if (len)
            return len;
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Label slots and scopes (invariants 6 and 7: never dangling, good only where given). The slot knows what ribd was told
 * and what ribd answered; who needs a label, and for what, is decided in process.c and vpn.c. Pure.
 */
#include "bgpd/rib/label.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/rib/rib_private.h"

const char *bgp_label_status_name(enum bgp_label_status s)
{
    static const char *const names[] = {"waiting", "installed", "unusable", "failed"};

    return (size_t)s < sizeof(names) / sizeof(names[0]) ? names[s] : "?";
}

static int member_compare(const void *a, const void *b)
{
    const struct rib_scope_member *x = a, *y = b;

    if (x->vrf != y->vrf)
        return x->vrf < y->vrf ? -1 : 1;
    return ip_addr_compare(&x->neighbor, &y->neighbor);
}

/* NULL for no members. */
static struct bgp_scope *scope_get(struct bgp_rib *rib, const struct rib_scope_member *members, size_t n)
{
    size_t size = n * sizeof(*members);
    struct bgp_scope *s, *found;

    if (!n)
        return NULL;
    s = mem_alloc(&rib->mem_label, sizeof(*s) + size);
    s->n = n;
    for (size_t i = 0; i < n; i++) { /* member by member: padding stays zero and compares */
        s->members[i].vrf = members[i].vrf;
        s->members[i].neighbor = members[i].neighbor;
    }
    qsort(s->members, n, sizeof(*members), member_compare);
    HASH_FIND(hh, rib->scopes, s->members, size, found);
    if (found) {
        mem_free(&rib->mem_label, s);
        found->refs++;
        return found;
    }
    s->refs = 1;
    HASH_ADD_KEYPTR(hh, rib->scopes, s->members, size, s);
    return s;
}

static void scope_put(struct bgp_rib *rib, struct bgp_scope *s)
{
    if (!s || --s->refs > 0)
        return;
    HASH_DEL(rib->scopes, s);
    mem_free(&rib->mem_label, s);
}

struct bgp_label_slot *bgp_label_get(struct bgp_label_slot **home, struct bgp_vrf *vrf, struct bgp_dest *dest,
                                     enum rib_label_purpose purpose, uint64_t discriminator)
{
    struct bgp_label_slot *s = *home;

    if (s && s->fec.vrf == vrf->vrf)
        return s;
    bgp_label_detach(s); /* the instance came back under another number */
    s = MEM_NEW(&vrf->rib->mem_label, struct bgp_label_slot);
    s->rib = vrf->rib;
    s->vrf = vrf;
    s->dest = dest;
    s->home = home;
    s->fec.purpose = purpose;
    s->fec.vrf = vrf->vrf;
    if (dest)
        s->fec.prefix = dest->key.prefix;
    s->fec.discriminator = discriminator;
    *home = s;
    return s;
}

static void slot_free(struct bgp_label_slot *s)
{
    struct bgp_rib *rib = s->rib;
    struct bgp_dest *dest = s->dest;

    rib->ops->label_free(rib->arg, s);
    *s->home = NULL;
    scope_put(rib, s->scope);
    scope_put(rib, s->granted);
    mem_free(&rib->mem_label, s->reason);
    mem_free(&rib->mem_label, s);
    if (dest)
        bgp_dest_mark(dest); /* so that it may go, too */
}

/* A single label; what has no label at all never matches one. */
static uint32_t mark_label(const struct out_label *l)
{
    return l->state == LABEL_STATE_STACK           ? l->stack.label[0]
           : l->state == LABEL_STATE_IMPLICIT_NULL ? LABEL_IMPLICIT_NULL
                                                   : UINT32_MAX;
}

void bgp_label_want(struct bgp_label_slot *s, const struct bgp_label_want *want, const struct rib_scope_member *members,
                    size_t n)
{
    struct bgp_scope *scope = scope_get(s->rib, members, n);
    bool is_same = s->mark.is_told && want->nexthop_id && s->mark.op == want->op && s->scope == scope &&
                   s->mark.lookup_vrf == want->lookup_vrf && s->mark.nexthop_id == want->nexthop_id &&
                   s->mark.label == mark_label(&want->label);

    s->is_wanted = true;
    scope_put(s->rib, s->scope);
    s->scope = scope;
    if (is_same)
        return;
    s->mark.is_told = true;
    s->mark.op = want->op;
    s->mark.lookup_vrf = want->lookup_vrf;
    s->mark.nexthop_id = want->nexthop_id;
    s->mark.label = mark_label(&want->label);
    s->rib->ops->label_set(s->rib->arg, s, want);
}

void bgp_label_unwant(struct bgp_label_slot *s)
{
    if (!s)
        return;
    s->is_wanted = false;
    if (!s->uses)
        slot_free(s);
}

void bgp_label_detach(struct bgp_label_slot *s)
{
    if (!s)
        return;
    *s->home = NULL;
    s->home = &s->orphan;
    s->dest = NULL;
    s->vrf = s->rib->public;
    bgp_label_unwant(s);
}

void bgp_label_use(struct bgp_label_slot *s)
{
    s->uses++;
}

void bgp_label_unuse(struct bgp_label_slot *s)
{
    if (--s->uses == 0 && !s->is_wanted)
        slot_free(s);
    else if (s->dest)
        bgp_dest_mark(s->dest); /* the scope may shrink now */
}

bool bgp_label_is_granted(const struct bgp_label_slot *s, const struct bgp_rib_peer *p)
{
    if (s->status != BGP_LABEL_INSTALLED || !s->granted)
        return false;
    for (size_t i = 0; i < s->granted->n; i++)
        if (s->granted->members[i].vrf == p->vrf->vrf &&
            ip_addr_equal(&s->granted->members[i].neighbor, &p->cfg.address))
            return true;
    return false;
}

const char *bgp_label_problem(const struct bgp_label_slot *s)
{
    if (s->reason && s->reason[0])
        return s->reason;
    return s->status == BGP_LABEL_WAITING ? "waiting for the label to be installed" : "label is not installed";
}

uint32_t bgp_label_value(const struct bgp_label_slot *s)
{
    return s->link.in_label;
}

/* Everything that is advertised with this label is looked at again. */
static void mark_users(struct bgp_label_slot *s)
{
    if (s->dest) {
        bgp_dest_mark(s->dest);
        if (s->dest->exported)
            bgp_dest_mark(s->dest->exported->dest);
        return;
    }
    for (struct bgp_dest *d = s->vrf->table[BGP_IPV4_UNICAST].dests; d; d = d->hh.next)
        if (d->exported)
            bgp_dest_mark(d->exported->dest);
}

void bgp_rib_label_result(struct bgp_label_slot *s, enum bgp_label_status status, bool is_scope_in_force,
                          const char *reason)
{
    bool has_changed = s->status != status;

    s->status = status;
    mem_free(&s->rib->mem_label, s->reason);
    s->reason = status != BGP_LABEL_INSTALLED && reason ? mem_strdup(&s->rib->mem_label, reason) : NULL;
    if (status == BGP_LABEL_INSTALLED && is_scope_in_force && s->granted != s->scope) {
        scope_put(s->rib, s->granted);
        s->granted = s->scope;
        if (s->granted)
            s->granted->refs++;
        has_changed = true;
    }
    if (has_changed)
        mark_users(s);
}

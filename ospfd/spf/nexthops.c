/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of next hops: sorted, interned in the table that uses them, so that merging is mostly a comparison of pointers.
 */
#include <string.h>

#include "ospfd/spf/internal.h"
#include "strata/mem.h"

static int compare(const struct ospf_nexthop *a, const struct ospf_nexthop *b)
{
    if (a->gateway != b->gateway)
        return a->gateway < b->gateway ? -1 : 1;
    return a->ifindex < b->ifindex ? -1 : a->ifindex > b->ifindex;
}

const struct ospf_nexthops *spf_nexthops_get(struct ospf_table *t, const struct ospf_nexthop *nh, size_t n)
{
    struct ospf_nexthops *s;
    if (n == 0)
        return NULL;
    HASH_FIND(hh, t->sets, nh, n * sizeof(*nh), s);
    if (s)
        return s;
    s = mem_alloc(t->acct, sizeof(*s) + n * sizeof(*nh));
    s->n = n;
    memcpy(s->nexthop, nh, n * sizeof(*nh));
    HASH_ADD_KEYPTR(hh, t->sets, s->nexthop, n * sizeof(*nh), s);
    return s;
}

const struct ospf_nexthops *spf_nexthops_union(struct ospf_table *t, const struct ospf_nexthops *a,
                                               const struct ospf_nexthops *b, size_t max)
{
    struct ospf_nexthop merged[64];
    size_t n = 0, i = 0, j = 0;
    if (a == b || !b)
        return a;
    if (!a)
        return b;
    if (max > sizeof(merged) / sizeof(merged[0]))
        max = sizeof(merged) / sizeof(merged[0]);
    while (n < max && (i < a->n || j < b->n)) {
        int c = i == a->n ? 1 : j == b->n ? -1 : compare(&a->nexthop[i], &b->nexthop[j]);
        merged[n++] = c <= 0 ? a->nexthop[i] : b->nexthop[j];
        i += c <= 0;
        j += c >= 0;
    }
    return spf_nexthops_get(t, merged, n);
}

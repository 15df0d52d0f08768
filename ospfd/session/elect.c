/* SPDX-License-Identifier: Apache-2.0
 *
 * See elect.h.
 */
#include "ospfd/session/elect.h"

#include <stdbool.h>

static bool says_dr(const struct ospf_elector *e)
{
    return e->dr == e->address;
}

static bool says_backup(const struct ospf_elector *e)
{
    return e->bdr == e->address;
}

static bool is_better(const struct ospf_elector *a, const struct ospf_elector *b)
{
    if (!b)
        return true;
    if (a->priority != b->priority)
        return a->priority > b->priority;
    return a->router_id > b->router_id;
}

/* Step 2: who says that he is the designated router cannot be the backup; who says that he is the backup goes before
 * all others. */
static const struct ospf_elector *elect_backup(const struct ospf_elector *all, size_t n)
{
    const struct ospf_elector *best = NULL, *best_saying = NULL;
    for (size_t k = 0; k < n; k++) {
        const struct ospf_elector *e = &all[k];
        if (e->priority == 0 || says_dr(e))
            continue;
        if (is_better(e, best))
            best = e;
        if (says_backup(e) && is_better(e, best_saying))
            best_saying = e;
    }
    return best_saying ? best_saying : best;
}

/* Step 3: of those who say that they are it; if there is none, the backup. */
static const struct ospf_elector *elect_dr(const struct ospf_elector *all, size_t n)
{
    const struct ospf_elector *best = NULL;
    for (size_t k = 0; k < n; k++)
        if (all[k].priority > 0 && says_dr(&all[k]) && is_better(&all[k], best))
            best = &all[k];
    return best;
}

static struct ospf_elected elect_once(const struct ospf_elector *all, size_t n)
{
    const struct ospf_elector *backup = elect_backup(all, n), *dr = elect_dr(all, n);
    if (!dr)
        dr = backup;
    return (struct ospf_elected){.dr = dr ? dr->address : 0, .bdr = backup ? backup->address : 0};
}

struct ospf_elected ospf_elect(struct ospf_elector *all, size_t n)
{
    struct ospf_elector *us = &all[0];
    bool was_dr = says_dr(us), was_backup = says_backup(us);
    struct ospf_elected now = elect_once(all, n);
    us->dr = now.dr;
    us->bdr = now.bdr;
    if (was_dr != says_dr(us) || was_backup != says_backup(us)) /* step 4: nobody is both */
        now = elect_once(all, n);
    us->dr = now.dr;
    us->bdr = now.bdr;
    return now;
}

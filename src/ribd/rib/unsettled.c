/* SPDX-License-Identifier: Apache-2.0
 *
 * Ways that never come to rest: routes that take turns in making each other unusable. While the RIB is at work a node
 * is visited so often at most; then it has no way, and the others rest on that. Only a node that may depend on itself
 * is held: what is visited so often by the changes of others comes to rest when they do. But such a node is common (a
 * next hop inside a prefix that is reached over it), and many real changes look the same. So each is tried again after
 * a pause of its own that doubles: who goes round for ever costs less and less. A change that it is visited for may be
 * the one that mends it, and is a try, too. But between any two is at least four times what the last one took.
 */
#include "src/ribd/rib/unsettled.h"

#include "strata/log.h"

enum { VISITS_MAX = 32, LOOK_MAX = 4096 };
/* A visit that comes so many turns after the one before is another matter, however busy all has been since. A way that
 * goes round over a path with millions of routes takes some hundred. */
enum { TURNS_APART = 1024 };
enum { PAUSE_FIRST = 1, PAUSE_MAX = 600, FORGOTTEN_AFTER = 600, PAUSE_SHARE = 4 };

static void remind(struct rib *r, uint32_t at)
{
    if (at < r->unsettled_sec)
        r->unsettled_sec = at;
}

/* --- who may depend on himself --- */

/* Over any route that covers the address, whether it is taken now or not. */
static bool look_behind(struct rib *r, const struct node *at, const struct node *target, size_t *budget)
{
    const struct trie *t = at->vrf->dests[ribd_family_index(at->addr.family)];

    for (struct dest *d = trie_match(t, &at->addr, NULL); d; d = trie_parent(t, RIBD_PREFIX_OF(d), NULL)) {
        for (const struct route *rt = ribd_dest_routes(d); rt; rt = ribd_route_next(rt)) {
            const struct nhset *s = rt->path->key.set;

            for (size_t i = 0; i < s->n; i++) {
                struct node *n = s->members[i].node;

                if (--*budget == 0)
                    return true; /* too much to say no */
                if (!n || n->looked == r->looked)
                    continue;
                if (n->vrf == target->vrf && ip_addr_equal(&n->addr, &target->addr))
                    return true;
                n->looked = r->looked;
                ribd_vec_push(r, &r->look_behind, n);
            }
        }
    }
    return false;
}

static bool may_depend_on_itself(struct rib *r, struct node *n)
{
    size_t budget = LOOK_MAX;
    bool is_found = false;

    r->looked++;
    ribd_vec_push(r, &r->look_behind, n);
    while (r->look_behind.n && !is_found)
        is_found = look_behind(r, r->look_behind.at[--r->look_behind.n], n, &budget);
    r->look_behind.n = 0;
    return is_found;
}

/* --- visits --- */

static bool is_resting(const struct rib *r, const struct node *n)
{
    return n->is_held && n->visits && r->now_sec < n->rest_until_sec;
}

/* Something changed, but it is too early. */
static void try_after_rest(struct rib *r, struct node *n)
{
    if (n->run == r->run || !n->is_try_due || n->due_sec <= n->rest_until_sec)
        return;
    n->due_sec = n->rest_until_sec;
    remind(r, n->due_sec);
}

/* One that finds the way as it was tells nobody, and so is of no circle. */
static void count_visit(struct rib *r, struct node *n, bool is_news)
{
    if (is_resting(r, n))
        try_after_rest(r, n);
    else if (n->run != r->run || r->turn - n->visit_turn > TURNS_APART * r->part)
        n->visits = 0;
    n->run = r->run;
    if (!is_news)
        return;
    if (n->visits == 0)
        n->first_visit_sec = r->now_sec;
    n->visit_turn = r->turn;
    n->visits++;
}

static void hold(struct rib *r, struct node *n)
{
    uint32_t least = PAUSE_SHARE * (r->now_sec - n->first_visit_sec);

    if (n->is_held)
        return;
    n->is_held = true;
    n->rest_until_sec = r->now_sec + least;
    LOG_WARN(r->log, "next-hop-unsettled", "vrf=%u", n->vrf->id);
    if (n->is_try_due) { /* a try in between, by another's change */
        n->due_sec = n->due_sec > n->rest_until_sec ? n->due_sec : n->rest_until_sec;
        return;
    }
    if (n->pause_sec == 0)
        LIST_INSERT_HEAD(&r->unsettled, n, unsettled);
    n->pause_sec = n->pause_sec ? n->pause_sec * 2 : PAUSE_FIRST;
    if (n->pause_sec < least)
        n->pause_sec = least;
    if (n->pause_sec > PAUSE_MAX)
        n->pause_sec = PAUSE_MAX;
    n->is_try_due = true;
    n->due_sec = r->now_sec + n->pause_sec;
    remind(r, n->due_sec);
}

bool ribd_node_is_unsettled(struct rib *r, struct node *n, bool is_news)
{
    count_visit(r, n, is_news);
    if (n->visits <= VISITS_MAX)
        n->is_held = false;
    else if (n->is_held || may_depend_on_itself(r, n))
        hold(r, n);
    else
        n->visits = 0;
    return n->is_held;
}

/* --- again --- */

static void forget(struct node *n)
{
    n->pause_sec = 0;
    LIST_REMOVE(n, unsettled);
}

void ribd_unsettled_forget(struct node *n)
{
    if (n->pause_sec)
        forget(n);
}

static void try_again(struct rib *r, struct node *n, uint32_t now)
{
    n->is_try_due = false;
    n->visits = 0;
    n->due_sec = now + FORGOTTEN_AFTER; /* if it comes to rest now */
    ribd_node_queue(r, n);
}

void ribd_unsettled_due(struct rib *r, uint32_t now, bool is_all)
{
    struct node *n, *next;

    if (now < r->unsettled_sec && !is_all)
        return;
    r->unsettled_sec = UINT32_MAX;
    for (n = LIST_FIRST(&r->unsettled); n; n = next) {
        next = LIST_NEXT(n, unsettled);
        if (n->is_try_due && (is_all || n->due_sec <= now))
            try_again(r, n, now);
        else if (!n->is_try_due && n->due_sec <= now && r->has_backlog)
            n->due_sec = now + FORGOTTEN_AFTER; /* not at rest yet */
        else if (!n->is_try_due && n->due_sec <= now)
            forget(n);
        if (n->pause_sec)
            remind(r, n->due_sec);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A path tells its routes and entries what befell it, and a next-hop set its paths: there may be a million of them. It
 * is done some at a time, in turns with the other paths, so that those with few are through at once. Who moves to the
 * path meanwhile finds it as it is; another change in the middle makes another pass.
 */
#include "src/ribd/rib/internal.h"

enum { STEP = 64 };

/* --- routes and entries of a path --- */

static void path_begin(struct path *p, uint8_t what)
{
    p->fan = what;
    p->fan_again = 0;
    p->fan_route = what & ~FAN_ENTRIES ? p->routes : 0;
    p->fan_entry = what & (FAN_ENTRIES | FAN_REASON) ? LIST_FIRST(&p->entries) : NULL;
}

void ribd_path_fan(struct rib *r, struct path *p, unsigned what)
{
    if (p->fan) {
        p->fan |= (uint8_t)what;
        p->fan_again |= (uint8_t)what;
        return;
    }
    path_begin(p, (uint8_t)what);
    TAILQ_INSERT_TAIL(&r->fans, p, fan_link);
    ribd_work(r);
}

void ribd_path_fan_end(struct rib *r, struct path *p)
{
    if (!p->fan)
        return;
    p->fan = 0;
    TAILQ_REMOVE(&r->fans, p, fan_link);
}

void ribd_fan_visit(struct rib *r, struct path *p, struct route *rt)
{
    struct dest *d = ribd_route_dest(rt);

    if (p->fan & FAN_LOST && d->used == p) {
        d->kernel_nhid = NHID_UNKNOWN;
        ribd_dest_write(r, d);
    }
    if (p->fan & FAN_AGAIN && d->used == p && d->is_failed)
        ribd_dest_write(r, d);
    if (p->fan & FAN_QUEUE)
        ribd_dest_queue(r, d, BY_MANY);
    if (rt->is_selected && (p->fan & FAN_TOUCH || (p->fan & FAN_QUEUE && ribd_path_is_usable(p))))
        ribd_dest_touched(r, d); /* it could not be used for a while, unnoticed: its way may be another */
    else if (p->fan & FAN_REASON)
        ribd_dest_entries_queue(r, d);
}

static void path_step(struct rib *r, struct path *p, size_t *budget)
{
    for (size_t i = 0; i < ribd_part(r, STEP) && *budget && (p->fan_route || p->fan_entry); i++, --*budget) {
        struct route *rt = slab_at(&r->space, p->fan_route);
        struct entry *e = p->fan_entry;

        if (rt) {
            p->fan_route = rt->next_on_path;
            ribd_fan_visit(r, p, rt);
        }
        if (e) {
            p->fan_entry = LIST_NEXT(e, on_way);
            ribd_entry_queue(r, e);
        }
    }
    TAILQ_REMOVE(&r->fans, p, fan_link);
    if (!p->fan_route && !p->fan_entry && p->fan_again)
        path_begin(p, p->fan_again);
    if (p->fan_route || p->fan_entry) {
        TAILQ_INSERT_TAIL(&r->fans, p, fan_link);
        return;
    }
    p->fan = 0;
    ribd_path_try_free(r, p);
}

/* --- paths of a set --- */

static void set_begin(struct nhset *s, uint8_t what)
{
    s->fan = what;
    s->fan_again = 0;
    s->fan_path = LIST_FIRST(&s->paths);
}

void ribd_nhset_fan(struct rib *r, struct nhset *s, unsigned what)
{
    if (s->fan) {
        s->fan |= (uint8_t)what;
        s->fan_again |= (uint8_t)what;
        return;
    }
    set_begin(s, (uint8_t)what);
    TAILQ_INSERT_TAIL(&r->set_fans, s, fan_link);
    ribd_work(r);
}

void ribd_nhset_fan_end(struct rib *r, struct nhset *s)
{
    if (!s->fan)
        return;
    s->fan = 0;
    TAILQ_REMOVE(&r->set_fans, s, fan_link);
}

static void set_step(struct rib *r, struct nhset *s, size_t *budget)
{
    struct path *p;

    for (size_t i = 0; i < ribd_part(r, STEP) && *budget && (p = s->fan_path); i++, --*budget) {
        s->fan_path = LIST_NEXT(p, on_set);
        if (s->fan & FAN_QUEUE)
            ribd_path_queue(r, p);
        else if (s->fan & FAN_REASON && !ribd_path_is_lsp(p))
            ribd_path_fan(r, p, FAN_REASON);
    }
    TAILQ_REMOVE(&r->set_fans, s, fan_link);
    if (!s->fan_path && s->fan_again)
        set_begin(s, s->fan_again);
    if (s->fan_path)
        TAILQ_INSERT_TAIL(&r->set_fans, s, fan_link);
    else
        s->fan = 0;
}

/* --- both --- */

bool ribd_fan_step(struct rib *r, size_t *budget)
{
    size_t enough = ribd_part(r, ENOUGH_TO_RESOLVE);
    struct nhset *s = ribd_fifo_n(&r->changed_paths) < enough ? TAILQ_FIRST(&r->set_fans) : NULL;
    struct path *p = ribd_fifo_n(&r->dests[BY_MANY]) < enough ? TAILQ_FIRST(&r->fans) : NULL;

    r->is_set_turn = !r->is_set_turn;
    if (s && (r->is_set_turn || !p))
        set_step(r, s, budget);
    else if (p)
        path_step(r, p, budget);
    return s || p;
}

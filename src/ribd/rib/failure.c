/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel refused: nexthop objects, routes, label entries with what the guard lets in of them. Each is tried
 * again after a pause of its own that doubles, and is news once, or when the kernel's words change. There is room to
 * note some thousands; a crowd beyond that is tried again together.
 */
#include "src/ribd/rib/internal.h"
#include "src/ribd/rib/unsettled.h"

#include <string.h>

enum { PAUSE_FIRST = 1, PAUSE_MAX = 60, NOTED_MAX = 10000 };

static uint32_t now_of(const struct rib *r)
{
    return r->cb->now_sec ? r->cb->now_sec(r->arg) : 0;
}

static struct failure *find(const struct rib *r, const void *object)
{
    struct failure *f = NULL;

    HASH_FIND_PTR(r->failures, &object, f);
    return f;
}

static uint16_t doubled(uint16_t pause)
{
    return pause == 0 ? PAUSE_FIRST : pause * 2 < PAUSE_MAX ? (uint16_t)(pause * 2) : PAUSE_MAX;
}

static void remind(struct rib *r, uint32_t at)
{
    if (at < r->retry_sec)
        r->retry_sec = at;
}

bool ribd_failure_set(struct rib *r, enum failure_kind kind, void *object, const char *text)
{
    struct interned *words = intern_get(r->keys, text, strlen(text) + 1);
    struct failure *f = find(r, object);
    bool is_news;

    if (!f && HASH_COUNT(r->failures) >= NOTED_MAX) {
        intern_unref(r->keys, words);
        if (r->crowd_pause == 0) {
            r->crowd_pause = PAUSE_FIRST;
            r->crowd_sec = now_of(r) + PAUSE_FIRST;
            remind(r, r->crowd_sec);
        }
        return false;
    }
    if (!f) {
        f = MEM_NEW(&r->mem, struct failure);
        f->object = object;
        f->kind = (uint8_t)kind;
        HASH_ADD_PTR(r->failures, object, f);
    }
    is_news = f->text != words;
    if (f->text)
        intern_unref(r->keys, f->text);
    f->text = words;
    f->pause_sec = doubled(f->pause_sec);
    f->next_sec = now_of(r) + f->pause_sec;
    remind(r, f->next_sec);
    return is_news;
}

bool ribd_failure_crowd(struct rib *r, struct dest *d)
{
    if (d->in_failed || find(r, d))
        return false;
    d->in_failed = true;
    ribd_vec_push(r, &r->failed_dests, d);
    return true;
}

static void forget(struct rib *r, struct failure *f)
{
    HASH_DEL(r->failures, f);
    intern_unref(r->keys, f->text);
    mem_free(&r->mem, f);
}

void ribd_failure_clear(struct rib *r, const void *object)
{
    struct failure *f = r->failures ? find(r, object) : NULL;

    if (f)
        forget(r, f);
    if (!r->failures && !r->crowd_pause)
        r->retry_sec = UINT32_MAX;
}

const char *ribd_failure_text(const struct rib *r, const void *object)
{
    const struct failure *f = find(r, object);

    return f ? (const char *)f->text->data : "";
}

uint32_t ribd_failure_retry_in(const struct rib *r, const void *object)
{
    const struct failure *f = find(r, object);
    uint32_t now = now_of(r);

    return !f ? 0 : f->next_sec > now ? f->next_sec - now : 1;
}

void ribd_failures_free(struct rib *r)
{
    struct failure *f, *tmp;

    HASH_ITER (hh, r->failures, f, tmp)
        forget(r, f);
}

/* --- again --- */

static void entry_again(struct rib *r, struct entry *e)
{
    e->is_guard_forced = true;
    ribd_entry_queue(r, e);
}

static void again(struct rib *r, const struct failure *f)
{
    void *object = (void *)(uintptr_t)f->object;

    switch ((enum failure_kind)f->kind) {
    case FAILURE_PATH:
        ribd_path_write(r, object);
        break;
    case FAILURE_DEST:
        ribd_dest_write(r, object);
        break;
    case FAILURE_ENTRY:
        entry_again(r, object);
        break;
    }
}

/* Those that were not noted; how many. */
static size_t crowd_again(struct rib *r)
{
    struct path *p, *ptmp;
    struct entry *e;
    size_t n = r->failed_dests.n;

    HASH_ITER (hh, r->paths, p, ptmp) {
        if (p->is_failed && !find(r, p)) {
            ribd_path_write(r, p);
            n++;
        }
    }
    RIBD_EACH_ENTRY(e, r)
    {
        if (e->is_failed && !find(r, e)) {
            entry_again(r, e);
            n++;
        }
    }
    for (size_t i = 0; i < r->failed_dests.n; i++) {
        struct dest *d = r->failed_dests.at[i];

        d->in_failed = false;
        ribd_dest_write(r, d);
    }
    r->failed_dests.n = 0;
    return n;
}

void ribd_rib_retry(struct rib *r)
{
    struct failure *f, *tmp;

    r->n_retries++;
    ribd_unsettled_due(r, now_of(r), true);
    HASH_ITER (hh, r->failures, f, tmp)
        again(r, f);
    if (r->crowd_pause)
        crowd_again(r);
    ribd_work(r);
}

static uint32_t earlier(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void ribd_rib_retry_due(struct rib *r)
{
    uint32_t now = now_of(r), next = UINT32_MAX;
    struct failure *f, *tmp;

    ribd_unsettled_due(r, now, false);
    if (now < r->retry_sec)
        return;
    r->n_retries++;
    HASH_ITER (hh, r->failures, f, tmp) {
        if (f->next_sec <= now) {
            again(r, f);
            f->next_sec = now + doubled(f->pause_sec); /* should there be no answer */
        }
        next = earlier(next, f->next_sec);
    }
    if (r->crowd_pause && r->crowd_sec <= now) {
        r->crowd_pause = crowd_again(r) ? doubled(r->crowd_pause) : 0;
        r->crowd_sec = now + r->crowd_pause;
    }
    r->retry_sec = r->crowd_pause ? earlier(next, r->crowd_sec) : next;
    ribd_work(r);
}

uint32_t ribd_rib_retry_in(const struct rib *r)
{
    uint32_t now = now_of(r), at = earlier(r->retry_sec, r->unsettled_sec);

    return at == UINT32_MAX ? UINT32_MAX : at > now ? at - now : 0;
}

bool ribd_rib_has_failures(const struct rib *r)
{
    return HASH_COUNT(r->failures) > 0;
}

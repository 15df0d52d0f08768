/* SPDX-License-Identifier: Apache-2.0
 *
 * The label manager in the daemon: what it knows of former lives, who waits for labels, and the alarm when there are
 * none. After a start by which nothing was lost (label_store.h) labels that clients may have taken without our hearing
 * rest until the clients that live are back; else all that may ever have been given rests as after its use.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/label_store.h"
#include "src/ribd/rib/view.h"
#include "src/ribd/ribd.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/mem.h"
#include "strata/rib_server.h"

enum {
    STORE_MAX = 2 * RIB_LABELS_MAX, /* labels in a client's blocks without a FEC */
    BACK_MS = 10000,
    SERVE_MS = 100,
    SERVE_SOON_MS = 5, /* somebody waits, and others give back */
    IDLE_MS = 1000,
    ENOUGH_PART = 32,
    SWEEP_A_TURN = 4096, /* labels */
    CHECK_A_TURN = 4096  /* entries, or labels */
};

/* --- labels given out, over a restart --- */

static void mark_path(const struct ribd *d, char *out, size_t size)
{
    snprintf(out, size, "%s/labels", d->env->state_dir);
}

static struct label_past read_mark(struct ribd *d)
{
    struct label_past past = {0};
    char path[256], *data, *rest;
    size_t len;
    unsigned long mark, from;

    mark_path(d, path, sizeof(path));
    if (io_file_read(d->env->io, path, &data, &len) < 0)
        return past;
    mark = strtoul(data, &rest, 10);
    from = strtoul(rest, NULL, 10);
    mem_free(NULL, data);
    past.mark = mark <= LABEL_KERNEL_MAX ? (uint32_t)mark : LABEL_KERNEL_MAX + 1;
    past.from = from <= LABEL_KERNEL_MAX ? (uint32_t)from : 0;
    return past;
}

static void write_mark(struct ribd *d)
{
    uint32_t ahead = ribd_labels_mark_step(d->labels);
    struct label_past past = ribd_labels_past(d->labels, ahead, loop_now_us(d->env->loop));
    char path[256], text[32];

    d->labels_saved_walk = ribd_labels_walked(d->labels) + ahead;
    mark_path(d, path, sizeof(path));
    snprintf(text, sizeof(text), "%u %u\n", past.mark, past.from);
    if (io_file_write(d->env->io, path, text, strlen(text)) < 0)
        LOG_WARN(d->env->log, "labels-not-saved", "path=%s", path);
}

/* What was past at our start has rested: the next start need not wait for it. */
static void on_rested(void *arg)
{
    struct ribd *d = arg;

    if (ribd_labels_walked(d->labels))
        write_mark(d);
}

static void on_serve(void *arg);
static void on_unclaimed(void *arg);
static void on_sweep(void *arg);
static void on_check(void *arg);

void ribd_labels_open(struct ribd *d)
{
    uint64_t now = loop_now_us(d->env->loop);

    timer_init(&d->labels_rested, d->env->loop, on_rested, d);
    timer_init(&d->labels_serve, d->env->loop, on_serve, d);
    timer_init(&d->labels_unclaimed, d->env->loop, on_unclaimed, d);
    timer_init(&d->labels_sweep, d->env->loop, on_sweep, d);
    timer_init(&d->labels_check, d->env->loop, on_check, d);
    timer_arm_us(&d->labels_rested, LABEL_REST_US);
    d->label_store = label_store_open(d->env);
    d->labels = ribd_labels_create(LABEL_FIRST_UNRESERVED, d->platform_labels - 1, read_mark(d), now);
    if (label_store_found(d->label_store) == LABEL_STORE_WHOLE)
        ribd_labels_past_until(d->labels, now + BACK_MS * 1000ull);
    d->labels_back_us = now + BACK_MS * 1000ull;
    label_store_attach(d->label_store, d->labels);
}

void ribd_labels_close(struct ribd *d)
{
    timer_cancel(&d->labels_rested);
    timer_cancel(&d->labels_serve);
    timer_cancel(&d->labels_unclaimed);
    timer_cancel(&d->labels_sweep);
    timer_cancel(&d->labels_check);
    label_store_close(d->label_store);
    ribd_labels_destroy(d->labels);
}

void ribd_labels_flush(struct ribd *d)
{
    label_store_flush(d->label_store);
}

/* --- clients that do not come back --- */

static bool is_live(void *arg, uint32_t label)
{
    const struct ribd *d = arg;

    return ribd_rib_label_is_live(d->rib, label);
}

/* One client's in each turn, a part of them. */
static void on_sweep(void *arg)
{
    struct ribd *d = arg;
    int c = __builtin_ctz(d->labels_sweeping);

    if (ribd_labels_sweep_some(d->labels, (enum rib_client_id)c, SWEEP_A_TURN, is_live, d, loop_now_us(d->env->loop)))
        d->labels_sweeping &= ~(1u << c);
    if (d->labels_sweeping)
        timer_arm_us(&d->labels_sweep, 0);
    ribd_labels_changed(d);
}

void ribd_labels_sweep(struct ribd *d, enum rib_client_id c)
{
    ribd_labels_client_sweep(d->labels, c, loop_now_us(d->env->loop));
    d->labels_sweeping |= 1u << c;
    timer_arm_us(&d->labels_sweep, 0);
    ribd_labels_changed(d);
}

/* Those that we know from the file, and that had their time: what the configuration does not want any more, too. */
static void on_unclaimed(void *arg)
{
    struct ribd *d = arg;

    for (int c = RIB_CLIENT_RIBD; c < RIBD_CLIENTS; c++) {
        if (!d->sessions[c] && !timer_is_armed(&d->stale[c]))
            ribd_labels_sweep(d, (enum rib_client_id)c);
    }
}

void ribd_labels_started(struct ribd *d)
{
    timer_arm_ms(&d->labels_unclaimed, BACK_MS + d->stale_time_sec * 1000ull);
}

/* --- giving out --- */

static size_t give(struct ribd *d, enum rib_client_id c, uint32_t count)
{
    uint32_t *labels = mem_alloc(NULL, (count + 1) * sizeof(*labels));
    size_t n = ribd_labels_block(d->labels, c, count, loop_now_us(d->env->loop), labels);

    if (ribd_labels_walked(d->labels) > d->labels_saved_walk)
        write_mark(d);
    rib_session_label_block(d->sessions[c], labels, n);
    mem_free(NULL, labels);
    return n;
}

static size_t in_store(const struct ribd *d, enum rib_client_id c)
{
    struct label_client_counts n;

    ribd_labels_count_client(d->labels, c, &n);
    return n.given;
}

/* Of `count`, as many as its blocks have room for. */
static uint32_t room_for(const struct ribd *d, enum rib_client_id c, uint32_t count)
{
    size_t store = in_store(d, c), most = store < STORE_MAX ? STORE_MAX - store : 0;

    return count < most ? count : (uint32_t)most;
}

/* That client waits: what others have in their blocks and do not need comes back at once. False: they have none. */
static bool call_back(struct ribd *d, enum rib_client_id waiting)
{
    bool is_asked = false;

    for (int c = 0; c < RIBD_CLIENTS; c++) {
        if (c == (int)waiting || !d->sessions[c] || in_store(d, (enum rib_client_id)c) <= RIB_LABELS_KEPT)
            continue;
        rib_session_labels_short(d->sessions[c], false);
        is_asked = true;
    }
    return is_asked;
}

/* What clients have in store may be outside of the ranges now. */
void ribd_labels_moved(struct ribd *d)
{
    for (int c = 0; c < RIBD_CLIENTS; c++) {
        if (d->sessions[c])
            rib_session_labels_short(d->sessions[c], true);
    }
    ribd_labels_changed(d);
}

static void raise_alarm(struct ribd *d, enum rib_client_id c)
{
    uint64_t now = loop_now_us(d->env->loop);

    if (d->label_alarm_us || now < d->labels_back_us)
        return;
    d->label_alarm_us = now;
    LOG_ERROR(d->env->log, "labels-used-up", "client=%s", rib_client_id_name(c));
    ribd_tell_labels(d, true, c);
}

/* Over when nobody waits and there is something for the next one, too. */
static void end_alarm(struct ribd *d)
{
    struct label_counts n;

    ribd_labels_count(d->labels, loop_now_us(d->env->loop), &n);
    if (!d->label_alarm_us || d->labels_waiting || n.available == 0 || n.available < n.size / ENOUGH_PART)
        return;
    d->label_alarm_us = 0;
    LOG_INFO(d->env->log, "labels-available", "available=%zu", n.available);
    ribd_tell_labels(d, false, RIB_CLIENT_NONE);
}

static void on_serve(void *arg)
{
    struct ribd *d = arg;
    uint64_t now = loop_now_us(d->env->loop), next = ribd_labels_tick(d->labels, now);
    uint64_t pause = (d->labels_waiting ? SERVE_MS : IDLE_MS) * 1000ull;

    d->is_serving_soon = false;
    for (int i = 0; i < RIBD_CLIENTS; i++) {
        enum rib_client_id c = (enum rib_client_id)i;
        uint32_t count = room_for(d, c, d->labels_wanted[c]);

        if (!(d->labels_waiting & (1u << c)))
            continue;
        if (count > 0 && ribd_labels_available(d->labels, c, now) == 0) {
            raise_alarm(d, c);
            call_back(d, c);
        } else if (give(d, c, count) > 0 || count == 0) {
            d->labels_waiting &= ~(1u << c);
        }
    }
    end_alarm(d);
    if (d->labels_waiting && now < d->labels_back_us && (!next || next > d->labels_back_us))
        next = d->labels_back_us; /* then it is an alarm */
    if (next)
        timer_arm_us(&d->labels_serve, next > now + pause ? next - now : pause);
}

void ribd_labels_changed(struct ribd *d)
{
    uint64_t ms = d->labels_waiting ? SERVE_SOON_MS : SERVE_MS;

    if (d->is_serving_soon && timer_remaining_ms(&d->labels_serve) <= ms)
        return;
    d->is_serving_soon = true;
    timer_arm_ms(&d->labels_serve, ms);
}

/* Who waits already is answered when there are some. Who has more than it can be about to use gets none, and is no
 * reason for an alarm. */
void ribd_labels_wanted(struct ribd *d, enum rib_client_id c, uint32_t count)
{
    bool is_waiting = d->labels_waiting & (1u << c);

    d->labels_wanted[c] = count;
    if (is_waiting && ribd_labels_available(d->labels, c, loop_now_us(d->env->loop)) == 0)
        return;
    count = room_for(d, c, count);
    if (give(d, c, count) > 0 || count == 0) {
        d->labels_waiting &= ~(1u << c);
        return;
    }
    d->labels_waiting |= 1u << c;
    if (!call_back(d, c))
        raise_alarm(d, c);
    ribd_labels_changed(d);
}

void ribd_labels_client_gone(struct ribd *d, enum rib_client_id c)
{
    d->labels_waiting &= ~(1u << c);
    ribd_labels_client_lost(d->labels, c, loop_now_us(d->env->loop));
    ribd_labels_changed(d);
}

/* --- audit --- */

static void check_entry(void *arg, const struct rib_label_view *v)
{
    struct ribd *d = arg;
    struct ribd_labels_checking *k = &d->labels_checking;
    char text[RIB_TEXT_MAX];

    if (v->is_stale || ribd_labels_is_holder(d->labels, v->client, v->entry.in_label))
        return; /* stale ones are swept, if nobody tells them again */
    k->n++;
    snprintf(text, sizeof(text), "label %u has an entry of %s, who does not hold it", v->entry.in_label,
             rib_client_id_name(v->client));
    k->fn(k->arg, text);
}

static bool is_turn_over(void *arg, uint32_t label)
{
    struct ribd_labels_checking *k = &((struct ribd *)arg)->labels_checking;

    k->entry = label + 1;
    return --k->left == 0;
}

static void check_end(struct ribd *d)
{
    struct ribd_labels_checking *k = &d->labels_checking;
    char text[RIB_TEXT_MAX];

    if (k->n_wrong > 0) {
        snprintf(text, sizeof(text), "the label manager has %zu labels without an owner", k->n_wrong);
        k->fn(k->arg, text);
    }
    k->done(k->arg, k->n + (int)k->n_wrong);
}

/* First the entries, then the labels: each is right or wrong at the moment when it is looked at. */
static void on_check(void *arg)
{
    struct ribd *d = arg;
    struct ribd_labels_checking *k = &d->labels_checking;

    if (!k->has_entries) {
        k->left = CHECK_A_TURN;
        ribd_rib_read_labels(d->rib, k->entry, check_entry, is_turn_over, d);
        k->has_entries = k->left > 0;
    } else {
        k->label = ribd_labels_audit(d->labels, k->label, CHECK_A_TURN, &k->n_wrong);
        k->has_labels = k->label == 0;
    }
    if (k->has_labels)
        check_end(d);
    else if (!k->has_entries || k->label)
        timer_arm_us(&d->labels_check, 0);
    else
        on_check(d);
}

void ribd_labels_check(struct ribd *d, void (*fn)(void *arg, const char *difference), void (*done)(void *arg, int n),
                       void *arg)
{
    d->labels_checking =
        (struct ribd_labels_checking){.fn = fn, .done = done, .arg = arg, .entry = LABEL_FIRST_UNRESERVED};
    on_check(d);
}

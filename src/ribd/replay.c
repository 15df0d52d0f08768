/* SPDX-License-Identifier: Apache-2.0
 *
 * Restarts. When ribd starts and finds entries of its own in the kernel, it holds: nothing is written or told until the
 * clients that it knew have told everything again, or HOLD_MS are over; what they did not tell is swept then, or after
 * the stale time. When a client goes away, what it told stays for the stale time and is swept at the end of its next
 * replay.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/mem.h"

enum { HOLD_MS = 10000 };

/* --- who is known --- */

static void state_path(const struct ribd *d, const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/%s", d->env->state_dir, name);
}

static void save_known(struct ribd *d)
{
    char path[256], text[128];
    size_t used = 0;

    for (int c = RIB_CLIENT_OSPFD; c < RIBD_CLIENTS; c++) {
        if (d->known_clients & (1u << c))
            used +=
                (size_t)snprintf(text + used, sizeof(text) - used, "%s\n", rib_client_id_name((enum rib_client_id)c));
    }
    state_path(d, "clients", path, sizeof(path));
    if (io_file_write(d->env->io, path, text, used) < 0)
        LOG_WARN(d->env->log, "clients-not-saved", "path=%s", path);
}

static void on_stale_time(void *arg)
{
    const struct ribd_stale_arg *a = arg;

    LOG_WARN(a->d->env->log, "stale-time-over", "client=%s", rib_client_id_name(a->client));
    ribd_replay_ended(a->d, a->client);
}

void ribd_replay_load(struct ribd *d)
{
    char path[256], *data, *line, *rest = NULL;
    size_t len;

    for (int c = 0; c < RIBD_CLIENTS; c++) {
        d->stale_args[c] = (struct ribd_stale_arg){d, (enum rib_client_id)c};
        timer_init(&d->stale[c], d->env->loop, on_stale_time, &d->stale_args[c]);
    }
    state_path(d, "clients", path, sizeof(path));
    if (io_file_read(d->env->io, path, &data, &len) < 0)
        return;
    for (line = strtok_r(data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        for (int c = RIB_CLIENT_OSPFD; c < RIBD_CLIENTS; c++) {
            if (strcmp(line, rib_client_id_name((enum rib_client_id)c)) == 0)
                d->known_clients |= 1u << c;
        }
    }
    mem_free(NULL, data);
}

/* --- after our own start --- */

static void release(struct ribd *d, const char *why)
{
    timer_cancel(&d->hold);
    LOG_INFO(d->env->log, "hold-ended", "why=\"%s\"", why);
    ribd_rib_hold(d->rib, false);
    ribd_audit_owed(d);
    ribd_settle_soon(d);
}

static void on_hold_over(void *arg)
{
    release(arg, "time is over");
}

static void sweep_adopted(struct ribd *d)
{
    timer_cancel(&d->adopted);
    d->has_adopted = false;
    ribd_rib_sweep_adopted(d->rib);
    ribd_audit_owed(d);
    ribd_settle_soon(d);
}

static void on_adopted_over(void *arg)
{
    struct ribd *d = arg;

    for (int c = RIB_CLIENT_OSPFD; c < RIBD_CLIENTS; c++) {
        if (d->sessions[c] || !(d->awaited_clients & (1u << c)))
            continue;
        d->known_clients &= ~(1u << c); /* it is not configured any more: the next start need not wait for it */
        d->awaited_clients &= ~(1u << c);
    }
    save_known(d);
    if (timer_is_armed(&d->hold))
        release(d, "the stale time is over");
    sweep_adopted(d);
}

void ribd_replay_started(struct ribd *d)
{
    timer_init(&d->hold, d->env->loop, on_hold_over, d);
    timer_init(&d->adopted, d->env->loop, on_adopted_over, d);
    ribd_labels_started(d);
    d->awaited_clients = d->has_adopted ? d->known_clients : 0;
    if (d->has_adopted)
        timer_arm_ms(&d->adopted, d->stale_time_sec * 1000ull);
    if (d->awaited_clients)
        timer_arm_ms(&d->hold, HOLD_MS);
    else
        release(d, "nothing to wait for");
}

static void no_longer_awaited(struct ribd *d, enum rib_client_id c)
{
    if (!(d->awaited_clients & (1u << c)))
        return;
    d->awaited_clients &= ~(1u << c);
    if (d->awaited_clients)
        return;
    if (timer_is_armed(&d->hold))
        release(d, "all clients told again");
    if (d->has_adopted)
        sweep_adopted(d);
}

/* --- sessions --- */

void ribd_replay_opened(struct ribd *d, enum rib_client_id c)
{
    if (timer_is_armed(&d->stale[c])) /* it came back: it has the whole time for its replay */
        timer_arm_ms(&d->stale[c], d->stale_time_sec * 1000ull);
    if (d->known_clients & (1u << c))
        return;
    d->known_clients |= 1u << c;
    save_known(d);
}

void ribd_replay_closed(struct ribd *d, enum rib_client_id c)
{
    ribd_rib_client_lost(d->rib, c);
    ribd_labels_client_gone(d, c);
    timer_arm_ms(&d->stale[c], d->stale_time_sec * 1000ull);
}

void ribd_replay_ended(struct ribd *d, enum rib_client_id c)
{
    timer_cancel(&d->stale[c]);
    ribd_rib_client_sweep(d->rib, c);
    ribd_labels_sweep(d, c);
    no_longer_awaited(d, c);
    ribd_settle_soon(d);
}

void ribd_replay_fini(struct ribd *d)
{
    timer_cancel(&d->hold);
    timer_cancel(&d->adopted);
    for (int c = 0; c < RIBD_CLIENTS; c++)
        timer_cancel(&d->stale[c]);
}

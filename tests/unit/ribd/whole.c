/* SPDX-License-Identifier: Apache-2.0
 *
 * See whole.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/north/private.h"
#include "strata/io.h"
#include "strata/mem.h"
#include "strata/north.h"
#include "tests/unit/patient/loop.h"
#include "whole.h"

void whole_open(struct whole *w, const char *const *ports)
{
    snprintf(w->dir, sizeof(w->dir), "/tmp/strata-ribd-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    w->env.loop = patient_loop_create();
    w->env.io = io_event_create(w->env.loop);
    w->env.run_dir = w->env.state_dir = w->dir;
    w->dp = fake_dp_create();
    for (; *ports; ports++)
        fake_dp_link(w->dp, *ports);
    w->d = ribd_create(&w->env, &w->dp->dp);
    assert_non_null(w->d);
}

void whole_close(struct whole *w)
{
    char command[100];

    ribd_destroy(w->d);
    fake_dp_destroy(w->dp);
    io_destroy(w->env.io);
    loop_destroy(w->env.loop);
    snprintf(command, sizeof(command), "rm -rf %s", w->dir);
    assert_int_equal(system(command), 0);
}

void whole_restart(struct whole *w)
{
    ribd_destroy(w->d);
    w->d = ribd_create(&w->env, &w->dp->dp);
    assert_non_null(w->d);
}

/* --- time --- */

static void on_stop(void *arg)
{
    loop_event_stop(arg);
}

void run_ms(struct whole *w, uint64_t ms)
{
    struct timer t;

    timer_init(&t, w->env.loop, on_stop, w->env.loop);
    timer_arm_ms(&t, ms);
    loop_event_run(w->env.loop);
}

void run_until(struct whole *w, bool (*is_done)(void *arg), void *arg, uint64_t limit_ms)
{
    for (uint64_t gone = 0; !is_done(arg); gone++) {
        if (gone == limit_ms)
            fail_msg("not done after %u ms", (unsigned)limit_ms);
        run_ms(w, 1);
    }
}

/* --- configuration --- */

void take(struct whole *w, const struct ribd_config *c)
{
    struct north_error err = {0};

    if (ribd_north_prepare(w->d, c, NULL, &err) < 0)
        fail_msg("%s: %s", err.path, err.message);
    ribd_north_commit(w->d, c, NULL);
    run_ms(w, 20);
}

void refuses(struct whole *w, const struct ribd_config *c, const char *path)
{
    struct north_error err = {0};

    if (ribd_north_prepare(w->d, c, NULL, &err) == 0)
        fail_msg("%s is not refused", path);
    assert_string_equal(err.path, path);
    assert_true(err.message[0] != '\0');
}

/* --- state --- */

const char *state_of(struct whole *w, const char *path)
{
    struct state_writer *sw = state_writer_create(&ribd_schema);

    assert_int_equal(state_writer_ask(sw, path, NULL, 0, 0), 0);
    ribd_north_state(w->d, path, sw);
    return state_dump_take(&w->dump, &ribd_schema, sw);
}

void has(struct whole *w, const char *path, const char *text)
{
    if (!strstr(state_of(w, path), text))
        fail_msg("%s lacks \"%s\": %s", path, text, w->dump.text);
}

void lacks(struct whole *w, const char *path, const char *text)
{
    if (strstr(state_of(w, path), text))
        fail_msg("%s has \"%s\": %s", path, text, w->dump.text);
}

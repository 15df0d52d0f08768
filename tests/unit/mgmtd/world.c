/* SPDX-License-Identifier: Apache-2.0
 *
 * The world of mgmtd's tests.
 */
#include "tests/unit/mgmtd/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/patient/loop.h"

static void sink(void *arg, enum log_level level, const char *line)
{
    struct world *w = arg;
    size_t used = strlen(w->log);
    (void)level;
    snprintf(w->log + used, sizeof(w->log) - used, "%s\n", line);
}

static int setup(void **state, struct loop *loop)
{
    struct world *w = calloc(1, sizeof(*w));
    snprintf(w->dir, sizeof(w->dir), "/tmp/strata-mgmtd-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->run_dir, sizeof(w->run_dir), "%s", w->dir);
    snprintf(w->state_dir, sizeof(w->state_dir), "%s/state", w->dir);
    w->env.loop = loop;
    w->env.io = io_event_create(w->env.loop);
    w->env.log = log_create("test", sink, w);
    w->env.run_dir = w->run_dir;
    w->env.state_dir = w->state_dir;
    w->ctx = fixture_context();
    *state = w;
    return 0;
}

int world_setup(void **state)
{
    return setup(state, patient_loop_create());
}

int world_setup_in_real_time(void **state)
{
    return setup(state, loop_event_create());
}

int world_teardown(void **state)
{
    struct world *w = *state;
    char command[128];
    front_destroy(w->front);
    for (size_t i = 0; i < w->n_fakes; i++)
        north_destroy(w->fakes[i].north);
    mgmtd_destroy(w->mgmtd);
    timer_cancel(&w->timer);
    io_destroy(w->env.io);
    loop_destroy(w->env.loop);
    log_destroy(w->env.log);
    ly_ctx_destroy(w->ctx);
    snprintf(command, sizeof(command), "rm -rf %s", w->dir);
    int rc = system(command);
    free(w);
    return rc;
}

static void on_reply(const struct front_reply *r, void *arg)
{
    struct world *w = arg;
    if (r->id != w->last_id)
        return;
    w->error = r->error;
    snprintf(w->text, sizeof(w->text), "%s", r->text);
    snprintf(w->note, sizeof(w->note), "%s", r->note);
    w->n_replies++;
}

static void on_needed(const char *const *daemons, size_t n, void *arg)
{
    struct world *w = arg;
    w->needed[0] = '\0';
    for (size_t i = 0; i < n; i++)
        snprintf(w->needed + strlen(w->needed), sizeof(w->needed) - strlen(w->needed), "%s%s", i ? " " : "",
                 daemons[i]);
}

void world_connect(struct world *w)
{
    static const struct front_events events = {.reply = on_reply, .needed = on_needed};
    if (!w->front)
        w->front = front_create(&w->env, "test", &events, w);
}

void world_start(struct world *w, const char *boot)
{
    struct mgmtd_options opt = {.boot_file = boot ? "boot.conf" : NULL, .boot_text = boot, .ctx = w->ctx};
    w->mgmtd = mgmtd_create(&w->env, &opt);
    assert_non_null(w->mgmtd);
    world_connect(w);
}

void world_stop(struct world *w)
{
    mgmtd_destroy(w->mgmtd);
    w->mgmtd = NULL;
    world_until(w, !front_is_up(w->front));
}

static int fake_prepare(void *daemon, const void *next, const void *prev, struct north_error *err)
{
    struct fake *f = daemon;
    (void)prev;
    f->n_prepared++;
    if (f->kills_mgmtd) {
        f->w->must_kill = true;
        loop_event_stop(f->w->env.loop);
    }
    if (!f->refuse_path || f->n_prepared <= f->accept_first || (f->refuses && !f->refuses(next)))
        return 0;
    snprintf(err->path, sizeof(err->path), "%s", f->refuse_path);
    snprintf(err->message, sizeof(err->message), "%s does not like it", f->name);
    return -EINVAL;
}

static void fake_commit(void *daemon, const void *next, const void *prev)
{
    struct fake *f = daemon;
    struct world *w = f->w;
    (void)prev;
    f->n_committed++;
    f->last_config = next;
    snprintf(w->order + strlen(w->order), sizeof(w->order) - strlen(w->order), "%s ", f->name);
}

void fake_state(void *daemon, const char *path, struct state_writer *sw);

static int fake_action(void *daemon, const char *name, const char *argument, char *reply, size_t size)
{
    struct fake *f = daemon;
    snprintf(f->last_action, sizeof(f->last_action), "%s|%s", name, argument);
    snprintf(reply, size, "done by %s", f->name);
    return 0;
}

struct fake *world_daemon(struct world *w, const char *name)
{
    static const struct north_ops ops = {
        .prepare = fake_prepare, .commit = fake_commit, .state = fake_state, .action = fake_action};
    struct fake *f = NULL;
    for (size_t i = 0; i < w->n_fakes && !f; i++)
        f = strcmp(w->fakes[i].name, name) == 0 ? &w->fakes[i] : NULL;
    if (!f)
        f = &w->fakes[w->n_fakes++];
    for (const struct schema_owner *o = schema_owners; o->daemon; o++) {
        if (strcmp(o->daemon, name) == 0) {
            f->name = o->daemon;
            f->schema = o->schema;
        }
    }
    f->w = w;
    f->north = north_create(&w->env, f->name, f->schema, &ops, f);
    return f;
}

void world_daemon_stop(struct fake *f)
{
    north_destroy(f->north);
    f->north = NULL;
}

static void on_timer(void *arg)
{
    struct world *w = arg;
    loop_event_stop(w->env.loop);
}

void world_run_ms(struct world *w, unsigned ms)
{
    world_run_us(w, ms * 1000);
}

void world_run_us(struct world *w, unsigned us)
{
    timer_init(&w->timer, w->env.loop, on_timer, w);
    timer_arm_us(&w->timer, us);
    loop_event_run(w->env.loop);
    timer_cancel(&w->timer);
    if (w->must_kill) {
        w->must_kill = false;
        world_stop(w);
    }
}

int world_ask(struct world *w, const struct front_request *r)
{
    world_until(w, front_is_up(w->front));
    unsigned before = w->n_replies;
    w->last_id = front_send(w->front, r);
    assert_true(w->last_id != 0);
    world_until(w, w->n_replies != before);
    return w->error;
}

int world_load(struct world *w, const char *text)
{
    struct front_request r = {.op = FRONT_LOAD, .text = text, .name = "in.conf"};
    return world_ask(w, &r);
}

int world_commit(struct world *w)
{
    struct front_request r = {.op = FRONT_COMMIT, .name = "tester", .text = "why"};
    return world_ask(w, &r);
}

const char *world_show(struct world *w)
{
    struct front_request r = {.op = FRONT_SHOW};
    world_ask(w, &r);
    return w->text;
}

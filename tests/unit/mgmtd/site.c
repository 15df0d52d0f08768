/* SPDX-License-Identifier: Apache-2.0
 *
 * See site.h.
 */
#include "tests/unit/mgmtd/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/mgmtd/mgmtd.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/mem.h"

static bool name_of(int uid, char *out, size_t size)
{
    if (uid == 0)
        snprintf(out, size, "root");
    return uid == 0;
}

/* Who was put out of all groups meanwhile; NULL: nobody. */
static const char *without_groups;

void site_put_out(const char *user)
{
    without_groups = user;
}

static size_t groups_of(const char *user, char (*out)[MGMTD_NAME_MAX], size_t max)
{
    static const char *const members[][2] = {{"wes", "wheel"}, {"arthur", "audit"}, {"sue", "sudo"}};
    size_t n = 0;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && n < max; i++)
        if ((!without_groups || strcmp(user, without_groups) != 0) && strcmp(user, members[i][0]) == 0)
            snprintf(out[n++], MGMTD_NAME_MAX, "%s", members[i][1]);
    return n;
}

static void *manager_create(struct sim_process *process, const struct env *env, void *arg)
{
    static const struct mgmtd_users users = {name_of, groups_of};
    struct site *site = arg;
    struct mgmtd_options opt = {.ctx = site->ctx, .boot_file = "boot", .boot_text = site->boot, .users = &users};
    (void)process;
    return mgmtd_create(env, &opt);
}

static void manager_destroy(void *daemon, void *arg)
{
    (void)arg;
    mgmtd_destroy(daemon);
}

static bool has_booted(void *arg)
{
    struct site *site = arg;
    struct mgmtd *m = sim_process_daemon(sim_process_find(site->node, "mgmtd"));
    return m && mgmtd_sequence(m) > 0;
}

void site_make(struct site *site, struct ly_ctx *ctx, const char *boot)
{
    struct sim_program manager = {.name = "mgmtd", .create = manager_create, .destroy = manager_destroy, .arg = site};

    *site = (struct site){.ctx = ctx, .sim = sim_create(1), .boot = boot};
    site->node = sim_node_create(site->sim, "r");
    sim_process_create(site->node, "mgmtd", &manager);
}

void site_begin(struct site *site, struct ly_ctx *ctx, const char *boot)
{
    site_make(site, ctx, boot);
    assert_true(sim_run_until(site->sim, has_booted, site, 20000));
}

static void on_reply(const struct front_reply *r, void *arg)
{
    struct person *p = arg;
    if (r->id != p->id)
        return;
    p->is_answered = true;
    p->error = r->error;
    snprintf(p->text, sizeof(p->text), "%s", r->text);
    snprintf(p->note, sizeof(p->note), "%s", r->note);
    snprintf(p->tag, sizeof(p->tag), "%s", r->tag);
    snprintf(p->path, sizeof(p->path), "%s", r->path);
}

static void on_notice(const struct front_notice *n, void *arg)
{
    struct person *p = arg;
    size_t used = strlen(p->heard);
    snprintf(p->heard + used, sizeof(p->heard) - used, "%s\n", n->text);
}

static void on_down(const char *reason, void *arg)
{
    (void)reason;
    ((struct person *)arg)->is_down = true;
}

static bool is_answered(void *arg)
{
    return ((struct person *)arg)->is_answered;
}

static bool is_up(void *arg)
{
    return front_is_up(((struct person *)arg)->front);
}

int person_ask(struct person *p, struct front_request r)
{
    p->is_answered = false;
    p->id = front_send(p->front, &r);
    assert_true(sim_run_until(p->site->sim, is_answered, p, 20000));
    return p->error;
}

static void come(struct person *p, struct site *site, const char *user, const char *kind, bool is_shared)
{
    static const struct front_events events = {.reply = on_reply, .down = on_down, .notice = on_notice};
    struct front_request open = {
        .op = FRONT_OPEN, .name = user, .argument = kind, .path = "10.0.0.9", .is_shared = is_shared};
    char name[64];

    snprintf(name, sizeof(name), "%s-of-%s", kind, user);
    *p = (struct person){.site = site};
    p->front = front_create(sim_process_env(sim_process_create(site->node, name, NULL)), "strata", &events, p);
    assert_true(sim_run_until(site->sim, is_up, p, 5000));
    assert_int_equal(person_ask(p, open), 0);
}

void person_come(struct person *p, struct site *site, const char *user, const char *kind)
{
    come(p, site, user, kind, false);
}

void person_come_to_share(struct person *p, struct site *site, const char *user)
{
    come(p, site, user, "netconf", true);
}

void person_leave(struct person *p)
{
    front_destroy(p->front);
    sim_run_ms(p->site->sim, 10);
}

int person_load(struct person *p, const char *text)
{
    return person_ask(p, (struct front_request){.op = FRONT_LOAD, .text = text, .name = "typed"});
}

int person_commit(struct person *p)
{
    return person_ask(p, (struct front_request){.op = FRONT_COMMIT});
}

const char *person_show(struct person *p, const char *path)
{
    person_ask(p, (struct front_request){.op = FRONT_SHOW, .path = path});
    return p->text;
}

char *site_audit(const struct site *site)
{
    const struct env *env = sim_process_env(sim_process_find(site->node, "mgmtd"));
    char path[300], *data = NULL;
    size_t len;
    snprintf(path, sizeof(path), "%s/audit.log", env->state_dir);
    return io_file_read(env->io, path, &data, &len) ? mem_strdup(NULL, "") : data;
}

size_t text_count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        n++;
    return n;
}

bool person_tells(const struct person *p, const char *what)
{
    return strstr(p->text, what) || strstr(p->note, what) || strstr(p->path, what);
}

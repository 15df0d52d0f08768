/* SPDX-License-Identifier: Apache-2.0
 *
 * See clients.h.
 */
#include "tests/unit/mgmtd/clients.h"

#include <stdio.h>
#include <stdlib.h>

#include "strata/state.h"
#include "vpnd_config.h"

/* What the daemons of the world say of themselves. */
void fake_state(void *daemon, const char *path, struct state_writer *sw);
void fake_state(void *daemon, const char *path, struct state_writer *sw)
{
    struct fake *f = daemon;
    (void)path;
    if (strcmp(f->name, "vpnd") != 0)
        return;
    state_open(sw, VPND_VPN_INSTANCES);
    state_open(sw, VPND_VPN_INSTANCES_VPN_INSTANCE);
    state_text(sw, VPND_VPN_INSTANCES_VPN_INSTANCE_NAME, "A");
    state_open(sw, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE);
    state_u64(sw, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_TABLE, 1000);
    state_close(sw);
    state_close(sw);
    state_close(sw);
}

static void keep(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
}

static void on_reply(const struct front_reply *r, void *arg)
{
    struct client *c = arg;
    if (r->id != c->last_id)
        return;
    c->error = r->error;
    keep(c->text, sizeof(c->text), r->text);
    keep(c->tag, sizeof(c->tag), r->tag);
    keep(c->app_tag, sizeof(c->app_tag), r->app_tag);
    keep(c->path, sizeof(c->path), r->path);
    keep(c->info, sizeof(c->info), r->info);
    keep(c->note, sizeof(c->note), r->note);
    c->n_replies++;
}

static void on_notice(const struct front_notice *n, void *arg)
{
    struct client *c = arg;
    size_t used = strlen(c->notices);
    c->n_replays_done += n->is_replay_done;
    c->n_notices += !n->is_replay_done;
    snprintf(c->notices + used, sizeof(c->notices) - used, "%s\n", n->is_replay_done ? "done" : n->text);
}

static void on_down(const char *reason, void *arg)
{
    struct client *c = arg;
    (void)reason;
    c->is_down = true;
}

struct client *client_create(struct world *w, const char *user, const char *kind)
{
    static const struct front_events events = {.reply = on_reply, .notice = on_notice, .down = on_down};
    struct client *c = calloc(1, sizeof(*c));
    c->w = w;
    c->front = front_create(&w->env, "client", &events, c);
    world_until(w, front_is_up(c->front));
    struct front_request open = {.op = FRONT_OPEN,
                                 .name = user,
                                 .argument = kind,
                                 .path = "192.0.2.1",
                                 .is_shared = kind && strcmp(kind, "netconf") == 0};
    if (kind)
        assert_int_equal(client_ask(c, &open), 0);
    return c;
}

void client_destroy(struct client *c)
{
    struct world *w = c->w;
    front_destroy(c->front);
    free(c);
    world_run_ms(w, 20);
}

int client_ask(struct client *c, const struct front_request *r)
{
    unsigned before = c->n_replies;
    c->last_id = front_send(c->front, r);
    assert_true(c->last_id != 0);
    world_until(c->w, c->n_replies != before);
    return c->error;
}

int client_op(struct client *c, enum front_op op, enum front_datastore d)
{
    struct front_request r = {.op = op, .datastore = d};
    return client_ask(c, &r);
}

int client_edit(struct client *c, enum front_datastore d, const char *xml)
{
    struct front_request r = {.op = FRONT_EDIT, .datastore = d, .text = xml};
    return client_ask(c, &r);
}

const char *client_get(struct client *c, enum front_datastore d, const char *filter)
{
    struct front_request r = {.op = FRONT_GET,
                              .datastore = d,
                              .format = FRONT_XML,
                              .filter = filter[0] ? FRONT_SUBTREE : FRONT_NO_FILTER,
                              .text = filter};
    assert_int_equal(client_ask(c, &r), 0);
    return c->text;
}

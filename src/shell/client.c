/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the event loop until the answer is there. The shell does nothing else meanwhile.
 */
#include "src/shell/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "strata/env.h"
#include "strata/io.h"
#include "strata/loop.h"
#include "strata/mem.h"

#define CONNECT_MS 3000
#define ANSWER_MS  30000 /* a commit waits for daemons; mgmtd's own deadlines are shorter */

struct client {
    struct env env;
    struct front *front;
    struct timer deadline;
    char *user, *origin; /* for FRONT_OPEN; NULL: mgmtd takes who the socket says */
    uint64_t waiting_for, opening;
    uint32_t session; /* mgmtd's number for this connection; 0 = unknown */
    bool has_answer, was_up, was_lost;
    struct client_answer *answer;
};

static void on_up(void *arg)
{
    struct client *c = arg;
    c->was_up = true;
    c->session = 0;
    if (c->user) {
        struct front_request open = {.op = FRONT_OPEN, .name = c->user, .argument = "shell", .path = c->origin};
        c->opening = front_send(c->front, &open);
    }
    loop_event_stop(c->env.loop);
}

static void on_down(const char *reason, void *arg)
{
    struct client *c = arg;
    (void)reason;
    c->was_lost = true;
    loop_event_stop(c->env.loop);
}

static void on_reply(const struct front_reply *r, void *arg)
{
    struct client *c = arg;
    if (r->id == c->opening && !r->error)
        c->session = (uint32_t)strtoul(r->text, NULL, 10);
    if (!c->answer || r->id != c->waiting_for)
        return;
    c->answer->error = r->error;
    c->answer->text = mem_strdup(NULL, r->text);
    c->answer->note = mem_strdup(NULL, r->note);
    c->has_answer = true;
    loop_event_stop(c->env.loop);
}

static void on_deadline(void *arg)
{
    struct client *c = arg;
    loop_event_stop(c->env.loop);
}

struct client *client_create(const char *run_dir)
{
    static const struct front_events events = {.up = on_up, .down = on_down, .reply = on_reply};
    struct client *c = MEM_NEW(NULL, struct client);

    c->env.loop = loop_event_create();
    c->env.io = io_event_create(c->env.loop);
    c->env.run_dir = mem_strdup(NULL, run_dir);
    c->env.state_dir = "";
    timer_init(&c->deadline, c->env.loop, on_deadline, c);
    c->front = front_create(&c->env, "strata", &events, c);
    return c;
}

void client_destroy(struct client *c)
{
    if (!c)
        return;
    timer_cancel(&c->deadline);
    front_destroy(c->front);
    io_destroy(c->env.io);
    loop_destroy(c->env.loop);
    mem_free(NULL, c->user);
    mem_free(NULL, c->origin);
    mem_free(NULL, (char *)(uintptr_t)c->env.run_dir);
    mem_free(NULL, c);
}

void client_introduce(struct client *c, const char *user, const char *origin)
{
    c->user = mem_strdup(NULL, user);
    c->origin = mem_strdup(NULL, origin);
}

uint32_t client_session(const struct client *c)
{
    return c->session;
}

static int fail(struct client *c, struct client_answer *a, int error, const char *what)
{
    char text[256];
    snprintf(text, sizeof(text), "%s (%s/mgmtd.sock)", what, c->env.run_dir);
    a->error = error;
    a->text = mem_strdup(NULL, text);
    a->note = mem_strdup(NULL, "");
    return error;
}

int client_call(struct client *c, const struct front_request *r, struct client_answer *answer)
{
    *answer = (struct client_answer){0};
    timer_arm_us(&c->deadline, 0);
    loop_event_run(c->env.loop); /* notice what happened since the last call: mgmtd may have been restarted */
    timer_arm_ms(&c->deadline, CONNECT_MS);
    while (!front_is_up(c->front) && timer_is_armed(&c->deadline))
        loop_event_run(c->env.loop);
    if (!front_is_up(c->front))
        return fail(c, answer, -ENOTCONN, "mgmtd cannot be reached");
    c->waiting_for = front_send(c->front, r);
    if (!c->waiting_for)
        return fail(c, answer, -EMSGSIZE, "mgmtd does not take the request");
    c->answer = answer;
    c->has_answer = false;
    bool was_lost = c->was_lost;
    c->was_lost = false;
    timer_arm_ms(&c->deadline, ANSWER_MS);
    while (!c->has_answer && !c->was_lost && timer_is_armed(&c->deadline))
        loop_event_run(c->env.loop);
    c->answer = NULL;
    if (!c->has_answer)
        fail(c, answer, c->was_lost ? -ECONNRESET : -ETIMEDOUT,
             c->was_lost ? "mgmtd was lost" : "mgmtd does not answer");
    c->was_lost = c->was_lost || was_lost;
    timer_cancel(&c->deadline);
    return answer->error;
}

void client_answer_fini(struct client_answer *a)
{
    mem_free(NULL, a->text);
    mem_free(NULL, a->note);
    a->text = a->note = NULL;
}

bool client_was_lost(struct client *c)
{
    bool was = c->was_lost;
    c->was_lost = false;
    return was;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the event loop until the answer is there. The shell does nothing else meanwhile.
 */
#include "src/shell/client.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "src/shell/screen.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/loop.h"
#include "strata/mem.h"

#define CONNECT_MS 3000
#define ANSWER_MS  30000 /* a commit waits for daemons; mgmtd's own deadlines are shorter */
#define ACTION_MS  70000 /* so is that of what a daemon is asked to do: it is named, and not mgmtd, if it hangs */

struct client {
    struct env env;
    struct front *front;
    struct timer deadline;
    char *user, *origin; /* for FRONT_OPEN; NULL: mgmtd takes who the socket says */
    uint64_t waiting_for, opening;
    uint32_t session; /* mgmtd's number for this connection; 0 = unknown */
    bool has_answer, was_up, was_lost;
    struct client_answer *answer;
    int interrupt_fd; /* readable while a SIGINT that is held waits */
    struct loop_watch *interrupt_watch;
    client_notice_fn *notice;
    const char *filter; /* of what is listened to; NULL: nothing */
    void *notice_arg;
    bool is_ready, has_notice; /* what client_wait() waits for happened */
};

static void listen_again(struct client *c)
{
    struct front_request listen = {.op = FRONT_LISTEN, .filter = FRONT_SUBTREE, .text = c->filter};
    if (c->filter && front_is_up(c->front))
        front_send(c->front, &listen); /* who may not hear goes without */
}

static void on_up(void *arg)
{
    struct client *c = arg;
    c->was_up = true;
    c->session = 0;
    if (c->user) {
        struct front_request open = {.op = FRONT_OPEN, .name = c->user, .argument = "shell", .path = c->origin};
        c->opening = front_send(c->front, &open);
    }
    listen_again(c);
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
    c->answer->id = r->id;
    c->answer->has_more = r->has_more;
    c->has_answer = true;
    loop_event_stop(c->env.loop);
}

static void on_deadline(void *arg)
{
    struct client *c = arg;
    loop_event_stop(c->env.loop);
}

static void on_notice(const struct front_notice *n, void *arg)
{
    struct client *c = arg;
    if (!c->notice)
        return;
    c->notice(n, c->notice_arg);
    c->has_notice = true;
    loop_event_stop(c->env.loop);
}

/* The signal itself is taken by who holds it. */
static void on_interrupt(void *arg)
{
    struct client *c = arg;
    loop_event_stop(c->env.loop);
}

static void watch_interrupts(struct client *c)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    c->interrupt_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

struct client *client_create(const char *run_dir)
{
    static const struct front_events events = {.up = on_up, .down = on_down, .reply = on_reply, .notice = on_notice};
    struct client *c = MEM_NEW(NULL, struct client);

    c->env.loop = loop_event_create();
    c->env.io = io_event_create(c->env.loop);
    c->env.run_dir = mem_strdup(NULL, run_dir);
    c->env.state_dir = "";
    timer_init(&c->deadline, c->env.loop, on_deadline, c);
    c->front = front_create(&c->env, "strata", &events, c);
    watch_interrupts(c);
    return c;
}

void client_destroy(struct client *c)
{
    if (!c)
        return;
    timer_cancel(&c->deadline);
    if (c->interrupt_fd >= 0)
        close(c->interrupt_fd);
    front_destroy(c->front);
    io_destroy(c->env.io);
    loop_destroy(c->env.loop);
    mem_free(NULL, c->user);
    mem_free(NULL, c->origin);
    mem_free(NULL, (char *)(uintptr_t)c->env.run_dir);
    mem_free(NULL, c);
}

const char *client_run_dir(const struct client *c)
{
    return c->env.run_dir;
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

/* Why not: who may not open the socket will not do better by waiting. */
static int fail_to_reach(struct client *c, struct client_answer *a)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/mgmtd.sock", c->env.run_dir);
    if (access(path, W_OK) == 0 || errno != EACCES)
        return fail(c, a, -ENOTCONN, "mgmtd cannot be reached");
    return fail(c, a, -EACCES,
                "mgmtd cannot be reached: permission denied: you must be root or in the group strata; "
                "the group must exist before mgmtd starts");
}

static int connect_and_ask(struct client *c, const struct front_request *r, uint64_t id, struct client_answer *answer)
{
    bool is_up;
    timer_arm_us(&c->deadline, 0);
    loop_event_run(c->env.loop); /* notice what happened since the last call: mgmtd may have been restarted */
    timer_arm_ms(&c->deadline, CONNECT_MS);
    while (!(is_up = front_is_up(c->front)) && timer_is_armed(&c->deadline) && !screen_is_interrupted())
        loop_event_run(c->env.loop);
    if (!is_up)
        return fail_to_reach(c, answer);
    uint64_t sent = front_send(c->front, r);
    if (!sent)
        return fail(c, answer, -EMSGSIZE, "mgmtd does not take the request");
    c->waiting_for = id ? id : sent;
    c->answer = answer;
    c->has_answer = false;
    bool was_lost = c->was_lost;
    c->was_lost = false;
    timer_arm_ms(&c->deadline, r->op == FRONT_ACTION ? ACTION_MS : ANSWER_MS);
    bool is_left = true;
    while (!c->has_answer && !c->was_lost && is_left && timer_is_armed(&c->deadline)) {
        loop_event_run(c->env.loop);
        is_left = !screen_is_interrupted();
    }
    c->answer = NULL;
    if (!c->has_answer && !is_left)
        fail(c, answer, -EINTR, "interrupted; mgmtd may still do what was asked for");
    else if (!c->has_answer)
        fail(c, answer, c->was_lost ? -ECONNRESET : -ETIMEDOUT,
             c->was_lost ? "mgmtd was lost" : "mgmtd does not answer");
    c->was_lost = c->was_lost || was_lost;
    timer_cancel(&c->deadline);
    return answer->error;
}

/* While the loop waits, Ctrl-C makes a file readable. */
static bool hold(struct client *c)
{
    bool was_held = screen_hold_interrupts();
    if (c->interrupt_fd >= 0)
        loop_event_watch(c->env.loop, c->interrupt_fd, on_interrupt, c, &c->interrupt_watch);
    return was_held;
}

static void release(struct client *c, bool was_held)
{
    loop_event_unwatch(c->interrupt_watch);
    c->interrupt_watch = NULL;
    screen_release_interrupts(was_held);
}

int client_call(struct client *c, const struct front_request *r, struct client_answer *answer)
{
    *answer = (struct client_answer){0};
    bool was_held = hold(c);
    int error = connect_and_ask(c, r, 0, answer);
    release(c, was_held);
    return error;
}

int client_more(struct client *c, struct client_answer *answer)
{
    uint64_t id = answer->id;
    struct front_request more = {.op = FRONT_MORE, .number = (uint32_t)id};

    client_answer_fini(answer);
    *answer = (struct client_answer){0};
    bool was_held = hold(c);
    int error = connect_and_ask(c, &more, id, answer);
    release(c, was_held);
    return error;
}

static void on_readable(void *arg)
{
    struct client *c = arg;
    c->is_ready = true;
    loop_event_stop(c->env.loop);
}

void client_on_notice(struct client *c, client_notice_fn *fn, void *arg)
{
    c->notice = fn;
    c->notice_arg = arg;
}

void client_listen(struct client *c, const char *filter)
{
    c->filter = filter;
    listen_again(c);
}

int client_wait(struct client *c, uint64_t ms, int fd)
{
    struct loop_watch *watch = NULL;
    bool was_held = hold(c), was_up = front_is_up(c->front);

    c->is_ready = c->has_notice = false;
    if (fd >= 0)
        loop_event_watch(c->env.loop, fd, on_readable, c, &watch);
    timer_arm_ms(&c->deadline, ms);
    while (!c->is_ready && !c->has_notice && timer_is_armed(&c->deadline) && !screen_is_interrupted() &&
           front_is_up(c->front) == was_up)
        loop_event_run(c->env.loop);
    timer_cancel(&c->deadline);
    loop_event_unwatch(watch);
    int rc = screen_is_interrupted() ? -EINTR : was_up && !front_is_up(c->front) ? -ECONNRESET : c->is_ready;
    release(c, was_held);
    return rc;
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

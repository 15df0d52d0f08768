/* SPDX-License-Identifier: Apache-2.0
 *
 * ribd killed (SIGKILL) 50 times under load, as a process of its own on the real kernel: a client changes thousands of
 * routes and label entries all the time, also while ribd is away. Packets on paths that did not change are never lost,
 * forged labels never pass the guard, no FEC gets another label, and in the end the kernel holds exactly what the
 * client wants: nothing is missing and nothing is left over.
 *
 *     test_ribd_restart [SEED [KILLS]]     needs root; without MPLS in the kernel IP routes only
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "strata/io.h"
#include "strata/log.h"
#include "strata/mem.h"
#include "tests/system/restart/churn.h"
#include "tests/system/restart/lab.h"

enum { KILLS = 50, WAIT_MS = 180000, POLL_MS = 50, OUTPUT = 16 << 20 };
enum { N_ROUTES_IP = 60000, N_ROUTES_MPLS = 10000, N_LABELS = 2000, RSS_SLACK_KB = 4096 };

struct test {
    struct lab lab;
    struct churn churn;
    struct env env;
    struct timer timer, poll;
    bool (*is_done)(struct test *t);
    bool is_late;
    unsigned n_kills, n_wanted, n_in_replay;
    char problem[256]; /* why the kernel is not as it should be yet */
};

/* --- waiting --- */

static void on_poll(void *arg)
{
    struct test *t = arg;

    if (t->is_done && t->is_done(t))
        loop_event_stop(t->env.loop);
    else
        timer_arm_ms(&t->poll, POLL_MS);
}

static void on_late(void *arg)
{
    struct test *t = arg;

    t->is_late = true;
    loop_event_stop(t->env.loop);
}

static void wait_until(struct test *t, bool (*is_done)(struct test *t), const char *what)
{
    t->is_done = is_done;
    t->is_late = false;
    timer_arm_ms(&t->timer, WAIT_MS);
    timer_arm_ms(&t->poll, POLL_MS);
    loop_event_run(t->env.loop);
    timer_cancel(&t->timer);
    timer_cancel(&t->poll);
    if (t->is_late)
        lab_die("waited for too long: %s; %s (logs are in %s)", what, t->problem, t->lab.dir);
}

static void pause_ms(struct test *t, uint64_t ms)
{
    t->is_done = NULL;
    timer_arm_ms(&t->timer, ms);
    loop_event_run(t->env.loop);
    timer_cancel(&t->poll);
}

static bool is_settled(struct test *t)
{
    return churn_is_settled(&t->churn);
}

static bool is_replayed(struct test *t)
{
    return t->churn.is_replayed;
}

/* --- what the kernel must hold --- */

static int strata(struct test *t, char *out, size_t size, const char *command)
{
    return lab_run(out, size, "%s/strata --run-dir %s -c '%s' 2>&1", t->lab.bin, t->lab.dir, command);
}

static bool is_clean(struct test *t)
{
    char said[4096];

    return strata(t, said, sizeof(said), "request platform audit") == 0 && strstr(said, "clean");
}

/* The number behind `word` in a line, or 0. */
static uint32_t number_after(const char *line, const char *word)
{
    const char *at = strstr(line, word);

    return at ? (uint32_t)strtoul(at + strlen(word), NULL, 10) : 0;
}

/* The nexthop objects: what each of them is for, and that there are no more than that. */
struct objects {
    unsigned n;
    struct {
        uint32_t id, group_of, mark;
    } at[2 * (CHURN_SETS + 2)]; /* an object and its group a set */
};

static bool wrong(struct test *t, const char *what, const char *line)
{
    snprintf(t->problem, sizeof(t->problem), "%s: %.150s", what, line);
    return false;
}

static bool read_objects(struct test *t, struct objects *o, char *text)
{
    char *rest = NULL;

    o->n = 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (o->n == sizeof(o->at) / sizeof(*o->at))
            return wrong(t, "more nexthop objects in the kernel than are used", line);
        o->at[o->n].id = number_after(line, "id ");
        o->at[o->n].group_of = number_after(line, " group ");
        o->at[o->n++].mark = t->lab.has_mpls ? number_after(line, "encap mpls ") : number_after(line, "via 10.9.0.");
    }
    return true;
}

static uint32_t object_mark(const struct objects *o, uint32_t id)
{
    for (unsigned i = 0; i < o->n; i++)
        if (o->at[i].id == id)
            return o->at[i].group_of ? object_mark(o, o->at[i].group_of) : o->at[i].mark;
    return 0;
}

/* The route of a line; n_routes: none that was told. */
static uint32_t route_of(const struct churn *c, const char *line)
{
    unsigned a, b, d;

    if (sscanf(line, "%u.%u.%u.0/24", &a, &b, &d) != 3 || a < 20)
        return c->n_routes;
    a = ((a - 20) << 16) + (b << 8) + d;
    return a < c->n_routes ? a : c->n_routes;
}

static bool routes_are_right(struct test *t, const struct objects *objects, char *text)
{
    struct churn *c = &t->churn;
    uint32_t n = 0, n_told = 0, route;
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "198.51.100.1 ", 13) == 0)
            continue;
        n++; /* the kernel has a prefix once with our metric: nothing is counted twice */
        route = route_of(c, line);
        if (route == c->n_routes)
            return wrong(t, "nobody told this route", line);
        if (object_mark(objects, number_after(line, " nhid ")) != churn_route_mark(c, route))
            return wrong(t, "not the next hop that was told", line);
    }
    for (uint32_t i = 0; i < c->n_routes; i++)
        n_told += c->route_set[i] != 0;
    return n == n_told || wrong(t, "routes are missing", "");
}

static bool labels_are_right(struct test *t, char *text)
{
    struct churn *c = &t->churn;
    char *rest = NULL;
    unsigned n = 0;

    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), n++) {
        uint32_t label = (uint32_t)strtoul(line, NULL, 10), out = number_after(line, " as to ");
        bool is_told = label == c->kept.label || label == c->forbidden.label;

        for (uint32_t i = 0; i < c->n_labels && !is_told; i++)
            is_told = label == c->labels[i].label && out == c->labels[i].out;
        if (!is_told)
            return wrong(t, "nobody told this label entry", line);
    }
    return n == c->n_labels + 2 || wrong(t, "label entries are missing", "");
}

static bool is_kernel_right(struct test *t)
{
    char *text = mem_alloc(NULL, OUTPUT);
    struct objects objects;
    bool is_right;

    lab_run(text, OUTPUT, "ip nexthop show proto 181");
    is_right = read_objects(t, &objects, text);
    lab_run(text, OUTPUT, "ip route show table main proto 181");
    is_right = is_right && routes_are_right(t, &objects, text);
    if (t->lab.has_mpls) {
        lab_run(text, OUTPUT, "ip -f mpls route show proto 181");
        is_right = is_right && labels_are_right(t, text);
    }
    mem_free(NULL, text);
    return is_right && (is_clean(t) || wrong(t, "the audit finds differences", ""));
}

static void check_kernel(struct test *t)
{
    wait_until(t, is_kernel_right, "for the kernel to be as it was told");
}

/* --- the phases --- */

/* The way back: our labels as the far router would have learned them. The forged one is shown to work without guard. */
static void start_labels(struct test *t)
{
    char said[256];
    int with, without;

    if (!t->lab.has_mpls)
        return;
    lab_must("nsenter -t %d -n ip route replace 192.0.2.2/32 encap mpls %u via 10.9.0.1 2>&1", t->lab.far,
             t->churn.kept.label);
    lab_must("nsenter -t %d -n ip route replace 192.0.2.3/32 encap mpls %u via 10.9.0.1 2>&1", t->lab.far,
             t->churn.forbidden.label);
    if (strata(t, said, sizeof(said), "request mpls guard disable"))
        lab_die("guard: %s", said);
    without = lab_run(NULL, 0, "nsenter -t %d -n ping -c 2 -i 0.2 -W 2 192.0.2.3", t->lab.far);
    if (strata(t, said, sizeof(said), "request mpls guard enable"))
        lab_die("guard: %s", said);
    with = lab_run(NULL, 0, "nsenter -t %d -n ping -c 2 -i 0.2 -W 1 192.0.2.3", t->lab.far);
    if (without || !with)
        lab_die("a label that was not given: %s without guard, %s with it", without ? "dropped" : "delivered",
                with ? "dropped" : "delivered");
}

static void kill_once(struct test *t)
{
    bool is_early = churn_random(&t->churn) % 3 == 0; /* anywhere in its start, adoption, replay */

    if (!is_early)
        wait_until(t, is_replayed, "the replay");
    pause_ms(t, churn_random(&t->churn) % (is_early ? 300 : 500) + 1);
    t->n_in_replay += !churn_is_settled(&t->churn);
    lab_kill_ribd(&t->lab);
    t->n_kills++;
    lab_start_ribd(&t->lab);
}

static void run(struct test *t)
{
    struct traffic good, forged;
    unsigned sent, received, n_forged = 0, n_passed = 0;
    long rss_first, rss_last, mgmtd_first;

    wait_until(t, is_settled, "the first convergence");
    check_kernel(t);
    start_labels(t);
    rss_first = lab_rss_kb(t->lab.ribd);
    mgmtd_first = lab_rss_kb(t->lab.mgmtd);
    lab_traffic_start(&good, t->lab.host, t->lab.far, "198.51.100.1");
    if (t->lab.has_mpls)
        lab_traffic_start(&forged, t->lab.far, t->lab.host, "192.0.2.3");
    t->churn.is_running = true;
    while (t->n_kills < t->n_wanted)
        kill_once(t);
    t->churn.is_running = false;
    wait_until(t, is_settled, "convergence after the last kill");
    check_kernel(t);
    lab_traffic_end(&good, &sent, &received);
    if (t->lab.has_mpls)
        lab_traffic_end(&forged, &n_forged, &n_passed);
    rss_last = lab_rss_kb(t->lab.ribd);
    printf("%u kills (%u of them while something was under way), %" PRIu64
           " changes, %u sessions; %u of %u packets lost, "
           "%u of %u forged ones passed; memory of ribd %ld then %ld kB, of mgmtd %ld then %ld kB\n",
           t->n_kills, t->n_in_replay, t->churn.n_changes, t->churn.n_sessions, sent - received, sent, n_passed,
           n_forged, rss_first, rss_last, mgmtd_first, lab_rss_kb(t->lab.mgmtd));
    if (received != sent || sent == 0)
        lab_die("packets were lost");
    if (n_passed || (t->lab.has_mpls && n_forged == 0))
        lab_die("forged labels passed the guard");
    if (t->churn.n_relabelled)
        lab_die("%u times a FEC got another label", t->churn.n_relabelled);
    if (rss_last > rss_first * 3 / 2 + RSS_SLACK_KB || lab_rss_kb(t->lab.mgmtd) > mgmtd_first * 3 / 2 + RSS_SLACK_KB)
        lab_die("memory grew");
}

static void say_nothing(void *arg, enum log_level level, const char *line)
{
    (void)arg, (void)level, (void)line;
}

int main(int argc, char **argv)
{
    struct test t = {.n_wanted = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : KILLS};
    uint64_t seed = argc > 1 ? strtoul(argv[1], NULL, 10) : (uint64_t)getpid();

    printf("test_ribd_restart %" PRIu64 " %u\n", seed, t.n_wanted);
    fflush(stdout);
    lab_start(&t.lab);
    t.env.loop = loop_event_create();
    t.env.io = io_event_create(t.env.loop);
    t.env.log = log_create("restart", say_nothing, &t);
    t.env.run_dir = t.env.state_dir = t.lab.dir;
    timer_init(&t.timer, t.env.loop, on_late, &t);
    timer_init(&t.poll, t.env.loop, on_poll, &t);
    t.churn.has_mpls = t.lab.has_mpls;
    churn_start(&t.churn, &t.env, seed, t.lab.has_mpls ? N_ROUTES_MPLS : N_ROUTES_IP, N_LABELS);
    run(&t);
    churn_end(&t.churn);
    io_destroy(t.env.io);
    loop_destroy(t.env.loop);
    log_destroy(t.env.log);
    lab_end(&t.lab);
    return 0;
}

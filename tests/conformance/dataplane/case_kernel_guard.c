/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard on the real kernel: all its labels at once, attackers meanwhile, and how long the loop stands still. What a
 * guarded port lets in is seen by a packet socket behind the hook, so that most of it needs no MPLS in the kernel.
 */
#include <errno.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/ribd/dataplane/internal.h"
#include "strata/env.h"
#include "strata/loop.h"
#include "tests/conformance/dataplane/kernel_cases.h"
#include "tests/conformance/dataplane/kernel_packet.h"

/* ---- what is let in ---- */

static int ear_open(struct bench *b, unsigned port)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_MPLS_UC)), room = 16 << 20;
    struct sockaddr_ll at = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_MPLS_UC), .sll_ifindex = (int)b->port[port]};

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    return fd;
}

/* The next packet that was let in, within `ms`. */
static bool ear_hear(int fd, struct fx_packet *out, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    uint8_t frame[FRAME_MAX];
    ssize_t got;

    for (;;) {
        got = recv(fd, frame, sizeof(frame), 0);
        if (got >= 0 && frame_parse(frame, (size_t)got, out))
            return true;
        if (got < 0 && poll(&p, 1, ms) <= 0)
            return false;
    }
}

static bool is_let_in(struct bench *b, int ear, unsigned port, const char *stack)
{
    struct fx_packet sent = packet(b, stack, "20.0.0.9"), got;

    fx_backend.send(b->fx, port, &sent);
    while (ear_hear(ear, &got, 100))
        if (got.id == sent.id)
            return true;
    return false;
}

static void wait_idle(struct bench *b)
{
    do
        bench_run(b, NULL, 20);
    while (!guard_is_idle(kernel_of(b->dp)));
}

static void need_hook(struct bench *b)
{
    if (!b->platform.has_guard)
        skip();
}

/* A process that sends one forged packet after another. */
struct shooter {
    pid_t pid;
    uint32_t *sent; /* shared */
    struct fx_packet packet;
};

/* What the data plane has open, its sockets and the pipes of its thread, must end with it: only packets are sent here.
 */
static void close_data_plane(void)
{
    int domain;
    socklen_t len;

    for (int fd = 3; fd < 256; fd++) {
        len = sizeof(domain);
        if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0 || domain != AF_PACKET)
            close(fd);
    }
}

static void shooter_start(struct shooter *s, struct bench *b, unsigned port, const char *label)
{
    s->packet = packet(b, label, "20.0.0.9");
    s->sent = mmap(NULL, sizeof(*s->sent), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(s->sent, MAP_FAILED);
    s->pid = fork();
    assert_int_not_equal(s->pid, -1);
    if (s->pid > 0)
        return;
    close_data_plane();
    for (;;) {
        fx_backend.send(b->fx, port, &s->packet);
        ++*s->sent;
        usleep(1000);
    }
}

/* How many were sent. */
static unsigned shooter_stop(struct shooter *s)
{
    unsigned sent;

    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    sent = *s->sent;
    munmap(s->sent, sizeof(*s->sent));
    return sent;
}

static unsigned count_heard(int ear, const struct fx_packet *p)
{
    struct fx_packet got;
    unsigned n = 0;

    while (ear_hear(ear, &got, SILENCE_MS))
        n += got.id == p->id;
    return n;
}

/* ---- how long a turn of the loop takes ---- */

struct pulse {
    struct timer timer;
    uint64_t wall_us, cpu_us, longest_wall_us, longest_cpu_us;
};

static uint64_t clock_us(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void pulse_mark(struct pulse *p)
{
    p->wall_us = clock_us(CLOCK_MONOTONIC);
    p->cpu_us = clock_us(CLOCK_THREAD_CPUTIME_ID);
}

static void on_pulse(void *arg)
{
    struct pulse *p = arg;
    uint64_t wall = p->wall_us, cpu = p->cpu_us;

    pulse_mark(p);
    if (p->wall_us - wall > p->longest_wall_us)
        p->longest_wall_us = p->wall_us - wall;
    if (p->cpu_us - cpu > p->longest_cpu_us)
        p->longest_cpu_us = p->cpu_us - cpu;
    timer_arm_us(&p->timer, 0);
}

static void pulse_start(struct pulse *p, struct bench *b)
{
    *p = (struct pulse){0};
    timer_init(&p->timer, fx_backend.env(b->fx)->loop, on_pulse, p);
    pulse_mark(p);
    timer_arm_us(&p->timer, 0);
}

/* What a hundred thousand labels cost in memory only: this machine's measure. */
static uint64_t memory_us(void)
{
    struct label_set labels = {0};
    uint64_t start = clock_us(CLOCK_THREAD_CPUTIME_ID);

    for (uint32_t i = 0; i < 100000; i++)
        label_set_add(&labels, 16 + i);
    label_set_fini(&labels);
    return clock_us(CLOCK_THREAD_CPUTIME_ID) - start;
}

/* Prints the longest turn since the start; in processor time, since others use this machine, too. */
static void pulse_stop(struct pulse *p, const char *what)
{
    timer_cancel(&p->timer);
    print_message("# longest turn, %s: %lu us, %lu of processor\n", what, (unsigned long)p->longest_wall_us,
                  (unsigned long)p->longest_cpu_us);
    assert_true(p->longest_cpu_us < 100 * memory_us());
}

/* ---- cases ---- */

enum { MANY_LABELS = 100000, LABELS_A_FLUSH = 20000, MANY_FIRST = 20000 };

static void many_labels(struct bench *b, bool is_allowed)
{
    for (uint32_t i = 0; i < MANY_LABELS; i++) {
        guard_label(b, 0, MANY_FIRST + i * 7, is_allowed);
        if ((i + 1) % LABELS_A_FLUSH == 0) {
            assert_int_equal(bench_flush(b), 0);
            bench_forget(b);
        }
    }
}

static uint64_t ms_since(uint64_t *us)
{
    uint64_t now = clock_us(CLOCK_MONOTONIC), ms = (now - *us) / 1000;

    *us = now;
    return ms;
}

/* Port 0 is guarded and lets 100 in. */
static void guarded(struct bench *b)
{
    bench_start(b);
    need_hook(b);
    for (unsigned i = 0; i < FX_PORTS; i++)
        bench_wait_up(b, i, true);
    guard_port_on(b, 0, true);
    guard_label(b, 0, 100, true);
    assert_int_equal(bench_flush(b), 0);
}

static bool is_told_of_change(void *arg)
{
    return ((struct bench *)arg)->foreign_changes > 0;
}

/* What the audit finds when the guard's own ear missed it: with so many labels, later. */
static void audit_many(struct bench *b)
{
    struct kernel_dp *k = kernel_of(b->dp);
    struct pulse pulse;

    bench_forget(b);
    loop_event_unwatch(k->guard.watch);
    k->guard.watch = NULL;
    output_of("i=$(ip -o link show p0 | cut -d: -f1); nft add element netdev strata_guard ok_$i '{ 413696 }';"
              "nft delete element netdev strata_guard ok_$i '{ 81920000 }'"); /* 101 and 20000 */
    pulse_start(&pulse, b);
    assert_int_equal(b->ops->audit(b->dp, true, NULL, NULL), 0);
    assert_true(bench_run(b, is_told_of_change, 60000));
    wait_idle(b);
    pulse_stop(&pulse, "audit");
    bench_forget(b);
    assert_int_equal(b->ops->audit(b->dp, true, NULL, NULL), 0);
    while (k->guard.is_auditing)
        bench_run(b, NULL, 10);
    assert_int_equal(b->foreign_changes, 0);
}

/* Forged packets arrive all the time, and none gets in. */
static void test_guard__a_hundred_thousand_labels(void **state)
{
    struct bench *b = *state;
    uint64_t fill, restart, flush, empty, t;
    struct shooter s;
    struct pulse pulse;
    unsigned sent;
    int ear;

    guarded(b);
    ear = ear_open(b, 0);
    shooter_start(&s, b, 0, "101");
    t = clock_us(CLOCK_MONOTONIC);
    pulse_start(&pulse, b);
    many_labels(b, true);
    fill = ms_since(&t);
    pulse_stop(&pulse, "filling");
    ms_since(&t);
    pulse_start(&pulse, b);
    bench_restart(b);
    restart = ms_since(&t);
    pulse_stop(&pulse, "restart");
    assert_int_equal(holdings(b).n_guard, MANY_LABELS + 1);
    assert_true(is_let_in(b, ear, 0, "100"));
    bench_forget(b);
    ms_since(&t);
    output_of("nft flush ruleset");
    pulse_start(&pulse, b);
    bench_wait_guard(b);
    flush = ms_since(&t);
    pulse_stop(&pulse, "flush");
    assert_true(is_let_in(b, ear, 0, "100"));
    ms_since(&t);
    pulse_start(&pulse, b);
    many_labels(b, false);
    empty = ms_since(&t);
    pulse_stop(&pulse, "emptying");
    assert_int_equal(holdings(b).n_guard, 1);
    sent = shooter_stop(&s);
    assert_true(sent > 100);
    assert_int_equal(count_heard(ear, &s.packet), 0);
    print_message("# %d guarded labels: %lu ms to fill, %lu to restart, %lu from flush to restored, %lu to empty; "
                  "%u forged packets\n",
                  MANY_LABELS, (unsigned long)fill, (unsigned long)restart, (unsigned long)flush, (unsigned long)empty,
                  sent);
    many_labels(b, true);
    audit_many(b);
    assert_true(is_let_in(b, ear, 0, "20000"));
    assert_false(is_let_in(b, ear, 0, "101"));
    close(ear);
}

static void test_guard__flushed_again_and_again(void **state)
{
    struct bench *b = *state;
    struct shooter s;
    unsigned sent;
    int ear;

    guarded(b);
    ear = ear_open(b, 0);
    shooter_start(&s, b, 0, "101");
    for (int i = 0; i < 20; i++) {
        bench_forget(b);
        output_of("nft flush ruleset");
        usleep(20000); /* nobody reacts yet */
        bench_wait_guard(b);
    }
    assert_true(is_let_in(b, ear, 0, "100"));
    sent = shooter_stop(&s);
    print_message("# 20 flushes: %u forged packets\n", sent);
    assert_true(sent > 100);
    assert_int_equal(count_heard(ear, &s.packet), 0);
    close(ear);
}

/* ---- what works without MPLS in the kernel ---- */

/* Idle; a change that is sent behind a rebuild that has it already fails the test. */
static bool is_rebuilt_once(void *arg)
{
    const struct bench *b = arg;
    const struct guard *g = &kernel_of(b->dp)->guard;

    if (g->is_out && !g->is_rebuilding)
        fail_msg("the kernel is told twice, and refuses the second time");
    return guard_is_idle(kernel_of(b->dp));
}

static void test_guard__changes_in_a_rebuild(void **state)
{
    struct bench *b = *state;
    struct kernel_dp *k = kernel_of(b->dp);
    int ear;

    guarded(b);
    wait_idle(b);
    ear = ear_open(b, 0);
    guard_rebuild(k, NULL); /* the counters are being read */
    guard_label(b, 0, 100, false);
    guard_label(b, 0, 101, true);
    b->ops->flush(b->dp);
    write_go_on(k);
    assert_false(TAILQ_EMPTY(&k->guard.works));
    assert_true(bench_run(b, is_rebuilt_once, 10000));
    assert_false(is_let_in(b, ear, 0, "100"));
    assert_true(is_let_in(b, ear, 0, "101"));
    assert_int_equal(guard_audit(k, false, NULL, NULL), 0);
    close(ear);
}

static void test_guard__lets_in_given_labels_only(void **state)
{
    struct bench *b = *state;
    int ear;

    guarded(b);
    ear = ear_open(b, 0);
    assert_true(is_let_in(b, ear, 0, "100"));
    assert_true(is_let_in(b, ear, 0, "100/16"));
    assert_false(is_let_in(b, ear, 0, "101"));
    assert_false(is_let_in(b, ear, 0, "0/100"));
    guard_label(b, 0, 100, false);
    guard_label(b, 0, 101, true);
    assert_int_equal(bench_flush(b), 0);
    assert_false(is_let_in(b, ear, 0, "100"));
    assert_true(is_let_in(b, ear, 0, "101"));
    bench_switch_guard(b, false);
    assert_true(is_let_in(b, ear, 0, "100"));
    bench_switch_guard(b, true);
    assert_false(is_let_in(b, ear, 0, "100"));
    assert_true(is_let_in(b, ear, 0, "101"));
    close(ear);
}

static void print_difference(void *arg, const char *difference)
{
    (void)arg;
    print_message("#   %s\n", difference);
}

static void assert_mended(struct bench *b, int ear, const char *what)
{
    if (b->ops->audit(b->dp, false, print_difference, NULL) == 0)
        fail_msg("the audit does not see: %s", what);
    assert_true(b->ops->audit(b->dp, true, NULL, NULL) > 0);
    wait_idle(b);
    assert_int_equal(b->ops->audit(b->dp, false, print_difference, NULL), 0);
    assert_true(is_let_in(b, ear, 0, "100"));
    assert_false(is_let_in(b, ear, 0, "101"));
}

/* The loop does not run between the harm and the audit: nobody has told of it yet. */
static void test_guard__audit_sees_each_rule(void **state)
{
    static const char *const commands[] = {
        "nft delete table netdev strata_guard",
        "nft flush chain netdev strata_guard in_%u",
        "nft insert rule netdev strata_guard in_%u accept",
        "nft add rule netdev strata_guard in_%u counter",
        "nft delete rule netdev strata_guard in_%u handle $(nft -a list chain netdev strata_guard in_%u"
        " | sed -n 's/.*drop.*handle //p' | head -1)",
        "nft 'add chain netdev strata_guard in_%u { policy drop; }'",
        "nft delete element netdev strata_guard ok_%u '{ 409600 }'",
        "nft add element netdev strata_guard ok_%u '{ 413696 }'", /* 101 << 12 */
        "nft add element netdev strata_guard ok_%u '{ 0 }'",
        "nft 'add set netdev strata_guard ok_77777 { type mark; }'",
    };
    struct bench *b = *state;
    char command[300];
    int ear;

    guarded(b);
    ear = ear_open(b, 0);
    assert_int_equal(b->ops->audit(b->dp, false, print_difference, NULL), 0);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(command, sizeof(command), commands[i], b->port[0], b->port[0]);
#pragma GCC diagnostic pop
        output_of(command);
        assert_mended(b, ear, command);
    }
    fx_backend.break_seal(b->fx, b->dp, 0);
    assert_mended(b, ear, "the seal is gone");
    fx_backend.foreign_flush_ruleset(b->fx);
    assert_false(is_let_in(b, ear, 0, "101"));
    close(ear);
}

/* What somebody did while ribd was away does not outlive its start; what is right is not written again. */
static void test_guard__restart_puts_it_right(void **state)
{
    static const char *const commands[] = {
        "true",
        "nft insert rule netdev strata_guard in_%u accept",
        "nft add element netdev strata_guard ok_%u '{ 0 }'",
        "nft 'add set netdev strata_guard ok_77777 { type mark; }'",
    };
    struct bench *b = *state;
    char command[300];
    int ear;

    guarded(b);
    ear = ear_open(b, 0);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        b->ops->destroy(b->dp);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(command, sizeof(command), commands[i], b->port[0]);
#pragma GCC diagnostic pop
        assert_true(is_let_in(b, ear, 0, "100")); /* nobody is there */
        output_of(command);
        b->dp = fx_backend.dataplane(b->fx);
        bench_restart(b);
        wait_idle(b);
        assert_int_equal(b->ops->audit(b->dp, false, print_difference, NULL), 0);
        assert_int_equal(holdings(b).n_guard, 1);
        assert_true(is_let_in(b, ear, 0, "100"));
        assert_false(is_let_in(b, ear, 0, "101"));
        assert_false(is_let_in(b, ear, 0, "0/100"));
    }
    close(ear);
}

static bool is_batch_told(void *arg)
{
    return ((struct bench *)arg)->batches > 0;
}

/* Who is told "let in" while much is being written again, is let in. */
static void test_guard__nothing_is_said_too_early(void **state)
{
    struct bench *b = *state;
    uint32_t last = MANY_FIRST + (LABELS_A_FLUSH - 1) * 7;
    char text[16];
    int ear;

    guarded(b);
    ear = ear_open(b, 0);
    for (uint32_t i = 0; i < LABELS_A_FLUSH; i++)
        guard_label(b, 0, MANY_FIRST + i * 7, true);
    assert_int_equal(bench_flush(b), 0);
    snprintf(text, sizeof(text), "%u", last);
    assert_true(is_let_in(b, ear, 0, text));
    for (int i = 0; i < 5; i++) {
        bench_forget(b);
        output_of("nft flush ruleset");
        guard_label(b, 0, 999 + (uint32_t)i, true);
        guard_label(b, 0, last, true);
        b->ops->flush(b->dp);
        bench_run(b, NULL, (unsigned)i * 3);
        output_of("nft flush ruleset"); /* once more, in the middle of it */
        assert_true(bench_run(b, is_batch_told, 60000));
        for (size_t r = 0; r < b->n_results; r++)
            assert_int_equal(b->results[r].error, 0);
        bench_wait_guard(b);
        assert_true(is_let_in(b, ear, 0, text));
        snprintf(text, sizeof(text), "%d", 999 + i);
        assert_true(is_let_in(b, ear, 0, text));
        snprintf(text, sizeof(text), "%u", last);
        assert_false(is_let_in(b, ear, 0, "101"));
    }
    close(ear);
}

static void test_guard__device_comes_and_goes(void **state)
{
    struct bench *b = *state;
    uint32_t ifindex;
    int ear;

    guarded(b);
    ear = ear_open(b, 0);
    for (int i = 0; i < 3; i++) {
        output_of("ip link add x0 type veth peer name x1");
        bench_run(b, NULL, 50);
        ifindex = if_nametoindex("x0");
        b->ops->guard_interface(b->dp, ++b->cookie, ifindex, true);
        b->ops->guard_set(b->dp, ++b->cookie, ifindex, 100, true);
        assert_int_equal(bench_flush(b), 0);
        output_of("ip link del x0");
        bench_run(b, NULL, 100);
        wait_idle(b);
        assert_int_equal(b->guard_losses, 0);
        assert_int_equal(holdings(b).n_guard, 1);
        assert_int_equal(b->ops->audit(b->dp, false, print_difference, NULL), 0);
        assert_null(strstr(output_of("nft list ruleset"), "\"x0\""));
        assert_true(is_let_in(b, ear, 0, "100"));
        assert_false(is_let_in(b, ear, 0, "101"));
    }
    close(ear);
}

/* ---- what a packet pays ---- */

enum { BURSTS = 300, PACKETS_A_BURST = 1000 };

/* Nanoseconds of the quickest burst, by packet: sending is in it, and the hook, which runs within the send call. */
static double cost_of(struct bench *b, const struct fx_packet *p)
{
    uint64_t best = UINT64_MAX;

    for (int i = 0; i < BURSTS; i++) {
        uint64_t start = clock_us(CLOCK_MONOTONIC), took;

        for (int n = 0; n < PACKETS_A_BURST; n++)
            fx_backend.send(b->fx, 0, p);
        took = clock_us(CLOCK_MONOTONIC) - start;
        if (took < best)
            best = took;
    }
    return (double)best * 1000 / PACKETS_A_BURST;
}

static void write_anew(struct bench *b, bool has_seal)
{
    struct kernel_dp *k = kernel_of(b->dp);

    k->guard.has_seal = has_seal;
    guard_rebuild(k, NULL);
    wait_idle(b);
    output_of("sleep 1"); /* sets grow aside */
}

/* With STRATA_BENCH=1 only: figures for the documentation. */
static void test_guard__cost_of_a_packet(void **state)
{
    struct bench *b = *state;
    struct fx_packet given, forged;
    double none, dropped, guard, sealed, many;

    if (!getenv("STRATA_BENCH"))
        skip();
    guarded(b);
    given = packet(b, "100", "20.0.0.9");
    forged = packet(b, "101", "20.0.0.9");
    sealed = cost_of(b, &given);
    dropped = cost_of(b, &forged);
    assert_int_equal(b->ops->guard_drops(b->dp, b->port[0]), BURSTS * PACKETS_A_BURST);
    many_labels(b, true);
    output_of("sleep 1");
    many = cost_of(b, &given);
    many_labels(b, false);
    bench_switch_guard(b, false);
    none = cost_of(b, &given);
    kernel_of(b->dp)->guard.has_seal = false;
    bench_switch_guard(b, true);
    write_anew(b, false);
    guard = cost_of(b, &given);
    kernel_of(b->dp)->guard.has_seal = true;
    print_message(
        "# ns a packet: %.0f without a guard; with it %.0f more, with the seal %.0f, over 100000 labels %.0f, "
        "dropped %.0f\n",
        none, guard - none, sealed - none, many - none, dropped - none);
}

static bool is_told_switch(void *arg)
{
    const struct bench *b = arg;

    return b->started > 0 && b->guard_switches > 0;
}

/* Off, or off and on again, while it is not known yet what the kernel holds, or can: told when it is so. */
static void test_guard__as_it_was_switched_before_the_start(void **state)
{
    struct bench *b = *state;
    char why[RIB_TEXT_MAX];
    int ear;

    guarded(b);
    ear = ear_open(b, 0);
    for (int is_on = 0; is_on < 2; is_on++) {
        bench_renew(b);
        assert_int_equal(b->ops->guard_enable(b->dp, false, why), -EINPROGRESS);
        if (is_on)
            assert_int_equal(b->ops->guard_enable(b->dp, true, why), -EINPROGRESS);
        bench_begin(b);
        assert_true(bench_run(b, is_told_switch, WAIT_MS));
        assert_int_equal(b->is_guard_on, is_on);
        assert_true(is_let_in(b, ear, 0, "101") == !is_on);
        assert_int_equal(b->ops->guard_enable(b->dp, is_on, why), 0); /* so it is */
        if (!is_on)
            bench_switch_guard(b, true); /* what is to be let in is still known */
        assert_true(is_let_in(b, ear, 0, "100"));
        assert_false(is_let_in(b, ear, 0, "101"));
    }
    output_of("nft delete table netdev strata_guard");
    bench_renew(b); /* to nothing */
    assert_int_equal(b->ops->guard_enable(b->dp, false, why), -EINPROGRESS);
    assert_int_equal(b->ops->guard_enable(b->dp, true, why), -EINPROGRESS);
    bench_begin(b);
    assert_true(bench_run(b, is_told_switch, WAIT_MS));
    assert_true(b->is_guard_on);
    close(ear);
}

int run_kernel_guard_cases(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_guard__lets_in_given_labels_only), CASE(test_guard__audit_sees_each_rule),
        CASE(test_guard__restart_puts_it_right),     CASE(test_guard__nothing_is_said_too_early),
        CASE(test_guard__device_comes_and_goes),     CASE(test_guard__a_hundred_thousand_labels),
        CASE(test_guard__flushed_again_and_again),   CASE(test_guard__changes_in_a_rebuild),
        CASE(test_guard__cost_of_a_packet),          CASE(test_guard__as_it_was_switched_before_the_start),
    };

    return cmocka_run_group_tests_name("kernel guard", tests, NULL, NULL);
}

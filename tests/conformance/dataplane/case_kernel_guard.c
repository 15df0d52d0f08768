/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard on the real kernel: all its labels at once, attackers meanwhile, and how long the loop stands still. What a
 * guarded port lets in is seen by a packet socket behind the hook, so that most of it needs no MPLS in the kernel.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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
    while (ear_hear(ear, &got, 20))
        if (got.id == sent.id)
            return true;
    return false;
}

static void need_hook(struct bench *b)
{
    if (!b->platform.has_guard)
        skip();
}

static bool is_told_lost(void *arg)
{
    return ((struct bench *)arg)->guard_losses > 0;
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

/* Prints the longest turn since the start; in processor time, since others use this machine, too. */
static uint64_t pulse_stop(struct pulse *p, const char *what)
{
    timer_cancel(&p->timer);
    print_message("# longest turn, %s: %lu us, %lu of processor\n", what, (unsigned long)p->longest_wall_us,
                  (unsigned long)p->longest_cpu_us);
    return p->longest_cpu_us;
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
    b->guard_losses = 0;
    ms_since(&t);
    output_of("nft flush ruleset");
    pulse_start(&pulse, b);
    assert_true(bench_run(b, is_told_lost, 60000));
    bench_run(b, NULL, 0);
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
    print_message("# %d guarded labels: %lu ms to fill, %lu to restart, %lu from flush to restored, %lu to empty; "
                  "%u forged packets\n",
                  MANY_LABELS, (unsigned long)fill, (unsigned long)restart, (unsigned long)flush, (unsigned long)empty,
                  sent);
    assert_int_equal(count_heard(ear, &s.packet), 0);
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
        b->guard_losses = 0;
        output_of("nft flush ruleset");
        usleep(20000); /* nobody reacts yet */
        assert_true(bench_run(b, is_told_lost, WAIT_MS));
        bench_run(b, NULL, 20);
    }
    assert_true(is_let_in(b, ear, 0, "100"));
    sent = shooter_stop(&s);
    print_message("# 20 flushes: %u forged packets\n", sent);
    assert_true(sent > 100);
    assert_int_equal(count_heard(ear, &s.packet), 0);
    close(ear);
}

int run_kernel_guard_cases(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_guard__a_hundred_thousand_labels),
        CASE(test_guard__flushed_again_and_again),
    };

    return cmocka_run_group_tests_name("kernel guard", tests, NULL, NULL);
}

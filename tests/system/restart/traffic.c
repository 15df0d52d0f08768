/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/system/restart/lab.h"

enum { PORT = 7007, INTERVAL_MS = 20, LINGER_MS = 3000 };

static void enter(pid_t where)
{
    char path[64];
    int fd;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    snprintf(path, sizeof(path), "/proc/%d/ns/net", where);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
        _exit(1);
    close(fd);
}

static int udp_socket(const char *address, bool is_sender)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, address, &a.sin_addr);
    if (fd < 0 ||
        (is_sender ? connect(fd, (struct sockaddr *)&a, sizeof(a)) : bind(fd, (struct sockaddr *)&a, sizeof(a))) < 0)
        _exit(1);
    return fd;
}

static void echo(const char *address)
{
    int fd = udp_socket(address, false);
    struct sockaddr_in from;
    uint32_t n;

    for (;;) {
        socklen_t len = sizeof(from);

        if (recvfrom(fd, &n, sizeof(n), 0, (struct sockaddr *)&from, &len) == sizeof(n) &&
            sendto(fd, &n, sizeof(n), 0, (struct sockaddr *)&from, len) < 0)
            continue; /* counted as lost by the sender */
    }
}

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void send_and_count(const char *address, int end, int counts)
{
    struct pollfd p[2] = {{.fd = udp_socket(address, true), .events = POLLIN}, {.fd = end, .events = POLLIN}};
    uint32_t sent = 0, received = 0, n, result[2];
    int64_t next = now_ms(), stop = INT64_MAX;

    while (now_ms() < stop && (stop == INT64_MAX || received < sent)) {
        if (stop == INT64_MAX && now_ms() >= next) {
            next += INTERVAL_MS;
            sent += send(p[0].fd, &sent, sizeof(sent), 0) != 0; /* what cannot be sent is lost, too */
        }
        poll(p, stop == INT64_MAX ? 2 : 1, 5);
        while (recv(p[0].fd, &n, sizeof(n), MSG_DONTWAIT) == sizeof(n))
            received++;
        if (stop == INT64_MAX && (p[1].revents & POLLIN))
            stop = now_ms() + LINGER_MS;
    }
    result[0] = sent;
    result[1] = received;
    _exit(write(counts, result, sizeof(result)) != sizeof(result));
}

void lab_traffic_start(struct traffic *t, pid_t from, pid_t to, const char *address)
{
    int end[2], counts[2];

    if (pipe2(end, O_CLOEXEC) < 0 || pipe2(counts, O_CLOEXEC) < 0)
        lab_die("no pipe");
    t->echo = fork();
    if (t->echo == 0) {
        enter(to);
        echo(address);
    }
    usleep(100000); /* it listens before the first packet */
    t->sender = fork();
    if (t->sender == 0) {
        close(end[1]);
        enter(from);
        send_and_count(address, end[0], counts[1]);
    }
    close(end[0]);
    close(counts[1]);
    t->end = end[1];
    t->counts = counts[0];
}

void lab_traffic_end(struct traffic *t, unsigned *sent, unsigned *received)
{
    uint32_t result[2];

    if (write(t->end, "", 1) != 1) /* closing is not enough: other children have it, too */
        lab_die("the sender is gone");
    close(t->end);
    if (read(t->counts, result, sizeof(result)) != sizeof(result))
        lab_die("the sender died");
    close(t->counts);
    waitpid(t->sender, NULL, 0);
    kill(t->echo, SIGKILL);
    waitpid(t->echo, NULL, 0);
    *sent = result[0];
    *received = result[1];
}

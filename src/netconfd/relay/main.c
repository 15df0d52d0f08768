/* SPDX-License-Identifier: Apache-2.0
 *
 * strata-netconf: what sshd runs, as the user who logged in, for its subsystem "netconf". It carries bytes between its
 * standard input and output and netconfd, and understands none of them. Whose they are, netconfd hears from the kernel;
 * where from, it is told here, for display.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/netconfd/packet/hello.h"

#define DEFAULT_RUN_DIR "/run/strata"
#define BUFFER_SIZE     65536

/* One direction: read when empty, write when not. */
struct way {
    int from, to;
    char *data;
    size_t start, len;
    bool is_over; /* nothing more comes from `from` */
};

static int connect_to(const char *run_dir)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int n = snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/netconf.sock", run_dir);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (n <= 0 || (size_t)n >= sizeof(addr.sun_path)) {
        fprintf(stderr, "strata-netconf: --run-dir is too long\n");
    } else if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        const char *hint = errno == ENOENT || errno == ECONNREFUSED ? ": is NETCONF configured on this router?"
                           : errno == EACCES                        ? ": users of NETCONF are in the group strata"
                                                                    : "";
        fprintf(stderr, "strata-netconf: %s: %s%s\n", addr.sun_path, strerror(errno), hint);
    } else {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool introduce(int fd)
{
    char host[RELAY_HOST_MAX] = "", line[RELAY_LINE_MAX];
    const char *ssh = getenv("SSH_CONNECTION"); /* "client port server port" */
    if (ssh)
        snprintf(host, sizeof(host), "%.*s", (int)strcspn(ssh, " "), ssh);
    relay_line_write(line, host);
    size_t n = strlen(line);
    return send(fd, line, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool is_temporary(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* False: this way is over for good. */
static bool move(struct way *w, short events_from, short events_to)
{
    if (w->len == 0 && !w->is_over && (events_from & (POLLIN | POLLHUP | POLLERR))) {
        ssize_t n = read(w->from, w->data, BUFFER_SIZE);
        if (n > 0) {
            w->start = 0;
            w->len = (size_t)n;
            events_to |= POLLOUT;
        } else if (n == 0 || !is_temporary()) {
            w->is_over = true;
        }
    }
    if (w->len && (events_to & (POLLOUT | POLLERR | POLLHUP))) {
        ssize_t n = write(w->to, w->data + w->start, w->len);
        if (n < 0 && !is_temporary())
            return false;
        w->start += n > 0 ? (size_t)n : 0;
        w->len -= n > 0 ? (size_t)n : 0;
    }
    return !(w->is_over && w->len == 0);
}

/* Until either side is over; netconfd's last words are still carried. */
static void relay(int fd)
{
    struct way up = {.from = STDIN_FILENO, .to = fd, .data = malloc(BUFFER_SIZE)};
    struct way down = {.from = fd, .to = STDOUT_FILENO, .data = malloc(BUFFER_SIZE)};
    bool is_up_open = true;

    while (up.data && down.data) {
        struct pollfd p[4] = {
            {.fd = is_up_open && !up.len ? up.from : -1, .events = POLLIN},
            {.fd = is_up_open && up.len ? up.to : -1, .events = POLLOUT},
            {.fd = down.len ? -1 : down.from, .events = POLLIN},
            {.fd = down.to, .events = down.len ? POLLOUT : 0}, /* without events: tells when the client is gone */
        };
        if (poll(p, 4, -1) < 0) {
            if (errno == EINTR)
                continue;
            break;
        }
        if (is_up_open && !move(&up, p[0].revents, p[1].revents)) {
            is_up_open = false;
            shutdown(fd, SHUT_WR);
        }
        if (!move(&down, p[2].revents, p[3].revents) || (p[3].revents & (POLLERR | POLLHUP | POLLNVAL)))
            break;
    }
    free(up.data);
    free(down.data);
}

int main(int argc, char **argv)
{
    const char *run_dir = DEFAULT_RUN_DIR;
    if (argc == 3 && strcmp(argv[1], "--run-dir") == 0) {
        run_dir = argv[2];
    } else if (argc != 1) {
        fprintf(stderr, "usage: strata-netconf [--run-dir DIR]\n"
                        "Run by sshd, as the subsystem netconf: carries a NETCONF session to netconfd.\n");
        return argc == 2 && strcmp(argv[1], "--help") == 0 ? 0 : 2;
    }
    signal(SIGPIPE, SIG_IGN);
    int fd = connect_to(run_dir);
    if (fd < 0)
        return 1;
    bool is_good = introduce(fd);
    const int fds[] = {STDIN_FILENO, STDOUT_FILENO, fd};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        int flags = fcntl(fds[i], F_GETFL);
        is_good = is_good && flags >= 0 && fcntl(fds[i], F_SETFL, flags | O_NONBLOCK) == 0;
    }
    if (is_good)
        relay(fd);
    close(fd);
    return is_good ? 0 : 1;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Listening sockets on libevent. A TCP listener is bound to its VRF device, so that every instance has its own on the
 * same port; TTL, GTSM and precedence set here are inherited by accepted sockets, and GTSM already guards the handshake
 * (RFC 5082). A UNIX listener takes over a path that nobody answers on, and removes it when it closes. Owns the socket.
 */
#include <errno.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/io/event_private.h"
#include "lib/io/sock.h"
#include "strata/mem.h"

enum { BACKLOG = 128, ACCEPTS_PER_WAKEUP = 16, RETRY_MS = 100, UNIX_MODE = 0660 };

struct listener_event {
    struct listener listener; /* first: the public object */
    int fd;
    struct event readable, retry;
    struct stream_addr addr;
    listener_fn *fn;
    void *arg;
    dev_t path_dev; /* UNIX: the socket file that is ours */
    ino_t path_ino;
    bool is_busy, is_closed; /* in its callback; to be freed */
};

static struct listener_event *of(struct listener *l)
{
    return (struct listener_event *)(void *)l;
}

/* Does nobody listen behind this socket file? */
static bool path_is_stale(const struct sockaddr_storage *ss, socklen_t len)
{
    struct stat st;
    bool is_stale;
    int fd;

    if (stat(((const struct sockaddr_un *)ss)->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
        return false;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    is_stale = connect(fd, (const struct sockaddr *)ss, len) < 0 && errno == ECONNREFUSED;
    close(fd);
    return is_stale;
}

static int open_unix(struct listener_event *l)
{
    struct sockaddr_storage ss;
    socklen_t len = sock_addr_unix(&ss, l->addr.path);
    const char *path = l->addr.path;
    struct stat st;
    int err;

    if (len == 0)
        return -EINVAL;
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0)
        return -errno;
    fchmod(l->fd, UNIX_MODE); /* before bind: the file must never be more open than this */
    err = bind(l->fd, (struct sockaddr *)&ss, len);
    if (err < 0 && errno == EADDRINUSE) {
        if (!path_is_stale(&ss, len))
            return -EADDRINUSE;
        unlink(path);
        err = bind(l->fd, (struct sockaddr *)&ss, len);
    }
    if (err < 0 || chmod(path, UNIX_MODE) < 0 || stat(path, &st) < 0)
        return -errno;
    l->path_dev = st.st_dev;
    l->path_ino = st.st_ino;
    return 0;
}

static int open_tcp(struct listener_event *l)
{
    int family = sock_family(&l->addr);
    struct sockaddr_storage ss;
    socklen_t len;
    int err;

    l->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0)
        return -errno;
    if ((err = sock_tcp_options(l->fd, &l->addr, family)) < 0)
        return err;
    len = sock_addr_inet(&ss, &l->addr.local, l->addr.local_port, family);
    if (bind(l->fd, (struct sockaddr *)&ss, len) < 0)
        return -errno;
    len = sizeof(ss);
    if (getsockname(l->fd, (struct sockaddr *)&ss, &len) == 0)
        sock_addr_read(&ss, &l->addr.local, &l->addr.local_port);
    return 0;
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
    struct listener_event *l = arg;

    (void)fd;
    (void)what;
    event_add(&l->readable, NULL);
}

/* Errors of one connection that was lost before we took it; accept(2) says to go on. */
static bool is_lost_connection(int error)
{
    return error == ECONNABORTED || error == EINTR || error == EPROTO || error == ENETDOWN || error == ENOPROTOOPT ||
           error == EHOSTDOWN || error == ENONET || error == EHOSTUNREACH || error == EOPNOTSUPP ||
           error == ENETUNREACH || error == ETIMEDOUT || error == EPERM;
}

/* Out of descriptors or memory, the connection stays in the queue and the socket readable: wait instead of spinning. */
static void back_off(struct listener_event *l)
{
    struct timeval tv = {.tv_usec = RETRY_MS * 1000};

    event_del(&l->readable);
    event_add(&l->retry, &tv);
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg)
{
    struct listener_event *l = arg;
    struct io_event *io = io_event_of(l->listener.io);

    (void)what;
    l->is_busy = true;
    for (int i = 0; i < ACCEPTS_PER_WAKEUP && !l->is_closed; i++) {
        int child = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        struct stream *s;

        if (child < 0 && is_lost_connection(errno))
            continue;
        if (child < 0) {
            if (errno != EAGAIN)
                back_off(l);
            break;
        }
        s = stream_event_accepted(io, child, &l->addr);
        if (!s)
            continue;
        stream_event_hold(s);
        l->fn(&l->listener, s, l->arg);
        stream_event_start(s);
        stream_event_release(s);
    }
    l->is_busy = false;
    if (l->is_closed)
        mem_free(NULL, l);
}

int listener_event_open(struct io *io, const struct stream_addr *addr, listener_fn *fn, void *arg,
                        struct listener **out)
{
    struct listener_event *l = MEM_NEW(NULL, struct listener_event);
    struct event_base *base = io_event_of(io)->base;
    int err;

    l->listener.io = io;
    l->fd = -1;
    l->addr = *addr;
    l->fn = fn;
    l->arg = arg;
    err = addr->kind == STREAM_UNIX ? open_unix(l) : open_tcp(l);
    if (err == 0 && listen(l->fd, BACKLOG) < 0)
        err = -errno;
    event_assign(&l->readable, base, l->fd, EV_READ | EV_PERSIST, on_acceptable, l);
    event_assign(&l->retry, base, -1, 0, on_retry, l);
    if (err == 0 && event_add(&l->readable, NULL) < 0)
        err = -ENOMEM;
    if (err < 0) {
        listener_event_close(&l->listener);
        return err;
    }
    *out = &l->listener;
    return 0;
}

void listener_event_close(struct listener *listener)
{
    struct listener_event *l = of(listener);
    struct stat st;

    if (l->is_closed)
        return;
    event_del(&l->readable);
    event_del(&l->retry);
    /* The file may be a successor's by now. */
    if (l->path_ino && stat(l->addr.path, &st) == 0 && st.st_dev == l->path_dev && st.st_ino == l->path_ino)
        unlink(l->addr.path);
    if (l->fd >= 0)
        close(l->fd);
    l->is_closed = true;
    if (!l->is_busy)
        mem_free(NULL, l);
}

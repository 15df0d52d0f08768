/* SPDX-License-Identifier: Apache-2.0
 *
 * UNIX stream sockets within a node: two ends, each with the bytes that came for it.
 */
#include <errno.h>

#include "lib/sim/internal.h"
#include "strata/mem.h"

struct sim_unix {
    struct sim_sock sock; /* first */
    struct sim_unix *peer;
};

static struct sim_unix *of(struct sim_sock *s)
{
    return (struct sim_unix *)(void *)s;
}

static size_t op_room(struct sim_sock *s)
{
    struct sim_unix *peer = of(s)->peer;
    size_t used = peer ? sim_buf_len(&peer->sock.rx) : 0;

    return used < SIM_SOCKET_BYTES ? SIM_SOCKET_BYTES - used : 0;
}

static void op_send(struct sim_sock *s, const uint8_t *data, size_t n)
{
    struct sim_unix *peer = of(s)->peer;

    if (!peer)
        return;
    sim_buf_append(&peer->sock.rx, data, n);
    sim_stream_wake(&peer->sock);
}

static void op_received(struct sim_sock *s)
{
    if (of(s)->peer)
        sim_stream_writable(&of(s)->peer->sock);
}

/* As in Linux: input that was never read makes the other side see a reset. */
static void op_close(struct sim_sock *s, bool is_reset)
{
    struct sim_unix *peer = of(s)->peer;

    if (peer) {
        peer->sock.has_end = peer->sock.is_broken = true;
        peer->sock.end_error = is_reset || sim_buf_len(&s->rx) > 0 ? -ECONNRESET : 0;
        peer->peer = NULL;
        sim_stream_wake(&peer->sock);
        sim_stream_writable(&peer->sock);
    }
    sim_buf_fini(&s->rx);
    mem_free(NULL, s);
}

static void op_endpoints(struct sim_sock *s, struct stream_addr *addr)
{
    (void)s, (void)addr;
}

static const struct sim_sock_ops ops = {op_room, op_send, op_received, op_close, op_endpoints};

struct sim_sock *sim_unix_connect(struct sim_node *node, const char *path)
{
    struct sim_listener *l = sim_listener_unix(node, path);
    struct sim_unix *near, *far;

    if (!l)
        return NULL;
    near = MEM_NEW(NULL, struct sim_unix);
    far = MEM_NEW(NULL, struct sim_unix);
    near->sock.ops = far->sock.ops = &ops;
    near->sock.is_connected = far->sock.is_connected = true;
    near->peer = far;
    far->peer = near;
    sim_listener_arrived(l, &far->sock);
    return &near->sock;
}

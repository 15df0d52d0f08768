/* SPDX-License-Identifier: Apache-2.0
 *
 * Framed connections (lib/ipc/conn.c, connector.c, listener.c) over real sockets.
 */
#include "tests/unit/ipc/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strata/io.h"
#include "strata/ipc.h"
#include "strata/log.h"

/* One end: counts what it is told. */
struct end {
    struct ipc_conn *conn;
    unsigned ups, downs, messages, drains;
    char reason[IPC_REASON_MAX];
    uint16_t type;
    uint8_t *data;
    size_t len, bytes;
    bool is_in_order;
    uint8_t next;
    struct ipc_connector *destroy_connector; /* in the next callback */
    struct ipc_listener *destroy_listener;
    const char *close_with; /* on the next message */
};

static void obey(struct end *e)
{
    if (e->destroy_connector)
        ipc_connector_destroy(e->destroy_connector);
    e->destroy_connector = NULL;
    if (e->destroy_listener)
        ipc_listener_destroy(e->destroy_listener);
    e->destroy_listener = NULL;
}

static void on_up(struct ipc_conn *c, void *arg)
{
    struct end *e = arg;

    e->conn = c;
    e->ups++;
    e->is_in_order = true;
    obey(e);
}

static void on_down(struct ipc_conn *c, const char *reason, void *arg)
{
    struct end *e = arg;

    assert_ptr_equal(e->conn, c);
    e->conn = NULL;
    e->downs++;
    snprintf(e->reason, sizeof(e->reason), "%s", reason);
    obey(e);
}

static void on_message(struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len, void *arg)
{
    struct end *e = arg;

    e->messages++;
    e->type = type;
    e->bytes += len;
    free(e->data);
    e->data = malloc(len ? len : 1);
    if (len)
        memcpy(e->data, payload, len);
    e->len = len;
    e->is_in_order = e->is_in_order && len > 0 && payload[0] == e->next && payload[len - 1] == e->next;
    e->next++;
    if (e->close_with)
        ipc_close(c, "%s", e->close_with);
    obey(e);
}

static void on_drained(struct ipc_conn *c, void *arg)
{
    (void)c;
    ((struct end *)arg)->drains++;
}

static const struct ipc_events events = {.up = on_up, .down = on_down, .message = on_message, .drained = on_drained};

struct pair {
    struct world w;
    struct end client, server;
    struct ipc_connector *connector;
    struct ipc_listener *listener;
};

static const struct ipc_spec client_spec = {.socket = "x.sock", .service = "test", .version = 3, .name = "ospfd"};
static const struct ipc_spec server_spec = {.socket = "x.sock", .service = "test", .version = 3, .name = "ribd"};

static bool both_up(void *arg)
{
    struct pair *p = arg;

    return p->client.conn && p->server.conn;
}

static bool both_down(void *arg)
{
    struct pair *p = arg;

    return !p->client.conn && !p->server.conn && p->client.downs && p->server.downs;
}

static void pair_open(struct pair *p)
{
    *p = (struct pair){0};
    world_open(&p->w);
    assert_int_equal(ipc_listener_create(&p->w.env, &server_spec, &events, &p->server, &p->listener), 0);
    p->connector = ipc_connector_create(&p->w.env, &client_spec, &events, &p->client);
    world_run_until(&p->w, both_up, p);
}

static void pair_close(struct pair *p)
{
    ipc_connector_destroy(p->connector);
    ipc_listener_destroy(p->listener);
    free(p->client.data);
    free(p->server.data);
    world_close(&p->w);
}

struct heard {
    unsigned n_up[LOG_LEVEL_DEBUG + 1], n_down[LOG_LEVEL_DEBUG + 1];
};

static void hear(void *arg, enum log_level level, const char *line)
{
    struct heard *h = arg;

    h->n_up[level] += strstr(line, "ipc-up service=test peer=ospfd") != NULL;
    h->n_down[level] += strstr(line, "ipc-down service=test peer=ospfd") != NULL;
}

/* Where anybody comes and goes all the time nobody wants to read of it. */
static void test_conn__quiet_listener(void **state)
{
    (void)state;
    for (int is_quiet = 0; is_quiet < 2; is_quiet++) {
        enum log_level level = is_quiet ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
        struct ipc_spec spec = server_spec;
        struct heard heard = {0};
        struct pair p = {0};
        struct env env;

        spec.is_quiet = is_quiet;
        world_open(&p.w);
        env = p.w.env; /* the server's alone */
        env.log = log_create("ribd", hear, &heard);
        log_set_level(env.log, LOG_LEVEL_DEBUG);
        assert_int_equal(ipc_listener_create(&env, &spec, &events, &p.server, &p.listener), 0);
        p.connector = ipc_connector_create(&p.w.env, &client_spec, &events, &p.client);
        world_run_until(&p.w, both_up, &p);
        ipc_close(p.server.conn, "enough");
        world_run_until(&p.w, both_down, &p);
        assert_int_equal(heard.n_up[level], 1);
        assert_int_equal(heard.n_down[level], 1);
        assert_int_equal(heard.n_up[LOG_LEVEL_INFO], !is_quiet);
        assert_int_equal(heard.n_down[LOG_LEVEL_INFO], !is_quiet);
        pair_close(&p);
        log_destroy(env.log);
    }
}

static void test_conn__hello_names_the_ends(void **state)
{
    struct pair p;

    (void)state;
    pair_open(&p);
    assert_string_equal(ipc_conn_peer(p.client.conn)->name, "ribd");
    assert_string_equal(ipc_conn_peer(p.server.conn)->name, "ospfd");
    assert_true(ipc_conn_peer(p.server.conn)->pid > 0);
    assert_ptr_equal(ipc_connector_conn(p.connector), p.client.conn);
    assert_ptr_equal(ipc_listener_next(p.listener, NULL), p.server.conn);
    assert_null(ipc_listener_next(p.listener, p.server.conn));
    assert_int_equal(ipc_send(p.client.conn, 16, NULL, IPC_FRAME_MAX + 1), -EMSGSIZE);
    pair_close(&p);
}

static bool all_sizes_there(void *arg)
{
    return ((struct pair *)arg)->server.messages == 9;
}

static void test_conn__frames_of_all_sizes_arrive_in_order(void **state)
{
    static const size_t size[9] = {1, 6, 65529, 65530, 65531, 200000, 3, IPC_FRAME_MAX, 100};
    uint8_t *data = malloc(IPC_FRAME_MAX);
    struct pair p;
    size_t total = 0;

    (void)state;
    pair_open(&p);
    for (size_t i = 0; i < 9; i++) {
        memset(data, (int)i, size[i]);
        assert_int_equal(ipc_send(p.client.conn, (uint16_t)(100 + i), data, size[i]), 0);
        total += size[i];
    }
    assert_true(ipc_pending(p.client.conn) > 0);
    world_run_until(&p.w, all_sizes_there, &p);
    assert_true(p.server.is_in_order);
    assert_int_equal(p.server.bytes, total);
    assert_int_equal(p.server.type, 108);
    world_settle(&p.w);
    assert_true(p.client.drains > 0);
    pair_close(&p);
    free(data);
}

static void test_conn__close_tells_the_reason_and_connector_comes_again(void **state)
{
    struct pair p;

    (void)state;
    pair_open(&p);
    ipc_close(p.server.conn, "bad prefix %d", 7);
    assert_int_equal(ipc_send(p.server.conn, 20, "x", 1), -ENOTCONN);
    assert_int_equal(p.server.downs, 0); /* never from inside the call */
    world_run_until(&p.w, both_down, &p);
    assert_string_equal(p.server.reason, "bad prefix 7");
    assert_string_equal(p.client.reason, "the other end says: bad prefix 7");
    world_run_until(&p.w, both_up, &p);
    assert_int_equal(p.client.ups, 2);
    pair_close(&p);
}

static void test_conn__close_in_message_stops_delivery(void **state)
{
    struct pair p;

    (void)state;
    pair_open(&p);
    p.server.close_with = "enough";
    for (int i = 0; i < 5; i++)
        ipc_send(p.client.conn, 16, "x", 1);
    world_run_until(&p.w, both_down, &p);
    assert_int_equal(p.server.messages, 1);
    pair_close(&p);
}

static bool server_got_one(void *arg)
{
    return ((struct pair *)arg)->server.messages > 0;
}

static bool client_is_down(void *arg)
{
    return ((struct pair *)arg)->client.downs > 0;
}

static void test_conn__owner_may_leave_inside_any_callback(void **state)
{
    struct pair p;

    (void)state;
    pair_open(&p);
    p.server.destroy_listener = p.listener; /* in message */
    p.listener = NULL;
    p.client.destroy_connector = p.connector; /* in down */
    p.connector = NULL;
    ipc_send(p.client.conn, 16, "x", 1);
    world_run_until(&p.w, server_got_one, &p);
    world_run_until(&p.w, client_is_down, &p);
    world_settle(&p.w);
    assert_int_equal(p.server.downs, 0);
    pair_close(&p);
}

static bool client_was_up(void *arg)
{
    return ((struct pair *)arg)->client.ups > 0;
}

static void test_conn__owner_may_leave_inside_up(void **state)
{
    struct pair p = {0};

    (void)state;
    world_open(&p.w);
    assert_int_equal(ipc_listener_create(&p.w.env, &server_spec, &events, &p.server, &p.listener), 0);
    p.connector = ipc_connector_create(&p.w.env, &client_spec, &events, &p.client);
    p.client.destroy_connector = p.connector;
    p.connector = NULL;
    world_run_until(&p.w, client_was_up, &p);
    world_settle(&p.w);
    assert_int_equal(p.client.ups, 1);
    pair_close(&p);
}

static void test_conn__connector_waits_for_a_server(void **state)
{
    struct pair p = {0};

    (void)state;
    world_open(&p.w);
    p.connector = ipc_connector_create(&p.w.env, &client_spec, &events, &p.client);
    world_run_ms(&p.w, 50);
    assert_null(ipc_connector_conn(p.connector));
    assert_int_equal(ipc_listener_create(&p.w.env, &server_spec, &events, &p.server, &p.listener), 0);
    world_run_until(&p.w, both_up, &p);
    pair_close(&p);
}

static void refuses(const struct ipc_spec *bad)
{
    struct pair p = {0};

    world_open(&p.w);
    assert_int_equal(ipc_listener_create(&p.w.env, &server_spec, &events, &p.server, &p.listener), 0);
    p.connector = ipc_connector_create(&p.w.env, bad, &events, &p.client);
    world_run_ms(&p.w, 250);
    assert_int_equal(p.client.ups + p.server.ups, 0);
    pair_close(&p);
}

static void test_conn__other_version_or_service_is_refused(void **state)
{
    struct ipc_spec bad = client_spec;

    (void)state;
    bad.version = 4;
    refuses(&bad);
    bad = client_spec;
    bad.service = "north";
    refuses(&bad);
    bad = client_spec;
    bad.name = "";
    refuses(&bad);
}

/* --- raw bytes against the listener --- */

struct raw {
    struct stream *s;
    bool is_open, is_closed;
    size_t received;
};

static void raw_opened(struct stream *s, void *arg)
{
    (void)s;
    ((struct raw *)arg)->is_open = true;
}

static void raw_readable(struct stream *s, void *arg)
{
    size_t len;

    stream_peek(s, &len);
    stream_consume(s, len);
    ((struct raw *)arg)->received += len;
}

static void raw_closed(struct stream *s, int error, void *arg)
{
    (void)s;
    (void)error;
    ((struct raw *)arg)->is_closed = true;
}

static bool raw_is_open(void *arg)
{
    return ((struct raw *)arg)->is_open;
}

static bool raw_is_closed(void *arg)
{
    return ((struct raw *)arg)->is_closed;
}

static const struct stream_events raw_events = {.opened = raw_opened, .readable = raw_readable, .closed = raw_closed};

/* Sends `bytes`, and says whether the listener threw us out at once. */
static bool is_thrown_out(const uint8_t *bytes, size_t len)
{
    struct stream_addr addr = {.kind = STREAM_UNIX};
    struct pair p = {0};
    struct raw raw = {0};
    bool is_out;

    world_open(&p.w);
    assert_int_equal(ipc_listener_create(&p.w.env, &server_spec, &events, &p.server, &p.listener), 0);
    snprintf(addr.path, sizeof(addr.path), "%s/x.sock", p.w.dir);
    assert_int_equal(stream_connect(p.w.env.io, &addr, &raw_events, &raw, &raw.s), 0);
    world_run_until(&p.w, raw_is_open, &raw);
    stream_write(raw.s, bytes, len);
    world_settle(&p.w);
    is_out = raw.is_closed;
    if (is_out)
        world_run_until(&p.w, raw_is_closed, &raw);
    stream_close(raw.s);
    assert_int_equal(p.server.messages, 0);
    pair_close(&p);
    return is_out;
}

static void test_conn__nonsense_is_thrown_out(void **state)
{
    static const uint8_t message_first[] = {0, 0, 0, 0, 0, 16};
    static const uint8_t huge[] = {0xff, 0xff, 0xff, 0xff, 0, 1};
    static const uint8_t bad_hello[] = {0, 0, 0, 3, 0, 1, 0xff, 0xff, 0xff};
    static const uint8_t empty_hello[] = {0, 0, 0, 0, 0, 1};
    static const uint8_t half_header[] = {0, 0, 0};
    static const uint8_t good_hello_then_hello[] = {0, 0,    0, 13,  0,   1,   0x0a, 4, 't', 'e', 's', 't', 0x10,
                                                    3, 0x1a, 3, 'x', 'y', 'z', 0,    0, 0,   0,   0,   1};

    (void)state;
    assert_true(is_thrown_out(message_first, sizeof(message_first)));
    assert_true(is_thrown_out(huge, sizeof(huge)));
    assert_true(is_thrown_out(bad_hello, sizeof(bad_hello)));
    assert_true(is_thrown_out(empty_hello, sizeof(empty_hello)));
    assert_true(is_thrown_out(good_hello_then_hello, sizeof(good_hello_then_hello)));
    assert_false(is_thrown_out(good_hello_then_hello, 19));
    assert_false(is_thrown_out(half_header, sizeof(half_header)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conn__quiet_listener),
        cmocka_unit_test(test_conn__hello_names_the_ends),
        cmocka_unit_test(test_conn__frames_of_all_sizes_arrive_in_order),
        cmocka_unit_test(test_conn__close_tells_the_reason_and_connector_comes_again),
        cmocka_unit_test(test_conn__close_in_message_stops_delivery),
        cmocka_unit_test(test_conn__owner_may_leave_inside_any_callback),
        cmocka_unit_test(test_conn__owner_may_leave_inside_up),
        cmocka_unit_test(test_conn__connector_waits_for_a_server),
        cmocka_unit_test(test_conn__other_version_or_service_is_refused),
        cmocka_unit_test(test_conn__nonsense_is_thrown_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

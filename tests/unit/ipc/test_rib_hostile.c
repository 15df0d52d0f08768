/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients that flood, stall, die in the middle of a message or send nonsense: what ribd keeps for them is bounded, and
 * another client does not notice.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/ipc/rib_msg.h"
#include "strata/ipc.h"
#include "tests/unit/ipc/net.h"

enum { LABELS = 1000, FLOOD = 20000 };

/* A client made by hand: speaks the framing and nothing else. */
struct hostile {
    struct ipc_connector *connector;
    struct ipc_conn *conn;
    unsigned answers;
};

static void on_up(struct ipc_conn *c, void *arg)
{
    ((struct hostile *)arg)->conn = c;
}

static void on_down(struct ipc_conn *c, const char *reason, void *arg)
{
    (void)c, (void)reason;
    ((struct hostile *)arg)->conn = NULL;
}

static void on_message(struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len, void *arg)
{
    (void)c, (void)payload, (void)len;
    ((struct hostile *)arg)->answers += type == RIB_MSG_LABEL_BLOCK;
}

static bool is_hostile_up(void *arg)
{
    return ((struct hostile *)arg)->conn != NULL;
}

static bool is_hostile_down(void *arg)
{
    return ((struct hostile *)arg)->conn == NULL;
}

static void hostile_open(struct hostile *h, struct net *n)
{
    static const struct ipc_events ev = {.up = on_up, .down = on_down, .message = on_message};
    struct ipc_spec spec = {.socket = "ribd.sock", .service = "rib", .version = RIB_PROTOCOL_VERSION, .name = "ldpd"};

    memset(h, 0, sizeof(*h));
    h->connector = ipc_connector_create(&n->w.env, &spec, &ev, h);
    assert_non_null(h->connector);
    world_run_until(&n->w, is_hostile_up, h);
}

static void flood(struct hostile *h)
{
    static const uint8_t wanted[] = {0x08, (LABELS & 0x7f) | 0x80, LABELS >> 7};

    for (int i = 0; i < FLOOD; i++)
        assert_int_equal(ipc_send(h->conn, RIB_MSG_LABELS_WANTED, wanted, sizeof(wanted)), 0);
}

static bool is_other_heard(void *arg)
{
    return recorder_count(&((struct net *)arg)->ribd.rec, "10.77.0.0/16") > 0;
}

static bool is_all_heard(void *arg)
{
    return is_other_heard(arg) && recorder_count(&((struct net *)arg)->ribd.rec, "labels_wanted") == FLOOD;
}

/* It asks and does not read: it is not listened to any more, until it reads. */
static void test_hostile__asks_and_does_not_read(void **state)
{
    struct hostile h;
    struct net n;
    size_t heard;

    (void)state;
    net_open(&n);
    n.ribd.next_label = 16;
    n.ribd.last_label = UINT32_MAX;
    hostile_open(&h, &n);
    ipc_pause(h.conn, true);
    flood(&h);
    route_via(&n, "10.77.0.0/16", nhset_via(&n, "10.0.0.1"));
    world_run_until(&n.w, is_other_heard, &n);
    world_run_ms(&n.w, 200);
    heard = recorder_count(&n.ribd.rec, "labels_wanted");
    assert_true(heard > 0 && heard < FLOOD / 4);
    world_run_ms(&n.w, 100);
    assert_int_equal(recorder_count(&n.ribd.rec, "labels_wanted"), heard);
    ipc_pause(h.conn, false);
    for (int i = 0; i < 600 && h.answers < FLOOD; i++)
        world_run_ms(&n.w, 100);
    assert_int_equal(h.answers, FLOOD);
    ipc_connector_destroy(h.connector);
    net_close(&n);
}

/* Its messages are taken a few at a time: the other's comes in between. */
static void test_hostile__floods(void **state)
{
    struct hostile h;
    struct net n;

    (void)state;
    net_open(&n);
    n.ribd.last_label = 0; /* short answers */
    hostile_open(&h, &n);
    flood(&h);
    route_via(&n, "10.77.0.0/16", nhset_via(&n, "10.0.0.1"));
    world_run_until(&n.w, is_all_heard, &n);
    assert_non_null(strstr(strstr(recorder_text(&n.ribd.rec), "10.77.0.0/16"), "labels_wanted"));
    ipc_connector_destroy(h.connector);
    net_close(&n);
}

static void test_hostile__nonsense_ends_its_session_only(void **state)
{
    static const uint8_t nonsense[] = {0xff, 0xfe, 0xfd, 0xfc};
    struct hostile h;
    struct net n;

    (void)state;
    net_open(&n);
    for (uint16_t type = 16; type < 60; type++) {
        hostile_open(&h, &n);
        ipc_send(h.conn, type, nonsense, sizeof(nonsense));
        world_run_until(&n.w, is_hostile_down, &h);
        ipc_connector_destroy(h.connector);
    }
    assert_int_equal(n.downs, 0);
    route_via(&n, "10.77.0.0/16", nhset_via(&n, "10.0.0.1"));
    world_run_until(&n.w, is_other_heard, &n);
    net_close(&n);
}

/* A hello, then a header that promises a megabyte, some of it, and death; and one that says nothing at all. */
static void test_hostile__dies_in_the_middle_of_a_message(void **state)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    uint8_t start[5000] = {0, 16, 0, 0, 0, 16};
    struct net n;

    (void)state;
    net_open(&n);
    snprintf(a.sun_path, sizeof(a.sun_path), "%s/ribd.sock", n.w.env.run_dir);
    for (int i = 0; i < 20; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_int_equal(connect(fd, (const struct sockaddr *)(const void *)&a, sizeof(a)), 0);
        if (i % 2)
            assert_true(write(fd, start, sizeof(start)) > 0);
        world_run_ms(&n.w, 5);
        close(fd);
    }
    assert_int_equal(n.downs, 0);
    route_via(&n, "10.77.0.0/16", nhset_via(&n, "10.0.0.1"));
    world_run_until(&n.w, is_other_heard, &n);
    net_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile__asks_and_does_not_read),
        cmocka_unit_test(test_hostile__floods),
        cmocka_unit_test(test_hostile__nonsense_ends_its_session_only),
        cmocka_unit_test(test_hostile__dies_in_the_middle_of_a_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

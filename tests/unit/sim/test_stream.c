/* SPDX-License-Identifier: Apache-2.0
 *
 * UNIX streams between processes of one node, and what a crash does to them.
 */
#include "tests/unit/sim/peer.h"

struct bench {
    struct sim *sim;
    struct sim_node *node;
    struct sim_process *server, *client;
    struct listener *listener;
    struct peer far, near;
};

static const struct stream_addr path = {.kind = STREAM_UNIX, .path = "/run/x.sock"};

static int setup(void **state)
{
    struct bench *b = MEM_NEW(NULL, struct bench);

    b->sim = sim_create(3);
    b->node = sim_node_create(b->sim, "a");
    b->server = sim_process_create(b->node, "server", NULL);
    b->client = sim_process_create(b->node, "client", NULL);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    stream_close(b->far.s);
    stream_close(b->near.s);
    listener_close(b->listener);
    sim_destroy(b->sim);
    mem_free(NULL, b);
    return 0;
}

static void open_pair(struct bench *b)
{
    assert_int_equal(stream_listen(sim_process_env(b->server)->io, &path, peer_accept, &b->far, &b->listener), 0);
    assert_int_equal(stream_connect(sim_process_env(b->client)->io, &path, &peer_events, &b->near, &b->near.s), 0);
    assert_int_equal(b->near.opened, 0); /* never from inside the call */
    sim_run_ms(b->sim, 1);
    assert_int_equal(b->near.opened, 1);
    assert_int_equal(b->far.opened, 1);
}

static void test_connect__carries_bytes_both_ways(void **state)
{
    struct bench *b = *state;

    open_pair(b);
    peer_say(&b->near, "hello");
    assert_int_equal(stream_pending(b->near.s), 5);
    sim_run_ms(b->sim, 1);
    assert_int_equal(stream_pending(b->near.s), 0);
    assert_int_equal(b->near.drained, 1);
    assert_memory_equal(b->far.text, "hello", 5);
    peer_say(&b->far, "you");
    sim_run_ms(b->sim, 1);
    assert_memory_equal(b->near.text, "you", 3);
    assert_int_equal(stream_peer_uid(b->near.s), 0);
}

static void test_connect__nobody_there(void **state)
{
    struct bench *b = *state;

    assert_int_equal(stream_connect(sim_process_env(b->client)->io, &path, &peer_events, &b->near, &b->near.s), 0);
    sim_run_ms(b->sim, 1);
    assert_int_equal(b->near.closed, 1);
    assert_int_equal(b->near.error, -ECONNREFUSED);
}

static void test_close__sends_what_was_written(void **state)
{
    struct bench *b = *state;

    open_pair(b);
    peer_say(&b->near, "last words");
    stream_close(b->near.s);
    b->near.s = NULL;
    sim_run_ms(b->sim, 1);
    assert_int_equal(b->far.len, 10);
    assert_int_equal(b->far.closed, 1);
    assert_int_equal(b->far.error, 0);
}

static void test_pause__holds_bytes_and_the_writer(void **state)
{
    static uint8_t big[1 << 20];
    struct bench *b = *state;

    open_pair(b);
    stream_pause(b->far.s, true);
    stream_write(b->near.s, big, sizeof(big));
    sim_run_ms(b->sim, 10);
    assert_int_equal(b->far.total, 0);
    assert_in_range(stream_pending(b->near.s), 1, sizeof(big) - 1);
    stream_pause(b->far.s, false);
    sim_run_ms(b->sim, 100);
    assert_int_equal(b->far.total, sizeof(big));
    assert_int_equal(b->near.drained, 1);
}

static void test_crash__cuts_in_the_middle(void **state)
{
    struct bench *b = *state;
    size_t got[8], n_whole = 0, n_cut = 0;

    open_pair(b);
    for (size_t i = 0; i < 8; i++) {
        stream_write(b->near.s, "0123456789abcdef", 16);
        sim_process_crash(b->client);
        sim_run_ms(b->sim, 1);
        got[i] = b->far.len;
        n_whole += got[i] == 16;
        n_cut += got[i] > 0 && got[i] < 16;
        assert_memory_equal(b->far.text, "0123456789abcdef", got[i]);
        assert_int_equal(b->far.closed, 1);
        b->far = b->near = (struct peer){0};
        sim_process_start(b->client);
        assert_int_equal(stream_connect(sim_process_env(b->client)->io, &path, &peer_events, &b->near, &b->near.s), 0);
        sim_run_ms(b->sim, 1);
    }
    assert_true(n_cut > 0);
    assert_true(n_whole < 8);
}

static void test_crash__takes_the_listener_along(void **state)
{
    struct bench *b = *state;

    open_pair(b);
    sim_process_crash(b->server);
    b->listener = NULL; /* went with the process */
    b->far.s = NULL;
    sim_run_ms(b->sim, 1);
    assert_int_equal(b->near.closed, 1);
    assert_int_equal(stream_connect(sim_process_env(b->client)->io, &path, &peer_events, &b->near, &b->near.s), 0);
    sim_run_ms(b->sim, 1);
    assert_int_equal(b->near.closed, 2);
    assert_int_equal(b->near.error, -ECONNREFUSED);
}

static void test_listen__path_is_taken_once(void **state)
{
    struct bench *b = *state;
    struct listener *other;

    open_pair(b);
    assert_int_equal(stream_listen(sim_process_env(b->client)->io, &path, peer_accept, &b->far, &other), -EADDRINUSE);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_connect__carries_bytes_both_ways), CASE(test_connect__nobody_there),
        CASE(test_close__sends_what_was_written),    CASE(test_pause__holds_bytes_and_the_writer),
        CASE(test_crash__cuts_in_the_middle),        CASE(test_crash__takes_the_listener_along),
        CASE(test_listen__path_is_taken_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

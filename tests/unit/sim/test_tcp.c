/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP and datagrams over simulated kernels: l -- r, and what the path, the instance and death do to sessions.
 */
#include "src/ribd/dataplane.h"
#include "tests/unit/sim/peer.h"

struct bench {
    struct sim *sim;
    struct sim_node *l, *r;
    struct sim_cable *cable;
    struct sim_process *client, *server;
    struct listener *listener;
    struct dgram *heard_by, *said_by;
    struct peer near, far;
    unsigned heard;
    struct dgram_info info;
    char text[64];
};

static int setup(void **state)
{
    struct bench *b = MEM_NEW(NULL, struct bench);

    b->sim = sim_create(5);
    b->l = sim_node_create(b->sim, "l");
    b->r = sim_node_create(b->sim, "r");
    b->cable = sim_cable_create(b->l, "l-r", b->r, "r-l", NULL);
    sim_host_address(b->l, "l-r", "10.0.0.1/24");
    sim_host_address(b->r, "r-l", "10.0.0.2/24");
    sim_host_address(b->l, "lo", "10.1.1.1/32");
    sim_host_address(b->r, "lo", "10.1.1.2/32");
    sim_host_route(b->l, "10.1.1.2/32", "10.0.0.2");
    sim_host_route(b->r, "10.1.1.1/32", "10.0.0.1");
    b->client = sim_process_create(b->l, "client", NULL);
    b->server = sim_process_create(b->r, "server", NULL);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    sim_destroy(b->sim);
    mem_free(NULL, b);
    return 0;
}

static int connect_to(struct bench *b, const char *local, const char *remote)
{
    struct stream_addr a = {.kind = STREAM_TCP, .remote = addr_of_text(remote), .remote_port = 179};

    if (local)
        a.local = addr_of_text(local);
    return stream_connect(sim_process_env(b->client)->io, &a, &peer_events, &b->near, &b->near.s);
}

static int listen_at(struct bench *b, const char *device, struct listener **out)
{
    struct stream_addr a = {.kind = STREAM_TCP, .local_port = 179};

    snprintf(a.device, sizeof(a.device), "%s", device);
    return stream_listen(sim_process_env(b->server)->io, &a, peer_accept, &b->far, out);
}

static void open_pair(struct bench *b)
{
    assert_int_equal(listen_at(b, "", &b->listener), 0);
    assert_int_equal(connect_to(b, "10.1.1.1", "10.1.1.2"), 0);
    sim_run_ms(b->sim, 5);
    assert_int_equal(b->near.opened, 1);
    assert_int_equal(b->far.opened, 1);
}

static void test_connect__has_endpoints(void **state)
{
    struct bench *b = *state;
    const struct stream_addr *e;
    struct ip_addr mine = addr_of_text("10.1.1.1"), theirs = addr_of_text("10.1.1.2");

    open_pair(b);
    e = stream_endpoints(b->far.s);
    assert_true(ip_addr_equal(&e->local, &theirs));
    assert_true(ip_addr_equal(&e->remote, &mine));
    assert_int_equal(e->local_port, 179);
    assert_int_equal(e->remote_port, stream_endpoints(b->near.s)->local_port);
    peer_say(&b->near, "open");
    sim_run_ms(b->sim, 5);
    assert_memory_equal(b->far.text, "open", 4);
}

static void test_connect__source_address_is_the_interfaces(void **state)
{
    struct bench *b = *state;
    struct ip_addr mine = addr_of_text("10.0.0.1");

    assert_int_equal(listen_at(b, "", &b->listener), 0);
    assert_int_equal(connect_to(b, NULL, "10.1.1.2"), 0);
    sim_run_ms(b->sim, 5);
    assert_true(ip_addr_equal(&stream_endpoints(b->near.s)->local, &mine));
}

static void test_connect__local_faults_come_at_once(void **state)
{
    struct bench *b = *state;
    struct stream_addr a = {
        .kind = STREAM_TCP, .remote = addr_of_text("10.1.1.2"), .remote_port = 179, .device = "nosuch"};

    assert_int_equal(connect_to(b, "10.9.9.9", "10.1.1.2"), -EADDRNOTAVAIL);
    assert_int_equal(connect_to(b, NULL, "172.16.0.1"), -ENETUNREACH);
    assert_int_equal(stream_connect(sim_process_env(b->client)->io, &a, &peer_events, &b->near, &b->near.s), -ENODEV);
}

static void test_connect__refused(void **state)
{
    struct bench *b = *state;

    assert_int_equal(connect_to(b, NULL, "10.1.1.2"), 0);
    sim_run_ms(b->sim, 5);
    assert_int_equal(b->near.closed, 1);
    assert_int_equal(b->near.error, -ECONNREFUSED);
}

static void test_connect__times_out_when_nobody_answers(void **state)
{
    struct bench *b = *state;

    sim_cable_blackhole(b->cable, true, true);
    assert_int_equal(connect_to(b, NULL, "10.1.1.2"), 0);
    sim_run_ms(b->sim, 60000);
    assert_int_equal(b->near.closed, 0);
    sim_run_ms(b->sim, 100000);
    assert_int_equal(b->near.closed, 1);
    assert_int_equal(b->near.error, -ETIMEDOUT);
}

static void pattern(uint8_t *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)(i * 7 + i / 251);
}

static void test_transfer__whole_over_a_bad_cable(void **state)
{
    static uint8_t big[300000];
    struct sim_cable_spec bad = {.loss_per_million = 50000, .is_reordering = true, .jitter_us = 300};
    struct bench *b = *state;

    open_pair(b);
    pattern(big, sizeof(big));
    sim_cable_change(b->cable, &bad);
    stream_write(b->near.s, big, sizeof(big));
    sim_run_ms(b->sim, 60000);
    assert_int_equal(b->far.total, sizeof(big));
    assert_memory_equal(b->far.text, big, sizeof(b->far.text));
    assert_int_equal(b->far.closed, 0);
}

static void test_session__survives_a_short_cut(void **state)
{
    struct bench *b = *state;

    open_pair(b);
    sim_cable_set(b->cable, false);
    peer_say(&b->near, "later");
    sim_run_ms(b->sim, 3000);
    assert_int_equal(b->far.len, 0);
    sim_cable_set(b->cable, true);
    sim_run_ms(b->sim, 5000);
    assert_int_equal(b->far.len, 5);
    assert_int_equal(b->near.closed + b->far.closed, 0);
}

static void test_crash__is_seen_at_once(void **state)
{
    struct bench *b = *state;

    open_pair(b);
    sim_process_crash(b->server);
    sim_run_ms(b->sim, 2);
    assert_int_equal(b->near.closed, 1);
}

static void test_crash__is_seen_late_behind_a_cut(void **state)
{
    struct bench *b = *state;

    open_pair(b);
    sim_cable_blackhole(b->cable, true, true);
    sim_process_crash(b->server);
    sim_run_ms(b->sim, 70000);
    assert_int_equal(b->near.closed, 0);
    sim_cable_blackhole(b->cable, false, false);
    peer_say(&b->near, "anybody?"); /* the other kernel knows the connection no more */
    sim_run_ms(b->sim, 1000);
    assert_int_equal(b->near.closed, 1);
    assert_int_equal(b->near.error, -ECONNRESET);
}

static void test_close__last_words_arrive(void **state)
{
    struct bench *b = *state;

    open_pair(b);
    peer_say(&b->near, "cease");
    stream_close(b->near.s);
    sim_run_ms(b->sim, 10);
    assert_int_equal(b->far.len, 5);
    assert_int_equal(b->far.closed, 1);
    assert_int_equal(b->far.error, 0);
}

static void test_freeze__kernel_takes_what_comes(void **state)
{
    struct bench *b = *state;

    open_pair(b);
    sim_process_freeze(b->server, true);
    peer_say(&b->near, "wait");
    sim_run_ms(b->sim, 1000);
    assert_int_equal(b->far.len, 0);
    assert_int_equal(b->near.drained, 1);
    sim_process_freeze(b->server, false);
    sim_run_ms(b->sim, 5);
    assert_int_equal(b->far.len, 4);
}

/* --- instances --- */

static void put_in_vrf(struct sim_process *p, const char *device, const char *interface)
{
    struct dataplane *dp = sim_dataplane_create(p);
    uint32_t ifindex = sim_ifindex(sim_process_node(p), interface);

    dp->ops->setup(dp, 1000);
    assert_int_equal(dp->ops->vrf_create(dp, device, 20, "x", NULL), 0);
    assert_int_equal(dp->ops->link_set_master(dp, ifindex, device, NULL), 0);
    dp->ops->destroy(dp);
}

static void test_vrf__has_its_own_listener(void **state)
{
    struct bench *b = *state;
    struct listener *of_vrf;

    put_in_vrf(b->server, "red", "r-l");
    assert_int_equal(listen_at(b, "", &b->listener), 0);
    assert_int_equal(connect_to(b, NULL, "10.0.0.2"), 0);
    sim_run_ms(b->sim, 10);
    assert_int_equal(b->near.closed, 1); /* the public listener does not hear it */
    assert_int_equal(listen_at(b, "red", &of_vrf), 0);
    b->near = (struct peer){0};
    assert_int_equal(connect_to(b, NULL, "10.0.0.2"), 0);
    sim_run_ms(b->sim, 10);
    assert_int_equal(b->near.opened, 1);
    assert_string_equal(stream_endpoints(b->far.s)->device, "red");
    peer_say(&b->far, "red");
    sim_run_ms(b->sim, 10);
    assert_int_equal(b->near.len, 3);
}

/* --- datagrams --- */

static void on_dgram(struct dgram *d, const struct dgram_info *info, const uint8_t *data, size_t len, void *arg)
{
    struct bench *b = arg;

    (void)d;
    b->heard++;
    b->info = *info;
    memcpy(b->text, data, len < sizeof(b->text) ? len : sizeof(b->text));
}

static void open_dgrams(struct bench *b, const char *device)
{
    struct dgram_spec near = {.kind = DGRAM_UDP, .port = 646, .device = "l-r"};
    struct dgram_spec far = {.kind = DGRAM_UDP, .port = 646};

    snprintf(far.device, sizeof(far.device), "%s", device);
    assert_int_equal(dgram_open(sim_process_env(b->client)->io, &near, on_dgram, b, &b->said_by), 0);
    assert_int_equal(dgram_open(sim_process_env(b->server)->io, &far, on_dgram, b, &b->heard_by), 0);
}

static void say_all_routers(struct bench *b)
{
    struct ip_addr group = addr_of_text("224.0.0.2");

    assert_int_equal(dgram_send(b->said_by, NULL, &group, 646, "hi", 2), 0);
    sim_run_ms(b->sim, 5);
}

static void test_dgram__multicast_needs_membership(void **state)
{
    struct bench *b = *state;
    struct ip_addr group = addr_of_text("224.0.0.2"), source = addr_of_text("10.0.0.1");

    open_dgrams(b, "r-l");
    say_all_routers(b);
    assert_int_equal(b->heard, 0);
    assert_int_equal(dgram_join(b->heard_by, &group), 0);
    assert_int_equal(dgram_join(b->said_by, &group), 0); /* he does not hear himself */
    say_all_routers(b);
    assert_int_equal(b->heard, 1);
    assert_memory_equal(b->text, "hi", 2);
    assert_true(ip_addr_equal(&b->info.source, &source));
    assert_true(ip_addr_equal(&b->info.destination, &group));
    assert_int_equal(b->info.ttl, 1);
    assert_int_equal(b->info.ifindex, sim_ifindex(b->r, "r-l"));
    assert_int_equal(dgram_leave(b->heard_by, &group), 0);
    say_all_routers(b);
    assert_int_equal(b->heard, 1);
}

static void test_dgram__unicast_and_faults(void **state)
{
    struct bench *b = *state;
    struct ip_addr there = addr_of_text("10.0.0.2"), strange = addr_of_text("10.9.9.9"), v6 = addr_of_text("fe80::1");
    struct dgram_spec nowhere = {.kind = DGRAM_RAW_IP, .ip_protocol = 89, .device = "nosuch"};
    struct dgram *d;

    open_dgrams(b, "");
    assert_int_equal(dgram_send(b->said_by, NULL, &there, 646, "x", 1), 0);
    sim_run_ms(b->sim, 5);
    assert_int_equal(b->heard, 1);
    assert_int_equal(b->info.ttl, 64);
    assert_int_equal(dgram_send(b->said_by, &strange, &there, 646, "x", 1), -EINVAL);
    assert_int_equal(dgram_send(b->said_by, NULL, &v6, 646, "x", 1), -EAFNOSUPPORT);
    assert_int_equal(dgram_open(sim_process_env(b->client)->io, &nowhere, on_dgram, b, &d), -ENODEV);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_connect__has_endpoints),
        CASE(test_connect__source_address_is_the_interfaces),
        CASE(test_connect__local_faults_come_at_once),
        CASE(test_connect__refused),
        CASE(test_connect__times_out_when_nobody_answers),
        CASE(test_transfer__whole_over_a_bad_cable),
        CASE(test_session__survives_a_short_cut),
        CASE(test_crash__is_seen_at_once),
        CASE(test_crash__is_seen_late_behind_a_cut),
        CASE(test_close__last_words_arrive),
        CASE(test_freeze__kernel_takes_what_comes),
        CASE(test_vrf__has_its_own_listener),
        CASE(test_dgram__multicast_needs_membership),
        CASE(test_dgram__unicast_and_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

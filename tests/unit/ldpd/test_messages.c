/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operational session makes of messages, good and bad (RFC 5036 s3.5), and what it tells ribd and when.
 */
#include "session_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "strata/mem.h"

static struct prefix x(void)
{
    return prefix_v4(0x0a090909, 32);
}
static struct prefix y(void)
{
    return prefix_v4(0x0a080808, 32);
}

/* --- answers to what is wrong --- */

struct wrong {
    uint16_t type;
    const char *body;
    size_t n;
    const char *answer; /* fatal ones end the session */
};
#define WRONG(type, body, answer)                                                                                      \
    {                                                                                                                  \
        type, body, sizeof(body) - 1, answer                                                                           \
    }

static const struct wrong advisory[] = {
    WRONG(0x0666, "", "advice unknown-message-type of unknown;"),
    WRONG(0x8666, "anything", ""), /* U: in silence */
    WRONG(LDP_HELLO, "\x04\x00\x00\x04\x00\x0f\x00\x00", "advice unknown-message-type of hello;"),
    WRONG(LDP_KEEPALIVE, "\x0f\x01\x00\x00", "advice unknown-tlv of keepalive;"),
    WRONG(LDP_KEEPALIVE, "\x8f\x01\x00\x00", ""),
    WRONG(LDP_LABEL_MAPPING, "\x01\x00\x00\x08\x02\x00\x01\x20\x0a\x01\x01\x01",
          "advice missing-message-parameters of label-mapping;"),
    WRONG(LDP_LABEL_MAPPING, "\x02\x00\x00\x04\x00\x00\x01\x00", "advice missing-message-parameters of label-mapping;"),
    WRONG(LDP_ADDRESS, "", "advice missing-message-parameters of address;"),
    WRONG(LDP_ADDRESS, "\x01\x01\x00\x12\x00\x02\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01",
          "advice unsupported-address-family of address;"),
    WRONG(LDP_LABEL_MAPPING, "\x01\x00\x00\x04\x02\x00\x02\x00\x02\x00\x00\x04\x00\x00\x01\x00",
          "advice unsupported-address-family of label-mapping;"),
    WRONG(LDP_LABEL_MAPPING, "\x01\x00\x00\x04\x80\x00\x01\x00\x02\x00\x00\x04\x00\x00\x01\x00",
          "advice unknown-fec of label-mapping;"),
    WRONG(LDP_LABEL_MAPPING, "\x01\x00\x00\x01\x01\x02\x00\x00\x04\x00\x00\x01\x00",
          "advice unknown-fec of label-mapping;"),
};

static const struct wrong fatal[] = {
    WRONG(LDP_ADDRESS, "\x01\x01\x00\xff\x00\x01", "fatal bad-tlv-length of address;closed;"),
    WRONG(LDP_ADDRESS, "\x01\x01\x00\x05\x00\x01\x0a\x00\x00", "fatal bad-tlv-length of address;closed;"),
    WRONG(LDP_LABEL_MAPPING, "\x01\x00\x00\x08\x02\x00\x01\x21\x0a\x01\x01\x01\x02\x00\x00\x04\x00\x00\x01\x00",
          "fatal malformed-tlv-value of label-mapping;closed;"),
    WRONG(LDP_LABEL_MAPPING, "\x01\x00\x00\x06\x02\x00\x01\x20\x0a\x01\x02\x00\x00\x04\x00\x00\x01\x00",
          "fatal malformed-tlv-value of label-mapping;closed;"),
    WRONG(LDP_LABEL_MAPPING, "\x01\x00\x00\x00\x02\x00\x00\x04\x00\x00\x01\x00",
          "fatal malformed-tlv-value of label-mapping;closed;"),
    WRONG(LDP_LABEL_WITHDRAW, "\x01\x00\x00\x01\x01\x02\x00\x00\x03\x00\x00\x01",
          "fatal bad-tlv-length of label-withdraw;closed;"),
    WRONG(LDP_NOTIFICATION, "\x03\x00\x00\x02\x00\x00", "fatal bad-tlv-length of notification;closed;"),
};

static void test_ldp_messages__advisory_answers(void **state)
{
    struct fixture *f = *state;
    session_up_passive(f);
    for (size_t k = 0; k < sizeof(advisory) / sizeof(advisory[0]); k++) {
        peer_message(f, advisory[k].type, advisory[k].body, advisory[k].n);
        run_ms(f, 20);
        expect_heard(f, advisory[k].answer);
        assert_string_equal(session_state(f), "operational");
    }
    expect_told(f, "");
}

static void again(struct fixture *f)
{
    struct ldp_session_parameters p = good_init();
    peer_connect(f);
    run_ms(f, 50);
    peer_init(f, &p);
    peer_keepalive(f);
    run_ms(f, 50);
    assert_string_equal(session_state(f), "operational");
    forget_logs(f);
}

static void test_ldp_messages__fatal_answers(void **state)
{
    struct fixture *f = *state;
    session_up_passive(f);
    for (size_t k = 0; k < sizeof(fatal) / sizeof(fatal[0]); k++) {
        peer_message(f, fatal[k].type, fatal[k].body, fatal[k].n);
        run_ms(f, 50);
        expect_heard(f, fatal[k].answer);
        assert_string_equal(session_state(f), "none");
        again(f);
    }
}

static void test_ldp_messages__broken_pdus(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *octets, *answer;
    } pdus[] = {
        {"\x00\x02\x00\x0e\x0a\x00\x00\x09\x00\x00\x02\x01\x00\x04\x00\x00\x00\x01",
         "fatal bad-protocol-version;closed;"},
        {"\x00\x01\x00\x0d\x0a\x00\x00\x09\x00\x00\x02\x01\x00\x04\x00\x00\x00\x01", "fatal bad-pdu-length;closed;"},
        {"\x00\x01\x10\x01\x0a\x00\x00\x09\x00\x00\x02\x01\x00\x04\x00\x00\x00\x01", "fatal bad-pdu-length;closed;"},
        {"\x00\x01\x00\x0e\x0a\x00\x00\x01\x00\x00\x02\x01\x00\x04\x00\x00\x00\x01",
         "fatal bad-ldp-identifier;closed;"},
        {"\x00\x01\x00\x0e\x0a\x00\x00\x09\x00\x01\x02\x01\x00\x04\x00\x00\x00\x01",
         "fatal bad-ldp-identifier;closed;"},
        {"\x00\x01\x00\x0e\x0a\x00\x00\x09\x00\x00\x02\x01\x00\x05\x00\x00\x00\x01",
         "fatal bad-message-length of keepalive;closed;"},
        {"\x00\x01\x00\x0e\x0a\x00\x00\x09\x00\x00\x02\x01\x00\x03\x00\x00\x00\x01",
         "fatal bad-message-length of keepalive;closed;"},
    };
    session_up_passive(f);
    for (size_t k = 0; k < sizeof(pdus) / sizeof(pdus[0]); k++) {
        peer_send(f, pdus[k].octets, 18);
        run_ms(f, 50);
        expect_heard(f, pdus[k].answer);
        again(f);
    }
}

static void test_ldp_messages__negotiated_pdu_length_holds(void **state)
{
    struct fixture *f = *state;
    struct ldp_session_parameters p = good_init();
    uint8_t pdu[304] = {0, 1, 1, 44, 10, 0, 0, 9, 0, 0, 0x86, 0x66, 1, 34};
    fixture_start(f);
    peer_be(f, HIGH_PEER);
    run_ms(f, 200);
    for (uint32_t k = 0; k < 50; k++) {
        struct prefix fec = prefix_v4(0x0b000000 + k, 32);
        route(f, &fec, RIB_SOURCE_CONNECTED);
    }
    peer_connect(f);
    p.max_pdu = 256;
    peer_init(f, &p);
    peer_keepalive(f);
    run_ms(f, 100);
    assert_string_equal(session_state(f), "operational"); /* what we sent was short enough: see below */
    assert_non_null(strstr(f->peer.heard.text, "map 11.0.0.49/32 3;"));
    forget_logs(f);
    peer_send(f, pdu, sizeof(pdu));
    run_ms(f, 100);
    expect_heard(f, "fatal bad-pdu-length;closed;");
}

/* However the octets are cut, the messages are the same. */
static void test_ldp_messages__in_pieces(void **state)
{
    struct fixture *f = *state;
    uint8_t data[128];
    struct prefix fec = x();
    uint32_t label = 700;
    struct wire_writer w = wire_writer_of(data, sizeof(data));
    session_up_passive(f);
    size_t begun = ldp_pdu_begin(&w, HIGH_PEER, 0);
    ldp_put_label(&w, 1, LDP_LABEL_MAPPING, &fec, &label, 0);
    ldp_put_label(&w, 2, LDP_LABEL_WITHDRAW, &fec, &label, 0);
    ldp_pdu_end(&w, begun);
    for (size_t cut = 1; cut < w.pos; cut++) {
        peer_send(f, data, cut);
        run_ms(f, 5);
        expect_told(f, "");
        peer_send(f, data + cut, w.pos - cut);
        run_ms(f, 5);
        expect_told(f, "bind 1 10.9.9.9/32=700;unbind 1 10.9.9.9/32;");
        expect_heard(f, "release 10.9.9.9/32 700;");
    }
}

/* --- labels --- */

static void test_ldp_messages__mapping_withdraw_release(void **state)
{
    struct fixture *f = *state;
    struct prefix fec = x();
    uint32_t label = 100;
    session_up_passive(f);
    route(f, &fec, RIB_SOURCE_OSPF);
    run_ms(f, 50);
    expect_told(f, "entry 100 10.9.9.9/32;");
    expect_heard(f, ""); /* not before the entry is there */
    installed(f, &fec, 100, true);
    run_ms(f, 50);
    expect_heard(f, "map 10.9.9.9/32 100;");
    installed(f, &fec, 100, false);
    run_ms(f, 50);
    expect_heard(f, "withdraw 10.9.9.9/32 100;");
    peer_label(f, LDP_LABEL_RELEASE, &fec, &label);
    run_ms(f, 50);
    expect_told(f, "");
    installed(f, &fec, 100, true);
    run_ms(f, 50);
    expect_heard(f, "map 10.9.9.9/32 100;");
    ldp_instance_route_gone(f->ldp, &fec);
    run_ms(f, 50);
    expect_heard(f, "withdraw 10.9.9.9/32 100;");
    expect_told(f, ""); /* the neighbour still sends */
    peer_label(f, LDP_LABEL_RELEASE, &fec, &label);
    run_ms(f, 50);
    expect_told(f, "no-entry 100;free 100;");
}

static void test_ldp_messages__release_that_never_comes(void **state)
{
    struct fixture *f = *state;
    struct prefix fec = x();
    session_up_passive(f);
    route(f, &fec, RIB_SOURCE_STATIC);
    installed(f, &fec, 100, true);
    ldp_instance_route_gone(f->ldp, &fec);
    run_ms(f, 25000);
    expect_told(f, "entry 100 10.9.9.9/32;");
    run_ms(f, 15000);
    expect_told(f, "no-entry 100;free 100;");
}

static void test_ldp_messages__session_end_releases(void **state)
{
    struct fixture *f = *state;
    struct prefix fec = x();
    session_up_passive(f);
    route(f, &fec, RIB_SOURCE_OSPF);
    installed(f, &fec, 100, true);
    ldp_instance_route_gone(f->ldp, &fec);
    run_ms(f, 50);
    forget_logs(f);
    peer_close(f);
    run_ms(f, 50);
    expect_told(f, "no-entry 100;free 100;no-peer 1;");
}

static void test_ldp_messages__new_session_gets_everything(void **state)
{
    struct fixture *f = *state;
    struct prefix fec = x(), own = prefix_v4(US, 32), waiting = y(), net = prefix_v4(0x0a070000, 16);
    session_up_passive(f);
    route(f, &fec, RIB_SOURCE_OSPF);
    route(f, &waiting, RIB_SOURCE_OSPF);
    route(f, &own, RIB_SOURCE_CONNECTED);
    route(f, &net, RIB_SOURCE_OSPF); /* no host route */
    installed(f, &fec, 100, true);
    run_ms(f, 50);
    expect_heard(f, "map 10.0.0.5/32 3;map 10.9.9.9/32 100;");
    peer_close(f);
    run_ms(f, 50);
    struct ldp_session_parameters p = good_init();
    peer_connect(f);
    run_ms(f, 50);
    peer_init(f, &p);
    peer_keepalive(f);
    run_ms(f, 50);
    expect_heard(f, "init;keepalive;addresses 10.1.1.1 10.1.0.1 10.0.0.5;map 10.0.0.5/32 3;map 10.9.9.9/32 100;");
}

static void test_ldp_messages__remote_labels(void **state)
{
    struct fixture *f = *state;
    struct prefix fec = x(), other = y();
    uint32_t label = 700, reserved = 7, null = 3, wrong = 55;
    session_up_passive(f);
    peer_label(f, LDP_LABEL_MAPPING, &fec, &label);
    peer_label(f, LDP_LABEL_MAPPING, &other, &null);
    peer_label(f, LDP_LABEL_MAPPING, &fec, &reserved);
    run_ms(f, 50);
    expect_told(f, "bind 1 10.9.9.9/32=700;bind 1 10.8.8.8/32=implicit-null;");
    expect_heard(f, "release 10.9.9.9/32 7;");
    peer_label(f, LDP_LABEL_WITHDRAW, &fec, &wrong);
    run_ms(f, 50);
    expect_heard(f, "release 10.9.9.9/32 55;");
    expect_told(f, "");
    peer_label(f, LDP_LABEL_WITHDRAW, NULL, &null); /* wildcard with a label: those with this label */
    run_ms(f, 50);
    expect_heard(f, "release 10.8.8.8/32 3;");
    expect_told(f, "unbind 1 10.8.8.8/32;");
    peer_label(f, LDP_LABEL_MAPPING, &other, &null);
    peer_message(f, LDP_LABEL_WITHDRAW, "\x01\x00\x00\x05\x05\x02\x02\x00\x01", 9); /* typed wildcard: IPv4 prefixes */
    run_ms(f, 50);
    assert_non_null(strstr(f->told.text, "unbind 1 10.8.8.8/32;"));
    assert_non_null(strstr(f->told.text, "unbind 1 10.9.9.9/32;"));
    forget_logs(f);
    peer_label(f, LDP_LABEL_MAPPING, &fec, &label);
    peer_label(f, LDP_LABEL_WITHDRAW, NULL, NULL);
    run_ms(f, 50);
    expect_told(f, "bind 1 10.9.9.9/32=700;unbind 1 10.9.9.9/32;");
    peer_close(f);
    run_ms(f, 50);
    expect_told(f, "no-peer 1;");
}

static void test_ldp_messages__wildcard_release(void **state)
{
    struct fixture *f = *state;
    struct prefix fec = x(), other = y();
    session_up_passive(f);
    route(f, &fec, RIB_SOURCE_OSPF);
    route(f, &other, RIB_SOURCE_OSPF);
    installed(f, &fec, 100, true);
    installed(f, &other, 101, true);
    ldp_instance_route_gone(f->ldp, &fec);
    ldp_instance_route_gone(f->ldp, &other);
    run_ms(f, 50);
    forget_logs(f);
    peer_label(f, LDP_LABEL_RELEASE, NULL, NULL);
    run_ms(f, 50);
    assert_non_null(strstr(f->told.text, "free 100;"));
    assert_non_null(strstr(f->told.text, "free 101;"));
}

static void test_ldp_messages__requests(void **state)
{
    struct fixture *f = *state;
    struct prefix fec = x();
    session_up_passive(f);
    peer_label(f, LDP_LABEL_REQUEST, &fec, NULL);
    run_ms(f, 50);
    expect_heard(f, "advice no-route of label-request;");
    route(f, &fec, RIB_SOURCE_CONNECTED);
    run_ms(f, 50);
    forget_logs(f);
    peer_label(f, LDP_LABEL_REQUEST, &fec, NULL);
    peer_message(f, LDP_LABEL_ABORT, "\x01\x00\x00\x08\x02\x00\x01\x20\x0a\x09\x09\x09\x06\x00\x00\x04\x00\x00\x00\x0d",
                 20);
    run_ms(f, 50);
    expect_heard(f, "map 10.9.9.9/32 3 for 13;");
}

/* --- addresses --- */

static void test_ldp_messages__its_addresses(void **state)
{
    struct fixture *f = *state;
    struct ip_addr a[3] = {ip_addr_v4(0x0a010002), ip_addr_v4(0x0a0a0a0a), ip_addr_v4(0x0a0b0b0b)};
    session_up_passive(f);
    peer_addresses(f, LDP_ADDRESS, a, 3);
    run_ms(f, 50);
    expect_told(f, "peer 1 10.1.0.2 10.10.10.10 10.11.11.11;");
    peer_addresses(f, LDP_ADDRESS_WITHDRAW, a, 2); /* where its hellos come from stays */
    run_ms(f, 50);
    expect_told(f, "peer 1 10.1.0.2 10.11.11.11;");
}

static void test_ldp_messages__our_addresses(void **state)
{
    struct fixture *f = *state;
    struct rib_interface now = f->e[0];
    struct prefix list[3];
    session_up_passive(f);
    list[0] = f->addresses[0][0];
    prefix_parse("10.77.0.1/24", &list[1]);
    prefix_parse("10.78.0.1/24", &list[2]);
    now.addresses = list;
    now.n_addresses = 3;
    ldp_instance_interface(f->ldp, &now, &f->e[0]);
    run_ms(f, 50);
    expect_heard(f, "addresses 10.77.0.1 10.78.0.1;");
    struct prefix swapped = list[1];
    list[1] = list[2];
    list[2] = swapped;
    ldp_instance_interface(f->ldp, &now, &now);
    run_ms(f, 50);
    expect_heard(f, "");
    now.n_addresses = 2;
    ldp_instance_interface(f->ldp, &now, &now);
    run_ms(f, 20000);
    expect_heard(f, "no-addresses 10.77.0.1;");
    ldp_instance_interface(f->ldp, NULL, &f->e[1]);
    run_ms(f, 50);
    expect_heard(f, "no-addresses 10.1.1.1;");
    assert_string_equal(session_state(f), "operational");
    expect_told(f, "");
}

static void test_ldp_messages__hellos_from_a_new_address(void **state)
{
    struct fixture *f = *state;
    session_up_passive(f);
    f->e[0].is_guarded = false;
    sim_host_address(sim_node_find(f->sim, "peer"), "e1", "10.0.200.2/24");
    struct ip_addr to = {.family = AF_IPV4, .b = {224, 0, 0, 2}}, from = ip_addr_v4(0x0a00c802);
    struct ldp_hello h = {.hold_time_sec = 15, .transport = ip_addr_v4(HIGH_PEER)};
    uint8_t data[64];
    struct wire_writer w = wire_writer_of(data, sizeof(data));
    size_t begun = ldp_pdu_begin(&w, HIGH_PEER, 0);
    ldp_put_hello(&w, 1, &h);
    ldp_pdu_end(&w, begun);
    f->peer.says_hello[0] = false;
    dgram_send(f->peer.hello[0], &from, &to, LDP_PORT, data, w.pos);
    run_ms(f, 50);
    expect_told(f, "peer 1 10.0.200.2;");
    assert_string_equal(session_state(f), "operational");
}

/* --- ribd --- */

static void test_ldp_messages__ribd_is_told_again(void **state)
{
    struct fixture *f = *state;
    struct prefix fec = x(), other = y();
    uint32_t label = 700;
    session_up_passive(f);
    route(f, &fec, RIB_SOURCE_OSPF);
    route(f, &other, RIB_SOURCE_OSPF);
    installed(f, &fec, 100, true);
    installed(f, &other, 101, true);
    peer_label(f, LDP_LABEL_MAPPING, &fec, &label);
    run_ms(f, 50);
    forget_logs(f);
    ldp_instance_replay(f->ldp);
    expect_told(f, "peer 1 10.1.0.2;entry 101 10.8.8.8/32;entry 100 10.9.9.9/32;bind 1 10.9.9.9/32=700;");
    route(f, &fec, RIB_SOURCE_OSPF); /* the other one's route went meanwhile */
    ldp_instance_routes_complete(f->ldp);
    run_ms(f, 9000);
    expect_heard(f, "");
    run_ms(f, 2000);
    expect_heard(f, "withdraw 10.8.8.8/32 101;");
    expect_told(f, "");
}

static void test_ldp_messages__retired_instance_leaves_no_label(void **state)
{
    struct fixture *f = *state;
    struct prefix fec = x();
    session_up_passive(f);
    route(f, &fec, RIB_SOURCE_OSPF);
    installed(f, &fec, 100, true);
    run_ms(f, 50);
    forget_logs(f);
    ldp_instance_retire(f->ldp);
    expect_told(f, "no-peer 1;no-entry 100;free 100;");
    fixture_stop(f);
    run_ms(f, 50);
    expect_heard(f, "fatal shutdown;closed;");
}

static void test_ldp_messages__orderly_end_leaves_entries(void **state)
{
    struct fixture *f = *state;
    struct prefix fec = x();
    session_up_passive(f);
    route(f, &fec, RIB_SOURCE_OSPF);
    installed(f, &fec, 100, true);
    run_ms(f, 50);
    forget_logs(f);
    fixture_stop(f);
    expect_told(f, "no-peer 1;");
}

/* RFC 4364 s9: the guard knows a label before the neighbour does. */
static void test_ldp_messages__guard_first(void **state)
{
    struct fixture *f = *state;
    struct prefix fec = x(), own = prefix_v4(US, 32);
    struct ldp_session_parameters p = good_init();
    f->tells_members = true;
    f->e[0].is_guarded = true;
    fixture_start(f);
    peer_be(f, HIGH_PEER);
    route(f, &fec, RIB_SOURCE_OSPF);
    route(f, &own, RIB_SOURCE_CONNECTED);
    installed(f, &fec, 100, true);
    run_ms(f, 200);
    expect_told(f, "entry 100 10.9.9.9/32;");
    peer_connect(f);
    run_ms(f, 50);
    peer_init(f, &p);
    peer_keepalive(f);
    run_ms(f, 50);
    expect_told(f, "peer 1 10.1.0.2;entry 100 10.9.9.9/32 for 10.1.0.2;");
    expect_heard(f, "init;keepalive;addresses 10.1.1.1 10.1.0.1 10.0.0.5;map 10.0.0.5/32 3;");
    peer_label(f, LDP_LABEL_REQUEST, &fec, NULL);
    run_ms(f, 50);
    expect_heard(f, "advice no-route of label-request;");
    installed(f, &fec, 100, true);
    run_ms(f, 50);
    expect_heard(f, "map 10.9.9.9/32 100;");
    peer_close(f);
    run_ms(f, 50);
    expect_told(f, "no-peer 1;entry 100 10.9.9.9/32;");
}

static void test_ldp_messages__label_for_all_routes(void **state)
{
    struct fixture *f = *state;
    struct prefix net = prefix_v4(0x0a070000, 16), any = prefix_v4(0, 0), fec = x();
    f->config.label_for = CFG_LDP_INSTANCE_LABEL_FOR_ALL_ROUTES;
    session_up_passive(f);
    route(f, &net, RIB_SOURCE_OSPF);
    route(f, &any, RIB_SOURCE_OSPF);
    route(f, &fec, RIB_SOURCE_BGP);
    expect_told(f, "entry 100 10.7.0.0/16;");
    assert_false(ldp_instance_configure(f->ldp, &f->config, NULL));
    f->config.label_for = CFG_LDP_INSTANCE_LABEL_FOR_HOST_ROUTES;
    assert_true(ldp_instance_configure(f->ldp, &f->config, NULL)); /* so routes are told again */
    route(f, &net, RIB_SOURCE_OSPF);
    expect_told(f, "no-entry 100;free 100;");
}

/* --- a neighbour that reads nothing --- */

static void test_ldp_messages__neighbour_that_never_reads(void **state)
{
    struct fixture *f = *state;
    session_up_passive(f);
    stream_pause(f->peer.stream, true);
    for (unsigned round = 0; round < 40 && strcmp(session_state(f), "operational") == 0; round++) {
        for (uint32_t k = 0; k < 10000; k++) {
            struct prefix fec = prefix_v4(0x0b000000 + k, 32);
            route(f, &fec, RIB_SOURCE_CONNECTED);
            ldp_instance_route_gone(f->ldp, &fec);
        }
        run_ms(f, 100); /* it goes on saying that it is alive */
    }
    struct ldp_session_view v;
    assert_true(session_view(f, &v));
    assert_string_equal(v.state, "none");
    assert_string_equal(v.last_error, "the neighbour reads nothing");
}

/* --- two of our own --- */

static void test_ldp_messages__two_instances(void **state)
{
    struct fixture *f = *state;
    struct cfg_ldp_instance config = f->config;
    struct prefix lo = prefix_v4(HIGH_PEER, 32), fec = x();
    struct rib_interface e = f->e[0];
    struct prefix address;
    dgram_close(f->peer.hello[0]); /* the script leaves the link to it */
    struct ldp_instance_options o = fixture_options(f);
    o.env = f->peer.env;
    struct ldp_instance *other = ldp_instance_create(&o);
    config.router_id = HIGH_PEER;
    ldp_instance_configure(other, &config, NULL);
    ldp_instance_interface(
        other,
        &(struct rib_interface){.ifindex = 1, .name = "lo", .is_loopback = true, .n_addresses = 1, .addresses = &lo},
        NULL);
    prefix_parse("10.1.0.2/30", &address);
    e.addresses = &address;
    ldp_instance_interface(other, &e, NULL);
    fixture_start(f);
    route(f, &fec, RIB_SOURCE_CONNECTED);
    run_ms(f, 3000);
    assert_string_equal(session_state(f), "operational");
    assert_non_null(strstr(f->told.text, "=implicit-null;"));
    ldp_instance_destroy(other);
    run_ms(f, 100);
    assert_string_equal(session_state(f), "none");
    struct dgram_spec spec = {.kind = DGRAM_UDP, .port = 1};
    assert_int_equal(dgram_open(f->peer.env->io, &spec, NULL, NULL, &f->peer.hello[0]), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(test_ldp_messages__##name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(advisory_answers),
        CASE(fatal_answers),
        CASE(broken_pdus),
        CASE(negotiated_pdu_length_holds),
        CASE(in_pieces),
        CASE(mapping_withdraw_release),
        CASE(release_that_never_comes),
        CASE(session_end_releases),
        CASE(new_session_gets_everything),
        CASE(remote_labels),
        CASE(wildcard_release),
        CASE(requests),
        CASE(its_addresses),
        CASE(our_addresses),
        CASE(hellos_from_a_new_address),
        CASE(ribd_is_told_again),
        CASE(retired_instance_leaves_no_label),
        CASE(orderly_end_leaves_entries),
        CASE(guard_first),
        CASE(label_for_all_routes),
        CASE(neighbour_that_never_reads),
        CASE(two_instances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

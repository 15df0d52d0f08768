/* SPDX-License-Identifier: Apache-2.0
 *
 * Notifications of daemons, from north_notify_begin() to a front end that listens: what arrives, what is too much, what
 * cannot be read; and what mgmtd itself tells of daemons.
 */
#include "tests/unit/mgmtd/clients.h"

#include <stdio.h>
#include <stdlib.h>

#include "bgpd_config.h"
#include "lib/ipc/north/north_msg.h"
#include "strata/ipc.h"
#include "strata/schema_edit.h"
#include "strata/state.h"

static struct client *listener(struct world *w)
{
    struct client *c = client_create(w, "alice", "netconf");
    struct front_request r = {.op = FRONT_LISTEN};

    assert_int_equal(client_ask(c, &r), 0);
    return c;
}

static void tell_down(struct fake *bgpd, uint32_t address)
{
    struct state_writer *w = north_notify_begin(bgpd->north, BGPD_NOTIFY_BGP_NEIGHBOR_DOWN);
    struct ip_addr a = ip_addr_v4(address);

    state_text(w, BGPD_NOTIFY_BGP_NEIGHBOR_DOWN_VPN_INSTANCE, "red");
    state_addr(w, BGPD_NOTIFY_BGP_NEIGHBOR_DOWN_NEIGHBOR, &a);
    state_text(w, BGPD_NOTIFY_BGP_NEIGHBOR_DOWN_REASON, "hold-timer-expired <sent>");
    state_u64(w, BGPD_NOTIFY_BGP_NEIGHBOR_DOWN_UPTIME, 7);
    north_notify_end(bgpd->north);
}

static void test_notify__a_daemon_tells(void **state)
{
    struct world *w = *state;
    struct fake *bgpd;
    struct client *c;

    world_start(w, NULL);
    c = listener(w);
    bgpd = world_daemon(w, "bgpd");
    tell_down(bgpd, 1); /* nobody is connected yet: nobody hears, nothing is counted */
    world_until(w, strstr(c->notices, "<daemon-started"));
    assert_non_null(strstr(c->notices, "<daemon>bgpd</daemon><pid>"));
    world_run_ms(w, 50);
    assert_int_equal(c->n_notices, 1);
    tell_down(bgpd, 0x0a000001);
    world_until(w, c->n_notices == 2);
    assert_non_null(strstr(c->notices, "<bgp-neighbor-down xmlns=\"urn:strata:bgp\"><vpn-instance>red</vpn-instance>"
                                       "<neighbor>10.0.0.1</neighbor><reason>hold-timer-expired &lt;sent&gt;</reason>"
                                       "<uptime>7</uptime></bgp-neighbor-down>"));
    world_daemon_stop(bgpd);
    world_until(w, strstr(c->notices, "<daemon-lost"));
    assert_non_null(strstr(c->notices, "<daemon>bgpd</daemon><needed>false</needed><reason>"));
    client_destroy(c);
}

static void test_notify__a_flood_is_cut_and_counted(void **state)
{
    struct world *w = *state;
    unsigned long long dropped = 0;
    unsigned told = 0;
    struct fake *bgpd;
    struct client *c;

    world_start(w, NULL);
    c = listener(w);
    bgpd = world_daemon(w, "bgpd");
    world_until(w, c->n_notices == 1);
    for (uint32_t i = 0; i < NORTH_NOTIFY_BURST * 3; i++)
        tell_down(bgpd, i + 1);
    world_until(w, strstr(c->notices, "<notifications-dropped"));
    for (const char *p = c->notices; (p = strstr(p, "<bgp-neighbor-down ")); p++)
        told++;
    assert_in_range(told, NORTH_NOTIFY_BURST, NORTH_NOTIFY_BURST + 2 * NORTH_NOTIFY_PER_SEC);
    assert_int_equal(sscanf(strstr(c->notices, "<count>"), "<count>%llu</count>", &dropped), 1);
    assert_int_equal(told + dropped, NORTH_NOTIFY_BURST * 3);
    world_run_ms(w, 200); /* time for another few */
    c->notices[0] = '\0';
    tell_down(bgpd, 9999);
    world_until(w, strstr(c->notices, "<neighbor>0.0.39.15</neighbor>"));
    assert_null(strstr(c->notices, "<notifications-dropped"));
    client_destroy(c);
}

struct raw {
    struct ipc_connector *connector;
    const struct schema *schema;
};

static void raw_up(struct ipc_conn *c, void *arg)
{
    struct raw *r = arg;
    struct north_from_daemon hello = {.schema_hash = r->schema->hash};

    north_from_daemon_send(c, NORTH_HELLO, &hello);
}

static void raw_down(struct ipc_conn *c, const char *reason, void *arg)
{
    (void)c, (void)reason, (void)arg;
}

static void raw_message(struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len, void *arg)
{
    (void)c, (void)type, (void)payload, (void)len, (void)arg;
}

static void send_raw(struct raw *r, struct state_writer *w)
{
    struct north_from_daemon m = {0};
    uint8_t *data = state_writer_take(w, &m.len);

    m.data = data;
    assert_int_equal(north_from_daemon_send(ipc_connector_conn(r->connector), NORTH_NOTIFY, &m), 0);
    state_writer_destroy(w);
    free(data);
}

static void test_notify__what_is_no_notification_is_refused(void **state)
{
    static const struct ipc_events events = {.up = raw_up, .down = raw_down, .message = raw_message};
    struct ipc_spec spec = {.socket = MGMT_SOCKET,
                            .service = MGMT_SERVICE,
                            .version = MGMT_VERSION,
                            .name = "bgpd",
                            .frame_max = MGMT_FRAME_MAX};
    struct world *w = *state;
    struct raw r = {.schema = &bgpd_schema};
    struct north_from_daemon garbage = {.data = (const uint8_t *)"\x07\xff\xff", .len = 3};
    struct state_writer *sw;
    struct client *c;

    world_start(w, NULL);
    c = listener(w);
    r.connector = ipc_connector_create(&w->env, &spec, &events, &r);
    world_until(w, c->n_notices == 1);
    sw = state_writer_create(&bgpd_schema); /* state */
    state_open(sw, BGPD_BGP);
    state_close(sw);
    send_raw(&r, sw);
    sw = state_writer_create(&bgpd_schema); /* two at once */
    state_open(sw, BGPD_NOTIFY_BGP_NEIGHBOR_UP);
    state_close(sw);
    state_open(sw, BGPD_NOTIFY_BGP_NEIGHBOR_DOWN);
    state_close(sw);
    send_raw(&r, sw);
    assert_int_equal(north_from_daemon_send(ipc_connector_conn(r.connector), NORTH_NOTIFY, &garbage), 0);
    sw = state_writer_create(&bgpd_schema);
    state_open(sw, BGPD_NOTIFY_BGP_NEIGHBOR_UP);
    state_close(sw);
    send_raw(&r, sw);
    world_until(w, strstr(c->notices, "<bgp-neighbor-up"));
    assert_int_equal(c->n_notices, 2);
    assert_null(strstr(c->notices, "bgp-neighbor-down"));
    assert_non_null(strstr(w->log, "notification-refused"));
    ipc_connector_destroy(r.connector);
    client_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_notify__a_daemon_tells, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_notify__a_flood_is_cut_and_counted, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_notify__what_is_no_notification_is_refused, world_setup, world_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

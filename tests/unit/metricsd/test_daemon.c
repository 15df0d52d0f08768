/* SPDX-License-Identifier: Apache-2.0
 *
 * metricsd with a real mgmtd over real sockets: what a collector gets on the UNIX socket and on the loopback port, how
 * often the daemons are asked for it, and what slow, silent, many and wrong collectors get.
 */
#include "tests/unit/mgmtd/world.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ospfd_config.h"
#include "src/metricsd/daemon.h"
#include "src/metricsd/http/server.h"
#include "strata/state.h"

#define PORT 19734

/* world.c wants it: what the fake daemons answer. */
void fake_state(void *daemon, const char *path, struct state_writer *sw);
static unsigned n_asked;
void fake_state(void *daemon, const char *path, struct state_writer *sw)
{
    struct fake *f = daemon;

    if (strcmp(f->name, "ospfd") != 0)
        return;
    n_asked += strcmp(path, "/ospf/neighbor") == 0;
    state_open(sw, OSPFD_OSPF);
    state_open(sw, OSPFD_OSPF_NEIGHBOR);
    state_text(sw, OSPFD_OSPF_NEIGHBOR_INTERFACE, "eth0");
    state_quad(sw, OSPFD_OSPF_NEIGHBOR_ROUTER_ID, 0x0a000001);
    state_text(sw, OSPFD_OSPF_NEIGHBOR_STATE, "full");
    state_u64(sw, OSPFD_OSPF_NEIGHBOR_TRANSITIONS, 3);
    state_close(sw);
    state_close(sw);
}

static int connect_unix(struct world *w)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    snprintf(a.sun_path, sizeof(a.sun_path), "%s/metrics.sock", w->run_dir);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

static int connect_tcp(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (connect(fd, (struct sockaddr *)&a, sizeof(a))) {
        close(fd);
        return -errno;
    }
    return fd;
}

static bool is_closed(void)
{
    int fd = connect_tcp();

    if (fd >= 0)
        close(fd);
    return fd == -ECONNREFUSED;
}

/* Until the other end closes; the text is the caller's. */
static char *answer_of(struct world *w, int fd)
{
    size_t size = 1u << 20, len = 0;
    char *text = calloc(1, size);

    for (unsigned tries = 0; tries < 2000; tries++) {
        ssize_t n = recv(fd, text + len, size - len - 1, MSG_DONTWAIT);
        if (n == 0)
            break;
        if (n > 0)
            len += (size_t)n;
        else
            world_run_ms(w, 5);
    }
    close(fd);
    return text;
}

static char *ask(struct world *w, int fd, const char *request)
{
    assert_true(fd >= 0);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return answer_of(w, fd);
}

#define GET "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"

static struct metricsd *start(struct world *w, const char *config)
{
    struct metricsd *d;

    world_start(w, NULL);
    assert_int_equal(world_load(w, config), 0);
    world_daemon(w, "ospfd");
    world_daemon(w, "ribd");
    world_run_ms(w, 200);
    d = metricsd_create(&w->env, NULL);
    assert_non_null(d);
    if (world_commit(w))
        fail_msg("%s", w->text);
    world_run_ms(w, 100);
    n_asked = 0;
    return d;
}

static void check(const char *body)
{
    char file[] = "/tmp/strata-metrics-XXXXXX", command[512];
    int fd = mkstemp(file), rc;

    assert_int_equal(write(fd, body, strlen(body)), strlen(body));
    close(fd);
    snprintf(command, sizeof(command), "%s %s", TEST_CHECKER, file);
    rc = system(command);
    unlink(file);
    assert_int_equal(rc, 0);
}

static void test_metricsd__a_collector_gets_the_state(void **state)
{
    struct world *w = *state;
    struct metricsd *d = start(w, "ospf router-id 10.0.0.9\nmetrics min-interval 0\n");
    char *text = ask(w, connect_unix(w), GET), *body = strstr(text, "\r\n\r\n");

    assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text; version=1.0.0;"));
    assert_non_null(body);
    body += 4;
    assert_int_equal(atol(strstr(text, "Content-Length: ") + 16), strlen(body));
    assert_non_null(strstr(body, "strata_ospf_neighbor_state{interface=\"eth0\",router_id=\"10.0.0.1\","
                                 "strata_ospf_neighbor_state=\"full\"} 1\n"));
    assert_non_null(
        strstr(body, "strata_ospf_neighbor_transitions_total{interface=\"eth0\",router_id=\"10.0.0.1\"} 3\n"));
    assert_non_null(strstr(body, "strata_management_daemon_needed{daemon=\"ospfd\"} 1\n"));
    assert_non_null(strstr(body, "strata_metrics_collections_total 1\n"));
    assert_non_null(strstr(body, "strata_metrics_complete 1\n")); /* bgpd and others need not run */
    check(body);
    free(text);
    text = ask(w, connect_unix(w), "HEAD /metrics HTTP/1.0\r\n\r\n");
    assert_non_null(strstr(text, "200 OK"));
    assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
    free(text);
    assert_int_equal(n_asked, 2);
    text = ask(w, connect_unix(w), "GET /other HTTP/1.1\r\n\r\n");
    assert_non_null(strstr(text, "404 Not Found"));
    free(text);
    assert_int_equal(n_asked, 2);
    metricsd_destroy(d);
}

static void test_metricsd__many_are_one_for_the_daemons(void **state)
{
    struct world *w = *state;
    struct metricsd *d = start(w, "ospf router-id 10.0.0.9\nmetrics min-interval 60\n");
    int fds[HTTP_CONNECTIONS_MAX], one_more;

    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        fds[i] = connect_unix(w);
        assert_true(send(fds[i], GET, strlen(GET), MSG_NOSIGNAL) > 0);
    }
    world_run_ms(w, 1); /* they are accepted, and wait for the same answer */
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        char *text = answer_of(w, fds[i]);
        assert_non_null(strstr(text, "# EOF\n"));
        free(text);
    }
    assert_int_equal(n_asked, 1);
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        fds[i] = connect_unix(w); /* and say nothing */
    world_run_ms(w, 20);
    one_more = connect_unix(w);
    char *text = answer_of(w, one_more);
    assert_string_equal(text, "");
    free(text);
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        close(fds[i]);
    world_run_ms(w, 20);
    text = ask(w, connect_unix(w), GET); /* there is room again; and the text is still the one of before */
    assert_non_null(strstr(text, "# EOF\n"));
    free(text);
    assert_int_equal(n_asked, 1);
    metricsd_destroy(d);
}

static void test_metricsd__a_port_comes_and_goes(void **state)
{
    struct world *w = *state;
    struct metricsd *d = start(w, "ospf router-id 10.0.0.9\nmetrics { min-interval 0; port 19734 }\n");
    char *text = ask(w, connect_tcp(), GET);

    assert_non_null(strstr(text, "# EOF\n"));
    free(text);
    assert_int_equal(world_load(w, "metrics address 192.0.2.1\n") != 0, true); /* not of the loopback */
    struct front_request r = {.op = FRONT_LOAD, .text = "metrics min-interval 0\n", .load = FRONT_REPLACE, .name = "x"};
    assert_int_equal(world_ask(w, &r), 0);
    assert_int_equal(world_commit(w), 0);
    world_until(w, is_closed());
    text = ask(w, connect_unix(w), GET);
    assert_non_null(strstr(text, "# EOF\n"));
    free(text);
    metricsd_destroy(d);
}

static void test_metricsd__without_mgmtd(void **state)
{
    struct world *w = *state;
    struct metricsd *d = start(w, "ospf router-id 10.0.0.9\nmetrics min-interval 0\n");
    char *text;

    world_stop(w);
    text = ask(w, connect_unix(w), GET);
    assert_non_null(strstr(text, "503 Service Unavailable"));
    assert_non_null(strstr(text, "mgmtd"));
    free(text);
    metricsd_destroy(d);
}

static void test_metricsd__who_says_nothing_is_cut(void **state)
{
    struct world *w = *state;
    struct metricsd *d = start(w, "ospf router-id 10.0.0.9\nmetrics min-interval 0\n");
    int silent = connect_unix(w);
    char *text;

    assert_true(send(silent, "GET /metr", 9, MSG_NOSIGNAL) > 0);
    world_run_ms(w, HTTP_READ_MS / 2);
    assert_int_equal(recv(silent, &(char){0}, 1, MSG_DONTWAIT), -1); /* not yet */
    world_run_ms(w, HTTP_READ_MS / 2 + 500);
    assert_int_equal(recv(silent, &(char){0}, 1, MSG_DONTWAIT), 0);
    close(silent);
    text = ask(w, connect_unix(w), GET);
    assert_non_null(strstr(text, "strata_metrics_cut_total 1\n"));
    free(text);
    metricsd_destroy(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_metricsd__a_collector_gets_the_state, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_metricsd__many_are_one_for_the_daemons, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_metricsd__a_port_comes_and_goes, world_setup_in_real_time, world_teardown),
        cmocka_unit_test_setup_teardown(test_metricsd__without_mgmtd, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_metricsd__who_says_nothing_is_cut, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The program strata through -c and standard input, against an mgmtd with a daemon (both in a child process).
 */
#include "tests/unit/mgmtd/world.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bgpd_config.h"
#include "ospfd_config.h"
#include "ribd_config.h"
#include "strata/state.h"
#include "vpnd_config.h"

struct shell_test {
    pid_t child;
    char dir[64];
    char out[16384];
    int status;
};

static void write_session(struct state_writer *sw, const char *address, const char *session, unsigned n,
                          const char *error)
{
    struct ip_addr a;
    ip_addr_parse(address, &a);
    state_open(sw, BGPD_BGP_NEIGHBOR);
    state_addr(sw, BGPD_BGP_NEIGHBOR_ADDRESS, &a);
    state_open(sw, BGPD_BGP_NEIGHBOR_STATE);
    state_text(sw, BGPD_BGP_NEIGHBOR_STATE_STATE, session);
    state_u64(sw, BGPD_BGP_NEIGHBOR_STATE_REMOTE_AS, 100);
    state_u64(sw, BGPD_BGP_NEIGHBOR_STATE_UPTIME, n ? 77 : 5);
    state_u64(sw, BGPD_BGP_NEIGHBOR_STATE_RECEIVED, n ? 12 : 0);
    state_u64(sw, BGPD_BGP_NEIGHBOR_STATE_SENT, n ? 13 : 0);
    state_u64(sw, BGPD_BGP_NEIGHBOR_STATE_UPDATES_RECEIVED, n);
    state_u64(sw, BGPD_BGP_NEIGHBOR_STATE_ESTABLISHED_COUNT, n || error);
    if (error)
        state_text(sw, BGPD_BGP_NEIGHBOR_STATE_LAST_ERROR, error);
    for (unsigned i = 0; i < n; i++) {
        state_open(sw, BGPD_BGP_NEIGHBOR_STATE_FAMILY);
        state_enum(sw, BGPD_BGP_NEIGHBOR_STATE_FAMILY_NAME,
                   i ? CFG_BGP_FAMILY_IPV4_VPN : CFG_BGP_FAMILY_IPV4_LABELED_UNICAST);
        state_u64(sw, BGPD_BGP_NEIGHBOR_STATE_FAMILY_PREFIXES_RECEIVED, i ? 1000 : 3);
        state_u64(sw, BGPD_BGP_NEIGHBOR_STATE_FAMILY_PREFIXES_SENT, i ? 200 : 2);
        state_close(sw);
    }
    state_close(sw);
    state_close(sw);
}

static void write_neighbor(struct state_writer *sw, const char *interface, const char *id)
{
    state_open(sw, OSPFD_OSPF_NEIGHBOR);
    state_text(sw, OSPFD_OSPF_NEIGHBOR_INTERFACE, interface);
    struct ip_addr a;
    ip_addr_parse(id, &a);
    state_addr(sw, OSPFD_OSPF_NEIGHBOR_ROUTER_ID, &a);
    state_addr(sw, OSPFD_OSPF_NEIGHBOR_ADDRESS, &a);
    state_close(sw);
}

static void write_statistics(struct state_writer *sw, unsigned runs)
{
    state_open(sw, OSPFD_OSPF_STATISTICS);
    state_u64(sw, OSPFD_OSPF_STATISTICS_SPF_RUNS, runs);
    state_close(sw);
}

static void write_interface(struct state_writer *sw)
{
    state_open(sw, OSPFD_OSPF_INTERFACE);
    state_text(sw, OSPFD_OSPF_INTERFACE_NAME, "eth0");
    state_u64(sw, OSPFD_OSPF_INTERFACE_HELLO_IN, 394);
    state_close(sw);
}

/* Two carriers, and what is wrong with one. */
static void write_carriers(struct state_writer *sw)
{
    static const char *const names[] = {"carrierB", "carrierA"};
    state_open(sw, VPND_CARRIERS_CARRIER);
    for (size_t i = 0; i < 2; i++) {
        state_open(sw, VPND_CARRIERS_CARRIER_CARRIER);
        state_text(sw, VPND_CARRIERS_CARRIER_CARRIER_VPN_INSTANCE, names[i]);
        state_u64(sw, VPND_CARRIERS_CARRIER_CARRIER_SINCE, 7);
        state_close(sw);
        state_open(sw, VPND_CARRIERS_CARRIER_PROBLEM);
        state_text(sw, VPND_CARRIERS_CARRIER_PROBLEM_VPN_INSTANCE, names[i]);
        state_text(sw, VPND_CARRIERS_CARRIER_PROBLEM_TEXT, i ? "no path" : "no site");
        state_close(sw);
    }
    state_close(sw);
}

/* Nothing has a label; one prefix has a route. */
static void write_rib(struct state_writer *sw, const char *path)
{
    struct prefix p;
    prefix_parse("192.168.2.0/24", &p);
    state_open(sw, RIBD_RIB);
    if (strstr(path, "/rib/route")) {
        state_open(sw, RIBD_RIB_ROUTE);
        state_text(sw, RIBD_RIB_ROUTE_VPN_INSTANCE, "custX");
        state_prefix(sw, RIBD_RIB_ROUTE_PREFIX, &p);
        state_text(sw, RIBD_RIB_ROUTE_SOURCE, "ospf");
        state_u64(sw, RIBD_RIB_ROUTE_DISTANCE, 110);
        state_close(sw);
    }
    if (strstr(path, "/rib/route")) {
        state_open(sw, RIBD_RIB_ROUTE);
        state_text(sw, RIBD_RIB_ROUTE_VPN_INSTANCE, "custX");
        prefix_parse("10.66.3.0/24", &p);
        state_prefix(sw, RIBD_RIB_ROUTE_PREFIX, &p);
        state_text(sw, RIBD_RIB_ROUTE_SOURCE, "static");
        state_u64(sw, RIBD_RIB_ROUTE_DISTANCE, 1);
        state_text(sw, RIBD_RIB_ROUTE_DROPS, "reject");
        state_close(sw);
        state_open(sw, RIBD_RIB_ROUTE);
        state_text(sw, RIBD_RIB_ROUTE_VPN_INSTANCE, "custX");
        prefix_parse("10.66.4.0/24", &p);
        state_prefix(sw, RIBD_RIB_ROUTE_PREFIX, &p);
        state_text(sw, RIBD_RIB_ROUTE_SOURCE, "static");
        state_u64(sw, RIBD_RIB_ROUTE_DISTANCE, 1);
        state_open(sw, RIBD_RIB_ROUTE_NEXT_HOP);
        state_u64(sw, RIBD_RIB_ROUTE_NEXT_HOP_INDEX, 0);
        state_text(sw, RIBD_RIB_ROUTE_NEXT_HOP_INTERFACE, "eth0");
        state_close(sw);
        state_close(sw);
    }
    if (strstr(path, "/rib/vpn-instance")) {
        state_open(sw, RIBD_RIB_VPN_INSTANCE);
        state_text(sw, RIBD_RIB_VPN_INSTANCE_NAME, "custX");
        state_text(sw, RIBD_RIB_VPN_INSTANCE_DEVICE, "vrf-custX");
        state_close(sw);
    }
    state_close(sw);
}

void fake_state(void *daemon, const char *path, struct state_writer *sw);
void fake_state(void *daemon, const char *path, struct state_writer *sw)
{
    struct fake *f = daemon;
    if (strcmp(f->name, "vpnd") == 0)
        write_carriers(sw);
    if (strcmp(f->name, "ribd") == 0)
        write_rib(sw, path);
    if (strcmp(f->name, "bgpd") == 0) {
        state_open(sw, BGPD_BGP);
        write_session(sw, "10.0.0.100", "idle", 0, "hold timer");
        write_session(sw, "10.0.0.2", "established", 2, NULL);
        state_close(sw);
    }
    if (strcmp(f->name, "ospfd") != 0)
        return;
    state_open(sw, OSPFD_OSPF);
    write_neighbor(sw, "eth10", "10.0.0.9"); /* in no order: the shell sorts */
    write_neighbor(sw, "eth1", "10.0.0.22");
    write_neighbor(sw, "eth0", "10.0.0.1");
    write_interface(sw);
    write_statistics(sw, 3);
    state_open(sw, OSPFD_OSPF_VPN_INSTANCE);
    state_text(sw, OSPFD_OSPF_VPN_INSTANCE_NAME, "A");
    write_neighbor(sw, "eth2", "10.0.0.3");
    write_statistics(sw, 5);
    state_close(sw);
    state_close(sw);
}

static bool has_bad_instance(const void *next)
{
    const struct vpnd_config *c = next;
    for (size_t i = 0; i < c->vpn_instances.n_vpn_instance; i++)
        if (strcmp(c->vpn_instances.vpn_instance[i]->name, "bad") == 0)
            return true;
    return false;
}

static void serve(const char *dir)
{
    struct world w = {0};
    w.env.loop = loop_event_create();
    w.env.io = io_event_create(w.env.loop);
    w.env.run_dir = dir;
    snprintf(w.state_dir, sizeof(w.state_dir), "%s/state", dir);
    w.env.state_dir = w.state_dir;
    w.ctx = fixture_context();
    struct mgmtd_options opt = {.ctx = w.ctx, .boot_text = "system hostname r1", .boot_file = "boot.conf"};
    w.mgmtd = mgmtd_create(&w.env, &opt);
    world_daemon(&w, "ribd");
    world_daemon(&w, "ospfd");
    world_daemon(&w, "bgpd");
    struct fake *vpn = world_daemon(&w, "vpnd");
    vpn->refuse_path = "/vpn-instances/vpn-instance[bad]";
    vpn->refuses = has_bad_instance;
    loop_event_run(w.env.loop);
    _exit(1);
}

/* Runs the program with `arguments`; its output, both streams, in t->out. */
static const char *strata(struct shell_test *t, const char *arguments)
{
    char command[2048];
    snprintf(command, sizeof(command), "%s 2>&1 --run-dir %s %s", TEST_STRATA, t->dir, arguments);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    size_t n = fread(t->out, 1, sizeof(t->out) - 1, f);
    t->out[n] = '\0';
    int status = pclose(f);
    t->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return t->out;
}

/* Types at a terminal of the program, each of `keys` (ends with NULL) when it has nothing more to say, and reads what
 * it shows until it ends. */
static const char *terminal(struct shell_test *t, const char *const *keys)
{
    int fd;
    size_t n = 0;
    struct winsize size = {.ws_row = 50, .ws_col = 200};
    pid_t child = forkpty(&fd, NULL, NULL, &size);
    if (child == 0) {
        setenv("TERM", "vt100", 1);
        execl(TEST_STRATA, TEST_STRATA, "--run-dir", t->dir, NULL);
        _exit(127);
    }
    assert_true(child > 0);
    for (unsigned silent = 0; silent < 20;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        bool is_prompt = n > 2 && memcmp(t->out + n - 2, "# ", 2) == 0;
        int ready = poll(&p, 1, is_prompt && *keys ? 100 : 250);
        if (ready > 0) {
            ssize_t got = read(fd, t->out + n, sizeof(t->out) - 1 - n);
            if (got <= 0)
                break;
            for (size_t end = n + (size_t)got, i = n; i < end; i++) /* NUL is padding */
                if (t->out[i])
                    t->out[n++] = t->out[i];
            silent = 0;
        } else if (*keys && n) {
            assert_int_equal(write(fd, *keys, strlen(*keys)), strlen(*keys));
            keys++;
        } else {
            silent++;
        }
    }
    t->out[n] = '\0';
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(fd);
    return t->out;
}

static void test_shell__terminal(void **state)
{
    struct shell_test *t = *state;
    static const char *const configuring[] = {"configure\n", "load ?",
                                              "\025",        "vpn-instance A label-mode ?",
                                              "\025",        "interface nowhere9 mtu 1500\n",
                                              "top\n",       "static-routes route 10.77.0.0/16 interface nowhere8\n",
                                              "top\n",       "commit check\n",
                                              "commit\n",    "commit\n",
                                              "exit\n",      "exit\n",
                                              NULL};
    static const char *const looking[] = {"show ?", "\025", "show configuration ?", "\025", "request ?", "\025",
                                          "exit\n", NULL};

    terminal(t, configuring);
    assert_non_null(strstr(t->out, "override"));
    assert_non_null(strstr(t->out, "One label for the instance"));
    assert_non_null(strstr(t->out, "can be committed"));
    assert_non_null(strstr(t->out, "committed as "));
    assert_non_null(strstr(t->out, "note: there is no interface nowhere9"));
    assert_non_null(strstr(t->out, "note: there is no interface nowhere8"));
    assert_non_null(strstr(t->out, "nothing to commit"));
    terminal(t, looking);
    assert_non_null(strstr(t->out, "expanded"));
    assert_non_null(strstr(t->out, "  vpn-instance "));
    assert_non_null(strstr(t->out, "  ldp "));
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)); text++)
        n++;
    return n;
}

/* Seven lines on a screen of five: q leaves the rest out, a blank shows it, and without pages nobody asks. */
static void test_shell__pages(void **state)
{
    struct shell_test *t = *state;
    static const char *const quits[] = {"terminal length 5\n", "show ospf neighbor\n", "q", "exit\n", NULL};
    static const char *const goes_on[] = {"terminal length 5\n", "show ospf neighbor\n", " ", "exit\n", NULL};
    static const char *const searches[] = {"terminal length 5\n", "show ospf neighbor\n", "/eth2\n", "exit\n", NULL};
    static const char *const misses[] = {
        "terminal length 5\n", "show ospf neighbor\n", "/nobody\n", " ", " ", "exit\n", NULL};
    static const char *const unpaged[] = {"terminal length 5\n",
                                          "show ospf neighbor | no-more\n",
                                          "terminal length 0\n",
                                          "show ospf neighbor\n",
                                          "exit\n",
                                          NULL};
    terminal(t, quits);
    assert_int_equal(count(t->out, "--More--"), 1);
    assert_int_equal(count(t->out, "10.0.0.22"), 2); /* twice in its row */
    assert_int_equal(count(t->out, "10.0.0.3"), 0);
    terminal(t, goes_on);
    assert_int_equal(count(t->out, "--More--"), 1);
    assert_int_equal(count(t->out, "10.0.0.3"), 2);
    terminal(t, searches);
    assert_int_equal(count(t->out, "10.0.0.3"), 2);
    assert_int_equal(count(t->out, "not found"), 0);
    terminal(t, misses);
    assert_int_equal(count(t->out, "not found --More-- (3 lines below)"), 1);
    assert_int_equal(count(t->out, "10.0.0.3"), 2);
    terminal(t, unpaged);
    assert_int_equal(count(t->out, "--More--"), 0);
    assert_int_equal(count(t->out, "10.0.0.3"), 4);
}

static void test_shell__set_and_documents(void **state)
{
    struct shell_test *t = *state;
    assert_string_equal(strata(t, "-c 'show configuration system | set'"), "set system hostname r1\n");
    assert_string_equal(strata(t, "-c 'show running-config system | display set'"), "set system hostname r1\n");
    strata(t, "-c configure -c 'interface eth6 { mtu 1400; ipv4 address 10.6.0.1/24 }' -c top -c commit -c end "
              "-c 'show configuration interface eth6 | set' | sed 1d"); /* which says what was committed */
    assert_string_equal(t->out, "set interface eth6 mtu 1400\nset interface eth6 ipv4 address 10.6.0.1/24\n");
    strata(t, "-c 'show configuration | xml'"); /* several containers: one root */
    assert_true(strncmp(t->out, "<data xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\">\n", 55) == 0);
    assert_non_null(strstr(t->out, "</data>\n"));
    assert_string_equal(strata(t, "-c 'request mpls guard enable | json' | tr -d '\\n'"),
                        "{\"output\": [\"done by ribd\"]}");
    /* what that commit changed, seen from beside the candidate */
    strata(t, "-c 'show configuration history | last 1'");
    assert_non_null(strstr(t->out, "sequence"));
    unsigned sequence = 0;
    assert_int_equal(sscanf(strchr(t->out, '\n') + 1, " %u", &sequence), 1);
    char command[128];
    snprintf(command, sizeof(command), "-c 'show configuration history %u'", sequence);
    assert_string_equal(strata(t, command), "+ interface eth6 mtu 1400\n+ interface eth6 ipv4 address 10.6.0.1/24\n");
    assert_non_null(strstr(strata(t, "-c 'show configuration history 999'"), "there is no commit 999"));
    strata(t, "-c configure -c 'no interface eth6' -c commit");
}

static int setup(void **state)
{
    struct shell_test *t = calloc(1, sizeof(*t));
    snprintf(t->dir, sizeof(t->dir), "/tmp/strata-shell-XXXXXX");
    assert_non_null(mkdtemp(t->dir));
    t->child = fork();
    if (t->child == 0)
        serve(t->dir);
    *state = t;
    for (unsigned i = 0; i < 100 && !strstr(strata(t, "-c 'show configuration'"), "r1"); i++)
        usleep(50000);
    return 0;
}

static int teardown(void **state)
{
    struct shell_test *t = *state;
    char command[128];
    kill(t->child, SIGKILL);
    waitpid(t->child, NULL, 0);
    snprintf(command, sizeof(command), "rm -rf %s", t->dir);
    int rc = system(command);
    free(t);
    return rc;
}

static void test_shell__tables(void **state)
{
    struct shell_test *t = *state;
    assert_string_equal(strata(t, "-c 'show ospf neighbor'"), "interface  router-id  address\n"
                                                              "eth0       10.0.0.1   10.0.0.1\n"
                                                              "eth1       10.0.0.22  10.0.0.22\n"
                                                              "eth10      10.0.0.9   10.0.0.9\n"
                                                              "\n"
                                                              "vpn-instance  interface  router-id  address\n"
                                                              "A             eth2       10.0.0.3   10.0.0.3\n");
    assert_int_equal(t->status, 0);
    assert_string_equal(strata(t, "-c 'show ospf neighbor interface eth1'"), "interface  router-id  address\n"
                                                                             "eth1       10.0.0.22  10.0.0.22\n");
    assert_string_equal(strata(t, "-c 'show ospf neighbor vpn-instance A'"),
                        "vpn-instance  interface  router-id  address\n"
                        "A             eth2       10.0.0.3   10.0.0.3\n");
    assert_string_equal(strata(t, "-c 'show ospf neighbor 10.0.0.22 | count'"), "1\n");
    assert_string_equal(strata(t, "-c 'show ospf neighbor | match \"eth1$|22\"'"), "eth1       10.0.0.22  10.0.0.22\n");
    assert_non_null(strstr(strata(t, "-c 'show ospf neighbor | json'"), "\"strata-ospf:ospf\""));
    assert_non_null(strstr(strata(t, "-c 'show daemons'"), "ospfd     false   in-sync"));
}

static void test_shell__filters(void **state)
{
    struct shell_test *t = *state;
    /* json has the same rows as the table */
    strata(t, "-c 'show ospf neighbor interface eth1 | json'");
    assert_non_null(strstr(t->out, "\"eth1\""));
    assert_null(strstr(t->out, "eth0"));
    assert_null(strstr(t->out, "vpn-instance"));
    assert_string_equal(strata(t, "-c 'show ospf neighbor interface eth99 | json'"), "{}\n");
    assert_string_equal(strata(t, "-c 'show ospf neighbor 10.9.9.9'"), "");
    assert_int_equal(t->status, 0);
    assert_string_equal(strata(t, "-c 'show ospf neighbor eth2 | count'"), "1\n");
    /* a word that can mean nothing */
    assert_non_null(
        strstr(strata(t, "-c 'show ospf neighbor bananas'"),
               "error: \"bananas\" is none of the columns, and no row has it; nor is there a VPN instance of that "
               "name; columns: interface, router-id, "));
    assert_int_equal(t->status, 1);
    assert_non_null(strstr(strata(t, "-c 'show ospf neighbor bananas | json'"), "error: \"bananas\""));
    assert_int_equal(t->status, 1);
    assert_non_null(strstr(strata(t, "-c 'show ospf statistics bananas'"),
                           "unknown word \"bananas\" behind statistics; expected one of: spf-runs, "));
}

/* What was mistyped is said; what is asked for in vain is an empty answer. */
static void test_shell__conditions_that_nothing_can_meet(void **state)
{
    struct shell_test *t = *state;
    static const char *const wrong[][2] = {
        {"show mpls forwarding label abc", "\"abc\" is no valid in-label"},
        {"show route source sttic", "did you mean \"static\"?"},
        {"show route 10.2.0.300", "\"10.2.0.300\" is no address or prefix"},
        {"show route 10.2.0.0/33", "\"10.2.0.0/33\" is no address or prefix"},
        {"show route vpn-instance nosuch", "there is no vpn-instance \"nosuch\""},
        {"show log level warning", "\"warning\" is no valid level"},
        {"show log daemon rbd level warn", "ospfd, ribd, vpnd; did you mean \"ribd\"?"},
        {"show ospf neighbor vpn-instance nosuch", "there is no vpn-instance \"nosuch\""},
        {"show route lookup", "an address is missing"},
        {"show route lookup 10.2.0.9/32", "\"10.2.0.9/32\" is no address"},
        {"show route lookup 10.2.0.300 vpn-instance red", "\"10.2.0.300\" is no address"},
    };
    static const char *const vain[] = {"show mpls forwarding label 99",
                                       "show route source bgp",
                                       "show route 10.2.0.3",
                                       "show route vpn-instance public",
                                       "show route prefix 10.2.0.3",
                                       "show mpls static-lsp",
                                       "show static-routes",
                                       "show log daemon ospfd"};
    char command[128];

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(command, sizeof(command), "-c '%s'", wrong[i][0]);
        assert_non_null(strstr(strata(t, command), wrong[i][1]));
        assert_int_equal(t->status, 1);
    }
    for (size_t i = 0; i < sizeof(vain) / sizeof(vain[0]); i++) {
        snprintf(command, sizeof(command), "-c '%s'", vain[i]);
        assert_null(strstr(strata(t, command), "no valid"));
        assert_null(strstr(t->out, "there is no"));
    }
}

/* A level of the log is asked for with what is graver. */
static void test_shell__log_level_and_worse(void **state)
{
    struct shell_test *t = *state;
    char path[128];

    snprintf(path, sizeof(path), "%s/ribd.log", t->dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("1 info ribd a a=2\n2 warn ribd b\n3 error ribd bad\n", f);
    assert_int_equal(fclose(f), 0);
    assert_string_equal(strata(t, "-c 'show log daemon ribd | count'"), "3\n");
    assert_string_equal(strata(t, "-c 'show log daemon ribd level warn | count'"), "2\n");
    assert_non_null(strstr(strata(t, "-c 'show log daemon ribd level warn'"), "bad"));
    assert_int_equal(remove(path), 0);
}

/* The name of an instance that has nothing is no mistake, as that of none is. */
static void test_shell__empty_instance(void **state)
{
    struct shell_test *t = *state;
    strata(t, "-c 'show route red'");
    assert_int_equal(t->status, 1);
    assert_non_null(strstr(t->out, "\"red\" is none of the columns, and no row has it; nor is there a VPN instance"));
    strata(t, "-c configure -c 'vpn-instance red route-distinguisher 1:2' -c commit");
    assert_int_equal(t->status, 0);
    assert_string_equal(strata(t, "-c 'show route red'"), "");
    assert_int_equal(t->status, 0);
    strata(t, "-c configure -c 'no vpn-instance red' -c commit");
    assert_int_equal(t->status, 0);
}

/* What drops packets says so where others have a next hop. */
static void test_shell__drops_are_next_hops(void **state)
{
    struct shell_test *t = *state;
    strata(t, "-c 'show route source static'");
    assert_string_equal(t->out, "vpn-instance  prefix        source  distance  next-hop\n"
                                "custX         10.66.3.0/24  static         1  reject\n"
                                "custX         10.66.4.0/24  static         1  interface eth0\n");
    assert_string_equal(strata(t, "-c 'show route drops reject | count'"), "1\n");
    assert_non_null(strstr(strata(t, "-c 'show route drops reject | json'"), "\"drops\": \"reject\""));
}

/* Every line of a table for people fits a wide terminal. */
static void test_shell__bgp_summary_fits(void **state)
{
    struct shell_test *t = *state;
    strata(t, "-c 'show bgp summary'");
    assert_string_equal(
        t->out,
        "address     remote-as  state          uptime  received  sent  family(received/sent)                        "
        "last-error\n"
        "10.0.0.2          100  established  00:01:17        12    13  ipv4-labeled-unicast 3/2, ipv4-vpn 1000/200\n"
        "10.0.0.100        100  idle          down 5s         0     0                                               "
        "hold timer\n");
    for (const char *line = t->out; *line; line = strchr(line, '\n') + 1)
        assert_in_range(strcspn(line, "\n"), 1, 120);
    strata(t, "-c 'show bgp summary state idle | json'");
    assert_non_null(strstr(t->out, "10.0.0.100"));
    assert_null(strstr(t->out, "10.0.0.2\""));
}

/* Units are in the heading of a column, not in its name: json and conditions are as ever. */
static void test_shell__units(void **state)
{
    struct shell_test *t = *state;
    assert_string_equal(strata(t, "-c 'show ospf interface'"), "name  hello-in(ms)\neth0           394\n");
    assert_string_equal(strata(t, "-c 'show ospf interface hello-in 394 | count'"), "1\n");
    assert_non_null(strstr(strata(t, "-c 'show ospf interface | json'"), "\"hello-in\": 394"));
}

/* What is no table is told apart by the instance's name. */
static void test_shell__blocks_have_names(void **state)
{
    struct shell_test *t = *state;
    strata(t, "-c 'show ospf statistics'");
    assert_string_equal(t->out, "public:\n"
                                "spf-runs                     3\n"
                                "\n"
                                "vpn-instance A:\n"
                                "spf-runs                     5\n");
    assert_string_equal(strata(t, "-c 'show ospf statistics vpn-instance A'"), "vpn-instance A:\n"
                                                                               "spf-runs                     5\n");
}

static void test_shell__one_carrier(void **state)
{
    struct shell_test *t = *state;
    static const char expected[] = "carrier:\nvpn-instance     since\ncarrierA      00:00:07\n\n"
                                   "problem:\nvpn-instance  text\ncarrierA      no path\n";
    assert_string_equal(strata(t, "-c 'show carriers-carrier carrierA'"), expected);
    assert_string_equal(strata(t, "-c 'show carriers-carrier vpn-instance carrierA'"), expected);
    assert_int_equal(t->status, 0);
    strata(t, "-c 'show carriers-carrier carrierA | json'");
    assert_non_null(strstr(t->out, "\"no path\""));
    assert_null(strstr(t->out, "carrierB"));
    assert_string_equal(strata(t, "-c 'show carriers-carrier problem vpn-instance carrierB'"),
                        "vpn-instance  text\ncarrierB      no site\n");
    assert_string_equal(strata(t, "-c 'show carriers-carrier carrierC'"),
                        "error: carriers-carrier has nothing of \"carrierC\"\n");
    assert_int_equal(t->status, 1);
}

static void test_shell__no_label_stack_is_explained(void **state)
{
    struct shell_test *t = *state;
    strata(t, "-c configure -c 'vpn-instance custX route-distinguisher 1:3' -c commit");
    assert_string_equal(strata(t, "-c 'show mpls label-stack vpn-instance custX 192.168.3.1'"),
                        "note: vpn-instance custX 192.168.3.1: there is no route\n");
    assert_string_equal(strata(t, "-c 'show mpls label-stack vpn-instance custX 192.168.2.1'"),
                        "note: vpn-instance custX 192.168.2.1: there is a route, and it puts no labels on packets\n");
    assert_string_equal(strata(t, "-c 'show mpls label-stack given-by ldp'"), "");
    assert_string_equal(strata(t, "-c 'show mpls label-stack'"), "");
    strata(t, "-c configure -c 'no vpn-instance custX' -c commit");
    assert_int_equal(t->status, 0);
}

static void test_shell__documented_words_are_listed(void **state)
{
    struct shell_test *t = *state;
    static const char *const aliases[] = {"neighbor", "interface", "discovery", "history", "binding", "drops"};
    strata(t, "-c 'show ldp neighbour'");
    assert_non_null(strstr(t->out, "unknown word \"neighbour\" behind ldp; expected one of: "));
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
        assert_non_null(strstr(t->out, aliases[i]));
    assert_null(strstr(t->out, "adjacency")); /* is called discovery here */
    assert_non_null(strstr(strata(t, "-c 'show bgp sumary'"), "expected one of: summary, ipv4-unicast, "));
    assert_non_null(strstr(strata(t, "-c 'show mpls lps'"), "expected one of: forwarding, lsp, "));
    assert_non_null(strstr(t->out, "did you mean \"lsp\"?"));
    strata(t, "-c help");
    assert_non_null(strstr(t->out, "show ospf drop "));
    assert_non_null(strstr(t->out, "show ldp drops "));
    assert_non_null(strstr(t->out, "show rib counters "));
}

static void test_shell__names_of_others(void **state)
{
    struct shell_test *t = *state;
    strata(t, "-c 'show sessions'");
    assert_int_equal(t->status, 0);
    assert_non_null(strstr(t->out, "root"));
    assert_string_equal(strata(t, "-c 'show users | count'"), "1\n"); /* this one */
    assert_string_equal(strata(t, "-c 'show ip ospf neighbor | count' -c 'sh os ne | cou'"), "4\n4\n");
    assert_non_null(strstr(strata(t, "-c 'show bgp peer'"), "established  00:01:17"));
    assert_non_null(strstr(strata(t, "-c 'show ldp'"), "ldp"));
}

/* A commit of one session is a line for another that follows events; it is repeated until that one listens. */
static void test_shell__events(void **state)
{
    struct shell_test *t = *state;
    char arguments[1024];
    snprintf(
        arguments, sizeof(arguments),
        "-c 'monitor events match netconf-config-change | first 1' || : && touch %s/heard & until [ -e %s/heard ]; do "
        "%s --run-dir %s -c configure -c 'system hostname r2' -c commit -c 'system hostname r1' -c commit "
        ">/dev/null; done; wait",
        t->dir, t->dir, TEST_STRATA, t->dir);
    strata(t, arguments);
    assert_non_null(strstr(t->out, "Z netconf-config-change "));
    assert_non_null(strstr(t->out, "datastore=running"));
    assert_int_equal(strcspn(t->out, "\n"), strlen(t->out) - 1); /* one line, then it ends */
}

static void test_shell__expanded(void **state)
{
    struct shell_test *t = *state;
    static const char expected[] = "vpn-instance good {\n    label-mode per-route  # implied by vpn-instance good "
                                   "carriers-carrier\n    carriers-carrier signaling bgp\n}\n";
    assert_string_equal(strata(t, "-c configure -c 'vpn-instance good carriers-carrier signaling bgp' -c top "
                                  "-c 'show expanded vpn-instance good'"),
                        expected);
    assert_string_equal(strata(t, "-c configure -c 'vpn-instance good' -c 'carriers-carrier signaling bgp' "
                                  "-c 'show expanded label-mode'"),
                        "vpn-instance good label-mode per-route  # implied by vpn-instance good carriers-carrier\n");
    assert_string_equal(strata(t, "-c 'show configuration expanded system'"), "system hostname r1\n");
    assert_non_null(strstr(strata(t, "-c 'show configuration expanded bananas'"),
                           "error: unknown part of the configuration: bananas"));
}

static void test_shell__errors_have_status(void **state)
{
    struct shell_test *t = *state;
    assert_non_null(strstr(strata(t, "-c 'show bananas'"), "error: unknown: show bananas; expected one of: "));
    assert_non_null(strstr(t->out, "bgp, ")); /* those that begin so come first */
    assert_non_null(strstr(t->out, " ... (? lists all "));
    assert_int_equal(t->status, 1);
    assert_non_null(strstr(strata(t, "-c 'bananas' -c 'show version'"), "error: unknown command \"bananas\""));
    assert_null(strstr(t->out, "strata 0"));
    assert_non_null(strstr(strata(t, "-c 'show ldp binding'"), "ldpd is not running: nothing is configured for it"));
    assert_int_equal(t->status, 1);
    assert_non_null(strstr(strata(t, "--run-dir /nowhere -c 'show version'"), "mgmtd cannot be reached"));
    assert_int_equal(t->status, 1);
    strata(t, "--bogus");
    assert_int_equal(t->status, 2);
}

static void test_shell__configure(void **state)
{
    struct shell_test *t = *state;
    assert_string_equal(
        strata(t, "-c configure -c 'interface eth0' -c 'mtu 1500' -c 'ipv4 address 10.0.0.1/24' -c top "
                  "-c 'mpls interface eth0' -c compare -c commit -c end -c 'show configuration interface eth0' "
                  "| sed 's/committed as [1-9].*/committed/'"),
        "+ interface eth0 mtu 1500\n+ interface eth0 ipv4 address 10.0.0.1/24\n+ mpls interface eth0\n"
        "committed\ninterface eth0 {\n    mtu 1500\n    ipv4 address 10.0.0.1/24\n}\n");
    assert_int_equal(t->status, 0);
    assert_string_equal(
        strata(t, "-c configure -c 'no mpls' -c 'interface eth0' -c 'no mtu' -c 'show' -c 'rollback' -c compare"),
        "interface eth0 ipv4 address 10.0.0.1/24\n");
    assert_non_null(strstr(strata(t, "-c configure -c 'interface eth0 mtu fast'"),
                           "error: /interfaces/interface[eth0]/mtu: \"fast\" is no valid mtu"));
    assert_int_equal(t->status, 1);
    assert_string_equal(
        strata(t, "-c 'show configuration interface eth0 mtu | json' | tr -d ' \\n'"),
        "{\"ietf-interfaces:interfaces\":{\"interface\":[{\"name\":\"eth0\",\"strata-interfaces:mtu\":1500}]}}");
}

static void test_shell__refusal_is_said(void **state)
{
    struct shell_test *t = *state;
    assert_non_null(strstr(strata(t, "-c configure -c 'vpn-instance bad route-distinguisher 1:1' -c commit"),
                           "error: /vpn-instances/vpn-instance[bad]: vpnd does not like it (refused by vpnd)"));
    assert_int_equal(t->status, 1);
    assert_null(strstr(strata(t, "-c 'show configuration'"), "bad"));
}

/* A note is a line of standard error, the status is that of success. */
static void test_shell__notes(void **state)
{
    struct shell_test *t = *state;
    strata(t, "-c configure -c 'interface eth7 ipv4 address 10.7.0.1/24' -c 'mpls interface eth7' -c top "
              "-c 'ospf area 0.0.0.0 interface eth7' -c top -c commit");
    assert_int_equal(strncmp(t->out, "committed as ", 13), 0);
    assert_null(strstr(t->out, "note: "));
    strata(t, "-c configure -c 'no interface eth7' -c 'commit check'");
    assert_int_equal(t->status, 0);
    assert_non_null(strstr(t->out, "can be committed\n"));
    assert_non_null(strstr(t->out, "note: /mpls/interface[eth7]: interface eth7 is no longer configured"));
    assert_non_null(strstr(t->out, "\nnote: /ospf/areas/area[0.0.0.0]/interface[eth7]: interface eth7 is no longer"));
    strata(t, "-c configure -c 'no interface eth7' -c commit 2>/dev/null");
    assert_int_equal(strncmp(t->out, "committed as ", 13), 0);
    assert_ptr_equal(strchr(t->out, '\n') + 1, t->out + strlen(t->out));
    assert_int_equal(t->status, 0);
}

static void test_shell__input_and_files(void **state)
{
    struct shell_test *t = *state;
    char command[1024];
    strata(t, "<<'END'\nconfigure\ninterface eth5 {\n  mtu 1400 # a remark\n  ipv4 address 10.5.0.1/24\n}\ncommit "
              "comment \"by hand\"\nEND");
    assert_int_equal(t->status, 0);
    assert_non_null(strstr(strata(t, "-c 'show configuration history'"), "by hand"));
    for (size_t i = 0; i < 3; i++) {
        static const char *const suffix[] = {"conf", "json", "xml"};
        snprintf(command, sizeof(command),
                 "-c configure -c 'save %s/x.%s' -c 'system hostname other' -c 'load override %s/x.%s' -c compare",
                 t->dir, suffix[i], t->dir, suffix[i]);
        assert_string_equal(strata(t, command), "");
        assert_int_equal(t->status, 0);
    }
    snprintf(command, sizeof(command), "-c configure -c 'load merge %s/none.conf'", t->dir);
    assert_non_null(strstr(strata(t, command), "No such file"));
    snprintf(command, sizeof(command), "%s/bad.conf", t->dir);
    FILE *f = fopen(command, "we");
    fputs("system hostname x\ninterface y {\n    mtu big\n}\n", f);
    fclose(f);
    snprintf(command, sizeof(command), "-c configure -c 'load merge %s/bad.conf'", t->dir);
    assert_non_null(strstr(strata(t, command), "bad.conf:3:9: /interfaces/interface[y]/mtu: \"big\" is no valid mtu"));
    assert_int_equal(t->status, 1);
    strata(t, "<<'END'\nconfigure\ninterface eth5 {\nEND");
    assert_non_null(strstr(t->out, "a block has no }"));
}

static void test_shell__actions(void **state)
{
    struct shell_test *t = *state;
    assert_string_equal(strata(t, "-c 'request mpls guard enable'"), "done by ribd\n");
    assert_string_equal(strata(t, "-c 'show platform audit'"), "done by ribd\n");
    assert_non_null(strstr(strata(t, "-c 'request bananas'"), "nobody does \"bananas\""));
}

/* Through the device of the instance; the system's program gives way to one that says how it was called. */
static void test_shell__ping_in_an_instance(void **state)
{
    struct shell_test *t = *state;
    char path[512], was[4096];
    snprintf(path, sizeof(path), "%s/ping", t->dir);
    FILE *f = fopen(path, "we");
    fputs("#!/bin/sh\nprintf '%s\\n' \"$*\"\n", f);
    fclose(f);
    assert_int_equal(chmod(path, 0755), 0);
    snprintf(was, sizeof(was), "%s", getenv("PATH"));
    snprintf(path, sizeof(path), "%s:%.400s", t->dir, was);
    setenv("PATH", path, 1);
    assert_string_equal(strata(t, "-c 'ping 10.2.0.9 vpn-instance custX count 1'"), "-n -c 1 -I vrf-custX 10.2.0.9\n");
    assert_string_equal(strata(t, "-c 'ping vpn-instance custX 10.2.0.9 count 1'"), "-n -c 1 -I vrf-custX 10.2.0.9\n");
    assert_non_null(strstr(strata(t, "-c 'ping 10.2.0.9 vpn-instance custZ'"), "custZ is not in the kernel"));
    assert_int_equal(t->status, 1);
    setenv("PATH", was, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shell__filters),
        cmocka_unit_test(test_shell__conditions_that_nothing_can_meet),
        cmocka_unit_test(test_shell__log_level_and_worse),
        cmocka_unit_test(test_shell__ping_in_an_instance),
        cmocka_unit_test(test_shell__empty_instance),
        cmocka_unit_test(test_shell__drops_are_next_hops),
        cmocka_unit_test(test_shell__bgp_summary_fits),
        cmocka_unit_test(test_shell__units),
        cmocka_unit_test(test_shell__blocks_have_names),
        cmocka_unit_test(test_shell__one_carrier),
        cmocka_unit_test(test_shell__no_label_stack_is_explained),
        cmocka_unit_test(test_shell__documented_words_are_listed),
        cmocka_unit_test(test_shell__names_of_others),
        cmocka_unit_test(test_shell__events),
        cmocka_unit_test(test_shell__expanded),
        cmocka_unit_test(test_shell__terminal),
        cmocka_unit_test(test_shell__pages),
        cmocka_unit_test(test_shell__set_and_documents),
        cmocka_unit_test(test_shell__tables),
        cmocka_unit_test(test_shell__errors_have_status),
        cmocka_unit_test(test_shell__configure),
        cmocka_unit_test(test_shell__refusal_is_said),
        cmocka_unit_test(test_shell__notes),
        cmocka_unit_test(test_shell__input_and_files),
        cmocka_unit_test(test_shell__actions),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

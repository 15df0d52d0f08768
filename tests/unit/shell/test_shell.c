/* SPDX-License-Identifier: Apache-2.0
 *
 * The program strata through -c and standard input, against an mgmtd with a daemon (both in a child process).
 */
#include "tests/unit/mgmtd/world.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ospfd_config.h"
#include "strata/state.h"
#include "vpnd_config.h"

struct shell_test {
    pid_t child;
    char dir[64];
    char out[16384];
    int status;
};

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

void fake_state(void *daemon, const char *path, struct state_writer *sw);
void fake_state(void *daemon, const char *path, struct state_writer *sw)
{
    struct fake *f = daemon;
    (void)path;
    if (strcmp(f->name, "ospfd") != 0)
        return;
    state_open(sw, OSPFD_OSPF);
    write_neighbor(sw, "eth0", "10.0.0.1");
    write_neighbor(sw, "eth1", "10.0.0.22");
    state_open(sw, OSPFD_OSPF_VPN_INSTANCE);
    state_text(sw, OSPFD_OSPF_VPN_INSTANCE_NAME, "A");
    write_neighbor(sw, "eth2", "10.0.0.3");
    state_close(sw);
    state_close(sw);
}

static bool has_instance(const void *next)
{
    const struct vpnd_config *c = next;
    return c->vpn_instances.n_vpn_instance > 0;
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
    struct fake *vpn = world_daemon(&w, "vpnd");
    vpn->refuse_path = "/vpn-instances/vpn-instance[bad]";
    vpn->refuses = has_instance;
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
    assert_non_null(strstr(strata(t, "-c 'show daemons'"), "ospfd  false   in-sync"));
}

static void test_shell__errors_have_status(void **state)
{
    struct shell_test *t = *state;
    assert_non_null(strstr(strata(t, "-c 'show bananas'"), "error: unknown: show bananas"));
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
                  "-c 'mpls interface eth0' -c compare -c commit -c end -c 'show configuration interface eth0'"),
        "+ interface eth0 mtu 1500\n+ interface eth0 ipv4 address 10.0.0.1/24\n+ mpls interface eth0\n"
        "interface eth0 {\n    mtu 1500\n    ipv4 address 10.0.0.1/24\n}\n");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shell__tables),          cmocka_unit_test(test_shell__errors_have_status),
        cmocka_unit_test(test_shell__configure),       cmocka_unit_test(test_shell__refusal_is_said),
        cmocka_unit_test(test_shell__input_and_files), cmocka_unit_test(test_shell__actions),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers in parts, filters and formats, through the program: against an mgmtd (in a child process) that only knows how
 * to give routes in parts, as many as STREAM_ROWS says, and two notifications.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <libyang/libyang.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/ipc/north/front_msg.h"
#include "lib/ipc/north/north_msg.h"
#include "lib/text/buf.h"
#include "lib/text/context.h"
#include "lib/text/tree.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/ipc.h"
#include "strata/loop.h"

#define PART_ROWS 500
#define ROWS      5000

struct server {
    unsigned n_rows;
    unsigned at;      /* of the request in parts */
    uint64_t id;      /* that request's */
    unsigned n_asked; /* parts, since the last question about them */
    char path[512];
};

struct stream_test {
    pid_t child;
    char dir[64];
    char out[1 << 20];
    int status;
    struct ly_ctx *ctx;
};

/* 10.0.0.0/24, 10.0.1.0/24 ...; every tenth is of carrierA, the 500th has a reason that no other has. */
static void add_route(struct text_buf *out, unsigned i)
{
    text_buf_printf(out, "{\"vpn-instance\":\"%s\",\"prefix\":\"10.%u.%u.0/24\",\"source\":\"%s\",\"distance\":110%s}",
                    i % 10 ? "public" : "carrierA", i / 256 % 256, i % 256, i % 2 ? "bgp" : "ospf",
                    i == 500 ? ",\"reason\":\"only this one\"" : "");
}

/* A condition on the instance is passed over, one on the prefix is not. */
static bool is_of_prefix(const struct server *s, unsigned i)
{
    char text[32];

    if (!strpbrk(s->path, "0123456789")) /* digits are in prefixes only */
        return true;
    snprintf(text, sizeof(text), "10.%u.%u.0/24]", i / 256 % 256, i % 256);
    return strstr(s->path, text) != NULL;
}

static void send_part(struct server *s, struct ipc_conn *c)
{
    struct text_buf out = {0};
    text_buf_puts(&out, "{\"strata-rib:rib\":{\"route\":[");
    for (unsigned n = 0; n < PART_ROWS && s->at < s->n_rows; s->at++) {
        if (!is_of_prefix(s, s->at))
            continue;
        text_buf_puts(&out, n++ ? "," : "");
        add_route(&out, s->at);
    }
    text_buf_puts(&out, "]}}");
    s->n_asked++;
    struct front_reply r = {.id = s->id, .text = text_buf_get(&out), .note = "", .has_more = s->at < s->n_rows};
    r.tag = r.app_tag = r.path = r.info = "";
    front_reply_send(c, &r);
    text_buf_fini(&out);
}

static void answer(struct server *s, struct ipc_conn *c, uint64_t id, const struct front_request *q)
{
    struct front_reply r = {.id = id, .text = "", .note = "", .tag = "", .app_tag = "", .path = "", .info = ""};
    char text[640];

    if (q->op == FRONT_STATE && strncmp(q->path, "/rib/route", 10) == 0) {
        snprintf(s->path, sizeof(s->path), "%s", q->path);
        s->id = id;
        s->n_asked = 0;
        s->at = q->is_in_parts ? 0 : s->n_rows; /* nothing for who cannot take parts */
        send_part(s, c);
        return;
    }
    if (q->op == FRONT_STATE && strncmp(q->path, "/rib/", 5) == 0) { /* it has none of these */
        snprintf(s->path, sizeof(s->path), "%s", q->path);
        s->n_asked = 1;
        r.text = "{}";
    }
    if (q->op == FRONT_SHOW)
        r.text = "{\"strata-vpn-instance:vpn-instances\":{\"vpn-instance\":[{\"name\":\"red\"}]}}";
    if (q->op == FRONT_MORE) {
        if (q->number == s->id)
            send_part(s, c);
        return;
    }
    if (q->op == FRONT_ACTION) { /* what was asked last? */
        snprintf(text, sizeof(text), "%s %u", s->path, s->n_asked);
        r.text = text;
    }
    front_reply_send(c, &r);
    for (unsigned i = 0; i < 2 && q->op == FRONT_LISTEN; i++) {
        struct front_notice n = {.time = "2026-01-01T00:00:00Z",
                                 .text = i ? "<up xmlns=\"urn:x\"><name>b</name></up>"
                                           : "<down xmlns=\"urn:x\"><name>a</name></down>"};
        front_notice_send(c, &n);
    }
}

static void on_message(struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len, void *arg)
{
    struct front_request r;
    uint64_t id;
    void *held;
    if (type != FRONT_MSG_REQUEST || front_request_decode(payload, len, &id, &r, &held))
        return;
    answer(arg, c, id, &r);
    front_request_release(held);
}

static void on_up(struct ipc_conn *c, void *arg)
{
    (void)c, (void)arg;
}

static void on_down(struct ipc_conn *c, const char *reason, void *arg)
{
    (void)c, (void)reason, (void)arg;
}

static void serve(const char *dir, unsigned n_rows)
{
    static const struct ipc_events events = {.up = on_up, .down = on_down, .message = on_message};
    struct server s = {.n_rows = n_rows};
    struct ipc_spec spec = {.socket = MGMT_SOCKET,
                            .service = MGMT_SERVICE,
                            .version = MGMT_VERSION,
                            .name = "mgmtd",
                            .frame_max = MGMT_FRAME_MAX};
    struct env env = {.run_dir = dir, .state_dir = dir};
    struct ipc_listener *l;
    env.loop = loop_event_create();
    env.io = io_event_create(env.loop);
    if (ipc_listener_create(&env, &spec, &events, &s, &l) == 0)
        loop_event_run(env.loop);
    _exit(1);
}

/* Runs the program; its output, both streams, in t->out. Returns the largest memory it had, in KiB. */
static long run(struct stream_test *t, const char *commands)
{
    int fds[2];
    size_t n = 0;
    struct rusage usage;
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        char command[2048];
        dup2(fds[1], 1);
        dup2(fds[1], 2);
        snprintf(command, sizeof(command), "exec %s --run-dir %s %s", TEST_STRATA, t->dir, commands);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    close(fds[1]);
    char part[65536];
    for (ssize_t got; (got = read(fds[0], part, sizeof(part))) > 0;)
        for (ssize_t i = 0; i < got && n + 1 < sizeof(t->out); i++)
            t->out[n++] = part[i];
    t->out[n] = '\0';
    close(fds[0]);
    assert_int_equal(wait4(child, &t->status, 0, &usage), child);
    return usage.ru_maxrss;
}

static const char *show(struct stream_test *t, const char *commands)
{
    run(t, commands);
    return t->out;
}

static int start(struct stream_test *t, unsigned n_rows)
{
    snprintf(t->dir, sizeof(t->dir), "/tmp/strata-stream-XXXXXX");
    assert_non_null(mkdtemp(t->dir));
    t->child = fork();
    if (t->child == 0)
        serve(t->dir, n_rows);
    return 0;
}

static void stop(struct stream_test *t)
{
    char command[128];
    kill(t->child, SIGKILL);
    waitpid(t->child, NULL, 0);
    snprintf(command, sizeof(command), "rm -rf %s", t->dir);
    assert_int_equal(system(command), 0);
}

static int setup(void **state)
{
    const char *dirs[] = {TEST_YANG_DIR, NULL};
    char error[512];
    struct stream_test *t = calloc(1, sizeof(*t));
    *state = t;
    assert_int_equal(yang_context_create(dirs, &t->ctx, error, sizeof(error)), 0);
    return start(t, ROWS);
}

static int teardown(void **state)
{
    struct stream_test *t = *state;
    stop(t);
    ly_ctx_destroy(t->ctx);
    free(t);
    return 0;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* Rows of the document, which must be valid. */
static size_t count_entries(struct stream_test *t, LYD_FORMAT format)
{
    struct lyd_node *tree = NULL;
    size_t n = 0;
    if (lyd_parse_data_mem(t->ctx, t->out, format, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &tree) != LY_SUCCESS)
        fail_msg("no valid document: %s\n%.300s", ly_errmsg(t->ctx), t->out);
    for (struct lyd_node *c = tree ? lyd_child(tree) : NULL; c; c = c->next)
        n++;
    lyd_free_all(tree);
    return n;
}

static void test_stream__table(void **state)
{
    struct stream_test *t = *state;
    show(t, "-c 'show route'");
    assert_int_equal(count_lines(t->out), ROWS + 1); /* one heading */
    assert_true(strncmp(t->out, "vpn-instance  prefix ", 21) == 0);
    assert_non_null(strstr(t->out, "only this one")); /* a column that the first part does not have */
    assert_non_null(strstr(t->out, "\npublic        10.19.135.0/24"));
    show(t, "-c 'terminal width 60' -c 'show route'");
    for (const char *line = t->out; *line; line += strcspn(line, "\n") + 1)
        assert_in_range(strcspn(line, "\n"), 1, 72);
    assert_non_null(strstr(t->out, "columns that only later rows have: reason"));
}

static void test_stream__filters(void **state)
{
    struct stream_test *t = *state;
    assert_string_equal(show(t, "-c 'show route | count'"), "5000\n");
    assert_string_equal(show(t, "-c 'show route source ospf | count'"), "2500\n");
    assert_string_equal(show(t, "-c 'show route | match carrierA | count'"), "500\n");
    assert_string_equal(show(t, "-c 'show route | exc carrierA | mat bgp | cou' -c 'show route | ma car | c'"),
                        "2500\n500\n");
}

/* A word that none of all parts has is a mistake; one that only the last has is none. */
static void test_stream__conditions(void **state)
{
    struct stream_test *t = *state;
    show(t, "-c 'show route bananas'");
    assert_non_null(strstr(t->out, "error: \"bananas\" is none of the columns, and no row has it"));
    assert_int_equal(WEXITSTATUS(t->status), 1);
    assert_null(strstr(t->out, "10.0.0.0/24"));
    show(t, "-c 'show route 10.19.135.0/24'");
    assert_int_equal(count_lines(t->out), 2);
    show(t, "-c 'show route 10.19.135.77 | count'");
    assert_string_equal(t->out, "1\n");
}

/* What a prefix covers, as others call it. */
static void test_stream__longer_prefixes(void **state)
{
    struct stream_test *t = *state;
    show(t, "-c 'show route 10.19.0.0/16 | count'");
    assert_string_equal(t->out, "0\n"); /* the prefix itself is none */
    show(t, "-c 'show route 10.19.0.0/16 longer-prefixes | count'");
    assert_string_equal(t->out, "136\n");
    show(t, "-c 'show route 10.19.1.2/16 longer-prefixes source ospf | count'");
    assert_string_equal(t->out, "68\n");
    show(t, "-c 'show route prefix 10.19.134.0/23 longer-prefixes' -c 'request what was'");
    assert_non_null(strstr(t->out, "10.19.134.0/24"));
    assert_non_null(strstr(t->out, "10.19.135.0/24"));
    assert_non_null(strstr(t->out, "/rib/route "));
    assert_null(strstr(t->out, "10.19.133.0/24"));
    show(t, "-c 'show route 10.19.135.0/24 longer-prefixes | count'");
    assert_string_equal(t->out, "1\n");
    show(t, "-c 'show route 10.19.135.7 longer-prefixes'");
    assert_non_null(strstr(t->out, "error: longer-prefixes is said of a prefix"));
    show(t, "-c 'show route longer-prefixes'");
    assert_non_null(strstr(t->out, "error: longer-prefixes is said of a prefix"));
    assert_int_equal(WEXITSTATUS(t->status), 1);
}

static void test_stream__documents(void **state)
{
    struct stream_test *t = *state;
    show(t, "-c 'show route | json'");
    assert_int_equal(count_entries(t, LYD_JSON), ROWS);
    show(t, "-c 'show route | xml'");
    assert_int_equal(count_entries(t, LYD_XML), ROWS);
    show(t, "-c 'show route source bgp | json'");
    assert_int_equal(count_entries(t, LYD_JSON), ROWS / 2);
    show(t, "-c 'show route | match carrierA | first 7 | json'");
    assert_int_equal(count_entries(t, LYD_JSON), 7);
    show(t, "-c 'show route | except public | display xml'");
    assert_int_equal(count_entries(t, LYD_XML), ROWS / 10);
    assert_string_equal(show(t, "-c 'show route source kernel | json'"), "{}\n");
    assert_string_equal(show(t, "-c 'show route source kernel | xml'"),
                        "<data xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"/>\n");
    assert_string_equal(show(t, "-c 'show route | match only | count | json'"), "1\n");
}

static void test_stream__ends_early(void **state)
{
    struct stream_test *t = *state;
    show(t, "-c 'show route | first 3' -c 'request what was'");
    assert_int_equal(count_lines(t->out), 5);
    assert_non_null(strstr(t->out, "\n/rib/route 1\n")); /* one part was asked for */
    show(t, "-c 'show route | match only | first 1' -c 'request what was'");
    assert_non_null(strstr(t->out, "only this one\n/rib/route 2\n"));
    show(t, "-c 'show route | last 2'");
    assert_int_equal(count_lines(t->out), 3);
    assert_non_null(strstr(t->out, "10.19.135.0/24"));
    assert_true(strncmp(t->out, "vpn-instance", 12) == 0);
    show(t, "-c 'show route | begin 10.19.134 | count'");
    assert_string_equal(t->out, "2\n");
    show(t, "-c 'show route | last 5 | first 2 | count'");
    assert_string_equal(t->out, "2\n");
}

/* Conditions on keys are asked for, not only looked for. */
static void test_stream__keys_are_in_the_path(void **state)
{
    struct stream_test *t = *state;
    show(t, "-c 'show route vpn-instance carrierA | count' -c 'request what was'");
    assert_string_equal(t->out, "500\n/rib/route[carrierA] 10\n");
    show(t, "-c 'show route vpn-instance carrierA 10.0.10.0/24 | count' -c 'request what was'");
    assert_string_equal(t->out, "1\n/rib/route[carrierA][10.0.10.0/24] 1\n");
    show(t, "-c 'show route vpn-instance carrierA 10.0.10.9 | count' -c 'request what was'");
    assert_string_equal(t->out, "1\n/rib/route[carrierA][10.0.10.9/32] 1\n"); /* the last of the prefixes around it */
    show(t, "-c 'show route | count' -c 'request what was'");
    assert_string_equal(t->out, "5000\n/rib/route/vpn-instance 10\n"); /* keys are enough to count */
}

/* The names that others have for columns; each row as a block, with what the table has no column for. */
static void test_stream__detail(void **state)
{
    struct stream_test *t = *state;
    show(t, "-c 'show route protocol ospf 10.0.10.0/24 | count' -c 'request what was'");
    assert_string_equal(t->out, "1\n/rib/route[prefix=10.0.10.0/24][source=ospf] 1\n");
    show(t, "-c 'show route 10.0.10.0/24 detail'");
    assert_non_null(strstr(t->out, "\nprefix:       10.0.10.0/24\nsource:       ospf\n"));
    assert_null(strstr(t->out, "prefix  "));
    show(t, "-c 'show route lookup 10.0.10.1 vpn-instance red' -c 'request what was'");
    assert_string_equal(t->out, "/rib/lookup[red][10.0.10.1] 1\n");
    show(t, "-c 'show mpls forwarding label 1234' -c 'request what was'");
    assert_string_equal(t->out, "/rib/mpls-forwarding[1234] 1\n");
    show(t, "-c 'show mpls label 1234' -c 'request what was'");
    assert_string_equal(t->out, "/rib/label[1234] 1\n");
    show(t, "-c 'show vpn-instance red forwarding' -c 'request what was'");
    assert_string_equal(t->out, "/rib/forwarding[red] 1\n");
}

/* ... whichever key it is: mgmtd understands the names. */
static void test_stream__keys_out_of_turn(void **state)
{
    struct stream_test *t = *state;
    struct text_buf json = {0};
    struct lyd_node *tree = NULL;
    show(t, "-c 'show route 10.0.10.0/24 source ospf | count' -c 'request what was'");
    assert_string_equal(t->out, "1\n/rib/route[prefix=10.0.10.0/24][source=ospf] 1\n");
    text_buf_puts(&json, "{\"strata-rib:rib\":{\"route\":[");
    for (unsigned i = 0; i < 20; i++) {
        text_buf_puts(&json, i ? "," : "");
        add_route(&json, i);
    }
    text_buf_puts(&json, "]}}");
    assert_int_equal(lyd_parse_data_mem(t->ctx, json.data, LYD_JSON, LYD_PARSE_ONLY, 0, &tree), LY_SUCCESS);
    yang_tree_prune(&tree, "/rib/route[prefix=10.0.10.0/24][source=ospf]");
    assert_non_null(tree);
    assert_non_null(lyd_child(tree));
    assert_null(lyd_child(tree)->next);
    yang_tree_prune(&tree, "/rib/route[carrierA][source=ospf]");
    assert_non_null(lyd_child(tree));
    yang_tree_prune(&tree, "/rib/route[source=bgp]");
    assert_true(!tree || !lyd_child(tree));
    yang_tree_free(tree);
    text_buf_fini(&json);
}

static void test_stream__pipes(void **state)
{
    struct stream_test *t = *state;
    char command[256];
    show(t, "-c 'show route | bananas'");
    assert_non_null(strstr(t->out, "error: unknown filter \"bananas\"; expected one of: match RE, except RE, begin RE, "
                                   "first N, last N, count, json, xml, set, display FORMAT, wide, no-more, save FILE"));
    assert_int_equal(WEXITSTATUS(t->status), 1);
    assert_non_null(strstr(show(t, "-c 'show route | s x'"), "\"s\" behind | may be one of: set, save FILE"));
    assert_non_null(strstr(show(t, "-c 'show route | first'"), "first needs N behind it"));
    assert_non_null(strstr(show(t, "-c 'show route | last 0'"), "last needs a number 1.."));
    assert_non_null(strstr(show(t, "-c 'show route | match ('"), "not a regular expression: ("));
    assert_non_null(strstr(show(t, "-c 'show route | count 3'"), "count takes nothing behind it"));
    assert_non_null(strstr(show(t, "-c 'show route | set'"), "only a configuration"));
    assert_string_equal(show(t, "-c 'show route | include carrierA | exclude ospf | count'"), "0\n");
    snprintf(command, sizeof(command), "-c 'show route | match ospf | save %s/saved'", t->dir);
    assert_string_equal(show(t, command), "");
    snprintf(command, sizeof(command), "%s/saved", t->dir);
    FILE *saved = fopen(command, "re");
    assert_non_null(saved);
    t->out[fread(t->out, 1, sizeof(t->out) - 1, saved)] = '\0';
    fclose(saved);
    assert_int_equal(count_lines(t->out), ROWS / 2);
    assert_non_null(strstr(show(t, "-c 'show route | save /nowhere/x'"), "/nowhere/x: No such file"));
    assert_string_equal(show(t, "-c 'request what was | json' | tr -d '\\n'"), "{\"output\": [\"/rib/route 10\"]}");
}

static void test_stream__words(void **state)
{
    struct stream_test *t = *state;
    assert_string_equal(show(t, "-c 'show ip route | count' -c 'show rou | count'"), "5000\n5000\n");
    show(t, "-c 'show m'");
    assert_non_null(strstr(t->out, "\"m\" may be one of: mpls, management"));
}

static void test_stream__monitor(void **state)
{
    struct stream_test *t = *state;
    assert_string_equal(show(t, "-c 'monitor interval 1 count 2 show route | count'"), "5000\n\n5000\n");
    assert_string_equal(show(t, "-c 'monitor events | first 2'"), "2026-01-01T00:00:00Z down name=a\n"
                                                                  "2026-01-01T00:00:00Z up name=b\n");
    assert_string_equal(show(t, "-c 'monitor events match up | first 1'"), "2026-01-01T00:00:00Z up name=b\n");
    show(t, "-c 'monitor interval x show route'");
    assert_int_equal(WEXITSTATUS(t->status), 1);
    assert_non_null(strstr(t->out, "interval"));
}

#ifndef __SANITIZE_ADDRESS__
/* However many rows there are, the memory is that of a part. */
static void test_stream__memory_is_bounded(void **state)
{
    struct stream_test *small = *state;
    struct stream_test *t = calloc(1, sizeof(*t));
    long with_few = run(small, "-c 'show route | count'");
    start(t, 100000);
    long with_many = run(t, "-c 'show route | count'");
    assert_string_equal(t->out, "100000\n");
    assert_in_range(with_many, 0, with_few + 4096);
    assert_in_range(with_many, 0, 64 * 1024);
    stop(t);
    free(t);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream__table),
        cmocka_unit_test(test_stream__filters),
        cmocka_unit_test(test_stream__conditions),
        cmocka_unit_test(test_stream__longer_prefixes),
        cmocka_unit_test(test_stream__documents),
        cmocka_unit_test(test_stream__ends_early),
        cmocka_unit_test(test_stream__keys_are_in_the_path),
        cmocka_unit_test(test_stream__keys_out_of_turn),
        cmocka_unit_test(test_stream__detail),
        cmocka_unit_test(test_stream__pipes),
        cmocka_unit_test(test_stream__words),
        cmocka_unit_test(test_stream__monitor),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(test_stream__memory_is_bounded),
#endif
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions beside each other: who works there, the shared candidate, locks, killing, changes of what runs,
 * notifications and their replay.
 */
#include "tests/unit/mgmtd/clients.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "src/mgmtd/events/events.h"

#define HOST(name) "<system xmlns=\"urn:strata:system\"><hostname>" name "</hostname></system>"
#define UNKNOWN    "<ospf xmlns='urn:strata:ospf'><no/></ospf>"

static void test_sessions__open(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    struct client *a = client_create(w, "alice", "netconf"), *b = client_create(w, "bob", "shell");
    struct front_request again = {.op = FRONT_OPEN, .name = "carol"};
    assert_string_equal(a->text, "1");
    assert_string_equal(b->text, "2");
    assert_int_equal(client_ask(b, &again), -EINVAL);
    client_destroy(b);
    b = client_create(w, "bob", "shell");
    assert_string_equal(b->text, "3");
    client_destroy(a);
    client_destroy(b);
}

static void test_sessions__shared_candidate(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    struct client *a = client_create(w, "alice", "netconf"), *b = client_create(w, "bob", "netconf"),
                  *c = client_create(w, "carol", "shell");
    assert_int_equal(client_edit(a, FRONT_CANDIDATE, HOST("a")), 0);
    assert_string_equal(client_get(b, FRONT_CANDIDATE, ""), HOST("a"));
    assert_string_equal(client_get(c, FRONT_CANDIDATE, ""), "");
    assert_string_equal(client_get(b, FRONT_RUNNING, ""), "");

    /* A private commit of another session is carried into it, too. */
    struct front_request load = {.op = FRONT_LOAD, .text = "interface x mtu 1500", .name = "f"};
    assert_int_equal(client_ask(c, &load), 0);
    assert_int_equal(client_op(c, FRONT_COMMIT, 0), 0);
    assert_non_null(strstr(client_get(b, FRONT_CANDIDATE, ""), "<name>x</name>"));
    assert_non_null(strstr(b->text, "<hostname>a</hostname>"));

    client_destroy(a); /* survives who changed it */
    assert_int_equal(client_op(b, FRONT_COMMIT, 0), 0);
    assert_non_null(strstr(client_get(b, FRONT_RUNNING, ""), "<hostname>a</hostname>"));
    assert_non_null(strstr(client_get(b, FRONT_STARTUP, ""), "<hostname>a</hostname>"));
    client_destroy(b);
    client_destroy(c);
}

static void test_sessions__conflict_is_told_once(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    struct client *a = client_create(w, "alice", "shell"), *b = client_create(w, "bob", "shell");
    struct front_request mine = {.op = FRONT_LOAD, .text = "system hostname a", .name = "f"},
                         theirs = {.op = FRONT_LOAD, .text = "system hostname b", .name = "f"},
                         apart = {.op = FRONT_LOAD, .text = "interface x mtu 1500", .name = "f"};
    assert_int_equal(client_ask(a, &mine), 0);
    assert_int_equal(client_ask(b, &theirs), 0);
    assert_int_equal(client_op(b, FRONT_COMMIT, 0), 0);
    assert_null(strstr(b->note, "carried over"));
    assert_int_equal(client_op(a, FRONT_COMMIT, 0), -EBUSY);
    assert_string_equal(a->text, "others committed meanwhile (the last is 1):\n/system/hostname: both changed it\n"
                                 "look with compare, commit again to have yours");
    assert_string_equal(client_get(b, FRONT_RUNNING, ""), HOST("b"));
    assert_int_equal(client_op(a, FRONT_COMMIT, 0), 0);
    assert_non_null(strstr(a->note, "carried over to commit 1"));
    assert_string_equal(client_get(b, FRONT_RUNNING, ""), HOST("a"));

    /* what is apart only says so, and what was discarded is no conflict */
    assert_int_equal(client_ask(a, &apart), 0);
    assert_int_equal(client_ask(b, &theirs), 0);
    assert_int_equal(client_op(a, FRONT_COMMIT, 0), 0);
    assert_null(strstr(a->note, "carried over"));
    assert_int_equal(client_op(b, FRONT_CHECK, 0), 0);
    assert_int_equal(client_op(b, FRONT_COMMIT, 0), 0);
    assert_non_null(strstr(b->note, "carried over to commit 3"));
    assert_int_equal(client_ask(a, &mine), 0);
    assert_int_equal(client_ask(b, &theirs), 0);
    assert_int_equal(client_op(a, FRONT_COMMIT, 0), 0);
    assert_int_equal(client_op(b, FRONT_DISCARD, 0), 0);
    assert_int_equal(client_op(b, FRONT_COMMIT, 0), 0);
    client_destroy(a);
    client_destroy(b);
}

static void test_sessions__loaded_nodes_have_no_metadata(void **state)
{
    static const struct {
        enum front_format format;
        const char *text, *message;
    } cases[] = {
        {FRONT_XML,
         "<system xmlns='urn:strata:system'><hostname xmlns:nc='urn:ietf:params:xml:ns:netconf:base:1.0' "
         "nc:operation='delete'>a</hostname></system>",
         "/system/hostname: ietf-netconf:operation cannot be loaded: operations like delete are for NETCONF's "
         "edit-config; a file that is loaded says what shall be there"},
        {FRONT_JSON, "{\"strata-system:system\":{\"@\":{\"ietf-netconf:operation\":\"replace\"},\"hostname\":\"a\"}}",
         "/system: ietf-netconf:operation cannot be loaded"},
        {FRONT_XML,
         "<system xmlns='urn:strata:system'><hostname xmlns:y='urn:ietf:params:xml:ns:yang:1' "
         "y:insert='first'>a</hostname></system>",
         "yang:insert"},
        {FRONT_JSON,
         "{\"strata-system:system\":{\"hostname\":\"a\",\"@hostname\":{\"ietf-origin:origin\":\"ietf-origin:unknown\"}}"
         "}",
         "ietf-origin:origin"},
    };
    struct world *w = *state;
    world_start(w, NULL);
    struct client *a = client_create(w, "alice", "shell");

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct front_request load = {
            .op = FRONT_LOAD, .format = cases[i].format, .text = cases[i].text, .name = "some.file"};
        int rc = client_ask(a, &load);
        if (rc != -EINVAL || !strstr(a->text, cases[i].message))
            fail_msg("case %zu: %d %s", i, rc, a->text);
        assert_string_equal(client_get(a, FRONT_CANDIDATE, ""), "");
    }
    struct front_request load = {.op = FRONT_LOAD, .format = FRONT_XML, .text = HOST("a"), .name = "f"};
    assert_int_equal(client_ask(a, &load), 0);
    client_destroy(a);
}

static void test_sessions__lock_of_running(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    struct client *a = client_create(w, "alice", "netconf"), *b = client_create(w, "bob", "netconf");
    assert_int_equal(client_op(a, FRONT_LOCK, FRONT_RUNNING), 0);
    assert_int_equal(client_op(b, FRONT_LOCK, FRONT_RUNNING), -EBUSY);
    assert_string_equal(b->tag, "lock-denied");
    assert_string_equal(b->info, "<session-id>1</session-id>");
    assert_ptr_equal(strstr(b->text, "the running configuration is locked by session 1, user alice, netconf from "
                                     "192.0.2.1, since "),
                     b->text);
    assert_non_null(strstr(b->text, "; `request session kill 1` ends it"));
    assert_int_equal(client_edit(b, FRONT_CANDIDATE, HOST("b")), 0);
    assert_int_equal(client_op(b, FRONT_COMMIT, 0), -EBUSY);
    assert_string_equal(b->tag, "in-use");
    assert_int_equal(client_edit(b, FRONT_RUNNING, HOST("b")), -EBUSY);
    assert_string_equal(b->tag, "in-use");
    assert_int_equal(client_op(b, FRONT_CHECK, FRONT_CANDIDATE), 0);
    assert_int_equal(client_op(b, FRONT_UNLOCK, FRONT_RUNNING), -EBUSY);
    assert_int_equal(client_edit(a, FRONT_RUNNING, HOST("a")), 0);
    client_destroy(a); /* the lock goes with it */
    assert_int_equal(client_op(b, FRONT_UNLOCK, FRONT_RUNNING), -EINVAL);
    assert_int_equal(client_op(b, FRONT_COMMIT, 0), -EBUSY); /* both changed it */
    assert_string_equal(b->tag, "operation-failed");
    assert_int_equal(client_op(b, FRONT_COMMIT, 0), 0);
    assert_string_equal(client_get(b, FRONT_RUNNING, ""), HOST("b"));
    client_destroy(b);
}

/* A commit that began before is over when the lock is given. */
static void test_sessions__lock_waits_for_a_commit(void **state)
{
    struct world *w = *state;
    struct front_request lock = {.op = FRONT_LOCK, .datastore = FRONT_RUNNING}, commit = {.op = FRONT_COMMIT};
    world_start(w, NULL);
    struct fake *rib = world_daemon(w, "ribd");
    world_until(w, rib->n_committed == 1);
    struct client *a = client_create(w, "alice", "netconf"), *b = client_create(w, "bob", "shell");

    assert_int_equal(client_edit(a, FRONT_CANDIDATE, HOST("a")), 0);
    a->last_id = front_send(a->front, &commit);
    b->last_id = front_send(b->front, &lock);
    unsigned before = a->n_replies + b->n_replies;
    for (unsigned i = 0; a->n_replies + b->n_replies < before + 2; i++) {
        assert_true(i < 5000);
        world_run_us(w, 100);
        if (b->n_replies && b->text[0] == '\0' && a->n_replies + b->n_replies == before + 1)
            fail_msg("locked while a commit is under way");
    }
    assert_int_equal(b->error, 0);
    assert_string_equal(a->text, "committed as 1");
    assert_int_equal(client_op(a, FRONT_COMMIT, 0), -EBUSY);
    client_destroy(a);
    client_destroy(b);
}

/* The newest connection to mgmtd, at the end of who asks. */
static int newest_connection(void)
{
    for (int fd = 1023; fd > 2; fd--) {
        struct sockaddr_un peer = {.sun_path = ""};
        socklen_t len = sizeof(peer);
        if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0 && strstr(peer.sun_path, "mgmt"))
            return fd;
    }
    return -1;
}

/* Who asks no more gets the answers to what was asked, and is gone then. */
static void test_sessions__half_closed(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    struct fake *rib = world_daemon(w, "ribd");
    world_until(w, rib->n_committed == 1);
    struct client *a = client_create(w, "alice", "netconf"), *b = client_create(w, "bob", "netconf");
    struct front_request lock = {.op = FRONT_LOCK, .datastore = FRONT_RUNNING}, commit = {.op = FRONT_COMMIT},
                         get = {.op = FRONT_STATE, .path = "/management"};

    assert_int_equal(client_edit(b, FRONT_CANDIDATE, HOST("b")), 0);
    unsigned before = b->n_replies;
    front_send(b->front, &lock);
    front_send(b->front, &get);
    b->last_id = front_send(b->front, &commit);
    world_run_us(w, 1);
    assert_int_equal(shutdown(newest_connection(), SHUT_WR), 0);
    world_until(w, b->is_down);
    assert_int_equal(b->n_replies, before + 1); /* the last is counted, all came before it */
    assert_string_equal(b->text, "committed as 1");
    assert_int_equal(client_op(a, FRONT_LOCK, FRONT_RUNNING), 0); /* nothing is left of it */
    client_destroy(a);
    client_destroy(b);
}

static void test_sessions__lock_of_candidate(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    struct client *a = client_create(w, "alice", "netconf"), *b = client_create(w, "bob", "netconf");
    assert_int_equal(client_edit(a, FRONT_CANDIDATE, HOST("a")), 0);
    assert_int_equal(client_op(a, FRONT_LOCK, FRONT_CANDIDATE), -EBUSY);
    assert_string_equal(a->tag, "lock-denied");
    assert_string_equal(a->info, "<session-id>0</session-id>");
    assert_int_equal(client_op(a, FRONT_DISCARD, 0), 0);
    assert_int_equal(client_op(a, FRONT_LOCK, FRONT_CANDIDATE), 0);
    assert_int_equal(client_edit(b, FRONT_CANDIDATE, HOST("b")), -EBUSY);
    assert_int_equal(client_op(b, FRONT_DISCARD, 0), -EBUSY);
    assert_int_equal(client_op(b, FRONT_COMMIT, 0), -EBUSY);
    assert_string_equal(b->tag, "in-use");
    assert_int_equal(client_edit(a, FRONT_CANDIDATE, HOST("a")), 0);
    client_destroy(a); /* its changes go with the lock */
    assert_string_equal(client_get(b, FRONT_CANDIDATE, ""), "");
    assert_int_equal(client_op(b, FRONT_LOCK, FRONT_INTENDED), -EOPNOTSUPP);
    client_destroy(b);
}

static void test_sessions__kill(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    struct client *a = client_create(w, "alice", "netconf"), *b = client_create(w, "bob", "netconf");
    struct front_request kill = {.op = FRONT_KILL, .number = 1};
    assert_int_equal(client_op(a, FRONT_LOCK, FRONT_RUNNING), 0);
    assert_int_equal(client_ask(b, &kill), 0);
    assert_int_equal(client_op(b, FRONT_LOCK, FRONT_RUNNING), 0);
    world_until(w, a->is_down);
    assert_int_equal(client_ask(b, &kill), -EINVAL);
    assert_string_equal(b->tag, "invalid-value");
    kill.number = 2;
    assert_int_equal(client_ask(b, &kill), -EINVAL);
    client_destroy(a);
    client_destroy(b);
}

static void test_sessions__edit_what_runs(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    struct client *a = client_create(w, "alice", "netconf");
    struct front_request test = {.op = FRONT_EDIT, .text = HOST("t"), .test_option = FRONT_TEST_ONLY};
    assert_int_equal(client_ask(a, &test), 0);
    assert_string_equal(client_get(a, FRONT_RUNNING, ""), "");
    assert_int_equal(client_edit(a, FRONT_RUNNING, HOST("a")), 0);
    assert_string_equal(client_get(a, FRONT_RUNNING, ""), HOST("a"));
    assert_int_equal(client_edit(a, FRONT_RUNNING, UNKNOWN), -EINVAL);
    assert_string_equal(a->tag, "unknown-element");
    assert_string_equal(a->path, "/strata-ospf:ospf");
    assert_string_equal(a->info, "<bad-element>no</bad-element>");
    assert_string_equal(client_get(a, FRONT_RUNNING, ""), HOST("a"));
    assert_int_equal(client_edit(a, FRONT_STARTUP, HOST("b")), -EOPNOTSUPP);
    assert_string_equal(a->tag, "operation-not-supported");
    client_destroy(a);
}

static void test_sessions__test_then_set(void **state)
{
    struct world *w = *state;
    static const char dangling[] =
        "<interfaces xmlns='urn:ietf:params:xml:ns:yang:ietf-interfaces'><interface><name>x</name>"
        "<vpn-instance xmlns='urn:strata:interfaces'>none</vpn-instance></interface></interfaces>";
    static const char path[] = "/ietf-interfaces:interfaces/interface[name='x']/strata-interfaces:vpn-instance";
    world_start(w, NULL);
    struct client *a = client_create(w, "alice", "netconf");
    struct front_request edit = {.op = FRONT_EDIT, .datastore = FRONT_CANDIDATE, .text = dangling};
    assert_int_equal(client_ask(a, &edit), -EINVAL);
    assert_string_equal(a->path, path);
    assert_string_equal(a->tag, "data-missing");
    assert_string_equal(a->app_tag, "instance-required");
    assert_string_equal(client_get(a, FRONT_CANDIDATE, ""), "");
    struct front_request check = {.op = FRONT_CHECK, .datastore = FRONT_CANDIDATE, .text = dangling};
    assert_int_equal(client_ask(a, &check), -EINVAL);
    assert_string_equal(a->path, path);
    check.text = HOST("a");
    assert_int_equal(client_ask(a, &check), 0);
    assert_int_equal(client_op(a, FRONT_CHECK, FRONT_RUNNING), 0);
    edit.test_option = FRONT_SET;
    assert_int_equal(client_ask(a, &edit), 0);
    assert_int_equal(client_op(a, FRONT_COMMIT, 0), -EINVAL);
    assert_string_equal(a->path, path);
    assert_string_equal(a->app_tag, "instance-required");
    client_destroy(a);
}

static void test_sessions__copy_and_delete(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    struct client *a = client_create(w, "alice", "netconf");
    struct front_request copy = {.op = FRONT_COPY, .datastore = FRONT_RUNNING, .text = HOST("a")};
    assert_int_equal(client_ask(a, &copy), 0);
    assert_string_equal(client_get(a, FRONT_RUNNING, ""), HOST("a"));
    assert_int_equal(client_op(a, FRONT_DELETE, FRONT_CANDIDATE), 0);
    assert_string_equal(client_get(a, FRONT_CANDIDATE, ""), "");
    copy = (struct front_request){.op = FRONT_COPY, .datastore = FRONT_CANDIDATE, .source = FRONT_RUNNING};
    assert_int_equal(client_ask(a, &copy), 0);
    assert_string_equal(client_get(a, FRONT_CANDIDATE, ""), HOST("a"));
    copy.source = FRONT_CANDIDATE;
    assert_int_equal(client_ask(a, &copy), -EINVAL);
    assert_string_equal(a->tag, "invalid-value");
    copy = (struct front_request){.op = FRONT_COPY, .datastore = FRONT_RUNNING, .text = " "};
    assert_int_equal(client_ask(a, &copy), 0);
    assert_string_equal(client_get(a, FRONT_RUNNING, ""), "");
    assert_int_equal(client_op(a, FRONT_DELETE, FRONT_RUNNING), -EOPNOTSUPP);
    client_destroy(a);
}

static void test_sessions__continue_on_error(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    struct client *a = client_create(w, "alice", "netconf");
    struct front_request edit = {
        .op = FRONT_EDIT, .datastore = FRONT_CANDIDATE, .error_option = FRONT_CONTINUE, .text = UNKNOWN HOST("a")};
    assert_int_equal(client_ask(a, &edit), -EINVAL);
    assert_string_equal(a->tag, "unknown-element");
    assert_string_equal(client_get(a, FRONT_CANDIDATE, ""), HOST("a"));
    edit.text = HOST("b") UNKNOWN;
    edit.error_option = FRONT_ROLLBACK_ON_ERROR;
    assert_int_equal(client_ask(a, &edit), -EINVAL);
    assert_string_equal(client_get(a, FRONT_CANDIDATE, ""), HOST("a"));
    edit.datastore = FRONT_RUNNING; /* one transaction, of what is right */
    assert_int_equal(client_ask(a, &edit), -EINVAL);
    assert_string_equal(client_get(a, FRONT_RUNNING, ""), "");
    edit.error_option = FRONT_CONTINUE;
    assert_int_equal(client_ask(a, &edit), -EINVAL);
    assert_string_equal(a->tag, "unknown-element");
    assert_string_equal(client_get(a, FRONT_RUNNING, ""), HOST("b"));
    edit.text = UNKNOWN;
    assert_int_equal(client_ask(a, &edit), -EINVAL);
    assert_string_equal(a->tag, "unknown-element");
    client_destroy(a);
}

/* --- notifications --- */

static int listen_to(struct client *c, const char *filter, const char *from)
{
    struct front_request r = {
        .op = FRONT_LISTEN, .filter = filter ? FRONT_SUBTREE : FRONT_NO_FILTER, .text = filter, .argument = from};
    return client_ask(c, &r);
}

static void test_sessions__change_is_told(void **state)
{
    struct world *w = *state;
    world_start(w, NULL);
    struct client *a = client_create(w, "alice", "netconf"), *b = client_create(w, "bob", "shell");
    assert_int_equal(listen_to(b, NULL, ""), 0);
    assert_int_equal(client_edit(a, FRONT_RUNNING, HOST("a")), 0);
    world_until(w, b->n_notices == 1);
    assert_string_equal(
        b->notices,
        "<netconf-config-change xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\"><changed-by>"
        "<username>alice</username><session-id>1</session-id><source-host>192.0.2.1</source-host></changed-by>"
        "<datastore>running</datastore><edit><target xmlns:st-sys=\"urn:strata:system\">/st-sys:system"
        "</target><operation>create</operation></edit></netconf-config-change>\n");
    assert_int_equal(client_edit(a, FRONT_RUNNING, HOST("a")), 0); /* changes nothing */
    assert_int_equal(client_edit(a, FRONT_RUNNING, HOST("b")), 0);
    world_until(w, b->n_notices == 2);
    assert_non_null(strstr(b->notices, "/st-sys:hostname</target><operation>replace</operation>"));
    client_destroy(a);
    world_until(w, b->n_notices == 3);
    assert_non_null(strstr(b->notices, "<netconf-session-end "));
    assert_non_null(strstr(b->notices, "<termination-reason>closed</termination-reason>"));
    client_destroy(b);
}

static void test_sessions__filter_and_replay(void **state)
{
    struct world *w = *state;
    static const char starts[] =
        "<netconf-session-start xmlns='urn:ietf:params:xml:ns:yang:ietf-netconf-notifications'/>";
    world_start(w, NULL);
    struct client *a = client_create(w, "alice", "netconf"), *b = client_create(w, "bob", "shell");
    assert_int_equal(client_edit(a, FRONT_RUNNING, HOST("a")), 0);
    assert_int_equal(listen_to(b, starts, "1970-01-01T00:00:00Z"), 0);
    world_until(w, b->n_replays_done == 1);
    assert_int_equal(b->n_notices, 1);
    assert_non_null(strstr(b->notices, "<username>alice</username>"));
    assert_non_null(strstr(b->notices, "\ndone\n"));
    client_edit(a, FRONT_RUNNING, HOST("b"));
    struct client *c = client_create(w, "carol", "netconf");
    world_until(w, b->n_notices == 2);
    assert_non_null(strstr(b->notices, "carol"));

    struct front_request bad = {.op = FRONT_LISTEN, .path = "other"};
    assert_int_equal(client_ask(c, &bad), -EINVAL);
    assert_string_equal(c->info, "<bad-element>stream</bad-element>");
    assert_int_equal(listen_to(c, NULL, "2999-01-01T00:00:00Z"), -EINVAL);
    assert_int_equal(listen_to(c, NULL, "yesterday"), -EINVAL);
    assert_int_equal(listen_to(c, "<a>", ""), -EINVAL);
    unsigned before = b->n_notices; /* again, and otherwise: the new one takes the place of the old */
    assert_int_equal(listen_to(b, NULL, ""), 0);
    client_edit(a, FRONT_RUNNING, HOST("c"));
    world_until(w, b->n_notices == before + 1);
    assert_non_null(strstr(b->notices, "netconf-config-change"));
    client_destroy(a);
    client_destroy(b);
    client_destroy(c);
}

static struct lyd_node *numbered(struct world *w, unsigned number)
{
    const struct lys_module *module = ly_ctx_get_module_implemented(w->ctx, "ietf-netconf-notifications");
    struct lyd_node *top = NULL;
    char text[16];
    snprintf(text, sizeof(text), "%u", number);
    assert_int_equal(lyd_new_inner(NULL, module, "netconf-session-start", 0, &top), 0);
    assert_int_equal(lyd_new_term(top, NULL, "session-id", text, 0, NULL), 0);
    return top;
}

static void test_sessions__replay_is_bounded(void **state)
{
    struct world *w = *state;
    static const char first[] = "<n:netconf-session-start xmlns:n='urn:ietf:params:xml:ns:yang:"
                                "ietf-netconf-notifications'><n:session-id>5</n:session-id></n:netconf-session-start>"
                                "<n:netconf-session-start xmlns:n='urn:ietf:params:xml:ns:yang:"
                                "ietf-netconf-notifications'><n:session-id>6</n:session-id></n:netconf-session-start>";
    world_start(w, NULL);
    struct client *all = client_create(w, "alice", "shell"), *some = client_create(w, "bob", "shell");
    for (unsigned i = 1; i <= EVENTS_KEEP + 5; i++)
        events_publish(w->mgmtd, numbered(w, i));
    assert_int_equal(listen_to(all, NULL, "1970-01-01T00:00:00Z"), 0);
    world_until(w, all->n_replays_done == 1);
    assert_int_equal(all->n_notices, EVENTS_KEEP);
    assert_int_equal(listen_to(some, first, "1970-01-01T00:00:00Z"), 0);
    world_until(w, some->n_replays_done == 1);
    assert_int_equal(some->n_notices, 1);
    assert_non_null(strstr(some->notices, "<session-id>6</session-id>"));
    client_destroy(all);
    client_destroy(some);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sessions__open, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__shared_candidate, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__conflict_is_told_once, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__loaded_nodes_have_no_metadata, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__lock_of_running, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__lock_waits_for_a_commit, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__half_closed, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__lock_of_candidate, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__kill, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__edit_what_runs, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__test_then_set, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__continue_on_error, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__copy_and_delete, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__change_is_told, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__filter_and_replay, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_sessions__replay_is_bounded, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

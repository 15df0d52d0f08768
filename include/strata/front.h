/* SPDX-License-Identifier: Apache-2.0
 *
 * A front end's conversation with mgmtd (the client half): configuration is loaded into a candidate of its own,
 * compared, committed; state and actions are asked for by path; the supervisor hears which daemons the configuration
 * needs. It reconnects by itself; the candidate and open requests are lost then.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;
struct front;

enum front_op {
    FRONT_LOAD = 1,  /* text in `format` into the candidate, as `load` says; all of it or nothing */
    FRONT_COMPARE,   /* reply: lines of difference, candidate against running (number 0) or an older commit. argument =
                      * so many commits ago instead of the candidate: number 3, argument 2 is what a commit changed */
    FRONT_CHECK,     /* validate, ask the daemons, change nothing */
    FRONT_COMMIT,    /* candidate becomes running; text = comment, name = author. See struct front_confirm */
    FRONT_DISCARD,   /* candidate := running */
    FRONT_ROLLBACK,  /* candidate := `number` commits ago (0 = running) */
    FRONT_SHOW,      /* reply: configuration at path ("" = all) in `format`; running, or is_candidate; is_expanded: with
                      * what it implies, marked */
    FRONT_STATE,     /* reply: JSON of operational state at path, e.g. "/ospf/neighbor" */
    FRONT_ACTION,    /* argument: words, the first names the owner: "mpls guard disable". Reply: its text */
    FRONT_SUBSCRIBE, /* needed() comes now and whenever it changes */
    FRONT_OPEN,      /* who works here: name = the user, argument = "shell" or "netconf", path = where from, is_shared.
                      * Only root and mgmtd's own user may name another user than the socket's. Reply: the session id */
    FRONT_MORE,      /* number = id of a request in parts: its next part, with that id. Has no reply of its own */
    FRONT_GET,    /* data of `datastore`, filtered; reply in `format`. OPERATIONAL: state, with the configuration that
                   * `source` names (running or intended). number = depth; is_expanded: with origins; argument = only of
                   * these origins: "intended system", "!learned" */
    FRONT_EDIT,   /* RFC 6241 section 7.2: text = XML content of <config>, to `datastore` CANDIDATE or RUNNING */
    FRONT_COPY,   /* `source`, or text (XML content of <config>), takes the place of `datastore` */
    FRONT_DELETE, /* empties `datastore` */
    FRONT_LOCK,   /* `datastore`, until FRONT_UNLOCK or the end of this session */
    FRONT_UNLOCK,
    FRONT_CANCEL, /* ends a confirmed commit: what ran before it comes back. argument = persist-id */
    FRONT_KILL,   /* number = session id */
    FRONT_LISTEN, /* notifications: event() comes. path = stream ("" = NETCONF), text = XML filter, argument = replay
                   * from this time (RFC 3339; "" = none). Takes the place of what was listened to before */
    FRONT_RPC,    /* text = XML of one YANG rpc of a strata module; reply: XML of its output ("" = ok). Of get-schema
                   * (RFC 6022) only whether the user may: "" or an error */
    FRONT_OP_END,
};
enum front_format { FRONT_TEXT, FRONT_JSON, FRONT_XML };
enum front_load { FRONT_MERGE, FRONT_REPLACE, FRONT_OVERRIDE }; /* replace: the top-level parts named; override: all */
enum front_datastore {
    FRONT_RUNNING,
    FRONT_CANDIDATE, /* the session's own, or the shared one: as FRONT_OPEN said */
    FRONT_STARTUP,   /* what the router would start with: running, or what an unconfirmed commit goes back to */
    FRONT_INTENDED,
    FRONT_OPERATIONAL,
    FRONT_DATASTORE_END,
};
enum front_filter { FRONT_NO_FILTER, FRONT_SUBTREE, FRONT_XPATH }; /* of FRONT_GET: in `text`; path narrows, too */
enum front_content { FRONT_ALL, FRONT_CONFIG_ONLY, FRONT_STATE_ONLY };
enum front_defaults { FRONT_EXPLICIT, FRONT_TRIM, FRONT_REPORT_ALL, FRONT_REPORT_ALL_TAGGED }; /* RFC 6243 */
enum front_default_operation { FRONT_DEFAULT_MERGE, FRONT_DEFAULT_REPLACE, FRONT_DEFAULT_NONE };
enum front_error_option { FRONT_STOP, FRONT_CONTINUE, FRONT_ROLLBACK_ON_ERROR };
enum front_test_option { FRONT_TEST_THEN_SET, FRONT_SET, FRONT_TEST_ONLY };

struct front_request { /* strings are borrowed during the call; NULL = "" */
    enum front_op op;
    enum front_format format;
    enum front_load load;
    uint32_t number;
    bool is_candidate;
    bool is_expanded;
    const char *text, *name, *path, *argument;

    bool is_shared;   /* OPEN: work on the candidate that all such sessions share */
    bool is_in_parts; /* STATE, GET: big answers come in parts, each a document of its own, the next after FRONT_MORE */
    enum front_datastore datastore, source;
    enum front_filter filter;
    enum front_content content;
    enum front_defaults defaults;
    enum front_default_operation default_operation;
    enum front_error_option error_option;
    enum front_test_option test_option;
    /* COMMIT: goes back by itself after confirm_sec, unless a commit follows. 0 = a plain commit. With persist it
     * outlives the session, and only who gives it as persist_id may confirm; without, the end of a netconf session
     * takes it back at once. */
    uint32_t confirm_sec;
    const char *persist, *persist_id;
};

struct front_reply { /* borrowed during the callback; strings are never NULL */
    uint64_t id;
    int error; /* 0 or -errno */
    const char *text;
    const char *note;
    bool has_more;       /* a part: ask for the next with FRONT_MORE, or never */
    const char *tag;     /* with an error: RFC 6241 error-tag; "" = operation-failed */
    const char *app_tag; /* error-app-tag, "" = none */
    const char *path;    /* of the fault: instance-identifier with module names as prefixes, "" = none */
    const char *info;    /* XML content of error-info, "" = none */
};

struct front_notice { /* one notification; borrowed */
    const char *time; /* RFC 3339 */
    const char *text; /* XML of the notification's element; "" and is_replay_done: what was asked for again is over */
    bool is_replay_done;
};

/* Is in the `reason` of down() when it was FRONT_KILL that ended the session. */
#define FRONT_KILLED "the session was ended by session"

/* Ends the line of a daemon in the note of a reply to FRONT_STATE that has no part in the configuration. */
#define FRONT_NOT_NEEDED "is not running: nothing is configured for it"

struct front_events {
    void (*up)(void *arg);
    void (*down)(const char *reason, void *arg); /* after up; open requests get no reply any more */
    void (*reply)(const struct front_reply *r, void *arg);
    /* Daemons that the configuration needs ("ribd", "bgpd"), in order of start; after FRONT_SUBSCRIBE. May be NULL. */
    void (*needed)(const char *const *daemons, size_t n, void *arg);
    void (*notice)(const struct front_notice *n, void *arg); /* after FRONT_LISTEN; may be NULL */
};

/* `name`: who we are, "strata". Never NULL. */
struct front *front_create(const struct env *env, const char *name, const struct front_events *ev, void *arg);
void front_destroy(struct front *f); /* NULL allowed; allowed inside a callback */
bool front_is_up(const struct front *f);
/* Whether the note of a reply to FRONT_STATE tells of a daemon that should have answered. */
bool front_note_is_fault(const char *note);
/* The id that the reply will have; 0 if not connected or too long. */
uint64_t front_send(struct front *f, const struct front_request *r);

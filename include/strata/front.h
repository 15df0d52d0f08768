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
    FRONT_COMPARE,   /* reply: lines of difference, candidate against running (number 0) or an older commit */
    FRONT_CHECK,     /* validate, ask the daemons, change nothing */
    FRONT_COMMIT,    /* candidate becomes running; text = comment, name = author */
    FRONT_DISCARD,   /* candidate := running */
    FRONT_ROLLBACK,  /* candidate := `number` commits ago (0 = running) */
    FRONT_SHOW,      /* reply: configuration at path ("" = all) in `format`; running, or is_candidate; is_expanded: with
                      * what it implies, marked */
    FRONT_STATE,     /* reply: JSON of operational state at path, e.g. "/ospf/neighbor" */
    FRONT_ACTION,    /* argument: words, the first names the owner: "mpls guard disable". Reply: its text */
    FRONT_SUBSCRIBE, /* needed() comes now and whenever it changes */
    FRONT_OP_END,
};
enum front_format { FRONT_TEXT, FRONT_JSON, FRONT_XML };
enum front_load { FRONT_MERGE, FRONT_REPLACE, FRONT_OVERRIDE }; /* replace: the top-level parts named; override: all */

struct front_request { /* strings are borrowed during the call; NULL = "" */
    enum front_op op;
    enum front_format format;
    enum front_load load;
    uint32_t number;
    bool is_candidate;
    bool is_expanded;
    const char *text, *name, *path, *argument;
};

struct front_reply { /* borrowed during the callback */
    uint64_t id;
    int error; /* 0 or -errno */
    const char *text;
    const char *note;
};

struct front_events {
    void (*up)(void *arg);
    void (*down)(const char *reason, void *arg); /* after up; open requests get no reply any more */
    void (*reply)(const struct front_reply *r, void *arg);
    /* Daemons that the configuration needs ("ribd", "bgpd"), in order of start; after FRONT_SUBSCRIBE. May be NULL. */
    void (*needed)(const char *const *daemons, size_t n, void *arg);
};

/* `name`: who we are, "strata". Never NULL. */
struct front *front_create(const struct env *env, const char *name, const struct front_events *ev, void *arg);
void front_destroy(struct front *f); /* NULL allowed; allowed inside a callback */
bool front_is_up(const struct front *f);
/* The id that the reply will have; 0 if not connected or too long. */
uint64_t front_send(struct front *f, const struct front_request *r);

/* SPDX-License-Identifier: Apache-2.0
 *
 * A daemon's conversation with mgmtd (the client half): configuration as a value, state on request. It connects to
 * <run_dir>/mgmtd.sock, says hello with its schema hash and the version it has applied, gets SYNC (whole) or edits, and
 * takes part in two-phase commits. Configuration values are the structs that yangc generates for the daemon
 * (struct <daemon>_config, schema <daemon>_schema; see schema.h).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct env;
struct north;
struct schema;
struct state_writer;

#define NORTH_TEXT_MAX 200
struct north_error {
    char path[NORTH_TEXT_MAX];    /* schema path with keys, "/vpn-instances/vpn-instance[carrierA]/label-mode" */
    char message[NORTH_TEXT_MAX]; /* what is wrong and what to do */
};

struct north_ops {
    /* Is `next` acceptable? Pure: no state is changed or read. 0, or -EINVAL and *err filled. `prev` is what runs (NULL
     * at first). */
    int (*prepare)(void *daemon, const void *next, const void *prev, struct north_error *err);
    /* Make it so; may not fail. `next` stays valid until the following commit returns; `prev` is valid during the call.
     */
    void (*commit)(void *daemon, const void *next, const void *prev);
    /* Write operational state (the daemon's config-false nodes) below `path` ("" = all; a top-level container's name,
     * or deeper) with the writer of state.h. Not called before the first commit. More than was asked for is left out by
     * the writer; big tables are written as state.h says, a chunk at each call. */
    void (*state)(void *daemon, const char *path, struct state_writer *w);
    /* An action, as typed behind `request`: its first word is a container that the daemon answers state for, a child of
     * such a container, or the daemon's name; name = the first two words ("mpls guard"), argument = the rest
     * ("disable";
     * "" if none). 0 or -errno; text in reply. -EINPROGRESS: north_action_done() says it later. May be NULL. */
    int (*action)(void *daemon, const char *name, const char *argument, char *reply, size_t size);
};

/* `name` is the daemon's ("ospfd"). */
struct north *north_create(const struct env *env, const char *name, const struct schema *schema,
                           const struct north_ops *ops, void *daemon);
void north_destroy(struct north *n);
/* The configuration that runs; NULL before the first commit. */
const void *north_config(const struct north *n);
uint64_t north_version(const struct north *n);

/* Which action is at hand, for one that takes its time, and its end. */
struct north_action {
    uint64_t id, connection;
};
struct north_action north_action_at_hand(const struct north *n);
void north_action_done(struct north *n, const struct north_action *a, int error, const char *reply);

/* Tells of something that happened: `node` is a notification of the schema (<DAEMON>_NOTIFY_...), open in the writer;
 * north_notify_end closes it and sends it. Between the two the daemon only writes leafs. Never NULL: without a
 * connection, and beyond NORTH_NOTIFY_BURST at once and NORTH_NOTIFY_PER_SEC from then on, what is written is dropped;
 * mgmtd then learns how many were. */
#define NORTH_NOTIFY_BURST   100
#define NORTH_NOTIFY_PER_SEC 20
struct state_writer *north_notify_begin(struct north *n, uint32_t node);
void north_notify_end(struct north *n);

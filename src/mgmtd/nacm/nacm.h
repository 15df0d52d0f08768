/* SPDX-License-Identifier: Apache-2.0
 *
 * Access control of RFC 8341 over trees, as values: rules are compiled out of /nacm of a configuration, a view is what
 * they say of one user. Pure: no sessions, no counters, no log. Who may not read a node sees neither it nor what is
 * below; a rule whose path ends below a node that may not be read shows the way there (containers, entries with their
 * keys) and nothing else of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ly_ctx;
struct lyd_node;
struct nacm;
struct nacm_view;

enum nacm_op {
    NACM_CREATE = 1,
    NACM_READ = 2,
    NACM_UPDATE = 4,
    NACM_DELETE = 8,
    NACM_EXEC = 16,
    NACM_ALL = 31,
};
const char *nacm_op_name(enum nacm_op op);

/* Compiles /nacm of `running` (may be NULL: the defaults of the module). Keeps nothing of the tree. Never NULL. */
struct nacm *nacm_create(const struct ly_ctx *ctx, const struct lyd_node *running);
void nacm_destroy(struct nacm *n); /* its views first; NULL allowed */

struct nacm_user {
    const char *name;
    const char *const *groups; /* that the system gives the user; counted only with enable-external-groups */
    size_t n_groups;
    bool is_recovery; /* RFC 8341 section 3.3.3: nothing is denied */
};
struct nacm_view *nacm_view_create(const struct nacm *n, const struct nacm_user *user);
void nacm_view_destroy(struct nacm_view *v); /* NULL allowed */
/* Nothing is denied: recovery session, or enable-nacm is false. */
bool nacm_is_open(const struct nacm_view *v);

/* Removes what may not be read. */
void nacm_prune(const struct nacm_view *v, struct lyd_node **tree);
bool nacm_may_read(const struct nacm_view *v, const struct lyd_node *node);
/* The same for an instance-identifier, with module names as prefixes, of what may be gone. */
bool nacm_may_read_path(const struct nacm_view *v, const char *path);

struct nacm_denial {
    enum nacm_op op;
    const struct lyd_node *node; /* of either tree */
    const struct lyd_node
        *seen; /* what the user may be told: node, or its nearest ancestor that may be read, or NULL */
};
/* May the user make `now` of `was`? 0, or -EACCES and *out: the first node that may not be written. */
int nacm_check_change(const struct nacm_view *v, const struct lyd_node *was, const struct lyd_node *now,
                      struct nacm_denial *out);

/* May the user change anything at all? (True also if a rule that permits never comes to its turn.) */
bool nacm_may_write(const struct nacm_view *v);

/* A protocol operation: `rpc` of `module`. */
bool nacm_may_execute(const struct nacm_view *v, const char *module, const char *rpc);
/* A notification: `n` is its node, or a data node with the notification somewhere below. */
bool nacm_may_hear(const struct nacm_view *v, const struct lyd_node *n);

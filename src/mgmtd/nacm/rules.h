/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to nacm/: rules as compiled, a user's view of them, and the place of a walk down a tree.
 */
#pragma once

#include <stdint.h>

#include "src/mgmtd/nacm/nacm.h"

struct lys_module;
struct lysc_node;

enum rule_kind { RULE_ANY, RULE_OPERATION, RULE_NOTIFICATION, RULE_DATA };

struct rule_key {
    const struct lysc_node *node; /* key leaf; the leaf-list itself for its value */
    char *value;                  /* canonical */
};
struct rule_segment {
    const struct lysc_node *node;
    struct rule_key *keys;
    size_t n_keys;
};

struct rule {
    enum rule_kind kind;
    bool is_any_module;
    const struct lys_module *module; /* NULL and not any: matches nothing */
    char *module_name;
    char *target; /* OPERATION, NOTIFICATION: its name; NULL = any */
    struct rule_segment *path;
    size_t n_path; /* DATA; 0 = "/" */
    unsigned ops;
    bool is_permit;
};

struct rule_list {
    char **groups;
    size_t n_groups;
    struct rule *rules;
    size_t n_rules;
};

struct rule_group {
    char *name;
    char **users;
    size_t n_users;
};

struct nacm {
    const struct ly_ctx *ctx;
    const struct lys_module *module; /* ietf-netconf-acm; NULL: not in the context */
    bool is_enabled, has_external_groups;
    bool permits_read, permits_write, permits_exec; /* when no rule matches */
    struct rule_group *groups;
    size_t n_groups;
    struct rule_list *lists;
    size_t n_lists;
};

struct nacm_view {
    const struct nacm *nacm;
    bool is_open;
    const struct rule **rules; /* those of the user's groups, in order */
    size_t n_rules;
};

/* --- path.c --- */
/* libyang's canonical form of a node-instance-identifier. False: it names nothing of the schema. */
bool rule_path_compile(const struct ly_ctx *ctx, const char *text, struct rule *out);
void rule_path_free(struct rule *r);
bool rule_segment_matches(const struct rule_segment *seg, const struct lyd_node *node);
bool rule_segment_has(const struct rule_segment *seg, const struct rule_segment *place); /* the place, among others */

/* --- walk.c --- */
/* A rule that still can matter at a place: its path ends here or above (or it has none), or leads on. */
struct live {
    const struct rule *rule;
    bool is_covered;
};
/* The memory of all levels of one walk; a level is a slice of it, given back when the walk goes up. */
struct walk {
    const struct nacm_view *view;
    struct live *live;
    size_t used, size;
};
struct level {
    size_t first, n; /* in walk.live */
    size_t depth;    /* nodes on the way, this one included */
    bool is_deny_all, is_deny_write;
};
void walk_init(struct walk *w, const struct nacm_view *v, struct level *top);
void walk_fini(struct walk *w);
void walk_enter(struct walk *w, const struct level *up, const struct lyd_node *node, struct level *out);
/* The same for a place that need not be there any more. */
void walk_enter_place(struct walk *w, const struct level *up, const struct rule_segment *place, struct level *out);
void walk_leave(struct walk *w, const struct level *level);
/* Enters all ancestors of the node and the node. */
void walk_enter_path(struct walk *w, const struct level *top, const struct lyd_node *node, struct level *out);
/* *is_pointed: by a rule whose path ends at this very node. */
bool walk_permits(const struct walk *w, const struct level *level, const struct lysc_node *node, enum nacm_op op,
                  bool *is_pointed);
/* May a rule whose path ends below this level permit the operation? */
bool walk_may_reopen(const struct walk *w, const struct level *level, enum nacm_op op);
/* Has the schema node the extension itself? */
bool nacm_has_extension(const struct nacm *n, const struct lysc_node *node, const char *name);

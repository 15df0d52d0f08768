/* SPDX-License-Identifier: Apache-2.0
 *
 * The generator's own model: the schema of one daemon as a tree of nodes with what C needs to know of each. Built from
 * libyang's compiled tree (what there is) walked beside its parsed tree (how it was written: typedef names and
 * groupings, which the compiled tree no longer has). Everything lives until the program ends.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include "strata/schema.h"

#define YANGC_NAME_MAX 256
enum { YANGC_MAX_CONTAINERS = 32, YANGC_MAX_OWNERS = 32 };

/* A line pair of daemons.map. */
struct owner {
    char *daemon;
    char *config[YANGC_MAX_CONTAINERS + 1]; /* end with NULL */
    char *state[YANGC_MAX_CONTAINERS + 1];
};

struct map {
    struct owner owner[YANGC_MAX_OWNERS];
    size_t n;
};

/* One use of a grouping that has st:struct, at one place. */
struct group {
    struct group *outer; /* the marked grouping that uses this one at the same level */
    char *cname;
};

/* How a child of a container was written: where and in which marked grouping. */
struct origin {
    SLIST_ENTRY(origin) link;
    const struct lysp_node *parsed;
    const struct lysp_module *module; /* whose prefixes and typedefs count there */
    struct group *group;
};
SLIST_HEAD(origin_list, origin);

struct value_type {
    enum schema_type type;
    char c_name[YANGC_NAME_MAX];    /* "uint32_t", "enum cfg_label_mode" */
    char enum_base[YANGC_NAME_MAX]; /* "label_mode"; empty: by the node's path */
    const struct lysc_type_enum *enums;
};

struct node {
    TAILQ_ENTRY(node) link;
    TAILQ_HEAD(node_list, node) children;
    struct node *parent;
    const struct lysc_node *compiled; /* NULL for the root */
    struct group *group;
    const char *name;
    char *cname;
    char *base;   /* "ospf_areas_area": what its own struct or enum is named by */
    char *path;   /* "OSPF_AREAS_AREA": what its id is named by */
    char *member; /* "bgp_instance.router_id": in the parent's struct */
    enum schema_kind kind;
    struct value_type value;
    uint32_t id, last;
    size_t n_keys;
    bool is_config;
    bool is_stored; /* has a place in the struct */
    bool is_key;
    bool is_mandatory;
    bool has_flag; /* a has_<name> beside it */
    bool is_notification;
    const char *default_text;
};

struct model {
    const struct owner *owner;
    struct ly_ctx *ctx;
    struct node *root;
    uint32_t n_nodes;
};

/* Ends the program with a message. */
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);
__attribute__((format(printf, 1, 2))) char *text_of(const char *format, ...);

/* map.c */
void map_read(struct map *map, const char *path);
const struct owner *map_find(const struct map *map, const char *daemon);
bool name_in(char *const *names, const char *name);
/* The table schema_owners[] of schema.h. */
void emit_owners(const struct map *map, FILE *out);

/* load.c: modules that do not compile are left out with a warning; *n_failed counts them. Destroy with ly_ctx_destroy.
 */
struct ly_ctx *load_modules(char *const *dirs, char *const *modules, size_t *n_failed);

/* parsed.c */
void parsed_level(const struct lysp_node *first, const struct lysp_module *module, struct group *group,
                  struct origin_list *out);
const struct origin *parsed_find(const struct origin_list *level, const struct lysc_node *node);
/* Module that a prefix means inside `module`; NULL if none. `name` becomes the name behind the prefix. */
const struct lysp_module *parsed_module_of(const struct lysp_module *module, const char **name);

/* types.c */
void value_type_of(const struct lysc_node *node, const struct origin *origin, struct value_type *out);

/* model.c */
struct model *model_build(struct ly_ctx *ctx, const struct owner *owner, size_t n_failed_modules);
char *c_name_of(const char *yang_name);
char *upper_of(const char *name);

/* emit_header.c, emit_source.c */
void emit_header(const struct model *m, FILE *out);
void emit_source(const struct model *m, FILE *out);

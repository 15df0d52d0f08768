/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration as a value, described by tables. The build-time generator yangc turns the YANG modules into plain C
 * structs (struct <daemon>_config and its parts) and one constant table per daemon (`extern const struct schema
 * <daemon>_schema`); everything here works over such a table. A configuration value is immutable and reference counted
 * inside: an edit gives a new value that shares all it did not touch with the old one. lib/yang/README.md describes
 * what is generated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum schema_kind {
    SCHEMA_CONTAINER, /* embedded struct */
    SCHEMA_PRESENCE,  /* pointer to a struct; NULL = absent */
    SCHEMA_LIST,      /* {size_t n; T **entries}, sorted by key */
    SCHEMA_LEAF,      /* value */
    SCHEMA_LEAF_LIST, /* {size_t n; T *values}, sorted */
};

enum schema_type {
    SCHEMA_NO_TYPE, /* containers and lists */
    SCHEMA_BOOL,
    SCHEMA_U8,
    SCHEMA_U16,
    SCHEMA_U32,
    SCHEMA_U64,
    SCHEMA_I8,
    SCHEMA_I16,
    SCHEMA_I32,
    SCHEMA_I64,
    SCHEMA_ENUM,              /* enum, as int */
    SCHEMA_STRING,            /* const char *; also whatever has no better C form, as its canonical text */
    SCHEMA_ADDRESS,           /* struct ip_addr */
    SCHEMA_PREFIX,            /* struct prefix, host bits 0 */
    SCHEMA_INTERFACE_ADDRESS, /* struct prefix with host bits */
    SCHEMA_QUAD,              /* uint32_t in host order, written as a dotted quad (router-id, area-id) */
    SCHEMA_RD,                /* rd_t */
    SCHEMA_ROUTE_TARGET,      /* ext_community_t */
    SCHEMA_SITE_OF_ORIGIN,    /* ext_community_t */
    SCHEMA_TYPE_COUNT,
};

struct schema_enum {
    const char *name;
    int32_t value;
};

#define SCHEMA_NONE UINT32_MAX /* no node; no offset */

/* One node of the schema. Ids are positions in schema.nodes, in depth-first order; the root (all top-level containers)
 * is 0. A node's descendants are the ids (id, last]. A list's keys are its first n_keys children. */
struct schema_node {
    const char *name;
    const char *module; /* the YANG module whose namespace the node is in */
    const char *default_text;
    const struct schema_enum *enums;
    uint32_t parent;
    uint32_t last;         /* id of the last descendant; the node's own id if it has none */
    uint32_t offset;       /* in the parent's struct; SCHEMA_NONE: not part of the value (state) */
    uint32_t count_offset; /* lists and leaf-lists: of the size_t n_<name> */
    uint32_t has_offset;   /* leafs: of the bool has_<name>, or SCHEMA_NONE */
    uint32_t size;         /* containers, lists: of the struct; leafs: of one value */
    uint16_t n_enums;
    uint8_t kind; /* enum schema_kind */
    uint8_t type; /* enum schema_type */
    uint8_t n_keys;
    bool is_config;
    bool is_mandatory;
    bool is_notification; /* a child of the root: not data, but what happens (north_notify_begin) */
};

struct schema {
    const char *name; /* the daemon's */
    const struct schema_node *nodes;
    uint32_t n_nodes;
    uint32_t root_size; /* sizeof(struct <daemon>_config) */
    uint64_t hash;      /* of everything that both ends of a stream must agree on */
};

/* The daemons and their schemas, as lib/yang/daemons.map has them; ends with a NULL name. Link strata_schemas. */
struct schema_owner {
    const char *daemon;
    const struct schema *schema;
    const char *const *config; /* names of the top-level containers it is configured by; ends with NULL */
    const char *const *state;  /* and of those it answers state for */
};
extern const struct schema_owner schema_owners[];

/* --- Nodes --- */

/* First child of `node`, and the sibling behind `child`; SCHEMA_NONE at the end. */
uint32_t schema_first_child(const struct schema *s, uint32_t node);
uint32_t schema_next_sibling(const struct schema *s, uint32_t child);
/* Child by name, or a node by its path of names ("/ospf/areas/area"); SCHEMA_NONE if there is none. */
uint32_t schema_child(const struct schema *s, uint32_t parent, const char *name);
uint32_t schema_find(const struct schema *s, const char *path);
/* The path of names from the top ("/ospf/areas/area"). Returns buf. */
char *schema_path(const struct schema *s, uint32_t node, char *buf, size_t size);
/* The name of an enum's value; NULL if the node is no enumeration or does not have it. */
const char *schema_enum_name(const struct schema *s, uint32_t node, int value);

/* --- Values --- */

/* A configuration with nothing in it but defaults. Owned by the caller. */
void *schema_config_create(const struct schema *s);
/* Another owner of the same value: it is immutable, so nothing is copied. */
void *schema_config_clone(const struct schema *s, const void *config);
/* Give up one ownership. NULL is allowed. */
void schema_config_free(const struct schema *s, const void *config);
/* Deep comparison; what both values share costs nothing. */
bool schema_config_equal(const struct schema *s, const void *a, const void *b);
/* The same for the struct of one container or list entry. NULL equals NULL only. */
bool schema_struct_equal(const struct schema *s, uint32_t node, const void *a, const void *b);
/* Compares only the children of a struct that are not lists, containers included: "are this neighbour's own settings
 * the same?", while its lists are reconciled one by one. */
bool schema_leafs_equal(const struct schema *s, uint32_t node, const void *a, const void *b);

/* The entry of a sorted list whose keys equal those in `probe` (a struct of the entry's type with its keys filled in).
 */
void *schema_list_find(const struct schema *s, uint32_t node, void *entries, size_t n, const void *probe);

/* What differs between two states of one list, in key order. For each: was NULL = new, now NULL = gone, else changed.
 *
 *     struct schema_list_diff d = schema_list_diff_of(&xd_schema, XD_A_B, old->b, old->n_b, new->b, new->n_b);
 *     while (schema_list_diff_next(&d))
 *         apply(d.was, d.now);
 */
struct schema_list_diff {
    const struct schema *schema;
    uint32_t node;
    const void *const *old_entries;
    const void *const *new_entries;
    size_t n_old, n_new, i, j;
    const void *was;
    const void *now;
};

struct schema_list_diff schema_list_diff_of(const struct schema *s, uint32_t node, const void *old_entries,
                                            size_t n_old, const void *new_entries, size_t n_new);
bool schema_list_diff_next(struct schema_list_diff *d);

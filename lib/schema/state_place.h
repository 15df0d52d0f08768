/* SPDX-License-Identifier: Apache-2.0
 *
 * Places in state: a chain of nodes from the top, list entries with all or some of their keys. Three uses: what a path
 * asks for, where the entries stand that are open, and the cursor behind which an answer goes on.
 */
#pragma once

#include "lib/schema/value.h"

enum { PLACE_KEYS_MAX = 8, PLACE_STEPS_MAX = 8 };

struct state_step {
    uint32_t node;    /* SCHEMA_NONE: nothing is it */
    uint16_t has_key; /* bits of key[] */
    union value_slot key[PLACE_KEYS_MAX];
    char *note; /* allocated; NULL: none */
};

struct state_place {
    size_t n;
    struct state_step step[PLACE_STEPS_MAX];
};

void state_step_clear(const struct schema *s, struct state_step *step);
void state_step_copy(const struct schema *s, struct state_step *to, const struct state_step *from);
bool state_step_has_keys(const struct schema *s, const struct state_step *step); /* all of its list */
/* Order of two entries of one list, by the keys that `a` has. */
int state_step_compare(const struct schema *s, const struct state_step *a, const struct state_step *b);
void state_place_clear(const struct schema *s, struct state_place *p);

/* What a path asks for; no steps: all. A path that is none asks for all. */
void state_place_of_path(const struct schema *s, const char *path, struct state_place *p);
void state_place_put(const struct schema *s, const struct state_place *p, struct stream *st);
/* 0, or -EBADMSG with *p empty. */
int state_place_get(const struct schema *s, const uint8_t *data, size_t len, struct state_place *p);

/* --- state_path.c: cutting a path --- */
struct path_part {
    const char *text; /* of a name, or of a key's value */
    size_t len;
    const char *name; /* of a key that is named, else NULL */
    size_t name_len;
};
/* The next element of the path; *keys is where its keys begin. 1, 0 at the end, -1 if it is malformed. */
int state_path_element(const char **path, struct path_part *name, const char **keys);
/* The next key of an element that was read. */
bool state_path_key(const char **keys, struct path_part *key);

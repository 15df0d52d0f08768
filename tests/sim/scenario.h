/* SPDX-License-Identifier: Apache-2.0
 *
 * A scenario of tests/scenarios as the lab resolves it (docs/lab.md): nodes, cables, checks, as one JSON object. Values
 * are borrowed from it. What is wrong with it is reported, and the program ends: a test of nothing may not pass.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct scenario {
    json_t *root;
    const char *name;
};

/* `where`: a scenario's name, its folder, or a file NAME.json with the resolved object. */
struct scenario scenario_load(const char *where);
void scenario_free(struct scenario *s);
/* The list checks.KIND; NULL if there is none. */
const json_t *scenario_checks(const struct scenario *s, const char *kind);
const json_t *scenario_node(const struct scenario *s, const char *name); /* NULL: no such node */
bool scenario_node_is(const struct scenario *s, const char *name, const char *program);
/* The first address of a host, without length, into buf; false if it has none. */
bool scenario_address(const struct scenario *s, const char *node, char buf[32]);
/* Where a check's `to` or `address` leads. */
void scenario_target(const struct scenario *s, const json_t *check, char buf[32]);

/* `key` of an object, which must be there (_text), or else `missing`. */
const char *scenario_text(const json_t *object, const char *key);
const char *scenario_text_or(const json_t *object, const char *key, const char *missing);
int64_t scenario_number_or(const json_t *object, const char *key, int64_t missing);
bool scenario_flag(const json_t *object, const char *key);
void __attribute__((noreturn)) scenario_wrong(const char *what, const char *where);

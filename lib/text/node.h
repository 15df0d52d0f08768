/* SPDX-License-Identifier: Apache-2.0
 *
 * Children of a data node by their names, whatever their module; opaque ones too.
 */
#pragma once

#include <stdint.h>

struct lyd_node;

/* The first child of that name; NULL if there is none, or no parent. */
const struct lyd_node *yang_child(const struct lyd_node *parent, const char *name);
/* Its value; "" if it is not there. */
const char *yang_child_value(const struct lyd_node *parent, const char *name);

/* Adds a leaf of the parent's module. What the schema does not take is left out. */
void yang_add(struct lyd_node *parent, const char *name, const char *value);
void yang_add_number(struct lyd_node *parent, const char *name, uint64_t value);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to edit/: an edit under way, and how its faults are told.
 */
#pragma once

#include <stdbool.h>

#include "src/mgmtd/edit/edit.h"

struct ly_ctx;
struct lyd_node;
struct place;

struct edit {
    const struct ly_ctx *ctx;
    struct lyd_node **tree;
    struct edit_fault *fault;
    bool goes_on;
};

/* The first fault is kept. All return the error. */
int edit_fail(struct edit *e, const struct place *at, int error, const char *tag, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* With <bad-element>: the element's name. */
int edit_fail_element(struct edit *e, const struct place *at, const char *tag, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
int edit_fail_attribute(struct edit *e, const struct place *at, const struct lyd_node *element, const char *tag,
                        const char *name, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* What libyang said of a value. */
int edit_fail_value(struct edit *e, const struct place *at, const struct lyd_node *element);

/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 6241 section 7.2: an <edit-config> on a configuration tree, as a value: no sessions, no datastores. All
 * operations (merge, replace, create, delete, remove, none) and RFC 7950's insert, value and key for what the user
 * orders. Validity of the result is not judged here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "strata/front.h"

struct ly_ctx;
struct lyd_node;

struct edit_fault {
    int error;           /* -errno */
    const char *tag;     /* RFC 6241 appendix A; constant */
    const char *app_tag; /* "" = none */
    char path[512];      /* instance-identifier */
    char info[256];      /* XML of error-info's children */
    char message[384];
};

struct edit_request {
    const char *xml; /* content of <config> */
    enum front_default_operation default_operation;
    bool goes_on; /* after a fault: what is right is done all the same, the first fault is told */
};

/* Changes *tree. 0, or -errno and *fault: then *tree is half changed (the caller gives a copy), with goes_on changed as
 * far as it can be. `plain`: see xml.h. */
int edit_apply(const struct ly_ctx *ctx, struct ly_ctx *plain, const struct edit_request *r, struct lyd_node **tree,
               struct edit_fault *fault);

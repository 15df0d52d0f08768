/* SPDX-License-Identifier: Apache-2.0
 *
 * The libyang context: Strata's modules and the packaged ones that they import. One context may serve many mgmtds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ly_ctx;

/* Loads every strata-*.yang of `dirs` (NULL-terminated). 0 and *out (destroy with ly_ctx_destroy), or -errno and a
 * text. */
int yang_context_create(const char *const *dirs, struct ly_ctx **out, char *error, size_t size);
/* Where the modules are when nobody says: $STRATA_YANG_DIR, beside the installed program, the build's source tree.
 * Writes the first folder that has modules; false if none has. */
bool yang_default_dir(char *out, size_t size);
/* What libyang said last, one line; never NULL. *path gets the data path in Strata's form, or "". */
const char *yang_last_error(const struct ly_ctx *ctx, char *path, size_t size);
/* Its error-app-tag; "" = none. */
const char *yang_last_error_tag(const struct ly_ctx *ctx);
/* The line of the XML or JSON input it was about; 0 if unknown. */
unsigned yang_last_error_line(const struct ly_ctx *ctx);

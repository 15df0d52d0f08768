/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of YANG modules in some folders, found without looking at each of them every time.
 */
#pragma once

#include <libyang/libyang.h>
#include <stddef.h>

struct yang_modules;

struct yang_modules *yang_modules_create(const char *const *dirs, size_t n);
void yang_modules_destroy(struct yang_modules *m); /* NULL allowed */
/* The file of that date, or without one (NULL) the newest; the first folder's if there are several; NULL if none.
 * A file without a date in its name is the oldest, and none of any date. */
const char *yang_modules_find(const struct yang_modules *m, const char *name, const char *date);
/* For ly_ctx_set_module_imp_clb, with the modules. */
LY_ERR yang_modules_give(const char *name, const char *date, const char *submodule, const char *submodule_date,
                         void *arg, LYS_INFORMAT *format, const char **text, ly_module_imp_data_free_clb *free_with);

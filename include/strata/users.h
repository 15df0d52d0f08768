/* SPDX-License-Identifier: Apache-2.0
 *
 * Who the users of this system are, and in which groups, as its databases say now. For programs: what is daemons' own
 * gets these as functions.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define USERS_NAME_MAX 64

/* False: nobody has that uid, or the name does not fit: one cut off would be somebody else's. */
bool users_name_of(int uid, char *out, size_t size);
/* Writes at most max groups of the user; returns how many. What does not fit is left out. */
size_t users_groups_of(const char *user, char (*out)[USERS_NAME_MAX], size_t max);
/* False: there is no such group. */
bool users_group_id(const char *name, unsigned *gid);

/* SPDX-License-Identifier: Apache-2.0
 *
 * mgmtd: holds the configuration, takes it from front ends, gives it to the daemons in two-phase commits, keeps
 * history, collects operational state. Instances, no globals: many may live in one process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;
struct ly_ctx;
struct mgmtd;

#define MGMTD_NAME_MAX 64 /* of users and groups */

/* Who the users of this system are. */
struct mgmtd_users {
    /* False: nobody has that uid. */
    bool (*name_of)(int uid, char *out, size_t size);
    /* Writes at most max groups of the user; returns how many. */
    size_t (*groups_of)(const char *user, char (*out)[MGMTD_NAME_MAX], size_t max);
};

struct mgmtd_options {                /* borrowed until mgmtd_create returns, but ctx and users until mgmtd_destroy */
    const char *boot_file;            /* configuration to start from when none was committed yet; NULL: none */
    const char *boot_text;            /* its text; NULL: read boot_file */
    const char *const *yang_dirs;     /* NULL-terminated; NULL: yang_default_dir */
    struct ly_ctx *ctx;               /* shared context; NULL: own */
    uint64_t (*wall_clock_sec)(void); /* for the history; NULL: loop time */
    const struct mgmtd_users *users;  /* NULL: everybody is root */
};

/* NULL: no schema or no socket; the reason is logged. A bad boot configuration is logged and is no failure. */
struct mgmtd *mgmtd_create(const struct env *env, const struct mgmtd_options *opt);
void mgmtd_destroy(struct mgmtd *m);
/* The number of the commit that runs; 0 before the first. */
uint32_t mgmtd_sequence(const struct mgmtd *m);

/* SPDX-License-Identifier: Apache-2.0
 *
 * mgmtd: holds the configuration, takes it from front ends, gives it to the daemons in two-phase commits, keeps
 * history, collects operational state. Instances, no globals: many may live in one process.
 */
#pragma once

#include <stdint.h>

struct env;
struct ly_ctx;
struct mgmtd;

struct mgmtd_options {                /* borrowed until mgmtd_create returns, but ctx until mgmtd_destroy */
    const char *boot_file;            /* configuration to start from when none was committed yet; NULL: none */
    const char *boot_text;            /* its text; NULL: read boot_file */
    const char *const *yang_dirs;     /* NULL-terminated; NULL: yang_default_dir */
    struct ly_ctx *ctx;               /* shared context; NULL: own */
    uint64_t (*wall_clock_sec)(void); /* for the history; NULL: loop time */
};

/* NULL: no schema or no socket; the reason is logged. A bad boot configuration is logged and is no failure. */
struct mgmtd *mgmtd_create(const struct env *env, const struct mgmtd_options *opt);
void mgmtd_destroy(struct mgmtd *m);
/* The number of the commit that runs; 0 before the first. */
uint32_t mgmtd_sequence(const struct mgmtd *m);

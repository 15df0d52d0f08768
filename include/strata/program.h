/* SPDX-License-Identifier: Apache-2.0
 *
 * What every daemon's main.c does the same: arguments, log, loop, the pid file, signals, orderly end. A daemon's main.c
 * only names its parts.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "strata/env.h"

struct program {
    const char *name;    /* "ospfd" */
    const char *summary; /* one line for --help */
    bool has_config;     /* takes --config FILE */
    /* Creates the daemon in `env`; `config` is the --config argument or NULL. NULL: failed, reason logged. */
    void *(*create)(const struct env *env, const char *config);
    void (*destroy)(void *daemon);
    /* Called when SIGTERM or SIGINT arrives. NULL: the loop stops at once. Else the daemon stops the loop when it is
     * done. */
    void (*terminate)(void *daemon);
};

/* Runs the daemon until it is told to stop. Returns the exit status. */
int program_main(int argc, char **argv, const struct program *p);

/* The pid file <run_dir>/<name>.pid is locked for as long as the daemon lives. program_main holds it; this asks who
 * does: the pid, or 0 if nobody runs. */
pid_t program_running_pid(const char *run_dir, const char *name);

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the commands do; rows of the table in commands.c lead here.
 */
#pragma once

#include "src/shell/grammar.h"

/* --- change.c: the candidate as a whole --- */
enum commit_how { COMMIT_PLAIN, COMMIT_CHECK, COMMIT_CONFIRMED, COMMIT_AND_QUIT };
command_fn do_commit, do_cancel, do_compare, do_rollback, do_discard;
bool pipes_to_compare(const char *pipes); /* `show | compare`, as others have it */
/* --- entries.c --- */
command_fn do_copy_entry, do_insert_entry;
/* --- files.c --- */
command_fn do_load, do_load_terminal, do_save;
/* --- configure.c --- */
command_fn do_edit, do_up, do_top, do_exit, do_end, do_show_candidate, do_run;
/* --- tools.c --- */
command_fn do_ping, do_traceroute;
/* --- mode.c --- */
enum configure_how { CONFIGURE_PRIVATE, CONFIGURE_EXCLUSIVE };
command_fn do_configure, do_kill;
/* --- commands.c --- */
command_fn do_help;

struct front_request;
/* Asks and prints the answer and its notes. 0 or 1. */
int shell_ask_and_print(struct shell *s, const struct front_request *r, const char *pipes);

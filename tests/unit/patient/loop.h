/* SPDX-License-Identifier: Apache-2.0
 *
 * A loop for tests all of whose parties live in it: real files and UNIX sockets, and a clock that stands still while
 * anything is left to do and then leaps to the next timer. So a test waits for nothing, and a busy machine cannot make
 * it fail. Not for TCP, threads or other processes: what they have under way, the loop does not see.
 */
#pragma once

#include "strata/loop.h"

/* For io_event_create, loop_event_run and loop_event_stop; loop_destroy ends it. Random numbers are the same each time.
 */
struct loop *patient_loop_create(void);

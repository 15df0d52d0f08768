/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of north/ share, and its tests see.
 */
#pragma once

#include "src/ribd/ribd.h"

struct north_error;
struct state_writer;

/* The operations of north.h. */
int ribd_north_prepare(void *daemon, const void *next, const void *prev, struct north_error *err);
void ribd_north_commit(void *daemon, const void *next, const void *prev);
int ribd_north_action(void *daemon, const char *name, const char *argument, char *reply, size_t size);
void ribd_north_state(void *daemon, const char *path, struct state_writer *w);

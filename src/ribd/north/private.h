/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of north/ share.
 */
#pragma once

#include "src/ribd/ribd.h"

struct state_writer;

void ribd_north_state(void *daemon, const char *path, struct state_writer *w);

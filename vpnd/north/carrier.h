/* SPDX-License-Identifier: Apache-2.0
 *
 * /carriers-carrier of strata-vpn-state: customer carriers, their sites, what is wrong.
 */
#pragma once

#include "vpnd/csc/judge.h"

struct state_writer;

/* One carrier's rows; between begin and end, each list by itself. */
void vpnd_carrier_begin(struct state_writer *w, bool is_empty);
void vpnd_carrier_write(struct state_writer *w, const struct csc_input *in, const struct csc_judgement *j);
void vpnd_carrier_end(struct state_writer *w);

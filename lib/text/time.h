/* SPDX-License-Identifier: Apache-2.0
 *
 * Points in time as text, RFC 3339 (date-and-time of YANG), and as seconds since 1970.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TEXT_TIME_MAX 32

/* False: it is no such text. A time before 1970 is 0. */
bool text_time_read(const char *text, uint64_t *sec);
/* In UTC. Returns buf. */
const char *text_time_write(uint64_t sec, char buf[TEXT_TIME_MAX]);

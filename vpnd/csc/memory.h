/* SPDX-License-Identifier: Apache-2.0
 *
 * Since when: what was seen in a round of looks, with the value it had, and when that was last another. What is not
 * seen in a round is forgotten at its end; far ends stay for an hour, for a router that is lost must be missed. A
 * problem that stays is an alarm: its raising and its clearing are logged once each. Pure: the caller says what time it
 * is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct csc_memory;
struct log;

enum csc_kind { CSC_KIND_STATUS, CSC_KIND_SESSION, CSC_KIND_FAR_END, CSC_KIND_PROBLEM };

#define CSC_KEY_MAX 120

/* An alarm was raised, or is cleared after so many seconds. */
typedef void csc_alarm_fn(void *arg, const char *instance, const char *problem, bool is_raised, uint32_t lasted_sec);

struct csc_memory *csc_memory_create(struct log *log);
void csc_memory_listen(struct csc_memory *m, csc_alarm_fn *fn, void *arg);
void csc_memory_destroy(struct csc_memory *m);

void csc_memory_begin(struct csc_memory *m, uint64_t now_us);
/* `text`: for alarms, in words; may be NULL. */
void csc_memory_see(struct csc_memory *m, const char *instance, enum csc_kind kind, const char *key, int value,
                    const char *text);
void csc_memory_end(struct csc_memory *m);

/* Seconds since the value changed or the thing was first seen; false if it is not remembered. */
bool csc_memory_since(const struct csc_memory *m, const char *instance, enum csc_kind kind, const char *key,
                      uint64_t now_us, uint32_t *sec);
/* Far ends of an instance that are remembered but not seen in the current round. */
void csc_memory_each_lost(const struct csc_memory *m, const char *instance,
                          void (*fn)(void *arg, const char *key, uint32_t lost_sec), void *arg, uint64_t now_us);

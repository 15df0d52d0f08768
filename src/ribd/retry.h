/* SPDX-License-Identifier: Apache-2.0
 *
 * When something that failed is tried again: after 1 s, 2 s, ... 60 s. Each thing has its own, so that one which cannot
 * be done delays no other. Pure: the time is told.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { RETRY_FIRST_SEC = 1, RETRY_MAX_SEC = 60 };

struct retry {
    uint32_t pause_sec; /* 0: nothing failed */
    uint64_t at_us;
};

/* It failed (again). Tries out of turn do not lengthen the pause. */
static inline void retry_failed(struct retry *r, uint64_t now_us)
{
    if (r->pause_sec && now_us < r->at_us)
        return;
    r->pause_sec = r->pause_sec == 0 ? RETRY_FIRST_SEC : r->pause_sec * 2;
    if (r->pause_sec > RETRY_MAX_SEC)
        r->pause_sec = RETRY_MAX_SEC;
    r->at_us = now_us + r->pause_sec * 1000000ull;
}

/* For the first time, and it should not wait. */
static inline void retry_at_once(struct retry *r, uint64_t now_us)
{
    if (r->pause_sec)
        return;
    r->pause_sec = RETRY_FIRST_SEC;
    r->at_us = now_us;
}

static inline void retry_clear(struct retry *r)
{
    *r = (struct retry){0};
}

static inline bool retry_is_due(const struct retry *r, uint64_t now_us)
{
    return r->pause_sec && now_us >= r->at_us;
}

/* The earlier of `at` and its time; UINT64_MAX is never. */
static inline uint64_t retry_earlier(uint64_t at, const struct retry *r)
{
    return r->pause_sec && r->at_us < at ? r->at_us : at;
}

/* Seconds until then, for people: at least 1. 0: nothing failed. */
static inline uint32_t retry_in_sec(const struct retry *r, uint64_t now_us)
{
    if (!r->pause_sec)
        return 0;
    return r->at_us > now_us ? (uint32_t)((r->at_us - now_us + 999999) / 1000000) : 1;
}

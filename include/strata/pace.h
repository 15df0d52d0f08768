/* SPDX-License-Identifier: Apache-2.0
 *
 * How often something that costs much is done when it is asked for again and again: soon after a quiet time, then after
 * pauses that double, and never more than a fifth of the time. Pure: the time is told.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { PACE_FIRST_MS = 100, PACE_MAX_MS = 10000, PACE_SHARE = 4 };

struct pace {
    uint32_t pause_ms; /* after the last time; 0: it was quiet */
    uint64_t free_us;  /* may be done again */
};

/* It is asked for: in how many milliseconds to do it. `soon_ms` after a quiet time, which is as long again as the
 * pause. */
static inline uint64_t pace_wait_ms(struct pace *p, uint64_t now_us, uint64_t soon_ms)
{
    uint64_t wait_ms = now_us < p->free_us ? (p->free_us - now_us + 999) / 1000 : 0;

    if (now_us >= p->free_us + p->pause_ms * 1000ull)
        p->pause_ms = 0;
    return wait_ms > soon_ms ? wait_ms : soon_ms;
}

/* It was done, took so long, and was worth it or not: what is, may be done again as soon. */
static inline void pace_done(struct pace *p, uint64_t now_us, uint64_t took_us, bool was_worth)
{
    uint64_t least_ms = took_us * PACE_SHARE / 1000;

    if (p->pause_ms == 0 || was_worth)
        p->pause_ms = PACE_FIRST_MS;
    else if (p->pause_ms < PACE_MAX_MS)
        p->pause_ms = p->pause_ms * 2 < PACE_MAX_MS ? p->pause_ms * 2 : PACE_MAX_MS;
    if (p->pause_ms < least_ms)
        p->pause_ms = least_ms < UINT32_MAX ? (uint32_t)least_ms : UINT32_MAX;
    p->free_us = now_us + p->pause_ms * 1000ull;
}

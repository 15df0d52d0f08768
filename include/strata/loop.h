/* SPDX-License-Identifier: Apache-2.0
 *
 * The event loop as daemons see it: time and timers. Two backends: libevent (loop_event_create) and virtual time
 * (lib/sim). A daemon never reads a clock elsewhere. Single threaded; callbacks run to completion, never nested.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
typedef void timer_fn(void *arg);

/* Embedded in its owner, who cancels it in its fini. One shot; arm again in the callback for a period. */
struct timer {
    struct loop *loop;
    timer_fn *fn;
    void *arg;
    uint64_t at_us;   /* when armed: absolute, loop time */
    uint64_t seq;     /* arming order: equal times run in order of arming */
    size_t heap_slot; /* 0 = not armed; else index + 1 in the loop's heap */
};

uint64_t loop_now_us(const struct loop *loop); /* monotonic */
/* The same, up to some milliseconds behind, for stamps by the thousand: where the clock is no register (virtual
 * machines) each look at it costs as much as a label. */
uint64_t loop_about_us(const struct loop *loop);
uint64_t loop_random(struct loop *loop); /* 64 random bits; from the seed in simulation */

void timer_init(struct timer *t, struct loop *loop, timer_fn *fn, void *arg);
void timer_arm_us(struct timer *t, uint64_t after_us); /* re-arming moves it; 0 = as soon as this callback is done */
void timer_arm_ms(struct timer *t, uint64_t after_ms);
/* after_ms reduced by up to 25 % at random (RFC 4271 s10 jitter). */
void timer_arm_jitter_ms(struct timer *t, uint64_t after_ms);
void timer_cancel(struct timer *t); /* allowed when not armed, or zeroed and never initialised */
bool timer_is_armed(const struct timer *t);
uint64_t timer_remaining_ms(const struct timer *t); /* 0 if not armed */

/* --- real backend --- */
struct loop *loop_event_create(void);
int loop_event_run(struct loop *loop); /* until loop_event_stop; 0 or -errno */
void loop_event_stop(struct loop *loop);
/* Processor time of the longest turn, from one wait to the next, that has ended: so long nobody was heard.
 * is_forgotten: the next call tells of turns from now on. */
uint64_t loop_event_longest_turn_us(struct loop *loop, bool is_forgotten);
/* Calls fn(arg) in the loop when the signal arrives. */
int loop_event_signal(struct loop *loop, int signum, timer_fn *fn, void *arg);
/* Calls fn(arg) in the loop while fd is readable. fd stays the caller's; unwatch before closing it (NULL allowed). */
struct loop_watch;
int loop_event_watch(struct loop *loop, int fd, void (*fn)(void *arg), void *arg, struct loop_watch **out);
void loop_event_unwatch(struct loop_watch *watch);
void loop_destroy(struct loop *loop);

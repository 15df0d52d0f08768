/* SPDX-License-Identifier: Apache-2.0
 *
 * Collecting state from mgmtd: the paths of a plan one after the other, each in parts, so that neither mgmtd nor we
 * hold more than a part.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct collector;
struct env;
struct ly_ctx;
struct lyd_node;
struct metrics_plan;

#define COLLECT_MS 8000 /* for all of it */

struct collector_events {
    void (*part)(void *arg, const struct lyd_node *tree); /* some state; borrowed */
    /* All was asked. `is_complete`: and all daemons answered. `why`: not NULL if there is nothing at all. */
    void (*done)(void *arg, bool is_complete, const char *why);
};

/* All pointers are borrowed. */
struct collector *collector_create(const struct env *env, const struct ly_ctx *ctx, const struct metrics_plan *plan,
                                   const struct collector_events *ev, void *arg);
void collector_destroy(struct collector *c);
/* Begins, unless it is under way. done() comes, perhaps at once. */
void collector_start(struct collector *c);

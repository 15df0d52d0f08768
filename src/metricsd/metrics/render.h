/* SPDX-License-Identifier: Apache-2.0
 *
 * Trees of state -> text in the OpenMetrics 1.0 format. Numbers are gauges, counters of the YANG counter types are
 * counters, booleans are 0 or 1, enumerations are state sets; the keys of lists are labels; the rest is left out. The
 * samples of one metric family must stand together, so trees are added first and the text is taken at the end.
 */
#pragma once

#include "src/metricsd/metrics/plan.h"

struct lyd_node;
struct metrics_render;
struct text_buf;

#define METRICS_CONTENT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define METRICS_SAMPLES_MAX  200000 /* more are left out, and told in strata_metrics_complete */

/* The family of a leaf below `prefix`, and its type ("counter"); NULL: it is none. */
const char *metrics_family_of(const char *prefix, const struct lysc_node *leaf, char name[METRICS_NAME_MAX]);

struct metrics_render *metrics_render_create(void);
void metrics_render_destroy(struct metrics_render *r);
/* All that is marked in the tree, which has siblings. */
void metrics_render_add(struct metrics_render *r, const struct lyd_node *tree);
/* Some daemon did not answer: what it counts is missing. */
void metrics_render_incomplete(struct metrics_render *r);
void metrics_render_text(struct metrics_render *r, struct text_buf *out); /* families by name, ended with # EOF */

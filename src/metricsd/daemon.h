/* SPDX-License-Identifier: Apache-2.0
 *
 * metricsd: the counters of all daemons for a collector (Prometheus and others), over HTTP on <run_dir>/metrics.sock
 * and, if configured, a port of the loopback. It holds no configuration but its own, and counts nothing itself.
 */
#pragma once

struct env;
struct ly_ctx;
struct metricsd;

/* `ctx`: of lib/text/context.h, taken over for the schema of metrics while the daemon lives; NULL: makes its own. NULL:
 * failed, the reason is logged. */
struct metricsd *metricsd_create(const struct env *env, struct ly_ctx *ctx);
void metricsd_destroy(struct metricsd *d);

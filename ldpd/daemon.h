/* SPDX-License-Identifier: Apache-2.0
 *
 * ldpd: the Label Distribution Protocol (RFC 5036), an instance for the public tables and one for each VPN instance
 * that is configured.
 */
#pragma once

struct env;
struct ldpd;

/* Connects to mgmtd and ribd by itself. `env` outlives the daemon. */
struct ldpd *ldpd_create(const struct env *env);
void ldpd_destroy(struct ldpd *d);

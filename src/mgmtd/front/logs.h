/* SPDX-License-Identifier: Apache-2.0
 *
 * What the programs of this router have logged.
 */
#pragma once

struct lyd_node;
struct mgmtd;

/* Adds /log to the tree. */
void logs_state(struct mgmtd *m, struct lyd_node **tree);

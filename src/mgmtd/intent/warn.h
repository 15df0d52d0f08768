/* SPDX-License-Identifier: Apache-2.0
 *
 * What is accepted although it does not do what somebody who typed it expects: said at commit, logged at start. A pure
 * function over configuration trees.
 */
#pragma once

struct lyd_node;

/* path: of the statement, "" if the text says it. */
typedef void intent_warn_fn(void *arg, const char *path, const char *text);
#define INTENT_WARNINGS_MAX 30 /* then a last one says how many more there are */

/* `before` ran until now (NULL: nothing did), `running` is to run and means `intended`. */
void intent_warn(struct lyd_node *before, struct lyd_node *running, struct lyd_node *intended, intent_warn_fn *fn,
                 void *arg);

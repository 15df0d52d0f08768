/* SPDX-License-Identifier: Apache-2.0
 *
 * libyang's complaints in the operator's words: which entry lacks something, and what was referred to in vain.
 */
#pragma once

struct lyd_node;
struct yang_fault;

/* `fault` has libyang's message and its place in Strata's form. Makes the place exact where libyang names only the kind
 * of node, and says what to do. `tree` is what was validated. */
void yang_fault_explain(struct lyd_node *tree, struct yang_fault *fault);

/* SPDX-License-Identifier: Apache-2.0
 *
 * May an XPath expression be evaluated on a tree of so many nodes? Not if it could take more than some seconds, or
 * libyang could end the process or lose memory by it.
 */
#pragma once

#include <stddef.h>

/* NULL, or why not. */
const char *budget_fault(const char *expression, size_t n_nodes);

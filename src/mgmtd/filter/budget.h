/* SPDX-License-Identifier: Apache-2.0
 *
 * May an XPath expression be evaluated on a tree of so many nodes? Not if it could take more than some seconds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

bool budget_allows(const char *expression, size_t n_nodes);

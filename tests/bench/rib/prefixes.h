/* SPDX-License-Identifier: Apache-2.0
 *
 * The same routes for everybody who is measured: a kind, a number and nothing else give the same list everywhere.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct bench_prefix {
    uint32_t address; /* host order */
    uint32_t length;
};

/* `kind`: "random", a mix of /16 to /24 as in the Internet, in no order; "sequential": /24 after /24. All distinct,
 * none in 10.0.0.0/8. The caller frees. NULL if there is no such kind or too many are asked for. */
struct bench_prefix *bench_prefixes(const char *kind, size_t n);

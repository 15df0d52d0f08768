/* SPDX-License-Identifier: Apache-2.0
 *
 * What the cases that only the real kernel has share.
 */
#pragma once

#include "tests/conformance/dataplane/suite.h"

char *output_of(const char *command); /* of the shell; the status must be 0. Valid until the next one */
int run_kernel_guard_cases(void);
int run_kernel_look_cases(void);

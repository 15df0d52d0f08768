/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets of the conformance suite as Ethernet frames. Pure.
 */
#pragma once

#include "tests/conformance/dataplane/fixture.h"

enum { FRAME_MAX = 2048 };

size_t frame_build(uint8_t frame[FRAME_MAX], const uint8_t to[6], const uint8_t from[6], const struct fx_packet *p);
bool frame_parse(const uint8_t *frame, size_t len, struct fx_packet *out); /* false: not one of ours */

/* SPDX-License-Identifier: Apache-2.0
 *
 * The conversation with mgmtd, for the files of this folder.
 */
#pragma once

#include "bgpd/north/north.h"

struct north;

struct bgpd_north {
    const struct env *env;
    struct bgpd_north_peer peer;
    struct north *north;
};

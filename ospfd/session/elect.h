/* SPDX-License-Identifier: Apache-2.0
 *
 * The election of the designated router of a broadcast link (RFC 2328 s9.4). Pure: what everybody says of himself in,
 * who it is out. Everybody elects for himself; all come to the same result because whoever is elected stays.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A router of the link to which communication is bidirectional, or we ourselves. Routers are named by their address. */
struct ospf_elector {
    uint32_t router_id;
    uint32_t address;
    uint8_t priority; /* 0: is not to be elected */
    uint32_t dr, bdr; /* what it says; 0: nobody */
};

struct ospf_elected {
    uint32_t dr, bdr; /* addresses; 0: nobody */
};

/* `all[0]` is ourselves, with what we have said so far; it is set to what we say now. */
struct ospf_elected ospf_elect(struct ospf_elector *all, size_t n);

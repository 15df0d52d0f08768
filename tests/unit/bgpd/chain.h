/* SPDX-License-Identifier: Apache-2.0
 *
 * The carrier's carrier at the level of RIBs: every BGP router of it as a RIB of its own, messages between them for
 * real, ribd answered by the fixture.
 *
 *   l2pe1 --IBGP LU-- l1ce1 ==LU== l1pe1 --IBGP VPN-- l1pe2 ==LU== l1ce2 --IBGP LU-- l2pe2
 *     `---------------------------------- VPN ------------------------------------------'
 */
#pragma once

#include "tests/unit/bgpd/hand.h"

enum { L2PE1, L1CE1, L1PE1, L1PE2, L1CE2, L2PE2, ROUTERS };
enum { SITE1, ACCESS1, CORE, ACCESS2, SITE2, SERVICE, CABLES };
enum { CARRIER_A = 101, CUST_X = 201 };

/* Of whose AS each part is. A site of the core's AS has a reflecting customer edge. */
struct chain_plan {
    uint32_t core_as, site_as[2];
    bool has_override; /* as-override at the provider edge, else allow-as-loop at the customer's */
};

struct chain {
    struct chain_plan plan;
    struct router *r[ROUTERS];
    struct bgp_vrf *carrier[2]; /* on l1pe1, l1pe2 */
    struct bgp_vrf *customer[2];
    struct cable c[CABLES];
};

struct chain *chain_create(struct chain_plan plan); /* runs until all is quiet */
void chain_run(struct chain *n);
void chain_destroy(struct chain *n);
/* Follows 10.2.0.9/32 and 192.168.2.0/24 from l2pe1 to l2pe2, label by label. */
void chain_check_forward(struct chain *n);

uint32_t top_label(const struct out_label *l);
void assert_gateway(const struct rib_nexthop *nh, uint32_t vrf, const char *gateway, bool needs_lsp);

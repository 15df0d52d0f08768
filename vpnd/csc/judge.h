/* SPDX-License-Identifier: Apache-2.0
 *
 * What vpnd thinks of a customer carrier: is there a way from its sites here to its sites elsewhere, label by label,
 * and if not, what is wrong. Pure. RFC 4364 section 9.
 */
#pragma once

#include "vpnd/csc/facts.h"
#include "vpnd/csc/memory.h"
#include "vpnd/vrf/check.h"

struct cfg_vpn_instances_vpn_instance;

/* All that is known of one carrier. */
struct csc_input {
    const struct cfg_vpn_instances_vpn_instance *vpn;
    const struct rib_interface *const *interfaces; /* of the instance */
    size_t n_interfaces;
    bool (*is_foreign)(const void *arg, const char *interface); /* is it in another VPN instance? NULL: none is */
    const void *arg;
    const struct vpn_view *view; /* how the instance itself stands */
    const struct csc_facts *facts;
    const struct csc_memory *memory; /* far ends that are missed */
    uint64_t now_us;
};

#define CSC_PROBLEMS_MAX 64

/* A warning (no room for labels on an interface) stands among the problems, but is no reason for "degraded". */
struct csc_problem {
    char key[CSC_KEY_MAX]; /* the same as long as it is the same problem */
    char text[256];
};

struct csc_judgement {
    enum vpn_status status;
    uint32_t local_up, remote_up; /* routers with a session here, far ends there */
    uint32_t unlabelled_routes;   /* told to nobody for want of a label */
    uint32_t unlabelled_networks; /* as well, but LDP labels host routes only: no problem */
    struct csc_problem problems[CSC_PROBLEMS_MAX];
    size_t n_problems; /* more than there is room for are left out */
};

/* Is the customer of the instance a carrier: by intent, or because it takes labelled packets from it? */
bool csc_is_carrier(const struct cfg_vpn_instances_vpn_instance *vpn, const struct rib_interface *const *interfaces,
                    size_t n);
void csc_judge(const struct csc_input *in, struct csc_judgement *out);

/* Names of sessions and far ends in the memory. `buf` of CSC_KEY_MAX. */
const char *csc_session_key(const struct csc_session *s, char *buf);
const char *csc_protocol_name(enum csc_protocol p); /* "bgp" */
/* The interface of the instance that a session goes over: its own, or the one that the neighbour is on-link on; "". */
const char *csc_session_interface(const struct csc_session *s, const struct rib_interface *const *interfaces, size_t n);
/* Why a far end that had routes for the instance has none any more: all that is known. */
#define CSC_LOST_TEXT_MAX 256
const char *csc_lost_reason(const struct csc_input *in, const struct ip_addr *far_end, char buf[CSC_LOST_TEXT_MAX]);
/* Age of the oldest answer there is, in seconds. */
uint32_t csc_facts_age(const struct csc_facts *f, uint64_t now_us);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Interfaces: what the kernel says of them, what the configuration wants of them, and the steps between. Each wish is
 * applied once, when it is new or the interface appears: an interface that somebody takes down later stays down. But
 * its instance and its addresses, when somebody takes them away, are put back: a customer's interface in the public
 * table would be a hole. MPLS input opens on a guarded interface only after the guard's hook stands; one that was
 * trusted until then stays open meanwhile.
 */
#pragma once

#include "src/ribd/dataplane.h"

struct env;
struct mem_account;
struct ports;

struct port_events {
    void (*changed)(void *arg, const struct rib_interface *i);
    void (*gone)(void *arg, uint32_t ifindex);
    /* It was down, or changed its instance, even if it is up again: the kernel lost what goes over it. */
    void (*bounced)(void *arg, uint32_t ifindex, bool is_device_gone);
    void (*vrf_device)(void *arg, uint32_t table, uint32_t ifindex, bool is_up); /* ifindex 0: gone */
};

/* What the configuration wants of one interface. */
struct port_wish {
    char name[RIB_IFNAME_MAX];
    bool is_enabled;
    uint32_t mtu;                /* 0: leave */
    char instance[RIB_NAME_MAX]; /* VPN instance, "" public */
    char device[RIB_IFNAME_MAX]; /* its VRF device */
    bool has_mpls, is_guarded;
    size_t n_addresses;
    struct prefix *addresses; /* with host bits */
};

struct ports *ribd_ports_create(struct dataplane *dp, const struct env *env, const struct port_events *ev, void *arg);
void ribd_ports_destroy(struct ports *p);

/* From the data plane. */
void ribd_ports_link(struct ports *p, const struct dp_link *link);
void ribd_ports_link_gone(struct ports *p, uint32_t ifindex);
void ribd_ports_address(struct ports *p, uint32_t ifindex, const struct prefix *a, bool is_gone);
void ribd_ports_result(struct ports *p, uint64_t cookie, int error, const char *text);
void ribd_ports_guard_lost(struct ports *p);

/* The whole wanted configuration, copied; applied at once where it can be. */
void ribd_ports_want(struct ports *p, const struct port_wish *wishes, size_t n);
void ribd_ports_retry(struct ports *p);              /* what failed and is due, again */
uint64_t ribd_ports_retry_at(const struct ports *p); /* when something is due; UINT64_MAX: nothing failed */
bool ribd_ports_is_waiting(const struct ports *p);   /* for a result of the guard */
uint32_t ribd_ports_loopback(const struct ports *p); /* ifindex of lo, 0 */
bool ribd_ports_is_free_name(const struct ports *p, const char *name, uint32_t table); /* for a VRF device */

struct port_view {
    const struct rib_interface *i;
    bool is_admin_up, has_carrier, is_configured;
    const char *problem; /* "" */
    uint32_t retry_sec;  /* until it is tried again; 0: nothing failed */
};
void ribd_ports_each(const struct ports *p, void (*fn)(void *arg, const struct port_view *v), void *arg);
/* Interfaces that are wished for and that the kernel does not have. */
void ribd_ports_each_absent(const struct ports *p, void (*fn)(void *arg, const struct port_wish *w), void *arg);
const struct rib_interface *ribd_ports_find(const struct ports *p, const char *name); /* NULL */

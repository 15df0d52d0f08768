/* SPDX-License-Identifier: Apache-2.0
 *
 * VPN instances: which are wanted, their kernel tables (kept over restarts in <state_dir>/instances) and VRF devices.
 */
#pragma once

#include "src/ribd/dataplane.h"

struct env;
struct instances;
struct ports;

struct instance_events {
    /* New, ready or not ready any more. Not ready and not wanted: it goes. ifindex of the device, 0 if there is none.
     */
    void (*changed)(void *arg, const struct rib_instance *i, uint32_t ifindex);
    void (*gone)(void *arg, uint32_t vrf);
    void (*flushed)(void *arg, uint32_t vrf); /* its device and its kernel table were emptied */
};

struct instances *ribd_instances_create(const struct env *env, struct dataplane *dp, const struct ports *ports,
                                        const struct instance_events *ev, void *arg);
void ribd_instances_destroy(struct instances *s);
/* Creates or adopts devices for `names`. Instances that are not named are told as not ready; ribd_instances_remove()
 * then takes their devices away (the interfaces leave them in between). */
void ribd_instances_want(struct instances *s, const char *const *names, size_t n);
void ribd_instances_remove(struct instances *s);
void ribd_instances_device(struct instances *s, uint32_t table, uint32_t ifindex, bool is_up);
void ribd_instances_retry(struct instances *s);              /* what failed and is due, again */
uint64_t ribd_instances_retry_at(const struct instances *s); /* when something is due; UINT64_MAX: nothing failed */

struct instance_view {
    struct rib_instance i;
    uint32_t ifindex;
    const char *problem;
    uint32_t retry_sec; /* until it is tried again; 0: nothing failed */
};
/* Wanted instances only. */
bool ribd_instances_find(const struct instances *s, const char *name, struct rib_instance *out);
void ribd_instances_each(const struct instances *s, void (*fn)(void *arg, const struct instance_view *v), void *arg);

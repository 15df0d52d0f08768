/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of north/ share, and its tests see.
 */
#pragma once

#include "src/ribd/ribd.h"
#include "strata/addr.h"

struct north_error;
struct state_writer;

/* State being written. */
struct writing {
    struct ribd *d;
    struct state_writer *w;
};
const char *ribd_state_instance(const struct ribd *d, uint32_t vrf, char *buf); /* its name; `buf` of RIB_NAME_MAX */
void ribd_state_interface(struct writing *x, uint32_t node, uint32_t ifindex);  /* its name */
/* What fits beneath so many labels; nothing if there is no such interface. */
void ribd_state_mtu(struct writing *x, uint32_t node, uint32_t ifindex, unsigned n_labels);
void ribd_state_lsp_name(struct writing *x, uint32_t node, uint32_t in_label); /* of one of ribd's own entries */
/* The instance that a static label-switched path is looked up in, or its first next hop is in; "public". */
const char *ribd_state_lsp_instance(const struct lsp_wish *w);
/* Why a route, or what this client has under a label, is not used, with what is known of interfaces. */
struct rib_route_view;
const char *ribd_state_route_reason(const struct ribd *d, const struct rib_route_view *v, char buf[RIBD_WHY_MAX]);
void ribd_state_label_reason(struct writing *x, uint32_t node, bool is_ours, uint32_t in_label, const char *reason);

/* range.c: big lists, a chunk at a time. The place where the next chunk begins is a note {instance's number, prefix} or
 * a label. */
struct rib_view_range;
/* What of a list of prefixes (or addresses) is to be read now, by its keys `instance` and `prefix` (0: it has no such
 * key). False: nothing, there is no such instance. */
bool ribd_state_range(const struct writing *x, uint32_t instance, uint32_t prefix, struct rib_view_range *range);
bool ribd_state_pause(void *arg, uint32_t vrf, const struct prefix *p);
/* The label to begin with. */
uint32_t ribd_state_label_from(const struct writing *x, uint32_t key);
bool ribd_state_pause_label(void *arg, uint32_t label);

/* lsp.c: lists of /rib */
void ribd_state_lsps(struct writing *x);
void ribd_state_stacks(struct writing *x);
void ribd_state_nexthops(struct writing *x);

/* forwarding.c: /rib/forwarding */
void ribd_state_forwarding(struct writing *x);

/* lookup.c: /rib/lookup, /rib/route-count */
void ribd_state_lookup(struct writing *x);
void ribd_state_route_counts(struct writing *x);

/* labels.c: labels and their ranges */
void ribd_state_labels(struct writing *x);
void ribd_state_label_ranges(struct writing *x);
const char *ribd_state_label_status(enum rib_label_status s);
struct ribd_config;
struct label_ranges ribd_north_label_ranges(const struct ribd_config *c);
bool ribd_north_is_static_label(const struct ribd_config *c, uint32_t label);
int ribd_north_check_labels(const struct ribd_config *c, struct north_error *err); /* as prepare */

/* static.c: static routes and label-switched paths */
int ribd_north_check_static(const struct ribd_config *c, struct north_error *err); /* as prepare */
void ribd_north_wish_static(const struct ribd_config *c, struct ribd_wish *w);
void ribd_north_free_static(struct ribd_wish *w);

/* The operations of north.h. */
int ribd_north_prepare(void *daemon, const void *next, const void *prev, struct north_error *err);
void ribd_north_commit(void *daemon, const void *next, const void *prev);
int ribd_north_action(void *daemon, const char *name, const char *argument, char *reply, size_t size);
void ribd_north_state(void *daemon, const char *path, struct state_writer *w);

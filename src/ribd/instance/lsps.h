/* SPDX-License-Identifier: Apache-2.0
 *
 * Static label-switched paths of the configuration: label entries of ribd itself. What an entry names and is not there
 * yet is waited for.
 */
#pragma once

#include "src/ribd/instance/why.h"

struct label_manager;
struct log;
struct lsps;
struct rib;

struct lsp_wish {
    char name[RIB_NAME_MAX];
    uint32_t in_label;
    bool is_lookup;            /* the label is popped, and the packet looked up in `lookup`; no hops */
    char lookup[RIB_NAME_MAX]; /* "" public */
    size_t n_hops;
    struct hop_wish *hops; /* a label of NONE: pop */
    size_t n_guarded;
    char (*guarded)[RIB_IFNAME_MAX]; /* guarded interfaces that it is let in on */
};

struct lsps *ribd_lsps_create(struct rib *r, struct label_manager *labels, const struct ports *ports,
                              const struct instances *instances, struct log *log);
void ribd_lsps_destroy(struct lsps *l);
void ribd_lsps_want(struct lsps *l, const struct lsp_wish *w, size_t n, uint64_t now_us); /* copied */
void ribd_lsps_refresh(struct lsps *l); /* interfaces or instances came or went: work is due */
void ribd_lsps_work(struct lsps *l);    /* before the RIB settles */
/* A label that it needs is not to be had. ribd_lsps_refresh() tries again. */
bool ribd_lsps_has_failures(const struct lsps *l);
/* Of entries of ribd itself; the label of one that waits may be another's. */
const char *ribd_lsps_name(const struct lsps *l, uint32_t in_label); /* NULL: none of the configuration */
/* Why it does not forward: better than the RIB knows, or `reason` itself. */
const char *ribd_lsps_why(const struct lsps *l, uint32_t in_label, const char *reason, char why[RIBD_WHY_MAX]);
/* The configuration takes the label off without another in its place. */
bool ribd_lsps_is_pop(const struct lsps *l, uint32_t in_label);
/* Those that wait for their label, which is another's, and why. */
void ribd_lsps_each_refused(const struct lsps *l, void (*fn)(void *arg, const struct lsp_wish *w, const char *why),
                            void *arg);

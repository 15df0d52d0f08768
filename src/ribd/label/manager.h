/* SPDX-License-Identifier: Apache-2.0
 *
 * The label manager: who holds which label, and for what FEC. Labels go out in blocks, are claimed with their FEC when
 * they are used, and rest for 120 s after the kernel let them go, first in, first out, before anybody gets them again:
 * a neighbour may hold one longer than we do. Pure: time is an argument.
 */
#pragma once

#include "strata/rib.h"

#define LABEL_REST_US (120ull * 1000000)

struct label_manager;

/* Labels that a ribd before us may have given out, and that somebody may still hold: from `from` on, around the end of
 * the range, up to before `mark`. Equal: none. */
struct label_past {
    uint32_t from, mark;
};

struct label_ranges {
    uint32_t first, last;               /* the protocols' */
    uint32_t static_first, static_last; /* the configuration's; first above last: none */
};

/* Labels first..last. Those of the past rest first; giving out begins behind them. */
struct label_manager *ribd_labels_create(uint32_t first, uint32_t last, struct label_past past, uint64_t now_us);
void ribd_labels_destroy(struct label_manager *m);
/* Another range: labels outside stay with their holders, but are not given out any more. */
void ribd_labels_set_range(struct label_manager *m, uint32_t first, uint32_t last);
void ribd_labels_set_ranges(struct label_manager *m, const struct label_ranges *r);
/* Up to `count` labels for the client; returns how many. 0: the range is used up (or all free labels rest). */
size_t ribd_labels_block(struct label_manager *m, enum rib_client_id c, uint32_t count, uint64_t now_us, uint32_t *out);
/* The past as the next ribd must see it, if this one goes `ahead` labels further. What was past at our own start
 * belongs to it only while it rests: else restarts would use up the range. */
struct label_past ribd_labels_past(const struct label_manager *m, uint32_t ahead, uint64_t now_us);
/* How many labels were looked at since the start: how far the mark has moved. */
uint64_t ribd_labels_walked(const struct label_manager *m);
/* How far ahead of the mark it is wise to write: what a restart lets rest must be a small part of the range. */
uint32_t ribd_labels_mark_step(const struct label_manager *m);
/* The kernel has this label from before: nobody gets it, but its old holder may claim it. */
void ribd_labels_reserve(struct label_manager *m, uint32_t label);
/* 0; -EBUSY: another daemon holds it; -ERANGE: no label that can be given. */
int ribd_labels_claim(struct label_manager *m, enum rib_client_id c, uint32_t label, const struct rib_fec *fec);
bool ribd_labels_is_holder(const struct label_manager *m, enum rib_client_id c, uint32_t label);
/* Its holder has done with it. It rests from now, or (is_live: the kernel still has it) from ribd_labels_gone(). */
void ribd_labels_free(struct label_manager *m, enum rib_client_id c, uint32_t label, bool is_live, uint64_t now_us);
void ribd_labels_gone(struct label_manager *m, uint32_t label, uint64_t now_us);
/* The client's session ended: what it never claimed rests; what it claimed stays its own. */
void ribd_labels_client_lost(struct label_manager *m, enum rib_client_id c, uint64_t now_us);
/* Claims that the client did not make again since it was lost: freed (fn is told, to know which are live). */
void ribd_labels_client_sweep(struct label_manager *m, enum rib_client_id c, bool (*is_live)(void *arg, uint32_t label),
                              void *arg, uint64_t now_us);
void ribd_labels_each_held(const struct label_manager *m, enum rib_client_id c,
                           void (*fn)(void *arg, uint32_t label, const struct rib_fec *fec), void *arg);

/* --- labels that the configuration owns: from the static range --- */

/* For a label-switched path of the configuration; fec->purpose is RIB_LABEL_STATIC. 0 (again for the same FEC, too);
 * -ERANGE: not of the static range; -EBUSY: somebody else's, or it still rests. `why` then says so. */
int ribd_labels_static_claim(struct label_manager *m, uint32_t label, const struct rib_fec *fec,
                             char why[RIB_TEXT_MAX]);
/* Done with it; is_live: the kernel still has it, and ribd_labels_gone() follows. */
void ribd_labels_static_release(struct label_manager *m, uint32_t label, bool is_live, uint64_t now_us);

struct label_view {
    uint32_t label;
    enum rib_client_id owner;
    bool is_claimed, is_stale, is_resting, is_reserved;
    struct rib_fec fec;
};
/* Every label that is claimed, reserved or resting, ascending, from `from` on (0: all). False of fn ends it. */
void ribd_labels_view(const struct label_manager *m, uint32_t from, bool (*fn)(void *arg, const struct label_view *v),
                      void *arg);
struct label_counts {
    size_t claimed, given, resting, reserved, available;
};
void ribd_labels_count(const struct label_manager *m, struct label_counts *out);

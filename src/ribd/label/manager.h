/* SPDX-License-Identifier: Apache-2.0
 *
 * The label manager: who holds which label, and for what FEC. Labels go out in blocks, are claimed with their FEC when
 * they are used, and rest for 120 s after the kernel let them go before another FEC gets them: a neighbour may hold one
 * longer than we do. A label remembers its FEC until it is given to another, so that what flaps or dies and comes back
 * has the label that it had. Pure: time is an argument, and what must outlive ribd goes to a journal.
 */
#pragma once

#include "strata/rib.h"

#define LABEL_REST_US    (120ull * 1000000)
#define LABEL_SHARE_PART 8 /* of the range, for each client that takes labels */

struct label_manager;

/* Labels that a ribd before us may have given out, and that somebody may still hold: from `from` on, around the end of
 * the range, up to before `mark`. Equal: none. */
struct label_past {
    uint32_t from, mark;
};

/* Labels that nobody gets, as the configuration wishes: other programs use them. */
struct label_span {
    uint32_t first, last;
    char name[RIB_NAME_MAX];
};
enum { LABEL_RESERVED_MAX = 32 };
struct label_ranges {
    uint32_t first, last;                           /* the protocols' */
    uint32_t static_first, static_last;             /* the configuration's; first above last: none */
    struct label_span reserved[LABEL_RESERVED_MAX]; /* they do not overlap each other, but the others */
    size_t n_reserved;
};
bool ribd_labels_is_reserved(const struct label_ranges *r, uint32_t label);

/* Labels first..last. Those of the past rest first; giving out begins behind them. */
struct label_manager *ribd_labels_create(uint32_t first, uint32_t last, struct label_past past, uint64_t now_us);
void ribd_labels_destroy(struct label_manager *m);
/* The past rests until then, if it is known otherwise who holds what. */
void ribd_labels_past_until(struct label_manager *m, uint64_t until_us);
/* Other ranges: labels outside, or reserved, stay with their holders, but are not given out any more. */
void ribd_labels_set_range(struct label_manager *m, uint32_t first, uint32_t last); /* nothing reserved */
bool ribd_labels_set_ranges(struct label_manager *m, const struct label_ranges *r); /* those of protocols changed? */

/* --- over restarts --- */

/* What is known of one label; the last record of a label is true. */
struct label_record {
    uint8_t client;
    bool is_freed; /* rests until until_us; 0: from the kernel's delete on */
    uint32_t label;
    uint32_t since_sec;
    uint64_t until_us;
    struct rib_fec fec;
};
typedef void label_journal_fn(void *arg, const struct label_record *r);
void ribd_labels_journal(struct label_manager *m, label_journal_fn *fn, void *arg);
/* Before anybody is given a label: the records that a ribd before us left, in order. What was held is stale until its
 * client claims it. */
void ribd_labels_restore(struct label_manager *m, const struct label_record *r, uint64_t now_us);
void ribd_labels_restored(struct label_manager *m, uint64_t now_us);
/* The records of `n` labels from `from` on, as they are now. Returns where to go on; 0: that was all. */
uint32_t ribd_labels_records(const struct label_manager *m, uint32_t from, size_t n, label_journal_fn *fn, void *arg);
size_t ribd_labels_n_records(const struct label_manager *m);
/* The past as the next ribd must see it, if this one goes `ahead` labels further and its journal is lost. What was past
 * at our own start belongs to it only while it rests: else restarts would use up the range. */
struct label_past ribd_labels_past(const struct label_manager *m, uint32_t ahead, uint64_t now_us);
/* How many labels were looked at since the start: how far the mark has moved. */
uint64_t ribd_labels_walked(const struct label_manager *m);
/* How far ahead of the mark it is wise to write: what a restart lets rest must be a small part of the range. */
uint32_t ribd_labels_mark_step(const struct label_manager *m);

/* --- blocks --- */

/* The client may ask for labels: a share of the range is kept for it against the others. */
void ribd_labels_expect(struct label_manager *m, enum rib_client_id c);
/* Up to `count` labels for the client, and not more than a quarter of what there is; returns how many. 0: the range is
 * used up (or all free labels rest). */
size_t ribd_labels_block(struct label_manager *m, enum rib_client_id c, uint32_t count, uint64_t now_us, uint32_t *out);
/* How many labels the client could get. */
size_t ribd_labels_available(const struct label_manager *m, enum rib_client_id c, uint64_t now_us);
/* What rested long enough is free. Returns when to call again; 0: nothing rests. */
uint64_t ribd_labels_tick(struct label_manager *m, uint64_t now_us);

/* --- holding --- */

/* The kernel has this label from before: nobody gets it, but its old holder may claim it. */
void ribd_labels_reserve(struct label_manager *m, uint32_t label);
/* Another program has an entry for this label in the kernel, or (not is_there) has it no more: it rests then. Nobody
 * gets it meanwhile, nor may who had it before claim it; but what a FEC holds now stays. */
void ribd_labels_others(struct label_manager *m, uint32_t label, bool is_there, uint64_t now_us);
/* 0; -EBUSY: another daemon, FEC or program holds it, or it rests after another; -ERANGE: no label that can be given.
 */
int ribd_labels_claim(struct label_manager *m, enum rib_client_id c, uint32_t label, const struct rib_fec *fec,
                      uint64_t now_us);
/* Claimed already, for that FEC: claiming it again would change nothing. False says nothing. */
bool ribd_labels_is_claimed(const struct label_manager *m, enum rib_client_id c, uint32_t label,
                            const struct rib_fec *fec);
bool ribd_labels_is_holder(const struct label_manager *m, enum rib_client_id c, uint32_t label);
/* Its holder has done with it. It rests from now, or (is_live: the kernel still has it) from ribd_labels_gone(). One of
 * a block that no FEC had is free at once. */
void ribd_labels_free(struct label_manager *m, enum rib_client_id c, uint32_t label, bool is_live, uint64_t now_us);
void ribd_labels_gone(struct label_manager *m, uint32_t label, uint64_t now_us);

/* For a label-switched path of the configuration; fec->purpose is RIB_LABEL_STATIC. The time is that of the last
 * ribd_labels_tick(). 0 (again for the same FEC, too);
 * -ERANGE: not of the static range, or reserved; -EBUSY: somebody else's, or it still rests. `why` then says so. */
int ribd_labels_static_claim(struct label_manager *m, uint32_t label, const struct rib_fec *fec,
                             char why[RIB_TEXT_MAX]);
/* Done with it; is_live: the kernel still has it, and ribd_labels_gone() follows. */
void ribd_labels_static_release(struct label_manager *m, uint32_t label, bool is_live, uint64_t now_us);

/* --- sessions --- */

/* A session begins: fn is told every label that the client holds or that remembers a FEC of it. They wait for it until
 * its sweep. All at once: 100,000 labels take 5 ms, 11 with what their client is sent. */
void ribd_labels_client_opened(struct label_manager *m, enum rib_client_id c,
                               void (*fn)(void *arg, uint32_t label, const struct rib_fec *fec), void *arg,
                               uint64_t now_us);
/* The client's session ended: all it had waits for it. */
void ribd_labels_client_lost(struct label_manager *m, enum rib_client_id c, uint64_t now_us);
/* The client's old blocks are free. Claims that it did not make again since it was lost go in parts, whatever befalls
 * it meanwhile: */
void ribd_labels_client_sweep(struct label_manager *m, enum rib_client_id c, uint64_t now_us);
/* Frees n of them (is_live is asked). True: there are no more. */
bool ribd_labels_sweep_some(struct label_manager *m, enum rib_client_id c, size_t n,
                            bool (*is_live)(void *arg, uint32_t label), void *arg, uint64_t now_us);

/* --- reading --- */

struct label_view {
    uint32_t label;
    enum rib_client_id owner;
    bool is_claimed, is_stale, is_resting, is_reserved, is_others;
    bool has_fec;
    uint32_t since_sec; /* by the same clock as now_us */
    struct rib_fec fec;
};
/* Every label that is claimed, reserved, another program's or resting, ascending, from `from` on (0: all). False of fn
 * ends it. */
void ribd_labels_view(const struct label_manager *m, uint32_t from, bool (*fn)(void *arg, const struct label_view *v),
                      void *arg);
struct label_counts {
    size_t size; /* of the range, without what is reserved */
    size_t claimed, given, resting, reserved;
    size_t available;  /* in the protocols' range, for somebody */
    size_t remembered; /* free, but of a FEC that gets it back if it returns in time */
    size_t bytes;
};
void ribd_labels_count(const struct label_manager *m, uint64_t now_us, struct label_counts *out);
struct label_client_counts {
    size_t given, claimed, resting;
    size_t share; /* so many it can always have: others do not get the last of them */
};
void ribd_labels_count_client(const struct label_manager *m, enum rib_client_id c, struct label_client_counts *out);
void ribd_labels_ranges(const struct label_manager *m, struct label_ranges *out);
struct label_range_counts {
    size_t size, claimed, given, resting, free;
    size_t reserved;     /* of size; not free, whoever holds them still */
    size_t largest_free; /* the longest run of free ones */
};
void ribd_labels_count_range(const struct label_manager *m, uint32_t first, uint32_t last, uint64_t now_us,
                             struct label_range_counts *out);
/* Adds to *wrong: lists that do not add up (all at once, with from 0), and of n labels from `from` on those that are
 * held without a FEC or that no list has. Returns where to go on; 0: that was all. */
uint32_t ribd_labels_audit(const struct label_manager *m, uint32_t from, size_t n, size_t *wrong);

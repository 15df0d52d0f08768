/* SPDX-License-Identifier: Apache-2.0
 *
 * The label manager from inside. Every label that was ever touched has a record in a page of its neighbours; the
 * records of one state (and client) are strung on one list, by label number: no allocation a label, nothing to search.
 */
#pragma once

#include "src/ribd/label/manager.h"
#include "strata/index32.h"
#include "strata/mem.h"
#include "strata/slab.h"

enum { LABEL_PAGE = 64, LABEL_PAGES = (LABEL_KERNEL_MAX + LABEL_PAGE) / LABEL_PAGE, LABEL_CLIENTS = 8 };

enum label_state_of {
    FREE,     /* nobody's; strung on its list only if it came back from a block */
    RESTING,  /* a neighbour may still use it */
    RESTED,   /* free, but remembers its FEC */
    GIVEN,    /* in a client's block */
    LEFT,     /* in a block of a session that ended: the same client gets it first */
    CLAIMED,  /* held for a FEC */
    DRAINING, /* given back, the kernel still has it */
    TOLD,     /* rested, and its client was told of it and has not ended its replay */
    FOUND,    /* in the kernel from before, nobody claimed it yet */
    OTHERS,   /* in the kernel, of another program; with a client: it is in a block of it */
    LABEL_STATES
};

enum label_age { OF_NOW, STALE, SWEPT };

struct label {
    struct rib_fec fec; /* canonical; purpose 0: none */
    uint64_t until_us;  /* RESTING */
    uint32_t next, prev;
    uint32_t since_sec; /* this state */
    uint8_t state;      /* enum label_state_of */
    uint8_t client;
    uint8_t age;      /* enum label_age; CLAIMED: not claimed again since its session ended, and the sweep takes it */
    bool is_restored; /* known from the file alone: its client knows better */
};

struct label_list {
    uint32_t first, last; /* 0: empty */
    size_t n;
};

struct label_manager {
    struct label_ranges range;
    uint32_t n_reserved;    /* of the protocols' range */
    struct label_past past; /* rests until recycle_from_us */
    uint64_t recycle_from_us;
    uint64_t now_us;     /* the latest time that was told */
    uint32_t start, at;  /* giving out began there, and looks here next; around the end of the range */
    uint32_t fresh_left; /* of the first round, which leaves out the past */
    uint32_t recycle_at; /* the second round: next to look at */
    uint64_t walked;
    uint32_t lowest, highest; /* given out in the first round */
    bool has_new_range;       /* what was given is not one run any more, but between those two */
    struct label *pages[LABEL_PAGES];
    struct slab_space space;
    struct slab page_slab;
    struct label_list lists[LABEL_STATES][LABEL_CLIENTS];
    size_t n_busy;      /* of the protocols' range: neither FREE nor RESTED */
    size_t n_past_free; /* of it: FREE, and of the past */
    size_t resting[LABEL_CLIENTS];
    struct index32 fecs;         /* labels by client and FEC */
    bool has_twins;              /* two held labels had one FEC: the index knows the later one */
    uint8_t expected, replaying; /* bits of clients */
    label_journal_fn *journal;
    void *journal_arg;
    struct mem_account mem;
};

/* --- manager.c --- */
struct label *ribd_label_find(const struct label_manager *m, uint32_t label); /* NULL: never touched */
void ribd_label_move(struct label_manager *m, uint32_t label, enum label_state_of state, enum rib_client_id c,
                     uint64_t now_us);
/* Labels that are FREE, of the range, not of the past, and on no list: into the client's block. */
void ribd_labels_give_fresh(struct label_manager *m, enum rib_client_id c, const uint32_t *labels, size_t n,
                            uint64_t now_us);
/* Forgets what it was for. */
void ribd_label_forget(struct label_manager *m, uint32_t label);
bool ribd_label_is_past(const struct label_manager *m, uint32_t label);
bool ribd_label_is_dynamic(const struct label_manager *m, uint32_t label); /* of the protocols' range, not reserved */
bool ribd_label_is_listed(const struct label_manager *m, uint32_t label);  /* those before and behind it say so */
size_t ribd_label_n(const struct label_manager *m, enum label_state_of state); /* not of FREE */
uint32_t ribd_label_range_size(const struct label_manager *m);                 /* without what is reserved */

/* --- index.c: labels by FEC --- */
/* The label's FEC leads to it from now on. Returns the label that it led to before, 0: none; if that one is held it
 * stays so, unless is_always. */
uint32_t ribd_label_index_lead(struct label_manager *m, const struct label *l, uint32_t label, bool is_always);
void ribd_label_index_remove(struct label_manager *m, uint32_t label); /* if it is this one that its FEC leads to */
uint32_t ribd_label_index_find(const struct label_manager *m, enum rib_client_id c, const struct rib_fec *canonical);

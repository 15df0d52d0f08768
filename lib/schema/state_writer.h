/* SPDX-License-Identifier: Apache-2.0
 *
 * The writer of state: state_write.c makes the records, state_list.c decides what is taken of what a daemon writes.
 */
#pragma once

#include "lib/schema/state_place.h"

/* Depth d is below what stack[d] is; the step of a node that is opened there is step[d] of a place. */
struct state_writer {
    const struct schema *schema;
    struct stream out;
    uint32_t stack[STREAM_DEPTH_MAX];
    size_t mark[STREAM_DEPTH_MAX]; /* [d]: where the record of what is open below depth d begins */
    unsigned depth;
    unsigned skipped; /* opens that were left out, and wait for their close */

    enum {
        STATE_WRITING,
        STATE_SEEKING, /* what comes was written in an earlier chunk, until the cursor's place is reached */
        STATE_FULL     /* what comes is for later chunks */
    } phase;
    struct state_place asked; /* by the path; no steps: everything */
    struct state_place from;  /* the cursor */
    struct state_place open;  /* the keys of what is open; n is not kept */
    struct state_step last;   /* the entry that was closed last */
    bool is_last_taken;
    bool has_ended; /* an entry, since the last pause */
    uint32_t list;  /* that was announced last */
    bool has_after; /* the last step of `from` is where the list goes on that was announced last */
    size_t found;   /* SEEKING: so many steps of the cursor are open */
    uint64_t limit, load;
    struct state_place end; /* FULL: the next cursor */
};

/* The child of what is open that `node` means: itself, or, where a grouping is used in several places, the node of the
 * same name here. */
uint32_t state_child(const struct state_writer *w, uint32_t node);

bool state_takes(const struct state_writer *w, uint32_t child); /* a container or entry that would be opened */
bool state_takes_leaf(const struct state_writer *w, uint32_t leaf);
void state_opened(struct state_writer *w);
void state_closed(struct state_writer *w);
void state_key_written(struct state_writer *w, uint32_t leaf, const union value_slot *slot);
void state_list_fini(struct state_writer *w);

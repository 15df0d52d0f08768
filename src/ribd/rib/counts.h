/* SPDX-License-Identifier: Apache-2.0
 *
 * What each instance holds (counts.c): told by those who change it.
 */
#pragma once

#include "src/ribd/rib/internal.h"

/* Whether routes of the instance over the set are remote. */
static inline bool ribd_nhset_is_far(const struct nhset *s, const struct vrf *v)
{
    return s->has_hops && (s->has_hops_in_several || s->hops_vrf != v->id);
}
void ribd_count_far(struct rib *r, struct vrf *v, struct nhset *s, bool is_one_more);
/* By its first route: false before that may be another, true when it was processed and none can be used. */
void ribd_count_unusable(struct rib *r, struct dest *d, bool is_unusable);
/* What an entry is for the instance of its FEC, and of which it has how many (those that are not counted: any number).
 */
enum { COUNTED_NOT, COUNTED_USABLE, COUNTED_UNUSABLE, COUNTED_STATES };
void ribd_count_entry_anew(struct rib *r, struct entry *e, unsigned now);
static inline void ribd_count_entry_as(struct rib *r, struct entry *e, unsigned now)
{
    if (now != e->counted)
        ribd_count_entry_anew(r, e, now);
}
/* As it is now. */
static inline void ribd_count_entry(struct rib *r, struct entry *e)
{
    bool is_usable = !e->is_failed && (e->written || e->written_lookup);

    ribd_count_entry_as(r, e, e->is_deleted ? COUNTED_NOT : is_usable ? COUNTED_USABLE : COUNTED_UNUSABLE);
}
void ribd_counts_free(struct rib *r, struct vrf *v);

/* SPDX-License-Identifier: Apache-2.0
 *
 * What ribd tells without being asked: the label guard, the label range, what the kernel should not be.
 */
#include "src/ribd/north/private.h"

#include "ribd_config.h"
#include "src/ribd/label/manager.h"
#include "strata/north.h"
#include "strata/state.h"

void ribd_tell(struct ribd *d, enum ribd_news news)
{
    static const uint32_t nodes[] = {
        [RIBD_TELL_GUARD_LOST] = RIBD_NOTIFY_LABEL_GUARD_LOST,
        [RIBD_TELL_GUARD_RESTORED] = RIBD_NOTIFY_LABEL_GUARD_RESTORED,
    };

    if (!d->north)
        return;
    north_notify_begin(d->north, nodes[news]);
    north_notify_end(d->north);
}

void ribd_tell_guard_switched(struct ribd *d, bool is_enabled)
{
    if (!d->north)
        return;
    state_bool(north_notify_begin(d->north, RIBD_NOTIFY_LABEL_GUARD_SWITCHED), RIBD_NOTIFY_LABEL_GUARD_SWITCHED_ENABLED,
               is_enabled);
    north_notify_end(d->north);
}

void ribd_tell_difference(struct ribd *d, const char *difference)
{
    if (!d->north)
        return;
    state_text(north_notify_begin(d->north, RIBD_NOTIFY_DATA_PLANE_DIFFERENCE),
               RIBD_NOTIFY_DATA_PLANE_DIFFERENCE_DIFFERENCE, difference);
    north_notify_end(d->north);
}

void ribd_tell_labels(struct ribd *d, bool is_exhausted, enum rib_client_id c)
{
    const struct ribd_config *config = d->north ? north_config(d->north) : NULL;
    struct label_counts counts;
    struct state_writer *w;

    if (!config)
        return;
    ribd_labels_count(d->labels, loop_now_us(d->env->loop), &counts);
    w = north_notify_begin(d->north,
                           is_exhausted ? RIBD_NOTIFY_LABEL_RANGE_EXHAUSTED : RIBD_NOTIFY_LABEL_RANGE_AVAILABLE);
    if (is_exhausted) {
        state_enum(w, RIBD_NOTIFY_LABEL_RANGE_EXHAUSTED_CLIENT, (int)c);
        state_u64(w, RIBD_NOTIFY_LABEL_RANGE_EXHAUSTED_LOWER, config->mpls.label_range.lower);
        state_u64(w, RIBD_NOTIFY_LABEL_RANGE_EXHAUSTED_UPPER, config->mpls.label_range.upper);
        state_u64(w, RIBD_NOTIFY_LABEL_RANGE_EXHAUSTED_RESTING, counts.resting);
    } else {
        state_u64(w, RIBD_NOTIFY_LABEL_RANGE_AVAILABLE_AVAILABLE, counts.available);
    }
    north_notify_end(d->north);
}

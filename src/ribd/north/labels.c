/* SPDX-License-Identifier: Apache-2.0
 *
 * Label ranges in the configuration: what is static if it is not said, and what cannot be.
 */
#include <errno.h>
#include <stdio.h>

#include "ribd_config.h"
#include "src/ribd/north/private.h"
#include "strata/north.h"

struct label_ranges ribd_north_label_ranges(const struct ribd_config *c)
{
    const struct cfg_mpls_label_range *r = &c->mpls.label_range;

    return (struct label_ranges){.first = r->lower,
                                 .last = r->upper,
                                 .static_first = r->static_ ? r->static_->lower : LABEL_FIRST_UNRESERVED,
                                 .static_last = r->static_ ? r->static_->upper : r->lower - 1};
}

bool ribd_north_is_static_label(const struct ribd_config *c, uint32_t label)
{
    struct label_ranges r = ribd_north_label_ranges(c);

    return label >= r.static_first && label <= r.static_last;
}

static int refuse(struct north_error *err, const char *path, const char *message)
{
    snprintf(err->path, sizeof(err->path), "%s", path);
    snprintf(err->message, sizeof(err->message), "%s", message);
    return -EINVAL;
}

int ribd_north_check_labels(const struct ribd_config *c, struct north_error *err)
{
    struct label_ranges r = ribd_north_label_ranges(c);

    if (r.first < LABEL_FIRST_UNRESERVED || r.first > r.last)
        return refuse(err, "/mpls/label-range/lower", "The lower end of the label range is not below the upper one.");
    if (r.last > LABEL_KERNEL_MAX)
        return refuse(err, "/mpls/label-range/upper", "Linux takes labels up to 1048574 only.");
    if (!c->mpls.label_range.static_)
        return 0;
    if (r.static_first < LABEL_FIRST_UNRESERVED || r.static_first > r.static_last)
        return refuse(err, "/mpls/label-range/static/lower",
                      "The lower end of the static label range is above the upper one, or below 16.");
    if (r.static_last > LABEL_KERNEL_MAX)
        return refuse(err, "/mpls/label-range/static/upper", "Linux takes labels up to 1048574 only.");
    if (r.static_first <= r.last && r.static_last >= r.first) {
        snprintf(err->path, sizeof(err->path), "/mpls/label-range/static");
        snprintf(err->message, sizeof(err->message),
                 "Static labels %u-%u overlap the labels of the protocols, %u-%u: move one of the ranges.",
                 r.static_first, r.static_last, r.first, r.last);
        return -EINVAL;
    }
    return 0;
}

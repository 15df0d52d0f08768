/* SPDX-License-Identifier: Apache-2.0
 *
 * An audit of a whole ribd at once, for data planes that tell all they have at once.
 */
#pragma once

#include <stdio.h>

#include "src/ribd/ribd.h"

struct audited {
    char *reply;
    size_t size;
    bool is_done;
};

static inline void audited_done(void *arg, const char *reply)
{
    struct audited *a = arg;

    snprintf(a->reply, a->size, "%s", reply ? reply : "");
    a->is_done = true;
}

static inline void audit_now(struct ribd *d, bool is_repair, char *reply, size_t size)
{
    struct audited a = {reply, size, false};

    ribd_rib_settle(d->rib);
    ribd_audit(d, is_repair, audited_done, &a);
    for (int i = 0; i < 100000 && !a.is_done; i++)
        ribd_rib_settle(d->rib);
}

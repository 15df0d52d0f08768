/* SPDX-License-Identifier: Apache-2.0
 *
 * <state-dir>/label-claims: which FEC holds or held which label, so that it keeps it when ribd and the client die
 * together. Records are added at the end, once a turn of the loop and before anybody is told that a label is good; when
 * most are of the past the file is written anew, a piece at a time.
 */
#pragma once

#include "src/ribd/label/manager.h"
#include "strata/env.h"

struct label_store;

enum label_store_found {
    LABEL_STORE_WHOLE,   /* by a ribd of this boot: everything is known */
    LABEL_STORE_OLD,     /* of a boot before: the last of it may be missing */
    LABEL_STORE_DAMAGED, /* not all could be read */
    LABEL_STORE_NONE
};

/* Reads the file. */
struct label_store *label_store_open(const struct env *env);
void label_store_close(struct label_store *s); /* what waits is written */
enum label_store_found label_store_found(const struct label_store *s);
/* Gives what was found to the manager, begins the file anew, and keeps it. */
void label_store_attach(struct label_store *s, struct label_manager *m);
/* Call before the kernel is written, and so before anybody hears that his label is good. What nobody waits for is
 * written in the next turn of the loop. */
void label_store_flush(struct label_store *s);

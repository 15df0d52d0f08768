/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit log: <state_dir>/audit.log, a JSON object a line, for what people did and what was denied to them. Rotated
 * by size to audit.log.1 (the newest) ... Values of configuration never come into it, so that no secret does.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;

enum audit_kind {
    AUDIT_SESSION_START,
    AUDIT_SESSION_END,
    AUDIT_SESSION_KILLED, /* detail: by whom */
    AUDIT_COMMIT,
    AUDIT_ROLLBACK,
    AUDIT_CONFIRMED, /* detail: which commits */
    AUDIT_CANCELLED,
    AUDIT_LOCK, /* operation: the datastore */
    AUDIT_UNLOCK,
    AUDIT_REQUEST, /* operation: its words; detail: what came of it */
    AUDIT_DENIED,
};

struct audit_event { /* strings are borrowed; NULL or "" = left out */
    enum audit_kind kind;
    const char *time; /* RFC 3339 */
    uint32_t session; /* 0 = the router itself */
    const char *user;
    const char *front; /* "shell", "netconf" */
    const char *host;
    uint32_t commit;       /* its number */
    const char *operation; /* denied: "create", or the protocol operation */
    const char *path;
    const char *detail; /* comment, reason */
};

struct audit {
    const struct env *env;
    size_t size; /* of the file */
    bool is_known, is_torn, is_failing;
    uint64_t refill_us; /* what anybody may cause at will: a bucket */
    unsigned tokens, n_omitted;
};

#define AUDIT_FILE_MAX (1024 * 1024)
#define AUDIT_FILES    4  /* the current one and older ones */
#define AUDIT_BURST    20 /* denials, locks, requests at once; then one a second; the next tells how many are left out */

void audit_init(struct audit *a, const struct env *env);
void audit_write(struct audit *a, const struct audit_event *e);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults: made here, or of what mgmtd answered.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/escape.h"
#include "src/netconfd/rpc/rpc.h"

void rpc_fault_set(struct rpc_fault *f, const char *type, const char *tag, const char *fmt, ...)
{
    va_list args;
    memset(f, 0, sizeof(*f));
    f->type = type;
    snprintf(f->tag, sizeof(f->tag), "%s", tag);
    va_start(args, fmt);
    vsnprintf(f->message, sizeof(f->message), fmt, args);
    va_end(args);
}

void rpc_fault_info(struct rpc_fault *f, const char *name, const char *value, size_t len)
{
    struct text_buf b = {0};
    text_add_xml(&b, value, len);
    size_t used = strlen(f->info);
    int n = snprintf(f->info + used, sizeof(f->info) - used, "<%s>%s</%s>", name, text_buf_get(&b), name);
    if (n < 0 || (size_t)n >= sizeof(f->info) - used)
        f->info[used] = '\0'; /* never half an element */
    text_buf_fini(&b);
}

static const char *tag_of(int error)
{
    switch (-error) {
    case EACCES:
    case EPERM:
        return "access-denied";
    case EBUSY:
        return "in-use";
    case EEXIST:
        return "data-exists";
    case ENOENT:
        return "data-missing";
    case EINVAL:
        return "invalid-value";
    case EMSGSIZE:
    case E2BIG:
        return "too-big";
    case ENOMEM:
    case ENOSPC:
        return "resource-denied";
    case ENOTSUP:
        return "operation-not-supported";
    default:
        return "operation-failed";
    }
}

/* Tags that RFC 6241 appendix A gives to the protocol layer alone. */
static const char *type_of(const char *tag)
{
    return strcmp(tag, "lock-denied") == 0 || strcmp(tag, "rollback-failed") == 0 ? "protocol" : "application";
}

void rpc_fault_of_reply(struct rpc_fault *f, const struct front_reply *r)
{
    const char *tag = r->tag[0] ? r->tag : tag_of(r->error);
    rpc_fault_set(f, type_of(tag), tag, "%s", r->text[0] ? r->text : strerror(-r->error));
    snprintf(f->app_tag, sizeof(f->app_tag), "%s", r->app_tag);
    snprintf(f->path, sizeof(f->path), "%s", r->path);
    if (strlen(r->info) < sizeof(f->info))
        snprintf(f->info, sizeof(f->info), "%s", r->info);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers to front ends: text for people, and for NETCONF the fields of an rpc-error (RFC 6241 section 4.3).
 */
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/ipc/north/front_msg.h"
#include "lib/text/buf.h"
#include "lib/text/path.h"
#include "strata/ipc.h"

static const char *tag_of(int error)
{
    switch (-error) {
    case EACCES:
        return "access-denied";
    case EBUSY:
        return "in-use";
    case EEXIST:
        return "data-exists";
    case ENOENT:
        return "data-missing";
    case EMSGSIZE:
        return "too-big";
    case EOPNOTSUPP:
        return "operation-not-supported";
    default:
        return "operation-failed";
    }
}

void session_fail(struct session *s, uint64_t id, const struct session_fault *f)
{
    struct front_reply r = {.id = id,
                            .error = f->error,
                            .text = f->text,
                            .note = f->note,
                            .tag = f->tag ? f->tag : tag_of(f->error),
                            .app_tag = f->app_tag,
                            .path = f->path,
                            .info = f->info};
    front_reply_send(s->conn, &r);
}

void session_reply(struct session *s, uint64_t id, int error, const char *text, const char *note)
{
    struct front_reply r = {.id = id, .error = error, .text = text, .note = note};
    if (error)
        r.tag = tag_of(error);
    if (front_reply_send(s->conn, &r) == -EMSGSIZE)
        session_fail(s, id,
                     &(struct session_fault){.error = -EMSGSIZE, .text = "the answer is too long; ask for less"});
}

void session_reply_fmt(struct session *s, uint64_t id, int error, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    session_reply(s, id, error, text, "");
}

void session_fail_locked(struct session *s, uint64_t id, const char *tag, uint32_t owner, const char *what)
{
    char text[160], info[64];
    if (owner)
        snprintf(text, sizeof(text), "%s by session %u", what, owner);
    else
        snprintf(text, sizeof(text), "%s", what);
    snprintf(info, sizeof(info), "<session-id>%u</session-id>", owner);
    session_fail(s, id,
                 &(struct session_fault){
                     .error = -EBUSY, .tag = tag, .info = strcmp(tag, "lock-denied") == 0 ? info : NULL, .text = text});
}

static const struct lysc_node *schema_child(const struct ly_ctx *ctx, const struct lysc_node *parent,
                                            const struct yang_segment *seg)
{
    const struct lysc_node *n = NULL;
    const struct lys_module *m;
    uint32_t index = 0;

    if (parent) {
        while ((n = lys_getnext(n, parent, NULL, 0)))
            if (strlen(n->name) == seg->name_len && memcmp(n->name, seg->name, seg->name_len) == 0)
                return n;
        return NULL;
    }
    while ((m = ly_ctx_get_module_iter(ctx, &index)))
        for (n = NULL; m->compiled && (n = lys_getnext(n, NULL, m->compiled, 0));)
            if (strlen(n->name) == seg->name_len && memcmp(n->name, seg->name, seg->name_len) == 0)
                return n;
    return NULL;
}

static void add_keys(const struct lysc_node *node, const char *at, const char *end, struct text_buf *out)
{
    const struct lysc_node *key = node->nodetype == LYS_LIST ? lysc_node_child(node) : NULL;
    while (at < end && *at == '[') {
        const char *close = memchr(at, ']', (size_t)(end - at));
        size_t len = close ? (size_t)(close - at) - 1 : 0;
        char quote = close && memchr(at, '\'', len + 1) ? '"' : '\'';
        if (!close || (node->nodetype == LYS_LIST && (!key || !lysc_is_key(key))))
            return;
        text_buf_printf(out, "[%s=%c%.*s%c]", key ? key->name : ".", quote, (int)len, at + 1, quote);
        key = key ? key->next : NULL;
        at = close + 1;
    }
}

/* A path in Strata's form as an instance-identifier; "" if it names nothing of the schema. */
static void instance_path(const struct ly_ctx *ctx, const char *path, struct text_buf *out)
{
    const struct lysc_node *node = NULL;
    struct yang_segment seg;
    while (yang_path_next(&path, &seg)) {
        const struct lysc_node *next = schema_child(ctx, node, &seg);
        if (!next)
            return;
        bool is_other = !node || node->module != next->module;
        text_buf_printf(out, "/%s%s%s", is_other ? next->module->name : "", is_other ? ":" : "", next->name);
        if (seg.key)
            add_keys(next, seg.key - 1, seg.keys_end, out);
        node = next;
    }
}

void session_fail_yang(struct session *s, uint64_t id, int error, const struct yang_fault *f, const char *text)
{
    struct txn_result r = {.error = error, .fault = *f};
    session_fail_txn(s, id, &r, text);
}

void session_fail_txn(struct session *s, uint64_t id, const struct txn_result *r, const char *text)
{
    struct text_buf path = {.acct = &s->m->mem};
    char info[64] = "";
    if (r->session)
        snprintf(info, sizeof(info), "<session-id>%u</session-id>", r->session);
    instance_path(s->m->ctx, r->fault.path, &path);
    session_fail(s, id,
                 &(struct session_fault){.error = r->error,
                                         .tag = r->tag,
                                         .path = text_buf_get(&path),
                                         .info = info,
                                         .text = text,
                                         .note = r->note});
    text_buf_fini(&path);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the audit log. What users say (names, comments, paths) is bounded and escaped: a line stays one line, and
 * valid UTF-8. Who is denied in a loop can neither fill the log nor push the commits out of it: denials have a rate
 * limit.
 */
#include "src/mgmtd/audit.h"

#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/escape.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"

enum { VALUE_MAX = 1024, SECOND_US = 1000000 };

static const char *kind_name(enum audit_kind kind)
{
    switch (kind) {
    case AUDIT_SESSION_START:
        return "session-start";
    case AUDIT_SESSION_END:
        return "session-end";
    case AUDIT_SESSION_KILLED:
        return "session-killed";
    case AUDIT_COMMIT:
        return "commit";
    case AUDIT_ROLLBACK:
        return "rollback";
    case AUDIT_CONFIRMED:
        return "confirmed";
    case AUDIT_CANCELLED:
        return "cancelled";
    case AUDIT_LOCK:
        return "lock";
    case AUDIT_UNLOCK:
        return "unlock";
    case AUDIT_REQUEST:
        return "request";
    case AUDIT_DENIED:
        return "denied";
    }
    return "unknown";
}

/* --- one line --- */

static void add_text(struct text_buf *out, const char *name, const char *value)
{
    if (!value || !value[0])
        return;
    text_buf_printf(out, ",\"%s\":\"", name);
    const char *rest = text_add_json(out, value, VALUE_MAX);
    text_buf_puts(out, *rest ? "...\"" : "\"");
}

static void add_number(struct text_buf *out, const char *name, uint32_t value)
{
    if (value)
        text_buf_printf(out, ",\"%s\":%u", name, value);
}

static void write_line(const struct audit *a, const struct audit_event *e, struct text_buf *out)
{
    text_buf_printf(out, "%s{\"event\":\"%s\"", a->is_torn ? "\n" : "", kind_name(e->kind));
    add_text(out, "time", e->time);
    add_number(out, "session", e->session);
    add_text(out, "user", e->user);
    add_text(out, "front-end", e->front);
    add_text(out, "host", e->host);
    add_number(out, "commit", e->commit);
    add_text(out, "operation", e->operation);
    add_text(out, "path", e->path);
    add_text(out, "detail", e->detail);
    add_number(out, "omitted", a->n_omitted);
    text_buf_puts(out, "}\n");
}

/* --- the files --- */

static void file_name(const struct audit *a, unsigned i, char out[300])
{
    char suffix[16] = "";
    if (i)
        snprintf(suffix, sizeof(suffix), ".%u", i);
    snprintf(out, 300, "%.260s/audit.log%s", a->env->state_dir, suffix);
}

/* What a run before this one left: how much, and whether its last line is whole. */
static void look(struct audit *a)
{
    char path[300], *data = NULL;
    size_t len = 0;

    a->is_known = true;
    file_name(a, 0, path);
    if (io_file_read(a->env->io, path, &data, &len))
        return;
    a->size = len;
    a->is_torn = len > 0 && data[len - 1] != '\n';
    mem_free(NULL, data);
}

/* A crash between two of the steps leaves a gap in the numbers and loses nothing. */
static void rotate(struct audit *a)
{
    char from[300], to[300];
    for (unsigned i = AUDIT_FILES - 1; i > 0; i--) {
        file_name(a, i - 1, from);
        file_name(a, i, to);
        io_file_rename(a->env->io, from, to);
    }
    a->size = 0;
    a->is_torn = false;
}

/* What everybody can cause as often as he likes. */
static bool is_at_will(enum audit_kind kind)
{
    return kind == AUDIT_DENIED || kind == AUDIT_LOCK || kind == AUDIT_UNLOCK || kind == AUDIT_REQUEST;
}

static bool is_allowed(struct audit *a, const struct audit_event *e)
{
    uint64_t now = loop_now_us(a->env->loop);
    uint64_t n = (now - a->refill_us) / SECOND_US;

    if (n) {
        a->tokens = n > AUDIT_BURST - a->tokens ? AUDIT_BURST : a->tokens + (unsigned)n;
        a->refill_us += n * SECOND_US;
    }
    if (!is_at_will(e->kind))
        return true;
    if (a->tokens == 0) {
        a->n_omitted++;
        return false;
    }
    a->tokens--;
    return true;
}

void audit_init(struct audit *a, const struct env *env)
{
    *a = (struct audit){.env = env, .tokens = AUDIT_BURST, .refill_us = loop_now_us(env->loop)};
}

/* Each `strata -c` is a session: these would push everything else out of the router's log. The file has them all. */
static enum log_level log_level_of(const struct audit_event *e)
{
    bool is_coming_or_going = e->kind == AUDIT_SESSION_START || e->kind == AUDIT_SESSION_END;
    bool is_netconf = e->front && strcmp(e->front, "netconf") == 0;

    return is_coming_or_going && !is_netconf ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

void audit_write(struct audit *a, const struct audit_event *e)
{
    struct text_buf line = {0};
    char path[300];

    if (!is_allowed(a, e))
        return;
    if (!a->is_known)
        look(a);
    if (a->size >= AUDIT_FILE_MAX)
        rotate(a);
    file_name(a, 0, path);
    write_line(a, e, &line);
    int rc = io_file_append(a->env->io, path, text_buf_get(&line), line.len);
    if (rc == 0) {
        a->size += line.len;
        a->is_torn = false;
        a->n_omitted = 0;
    } else if (!a->is_failing) { /* once, until it works again */
        LOG_ERROR(a->env->log, "audit-failed", "file=%s error=\"%s\"", path, strerror(-rc));
    }
    a->is_failing = rc != 0;
    log_event(a->env->log, log_level_of(e), "audit",
              "what=%s session=%u user=\"%s\"%s%s commit=%u operation=\"%s\" path=\"%s\"", kind_name(e->kind),
              e->session, e->user ? e->user : "", e->front ? " front-end=" : "", e->front ? e->front : "", e->commit,
              e->operation ? e->operation : "", e->path ? e->path : "");
    text_buf_fini(&line);
}

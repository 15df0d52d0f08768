/* SPDX-License-Identifier: Apache-2.0
 *
 * The start: the stored running configuration if there is one, or if it is damaged the newest commit that can be read;
 * else the boot file. That is parsed and validated at once and committed as soon as the daemons that it needs are
 * connected, or after MGMTD_BOOT_MS with those that are. One that is wrong is logged with file and line, and the router
 * starts with an empty configuration.
 */
#include "src/mgmtd/core.h"
#include "src/mgmtd/intent/intent.h"
#include "src/mgmtd/intent/warn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/parse.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/schema.h"

static void log_bad(struct mgmtd *m, const struct text_error *err)
{
    struct text_buf line = {.acct = &m->mem};
    text_error_format(err, &line);
    LOG_ERROR(m->env.log, "configuration-bad", "error=\"%s\" effect=\"the configuration is empty\"",
              text_buf_get(&line));
    text_buf_fini(&line);
}

static void log_fault(struct mgmtd *m, const struct yang_fault *fault)
{
    struct text_error err = {.line = text_line_of(fault->node)};
    snprintf(err.file, sizeof(err.file), "%s", m->boot.file);
    snprintf(err.path, sizeof(err.path), "%s", fault->path);
    snprintf(err.message, sizeof(err.message), "%s", fault->message);
    log_bad(m, &err);
}

static void log_warning(void *arg, const char *path, const char *text)
{
    struct mgmtd *m = arg;
    LOG_WARN(m->env.log, "configuration-warning", "path=%s warning=\"%s\"", path, text);
}

/* The daemons that something is configured for and that are not there. */
static void name_missing(const struct mgmtd *m, char *out, size_t size)
{
    uint32_t needed = daemons_needed_by(m, m->boot.is_pending ? m->boot.intended : m->intended);
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < m->n_daemons && len < size; i++)
        if ((needed & (1u << i)) && m->daemons[i].state == LINK_DOWN)
            len += (size_t)snprintf(out + len, size - len, "%s%s", len ? "," : "", m->daemons[i].owner->daemon);
}

static void on_patience(void *arg)
{
    struct mgmtd *m = arg;
    char names[256];

    name_missing(m, names, sizeof(names));
    if (names[0])
        LOG_WARN(m->env.log, "daemons-awaited", "daemons=%s effect=\"%s\"", names,
                 m->boot.is_pending ? "the configuration waits for them, for some seconds more"
                                    : "they get the configuration when they are there");
}

static void settle(struct mgmtd *m)
{
    timer_cancel(&m->boot.deadline);
    m->boot.is_pending = false;
    m->boot.is_committing = false;
    yang_tree_free(m->boot.tree);
    yang_tree_free(m->boot.intended);
    m->boot.tree = m->boot.intended = NULL;
}

static void on_committed(void *arg, const struct txn_result *r)
{
    struct mgmtd *m = arg;
    if (r->error && r->daemon && r->error != -EINVAL) {
        /* Lost or silent, not refused: the next one that connects gives another try. */
        LOG_WARN(m->env.log, "boot-commit-failed", "daemon=%s reason=\"%s\"", r->daemon, r->fault.message);
        m->boot.is_committing = false;
        timer_arm_ms(&m->boot.deadline, MGMTD_BOOT_MS);
        return;
    }
    if (r->error)
        log_fault(m, &r->fault);
    settle(m);
}

static void commit(struct mgmtd *m)
{
    struct txn_request req = {.is_boot = true, .author = "boot", .done = on_committed, .arg = m};

    m->boot.is_committing = true;
    timer_cancel(&m->boot.deadline);
    req.tree = yang_tree_dup(m->boot.tree);
    yang_tree_copy_lines(m->boot.tree, req.tree);
    snprintf(req.comment, sizeof(req.comment), "boot configuration %.200s", m->boot.file);
    txn_start(m, &req);
}

void boot_daemon_met(struct mgmtd *m)
{
    if (!m->boot.is_pending || m->boot.is_committing)
        return;
    uint32_t needed = daemons_needed_by(m, m->boot.intended);
    for (size_t i = 0; i < m->n_daemons; i++)
        if ((needed & (1u << i)) && m->daemons[i].state == LINK_DOWN)
            return;
    commit(m);
}

static void on_deadline(void *arg)
{
    struct mgmtd *m = arg;
    char names[256];

    name_missing(m, names, sizeof(names));
    LOG_WARN(m->env.log, "boot-incomplete",
             "missing=%s effect=\"not all daemons that the configuration needs are there; going on\"", names);
    commit(m);
}

static void load_boot(struct mgmtd *m, const char *file, const char *text, size_t len)
{
    struct text_source src = {.name = file, .text = text, .len = len};
    struct text_error err;
    struct yang_fault fault;

    snprintf(m->boot.file, sizeof(m->boot.file), "%s", file);
    if (text_parse(m->ctx, &src, &m->boot.tree, &err)) {
        log_bad(m, &err);
        settle(m);
        return;
    }
    if (yang_tree_validate(m->ctx, m->boot.tree, &fault) ||
        intent_expand(m->ctx, m->boot.tree, &m->boot.intended, &fault)) {
        log_fault(m, &fault);
        settle(m);
        return;
    }
    m->boot.is_pending = true;
    timer_arm_ms(&m->boot.deadline, MGMTD_BOOT_MS);
    LOG_INFO(m->env.log, "boot-configuration", "file=%s", file);
    intent_warn(NULL, m->boot.tree, m->boot.intended, log_warning, m);
}

/* What runs was accepted once. If this software sees a contradiction in it, the router goes on with what was typed. */
static void expand_running(struct mgmtd *m)
{
    struct yang_fault fault;
    if (intent_expand(m->ctx, m->running, &m->intended, &fault) == 0) {
        intent_warn(NULL, m->running, m->intended, log_warning, m);
        return;
    }
    LOG_ERROR(m->env.log, "running-not-expanded",
              "path=%s reason=\"%s\" effect=\"what intents imply is left out until the configuration is mended\"",
              fault.path, fault.message);
    m->intended = yang_tree_dup(m->running);
}

/* What ran cannot be read any more, and an older commit takes its place: a commit of its own, so that no daemon takes
 * its version for that of the lost one. */
static void commit_older(struct mgmtd *m, const struct store_commit *older, uint32_t newest)
{
    m->head = *older;
    m->head.sequence = newest + 1;
    snprintf(m->head.author, sizeof(m->head.author), "recovery");
    snprintf(m->head.comment, sizeof(m->head.comment), "commit %u again: what ran is damaged", older->sequence);
    txn_time_text(m, m->head.time);
    confirm_recovered(m, older->sequence, m->head.sequence);
    int rc = store_save(&m->env, m->ctx, m->running, &m->head);
    if (rc)
        LOG_ERROR(m->env.log, "recovery-not-stored", "error=\"%s\" effect=\"done again at the next start\"",
                  strerror(-rc));
}

/* running.json exists and cannot be read. False: nor can anything else. */
static bool recover(struct mgmtd *m, const char *why)
{
    struct store_commit found;
    uint32_t newest;

    if (store_recover(&m->env, m->ctx, &m->running, &found, &newest)) {
        alarm_raise(m, ALARM_CONFIGURATION_DAMAGED, "%.200s; no older commit can be read: the boot file counts", why);
        return false;
    }
    alarm_raise(m, ALARM_CONFIGURATION_DAMAGED, "%.200s; the router goes on with commit %u of %s, %s", why,
                found.sequence, found.author, found.time);
    if (found.sequence == newest)
        m->head = found;
    else
        commit_older(m, &found, newest);
    return true;
}

void boot_start(struct mgmtd *m, const char *file, const char *text)
{
    char error[512];
    char *own = NULL;
    size_t len = text ? strlen(text) : 0;

    timer_init(&m->boot.deadline, m->env.loop, on_deadline, m);
    timer_init(&m->boot.patience, m->env.loop, on_patience, m);
    timer_arm_ms(&m->boot.patience, MGMTD_PATIENCE_MS);
    int rc = store_load_running(&m->env, m->ctx, &m->running, &m->head, error, sizeof(error));
    if (rc == 0 || (rc != -ENOENT && recover(m, error))) {
        LOG_INFO(m->env.log, "running-configuration", "sequence=%u author=%s time=%s%s", m->head.sequence,
                 m->head.author, m->head.time, file ? " boot-file=ignored" : "");
        expand_running(m);
        confirm_start(m);
        return;
    }
    m->head.epoch = (uint32_t)loop_random(m->env.loop) | 1u;
    confirm_forget(m);
    if (!file && !text)
        return;
    if (!text) {
        rc = io_file_read(m->env.io, file, &own, &len);
        if (rc) {
            LOG_ERROR(m->env.log, "configuration-bad", "error=\"%s: %s\" effect=\"the configuration is empty\"", file,
                      strerror(-rc));
            return;
        }
        text = own;
    }
    load_boot(m, file ? file : "(text)", text, len);
    mem_free(NULL, own);
}

void boot_fini(struct mgmtd *m)
{
    timer_cancel(&m->boot.patience);
    settle(m);
}

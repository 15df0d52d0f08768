/* SPDX-License-Identifier: Apache-2.0
 *
 * Structured log: `level daemon event key=value ...`, one line an event. The default sink writes to standard error with
 * a wall-clock stamp, and to a keeper if there is one. It is the only place in this layer that reads a clock; it also
 * holds the rate limit, since a limit needs a clock and simulations must not depend on one. Control characters (a
 * peer's text may hold them) are replaced, so that a line stays a line. Owns a copy of the daemon's name and one
 * counter an event name.
 */
#include "strata/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <uthash.h>

#include "strata/mem.h"

enum { LINE_MAX_BYTES = 2048, STAMP_BYTES = 40, DAEMON_MAX = 32, LIMIT_LINES = 200, LIMIT_WINDOW_SEC = 10 };

/* How often one event was logged in the current window. */
struct event_rate {
    const char *event; /* static */
    time_t window_start;
    unsigned lines, suppressed;
    UT_hash_handle hh;
};

struct log {
    char daemon[DAEMON_MAX];
    enum log_level level;
    log_sink_fn *sink;
    void *arg;
    struct event_rate *rates;
    void (*keep)(void *arg, const char *line);
    void (*end_keep)(void *arg);
    void *keep_arg;
};

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_LEVEL_ERROR:
        return "error";
    case LOG_LEVEL_WARN:
        return "warn";
    case LOG_LEVEL_INFO:
        return "info";
    case LOG_LEVEL_DEBUG:
        return "debug";
    }
    return "unknown";
}

/* --- standard error --- */

static void stderr_sink(void *arg, enum log_level level, const char *line)
{
    char stamped[LINE_MAX_BYTES + STAMP_BYTES], stamp[32];
    const struct log *log = arg;
    struct timespec now;
    struct tm tm;

    (void)level;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(stamped, sizeof(stamped), "%s.%03ldZ %s\n", stamp, now.tv_nsec / 1000000, line);
    fputs(stamped, stderr);
    if (log->keep)
        log->keep(log->keep_arg, stamped);
}

static void end_keeping(struct log *log)
{
    if (log->end_keep)
        log->end_keep(log->keep_arg);
    log->keep = NULL;
    log->end_keep = NULL;
}

void log_set_keeper(struct log *log, void (*keep)(void *arg, const char *line), void (*end)(void *arg), void *arg)
{
    end_keeping(log);
    log->keep = keep;
    log->end_keep = end;
    log->keep_arg = arg;
}

struct log *log_create(const char *daemon, log_sink_fn *sink, void *arg)
{
    struct log *log = MEM_NEW(NULL, struct log);

    snprintf(log->daemon, sizeof(log->daemon), "%s", daemon);
    log->level = LOG_LEVEL_INFO;
    log->sink = sink ? sink : stderr_sink;
    log->arg = sink ? arg : log;
    return log;
}

void log_destroy(struct log *log)
{
    struct event_rate *rate, *next;

    if (!log)
        return;
    HASH_ITER (hh, log->rates, rate, next) {
        HASH_DEL(log->rates, rate);
        mem_free(NULL, rate);
    }
    end_keeping(log);
    mem_free(NULL, log);
}

void log_set_level(struct log *log, enum log_level level)
{
    if (log)
        log->level = level;
}

bool log_enabled(const struct log *log, enum log_level level)
{
    return log && level <= log->level;
}

static struct event_rate *rate_get(struct log *log, const char *event)
{
    struct event_rate *rate;

    HASH_FIND_STR(log->rates, event, rate);
    if (!rate) {
        rate = MEM_NEW(NULL, struct event_rate);
        rate->event = event;
        HASH_ADD_KEYPTR(hh, log->rates, event, strlen(event), rate);
    }
    return rate;
}

/* May this line go out? *missed is how many of its name were held back before it. Debug is asked for, hence not
 * limited. */
static bool rate_allows(struct log *log, enum log_level level, const char *event, unsigned *missed)
{
    struct event_rate *rate;
    struct timespec now;

    *missed = 0;
    if (log->sink != stderr_sink || level == LOG_LEVEL_DEBUG)
        return true;
    rate = rate_get(log, event);
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (rate->lines == 0 || now.tv_sec - rate->window_start >= LIMIT_WINDOW_SEC) {
        *missed = rate->suppressed;
        rate->window_start = now.tv_sec;
        rate->lines = rate->suppressed = 0;
    }
    if (rate->lines >= LIMIT_LINES) {
        rate->suppressed++;
        return false;
    }
    rate->lines++;
    return true;
}

/* Bytes above 0x7f stay: they are UTF-8. */
static void replace_controls(char *line)
{
    for (; *line; line++)
        if ((unsigned char)*line < ' ' || *line == 0x7f)
            *line = '?';
}

void log_event(struct log *log, enum log_level level, const char *event, const char *fmt, ...)
{
    char line[LINE_MAX_BYTES];
    unsigned missed;
    size_t used;
    va_list ap;
    int n;

    if (!log_enabled(log, level) || !rate_allows(log, level, event, &missed))
        return;
    used = (size_t)snprintf(line, sizeof(line), "%s %s %.200s ", level_name(level), log->daemon, event);
    if (missed)
        used += (size_t)snprintf(line + used, sizeof(line) - used, "suppressed=%u ", missed);
    va_start(ap, fmt);
    n = vsnprintf(line + used, sizeof(line) - used, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n >= sizeof(line) - used)
        memcpy(line + sizeof(line) - 4, "...", 4);
    used = strlen(line);
    if (used && line[used - 1] == ' ') /* no pairs */
        line[used - 1] = '\0';
    replace_controls(line);
    log->sink(log->arg, level, line);
}

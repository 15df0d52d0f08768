/* SPDX-License-Identifier: Apache-2.0
 *
 * Structured log: one line an event, `time level daemon event key=value ...` (logfmt). A log belongs to a daemon. Tests
 * and simulation give their own sink. A rate limit per event name keeps a hostile peer from filling a disk.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log;
/* A sink gets a complete line without newline; `line` is borrowed. */
typedef void log_sink_fn(void *arg, enum log_level level, const char *line);

/* sink NULL: standard error with a wall-clock stamp. `daemon` is copied. */
struct log *log_create(const char *daemon, log_sink_fn *sink, void *arg);
void log_destroy(struct log *log);
/* From now on the lines of the default sink go to `keep` as well, with stamp and newline; `end` is its last call. */
void log_set_keeper(struct log *log, void (*keep)(void *arg, const char *line), void (*end)(void *arg), void *arg);
/* Of lib/io: a keeper with a file, which others may read: what is there stays in front. At LOG_KEEP_BYTES it gets
 * LOG_KEEP_OLD behind its name, in place of the one before, and a new one begins. 0 or -errno. */
#define LOG_KEEP_BYTES (128 * 1024)
#define LOG_KEEP_OLD   ".old"
int log_keep(struct log *log, const char *path);
void log_set_level(struct log *log, enum log_level level);
bool log_enabled(const struct log *log, enum log_level level);
/* `event` is a static dashed word ("session-up"); fmt gives "key=value" pairs. log NULL is silent. */
void log_event(struct log *log, enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#define LOG_ERROR(log, event, ...) log_event((log), LOG_LEVEL_ERROR, (event), __VA_ARGS__)
#define LOG_WARN(log, event, ...)  log_event((log), LOG_LEVEL_WARN, (event), __VA_ARGS__)
#define LOG_INFO(log, event, ...)  log_event((log), LOG_LEVEL_INFO, (event), __VA_ARGS__)
#define LOG_DEBUG(log, event, ...) log_event((log), LOG_LEVEL_DEBUG, (event), __VA_ARGS__)

/* SPDX-License-Identifier: Apache-2.0
 *
 * Log lines: form, level, hostile text, and the rate limit of the default sink (seen on a replaced standard error).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "strata/log.h"

struct seen {
    char line[4096];
    enum log_level level;
    unsigned n;
};

static void sink(void *arg, enum log_level level, const char *line)
{
    struct seen *s = arg;

    snprintf(s->line, sizeof(s->line), "%s", line);
    s->level = level;
    s->n++;
}

static void test_log__form_and_level(void **state)
{
    struct seen seen = {0};
    struct log *log = log_create("bgpd", sink, &seen);

    (void)state;
    LOG_WARN(log, "session-up", "peer=%s as=%u", "10.0.0.1", 100u);
    assert_string_equal(seen.line, "warn bgpd session-up peer=10.0.0.1 as=100");
    assert_int_equal(seen.level, LOG_LEVEL_WARN);
    LOG_DEBUG(log, "packet", "len=%d", 1);
    assert_int_equal(seen.n, 1);
    log_set_level(log, LOG_LEVEL_DEBUG);
    assert_true(log_enabled(log, LOG_LEVEL_DEBUG));
    LOG_DEBUG(log, "packet", "len=%d", 1);
    assert_string_equal(seen.line, "debug bgpd packet len=1");
    log_set_level(log, LOG_LEVEL_ERROR);
    LOG_WARN(log, "packet", "%s", "");
    LOG_INFO(log, "packet", "%s", "");
    assert_int_equal(seen.n, 2);
    LOG_ERROR(log, "bare", "%s", "");
    assert_string_equal(seen.line, "error bgpd bare");
    log_destroy(log);
}

static void test_log__null_is_silent(void **state)
{
    (void)state;
    LOG_ERROR(NULL, "nothing", "a=%d", 1);
    log_set_level(NULL, LOG_LEVEL_DEBUG);
    assert_false(log_enabled(NULL, LOG_LEVEL_ERROR));
    log_destroy(NULL);
}

static void test_log__hostile_text_stays_one_line(void **state)
{
    struct seen seen = {0};
    struct log *log = log_create("a-daemon-name-that-is-much-longer-than-it-should-be", sink, &seen);
    char big[5000];

    (void)state;
    LOG_INFO(log, "notification", "text=\"%s\"", "down\nerror bgpd forged\r\x1b[2J");
    assert_null(strpbrk(seen.line, "\n\r\x1b"));
    memset(big, 'x', sizeof(big));
    big[sizeof(big) - 1] = '\0';
    LOG_INFO(log, "big", "text=%s", big);
    assert_int_equal(strlen(seen.line), 2047);
    assert_string_equal(seen.line + 2044, "...");
    log_destroy(log);
}

static void test_log__own_sink_is_not_limited(void **state)
{
    struct seen seen = {0};
    struct log *log = log_create("d", sink, &seen);

    (void)state;
    for (int i = 0; i < 1000; i++)
        LOG_INFO(log, "flood", "i=%d", i);
    assert_int_equal(seen.n, 1000);
    log_destroy(log);
}

static void test_log__default_sink_stamps_and_limits(void **state)
{
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    struct log *log = log_create("d", NULL, NULL);
    unsigned floods = 0, others = 0;
    char line[256];

    (void)state;
    assert_non_null(file);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    for (int i = 0; i < 1000; i++)
        LOG_INFO(log, "flood", "i=%d", i);
    LOG_INFO(log, "other", "i=%d", 1);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    while (fgets(line, sizeof(line), file)) {
        assert_int_equal(line[4], '-'); /* 2026-01-01T00:00:00.000Z */
        assert_int_equal(line[23], 'Z');
        floods += strstr(line, " info d flood i=") != NULL;
        others += strstr(line, " info d other i=1\n") != NULL;
    }
    fclose(file);
    assert_int_equal(floods, 200);
    assert_int_equal(others, 1);
    log_destroy(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log__form_and_level),
        cmocka_unit_test(test_log__null_is_silent),
        cmocka_unit_test(test_log__hostile_text_stays_one_line),
        cmocka_unit_test(test_log__own_sink_is_not_limited),
        cmocka_unit_test(test_log__default_sink_stamps_and_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A log's lines in a file of bounded size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "strata/log.h"

/* What is there stays; one file is put aside when it is full. */
static void test_log__kept(void **state)
{
    char dir[] = "/tmp/strata-log-XXXXXX", path[64], old[80], big[1001], command[100];
    struct stat st, st_old;
    int saved = dup(STDERR_FILENO);
    FILE *file;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/d.log", dir);
    snprintf(old, sizeof(old), "%s" LOG_KEEP_OLD, path);
    memset(big, 'x', 1000);
    big[1000] = '\0';
    fflush(stderr);
    file = fopen("/dev/null", "w");
    dup2(fileno(file), STDERR_FILENO);
    fclose(file);
    for (int life = 0; life < 2; life++) {
        struct log *log = log_create("d", NULL, NULL);

        assert_int_equal(log_keep(log, path), 0);
        log_set_level(log, LOG_LEVEL_DEBUG);
        LOG_INFO(log, "begin", "life=%d", life);
        for (int i = 0; i < 100; i++)
            LOG_DEBUG(log, "big", "text=%s", big);
        log_destroy(log);
    }
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(stat(old, &st_old), 0);
    assert_true(st_old.st_size >= LOG_KEEP_BYTES && st_old.st_size < LOG_KEEP_BYTES + 2000);
    assert_true(st.st_size > 0 && st.st_size < LOG_KEEP_BYTES);
    file = fopen(old, "r");
    assert_non_null(fgets(big, sizeof(big), file));
    assert_non_null(strstr(big, "Z info d begin life=0\n"));
    fclose(file);
    snprintf(command, sizeof(command), "rm -r %s", dir);
    assert_int_equal(system(command), 0);
    assert_int_equal(log_keep(NULL, path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_log__kept)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

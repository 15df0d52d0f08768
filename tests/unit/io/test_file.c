/* SPDX-License-Identifier: Apache-2.0
 *
 * Files: whole contents come back, directories appear, nothing is left beside, and every failure says why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>

#include "strata/mem.h"
#include "tests/unit/io/real.h"

static const char *in_dir(const struct real *r, char *buf, size_t size, const char *name)
{
    snprintf(buf, size, "%s/%s", r->dir, name);
    return buf;
}

static void expect_content(struct real *r, const char *path, const void *want, size_t want_len)
{
    char *data;
    size_t len;

    assert_int_equal(io_file_read(r->io, path, &data, &len), 0);
    assert_int_equal(len, want_len);
    assert_memory_equal(data, want, want_len);
    assert_int_equal(data[len], 0);
    mem_free(NULL, data);
}

static void test_file__writes_reads_replaces_removes(void **state)
{
    struct real r;
    char path[256], beside[256];
    char *data;
    size_t len;
    struct stat st;

    (void)state;
    real_init(&r);
    in_dir(&r, path, sizeof(path), "a/b//c/state");
    assert_int_equal(io_file_read(r.io, path, &data, &len), -ENOENT);
    assert_int_equal(io_file_write(r.io, path, "one", 3), 0);
    expect_content(&r, path, "one", 3);
    assert_int_equal(io_file_write(r.io, path, "two\0with nul", 12), 0);
    expect_content(&r, path, "two\0with nul", 12);
    assert_int_equal(io_file_write(r.io, path, "", 0), 0);
    expect_content(&r, path, "", 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(in_dir(&r, beside, sizeof(beside), "a/b"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat(in_dir(&r, beside, sizeof(beside), "a/b/c/state.new"), &st), -1);
    assert_int_equal(io_file_remove(r.io, path), 0);
    assert_int_equal(io_file_remove(r.io, path), -ENOENT);
    real_fini(&r);
}

static void test_file__big(void **state)
{
    enum { SIZE = 3 * 1024 * 1024 + 7 };
    char *big = test_malloc(SIZE);
    struct real r;
    char path[256];

    (void)state;
    real_init(&r);
    for (size_t i = 0; i < SIZE; i++)
        big[i] = (char)(i * 7);
    in_dir(&r, path, sizeof(path), "big");
    assert_int_equal(io_file_write(r.io, path, big, SIZE), 0);
    expect_content(&r, path, big, SIZE);
    test_free(big);
    real_fini(&r);
}

static void test_file__failures_leave_the_old_one(void **state)
{
    struct real r;
    char path[256], below[256], endless[5000];
    char *data;
    size_t len;

    (void)state;
    real_init(&r);
    in_dir(&r, path, sizeof(path), "state");
    assert_int_equal(io_file_write(r.io, path, "old", 3), 0);
    in_dir(&r, below, sizeof(below), "state/under-a-file");
    assert_int_equal(io_file_write(r.io, below, "x", 1), -ENOTDIR);
    in_dir(&r, below, sizeof(below), "state.new"); /* something in the way of the new one */
    assert_int_equal(mkdir(below, 0700), 0);
    assert_int_equal(io_file_write(r.io, path, "new", 3), -EISDIR);
    expect_content(&r, path, "old", 3);
    assert_int_equal(io_file_read(r.io, r.dir, &data, &len), -EISDIR);
    assert_int_equal(io_file_read(r.io, "/dev/null", &data, &len), -EINVAL);
    memset(endless, 'x', sizeof(endless));
    endless[sizeof(endless) - 1] = '\0';
    assert_int_equal(io_file_write(r.io, endless, "", 0), -ENAMETOOLONG);
    endless[2] = '/';
    assert_int_equal(io_file_write(r.io, endless, "", 0), -ENAMETOOLONG);
    assert_int_equal(io_file_read(r.io, "/proc/self/status", &data, &len), 0); /* says it has no size */
    assert_true(len > 100);
    mem_free(NULL, data);
    real_fini(&r);
}

static void test_file__grows_and_moves(void **state)
{
    struct real r;
    char path[256], to[256], link[256];
    struct stat st;

    (void)state;
    real_init(&r);
    in_dir(&r, path, sizeof(path), "log/a");
    in_dir(&r, to, sizeof(to), "log/a.1");
    assert_int_equal(io_file_rename(r.io, path, to), -ENOENT);
    assert_int_equal(io_file_append(r.io, path, "one\n", 4), 0);
    assert_int_equal(io_file_append(r.io, path, "", 0), 0);
    assert_int_equal(io_file_append(r.io, path, "two\n", 4), 0);
    expect_content(&r, path, "one\ntwo\n", 8);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(io_file_rename(r.io, path, to), 0);
    assert_int_equal(io_file_append(r.io, path, "three", 5), 0);
    expect_content(&r, to, "one\ntwo\n", 8);
    expect_content(&r, path, "three", 5);
    assert_int_equal(io_file_rename(r.io, path, to), 0); /* over the old one */
    expect_content(&r, to, "three", 5);
    assert_int_equal(symlink(to, in_dir(&r, link, sizeof(link), "log/link")), 0);
    assert_int_equal(io_file_append(r.io, link, "x", 1), -ELOOP);
    assert_int_equal(io_file_append(r.io, in_dir(&r, link, sizeof(link), "log/a.1/under"), "x", 1), -ENOTDIR);
    assert_int_equal(io_file_append(r.io, r.dir, "x", 1), -EISDIR);
    real_fini(&r);
}

static void test_file__linked_until_replaced(void **state)
{
    struct real r;
    char path[256], to[256];
    struct stat st;

    (void)state;
    real_init(&r);
    in_dir(&r, path, sizeof(path), "history/1");
    in_dir(&r, to, sizeof(to), "running");
    assert_int_equal(io_file_link(r.io, path, to), -ENOENT);
    assert_int_equal(io_file_write(r.io, path, "one", 3), 0);
    assert_int_equal(io_file_link(r.io, path, to), 0);
    expect_content(&r, to, "one", 3);
    assert_int_equal(io_file_link(r.io, path, to), 0); /* again: the same file already */
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_nlink, 2);
    assert_int_equal(io_file_write(r.io, path, "two", 3), 0);
    expect_content(&r, to, "one", 3);
    assert_int_equal(io_file_link(r.io, path, to), 0); /* over the old one */
    expect_content(&r, to, "two", 3);
    assert_int_equal(io_file_remove(r.io, path), 0);
    expect_content(&r, to, "two", 3);
    real_fini(&r);
}

static void count_name(void *arg, const char *name)
{
    unsigned *n = arg;
    assert_true(strcmp(name, "1") == 0 || strcmp(name, "2") == 0);
    *n += (unsigned)(name[0] - '0');
}

static void test_file__lists_files_of_a_folder(void **state)
{
    struct real r;
    char path[256];
    unsigned sum = 0;

    (void)state;
    real_init(&r);
    assert_int_equal(io_file_list(r.io, in_dir(&r, path, sizeof(path), "a"), count_name, &sum), -ENOENT);
    assert_int_equal(io_file_write(r.io, in_dir(&r, path, sizeof(path), "a/1"), "one", 3), 0);
    assert_int_equal(io_file_write(r.io, in_dir(&r, path, sizeof(path), "a/2"), "two", 3), 0);
    assert_int_equal(io_file_write(r.io, in_dir(&r, path, sizeof(path), "a/b/3"), "three", 5), 0);
    assert_int_equal(io_file_list(r.io, in_dir(&r, path, sizeof(path), "a"), count_name, &sum), 0);
    assert_int_equal(sum, 3); /* files only, each once */
    real_fini(&r);
}

static void test_file__without_directory(void **state)
{
    struct real r;
    char old[4096];

    (void)state;
    real_init(&r);
    assert_non_null(getcwd(old, sizeof(old)));
    assert_int_equal(chdir(r.dir), 0);
    assert_int_equal(io_file_write(r.io, "plain", "x", 1), 0);
    expect_content(&r, "plain", "x", 1);
    assert_int_equal(io_file_remove(r.io, "plain"), 0);
    assert_int_equal(chdir(old), 0);
    real_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file__writes_reads_replaces_removes), cmocka_unit_test(test_file__big),
        cmocka_unit_test(test_file__failures_leave_the_old_one),    cmocka_unit_test(test_file__grows_and_moves),
        cmocka_unit_test(test_file__linked_until_replaced),         cmocka_unit_test(test_file__without_directory),
        cmocka_unit_test(test_file__lists_files_of_a_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

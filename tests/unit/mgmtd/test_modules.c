/* SPDX-License-Identifier: Apache-2.0
 *
 * Which file a module is read from: by its date, or the newest, of the first folder.
 */
#include "tests/unit/mgmtd/fixture.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/text/modules.h"

struct place {
    char dir[64], a[80], b[80];
    struct yang_modules *modules;
};

static void touch(const char *dir, const char *name)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "text of %s", name);
    fclose(f);
}

static int setup(void **state)
{
    static const char *const in_a[] = {"one.yang", "two@2014-01-01.yang", "two-more.yang", "two.txt", "two"};
    static const char *const in_b[] = {"one@2010-01-01.yang", "two@2014-01-01.yang", "two@2018-01-01.yang",
                                       "three.yang"};
    struct place *p = calloc(1, sizeof(*p));
    snprintf(p->dir, sizeof(p->dir), "/tmp/strata-modules-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->a, sizeof(p->a), "%s/a", p->dir);
    snprintf(p->b, sizeof(p->b), "%s/b", p->dir);
    assert_int_equal(mkdir(p->a, 0700) | mkdir(p->b, 0700), 0);
    for (size_t i = 0; i < sizeof(in_a) / sizeof(in_a[0]); i++)
        touch(p->a, in_a[i]);
    for (size_t i = 0; i < sizeof(in_b) / sizeof(in_b[0]); i++)
        touch(p->b, in_b[i]);
    const char *dirs[] = {p->a, "/nowhere", p->b};
    p->modules = yang_modules_create(dirs, 3);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct place *p = *state;
    char command[100];
    yang_modules_destroy(p->modules);
    snprintf(command, sizeof(command), "rm -r %s", p->dir);
    int rc = system(command);
    free(p);
    return rc;
}

static void expect(const struct place *p, const char *name, const char *date, const char *file)
{
    const char *found = yang_modules_find(p->modules, name, date);
    if (!file)
        assert_null(found);
    else if (!found || strcmp(found + strlen(p->dir) + 1, file) != 0)
        fail_msg("%s of %s: %s", name, date ? date : "any date", found ? found : "nothing");
}

static void test_modules__by_date(void **state)
{
    expect(*state, "two", "2014-01-01", "a/two@2014-01-01.yang"); /* the first folder's */
    expect(*state, "two", "2018-01-01", "b/two@2018-01-01.yang");
    expect(*state, "two", "2019-01-01", NULL);
    expect(*state, "one", "2014-01-01", NULL); /* the file does not say */
    expect(*state, "none", "2014-01-01", NULL);
}

static void test_modules__the_newest(void **state)
{
    expect(*state, "two", NULL, "b/two@2018-01-01.yang");
    expect(*state, "one", NULL, "b/one@2010-01-01.yang");
    expect(*state, "three", NULL, "b/three.yang");
    expect(*state, "tw", NULL, NULL);
    expect(*state, "two-more", NULL, "a/two-more.yang");
}

static void test_modules__text(void **state)
{
    struct place *p = *state;
    ly_module_imp_data_free_clb free_with = NULL;
    LYS_INFORMAT format = LYS_IN_UNKNOWN;
    const char *text = NULL;
    assert_int_equal(yang_modules_give("two", NULL, NULL, NULL, p->modules, &format, &text, &free_with), LY_SUCCESS);
    assert_string_equal(text, "text of two@2018-01-01.yang");
    assert_int_equal(format, LYS_IN_YANG);
    free_with((void *)(uintptr_t)text, NULL);
    assert_int_equal(yang_modules_give("four", NULL, NULL, NULL, p->modules, &format, &text, &free_with), LY_ENOTFOUND);
    assert_int_equal(yang_modules_give("two", NULL, "part", NULL, p->modules, &format, &text, &free_with),
                     LY_ENOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_modules__by_date, setup, teardown),
        cmocka_unit_test_setup_teardown(test_modules__the_newest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_modules__text, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

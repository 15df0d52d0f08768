/* SPDX-License-Identifier: Apache-2.0
 *
 * Every configuration file of the scenarios parses, validates, and is written and read back to the same tree; with all
 * that it implies, too.
 */
#include "tests/unit/mgmtd/fixture.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/mgmtd/intent/intent.h"

static char *read_whole(const char *path, size_t *len)
{
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    char *text = malloc(1 << 20);
    *len = fread(text, 1, (1 << 20) - 1, f);
    text[*len] = '\0';
    fclose(f);
    return text;
}

/* Written with the marks of what is implied, it reads back. */
static void check_expanded(const struct ly_ctx *ctx, const char *path, const struct lyd_node *tree)
{
    struct lyd_node *intended = NULL, *again = NULL;
    struct text_buf out = {0};
    struct text_error err;
    struct yang_fault fault;

    if (intent_expand(ctx, tree, &intended, &fault))
        fail_msg("%s:%u: %s: %s", path, text_line_of(fault.node), fault.path, fault.message);
    text_write_origins(intended, intent_origin, &out);
    struct text_source src = {.name = path, .text = text_buf_get(&out), .len = out.len};
    if (text_parse(ctx, &src, &again, &err))
        fail_msg("%s expanded: %u:%u: %s: %s", path, err.line, err.column, err.path, err.message);
    assert_true(yang_tree_equal(intended, again));
    yang_tree_free(intended);
    yang_tree_free(again);
    text_buf_fini(&out);
}

static void check_file(const struct ly_ctx *ctx, const char *path)
{
    size_t len;
    char *text = read_whole(path, &len);
    struct text_source src = {.name = path, .text = text, .len = len};
    struct lyd_node *tree = NULL, *again = NULL;
    struct text_error err;
    struct yang_fault fault;
    struct text_buf out = {0};

    if (text_parse(ctx, &src, &tree, &err))
        fail_msg("%s:%u:%u: %s: %s", path, err.line, err.column, err.path, err.message);
    if (yang_tree_validate(ctx, tree, &fault))
        fail_msg("%s:%u: %s: %s", path, text_line_of(fault.node), fault.path, fault.message);
    text_write(tree, &out);
    src.text = text_buf_get(&out);
    src.len = out.len;
    if (text_parse(ctx, &src, &again, &err))
        fail_msg("%s written: %u:%u: %s: %s", path, err.line, err.column, err.path, err.message);
    assert_true(yang_tree_equal(tree, again));
    check_expanded(ctx, path, tree);
    yang_tree_free(tree);
    yang_tree_free(again);
    text_buf_fini(&out);
    free(text);
}

static void test_scenarios__all_files_are_good(void **state)
{
    struct ly_ctx *ctx = fixture_context();
    glob_t found;
    (void)state;
    assert_int_equal(glob(TEST_SCENARIO_DIR "/*/*.conf", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        check_file(ctx, found.gl_pathv[i]);
    globfree(&found);
    ly_ctx_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scenarios__all_files_are_good)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

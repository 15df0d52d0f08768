/* SPDX-License-Identifier: Apache-2.0
 *
 * Differences, equality and rebase of trees: with entries in and out of step, and with lists ordered by the user, of
 * which no module of ours has any, but access control does.
 */
#include "tests/unit/mgmtd/fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/text/path.h"

static const char module[] =
    "module t { yang-version 1.1; namespace \"urn:t\"; prefix t; container c {"
    "  list rule { key n; ordered-by user; leaf n { type string; } leaf v { type string; } }"
    "  leaf-list word { ordered-by user; type string; }"
    "  list entry { key \"a b\"; leaf a { type string; } leaf b { type string; } leaf v { type "
    "string; } leaf d { type string; default x; } }"
    "} }";

static int setup(void **state)
{
    struct ly_ctx *ctx = NULL;
    assert_int_equal(ly_ctx_new(NULL, 0, &ctx), 0);
    assert_int_equal(lys_parse_mem(ctx, module, LYS_IN_YANG, NULL), 0);
    *state = ctx;
    return 0;
}

/* "rule A=1 B / word x y / entry a,b=1": three lists in their order. */
static struct lyd_node *tree_of(struct ly_ctx *ctx, const char *text)
{
    struct lyd_node *top = NULL, *node = NULL;
    char copy[512], *save = NULL;
    const char *list = "rule";

    assert_int_equal(lyd_new_inner(NULL, ly_ctx_get_module_implemented(ctx, "t"), "c", 0, &top), 0);
    snprintf(copy, sizeof(copy), "%s", text);
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        char *value = strchr(w, '='), *second = strchr(w, ',');
        if (strcmp(w, "rule") == 0 || strcmp(w, "word") == 0 || strcmp(w, "entry") == 0) {
            list = w;
            continue;
        }
        if (value)
            *value++ = '\0';
        if (second)
            *second++ = '\0';
        if (strcmp(list, "word") == 0) {
            assert_int_equal(lyd_new_term(top, NULL, list, w, 0, NULL), 0);
            continue;
        }
        assert_int_equal(lyd_new_list(top, NULL, list, 0, &node, w, second), 0);
        if (value)
            assert_int_equal(lyd_new_term(node, NULL, "v", value, 0, NULL), 0);
    }
    return top;
}

static void text_of(const struct lyd_node *tree, char *out, size_t size)
{
    const char *list = "";
    out[0] = '\0';
    for (const struct lyd_node *n = lyd_child(tree); n; n = n->next) {
        size_t used = strlen(out);
        if (strcmp(list, LYD_NAME(n)) != 0)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "", LYD_NAME(n));
        list = LYD_NAME(n);
        if (strcmp(list, "word") == 0) {
            snprintf(out + used, size - used, " %s", lyd_get_value(n));
            continue;
        }
        const char *sign = " ";
        for (const struct lyd_node *l = lyd_child(n); l; l = l->next, sign = ",")
            used += (size_t)snprintf(out + used, size - used, "%s%s", strcmp(LYD_NAME(l), "v") == 0 ? "=" : sign,
                                     lyd_get_value(l));
    }
}

static int note(void *arg, const struct lyd_node *was, const struct lyd_node *now)
{
    char *out = arg;
    size_t used = strlen(out);
    const struct lyd_node *any = now ? now : was;
    const char *what = any->schema->nodetype == LYS_LIST ? lyd_get_value(lyd_child(any)) : lyd_get_value(any);

    if (any->schema->nodetype == LYS_CONTAINER)
        return yang_diff(was ? lyd_child(was) : NULL, now ? lyd_child(now) : NULL, note, arg);
    snprintf(out + used, 512 - used, "%s%s%s", used ? " " : "", !now ? "-" : !was ? "+" : "~", what);
    return 0;
}

static void expect_diff(struct ly_ctx *ctx, const char *a, const char *b, const char *expected)
{
    struct lyd_node *was = tree_of(ctx, a), *now = tree_of(ctx, b);
    char got[512] = "";

    yang_diff(was, now, note, got);
    if (strcmp(got, expected) != 0)
        fail_msg("%s -> %s: \"%s\", not \"%s\"", a, b, got, expected);
    assert_int_equal(yang_tree_equal(was, now), expected[0] == '\0');
    assert_int_equal(yang_tree_equal(now, was), expected[0] == '\0');
    yang_tree_free(was);
    yang_tree_free(now);
}

static void test_tree__difference_by_keys(void **state)
{
    expect_diff(*state, "entry a,1=x a,2 b,1", "entry a,1=x a,2 b,1", "");
    expect_diff(*state, "entry a,1=x a,2 b,1", "entry b,1 a,2 a,1=x", ""); /* the order says nothing */
    expect_diff(*state, "entry a,1 b,1 c,1", "entry a,1 c,1", "-b");
    expect_diff(*state, "entry a,1 c,1", "entry a,1 b,1 c,1", "+b");
    expect_diff(*state, "entry a,1=x a,2", "entry a,2 a,1=y", "~a");
    expect_diff(*state, "entry a,1 b,2", "entry b,1 a,1", "-b +b");
    expect_diff(*state, "", "entry a,1 b,2", "+a +b");
    expect_diff(*state, "entry a,1 b,2", "", "-a -b");
}

static void test_tree__difference_of_order(void **state)
{
    expect_diff(*state, "rule A B C", "rule A B C", "");
    expect_diff(*state, "rule A B C", "rule B C A", "-A +A");
    expect_diff(*state, "rule A B C", "rule A X B C", "+X");
    expect_diff(*state, "rule A B C", "rule A C", "-B");
    expect_diff(*state, "rule A=1 B", "rule B A=1", "-A +A");
    expect_diff(*state, "word x y z", "word y z x", "-x +x");
    expect_diff(*state, "word x y z", "word x y z", "");
}

static void test_tree__defaults_say_nothing(void **state)
{
    struct lyd_node *plain = tree_of(*state, "entry a,1"), *full = tree_of(*state, "entry a,1");
    assert_int_equal(lyd_validate_all(&full, NULL, LYD_VALIDATE_NO_STATE, NULL), 0);
    assert_non_null(lyd_child(lyd_child(full))->next->next); /* the default is there */
    assert_true(yang_tree_equal(plain, full));
    assert_true(yang_tree_equal(full, plain));
    yang_tree_free(plain);
    yang_tree_free(full);
}

static void expect_rebase(struct ly_ctx *ctx, const char *base, const char *mine, const char *theirs,
                          const char *expected)
{
    struct lyd_node *b = tree_of(ctx, base), *m = tree_of(ctx, mine), *t = tree_of(ctx, theirs);
    char got[512];

    yang_tree_rebase(b, m, &t);
    text_of(t, got, sizeof(got));
    if (strcmp(got, expected) != 0)
        fail_msg("%s -> %s over %s: \"%s\", not \"%s\"", base, mine, theirs, got, expected);
    yang_tree_free(b);
    yang_tree_free(m);
    yang_tree_free(t);
}

static void test_tree__rebase(void **state)
{
    expect_rebase(*state, "entry a,1=x", "entry a,1=y b,1", "entry a,1=x c,1=z", "entry a,1=y c,1=z b,1");
    expect_rebase(*state, "entry a,1 b,1", "entry a,1", "entry a,1 b,1=new", "entry a,1");
    expect_rebase(*state, "entry a,1", "entry a,1=x", "entry", "entry a,1=x");
}

static int note_conflict(void *arg, enum yang_conflict what, const struct lyd_node *node)
{
    static const char *const names[] = {"both", "removed-there", "changed-there"};
    char *out = arg, path[256];
    size_t used = strlen(out);

    yang_path_of(node, path, sizeof(path));
    snprintf(out + used, 512 - used, "%s%s %s", used ? " " : "", path, names[what]);
    return 0;
}

static void test_tree__conflicts(void **state)
{
    static const struct {
        const char *base, *mine, *theirs, *expected;
    } cases[] = {
        {"entry a,1=x", "entry a,1=y", "entry a,1=x b,1", ""}, /* others did something else */
        {"entry a,1=x", "entry a,1=y", "entry a,1=y", ""},     /* the same */
        {"entry a,1=x", "entry a,1=x b,1=m", "entry a,1=z", ""},
        {"entry a,1=x", "entry a,1=y", "entry a,1=z", "/c/entry[a][1]/v both"},
        {"entry", "entry a,1=y", "entry a,1=z", "/c/entry[a][1]/v both"},
        {"entry", "entry a,1=y", "entry a,1", ""},
        {"entry a,1=x", "entry a,1=y", "entry", "/c/entry[a][1] removed-there"},
        {"entry a,1=x", "entry a,1=y", "entry a,1", "/c/entry[a][1]/v removed-there"},
        {"entry a,1=x b,1", "entry b,1", "entry a,1=z b,1", "/c/entry[a][1] changed-there"},
        {"entry a,1=x", "entry a,1", "entry a,1=z", "/c/entry[a][1]/v changed-there"},
        {"entry a,1=x b,1", "entry b,1", "entry b,1", ""}, /* both removed it */
        {"entry a,1=x b,1", "entry b,1", "entry a,1=x b,1=z", ""},
        {"rule A=1 B=1", "rule B=1 A=1", "rule A=2 B=1", ""}, /* another place, another value */
        {"rule A=1 B=1", "rule B=1 A=3", "rule A=2 B=1", "/c/rule[A]/v both"},
        {"word x y", "word x", "word x y z", ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct lyd_node *b = tree_of(*state, cases[i].base), *m = tree_of(*state, cases[i].mine),
                        *t = tree_of(*state, cases[i].theirs);
        char got[512] = "";

        yang_tree_conflicts(b, m, t, note_conflict, got);
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("%s -> %s, %s: \"%s\"", cases[i].base, cases[i].mine, cases[i].theirs, got);
        yang_tree_free(b);
        yang_tree_free(m);
        yang_tree_free(t);
    }
}

static void test_tree__rebase_keeps_order(void **state)
{
    expect_rebase(*state, "rule A B", "rule N A B", "rule A B", "rule N A B");
    expect_rebase(*state, "rule A B", "rule A N B", "rule A B X", "rule A N B X");
    expect_rebase(*state, "rule A B C", "rule C A B", "rule A=1 B C", "rule C A=1 B");
    expect_rebase(*state, "rule A B C", "rule B C A=1", "rule A B C=2", "rule B C=2 A=1");
    expect_rebase(*state, "rule A B C", "rule A C", "rule A B C D", "rule A C D");
    expect_rebase(*state, "rule A B", "rule A B", "rule B A", "rule B A"); /* nothing of mine */
    expect_rebase(*state, "word x y", "word y x", "word x y z", "word y x z");
    expect_rebase(*state, "word x y", "word n x y", "word x y z", "word n x y z");
}

static void test_tree__merge_adds_at_the_end(void **state)
{
    struct lyd_node *to = tree_of(*state, "rule A B word x"), *from = tree_of(*state, "rule N B=1 word y x");
    char got[512];

    yang_tree_merge(&to, from);
    text_of(to, got, sizeof(got));
    assert_string_equal(got, "rule A B=1 N word x y");
    yang_tree_free(to);
    yang_tree_free(from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree__difference_by_keys),
        cmocka_unit_test(test_tree__difference_of_order),
        cmocka_unit_test(test_tree__defaults_say_nothing),
        cmocka_unit_test(test_tree__rebase),
        cmocka_unit_test(test_tree__rebase_keeps_order),
        cmocka_unit_test(test_tree__merge_adds_at_the_end),
        cmocka_unit_test(test_tree__conflicts),
    };
    return cmocka_run_group_tests(tests, setup, fixture_teardown);
}

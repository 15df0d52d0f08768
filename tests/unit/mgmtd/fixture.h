/* SPDX-License-Identifier: Apache-2.0
 *
 * What mgmtd's tests share: the schema context of the source tree, parse-or-fail, trees as text.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/parse.h"
#include "lib/text/write.h"
#include "lib/text/context.h"
#include "lib/text/tree.h"

static inline struct ly_ctx *fixture_context(void)
{
    const char *dirs[] = {TEST_YANG_DIR, NULL};
    char error[512];
    struct ly_ctx *ctx = NULL;
    if (yang_context_create(dirs, &ctx, error, sizeof(error)))
        fail_msg("%s", error);
    return ctx;
}

/* For groups of tests: *state is the context. */
static inline int fixture_setup(void **state)
{
    *state = fixture_context();
    return 0;
}

static inline int fixture_teardown(void **state)
{
    ly_ctx_destroy(*state);
    return 0;
}

/* For tests of what reads XML: *state has an empty context beside. */
struct fixture_contexts {
    struct ly_ctx *ctx, *plain;
};

static inline int fixture_contexts_setup(void **state)
{
    struct fixture_contexts *w = calloc(1, sizeof(*w));
    w->ctx = fixture_context();
    ly_ctx_new(NULL, LY_CTX_NO_YANGLIBRARY | LY_CTX_DISABLE_SEARCHDIR_CWD, &w->plain);
    *state = w;
    return 0;
}

static inline int fixture_contexts_teardown(void **state)
{
    struct fixture_contexts *w = *state;
    ly_ctx_destroy(w->ctx);
    ly_ctx_destroy(w->plain);
    free(w);
    return 0;
}

static inline int fixture_parse(const struct ly_ctx *ctx, const char *text, struct lyd_node **tree,
                                struct text_error *err)
{
    struct text_source src = {.name = "test.conf", .text = text, .len = strlen(text)};
    return text_parse(ctx, &src, tree, err);
}

static inline struct lyd_node *fixture_tree(const struct ly_ctx *ctx, const char *text)
{
    struct lyd_node *tree = NULL;
    struct text_error err;
    if (fixture_parse(ctx, text, &tree, &err))
        fail_msg("%s:%u:%u: %s: %s", err.file, err.line, err.column, err.path, err.message);
    return tree;
}

static inline void fixture_expect_text(const struct lyd_node *tree, const char *expected)
{
    struct text_buf out = {0};
    text_write(tree, &out);
    assert_string_equal(text_buf_get(&out), expected);
    text_buf_fini(&out);
}

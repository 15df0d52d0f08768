/* SPDX-License-Identifier: Apache-2.0
 *
 * The parser of the text syntax: no input may harm it; what it accepts is written and read back to the same tree, and
 * cutting words (completion, contexts) holds, too. What is written in full already is left as it is by the expansion of
 * abbreviations.
 */
#include <libyang/libyang.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/context.h"
#include "lib/text/expand.h"
#include "lib/text/parse.h"
#include "lib/text/tree.h"
#include "lib/text/words.h"
#include "lib/text/write.h"

static struct ly_ctx *shared_context(void)
{
    static struct ly_ctx *ctx; /* a context costs 40 ms: one for all inputs */
    static const char *const dirs[] = {TEST_YANG_DIR, NULL};
    char error[512];
    if (!ctx && yang_context_create(dirs, &ctx, error, sizeof(error)))
        abort();
    return ctx;
}

static void check_words(const struct ly_ctx *ctx, const uint8_t *data, size_t size)
{
    char *line = malloc(size + 1);
    struct text_words words;
    struct text_place place;
    struct text_buf path = {0};
    memcpy(line, data, size);
    line[size] = '\0';
    if (text_words_split(line, &words))
        text_words_walk(ctx, (const char *const *)words.word, words.n, true, &place, &path);
    text_words_free(&words);
    text_buf_fini(&path);
    free(line);
}

static void check_expansion(const struct ly_ctx *ctx, const struct text_source *src, const struct lyd_node *tree,
                            bool is_good)
{
    struct text_expansion x;
    struct text_error err;
    struct lyd_node *again = NULL;
    int rc = text_expand(ctx, NULL, "", src, &x, &err);
    struct text_source full = {.name = "full", .text = text_buf_get(&x.full), .len = x.full.len};
    if (is_good && (rc || text_parse(ctx, &full, &again, &err) || !yang_tree_equal(tree, again)))
        abort();
    yang_tree_free(again);
    text_expansion_fini(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ly_ctx *ctx = shared_context();
    struct text_source src = {.name = "fuzz", .text = (const char *)data, .len = size};
    struct lyd_node *tree = NULL, *again = NULL;
    struct text_error err;
    struct text_buf out = {0};

    check_words(ctx, data, size);
    bool is_good = text_parse(ctx, &src, &tree, &err) == 0;
    check_expansion(ctx, &src, tree, is_good);
    if (is_good) {
        text_write(tree, &out);
        src.text = text_buf_get(&out);
        src.len = out.len;
        if (text_parse(ctx, &src, &again, &err) || !yang_tree_equal(tree, again))
            abort();
    }
    yang_tree_free(tree);
    yang_tree_free(again);
    text_buf_fini(&out);
    return 0;
}

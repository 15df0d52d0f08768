/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that an operator loads as JSON or XML (the first octet says which), with the reading that mgmtd does: no text
 * may harm it; what it accepts is written and read back to the same tree, in both languages.
 */
#include <libyang/libyang.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/context.h"
#include "lib/text/tree.h"

static struct ly_ctx *shared_context(void)
{
    static struct ly_ctx *ctx; /* a context costs 40 ms: one for all inputs */
    static const char *const dirs[] = {TEST_YANG_DIR, NULL};
    char error[512];
    if (!ctx && yang_context_create(dirs, &ctx, error, sizeof(error)))
        abort();
    return ctx;
}

/* What the text has twice is there once, when it has been merged. */
static LY_ERR read_text(const char *text, LYD_FORMAT format, struct lyd_node **tree)
{
    struct lyd_node *read = NULL;
    ly_err_clean(shared_context(), NULL);
    LY_ERR rc = lyd_parse_data_mem(shared_context(), text, format,
                                   LYD_PARSE_ONLY | LYD_PARSE_STRICT | LYD_PARSE_NO_STATE, 0, &read);
    if (rc == LY_SUCCESS)
        yang_tree_merge(tree, read);
    yang_tree_free(read);
    return rc;
}

static void there_and_back(const struct lyd_node *tree, LYD_FORMAT format)
{
    struct lyd_node *again = NULL;
    char *text = NULL;
    if (lyd_print_mem(&text, tree, format, LYD_PRINT_WITHSIBLINGS) || (text && read_text(text, format, &again)) ||
        !yang_tree_equal(tree, again))
        abort();
    yang_tree_free(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1);
    struct lyd_node *tree = NULL;

    if (size)
        memcpy(text, data + 1, size - 1);
    if (read_text(text, size && data[0] == '<' ? LYD_XML : LYD_JSON, &tree) == LY_SUCCESS) {
        there_and_back(tree, LYD_XML);
        there_and_back(tree, LYD_JSON);
    }
    yang_tree_free(tree);
    free(text);
    return 0;
}

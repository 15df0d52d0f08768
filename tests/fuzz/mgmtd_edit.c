/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client writes in <config> and <filter>: no input may harm the edit or the filter; a configuration that an edit
 * made can be written and read back; a filter keeps nothing that was not there.
 */
#include <libyang/libyang.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/context.h"
#include "lib/text/tree.h"
#include "src/mgmtd/edit/edit.h"
#include "src/mgmtd/filter/filter.h"

static struct ly_ctx *shared_context(void)
{
    static struct ly_ctx *ctx; /* a context costs 40 ms: one for all inputs */
    static const char *const dirs[] = {TEST_YANG_DIR, NULL};
    char error[512];
    if (!ctx && yang_context_create(dirs, &ctx, error, sizeof(error)))
        abort();
    return ctx;
}

static struct ly_ctx *plain_context(void)
{
    static struct ly_ctx *ctx;
    if (!ctx && ly_ctx_new(NULL, LY_CTX_NO_YANGLIBRARY | LY_CTX_DISABLE_SEARCHDIR_CWD, &ctx))
        abort();
    return ctx;
}

static struct lyd_node *read_back(const struct lyd_node *tree)
{
    struct lyd_node *again = NULL;
    char *xml = NULL;
    if (lyd_print_mem(&xml, tree, LYD_XML, LYD_PRINT_WITHSIBLINGS))
        abort();
    if (xml && lyd_parse_data_mem(shared_context(), xml, LYD_XML, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &again))
        abort();
    free(xml);
    return again;
}

static int added(void *arg, const struct lyd_node *was, const struct lyd_node *now)
{
    (void)arg;
    if (!was)
        abort();
    return now && lyd_child(was) ? yang_diff(lyd_child(was), lyd_child(now), added, NULL) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ly_ctx *ctx = shared_context(), *plain = plain_context();
    char *xml = calloc(1, size + 1), error[256];
    struct lyd_node *tree = NULL, *again = NULL;
    struct edit_fault fault;

    if (size)
        memcpy(xml, data + 1, size - 1);
    struct edit_request r = {.xml = xml,
                             .default_operation = size ? (enum front_default_operation)(data[0] % 3) : 0,
                             .goes_on = size && (data[0] & 4)};
    int rc = edit_apply(ctx, plain, &r, &tree, &fault);
    if (rc && (fault.error != rc || !fault.tag || !fault.message[0]))
        abort();
    again = read_back(tree);
    if (!yang_tree_equal(tree, again))
        abort();
    if (filter_subtree(plain, xml, &again, error, sizeof(error)) == 0)
        yang_diff(tree, again, added, NULL);
    yang_tree_free(tree);
    yang_tree_free(again);
    free(xml);
    return 0;
}

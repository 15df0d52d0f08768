/* SPDX-License-Identifier: Apache-2.0
 *
 * See library.h. The id is FNV-1a over the modules' names.
 */
#include "lib/text/library.h"

#include <libyang/libyang.h>

static uint32_t add(uint32_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return (hash ^ 0xffu) * 16777619u; /* "ab","c" is not "a","bc" */
}

uint32_t yang_library_id(const struct ly_ctx *ctx)
{
    uint32_t hash = 2166136261u, index = 0;
    for (const struct lys_module *m; (m = ly_ctx_get_module_iter(ctx, &index));) {
        uint32_t feature = 0;
        hash = add(add(hash, m->name), m->revision);
        hash = add(hash, m->implemented ? "implemented" : "imported");
        for (const struct lysp_feature *f = NULL; m->parsed && (f = lysp_feature_next(f, m->parsed, &feature));)
            if (lys_feature_value(m, f->name) == LY_SUCCESS)
                hash = add(hash, f->name);
    }
    return hash;
}

struct lyd_node *yang_library_data(const struct ly_ctx *ctx)
{
    struct lyd_node *tree = NULL;
    if (ly_ctx_get_yanglib_data(ctx, &tree, "%u", yang_library_id(ctx)) != LY_SUCCESS)
        return NULL;
    return tree;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See library.h. The id is FNV-1a over the modules' names.
 */
#include "lib/text/library.h"

#include <libyang/libyang.h>

#include "lib/text/buf.h"

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

#define CAPABILITY "urn:ietf:params:netconf:capability:"
#define WITH_DEFAULTS                                                                                                  \
    CAPABILITY "with-defaults:1.0?basic-mode=explicit&also-supported=report-all,report-all-tagged,trim"
static const char *const capabilities[] = {
    "urn:ietf:params:netconf:base:1.0",
    "urn:ietf:params:netconf:base:1.1",
    CAPABILITY "writable-running:1.0",
    CAPABILITY "candidate:1.0",
    CAPABILITY "confirmed-commit:1.1",
    CAPABILITY "rollback-on-error:1.0",
    CAPABILITY "validate:1.1",
    CAPABILITY "xpath:1.0",
    WITH_DEFAULTS,
    CAPABILITY "notification:1.0",
    CAPABILITY "interleave:1.0",
};

static void add_features(struct text_buf *uri, const struct lys_module *m)
{
    uint32_t index = 0;
    const char *before = "&features=";
    for (const struct lysp_feature *f = NULL; m->parsed && (f = lysp_feature_next(f, m->parsed, &index));) {
        if (lys_feature_value(m, f->name) != LY_SUCCESS)
            continue;
        text_buf_printf(uri, "%s%s", before, f->name);
        before = ",";
    }
}

void yang_library_capabilities(const struct ly_ctx *ctx, void (*fn)(const char *uri, void *arg), void *arg)
{
    struct text_buf uri = {0};
    uint32_t index = 0;
    for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
        fn(capabilities[i], arg);
    text_buf_printf(&uri, CAPABILITY "yang-library:1.1?revision=2019-01-04&content-id=%u", yang_library_id(ctx));
    fn(text_buf_get(&uri), arg);
    for (const struct lys_module *m; (m = ly_ctx_get_module_iter(ctx, &index));) {
        if (!m->implemented)
            continue;
        uri.len = 0;
        text_buf_printf(&uri, "%s?module=%s", m->ns, m->name);
        if (m->revision)
            text_buf_printf(&uri, "&revision=%s", m->revision);
        add_features(&uri, m);
        fn(text_buf_get(&uri), arg);
    }
    text_buf_fini(&uri);
}

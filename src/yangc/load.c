/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads the modules into one libyang context. If that fails, finds out by trial which modules are at fault, says so and
 * leaves them out: a module that is being worked on must not stop the build of the daemons that do not need it.
 */
#include <stdlib.h>
#include <string.h>

#include "src/yangc/yangc.h"

/* "/a/strata-ospf.yang" -> "strata-ospf" */
static char *module_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = text_of("%s", slash ? slash + 1 : path);
    char *dot = strchr(name, '.');

    if (dot)
        *dot = '\0';
    return name;
}

static struct ly_ctx *new_context(char *const *dirs)
{
    struct ly_ctx *ctx = NULL;
    uint16_t options = LY_CTX_NO_YANGLIBRARY | LY_CTX_DISABLE_SEARCHDIR_CWD | LY_CTX_EXPLICIT_COMPILE;

    if (ly_ctx_new(NULL, options, &ctx) != LY_SUCCESS)
        fail("no libyang context");
    for (; *dirs; dirs++) {
        LY_ERR err = ly_ctx_set_searchdir(ctx, *dirs);

        if (err != LY_SUCCESS && err != LY_EEXIST)
            fail("%s is no directory for modules", *dirs);
    }
    return ctx;
}

static bool load_into(struct ly_ctx *ctx, char *const *paths, const bool *is_bad)
{
    for (size_t i = 0; paths[i]; i++) {
        char *name = module_name(paths[i]);
        bool ok = (is_bad && is_bad[i]) || ly_ctx_load_module(ctx, name, NULL, NULL);

        free(name);
        if (!ok)
            return false;
    }
    return ly_ctx_compile(ctx) == LY_SUCCESS;
}

static bool loads_alone(char *const *dirs, const char *path)
{
    char *paths[2] = {(char *)(uintptr_t)path, NULL};
    struct ly_ctx *ctx = new_context(dirs);
    bool ok = load_into(ctx, paths, NULL);

    ly_ctx_destroy(ctx);
    return ok;
}

struct ly_ctx *load_modules(char *const *dirs, char *const *modules, size_t *n_failed)
{
    struct ly_ctx *ctx = new_context(dirs);
    bool is_bad[256] = {0};

    if (load_into(ctx, modules, NULL))
        return ctx;
    ly_ctx_destroy(ctx);
    for (size_t i = 0; modules[i] && i < sizeof(is_bad); i++) {
        is_bad[i] = !loads_alone(dirs, modules[i]);
        if (is_bad[i]) {
            (*n_failed)++;
            fprintf(stderr, "yangc: warning: %s does not compile and is left out\n", modules[i]);
        }
    }
    ctx = new_context(dirs);
    if (!load_into(ctx, modules, is_bad))
        fail("the modules do not compile together");
    return ctx;
}

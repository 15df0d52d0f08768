/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds the libyang context. libyang looks into search folders recursively and into the working folder, so the latter
 * is switched off, and the two yuma folders hold modules of equal names, so the newer one comes first.
 */
#include "lib/text/context.h"

#include <dirent.h>
#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/text/modules.h"
#include "lib/text/path.h"

enum { DIRS_MAX = 16 };

static const char *const packaged_dirs[] = {
    "/usr/share/yang/modules/libyang",        "/usr/share/yuma/nmda-modules/ietf",
    "/usr/share/yuma/modules/ietf",           "/usr/share/yuma/modules/ietf-derived", /* RFC 5277 */
    "/usr/share/yuma/modules/netconfcentral",                                         /* what ietf-derived imports */
};

/* What the management protocols need. Of all these only ietf-netconf-acm is configuration. No :startup and no :url. */
static const char *netconf_features[] = {
    "writable-running", "candidate", "confirmed-commit", "rollback-on-error", "validate", "xpath", NULL};
static const char *all_features[] = {"*", NULL};
static const struct {
    const char *name, *revision;
    const char **features;
} packaged_modules[] = {
    {"ietf-netconf", "2011-06-01", netconf_features},
    {"ietf-netconf-acm", "2018-02-14", NULL},
    {"ietf-netconf-with-defaults", "2011-06-01", NULL},
    {"ietf-datastores", "2018-02-14", NULL},
    {"ietf-origin", "2018-02-14", NULL},
    {"ietf-netconf-nmda", "2019-01-07", all_features},
    {"ietf-netconf-monitoring", "2010-10-04", NULL},
    {"ietf-netconf-notifications", "2012-02-06", NULL},
    {"nc-notifications", "2008-07-14", NULL},
    {"notifications", "2008-07-14", NULL},
};

static int is_module(const struct dirent *d)
{
    size_t len = strlen(d->d_name);
    return strncmp(d->d_name, "strata-", 7) == 0 && len > 12 && strcmp(d->d_name + len - 5, ".yang") == 0;
}

static int load_dir(struct ly_ctx *ctx, const char *dir, size_t *n_loaded, char *error, size_t size)
{
    struct dirent **list = NULL;
    int n = scandir(dir, &list, is_module, alphasort);
    int rc = 0;
    for (int i = 0; i < n; i++) {
        char name[256];
        snprintf(name, sizeof(name), "%.*s", (int)(strlen(list[i]->d_name) - 5), list[i]->d_name);
        if (rc == 0 && !ly_ctx_load_module(ctx, name, NULL, NULL)) {
            char path[128];
            snprintf(error, size, "module %s of %s: %s", name, dir, yang_last_error(ctx, path, sizeof(path)));
            rc = -EINVAL;
        }
        *n_loaded += rc == 0;
        free(list[i]);
    }
    free(list);
    return rc;
}

static int load_packaged(struct ly_ctx *ctx, char *error, size_t size)
{
    for (size_t i = 0; i < sizeof(packaged_modules) / sizeof(packaged_modules[0]); i++) {
        const char *name = packaged_modules[i].name;
        if (ly_ctx_load_module(ctx, name, packaged_modules[i].revision, packaged_modules[i].features))
            continue;
        char path[128];
        snprintf(error, size, "module %s of libyuma-base: %s", name, yang_last_error(ctx, path, sizeof(path)));
        return -EINVAL;
    }
    return 0;
}

int yang_context_create(const char *const *dirs, struct ly_ctx **out, char *error, size_t size)
{
    struct ly_ctx *ctx = NULL;
    struct yang_modules *modules;
    const char *all[DIRS_MAX];
    size_t n_loaded = 0, n = 0;
    int rc = 0;

    ly_log_options(LY_LOSTORE_LAST);
    if (ly_ctx_new(NULL, LY_CTX_EXPLICIT_COMPILE | LY_CTX_DISABLE_SEARCHDIR_CWD, &ctx)) {
        snprintf(error, size, "libyang gives no context");
        return -ENOMEM;
    }
    for (size_t i = 0; dirs[i] && n < DIRS_MAX; i++)
        all[n++] = dirs[i];
    for (size_t i = 0; i < sizeof(packaged_dirs) / sizeof(packaged_dirs[0]) && n < DIRS_MAX; i++)
        all[n++] = packaged_dirs[i];
    for (size_t i = 0; i < n; i++)
        ly_ctx_set_searchdir(ctx, all[i]);
    modules = yang_modules_create(all, n);
    ly_ctx_set_module_imp_clb(ctx, yang_modules_give, modules);
    rc = load_packaged(ctx, error, size);
    for (size_t i = 0; dirs[i] && rc == 0; i++)
        rc = load_dir(ctx, dirs[i], &n_loaded, error, size);
    if (rc == 0 && n_loaded == 0) {
        snprintf(error, size, "no strata-*.yang module in %s", dirs[0] ? dirs[0] : "(no folder given)");
        rc = -ENOENT;
    }
    if (rc == 0 && ly_ctx_compile(ctx)) {
        char path[128];
        snprintf(error, size, "the modules do not fit together: %s", yang_last_error(ctx, path, sizeof(path)));
        rc = -EINVAL;
    }
    ly_ctx_set_module_imp_clb(ctx, NULL, NULL);
    yang_modules_destroy(modules);
    if (rc) {
        ly_ctx_destroy(ctx);
        return rc;
    }
    *out = ctx;
    return 0;
}

static bool has_modules(const char *dir)
{
    struct dirent **list = NULL;
    int n = scandir(dir, &list, is_module, NULL);
    for (int i = 0; i < n; i++)
        free(list[i]);
    free(list);
    return n > 0;
}

bool yang_default_dir(char *out, size_t size)
{
    const char *from_env = getenv("STRATA_YANG_DIR");
    char exe[512];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

    if (from_env) {
        snprintf(out, size, "%s", from_env);
        return has_modules(out);
    }
    exe[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(exe, '/');
    if (slash) {
        *slash = '\0';
        snprintf(out, size, "%s/../share/strata/yang", exe);
        if (has_modules(out))
            return true;
    }
    snprintf(out, size, "%s", STRATA_YANG_DIR);
    return has_modules(out);
}

static const struct ly_err_item *last_error(const struct ly_ctx *ctx)
{
    const struct ly_err_item *first = ly_err_first(ctx);
    return first ? first->prev : NULL;
}

/* libyang 2.1 writes places as text: `Data location "/a:b/c", line number 4.` */
const char *yang_last_error(const struct ly_ctx *ctx, char *path, size_t size)
{
    const struct ly_err_item *e = last_error(ctx);
    char place[1024];

    if (size)
        path[0] = '\0';
    if (!e)
        return "unknown error";
    snprintf(place, sizeof(place), "%s", e->path ? e->path : "");
    char *first = strchr(place, '"');
    char *last = strrchr(place, '"');
    if (place[0] == '/') {
        yang_path_from_libyang(place, path, size);
    } else if (first && last > first) {
        *last = '\0';
        yang_path_from_libyang(first + 1, path, size);
    }
    return e->msg ? e->msg : "unknown error";
}

const char *yang_last_error_tag(const struct ly_ctx *ctx)
{
    const struct ly_err_item *e = last_error(ctx);
    return e && e->apptag ? e->apptag : "";
}

unsigned yang_last_error_line(const struct ly_ctx *ctx)
{
    const struct ly_err_item *e = last_error(ctx);
    const char *at = e && e->path ? strstr(e->path, "ine number ") : NULL;
    return at ? (unsigned)strtoul(at + 11, NULL, 10) : 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * XPath expressions of clients: none may harm the filter, which keeps nothing that was not there, nothing from where it
 * said that nothing comes, and of a tree's parts together what it keeps of the tree, if it said so.
 */
#include <libyang/libyang.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/context.h"
#include "lib/text/parse.h"
#include "lib/text/tree.h"
#include "src/mgmtd/filter/filter.h"

static const char config[] = "system hostname a\n"
                             "interface x { mtu 1500; ipv4 address [ 10.0.0.1/24 10.0.1.1/24 ] }\n"
                             "interface y { description \"it's\"; vpn-instance c }\n"
                             "vpn-instance c { route-distinguisher 1:1; vpn-target { import 1:1; export 1:2 } }\n"
                             "ospf { router-id 1.1.1.1; area 0.0.0.0 interface x network-type point-to-point }\n"
                             "bgp { as 1; neighbor 10.0.0.2 { remote-as 2; family ipv4-vpn } }\n";

struct shared {
    struct ly_ctx *ctx;
    struct lyd_node *tree;
};

static const struct shared *shared(void)
{
    static struct shared s; /* a context costs 40 ms: one for all inputs */
    static const char *const dirs[] = {TEST_YANG_DIR, NULL};
    struct text_source src = {.name = "config", .text = config, .len = strlen(config)};
    struct text_error err;
    char error[512];
    if (!s.ctx && (yang_context_create(dirs, &s.ctx, error, sizeof(error)) || text_parse(s.ctx, &src, &s.tree, &err)))
        abort();
    return &s;
}

static int added(void *arg, const struct lyd_node *was, const struct lyd_node *now)
{
    (void)arg;
    if (!was)
        abort();
    return now && lyd_child(was) ? yang_diff(lyd_child(was), lyd_child(now), added, NULL) : 0;
}

/* Is it one of "/a/b /c[d=e]", by the first name? */
static bool is_named(const char *tops, const char *name)
{
    size_t len = strlen(name);
    if (!tops[0])
        return true;
    for (const char *p = tops; (p = strchr(p, '/')); p++)
        if ((p == tops || p[-1] == ' ') && strncmp(p + 1, name, len) == 0 && strchr("/[ ", p[1 + len]))
            return true;
    return false;
}

/* Each top-level node alone. */
static struct lyd_node *filter_parts(const struct lyd_node *tree, const char *expression)
{
    struct lyd_node *all = NULL, *part;
    char error[256];
    for (const struct lyd_node *n = tree; n; n = n->next) {
        if (lyd_dup_single(n, NULL, LYD_DUP_RECURSIVE, &part) || filter_xpath(expression, &part, error, sizeof(error)))
            abort();
        if (part)
            lyd_insert_sibling(all, part, &all);
    }
    return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct shared *s = shared();
    struct lyd_node *kept = yang_tree_dup(s->tree), *parts = NULL;
    char *expression = calloc(1, size + 1), error[256] = "";
    struct text_buf tops = {0};

    memcpy(expression, data, size);
    bool is_divisible = filter_xpath_is_divisible(s->ctx, expression);
    filter_xpath_tops(s->ctx, expression, &tops);
    if (filter_xpath(expression, &kept, error, sizeof(error)) == 0) {
        yang_diff(s->tree, kept, added, NULL);
        for (const struct lyd_node *n = kept; n; n = n->next)
            if (!is_named(text_buf_get(&tops), n->schema->name))
                abort();
        if (is_divisible)
            parts = filter_parts(s->tree, expression);
        if (is_divisible && !yang_tree_equal(kept, parts))
            abort();
    } else if (!error[0]) {
        abort();
    }
    text_buf_fini(&tops);
    yang_tree_free(kept);
    yang_tree_free(parts);
    free(expression);
    return 0;
}

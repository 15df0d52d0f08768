/* SPDX-License-Identifier: Apache-2.0
 *
 * See intent.h. Each VPN instance with an intent goes through the table of rules (rules.c), in the order in which the
 * instances stand. No rule looks at what another one implied for another instance, so their order does not matter.
 */
#include "src/mgmtd/intent/intent.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/path.h"
#include "lib/text/tree.h"
#include "lib/text/words.h"
#include "src/mgmtd/intent/grow.h"
#include "src/mgmtd/intent/rules.h"

static void expand_instance(struct growth *g, const struct lyd_node *instance)
{
    const struct lyd_node *carrier = tree_child(instance, "carriers-carrier");
    struct intent i = {.instance = instance, .vpn = lyd_get_value(lyd_child(instance))};

    i.has_bgp = tree_has_value(carrier, "signaling", "bgp");
    i.has_ldp = tree_has_value(carrier, "signaling", "ldp");
    snprintf(g->origin, sizeof(g->origin), "vpn-instance %s carriers-carrier", i.vpn);
    for (size_t k = 0; k < n_intent_rules && !g->is_failed; k++)
        if (intent_rules[k].applies(&i))
            intent_rules[k].apply(g, &i);
}

void intent_blame(const struct ly_ctx *ctx, struct lyd_node *running, struct lyd_node *intended,
                  struct yang_fault *fault)
{
    bool is_exact;
    size_t used = strlen(fault->message);
    const char *origin = intent_origin_above(yang_path_lookup(intended, fault->path, &is_exact));
    struct text_buf path = {0};
    struct text_words words;
    struct text_place place;

    fault->node = yang_path_lookup(running, fault->path, &is_exact);
    if (!origin)
        return;
    snprintf(fault->message + used, sizeof(fault->message) - used, "; this is implied by %s", origin);
    if (text_words_split(origin, &words)) {
        text_words_walk(ctx, (const char *const *)words.word, words.n, false, &place, &path);
        fault->node = yang_path_lookup(running, text_buf_get(&path), &is_exact);
    }
    text_words_free(&words);
    text_buf_fini(&path);
}

/* What is valid as it was typed must be valid with what it implies. */
static void check_result(struct growth *g)
{
    if (g->is_failed || !g->has_grown)
        return;
    g->is_failed = yang_tree_validate(g->ctx, *g->tree, g->fault) != 0;
}

int intent_expand(const struct ly_ctx *ctx, const struct lyd_node *running, struct lyd_node **intended,
                  struct yang_fault *fault)
{
    struct lyd_node *tree = yang_tree_dup(running);
    struct growth g = {.ctx = ctx, .tree = &tree, .fault = fault};

    memset(fault, 0, sizeof(*fault));
    intent_strip(tree);
    const struct lyd_node *instances = yang_top(tree, "vpn-instances");
    for (struct lyd_node *n = tree_next(instances, "vpn-instance", NULL); n && !g.is_failed;
         n = tree_next(instances, "vpn-instance", n))
        if (tree_child(n, "carriers-carrier"))
            expand_instance(&g, n);
    if (!g.is_failed)
        rules_ospf_tags(&g);
    check_result(&g);
    if (g.is_failed) {
        intent_blame(ctx, (struct lyd_node *)(uintptr_t)running, tree, fault);
        yang_tree_free(tree);
        return -EINVAL;
    }
    *intended = tree;
    return 0;
}

static const struct lyd_meta *mark_of(const struct lyd_node *node)
{
    for (const struct lyd_meta *m = node->schema ? node->meta : NULL; m; m = m->next)
        if (strcmp(m->name, "implied-by") == 0)
            return m;
    return NULL;
}

const char *intent_origin(const struct lyd_node *node)
{
    const struct lyd_meta *m = mark_of(node);
    return m ? lyd_get_meta_value(m) : NULL;
}

const char *intent_origin_above(const struct lyd_node *node)
{
    for (; node; node = lyd_parent(node))
        if (intent_origin(node))
            return intent_origin(node);
    return NULL;
}

void intent_strip(struct lyd_node *tree)
{
    for (struct lyd_node *n = tree; n; n = n->next) {
        const struct lyd_meta *m = mark_of(n);
        if (m)
            lyd_free_meta_single((struct lyd_meta *)(uintptr_t)m);
        intent_strip(lyd_child_no_keys(n));
    }
}

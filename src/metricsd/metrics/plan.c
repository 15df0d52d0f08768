/* SPDX-License-Identifier: Apache-2.0
 *
 * See plan.h. Pure: works over the compiled schema.
 */
#include "src/metricsd/metrics/plan.h"

#include <ctype.h>
#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "strata/mem.h"

enum { PATH_MAX_LEN = 512, DATA_NODES = LYS_CONTAINER | LYS_LIST };

bool metrics_is_marked(const struct lysc_node *n)
{
    LY_ARRAY_COUNT_TYPE i;

    LY_ARRAY_FOR(n->exts, i)
    {
        const struct lysc_ext *def = n->exts[i].def;

        if (strcmp(def->name, "metrics") == 0 && strcmp(def->module->name, "strata-types") == 0)
            return true;
    }
    return false;
}

bool metrics_is_counter(const struct lysc_node *leaf)
{
    const struct lysp_node_leaf *written = leaf->priv;
    const char *colon = written ? strchr(written->type.name, ':') : NULL;
    const char *name = colon ? colon + 1 : "";

    return strcmp(name, "counter32") == 0 || strcmp(name, "counter64") == 0 ||
           strcmp(name, "zero-based-counter32") == 0 || strcmp(name, "zero-based-counter64") == 0;
}

static void add_path(struct metrics_plan *p, const char *path)
{
    p->paths = mem_realloc(NULL, p->paths, (p->n + 1) * sizeof(*p->paths));
    p->paths[p->n++] = mem_strdup(NULL, path);
}

static void search(struct metrics_plan *p, const struct lysc_node *n, const char *above)
{
    char path[PATH_MAX_LEN];
    const struct lysc_node *c = NULL;

    if (!(n->nodetype & DATA_NODES))
        return;
    snprintf(path, sizeof(path), "%s/%s", above, n->name);
    if (metrics_is_marked(n)) {
        add_path(p, path);
        return;
    }
    while ((c = lys_getnext(c, n, NULL, 0)))
        search(p, c, path);
}

int metrics_plan_init(struct metrics_plan *p, struct ly_ctx *ctx)
{
    const struct lys_module *m;
    uint32_t index = 0;

    *p = (struct metrics_plan){0};
    if (ly_ctx_set_options(ctx, LY_CTX_SET_PRIV_PARSED) != LY_SUCCESS)
        return -EINVAL;
    while ((m = ly_ctx_get_module_iter(ctx, &index))) {
        const struct lysc_node *c = NULL;

        while (m->implemented && m->compiled && (c = lys_getnext(c, NULL, m->compiled, 0)))
            search(p, c, "");
    }
    return 0;
}

void metrics_plan_fini(struct metrics_plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        mem_free(NULL, p->paths[i]);
    mem_free(NULL, p->paths);
    *p = (struct metrics_plan){0};
}

/* "vpn-instances" around the list "vpn-instance" and nothing else. */
static bool is_plural(const struct lysc_node *n)
{
    const struct lysc_node *c = NULL;
    size_t len;

    if (n->nodetype != LYS_CONTAINER)
        return false;
    while ((c = lys_getnext(c, n, NULL, 0))) {
        len = strlen(c->name);
        if (c->nodetype == LYS_LIST && strncmp(n->name, c->name, len) == 0 && strcmp(n->name + len, "s") == 0)
            return true;
    }
    return false;
}

/* A list of instances beside the same nodes for the public instance. */
static bool is_instance_list(const struct lysc_node *n)
{
    const struct lysc_node *c = NULL;

    if (n->nodetype != LYS_LIST || !n->parent || strcmp(n->name, "vpn-instance") != 0)
        return false;
    while ((c = lys_getnext(c, n, NULL, 0)))
        if ((c->nodetype & DATA_NODES) && lys_find_child(n->parent, c->module, c->name, 0, 0, 0))
            return true;
    return false;
}

void metrics_name(const char *prefix, const struct lysc_node *n, char out[METRICS_NAME_MAX])
{
    bool is_state = n->nodetype == LYS_CONTAINER && strcmp(n->name, "state") == 0;

    if (is_state || is_plural(n) || is_instance_list(n))
        snprintf(out, METRICS_NAME_MAX, "%s", prefix);
    else
        snprintf(out, METRICS_NAME_MAX, "%s_%s", prefix, n->name);
    for (char *c = out; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
}

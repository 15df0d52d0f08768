/* SPDX-License-Identifier: Apache-2.0
 *
 * See fault.h. libyang 2.1 reports a missing node by its place in the schema ("/bgp/neighbor/remote-as"): the entry
 * that lacks it is looked for here. Its messages have no numbers to go by, so they are recognized by their beginnings;
 * one that is not recognized stays as it is.
 */
#include "lib/text/fault.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/path.h"
#include "lib/text/tree.h"

/* The first node on `path` (its last part left out) that lacks a child of the last part's name. */
static struct lyd_node *find_lacking(struct lyd_node *siblings, struct lyd_node *parent, const char *path)
{
    struct yang_segment seg, more;
    const char *rest = path, *peek;

    if (!yang_path_next(&rest, &seg))
        return NULL;
    peek = rest;
    bool is_last = !yang_path_next(&peek, &more);
    bool has_child = false;
    for (struct lyd_node *n = siblings; n; n = n->next) {
        if (!yang_segment_matches(&seg, n))
            continue;
        has_child = true;
        struct lyd_node *found = is_last ? NULL : find_lacking(lyd_child(n), n, rest);
        if (found)
            return found;
    }
    return is_last && !has_child ? parent : NULL;
}

static void explain_missing(struct lyd_node *tree, struct yang_fault *fault, const char *what)
{
    struct lyd_node *lacking = find_lacking(tree, NULL, fault->path);
    const char *slash = strrchr(fault->path, '/');
    char name[64];

    snprintf(name, sizeof(name), "%s", slash ? slash + 1 : "");
    if (!lacking || !name[0])
        return;
    fault->node = lacking;
    yang_path_of(lacking, fault->path, sizeof(fault->path));
    snprintf(fault->message, sizeof(fault->message), "%s is missing: %s", name, what);
}

/* The text between the n-th pair of quotes; false if there are not so many. */
static bool quoted(const char *text, unsigned n, char *out, size_t size)
{
    const char *from = strchr(text, '"');
    for (; from && n > 1; n--) {
        from = strchr(from + 1, '"');
        from = from ? strchr(from + 1, '"') : NULL;
    }
    const char *to = from ? strchr(from + 1, '"') : NULL;
    if (to)
        snprintf(out, size, "%.*s", (int)(to - from - 1), from + 1);
    return to != NULL;
}

/* `Invalid leafref value "X" - no target instance "/m:a/m:list/m:key" ...`: no list X is configured. */
static void explain_reference(struct yang_fault *fault)
{
    char value[128], target[256], path[YANG_PATH_MAX];
    if (!quoted(fault->message, 1, value, sizeof(value)) || !quoted(fault->message, 2, target, sizeof(target)))
        return;
    yang_path_from_libyang(target, path, sizeof(path));
    char *key = strrchr(path, '/');
    if (!key || key == path)
        return;
    *key = '\0';
    const char *list = strrchr(path, '/');
    snprintf(fault->message, sizeof(fault->message), "there is no %.60s \"%s\": configure it, or name another one",
             list ? list + 1 : path, value);
}

/* "/a/b[X]" -> "b X", as it is typed. */
static void typed_entry(const char *path, char *out, size_t size)
{
    const char *key = strrchr(path, '[');
    const char *name = key;
    while (name && name > path && name[-1] != '/')
        name--;
    if (key)
        snprintf(out, size, "%.*s %.*s", (int)(key - name), name, (int)strcspn(key + 1, "]"), key + 1);
    else
        snprintf(out, size, "%.*s", (int)size - 1, path);
}

/* `Unique data leaf(s) "X" not satisfied in "/m:a/b[name='1']" and "/m:a/b[name='2']".` */
static void explain_unique(struct lyd_node *tree, struct yang_fault *fault)
{
    char leaf[64], place[2][256], path[2][YANG_PATH_MAX], entry[2][128];
    bool is_exact;

    if (!quoted(fault->message, 1, leaf, sizeof(leaf)))
        return;
    for (unsigned i = 0; i < 2; i++) {
        if (!quoted(fault->message, i + 2, place[i], sizeof(place[i])))
            return;
        yang_path_from_libyang(place[i], path[i], sizeof(path[i]));
        typed_entry(path[i], entry[i], sizeof(entry[i]));
    }
    snprintf(fault->path, sizeof(fault->path), "%.*s/%s", YANG_PATH_MAX - 80, path[1], leaf);
    fault->node = yang_path_lookup(tree, fault->path, &is_exact);
    snprintf(fault->message, sizeof(fault->message), "%s and %s have the same %s: each needs its own", entry[0],
             entry[1], leaf);
}

void yang_fault_explain(struct lyd_node *tree, struct yang_fault *fault)
{
    static const char mandatory[] = "Mandatory ", few[] = "Too few ", reference[] = "Invalid leafref value ";
    static const char unique[] = "Unique data leaf(s) ";
    if (strncmp(fault->message, mandatory, sizeof(mandatory) - 1) == 0)
        explain_missing(tree, fault, "it must be given here");
    else if (strncmp(fault->message, few, sizeof(few) - 1) == 0)
        explain_missing(tree, fault, "at least one must be given here");
    else if (strncmp(fault->message, reference, sizeof(reference) - 1) == 0)
        explain_reference(fault);
    else if (strncmp(fault->message, unique, sizeof(unique) - 1) == 0)
        explain_unique(tree, fault);
}

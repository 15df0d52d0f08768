/* SPDX-License-Identifier: Apache-2.0
 *
 * See warn.h. Statements of protocols about an interface (its users) go through a table of rules, the first that has
 * something to say wins; then what was removed is looked for in what is implied.
 */
#include "src/mgmtd/intent/warn.h"

#include <libyang/libyang.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/path.h"
#include "lib/text/tree.h"
#include "lib/text/write.h"
#include "src/mgmtd/intent/grow.h"
#include "src/mgmtd/intent/intent.h"

struct warn {
    struct lyd_node *before, *running, *intended;
    intent_warn_fn *fn;
    void *arg;
    size_t n;
};

static void say(struct warn *w, const struct lyd_node *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct warn *w, const struct lyd_node *node, const char *fmt, ...)
{
    char path[YANG_PATH_MAX] = "", text[640];
    va_list ap;

    if (w->n++ >= INTENT_WARNINGS_MAX)
        return;
    if (node)
        yang_path_of(node, path, sizeof(path));
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    w->fn(w->arg, path, text);
}

/* --- users of interfaces --- */

struct user {
    const struct lyd_node *node; /* the entry of the list `interface` */
    const char *protocol;        /* "ospf" */
    const char *name;
    const char *vpn;             /* the instance that it stands in; NULL = public */
    bool is_of_instance;         /* it works in that instance only */
    const struct lyd_node *home; /* the interface itself; NULL: not configured */
};

static bool is_gone(struct warn *w, const struct user *u)
{
    const struct lyd_node *was = u->home ? NULL : tree_entry(yang_top(w->before, "interfaces"), "interface", u->name);
    if (!was || !tree_next(tree_child(was, "ipv4"), "address", NULL))
        return false;
    say(w, u->node,
        "interface %s is no longer configured and loses its addresses; remove this too, or configure \"interface %s\" "
        "again",
        u->name, u->name);
    return true;
}

static bool is_elsewhere(struct warn *w, const struct user *u)
{
    const char *home = tree_value(u->home, "vpn-instance");

    if (!u->is_of_instance || (home ? u->vpn && strcmp(home, u->vpn) == 0 : !u->vpn))
        return false;
    if (home)
        say(w, u->node,
            "%s does not run here: interface %s is in VPN instance %s; configure it under \"%s vpn-instance %s\", or "
            "remove \"interface %s vpn-instance %s\"",
            u->protocol, u->name, home, u->protocol, home, u->name, home);
    else
        say(w, u->node,
            "%s does not run here: interface %s is in no VPN instance; add \"interface %s vpn-instance %s\", or "
            "configure it under \"%s\" outside of \"vpn-instance %s\"",
            u->protocol, u->name, u->name, u->vpn, u->protocol, u->vpn);
    return true;
}

static bool is_guarded_anyway(struct warn *w, const struct user *u)
{
    const char *home = tree_value(u->home, "vpn-instance"), *guarded = tree_value(u->node, "guarded");

    if (!home || !guarded || strcmp(guarded, "false") != 0)
        return false;
    say(w, tree_child(u->node, "guarded"),
        "interface %s stays guarded, as all of a VPN instance (%s) are; remove \"guarded false\"", u->name, home);
    return true;
}

static bool (*const rules[])(struct warn *w, const struct user *u) = {is_gone, is_elsewhere, is_guarded_anyway};

/* Entries of the list `interface` below `parent`. */
static void check_list(struct warn *w, const struct lyd_node *parent, struct user u)
{
    const struct lyd_node *interfaces = yang_top(w->running, "interfaces");

    for (u.node = tree_next(parent, "interface", NULL); u.node; u.node = tree_next(parent, "interface", u.node)) {
        u.name = lyd_get_value(lyd_child(u.node));
        u.home = tree_entry(interfaces, "interface", u.name);
        for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
            if (rules[i](w, &u))
                break;
    }
}

static void check_instance(struct warn *w, const struct lyd_node *instance, struct user u)
{
    const struct lyd_node *areas = tree_child(instance, "areas"); /* OSPF */

    check_list(w, instance, u);
    for (const struct lyd_node *a = tree_next(areas, "area", NULL); a; a = tree_next(areas, "area", a))
        check_list(w, a, u);
}

static void check_users(struct warn *w)
{
    static const struct user users[] = {
        {.protocol = "mpls"},
        {.protocol = "ospf", .is_of_instance = true},
        {.protocol = "ldp", .is_of_instance = true},
    };
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        const struct lyd_node *top = yang_top(w->running, users[i].protocol);
        struct user u = users[i];
        check_instance(w, top, u);
        for (const struct lyd_node *v = tree_next(top, "vpn-instance", NULL); v;
             v = tree_next(top, "vpn-instance", v)) {
            u.vpn = lyd_get_value(lyd_child(v));
            check_instance(w, v, u);
        }
    }
}

/* --- removed, and there all the same --- */

struct removal {
    struct warn *w;
    const struct lyd_node *intended; /* siblings, where the difference is */
};

static void say_implied(struct warn *w, const struct lyd_node *was, const struct lyd_node *implied)
{
    struct text_buf words = {0};
    bool has_value = implied->schema->nodetype & LYS_LEAF;
    bool is_same = !has_value || strcmp(lyd_get_value(was), lyd_get_value(implied)) == 0;

    text_write_words(implied, &words);
    say(w, NULL, "%s implied by %s: %s%s%s", is_same ? "still" : "now", intent_origin(implied), text_buf_get(&words),
        has_value ? " " : "", has_value ? lyd_get_value(implied) : "");
    text_buf_fini(&words);
}

static int on_difference(void *arg, const struct lyd_node *was, const struct lyd_node *now)
{
    struct removal *r = arg;
    const struct lyd_node *implied = was ? yang_twin(r->intended, was) : NULL;

    if (!implied)
        return 0;
    bool is_plain = lysc_is_np_cont(was->schema); /* says nothing by itself */
    if (!now && !is_plain && intent_origin(implied)) {
        say_implied(r->w, was, implied);
        return 0;
    }
    bool is_inner = was->schema->nodetype & (LYS_CONTAINER | LYS_LIST);
    struct removal below = {r->w, lyd_child(implied)};
    return is_inner ? yang_diff(lyd_child(was), now ? lyd_child(now) : NULL, on_difference, &below) : 0;
}

void intent_warn(struct lyd_node *before, struct lyd_node *running, struct lyd_node *intended, intent_warn_fn *fn,
                 void *arg)
{
    struct warn w = {.before = before, .running = running, .intended = intended, .fn = fn, .arg = arg};
    struct removal top = {&w, intended};
    char more[64];

    check_users(&w);
    yang_diff(before, running, on_difference, &top);
    if (w.n <= INTENT_WARNINGS_MAX)
        return;
    snprintf(more, sizeof(more), "and %zu more of this kind", w.n - INTENT_WARNINGS_MAX);
    fn(arg, "", more);
}

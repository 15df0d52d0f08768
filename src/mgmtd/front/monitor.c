/* SPDX-License-Identifier: Apache-2.0
 *
 * mgmtd's state as standard modules tell it: ietf-netconf-monitoring (RFC 6022: capabilities, datastores with their
 * locks, schemas, sessions), ietf-yang-library (RFC 8525), the streams of notifications (RFC 5277).
 */
#include "src/mgmtd/front/session.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/library.h"
#include "lib/text/node.h"
#include "lib/text/path.h"

static struct lyd_node *new_top(struct mgmtd *m, const char *module, const char *name, struct lyd_node **tree)
{
    const struct lys_module *found = ly_ctx_get_module_implemented(m->ctx, module);
    struct lyd_node *top = NULL;
    if (found && lyd_new_inner(NULL, found, name, 0, &top) == LY_SUCCESS)
        lyd_insert_sibling(*tree, top, tree);
    return top;
}

static bool leads_to(const char *paths, const char *top)
{
    struct yang_segment seg;
    for (const char *at = paths; at; at = strstr(at, " /") ? strstr(at, " /") + 1 : NULL) {
        const char *p = at;
        if (!yang_path_next(&p, &seg) || (seg.name_len == strlen(top) && memcmp(seg.name, top, seg.name_len) == 0))
            return true;
    }
    return false;
}

/* --- RFC 6022 --- */

static void add_datastores(struct mgmtd *m, struct lyd_node *top)
{
    static const char *const names[] = {
        [FRONT_RUNNING] = "running", [FRONT_CANDIDATE] = "candidate", [FRONT_STARTUP] = "startup"};
    struct lyd_node *all = NULL, *one, *locks, *lock;

    lyd_new_inner(top, NULL, "datastores", 0, &all);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct front_lock *l = &m->front.locks[i];
        if (lyd_new_list(all, NULL, "datastore", 0, &one, names[i]) || !l->sid ||
            lyd_new_inner(one, NULL, "locks", 0, &locks) || lyd_new_inner(locks, NULL, "global-lock", 0, &lock))
            continue;
        yang_add_number(lock, "locked-by-session", l->sid);
        yang_add(lock, "locked-time", l->time);
    }
}

static void add_schema(struct lyd_node *schemas, const char *name, const char *revision, const char *ns)
{
    struct lyd_node *one = NULL;
    if (lyd_new_list(schemas, NULL, "schema", 0, &one, name, revision ? revision : "", "yang"))
        return;
    yang_add(one, "namespace", ns);
    yang_add(one, "location", "NETCONF");
}

static void add_schemas(struct mgmtd *m, struct lyd_node *top)
{
    struct lyd_node *schemas = NULL;
    const struct lys_module *module;
    uint32_t index = 0;

    lyd_new_inner(top, NULL, "schemas", 0, &schemas);
    while ((module = ly_ctx_get_module_iter(m->ctx, &index))) {
        add_schema(schemas, module->name, module->revision, module->ns);
        const struct lysp_submodule *sub;
        LY_ARRAY_COUNT_TYPE i;
        if (!module->parsed)
            continue;
        LY_ARRAY_FOR(module->parsed->includes, i)
        {
            sub = module->parsed->includes[i].submodule;
            add_schema(schemas, sub->name, sub->revs ? sub->revs[0].date : NULL, module->ns);
        }
    }
}

static void add_sessions(struct mgmtd *m, struct lyd_node *top)
{
    struct lyd_node *sessions = NULL, *one;
    const struct session *s;
    char id[16];

    lyd_new_inner(top, NULL, "sessions", 0, &sessions);
    TAILQ_FOREACH (s, &m->sessions, link) {
        snprintf(id, sizeof(id), "%u", s->sid);
        if (s->is_ended || !s->is_netconf || lyd_new_list(sessions, NULL, "session", 0, &one, id))
            continue;
        yang_add(one, "transport", "netconf-ssh");
        yang_add(one, "username", s->user);
        if (s->host[0])
            yang_add(one, "source-host", s->host);
        yang_add(one, "login-time", s->started);
    }
}

static void add_capability(const char *uri, void *arg)
{
    yang_add(arg, "capability", uri);
}

static void add_netconf_state(struct mgmtd *m, struct lyd_node **tree)
{
    struct lyd_node *top = new_top(m, "ietf-netconf-monitoring", "netconf-state", tree), *capabilities = NULL;
    if (!top)
        return;
    if (lyd_new_inner(top, NULL, "capabilities", 0, &capabilities) == LY_SUCCESS)
        yang_library_capabilities(m->ctx, add_capability, capabilities);
    add_datastores(m, top);
    add_schemas(m, top);
    add_sessions(m, top);
}

/* Counters there have 32 bits, and begin anew. */
static void add_counters(struct lyd_node *to, const struct lyd_node *from)
{
    static const struct {
        const char *name, *of;
    } counters[] = {{"in-rpcs", "requests"},           {"in-bad-rpcs", "bad-requests"},
                    {"out-rpc-errors", "errors"},      {"out-notifications", "notifications"},
                    {"in-bad-hellos", "bad-hellos"},   {"in-sessions", "opened"},
                    {"dropped-sessions", "broken-off"}};
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
        if (yang_child(from, counters[i].of))
            yang_add_number(to, counters[i].name, (uint32_t)strtoull(yang_child_value(from, counters[i].of), NULL, 10));
}

static struct lyd_node *inner(struct lyd_node *parent, const char *name)
{
    struct lyd_node *n = (struct lyd_node *)(uintptr_t)yang_child(parent, name);
    if (!n)
        lyd_new_inner(parent, NULL, name, 0, &n);
    return n;
}

static struct lyd_node *session_entry(struct lyd_node *sessions, const char *id)
{
    struct lyd_node *n;
    for (n = lyd_child(sessions); n; n = n->next)
        if (strcmp(yang_child_value(n, "session-id"), id) == 0)
            return n;
    return lyd_new_list(sessions, NULL, "session", 0, &n, id) ? NULL : n;
}

void monitor_add_statistics(struct mgmtd *m, const char *paths, struct lyd_node **tree)
{
    struct lyd_node *server = yang_top(*tree, "netconf-server"), *top = yang_top(*tree, "netconf-state"), *entry;

    if (!server || !leads_to(paths, "netconf-state"))
        return;
    if (!top)
        top = new_top(m, "ietf-netconf-monitoring", "netconf-state", tree);
    for (const struct lyd_node *n = top ? lyd_child(server) : NULL; n; n = n->next) {
        const char *id = yang_child_value(n, "id");
        const struct session *s = sessions_find(m, (uint32_t)strtoul(id, NULL, 10));
        if (strcmp(LYD_NAME(n), "state") == 0) {
            entry = inner(top, "statistics");
            yang_add(entry, "netconf-start-time", yang_child_value(n, "started"));
            add_counters(entry, n);
        } else if (strcmp(LYD_NAME(n), "session") == 0 && s && s->is_netconf) {
            entry = session_entry(inner(top, "sessions"), id);
            if (entry)
                add_counters(entry, n);
        }
    }
}

/* --- RFC 8525 --- */

static void add_datastore_schemas(struct lyd_node *library)
{
    static const char *const names[] = {"running", "candidate", "startup", "intended", "operational"};
    struct lyd_node *one;
    char name[64];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(name, sizeof(name), "ietf-datastores:%s", names[i]);
        if (lyd_new_list(library, NULL, "datastore", 0, &one, name) == LY_SUCCESS)
            yang_add(one, "schema", "complete");
    }
}

static void add_library(struct mgmtd *m, struct lyd_node **tree)
{
    struct lyd_node *both = yang_library_data(m->ctx);
    for (struct lyd_node *n = both, *next; n; n = next) {
        next = n->next;
        if (strcmp(LYD_NAME(n), "yang-library") == 0 && !yang_top(lyd_child(n), "datastore"))
            add_datastore_schemas(n);
        lyd_unlink_tree(n);
        lyd_insert_sibling(*tree, n, tree);
    }
}

/* --- RFC 5277 --- */

static void add_streams(struct mgmtd *m, struct lyd_node **tree)
{
    struct lyd_node *top = new_top(m, "nc-notifications", "netconf", tree), *streams = NULL, *one = NULL;

    if (!top || lyd_new_inner(top, NULL, "streams", 0, &streams) ||
        lyd_new_list(streams, NULL, "stream", 0, &one, EVENTS_STREAM))
        return;
    yang_add(one, "description", "All notifications of this router.");
    yang_add(one, "replaySupport", "true");
    yang_add(one, "replayLogCreationTime", m->events.since);
}

void monitor_add(struct mgmtd *m, const char *paths, struct lyd_node **tree)
{
    if (leads_to(paths, "netconf-state"))
        add_netconf_state(m, tree);
    if (leads_to(paths, "yang-library") || leads_to(paths, "modules-state"))
        add_library(m, tree);
    if (leads_to(paths, "netconf"))
        add_streams(m, tree);
}

struct daemon_link *monitor_source(struct mgmtd *m, const char *paths)
{
    static const char server[] = "netconf-server";
    return leads_to(paths, "netconf-state") ? daemons_of_container(m, server, sizeof(server) - 1) : NULL;
}

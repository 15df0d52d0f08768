/* SPDX-License-Identifier: Apache-2.0
 *
 * See facts.h. What is missing in an answer is empty, 0 or false here.
 */
#include "vpnd/csc/facts.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strata/mem.h"

static const struct {
    const char *path, *daemon;
    bool is_config;
} sources[CSC_SOURCE_COUNT] = {
    [CSC_SOURCE_INSTANCES] = {"/rib/vpn-instance", "ribd", false},
    [CSC_SOURCE_NEXT_HOPS] = {"/rib/next-hop", "ribd", false},
    [CSC_SOURCE_PLATFORM] = {"/rib/platform", "ribd", false},
    [CSC_SOURCE_BGP] = {"/bgp/neighbor", "bgpd", false},
    [CSC_SOURCE_BGP_VPN] = {"/bgp/vpn-instance/neighbor", "bgpd", false},
    [CSC_SOURCE_BGP_TABLES] = {"/bgp/vpn-instance/statistics", "bgpd", false},
    [CSC_SOURCE_UNIMPORTED] = {"/bgp/unimported", "bgpd", false},
    [CSC_SOURCE_LDP_VPN] = {"/ldp/vpn-instance/session", "ldpd", false},
    [CSC_SOURCE_LDP_LABELS] = {"/ldp/vpn-instance/label-for", "mgmtd", true},
    [CSC_SOURCE_OSPF_VPN] = {"/ospf/vpn-instance/neighbor", "ospfd", false},
};

const char *csc_source_path(enum csc_source s)
{
    return sources[s].path;
}

const char *csc_source_daemon(enum csc_source s)
{
    return sources[s].daemon;
}

bool csc_source_is_config(enum csc_source s)
{
    return sources[s].is_config;
}

/* --- values of JSON --- */

static void get_text(const json_t *o, const char *name, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(o, name));

    snprintf(out, size, "%s", text ? text : "");
}

/* Numbers of 64 bits are strings in JSON (RFC 7951 s6.1). */
static uint64_t get_u64(const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);

    if (json_is_integer(v))
        return json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v) : 0;
    return json_is_string(v) ? strtoull(json_string_value(v), NULL, 10) : 0;
}

static uint32_t get_u32(const json_t *o, const char *name)
{
    uint64_t v = get_u64(o, name);

    return v < UINT32_MAX ? (uint32_t)v : UINT32_MAX;
}

static bool get_bool(const json_t *o, const char *name)
{
    return json_is_true(json_object_get(o, name));
}

static bool get_addr(const json_t *o, const char *name, struct ip_addr *out)
{
    const char *text = json_string_value(json_object_get(o, name));

    return text && ip_addr_parse(text, out) == 0;
}

/* The member `name` whatever module it is of: the outermost names have it in front. */
static const json_t *get_top(json_t *root, const char *name)
{
    const char *key;
    json_t *value;

    json_object_foreach (root, key, value) {
        const char *colon = strchr(key, ':');

        if (strcmp(colon ? colon + 1 : key, name) == 0)
            return value;
    }
    return NULL;
}

/* --- sessions --- */

static struct csc_session *add_session(struct csc_answer *a, const char *instance, enum csc_protocol protocol)
{
    struct csc_session *s;

    a->sessions = mem_realloc(NULL, a->sessions, (a->n_sessions + 1) * sizeof(*s));
    s = &a->sessions[a->n_sessions++];
    memset(s, 0, sizeof(*s));
    s->protocol = protocol;
    snprintf(s->instance, sizeof(s->instance), "%s", instance);
    return s;
}

static void take_bgp(struct csc_answer *a, const char *instance, const json_t *o)
{
    const json_t *state = json_object_get(o, "state"), *family;
    struct csc_session *s;
    struct ip_addr neighbor;
    char name[32];
    size_t i;

    if (!get_addr(o, "address", &neighbor))
        return;
    s = add_session(a, instance, CSC_PROTOCOL_BGP);
    s->neighbor = neighbor;
    get_text(state, "state", s->state, sizeof(s->state));
    get_text(state, "last-error", s->error, sizeof(s->error));
    s->is_up = strcmp(s->state, "established") == 0;
    s->has_since = json_object_get(state, "uptime") != NULL;
    s->since_sec = get_u32(state, "uptime");
    json_array_foreach (json_object_get(state, "family"), i, family) {
        get_text(family, "name", name, sizeof(name));
        s->has_labels |= s->is_up && strcmp(name, "ipv4-labeled-unicast") == 0;
        s->routes += get_u32(family, "prefixes-accepted");
    }
}

static void take_ldp(struct csc_answer *a, const char *instance, const json_t *o)
{
    struct csc_session *s;
    struct ip_addr neighbor;
    const json_t *address;
    size_t i;

    if (!get_addr(o, "transport-address", &neighbor) && !get_addr(o, "lsr-id", &neighbor))
        return;
    s = add_session(a, instance, CSC_PROTOCOL_LDP);
    s->neighbor = neighbor;
    json_array_foreach (json_object_get(o, "address"), i, address) {
        const char *text = json_string_value(address);

        if (s->n_also < CSC_ADDRESSES_MAX && text && ip_addr_parse(text, &s->also[s->n_also]) == 0)
            s->n_also++;
    }
    get_text(o, "state", s->state, sizeof(s->state));
    get_text(o, "last-error", s->error, sizeof(s->error));
    s->is_up = s->has_labels = strcmp(s->state, "operational") == 0;
    s->has_since = json_object_get(o, "uptime") != NULL;
    s->since_sec = get_u32(o, "uptime");
}

/* On a broadcast link routers that are not designated stay at 2-way with each other. */
static bool is_ospf_settled(const char *state)
{
    return strcmp(state, "full") == 0 || strcmp(state, "2-way") == 0;
}

static void take_ospf(struct csc_answer *a, const char *instance, const json_t *o)
{
    struct csc_session *s;
    struct ip_addr neighbor;

    if (!get_addr(o, "address", &neighbor))
        return;
    s = add_session(a, instance, CSC_PROTOCOL_OSPF);
    s->neighbor = neighbor;
    get_text(o, "interface", s->interface, sizeof(s->interface));
    get_text(o, "state", s->state, sizeof(s->state));
    s->is_up = is_ospf_settled(s->state);
    s->has_since = json_object_get(o, "uptime") != NULL;
    s->since_sec = get_u32(o, "uptime");
}

/* The list `list` of each instance below `top`. */
static void take_instances(struct csc_answer *a, json_t *root, const char *top, const char *list,
                           void (*take)(struct csc_answer *a, const char *instance, const json_t *o))
{
    const json_t *instance, *entry;
    char name[RIB_NAME_MAX];
    size_t i, k;

    json_array_foreach (json_object_get(get_top(root, top), "vpn-instance"), i, instance) {
        get_text(instance, "name", name, sizeof(name));
        json_array_foreach (json_object_get(instance, list), k, entry)
            take(a, name, entry);
    }
}

static struct csc_tables *tables_of(struct csc_answer *a, const char *instance)
{
    struct csc_tables *t;

    for (size_t i = 0; i < a->n_tables; i++) {
        if (strcmp(a->tables[i].instance, instance) == 0)
            return &a->tables[i];
    }
    a->tables = mem_realloc(NULL, a->tables, (a->n_tables + 1) * sizeof(*t));
    t = &a->tables[a->n_tables++];
    memset(t, 0, sizeof(*t));
    snprintf(t->instance, sizeof(t->instance), "%s", instance);
    return t;
}

static void take_example(struct csc_example *e, const json_t *o, const char *name)
{
    if (!e->text[0])
        get_text(o, name, e->text, sizeof(e->text));
}

/* The tables of an instance are taken together. */
static void take_table(struct csc_answer *a, const char *instance, const json_t *o)
{
    struct csc_tables *t = tables_of(a, instance);

    t->unusable += get_u32(o, "unusable");
    t->without_label += get_u32(o, "without-label");
    t->networks += get_u32(o, "networks-without-label");
    take_example(&t->unusable_example, o, "unusable-example");
    take_example(&t->without_label_example, o, "without-label-example");
    take_example(&t->networks_example, o, "networks-without-label-example");
}

static void take_unimported(struct csc_answer *a, const json_t *o)
{
    struct csc_unimported *u;
    struct ip_addr address;

    if (!get_addr(o, "next-hop", &address))
        return;
    a->unimported = mem_realloc(NULL, a->unimported, (a->n_unimported + 1) * sizeof(*u));
    u = &a->unimported[a->n_unimported++];
    memset(u, 0, sizeof(*u));
    u->address = address;
    u->routes = get_u32(o, "routes");
    take_example(&u->example, o, "example");
}

/* What is not configured is not told: host routes are what LDP labels by itself. */
static void take_labels(struct csc_answer *a, const json_t *o)
{
    char text[32];

    get_text(o, "label-for", text, sizeof(text));
    if (strcmp(text, "all-routes") != 0)
        return;
    a->labels_all = mem_realloc(NULL, a->labels_all, (a->n_labels_all + 1) * sizeof(a->labels_all[0]));
    get_text(o, "name", a->labels_all[a->n_labels_all].name, RIB_NAME_MAX);
    a->n_labels_all++;
}

/* --- ribd's --- */

static void take_counts(struct csc_answer *a, const json_t *o)
{
    const json_t *far;
    struct csc_counts *c;
    size_t i;

    a->counts = mem_realloc(NULL, a->counts, (a->n_counts + 1) * sizeof(*c));
    c = &a->counts[a->n_counts++];
    memset(c, 0, sizeof(*c));
    get_text(o, "name", c->instance, sizeof(c->instance));
    c->local_routes = get_u64(o, "local-routes");
    c->remote_routes = get_u64(o, "remote-routes");
    c->unusable_routes = get_u64(o, "unusable-routes");
    c->labels = get_u64(o, "labels");
    c->unusable_labels = get_u64(o, "unusable-labels");
    c->far_ends = mem_alloc(NULL, (json_array_size(json_object_get(o, "far-end")) + 1) * sizeof(c->far_ends[0]));
    json_array_foreach (json_object_get(o, "far-end"), i, far) {
        struct csc_far_end *f = &c->far_ends[c->n_far_ends];

        if (!get_addr(far, "address", &f->address))
            continue;
        f->routes = get_u64(far, "routes");
        f->has_lsp = get_bool(far, "lsp");
        c->n_far_ends++;
    }
}

static void take_next_hop(struct csc_answer *a, const json_t *o)
{
    struct csc_next_hop *n;
    struct ip_addr address;
    char instance[RIB_NAME_MAX];

    get_text(o, "vpn-instance", instance, sizeof(instance));
    if (strcmp(instance, "public") != 0 || !get_bool(o, "lsp-needed") || !get_addr(o, "address", &address))
        return;
    a->next_hops = mem_realloc(NULL, a->next_hops, (a->n_next_hops + 1) * sizeof(*n));
    n = &a->next_hops[a->n_next_hops++];
    n->address = address;
    n->is_usable = get_bool(o, "usable");
    get_text(o, "reason", n->reason, sizeof(n->reason));
}

static void add_warning(struct csc_answer *a, const char *text)
{
    if (!text)
        return;
    a->warnings = mem_realloc(NULL, a->warnings, (a->n_warnings + 1) * sizeof(a->warnings[0]));
    a->warnings[a->n_warnings++] = mem_strdup(NULL, text);
}

static void take_platform(struct csc_answer *a, const json_t *o)
{
    const json_t *warning;
    size_t i;

    get_text(o, "missing", a->missing, sizeof(a->missing));
    json_array_foreach (json_object_get(o, "warning"), i, warning)
        add_warning(a, json_string_value(warning));
}

/* --- answers --- */

static void answer_fini(struct csc_answer *a)
{
    for (size_t i = 0; i < a->n_counts; i++)
        mem_free(NULL, a->counts[i].far_ends);
    for (size_t i = 0; i < a->n_warnings; i++)
        mem_free(NULL, a->warnings[i]);
    mem_free(NULL, a->sessions);
    mem_free(NULL, a->counts);
    mem_free(NULL, a->tables);
    mem_free(NULL, a->unimported);
    mem_free(NULL, a->labels_all);
    mem_free(NULL, a->next_hops);
    mem_free(NULL, a->warnings);
    *a = (struct csc_answer){0};
}

static void take(struct csc_answer *a, enum csc_source s, json_t *root)
{
    const json_t *entry;
    size_t i;

    switch (s) {
    case CSC_SOURCE_INSTANCES:
        json_array_foreach (json_object_get(get_top(root, "rib"), "vpn-instance"), i, entry)
            take_counts(a, entry);
        break;
    case CSC_SOURCE_NEXT_HOPS:
        json_array_foreach (json_object_get(get_top(root, "rib"), "next-hop"), i, entry)
            take_next_hop(a, entry);
        break;
    case CSC_SOURCE_PLATFORM:
        take_platform(a, json_object_get(get_top(root, "rib"), "platform"));
        break;
    case CSC_SOURCE_BGP:
        json_array_foreach (json_object_get(get_top(root, "bgp"), "neighbor"), i, entry)
            take_bgp(a, "", entry);
        break;
    case CSC_SOURCE_BGP_VPN:
        take_instances(a, root, "bgp", "neighbor", take_bgp);
        break;
    case CSC_SOURCE_BGP_TABLES:
        take_instances(a, root, "bgp", "statistics", take_table);
        break;
    case CSC_SOURCE_UNIMPORTED:
        json_array_foreach (json_object_get(get_top(root, "bgp"), "unimported"), i, entry)
            take_unimported(a, entry);
        break;
    case CSC_SOURCE_LDP_LABELS:
        json_array_foreach (json_object_get(get_top(root, "ldp"), "vpn-instance"), i, entry)
            take_labels(a, entry);
        break;
    case CSC_SOURCE_LDP_VPN:
        take_instances(a, root, "ldp", "session", take_ldp);
        break;
    case CSC_SOURCE_OSPF_VPN:
        take_instances(a, root, "ospf", "neighbor", take_ospf);
        break;
    case CSC_SOURCE_COUNT:
        break;
    }
}

bool csc_facts_take(struct csc_facts *f, enum csc_source s, const char *json, uint64_t now_us)
{
    json_t *root = json_loads(json, 0, NULL);

    if (!json_is_object(root)) {
        json_decref(root);
        return false;
    }
    answer_fini(&f->from[s]);
    take(&f->from[s], s, root);
    f->from[s].is_known = true;
    f->from[s].told_us = now_us;
    json_decref(root);
    return true;
}

void csc_facts_fini(struct csc_facts *f)
{
    for (int s = 0; s < CSC_SOURCE_COUNT; s++)
        answer_fini(&f->from[s]);
}

const struct csc_counts *csc_facts_counts(const struct csc_facts *f, const char *instance)
{
    const struct csc_answer *a = &f->from[CSC_SOURCE_INSTANCES];

    for (size_t i = 0; i < a->n_counts; i++) {
        if (strcmp(a->counts[i].instance, instance) == 0)
            return &a->counts[i];
    }
    return NULL;
}

const struct csc_tables *csc_facts_tables(const struct csc_facts *f, const char *instance)
{
    const struct csc_answer *a = &f->from[CSC_SOURCE_BGP_TABLES];

    for (size_t i = 0; i < a->n_tables; i++) {
        if (strcmp(a->tables[i].instance, instance) == 0)
            return &a->tables[i];
    }
    return NULL;
}

const struct csc_next_hop *csc_facts_next_hop(const struct csc_facts *f, const struct ip_addr *address)
{
    const struct csc_answer *a = &f->from[CSC_SOURCE_NEXT_HOPS];

    for (size_t i = 0; i < a->n_next_hops; i++) {
        if (ip_addr_equal(&a->next_hops[i].address, address))
            return &a->next_hops[i];
    }
    return NULL;
}

const struct csc_unimported *csc_facts_unimported(const struct csc_facts *f, const struct ip_addr *address)
{
    const struct csc_answer *a = &f->from[CSC_SOURCE_UNIMPORTED];

    for (size_t i = 0; i < a->n_unimported; i++) {
        if (ip_addr_equal(&a->unimported[i].address, address))
            return &a->unimported[i];
    }
    return NULL;
}

bool csc_facts_labels_networks(const struct csc_facts *f, const char *instance)
{
    const struct csc_answer *a = &f->from[CSC_SOURCE_LDP_LABELS];

    for (size_t i = 0; i < a->n_labels_all; i++) {
        if (strcmp(a->labels_all[i].name, instance) == 0)
            return true;
    }
    return false;
}

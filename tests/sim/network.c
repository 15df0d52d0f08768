/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds the network from the scenario's files. Of TOML it reads what these files use: tables, strings, lists of
 * strings, numbers, each on one line.
 */
#include "tests/sim/network.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/daemon.h"
#include "ldpd/daemon.h"
#include "lib/text/context.h"
#include "ospfd/daemon.h"
#include "src/ribd/dataplane.h"
#include "src/mgmtd/mgmtd.h"
#include "src/ribd/daemon.h"
#include "strata/mem.h"
#include "vpnd/daemon.h"

enum { LIST_MAX = 8, WORD_MAX = 64, PATH_BYTES = 512 };

const char *const daemon_names[DAEMONS_MAX] = {"mgmtd", "ribd", "vpnd", "ospfd", "ldpd", "bgpd"};

static void __attribute__((noreturn)) wrong(const char *what, const char *where)
{
    fprintf(stderr, "scenario: %s: %s\n", what, where);
    exit(2);
}

static char *read_file(const char *dir, const char *name, const char *suffix)
{
    char path[PATH_BYTES];
    char *text;
    FILE *f;
    long size;

    snprintf(path, sizeof(path), "%s/%s%s", dir, name, suffix);
    f = fopen(path, "r");
    if (!f)
        return NULL;
    fseek(f, 0, SEEK_END);
    size = ftell(f);
    rewind(f);
    text = mem_alloc(NULL, (size_t)size + 1);
    if (fread(text, 1, (size_t)size, f) != (size_t)size)
        wrong("cannot read", path);
    fclose(f);
    return text;
}

/* --- topology.toml --- */

struct reader {
    struct network *net;
    char section[WORD_MAX];
    char ends[2][WORD_MAX]; /* of the link that is being read */
    uint32_t mtu;
    bool is_addressing; /* second pass: addresses, third: routes */
    bool is_routing;
};

static size_t read_list(const char *value, char out[LIST_MAX][WORD_MAX])
{
    size_t n = 0;

    while (n < LIST_MAX && (value = strchr(value, '"'))) {
        const char *end = strchr(++value, '"');

        if (!end)
            break;
        snprintf(out[n++], WORD_MAX, "%.*s", (int)(end - value), value);
        value = end + 1;
    }
    return n;
}

static void finish_link(struct reader *r)
{
    struct sim *sim = r->net->sim;
    struct sim_cable_spec spec = {.mtu = r->mtu, .jitter_us = 50};
    char a[WORD_MAX * 2], b[WORD_MAX * 2];

    if (!r->ends[0][0])
        return;
    snprintf(a, sizeof(a), "%s-%s", r->ends[0], r->ends[1]);
    snprintf(b, sizeof(b), "%s-%s", r->ends[1], r->ends[0]);
    if (!sim_node_find(sim, r->ends[0]) || !sim_node_find(sim, r->ends[1]))
        wrong("link of unknown nodes", a);
    sim_cable_create(sim_node_find(sim, r->ends[0]), a, sim_node_find(sim, r->ends[1]), b, &spec);
    r->ends[0][0] = '\0';
    r->mtu = 0;
}

static void read_node(struct reader *r, const char *key, const char *value)
{
    char list[LIST_MAX][WORD_MAX], name[WORD_MAX], prefix[WORD_MAX], gateway[WORD_MAX];
    bool is_addresses = false;
    struct sim_node *node;
    size_t n;

    snprintf(name, sizeof(name), "%s", r->section + strlen("nodes."));
    if (strchr(name, '.')) {
        is_addresses = true;
        *strchr(name, '.') = '\0';
    }
    node = sim_node_find(r->net->sim, name);
    n = read_list(value, list);
    if (is_addresses && r->is_addressing) {
        for (size_t i = 0; i < n; i++)
            if (sim_host_address(node, key, list[i]) < 0)
                wrong("address", list[i]);
    } else if (!is_addresses && strcmp(key, "routes") == 0 && r->is_routing) {
        for (size_t i = 0; i < n; i++) {
            if (sscanf(list[i], "%63s via %63s", prefix, gateway) != 2 ||
                sim_host_route(node, strcmp(prefix, "default") == 0 ? "0.0.0.0/0" : prefix, gateway) < 0)
                wrong("route", list[i]);
        }
    } else if (!is_addresses && strcmp(key, "program") == 0 && !r->is_addressing && !r->is_routing) {
        node = sim_node_create(r->net->sim, name);
        if (strcmp(list[0], "strata") == 0 && r->net->n_routers < ROUTERS_MAX)
            r->net->routers[r->net->n_routers++] = (struct router){.net = r->net, .node = node};
    }
}

static void read_line(struct reader *r, char *line)
{
    char key[WORD_MAX], list[LIST_MAX][WORD_MAX];
    char *value = strchr(line, '=');

    if (line[0] == '[') {
        finish_link(r);
        snprintf(r->section, sizeof(r->section), "%.*s", (int)strcspn(line + strspn(line, "["), "]"),
                 line + strspn(line, "["));
        return;
    }
    if (line[0] == '#' || !value || sscanf(line, "%63s", key) != 1)
        return;
    if (strncmp(r->section, "nodes.", 6) == 0) {
        read_node(r, key, value + 1);
    } else if (strcmp(r->section, "links") == 0 && !r->is_addressing && !r->is_routing) {
        if (strcmp(key, "ends") == 0 && read_list(value, list) == 2) {
            memcpy(r->ends[0], list[0], WORD_MAX);
            memcpy(r->ends[1], list[1], WORD_MAX);
        } else if (strcmp(key, "mtu") == 0) {
            r->mtu = (uint32_t)strtoul(value + 1, NULL, 10);
        }
    }
}

static void read_topology(struct network *net, const char *dir)
{
    for (int pass = 0; pass < 3; pass++) {
        struct reader r = {.net = net, .is_addressing = pass == 1, .is_routing = pass == 2};
        char *text = read_file(dir, "topology", ".toml"), *rest = text, *line;

        if (!text)
            wrong("no topology.toml", dir);
        while ((line = strsep(&rest, "\n")))
            read_line(&r, line);
        finish_link(&r);
        mem_free(NULL, text);
    }
}

static void read_configs(struct network *net, const char *dir)
{
    for (size_t i = 0; i < net->n_routers; i++) {
        struct router *r = &net->routers[i];
        char *more = read_file(dir, sim_node_name(r->node), ".conf"), *before = r->config;
        size_t size;

        if (!more)
            continue;
        size = strlen(more) + (before ? strlen(before) : 0) + 2;
        r->config = mem_alloc(NULL, size);
        snprintf(r->config, size, "%s\n%s", before ? before : "", more);
        mem_free(NULL, before);
        mem_free(NULL, more);
    }
}

struct network *network_create(uint64_t seed, const char *const *dirs)
{
    const char *yang[] = {STRATA_SOURCE_DIR "/lib/yang", NULL};
    struct network *net = MEM_NEW(NULL, struct network);
    char error[512];

    if (yang_context_create(yang, &net->yang, error, sizeof(error)))
        wrong("schema", error);
    net->sim = sim_create(seed);
    for (; *dirs; dirs++) {
        read_topology(net, *dirs);
        read_configs(net, *dirs);
    }
    return net;
}

void network_destroy(struct network *net)
{
    sim_destroy(net->sim);
    for (size_t i = 0; i < net->n_routers; i++)
        mem_free(NULL, net->routers[i].config);
    ly_ctx_destroy(net->yang);
    mem_free(NULL, net);
}

struct router *network_router(struct network *net, const char *name)
{
    for (size_t i = 0; i < net->n_routers; i++)
        if (strcmp(sim_node_name(net->routers[i].node), name) == 0)
            return &net->routers[i];
    return NULL;
}

/* --- the daemons --- */

/* In place of the C library's: daemons tell each other their number, and a run must not depend on ours. */
pid_t getpid(void)
{
    return 1;
}

struct ribd_life {
    struct dataplane *dp;
    struct ribd *d;
};

static void *ribd_start(struct sim_process *process, const struct env *env, void *arg)
{
    struct ribd_life *life = MEM_NEW(NULL, struct ribd_life);

    (void)arg;
    life->dp = sim_dataplane_create(process);
    life->d = ribd_create(env, life->dp);
    if (life->d)
        return life;
    life->dp->ops->destroy(life->dp);
    mem_free(NULL, life);
    return NULL;
}

static void ribd_stop(void *daemon, void *arg)
{
    struct ribd_life *life = daemon;

    (void)arg;
    ribd_destroy(life->d);
    life->dp->ops->destroy(life->dp);
    mem_free(NULL, life);
}

static void *mgmtd_start(struct sim_process *process, const struct env *env, void *arg)
{
    struct router *r = arg;
    struct mgmtd_options o = {.boot_file = "router.conf", .boot_text = r->config, .ctx = r->net->yang};

    (void)process;
    return mgmtd_create(env, &o);
}

static void mgmtd_stop(void *daemon, void *arg)
{
    (void)arg;
    mgmtd_destroy(daemon);
}

#define PLAIN_DAEMON(name)                                                                                             \
    static void *name##_start(struct sim_process *process, const struct env *env, void *arg)                           \
    {                                                                                                                  \
        (void)process, (void)arg;                                                                                      \
        return name##_create(env);                                                                                     \
    }                                                                                                                  \
    static void name##_stop(void *daemon, void *arg)                                                                   \
    {                                                                                                                  \
        (void)arg;                                                                                                     \
        name##_destroy(daemon);                                                                                        \
    }

PLAIN_DAEMON(vpnd)
PLAIN_DAEMON(ospfd)
PLAIN_DAEMON(ldpd)
PLAIN_DAEMON(bgpd)

static const struct {
    const char *needed_by; /* a statement of the configuration; NULL: always runs */
    void *(*start)(struct sim_process *, const struct env *, void *);
    void (*stop)(void *, void *);
} programs[DAEMONS_MAX] = {
    {NULL, mgmtd_start, mgmtd_stop},     {NULL, ribd_start, ribd_stop},    {"\nvpn-instance", vpnd_start, vpnd_stop},
    {"\nospf", ospfd_start, ospfd_stop}, {"\nldp", ldpd_start, ldpd_stop}, {"\nbgp", bgpd_start, bgpd_stop},
};

void network_start(struct network *net)
{
    for (size_t i = 0; i < net->n_routers; i++) {
        struct router *r = &net->routers[i];

        if (!r->config)
            wrong("no configuration of", sim_node_name(r->node));
        for (size_t k = 0; k < DAEMONS_MAX; k++) {
            struct sim_program p = {
                .name = daemon_names[k], .create = programs[k].start, .destroy = programs[k].stop, .arg = r};

            if (!programs[k].needed_by || strstr(r->config, programs[k].needed_by))
                r->daemons[k] = sim_process_create(r->node, daemon_names[k], &p);
        }
    }
}

struct ribd *router_ribd(struct router *r)
{
    struct ribd_life *life = sim_process_daemon(r->daemons[1]);

    return life ? life->d : NULL;
}

void router_crash(struct router *r, size_t daemon, uint64_t back_after_ms)
{
    sim_process_restart(r->daemons[daemon], back_after_ms);
}

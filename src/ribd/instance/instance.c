/* SPDX-License-Identifier: Apache-2.0
 *
 * VPN instances and their VRF devices. A name keeps its table for ever: what stands in the kernel after a restart is
 * then found by table and alias, and a table is never taken over from a removed instance. Order: table to disk, device,
 * ports (iface/), "ready" when the kernel shows the device; removal backwards.
 */
#include "src/ribd/instance/instance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "src/ribd/iface/port.h"
#include "src/ribd/retry.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"

enum { TABLE_FIRST = 1001 };

struct instance {
    char name[RIB_NAME_MAX];
    uint32_t table;
    char device[RIB_IFNAME_MAX];
    uint32_t ifindex; /* of the device; 0: not there */
    bool is_device_up;
    bool is_wanted, is_created, is_leaving;
    bool is_told;
    struct rib_instance told;
    uint32_t told_ifindex;
    char problem[RIB_TEXT_MAX];
    struct retry retry;
    TAILQ_ENTRY(instance) link;
};

struct instances {
    const struct env *env;
    struct dataplane *dp;
    const struct ports *ports;
    const struct instance_events *ev;
    void *arg;
    char path[256];
    TAILQ_HEAD(, instance) all; /* every name that ever had a table */
};

static struct instance *find(const struct instances *s, const char *name)
{
    struct instance *i;

    TAILQ_FOREACH (i, &s->all, link) {
        if (strcmp(i->name, name) == 0)
            return i;
    }
    return NULL;
}

static struct instance *add(struct instances *s, const char *name, uint32_t table)
{
    struct instance *i = MEM_NEW(NULL, struct instance);

    snprintf(i->name, sizeof(i->name), "%s", name);
    i->table = table;
    TAILQ_INSERT_TAIL(&s->all, i, link);
    return i;
}

/* --- tables on disk: lines of "table name" --- */

static void load(struct instances *s)
{
    char *data, *line, *save = NULL;
    size_t len;

    if (io_file_read(s->env->io, s->path, &data, &len) < 0)
        return;
    for (line = strtok_r(data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *name;
        unsigned long table = strtoul(line, &name, 10);

        if (*name != ' ' || table < TABLE_FIRST || table > UINT32_MAX || strlen(name + 1) >= RIB_NAME_MAX ||
            find(s, name + 1))
            continue;
        add(s, name + 1, (uint32_t)table);
    }
    mem_free(NULL, data);
}

static void save(struct instances *s)
{
    size_t n = 0, used = 0, room;
    struct instance *i;
    char *text;
    int err;

    TAILQ_FOREACH (i, &s->all, link)
        n++;
    room = n * (RIB_NAME_MAX + 12) + 1;
    text = mem_alloc(NULL, room);
    TAILQ_FOREACH (i, &s->all, link)
        used += (size_t)snprintf(text + used, room - used, "%u %s\n", i->table, i->name);
    err = io_file_write(s->env->io, s->path, text, used);
    if (err < 0)
        LOG_ERROR(s->env->log, "instances-not-saved", "path=%s error=%d", s->path, err);
    mem_free(NULL, text);
}

static uint32_t new_table(const struct instances *s)
{
    uint32_t table = TABLE_FIRST;
    const struct instance *i;

    TAILQ_FOREACH (i, &s->all, link) {
        if (i->table >= table)
            table = i->table + 1;
    }
    return table;
}

/* --- devices --- */

static bool is_device_name(const char *name)
{
    if (!*name || strlen(name) >= RIB_IFNAME_MAX || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        strcmp(name, "all") == 0 || strcmp(name, "default") == 0)
        return false;
    return strpbrk(name, "/: \t%") == NULL;
}

static void choose_device(struct instances *s, struct instance *i)
{
    if (is_device_name(i->name) && ribd_ports_is_free_name(s->ports, i->name, i->table))
        memcpy(i->device, i->name, strlen(i->name) + 1);
    else
        snprintf(i->device, sizeof(i->device), "vrf%u", i->table);
}

static void tell(struct instances *s, struct instance *i)
{
    struct rib_instance now = {.vrf = i->table};

    memcpy(now.name, i->name, sizeof(now.name));
    memcpy(now.device, i->device, sizeof(now.device));
    now.is_ready = i->is_wanted && i->is_created && i->ifindex && i->is_device_up;
    if (i->is_told && now.is_ready == i->told.is_ready && i->told_ifindex == i->ifindex &&
        strcmp(now.device, i->told.device) == 0)
        return;
    i->is_told = true;
    i->told = now;
    i->told_ifindex = i->ifindex;
    s->ev->changed(s->arg, &now, i->ifindex);
}

static void create(struct instances *s, struct instance *i)
{
    char alias[RIB_NAME_MAX + 8], why[RIB_TEXT_MAX] = "";
    int err;

    if (!i->device[0])
        choose_device(s, i);
    snprintf(alias, sizeof(alias), "strata:%s", i->name);
    err = s->dp->ops->vrf_create(s->dp, i->device, i->table, alias, why);
    i->is_created = err >= 0;
    if (err < 0 && strcmp(i->problem, why[0] ? why : strerror(-err)) != 0) {
        snprintf(i->problem, sizeof(i->problem), "%s", why[0] ? why : strerror(-err));
        LOG_ERROR(s->env->log, "instance-refused", "instance=%s device=%s error=%d text=\"%s\"", i->name, i->device,
                  err, i->problem);
    }
    if (err < 0) {
        retry_failed(&i->retry, loop_now_us(s->env->loop));
    } else {
        i->problem[0] = '\0';
        retry_clear(&i->retry);
    }
    tell(s, i);
}

void ribd_instances_want(struct instances *s, const char *const *names, size_t n)
{
    bool is_new = false;
    struct instance *i;

    TAILQ_FOREACH (i, &s->all, link) {
        i->is_leaving = i->is_wanted;
        i->is_wanted = false;
    }
    for (size_t k = 0; k < n; k++) {
        i = find(s, names[k]);
        if (!i) {
            i = add(s, names[k], new_table(s));
            is_new = true;
        }
        i->is_wanted = true;
        i->is_leaving = false;
    }
    if (is_new)
        save(s); /* before anything of it is in the kernel */
    TAILQ_FOREACH (i, &s->all, link) {
        if (i->is_wanted && !i->is_created)
            create(s, i);
        else if (i->is_leaving)
            tell(s, i);
        else if (!i->is_wanted && i->ifindex)
            i->is_leaving = true; /* left over from before our start */
    }
}

void ribd_instances_remove(struct instances *s)
{
    char why[RIB_TEXT_MAX] = "";
    struct instance *i;
    int err;

    TAILQ_FOREACH (i, &s->all, link) {
        if (!i->is_leaving)
            continue;
        if (!i->device[0])
            choose_device(s, i);
        err = s->dp->ops->vrf_destroy(s->dp, i->device, i->table, why);
        if (err < 0)
            LOG_WARN(s->env->log, "instance-not-removed", "instance=%s error=%d text=\"%s\"", i->name, err, why);
        i->is_leaving = i->is_created = false;
        i->problem[0] = '\0';
        retry_clear(&i->retry);
        i->device[0] = '\0';
        s->ev->flushed(s->arg, i->table);
        if (i->is_told)
            s->ev->gone(s->arg, i->table);
        i->is_told = false;
    }
}

void ribd_instances_device(struct instances *s, uint32_t table, uint32_t ifindex, bool is_up)
{
    struct instance *i;

    TAILQ_FOREACH (i, &s->all, link) {
        if (i->table != table)
            continue;
        i->ifindex = ifindex;
        i->is_device_up = is_up;
        if (!ifindex && i->is_created) {
            i->is_created = false;
            if (i->is_wanted) {
                snprintf(i->problem, sizeof(i->problem), "device %s was deleted", i->device);
                retry_at_once(&i->retry, loop_now_us(s->env->loop)); /* its ports are in the public table now */
            }
        }
        if (i->is_wanted)
            tell(s, i);
        return;
    }
}

uint64_t ribd_instances_retry_at(const struct instances *s)
{
    const struct instance *i;
    uint64_t at = UINT64_MAX;

    TAILQ_FOREACH (i, &s->all, link)
        at = retry_earlier(at, &i->retry);
    return at;
}

void ribd_instances_retry(struct instances *s)
{
    struct instance *i;

    TAILQ_FOREACH (i, &s->all, link) {
        if (i->is_wanted && !i->is_created && retry_is_due(&i->retry, loop_now_us(s->env->loop)))
            create(s, i);
    }
}

/* --- reading --- */

bool ribd_instances_find(const struct instances *s, const char *name, struct rib_instance *out)
{
    const struct instance *i = find(s, name);

    if (!i || !i->is_wanted)
        return false;
    memset(out, 0, sizeof(*out));
    out->vrf = i->table;
    memcpy(out->name, i->name, sizeof(out->name));
    memcpy(out->device, i->device, sizeof(out->device));
    out->is_ready = i->told.is_ready;
    return true;
}

void ribd_instances_each(const struct instances *s, void (*fn)(void *arg, const struct instance_view *v), void *arg)
{
    const struct instance *i;

    TAILQ_FOREACH (i, &s->all, link) {
        struct instance_view v = {.ifindex = i->ifindex,
                                  .problem = i->problem,
                                  .retry_sec = retry_in_sec(&i->retry, loop_now_us(s->env->loop))};

        if (ribd_instances_find(s, i->name, &v.i))
            fn(arg, &v);
    }
}

struct instances *ribd_instances_create(const struct env *env, struct dataplane *dp, const struct ports *ports,
                                        const struct instance_events *ev, void *arg)
{
    struct instances *s = MEM_NEW(NULL, struct instances);

    s->env = env;
    s->dp = dp;
    s->ports = ports;
    s->ev = ev;
    s->arg = arg;
    TAILQ_INIT(&s->all);
    snprintf(s->path, sizeof(s->path), "%s/instances", env->state_dir);
    load(s);
    return s;
}

void ribd_instances_destroy(struct instances *s)
{
    struct instance *i;

    if (!s)
        return;
    while ((i = TAILQ_FIRST(&s->all))) {
        TAILQ_REMOVE(&s->all, i, link);
        mem_free(NULL, i);
    }
    mem_free(NULL, s);
}

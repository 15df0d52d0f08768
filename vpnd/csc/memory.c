/* SPDX-License-Identifier: Apache-2.0
 *
 * See memory.h.
 */
#include "vpnd/csc/memory.h"

#include <stdio.h>
#include <string.h>
#include <uthash.h>

#include "strata/log.h"
#include "strata/mem.h"
#include "strata/rib.h"

#define ALARM_HOLD_US UINT64_C(10000000)   /* what goes by itself sooner is no alarm */
#define LOST_KEEP_US  UINT64_C(3600000000) /* how long a far end is missed */

struct item_key {
    char instance[RIB_NAME_MAX];
    uint32_t kind;
    char key[CSC_KEY_MAX];
};

struct item {
    struct item_key key;
    int value;
    uint64_t since_us, seen_us;
    uint64_t round;
    bool is_raised;
    char text[256];
    UT_hash_handle hh;
};

struct csc_memory {
    struct log *log;
    struct item *items;
    uint64_t round, now_us;
    csc_alarm_fn *alarm; /* NULL: nobody listens */
    void *alarm_arg;
};

struct csc_memory *csc_memory_create(struct log *log)
{
    struct csc_memory *m = MEM_NEW(NULL, struct csc_memory);

    m->log = log;
    return m;
}

void csc_memory_listen(struct csc_memory *m, csc_alarm_fn *fn, void *arg)
{
    m->alarm = fn;
    m->alarm_arg = arg;
}

static void forget(struct csc_memory *m, struct item *i)
{
    HASH_DEL(m->items, i);
    mem_free(NULL, i);
}

void csc_memory_destroy(struct csc_memory *m)
{
    struct item *i, *next;

    HASH_ITER (hh, m->items, i, next)
        forget(m, i);
    mem_free(NULL, m);
}

static struct item *find(const struct csc_memory *m, const char *instance, enum csc_kind kind, const char *key)
{
    struct item_key k;
    struct item *i;

    memset(&k, 0, sizeof(k)); /* compared as bytes */
    snprintf(k.instance, sizeof(k.instance), "%s", instance);
    snprintf(k.key, sizeof(k.key), "%s", key);
    k.kind = kind;
    HASH_FIND(hh, m->items, &k, sizeof(k), i);
    return i;
}

void csc_memory_begin(struct csc_memory *m, uint64_t now_us)
{
    m->round++;
    m->now_us = now_us;
}

void csc_memory_see(struct csc_memory *m, const char *instance, enum csc_kind kind, const char *key, int value,
                    const char *text)
{
    struct item *i = find(m, instance, kind, key);

    if (!i) {
        i = MEM_NEW(NULL, struct item);
        snprintf(i->key.instance, sizeof(i->key.instance), "%s", instance);
        snprintf(i->key.key, sizeof(i->key.key), "%s", key);
        i->key.kind = kind;
        i->value = value;
        i->since_us = m->now_us;
        HASH_ADD(hh, m->items, key, sizeof(i->key), i);
    }
    if (i->value != value) {
        i->value = value;
        i->since_us = m->now_us;
    }
    i->seen_us = m->now_us;
    i->round = m->round;
    snprintf(i->text, sizeof(i->text), "%s", text ? text : "");
}

static uint32_t seconds(uint64_t now_us, uint64_t then_us)
{
    return now_us > then_us ? (uint32_t)((now_us - then_us) / 1000000) : 0;
}

void csc_memory_end(struct csc_memory *m)
{
    struct item *i, *next;

    HASH_ITER (hh, m->items, i, next) {
        if (i->round == m->round) {
            if (i->key.kind != CSC_KIND_PROBLEM || i->is_raised || m->now_us - i->since_us < ALARM_HOLD_US)
                continue;
            i->is_raised = true;
            LOG_WARN(m->log, "alarm-raised", "vpn-instance=%s problem=\"%s\"", i->key.instance, i->text);
            if (m->alarm)
                m->alarm(m->alarm_arg, i->key.instance, i->text, true, 0);
            continue;
        }
        if (i->key.kind == CSC_KIND_FAR_END && m->now_us - i->seen_us < LOST_KEEP_US)
            continue;
        if (i->is_raised && m->alarm)
            m->alarm(m->alarm_arg, i->key.instance, i->text, false, seconds(m->now_us, i->since_us));
        if (i->is_raised)
            LOG_INFO(m->log, "alarm-cleared", "vpn-instance=%s problem=\"%s\" after=%us", i->key.instance, i->text,
                     seconds(m->now_us, i->since_us));
        forget(m, i);
    }
}

bool csc_memory_since(const struct csc_memory *m, const char *instance, enum csc_kind kind, const char *key,
                      uint64_t now_us, uint32_t *sec)
{
    const struct item *i = find(m, instance, kind, key);

    *sec = i ? seconds(now_us, i->since_us) : 0;
    return i != NULL;
}

void csc_memory_each_lost(const struct csc_memory *m, const char *instance,
                          void (*fn)(void *arg, const char *key, uint32_t lost_sec), void *arg, uint64_t now_us)
{
    struct item *i, *next;

    HASH_ITER (hh, m->items, i, next) {
        if (i->key.kind == CSC_KIND_FAR_END && i->round != m->round && strcmp(i->key.instance, instance) == 0)
            fn(arg, i->key.key, seconds(now_us, i->seen_us));
    }
}

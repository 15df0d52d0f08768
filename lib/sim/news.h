/* SPDX-License-Identifier: Apache-2.0
 *
 * What a simulated kernel tells its ribd: a queue as in a netlink socket, which overruns, and what was told, to find
 * out what was lost.
 */
#pragma once

#include "lib/sim/kernel.h"
#include "strata/pace.h"

struct news;
struct told_address;
struct told_link;
struct told_route;
struct told_label;

struct sim_news {
    struct sim_process *process;
    struct sim_kernel *kernel;
    struct dp_events events;
    void *arg;
    void (*guard_lost)(void *owner);
    void *owner;
    bool is_open, is_overrun;
    STAILQ_HEAD(, news) queue;
    size_t n;
    struct timer tell, resync;
    struct pace pace;
    struct dp_counters counters;
    struct told_link *links;
    struct told_address *addresses;
    struct told_route *routes;
    struct told_label *labels;
};

void sim_news_init(struct sim_news *s, struct sim_process *process, void (*guard_lost)(void *owner), void *owner);
void sim_news_fini(struct sim_news *s);
void sim_news_open(struct sim_news *s, const struct dp_events *ev, void *arg); /* what there is, then "started" */

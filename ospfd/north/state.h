/* SPDX-License-Identifier: Apache-2.0
 *
 * ospfd's operational state in YANG (strata-ospf).
 */
#pragma once

#include <stdint.h>

struct north;
struct ospf_instance;
struct ospf_neighbor_news;
struct rib_client;
struct state_writer;

/* `path` says which lists are asked for (state.h). */
void ospf_state_begin(struct state_writer *w);
void ospf_state_instance(struct state_writer *w, const char *path, struct ospf_instance *i,
                         const struct rib_client *rib, uint64_t now_us);
void ospf_state_end(struct state_writer *w);
/* The notification of an adjacency. */
void ospf_state_neighbor_news(struct north *n, const struct ospf_neighbor_news *news);

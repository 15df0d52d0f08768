/* SPDX-License-Identifier: Apache-2.0
 *
 * Databases made by hand for the tests of ospfd/spf.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ospfd/spf/spf.h"
#include "strata/mem.h"

struct graph {
    struct mem_account acct;
    struct ospf_lsdb *area, *as;
    struct ospf_spf_link links[64];
    size_t n_links;
    struct ospf_spf_local locals[16];
    size_t n_locals;
    struct ospf_spf_area spf_area;
    struct ospf_spf_input in;
};

static inline void graph_begin(struct graph *g, uint32_t root)
{
    *g = (struct graph){.acct.name = "graph"};
    g->area = ospf_lsdb_create(&g->acct, 0);
    g->as = ospf_lsdb_create(&g->acct, 0);
    g->in = (struct ospf_spf_input){.root = root, .max_paths = 64, .now_us = 1000000, .n_areas = 1};
}

static inline void graph_end(struct graph *g)
{
    ospf_lsdb_destroy(g->area);
    ospf_lsdb_destroy(g->as);
    assert_int_equal(g->acct.count, 0);
}

static inline void graph_lsa(struct graph *g, struct ospf_lsdb *db, uint32_t type, uint32_t id, uint32_t adv,
                             uint8_t options, const uint8_t *body, size_t len)
{
    uint8_t data[65536];
    struct wire_writer w = wire_writer_of(data, sizeof(data));
    struct ospf_lsa_header h = {.key = {.type = type, .id = id, .adv = adv},
                                .options = options,
                                .seq = OSPF_SEQ_INITIAL,
                                .length = (uint16_t)(OSPF_LSA_HEADER + len)};
    ospf_lsa_header_write(&w, &h);
    wire_put_bytes(&w, body, len);
    ospf_lsa_checksum_set(data, w.pos);
    assert_int_equal(ospf_lsa_check(data, w.pos), OSPF_LSA_GOOD);
    ospf_lsdb_install(db, ospf_lsa_create(&g->acct, data, w.pos, 0), 0);
}

static inline void graph_router(struct graph *g, uint32_t id, uint8_t flags, const struct ospf_router_link *links,
                                size_t n)
{
    static uint8_t body[65536];
    struct wire_writer w = wire_writer_of(body, sizeof(body));
    ospf_router_write(&w, flags, links, n);
    graph_lsa(g, g->area, OSPF_LSA_ROUTER, id, id, OSPF_OPTION_E, body, w.pos);
}

static inline void graph_network(struct graph *g, uint32_t id, uint32_t adv, uint32_t mask, const uint32_t *routers,
                                 size_t n)
{
    uint8_t body[1024];
    struct wire_writer w = wire_writer_of(body, sizeof(body));
    wire_put_be32(&w, mask);
    for (size_t k = 0; k < n; k++)
        wire_put_be32(&w, routers[k]);
    graph_lsa(g, g->area, OSPF_LSA_NETWORK, id, adv, OSPF_OPTION_E, body, w.pos);
}

static inline void graph_summary(struct graph *g, uint32_t type, uint32_t id, uint32_t adv, uint32_t mask,
                                 uint32_t metric, uint8_t options)
{
    uint8_t body[8];
    struct wire_writer w = wire_writer_of(body, sizeof(body));
    wire_put_be32(&w, mask);
    wire_put_be32(&w, metric);
    graph_lsa(g, g->area, type, id, adv, options, body, w.pos);
}

static inline void graph_external(struct graph *g, uint32_t id, uint32_t adv, const struct ospf_external *x,
                                  uint8_t options)
{
    uint8_t body[16];
    struct wire_writer w = wire_writer_of(body, sizeof(body));
    ospf_external_write(&w, x);
    graph_lsa(g, g->as, OSPF_LSA_EXTERNAL, id, adv, options, body, w.pos);
}

static inline void graph_link(struct graph *g, uint32_t neighbor, uint32_t data, uint32_t ifindex, uint32_t gateway)
{
    g->links[g->n_links++] =
        (struct ospf_spf_link){.neighbor = neighbor, .data = data, .ifindex = ifindex, .gateway = gateway};
}

static inline struct ospf_table *graph_run(struct graph *g)
{
    g->spf_area = (struct ospf_spf_area){.db = g->area, .links = g->links, .n_links = g->n_links};
    g->in.areas = &g->spf_area;
    g->in.as_db = g->as;
    g->in.locals = g->locals;
    g->in.n_locals = g->n_locals;
    return ospf_spf_run(&g->acct, &g->in);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz: the LSA decoders of ospfd, and the computation of paths over whatever they let through. The checksum is set
 * right, so that the fuzzer gets past it.
 */
#include <stdlib.h>
#include <string.h>

#include "ospfd/spf/spf.h"
#include "strata/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
    struct mem_account acct;
    struct ospf_lsdb *area, *as;
};

static void install(struct world *w, const uint8_t *lsa, size_t len)
{
    struct ospf_lsa *l = ospf_lsa_create(&w->acct, lsa, len, 0);
    struct ospf_lsdb *db = ospf_lsa_scope(l->h.key.type) == OSPF_SCOPE_AS ? w->as : w->area;
    ospf_lsdb_install(db, l, 0);
}

/* The input is one LSA after the other, each as long as its header says. */
static uint32_t load(struct world *w, const uint8_t *data, size_t size)
{
    uint32_t root = 0;
    while (size >= OSPF_LSA_HEADER) {
        size_t len = (size_t)data[18] << 8 | data[19];
        if (len < OSPF_LSA_HEADER || len > size)
            len = size;
        uint8_t *copy = malloc(len);
        memcpy(copy, data, len);
        copy[18] = (uint8_t)(len >> 8);
        copy[19] = (uint8_t)len;
        ospf_lsa_checksum_set(copy, len);
        if (!ospf_lsa_checksum_is_good(copy, len))
            abort();
        if (ospf_lsa_check(copy, len) == OSPF_LSA_GOOD) {
            install(w, copy, len);
            if (copy[3] == OSPF_LSA_ROUTER && root == 0)
                root = (uint32_t)copy[4] << 24 | (uint32_t)copy[5] << 16 | (uint32_t)copy[6] << 8 | copy[7];
        }
        free(copy);
        data += len;
        size -= len;
    }
    return root;
}

/* Every link of the root's own LSA is taken to be up. */
static size_t links_of(const struct world *w, uint32_t root, struct ospf_spf_link *links, size_t max)
{
    struct ospf_lsdb_entry *e = ospf_lsdb_find_by_id(w->area, OSPF_LSA_ROUTER, root);
    struct ospf_router_view v;
    struct ospf_router_link l;
    size_t n = 0;
    if (!e || !ospf_router_read(e->lsa->data, e->lsa->h.length, &v))
        return 0;
    while (n < max && ospf_router_next_link(&v, &l)) {
        links[n] =
            (struct ospf_spf_link){.neighbor = l.id, .data = l.data, .ifindex = (uint32_t)n + 1, .gateway = l.id};
        n++;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world w = {.acct.name = "fuzz"};
    struct ospf_spf_link links[32];
    if (size > 65535)
        return 0;
    (void)ospf_lsa_check(data, size);
    w.area = ospf_lsdb_create(&w.acct, 0);
    w.as = ospf_lsdb_create(&w.acct, 0);
    uint32_t root = load(&w, data, size);
    struct ospf_spf_area area = {.db = w.area, .links = links, .n_links = links_of(&w, root, links, 32)};
    struct ospf_spf_local local = {.address = root, .len = 24, .ifindex = 1};
    struct ospf_spf_input in = {
        .root = root, .areas = &area, .n_areas = 1, .as_db = w.as, .locals = &local, .n_locals = 1, .max_paths = 4};
    ospf_table_destroy(ospf_spf_run(&w.acct, &in));
    ospf_lsdb_destroy(w.area);
    ospf_lsdb_destroy(w.as);
    if (w.acct.count != 0)
        abort();
    return 0;
}

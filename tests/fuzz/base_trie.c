/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: a trie driven by the input, six octets a step (what, length, address); its answers must agree with each
 * other, and iteration must give every entry once, in order.
 */
#include <stdlib.h>

#include "strata/trie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
    if (!is_so)
        abort();
}

static void step(struct trie *t, unsigned what, const struct prefix *p)
{
    static int value;
    size_t before = trie_count(t);
    struct prefix found;
    void *old = trie_find(t, p);

    if (what % 3 != 2) {
        *trie_slot(t, p) = &value;
        expect(trie_find(t, p) == &value && trie_count(t) - before <= 1);
        expect(trie_match(t, &p->addr, &found) == &value && prefix_contains_addr(&found, &p->addr) &&
               found.len >= p->len);
    } else {
        expect(trie_remove(t, p) == old && !trie_find(t, p));
        expect(trie_count(t) == before - (old != NULL));
    }
    if (trie_parent(t, p, &found))
        expect(found.len < p->len && prefix_contains(&found, p) && trie_find(t, &found));
    if (trie_next_after(t, p, &found))
        expect(prefix_compare(p, &found) < 0 && trie_find(t, &found));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trie *t = trie_create(NULL);
    struct prefix p, last;
    bool has_last = false;
    size_t n = 0;

    for (; size >= 6; data += 6, size -= 6) {
        uint32_t addr = (uint32_t)data[2] << 24 | (uint32_t)data[3] << 16 | (uint32_t)data[4] << 8 | data[5];

        p = prefix_v4(addr, data[1] % 33);
        step(t, data[0], &p);
    }
    while (trie_next_after(t, has_last ? &last : NULL, &p)) {
        expect(!has_last || prefix_compare(&last, &p) < 0);
        last = p;
        has_last = true;
        n++;
    }
    expect(n == trie_count(t));
    trie_destroy(t);
    return 0;
}

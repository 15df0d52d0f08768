/* SPDX-License-Identifier: Apache-2.0
 *
 * A set of labels in memory, some bytes a label: open addressing with linear probing. Pure.
 */
#include "src/ribd/dataplane/guard_table.h"
#include "strata/mem.h"

static size_t slot_of(const struct label_set *s, uint32_t label)
{
    return (label * 2654435761u) & (s->size - 1);
}

static size_t find(const struct label_set *s, uint32_t label)
{
    size_t i = slot_of(s, label);

    while (s->slots[i] != 0 && s->slots[i] != label)
        i = (i + 1) & (s->size - 1);
    return i;
}

bool label_set_has(const struct label_set *s, uint32_t label)
{
    return s->n > 0 && s->slots[find(s, label)] == label;
}

static void grow(struct label_set *s)
{
    struct label_set bigger = {.n = s->n, .size = s->size ? s->size * 2 : 16};

    bigger.slots = mem_alloc(NULL, bigger.size * sizeof(*bigger.slots));
    for (size_t i = 0; i < s->size; i++)
        if (s->slots[i] != 0)
            bigger.slots[find(&bigger, s->slots[i])] = s->slots[i];
    mem_free(NULL, s->slots);
    *s = bigger;
}

bool label_set_add(struct label_set *s, uint32_t label)
{
    size_t i;

    if ((s->n + 1) * 4 > s->size * 3)
        grow(s);
    i = find(s, label);
    if (s->slots[i] == label)
        return false;
    s->slots[i] = label;
    s->n++;
    return true;
}

bool label_set_remove(struct label_set *s, uint32_t label)
{
    size_t hole, i;

    if (!label_set_has(s, label))
        return false;
    hole = i = find(s, label);
    for (;;) { /* close the gap: move back what would not be found behind it */
        size_t home;

        i = (i + 1) & (s->size - 1);
        if (s->slots[i] == 0)
            break;
        home = slot_of(s, s->slots[i]);
        if (((i - home) & (s->size - 1)) >= ((i - hole) & (s->size - 1))) {
            s->slots[hole] = s->slots[i];
            hole = i;
        }
    }
    s->slots[hole] = 0;
    s->n--;
    return true;
}

void label_set_fini(struct label_set *s)
{
    mem_free(NULL, s->slots);
    *s = (struct label_set){0};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/rib/prefixes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SEQUENTIAL_FIRST = 0x14000000, SEQUENTIAL_MAX = 4 << 20, RANDOM_MAX = 2 << 20, SLOTS = 8 << 20 };

/* How many of 1000 routes have this length: about what a full table of 2024 looks like. */
static const struct {
    uint32_t length, share;
} mix[] = {{24, 600}, {23, 100}, {22, 110}, {21, 55}, {20, 48}, {19, 32}, {18, 20}, {17, 15}, {16, 20}};

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static struct bench_prefix draw(uint64_t *state)
{
    uint64_t r = next_random(state);
    uint32_t share = (uint32_t)(r % 1000), address = (uint32_t)(r >> 32), first;
    struct bench_prefix p = {.length = 24};

    for (size_t i = 0; i < sizeof(mix) / sizeof(mix[0]); i++) {
        if (share < mix[i].share) {
            p.length = mix[i].length;
            break;
        }
        share -= mix[i].share;
    }
    first = 1 + (address >> 24) % 223;
    if (first == 10 || first == 127)
        first++;
    p.address = (first << 24 | (address & 0xffffffu)) & ~(0xffffffffu >> p.length);
    return p;
}

/* True if it was not there. */
static bool remember(uint64_t *seen, const struct bench_prefix *p)
{
    uint64_t key = (uint64_t)p->address << 8 | p->length, state = key;
    size_t slot = next_random(&state) % SLOTS;

    while (seen[slot] && seen[slot] != key)
        slot = (slot + 1) % SLOTS;
    if (seen[slot])
        return false;
    seen[slot] = key;
    return true;
}

static void fill_random(struct bench_prefix *out, size_t n)
{
    uint64_t *seen = calloc(SLOTS, sizeof(*seen)), state = 20240101;

    for (size_t i = 0; seen && i < n;) {
        out[i] = draw(&state);
        if (remember(seen, &out[i]))
            i++;
    }
    free(seen);
}

struct bench_prefix *bench_prefixes(const char *kind, size_t n)
{
    bool is_random = strcmp(kind, "random") == 0;
    struct bench_prefix *out;

    if ((!is_random && strcmp(kind, "sequential") != 0) || n > (is_random ? RANDOM_MAX : SEQUENTIAL_MAX))
        return NULL;
    out = calloc(n ? n : 1, sizeof(*out));
    if (!out)
        return NULL;
    if (is_random)
        fill_random(out, n);
    for (size_t i = 0; !is_random && i < n; i++)
        out[i] = (struct bench_prefix){SEQUENTIAL_FIRST + ((uint32_t)i << 8), 24};
    return out;
}

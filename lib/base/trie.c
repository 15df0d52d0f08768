/* SPDX-License-Identifier: Apache-2.0
 *
 * A path-compressed binary trie: prefix -> pointer. A node is 32 bytes for IPv4 (48 for IPv6), carved out of blocks
 * that grow with the trie, because a table of a million routes has up to two million nodes. A node is either an entry
 * (it was asked for with trie_slot) or a fork with two children. Nodes never move, so slots keep their address. A walk
 * from the root of a big trie waits for memory at every step; therefore a jump table, which grows with the trie, leads
 * from the first bits of an address straight to the subtree of all nodes that share them. The trie owns its nodes,
 * never the values. Blocks are given back by trie_destroy only; freed nodes are used again.
 */
#include "strata/trie.h"

#include <string.h>

#include "strata/mem.h"

enum { KEY_WORDS_MAX = 4, BLOCK_NODES_MIN = 8, BLOCK_NODES_MAX = 1024 };
enum { JUMP_BITS_MIN = 8, JUMP_BITS_STEP = 2, JUMP_BITS_MAX = 20 };

struct node {
    struct node *child[2];
    void *value;
    uint8_t len;
    bool is_entry;
    uint32_t key[]; /* host order words: 1 for IPv4, 4 for IPv6; bits behind len are 0 */
};

struct block {
    struct block *next;
    uint64_t nodes[]; /* aligned room */
};

struct trie {
    struct mem_account *acct;
    struct node *root;
    struct node *free_nodes; /* linked by child[0] */
    struct block *blocks;
    /* [first jump_bits bits]: top of the subtree of the nodes of that length or longer which begin so; NULL if none */
    struct node **jump;
    unsigned jump_bits; /* 0: no table yet */
    size_t n_entries;
    size_t block_nodes; /* size of the next block */
    size_t node_size;
    uint8_t family; /* AF_NONE until the first entry */
    uint8_t bits;
};

struct key {
    uint32_t word[KEY_WORDS_MAX];
    uint8_t len;
};

/* --- keys --- */

static uint32_t mask_of(unsigned bits)
{
    return bits ? ~0u << (32 - bits) : 0;
}

/* False if `a` and `len` cannot be in this trie. Host bits are cleared. */
static bool key_make(const struct trie *t, const struct ip_addr *a, uint8_t len, struct key *k)
{
    if (a->family != t->family || len > t->bits || t->family == AF_NONE)
        return false;
    k->len = len;
    for (unsigned i = 0; i < t->bits / 32u; i++) {
        const uint8_t *b = a->b + i * 4;
        uint32_t word = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        unsigned first = i * 32;

        if (len < first + 32)
            word &= mask_of(len > first ? len - first : 0);
        k->word[i] = word;
    }
    return true;
}

static unsigned key_bit(const uint32_t *word, unsigned at)
{
    return word[at / 32] >> (31 - at % 32) & 1;
}

/* How many leading bits are equal, at most `max`. */
static unsigned common_bits(const uint32_t *a, const uint32_t *b, unsigned max)
{
    for (unsigned at = 0; at < max; at += 32) {
        uint32_t diff = a[at / 32] ^ b[at / 32];

        if (diff) {
            unsigned same = at + (unsigned)__builtin_clz(diff);

            return same < max ? same : max;
        }
    }
    return max;
}

static bool node_covers(const struct node *n, const struct key *k)
{
    return n->len <= k->len && common_bits(n->key, k->word, n->len) == n->len;
}

static void node_prefix(const struct trie *t, const struct node *n, struct prefix *out)
{
    struct prefix p = {.addr.family = t->family, .len = n->len};

    for (unsigned i = 0; i < t->bits / 32u; i++) {
        p.addr.b[i * 4] = (uint8_t)(n->key[i] >> 24);
        p.addr.b[i * 4 + 1] = (uint8_t)(n->key[i] >> 16);
        p.addr.b[i * 4 + 2] = (uint8_t)(n->key[i] >> 8);
        p.addr.b[i * 4 + 3] = (uint8_t)n->key[i];
    }
    *out = p;
}

/* --- nodes --- */

static void add_block(struct trie *t)
{
    struct block *b = mem_alloc(t->acct, sizeof(*b) + t->block_nodes * t->node_size);

    b->next = t->blocks;
    t->blocks = b;
    for (size_t i = t->block_nodes; i > 0; i--) {
        struct node *n = (struct node *)(void *)((char *)b->nodes + (i - 1) * t->node_size);

        n->child[0] = t->free_nodes;
        t->free_nodes = n;
    }
    if (t->block_nodes < BLOCK_NODES_MAX)
        t->block_nodes *= 2;
}

static struct node *node_new(struct trie *t, const uint32_t *word, uint8_t len)
{
    struct node *n;

    if (!t->free_nodes)
        add_block(t);
    n = t->free_nodes;
    t->free_nodes = n->child[0];
    memset(n, 0, t->node_size);
    n->len = len;
    for (unsigned first = 0; first < len; first += 32) {
        unsigned in_word = len - first;

        n->key[first / 32] = word[first / 32] & mask_of(in_word < 32 ? in_word : 32);
    }
    return n;
}

static void node_free(struct trie *t, struct node *n)
{
    n->child[0] = t->free_nodes;
    t->free_nodes = n;
}

static void set_family(struct trie *t, const struct ip_addr *a)
{
    t->family = a->family;
    t->bits = ip_addr_bits(a);
    t->node_size = (offsetof(struct node, key) + t->bits / 8u + 7) & ~(size_t)7;
}

/* --- the jump table --- */

static struct node **jump_slot(const struct trie *t, const uint32_t *word)
{
    return &t->jump[word[0] >> (32 - t->jump_bits)];
}

static bool jump_knows(const struct trie *t, unsigned len)
{
    return t->jump && len >= t->jump_bits;
}

/* Where a walk to `k` or below it may start: NULL if nothing is there. */
static struct node *start_of(const struct trie *t, const struct key *k)
{
    return jump_knows(t, k->len) ? *jump_slot(t, k->word) : t->root;
}

/* `n` was put in above `displaced` (NULL: above nothing). */
static void jump_note_new(struct trie *t, struct node *n, const struct node *displaced)
{
    struct node **slot;

    if (!jump_knows(t, n->len))
        return;
    slot = jump_slot(t, n->key);
    if (!*slot || *slot == displaced)
        *slot = n;
}

/* `n` goes, and `heir` (its only child, or NULL) takes its place. */
static void jump_note_gone(struct trie *t, const struct node *n, struct node *heir)
{
    if (jump_knows(t, n->len) && *jump_slot(t, n->key) == n)
        *jump_slot(t, n->key) = heir;
}

static void jump_fill(struct trie *t, struct node *n)
{
    for (; n; n = n->child[1]) {
        if (n->len >= t->jump_bits) {
            *jump_slot(t, n->key) = n;
            return;
        }
        jump_fill(t, n->child[0]);
    }
}

/* Keeps the table at one to eight places an entry; a trie of few entries has none. */
static void jump_fit(struct trie *t)
{
    unsigned bits = t->jump_bits;
    unsigned more = bits ? bits + JUMP_BITS_STEP : JUMP_BITS_MIN;

    if (more <= JUMP_BITS_MAX && t->n_entries * 2 >= (size_t)1 << more)
        bits = more;
    else if (bits && t->n_entries * 16 < (size_t)1 << bits)
        bits = bits > JUMP_BITS_MIN ? bits - JUMP_BITS_STEP : 0;
    if (bits == t->jump_bits)
        return;
    mem_free(t->acct, t->jump);
    t->jump = bits ? mem_alloc(t->acct, sizeof(struct node *) << bits) : NULL;
    t->jump_bits = bits;
    if (bits)
        jump_fill(t, t->root);
}

/* --- public --- */

struct trie *trie_create(struct mem_account *acct)
{
    struct trie *t = MEM_NEW(acct, struct trie);

    t->acct = acct;
    t->block_nodes = BLOCK_NODES_MIN;
    return t;
}

void trie_destroy(struct trie *t)
{
    struct block *b, *next;

    if (!t)
        return;
    for (b = t->blocks; b; b = next) {
        next = b->next;
        mem_free(t->acct, b);
    }
    mem_free(t->acct, t->jump);
    mem_free(t->acct, t);
}

/* Slots that were made and not removed, those left NULL included: the trie does not see the caller's writes. */
size_t trie_count(const struct trie *t)
{
    return t->n_entries;
}

/* The node of exactly `k`, entry or fork. */
static struct node *exact_node(const struct trie *t, const struct key *k)
{
    struct node *n = start_of(t, k);

    while (n && n->len < k->len)
        n = n->child[key_bit(k->word, n->len)];
    return n && n->len == k->len && node_covers(n, k) ? n : NULL;
}

/* A node for `k`, which has none. */
static struct node *insert_node(struct trie *t, const struct key *k)
{
    struct node **link = &t->root;
    struct node *n = start_of(t, k);
    struct node *fresh = node_new(t, k->word, k->len);
    struct node *fork;
    unsigned same;

    if (n && n->len < k->len && node_covers(n, k)) /* begin below it */
        link = &n->child[key_bit(k->word, n->len)];
    while ((n = *link) && n->len < k->len && node_covers(n, k))
        link = &n->child[key_bit(k->word, n->len)];
    same = n ? common_bits(n->key, k->word, n->len < k->len ? n->len : k->len) : k->len;
    if (same == k->len) { /* above n, or at an end */
        if (n)
            fresh->child[key_bit(n->key, same)] = n;
        *link = fresh;
    } else {
        fork = node_new(t, k->word, (uint8_t)same);
        fork->child[key_bit(n->key, same)] = n;
        fork->child[key_bit(k->word, same)] = fresh;
        *link = fork;
        jump_note_new(t, fork, n);
    }
    jump_note_new(t, fresh, n);
    return fresh;
}

/* NULL only if `p` is of another family than what is in the trie, or of none: a fault of the caller. */
void **trie_slot(struct trie *t, const struct prefix *p)
{
    struct node *n;
    struct key k;

    if (t->family == AF_NONE && ip_addr_bits(&p->addr))
        set_family(t, &p->addr);
    if (!key_make(t, &p->addr, p->len, &k))
        return NULL;
    n = exact_node(t, &k);
    if (!n)
        n = insert_node(t, &k);
    if (!n->is_entry) {
        n->is_entry = true;
        t->n_entries++;
        jump_fit(t);
    }
    return &n->value;
}

void *trie_find(const struct trie *t, const struct prefix *p)
{
    struct node *n;
    struct key k;

    if (!key_make(t, &p->addr, p->len, &k))
        return NULL;
    n = exact_node(t, &k);
    return n ? n->value : NULL;
}

/* The longest entry with a value from `n` down towards `k`, `max_len` bits or shorter. */
static struct node *longest_below(struct node *n, const struct key *k, unsigned max_len)
{
    struct node *best = NULL;

    while (n && n->len <= max_len && node_covers(n, k)) {
        if (n->value)
            best = n;
        if (n->len >= k->len)
            break;
        n = n->child[key_bit(k->word, n->len)];
    }
    return best;
}

static struct node *longest(const struct trie *t, const struct key *k, unsigned max_len)
{
    struct node *best;

    if (!jump_knows(t, max_len))
        return longest_below(t->root, k, max_len);
    best = longest_below(*jump_slot(t, k->word), k, max_len);
    return best ? best : longest_below(t->root, k, t->jump_bits - 1);
}

static void *found_value(const struct trie *t, const struct node *n, struct prefix *matched)
{
    if (!n)
        return NULL;
    if (matched)
        node_prefix(t, n, matched);
    return n->value;
}

void *trie_match(const struct trie *t, const struct ip_addr *a, struct prefix *matched)
{
    struct key k;

    if (!key_make(t, a, ip_addr_bits(a), &k))
        return NULL;
    return found_value(t, longest(t, &k, k.len), matched);
}

void *trie_parent(const struct trie *t, const struct prefix *p, struct prefix *matched)
{
    struct key k;

    if (!key_make(t, &p->addr, p->len, &k) || k.len == 0)
        return NULL;
    return found_value(t, longest(t, &k, k.len - 1u), matched);
}

/* Takes a node that is no entry any more out of the tree, if it does not fork; then its parent, if that did only fork.
 */
static void prune(struct trie *t, struct node **link, struct node **parent_link)
{
    struct node *n = *link;
    struct node *parent;

    if (n->child[0] && n->child[1])
        return;
    *link = n->child[0] ? n->child[0] : n->child[1];
    jump_note_gone(t, n, *link);
    node_free(t, n);
    if (*link || !parent_link)
        return;
    parent = *parent_link;
    if (parent->is_entry)
        return;
    *parent_link = parent->child[0] ? parent->child[0] : parent->child[1];
    jump_note_gone(t, parent, *parent_link);
    node_free(t, parent);
}

void *trie_remove(struct trie *t, const struct prefix *p)
{
    struct node **link = &t->root;
    struct node **parent_link = NULL;
    struct node *n, *target;
    struct key k;
    void *value;

    if (!key_make(t, &p->addr, p->len, &k))
        return NULL;
    target = exact_node(t, &k);
    if (!target || !target->is_entry)
        return NULL;
    n = start_of(t, &k);
    if (n != target && n->child[key_bit(k.word, n->len)] != target) /* both links are below n */
        link = &n->child[key_bit(k.word, n->len)];
    while ((n = *link) != target) {
        parent_link = link;
        link = &n->child[key_bit(k.word, n->len)];
    }
    value = n->value;
    n->value = NULL;
    n->is_entry = false;
    t->n_entries--;
    prune(t, link, parent_link);
    jump_fit(t);
    return value;
}

/* The first entry (value or not) of a subtree: leaves are always entries, so there is one. */
static const struct node *first_entry(const struct node *n)
{
    while (n && !n->is_entry)
        n = n->child[0] ? n->child[0] : n->child[1];
    return n;
}

/* The first entry behind `k` in (address, length) order, which is the tree's pre-order, from `n` down. */
static const struct node *entry_after_below(const struct node *n, const struct key *k)
{
    const struct node *later = NULL; /* nearest subtree that is wholly behind k */

    while (n && n->len < k->len && node_covers(n, k)) {
        unsigned bit = key_bit(k->word, n->len);

        if (bit == 0 && n->child[1])
            later = n->child[1];
        n = n->child[bit];
    }
    if (n && n->len == k->len && node_covers(n, k)) { /* k itself: its insides come next */
        if (n->child[0] || n->child[1])
            later = n->child[0] ? n->child[0] : n->child[1];
    } else if (n) {
        unsigned shorter = n->len < k->len ? n->len : k->len;
        unsigned same = common_bits(n->key, k->word, shorter);

        if (same == shorter || key_bit(n->key, same)) /* inside k, or branching off above it */
            later = n;
    }
    return first_entry(later);
}

/* All that begins with the same bits stands together: what the jump table leads to comes first, if any of it is behind
 * k. */
static const struct node *entry_after(const struct trie *t, const struct key *k)
{
    const struct node *later = jump_knows(t, k->len) ? entry_after_below(start_of(t, k), k) : NULL;

    return later ? later : entry_after_below(t->root, k);
}

void *trie_next_after(const struct trie *t, const struct prefix *after, struct prefix *found)
{
    const struct node *n;
    struct key k = {0};

    if (!after) {
        n = first_entry(t->root);
    } else if (after->addr.family == t->family) {
        if (!key_make(t, &after->addr, after->len, &k))
            return NULL;
        n = entry_after(t, &k);
    } else {
        n = after->addr.family < t->family ? first_entry(t->root) : NULL;
    }
    while (n && !n->value) { /* slots that were left NULL */
        memcpy(k.word, n->key, t->bits / 8u);
        k.len = n->len;
        n = entry_after(t, &k);
    }
    if (!n)
        return NULL;
    node_prefix(t, n, found);
    return n->value;
}

/* Depth is bounded by the address length: a child is at least one bit longer. */
static void walk(const struct trie *t, const struct node *n, void (*fn)(const struct prefix *, void *, void *),
                 void *arg)
{
    struct prefix p;

    for (; n; n = n->child[1]) {
        if (n->value) {
            node_prefix(t, n, &p);
            fn(&p, n->value, arg);
        }
        walk(t, n->child[0], fn, arg);
    }
}

void trie_walk(const struct trie *t, const struct prefix *within,
               void (*fn)(const struct prefix *, void *value, void *arg), void *arg)
{
    const struct node *n;
    struct key k;

    if (!key_make(t, &within->addr, within->len, &k))
        return;
    n = start_of(t, &k);
    while (n && n->len < k.len)
        n = n->child[key_bit(k.word, n->len)];
    if (n && common_bits(n->key, k.word, k.len) == k.len)
        walk(t, n, fn, arg);
}

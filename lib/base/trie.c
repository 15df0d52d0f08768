/* SPDX-License-Identifier: Apache-2.0
 *
 * A path-compressed binary trie: prefix -> what the user keeps there. A node is either an entry (it was asked for with
 * trie_slot) or a fork with two children. Both come from slabs and name each other by handle: a fork is 16 bytes for
 * IPv4, an entry that much and its room for the user. Nodes never move, so slots keep their address. A walk from the
 * root of a big trie waits for memory at every step; therefore a big trie is many: one for each value of the first
 * bits, found in a table which grows with the trie, and one for the prefixes that are shorter than that. The trie owns
 * its nodes, never what pointers in them point to.
 */
#include "strata/trie.h"

#include <string.h>

#include "strata/mem.h"
#include "strata/slab.h"

enum { KEY_WORDS_MAX = 4, FAMILIES = 2 };
enum { JUMP_BITS_MIN = 8, JUMP_BITS_STEP = 2, JUMP_BITS_MAX = 20 };

struct node {
    uint32_t child[2]; /* handles */
    uint8_t len;
    bool is_entry;
    uint16_t tag;   /* of its trie */
    uint32_t key[]; /* host order words: 1 for IPv4, 4 for IPv6; bits behind len are 0 */
};

/* Nodes of one address family. */
struct kind {
    uint8_t family, bits;
    size_t head; /* bytes before an entry's room for the user */
    struct slab forks, entries;
};

struct trie_pool {
    struct slab_space *space;
    struct mem_account *acct;
    bool has_values; /* an entry's room is one pointer, the value; NULL is no value */
    struct kind kinds[FAMILIES];
};

struct trie {
    struct slab_space own_space; /* of own_pool */
    struct trie_pool *pool, *own_pool;
    struct slab_space *space;
    struct mem_account *acct;
    struct kind *kind; /* NULL until the first entry */
    uint32_t root;     /* top of the nodes shorter than jump_bits */
    /* [first jump_bits bits]: top of the nodes of that length or longer which begin so; 0 if none */
    uint32_t *jump;
    unsigned jump_bits; /* 0: no table yet, all are below root */
    size_t n_entries;
    uint16_t tag;
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

static void node_prefix(const struct kind *kind, const struct node *n, struct prefix *out)
{
    struct prefix p = {.addr.family = kind->family, .len = n->len};

    for (unsigned i = 0; i < kind->bits / 32u; i++) {
        p.addr.b[i * 4] = (uint8_t)(n->key[i] >> 24);
        p.addr.b[i * 4 + 1] = (uint8_t)(n->key[i] >> 16);
        p.addr.b[i * 4 + 2] = (uint8_t)(n->key[i] >> 8);
        p.addr.b[i * 4 + 3] = (uint8_t)n->key[i];
    }
    *out = p;
}

/* --- nodes --- */

static inline struct node *at(const struct trie *t, uint32_t handle)
{
    return slab_at(t->space, handle);
}

static inline struct node *child_towards(const struct trie *t, const struct node *n, const uint32_t *word)
{
    return at(t, n->child[key_bit(word, n->len)]);
}

static struct node *node_new(struct trie *t, struct slab *slab, const uint32_t *word, uint8_t len)
{
    struct node *n = slab_alloc(slab);

    n->len = len;
    n->tag = t->tag;
    n->is_entry = slab == &t->kind->entries;
    for (unsigned first = 0; first < len; first += 32) {
        unsigned in_word = len - first;

        n->key[first / 32] = word[first / 32] & mask_of(in_word < 32 ? in_word : 32);
    }
    return n;
}

static void *room_of(const struct trie *t, const struct node *n)
{
    return (char *)(uintptr_t)n + t->kind->head;
}

/* What the user has there; NULL if nothing. */
static inline void *value_of(const struct trie *t, const struct node *n)
{
    if (!n->is_entry)
        return NULL;
    return t->pool->has_values ? *(void **)room_of(t, n) : room_of(t, n);
}

static void set_family(struct trie *t, const struct ip_addr *a)
{
    if (!t->pool)
        t->pool = t->own_pool = trie_pool_create(&t->own_space, 0);
    t->family = a->family;
    t->bits = ip_addr_bits(a);
    t->kind = &t->pool->kinds[a->family == AF_IPV6];
}

/* --- the table of tops --- */

static uint32_t *jump_slot(const struct trie *t, const uint32_t *word)
{
    return &t->jump[word[0] >> (32 - t->jump_bits)];
}

static bool is_in_jump(const struct trie *t, unsigned len)
{
    return t->jump && len >= t->jump_bits;
}

/* The place that names the top of all nodes of that length which begin so. */
static inline uint32_t *top_of(struct trie *t, const uint32_t *word, unsigned len)
{
    return is_in_jump(t, len) ? jump_slot(t, word) : &t->root;
}

static inline struct node *start_of(const struct trie *t, const struct key *k)
{
    return at(t, is_in_jump(t, k->len) ? *jump_slot(t, k->word) : t->root);
}

/* Links a node that is not in the tree yet. Entries come before what is inside them, or a fork might stand in their
 * place; what hangs on the node comes along if nothing else inside its prefix is there. */
static void link_node(struct trie *t, struct node *fresh)
{
    uint32_t *link = top_of(t, fresh->key, fresh->len);
    struct node *n, *fork;
    unsigned same;

    while ((n = at(t, *link)) && n->len < fresh->len && common_bits(n->key, fresh->key, n->len) == n->len)
        link = &n->child[key_bit(fresh->key, n->len)];
    same = n ? common_bits(n->key, fresh->key, n->len < fresh->len ? n->len : fresh->len) : fresh->len;
    if (same == fresh->len) { /* above n, or at an end */
        if (n)
            fresh->child[key_bit(n->key, same)] = slab_handle(n);
        *link = slab_handle(fresh);
        return;
    }
    fork = node_new(t, &t->kind->forks, fresh->key, (uint8_t)same);
    fork->child[key_bit(n->key, same)] = slab_handle(n);
    fork->child[key_bit(fresh->key, same)] = slab_handle(fresh);
    *link = slab_handle(fork);
}

/* Links a node anew if it is an entry, and frees it if it is a fork; what was below it is the caller's to link. */
static void take_apart(struct trie *t, struct node *n, struct node *child[2])
{
    child[0] = at(t, n->child[0]);
    child[1] = at(t, n->child[1]);
    n->child[0] = n->child[1] = 0;
    if (n->is_entry)
        link_node(t, n);
    else
        slab_free(n);
}

/* Splits what hangs on `n` among the new tops; entries shorter than these go below root. */
static void scatter(struct trie *t, struct node *n)
{
    struct node *child[2];

    if (!n)
        return;
    if (n->len >= t->jump_bits) {
        *jump_slot(t, n->key) = slab_handle(n);
        return;
    }
    take_apart(t, n, child);
    scatter(t, child[0]);
    scatter(t, child[1]);
}

static void jump_grow(struct trie *t, unsigned bits)
{
    unsigned old_bits = t->jump_bits;
    uint32_t *old = t->jump, root = t->root;

    t->jump = mem_alloc(t->acct, sizeof(t->jump[0]) << bits);
    t->jump_bits = bits;
    if (!old_bits) {
        t->root = 0;
        scatter(t, at(t, root));
        return;
    }
    for (size_t i = 0; i < (size_t)1 << old_bits; i++)
        scatter(t, at(t, old[i]));
    mem_free(t->acct, old);
}

/* Links all entries from `n` down again; the forks go. */
static void gather(struct trie *t, struct node *n)
{
    struct node *child[2];

    if (!n)
        return;
    take_apart(t, n, child);
    gather(t, child[0]);
    gather(t, child[1]);
}

/* What was above the table first, then the tops, none of which is inside another. */
static void jump_shrink(struct trie *t, unsigned bits)
{
    unsigned old_bits = t->jump_bits;
    uint32_t *old = t->jump, root = t->root;

    t->jump = bits ? mem_alloc(t->acct, sizeof(t->jump[0]) << bits) : NULL;
    t->jump_bits = bits;
    t->root = 0;
    gather(t, at(t, root));
    for (size_t i = 0; i < (size_t)1 << old_bits; i++) {
        if (old[i])
            link_node(t, at(t, old[i]));
    }
    mem_free(t->acct, old);
}

/* Keeps the table at one to eight places an entry; a trie of few entries has none. */
static void jump_fit(struct trie *t)
{
    unsigned bits = t->jump_bits;
    unsigned more = bits ? bits + JUMP_BITS_STEP : JUMP_BITS_MIN;

    if (more <= JUMP_BITS_MAX && t->n_entries * 2 >= (size_t)1 << more)
        jump_grow(t, more);
    else if (bits && t->n_entries * 16 < (size_t)1 << bits)
        jump_shrink(t, bits > JUMP_BITS_MIN ? bits - JUMP_BITS_STEP : 0);
}

/* --- public --- */

static void kind_init(struct trie_pool *pool, struct kind *k, uint8_t family, size_t room)
{
    size_t bytes;

    k->family = family;
    k->bits = family == AF_IPV6 ? 128 : 32;
    bytes = offsetof(struct node, key) + k->bits / 8u;
    k->head = (bytes + 7) & ~(size_t)7;
    slab_init(&k->forks, pool->space, bytes, k);
    slab_init(&k->entries, pool->space, k->head + room, k);
}

struct trie_pool *trie_pool_create(struct slab_space *space, size_t room)
{
    struct trie_pool *pool = MEM_NEW(space->acct, struct trie_pool);

    pool->space = space;
    pool->acct = space->acct;
    pool->has_values = room == 0;
    if (room == 0)
        room = sizeof(void *);
    kind_init(pool, &pool->kinds[0], AF_IPV4, room);
    kind_init(pool, &pool->kinds[1], AF_IPV6, room);
    return pool;
}

void trie_pool_destroy(struct trie_pool *pool)
{
    if (pool)
        mem_free(pool->acct, pool);
}

struct trie *trie_create(struct mem_account *acct)
{
    struct trie *t = MEM_NEW(acct, struct trie);

    t->acct = acct;
    slab_space_init(&t->own_space, acct, NULL);
    t->space = &t->own_space;
    return t;
}

struct trie *trie_create_in(struct trie_pool *pool, uint16_t tag)
{
    struct trie *t = MEM_NEW(pool->acct, struct trie);

    t->acct = pool->acct;
    t->pool = pool;
    t->space = pool->space;
    t->tag = tag;
    return t;
}

/* Depth is bounded by the address length: a child is at least one bit longer. */
static void free_nodes(const struct trie *t, struct node *n)
{
    while (n) {
        struct node *next = at(t, n->child[1]);

        free_nodes(t, at(t, n->child[0]));
        slab_free(n);
        n = next;
    }
}

static void free_all(const struct trie *t)
{
    free_nodes(t, at(t, t->root));
    for (size_t i = 0; t->jump && i < (size_t)1 << t->jump_bits; i++)
        free_nodes(t, at(t, t->jump[i]));
}

void trie_destroy(struct trie *t)
{
    if (!t)
        return;
    if (t->own_pool)
        trie_pool_destroy(t->own_pool);
    else
        free_all(t);
    slab_space_fini(&t->own_space);
    mem_free(t->acct, t->jump);
    mem_free(t->acct, t);
}

static const struct kind *kind_of(const void *entry)
{
    return slab_of(entry)->user;
}

static const struct node *node_of(const void *entry)
{
    return (const struct node *)(const void *)((const char *)entry - kind_of(entry)->head);
}

void trie_entry_prefix(const void *entry, struct prefix *out)
{
    node_prefix(kind_of(entry), node_of(entry), out);
}

uint16_t trie_entry_tag(const void *entry)
{
    return node_of(entry)->tag;
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
        n = child_towards(t, n, k->word);
    return n && n->len == k->len && node_covers(n, k) ? n : NULL;
}

/* The place that names `target`, whose key is `k`; *parent gets the place that names its parent, NULL if it has none.
 */
static uint32_t *link_to(struct trie *t, const struct key *k, const struct node *target, uint32_t **parent)
{
    uint32_t *link = top_of(t, k->word, k->len), handle = slab_handle(target);

    *parent = NULL;
    while (*link != handle) {
        struct node *n = at(t, *link);

        *parent = link;
        link = &n->child[key_bit(k->word, n->len)];
    }
    return link;
}

/* Puts a node of the other sort in the place of `n`. */
static struct node *replace_node(struct trie *t, const struct key *k, struct node *n, uint32_t *link)
{
    struct node *other = node_new(t, n->is_entry ? &t->kind->forks : &t->kind->entries, k->word, k->len);

    memcpy(other->child, n->child, sizeof(n->child));
    *link = slab_handle(other);
    slab_free(n);
    return other;
}

static struct node *entry_of(struct trie *t, const struct key *k)
{
    struct node *n = exact_node(t, k);
    uint32_t *parent;

    if (n && n->is_entry)
        return n;
    if (n) {
        n = replace_node(t, k, n, link_to(t, k, n, &parent));
    } else {
        n = node_new(t, &t->kind->entries, k->word, k->len);
        link_node(t, n);
    }
    t->n_entries++;
    jump_fit(t);
    return n;
}

/* NULL only if `p` is of another family than what is in the trie, or of none: a fault of the caller. */
void **trie_slot(struct trie *t, const struct prefix *p)
{
    struct key k;

    if (t->family == AF_NONE && ip_addr_bits(&p->addr))
        set_family(t, &p->addr);
    if (!key_make(t, &p->addr, p->len, &k))
        return NULL;
    return room_of(t, entry_of(t, &k));
}

void *trie_find(const struct trie *t, const struct prefix *p)
{
    struct node *n;
    struct key k;

    if (!key_make(t, &p->addr, p->len, &k))
        return NULL;
    n = exact_node(t, &k);
    return n ? value_of(t, n) : NULL;
}

/* The longest entry with a value from `n` down towards `k`, `max_len` bits or shorter. */
static struct node *longest_below(const struct trie *t, struct node *n, const struct key *k, unsigned max_len)
{
    struct node *best = NULL;

    while (n && n->len <= max_len && node_covers(n, k)) {
        if (value_of(t, n))
            best = n;
        if (n->len >= k->len)
            break;
        n = child_towards(t, n, k->word);
    }
    return best;
}

static struct node *longest(const struct trie *t, const struct key *k, unsigned max_len)
{
    struct node *best;

    if (!is_in_jump(t, max_len))
        return longest_below(t, at(t, t->root), k, max_len);
    best = longest_below(t, at(t, *jump_slot(t, k->word)), k, max_len);
    return best ? best : longest_below(t, at(t, t->root), k, max_len);
}

static void *found_value(const struct trie *t, const struct node *n, struct prefix *matched)
{
    if (!n)
        return NULL;
    if (matched)
        node_prefix(t->kind, n, matched);
    return value_of(t, n);
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

/* Takes an entry with one child or none out of the tree; then its parent, if that did only fork. */
static void prune(struct trie *t, struct node *n, uint32_t *link, uint32_t *parent_link)
{
    struct node *parent;

    *link = n->child[0] ? n->child[0] : n->child[1];
    slab_free(n);
    if (*link || !parent_link)
        return;
    parent = at(t, *parent_link);
    if (parent->is_entry)
        return;
    *parent_link = parent->child[0] ? parent->child[0] : parent->child[1];
    slab_free(parent);
}

void *trie_remove(struct trie *t, const struct prefix *p)
{
    uint32_t *link, *parent;
    struct node *n;
    struct key k;
    void *value;

    if (!key_make(t, &p->addr, p->len, &k))
        return NULL;
    n = exact_node(t, &k);
    if (!n || !n->is_entry)
        return NULL;
    value = t->pool->has_values ? value_of(t, n) : NULL;
    link = link_to(t, &k, n, &parent);
    t->n_entries--;
    if (n->child[0] && n->child[1])
        replace_node(t, &k, n, link);
    else
        prune(t, n, link, parent);
    jump_fit(t);
    return value;
}

/* The first entry (value or not) of a subtree: leaves are always entries, so there is one. */
static const struct node *first_entry(const struct trie *t, const struct node *n)
{
    while (n && !n->is_entry)
        n = at(t, n->child[0]);
    return n;
}

/* The first entry behind `k` in (address, length) order, which is the tree's pre-order, from `n` down. */
static const struct node *entry_after_below(const struct trie *t, const struct node *n, const struct key *k)
{
    const struct node *later = NULL; /* nearest subtree that is wholly behind k */

    while (n && n->len < k->len && node_covers(n, k)) {
        unsigned bit = key_bit(k->word, n->len);

        if (bit == 0 && n->child[1])
            later = at(t, n->child[1]);
        n = at(t, n->child[bit]);
    }
    if (n && n->len == k->len && node_covers(n, k)) { /* k itself: its insides come next */
        if (n->child[0] || n->child[1])
            later = at(t, n->child[0] ? n->child[0] : n->child[1]);
    } else if (n) {
        unsigned shorter = n->len < k->len ? n->len : k->len;
        unsigned same = common_bits(n->key, k->word, shorter);

        if (same == shorter || key_bit(n->key, same)) /* inside k, or branching off above it */
            later = n;
    }
    return first_entry(t, later);
}

/* The first entry in the table of tops behind `k` (NULL: the very first). */
static const struct node *jump_after(const struct trie *t, const struct key *k)
{
    const struct node *n = NULL;
    size_t slot;

    if (!t->jump)
        return NULL;
    slot = k ? k->word[0] >> (32 - t->jump_bits) : 0;
    if (k && k->len >= t->jump_bits) { /* a shorter one comes before all that begin as it does */
        n = entry_after_below(t, at(t, t->jump[slot]), k);
        slot++;
    }
    for (; !n && slot < (size_t)1 << t->jump_bits; slot++)
        n = first_entry(t, at(t, t->jump[slot]));
    return n;
}

static bool is_before(const struct trie *t, const struct node *a, const struct node *b)
{
    for (unsigned i = 0; i < t->bits / 32u; i++) {
        if (a->key[i] != b->key[i])
            return a->key[i] < b->key[i];
    }
    return a->len < b->len;
}

/* The first entry behind `k` (NULL: the very first). */
static const struct node *entry_after(const struct trie *t, const struct key *k)
{
    const struct node *root = at(t, t->root);
    const struct node *shorter = k ? entry_after_below(t, root, k) : first_entry(t, root), *n = jump_after(t, k);

    return !n || (shorter && is_before(t, shorter, n)) ? shorter : n;
}

void *trie_next_after(const struct trie *t, const struct prefix *after, struct prefix *found)
{
    const struct node *n;
    struct key k = {0};

    if (!after) {
        n = entry_after(t, NULL);
    } else if (after->addr.family == t->family) {
        if (!key_make(t, &after->addr, after->len, &k))
            return NULL;
        n = entry_after(t, &k);
    } else {
        n = after->addr.family < t->family ? entry_after(t, NULL) : NULL;
    }
    while (n && !value_of(t, n)) { /* slots that were left NULL */
        memcpy(k.word, n->key, t->bits / 8u);
        k.len = n->len;
        n = entry_after(t, &k);
    }
    if (!n)
        return NULL;
    return found_value(t, n, found);
}

/* Depth is bounded by the address length: a child is at least one bit longer. */
static void walk(const struct trie *t, const struct node *n, void (*fn)(const struct prefix *, void *, void *),
                 void *arg)
{
    struct prefix p;

    for (; n; n = at(t, n->child[1])) {
        if (value_of(t, n)) {
            node_prefix(t->kind, n, &p);
            fn(&p, value_of(t, n), arg);
        }
        walk(t, at(t, n->child[0]), fn, arg);
    }
}

/* Those that are too short for the table of tops stand before what is inside them: told in between. */
static void walk_tops(const struct trie *t, const struct key *within, void (*fn)(const struct prefix *, void *, void *),
                      void *arg)
{
    size_t slot = within->word[0] >> (32 - t->jump_bits);
    size_t end = slot + ((size_t)1 << (t->jump_bits - within->len));
    const struct node *shorter = at(t, t->root);
    struct prefix p;
    struct key k;

    while (shorter && shorter->len < within->len)
        shorter = child_towards(t, shorter, within->word);
    if (shorter && common_bits(shorter->key, within->word, within->len) != within->len)
        shorter = NULL;
    for (shorter = first_entry(t, shorter); slot < end; slot++) {
        while (shorter && shorter->key[0] >> (32 - t->jump_bits) == slot) {
            if (value_of(t, shorter)) {
                node_prefix(t->kind, shorter, &p);
                fn(&p, value_of(t, shorter), arg);
            }
            memcpy(k.word, shorter->key, t->bits / 8u);
            k.len = shorter->len;
            shorter = entry_after_below(t, at(t, t->root), &k);
        }
        walk(t, at(t, t->jump[slot]), fn, arg);
    }
}

void trie_walk(const struct trie *t, const struct prefix *within,
               void (*fn)(const struct prefix *, void *value, void *arg), void *arg)
{
    const struct node *n;
    struct key k;

    if (!key_make(t, &within->addr, within->len, &k))
        return;
    if (t->jump && k.len < t->jump_bits) {
        walk_tops(t, &k, fn, arg);
        return;
    }
    n = start_of(t, &k);
    while (n && n->len < k.len)
        n = child_towards(t, n, k.word);
    if (n && common_bits(n->key, k.word, k.len) == k.len)
        walk(t, n, fn, arg);
}

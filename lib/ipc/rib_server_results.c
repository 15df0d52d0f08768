/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of a client's label entries, until it is sent: rows in the order in which the labels were first told, one
 * for each label. A result that is said again before it was sent replaces the first; the deletion of an entry takes
 * back what was said of it. While a client does not read, the rows wait: there are never more of them than labels.
 *
 * Mostly no label is told twice in the time that its row waits: a bit for it says so, and nothing is searched. Rows are
 * found by label only from the first bit on that two rows may have in common.
 */
#include "lib/ipc/rib_server_private.h"

#include <string.h>

#include "strata/mem.h"

static uint32_t hash_of(uint32_t label)
{
    return (uint32_t)index32_hash_word(0, label);
}

static uint64_t bit_of(uint32_t label)
{
    return UINT64_C(1) << label % 64;
}

static uint64_t *word_of(struct rib_results *q, uint32_t label)
{
    return &q->told[label / 64 % (sizeof(q->told) / sizeof(q->told[0]))];
}

static bool may_be_told(struct rib_results *q, uint32_t label)
{
    return *word_of(q, label) & bit_of(label);
}

/* The rows that came since. A label that was new when it came has no row before it, sent ones included. */
static void index_rest(struct rib_results *q)
{
    const struct rib_row_label_result *rows = q->rows.data;

    for (size_t i = q->n_indexed > q->n_sent ? q->n_indexed : q->n_sent; i < q->rows.n; i++)
        index32_add(&q->by_label, hash_of(rows[i].in_label), (uint32_t)(i + 1));
    q->n_indexed = q->rows.n;
}

/* The row that is to be sent yet, NULL if there is none. The labels of one hash are few; *at leads to an old row. */
static struct rib_row_label_result *row_find(struct rib_results *q, uint32_t label, uint32_t *at, bool *is_old)
{
    struct rib_row_label_result *rows = q->rows.data;
    uint32_t hash = hash_of(label), name;

    *is_old = false;
    index_rest(q);
    for (name = index32_first(&q->by_label, hash, at); name; name = index32_next(&q->by_label, hash, at)) {
        if (rows[name - 1].in_label != label)
            continue;
        *is_old = name <= q->n_sent;
        return *is_old ? NULL : &rows[name - 1];
    }
    return NULL;
}

static void row_clear(struct rib_row_label_result *row)
{
    mem_free(NULL, row->reason);
    row->reason = NULL;
    row->status = 0;
}

static struct rib_row_label_result *row_new(struct rib_results *q, uint32_t label)
{
    struct rib_row_label_result *row = rib_vec_place(&q->rows, sizeof(*row));

    row->in_label = label;
    return row;
}

static struct rib_row_label_result *row_again(struct rib_results *q, uint32_t label)
{
    uint32_t at;
    bool is_old;
    struct rib_row_label_result *row = row_find(q, label, &at, &is_old);

    if (row) {
        row_clear(row);
        return row;
    }
    row = row_new(q, label);
    if (is_old)
        index32_rename(&q->by_label, at, (uint32_t)q->rows.n);
    else
        index32_add(&q->by_label, hash_of(label), (uint32_t)q->rows.n);
    q->n_indexed = q->rows.n;
    return row;
}

static struct rib_row_label_result *row_place(struct rib_results *q, uint32_t label)
{
    if (may_be_told(q, label))
        return row_again(q, label);
    *word_of(q, label) |= bit_of(label);
    return row_new(q, label);
}

void rib_results_add(struct rib_results *q, const struct rib_label_result *r)
{
    struct rib_row_label_result *row = row_place(q, r->in_label);

    row->scope = r->scope;
    row->status = r->status;
    row->reason = r->reason[0] ? mem_strdup(NULL, r->reason) : NULL;
}

void rib_results_drop(struct rib_results *q, uint32_t label)
{
    uint32_t at;
    bool is_old;
    struct rib_row_label_result *row = may_be_told(q, label) ? row_find(q, label, &at, &is_old) : NULL;

    if (row)
        row_clear(row);
}

/* The room of what was sent is used again when it is half of all: each row moves once at most. */
static void compact(struct rib_results *q)
{
    struct rib_row_label_result *rows = q->rows.data;
    size_t left = q->rows.n - q->n_sent;

    if (q->n_sent < left)
        return;
    if (q->n_indexed)
        index32_empty(&q->by_label);
    memset(q->told, 0, sizeof(q->told));
    for (size_t i = 0; i < left; i++) {
        rows[i] = rows[q->n_sent + i];
        *word_of(q, rows[i].in_label) |= bit_of(rows[i].in_label);
    }
    q->rows.n = left;
    q->n_sent = q->n_indexed = 0;
}

bool rib_results_encode(struct rib_results *q, struct rib_msg_buf *out, uint64_t epoch)
{
    struct rib_row_label_result *rows = (struct rib_row_label_result *)q->rows.data + q->n_sent;
    size_t n = q->rows.n - q->n_sent < RIB_BATCH_MAX ? q->rows.n - q->n_sent : RIB_BATCH_MAX;
    size_t n_rows = rib_msg_label_results_encode(out, rows, n, epoch);

    for (size_t i = 0; i < n; i++) {
        if (rows[i].reason)
            row_clear(&rows[i]);
    }
    q->n_sent += n;
    compact(q);
    return n_rows > 0;
}

void rib_results_fini(struct rib_results *q)
{
    struct rib_row_label_result *rows = q->rows.data;

    for (size_t i = q->n_sent; i < q->rows.n; i++)
        row_clear(&rows[i]);
    rib_vec_fini(&q->rows);
    index32_fini(&q->by_label);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of a client's label entries, until it is sent: rows in the order in which the labels were first told, one
 * for each label. A result that is said again before it was sent replaces the first; the deletion of an entry takes
 * back what was said of it. While a client does not read, the rows wait: there are never more of them than labels.
 */
#include "lib/ipc/rib_server_private.h"

#include "strata/mem.h"

static uint32_t hash_of(uint32_t label)
{
    return (uint32_t)index32_hash_word(0, label);
}

/* The row that is to be sent yet, NULL if there is none. The labels of one hash are few; *at leads to an old row. */
static struct rib_row_label_result *row_find(const struct rib_results *q, uint32_t label, uint32_t *at, bool *is_old)
{
    struct rib_row_label_result *rows = q->rows.data;
    uint32_t hash = hash_of(label), name;

    *is_old = false;
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

static struct rib_row_label_result *row_place(struct rib_results *q, uint32_t label)
{
    uint32_t at;
    bool is_old;
    struct rib_row_label_result *row = row_find(q, label, &at, &is_old);

    if (row) {
        row_clear(row);
        return row;
    }
    row = rib_vec_place(&q->rows, sizeof(*row));
    row->in_label = label;
    if (is_old)
        index32_rename(&q->by_label, at, (uint32_t)q->rows.n);
    else
        index32_add(&q->by_label, hash_of(label), (uint32_t)q->rows.n);
    return row;
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
    struct rib_row_label_result *row = row_find(q, label, &at, &is_old);

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
    index32_empty(&q->by_label);
    for (size_t i = 0; i < left; i++) {
        rows[i] = rows[q->n_sent + i];
        index32_add(&q->by_label, hash_of(rows[i].in_label), (uint32_t)(i + 1));
    }
    q->rows.n = left;
    q->n_sent = 0;
}

bool rib_results_encode(struct rib_results *q, struct rib_msg_buf *out, uint64_t epoch)
{
    struct rib_row_label_result *rows = (struct rib_row_label_result *)q->rows.data + q->n_sent;
    size_t n = q->rows.n - q->n_sent < RIB_BATCH_MAX ? q->rows.n - q->n_sent : RIB_BATCH_MAX;
    size_t n_rows = rib_msg_label_results_encode(out, rows, n, epoch);

    for (size_t i = 0; i < n; i++)
        row_clear(&rows[i]);
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

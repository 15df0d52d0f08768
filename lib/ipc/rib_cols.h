/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the conversation with ribd: columns of a batch (ribd.proto). A column has a value per row, or one for all
 * rows, or none when all are 0.
 */
#pragma once

#include "lib/ipc/rib_scratch.h"
#include "strata/rib.h"
#include "strata/wire.h"

#include "ribd.pb-c.h"

/* --- growing arrays --- */
struct rib_vec {
    void *data;
    size_t n;    /* elements */
    size_t room; /* bytes */
};
/* A zeroed element at the end; valid until the next push. */
void *rib_vec_push(struct rib_vec *v, size_t element_size);
void rib_vec_grow(struct rib_vec *v, size_t element_size);
/* The same, not zeroed. */
static inline void *rib_vec_place(struct rib_vec *v, size_t element_size)
{
    if ((v->n + 1) * element_size > v->room) /* an emptied array may take elements of another size */
        rib_vec_grow(v, element_size);
    return (uint8_t *)v->data + v->n++ * element_size;
}
void rib_vec_fini(struct rib_vec *v);

/* --- writing --- */
/* How many values of the column have to travel: 0, 1 or n. */
size_t rib_col_width(const uint32_t *v, size_t n);
size_t rib_col_width64(const uint64_t *v, size_t n);

#define RIB_ADDR_WIRE_MAX   17
#define RIB_PREFIX_WIRE_MAX 18
void rib_put_addr(struct wire_writer *w, const struct ip_addr *a);
void rib_put_prefix(struct wire_writer *w, const struct prefix *p); /* host bits are not sent */

/* Labels of `n` rows, added row by row. */
struct rib_labels_out {
    Strata__Rib__Labels m;
    uint32_t *form;
    uint32_t *label;
    size_t rows, max_rows, n_labels, room;
    struct rib_scratch *scratch;
};
void rib_labels_out_init(struct rib_labels_out *l, struct rib_scratch *s, size_t rows);
void rib_labels_out_add(struct rib_labels_out *l, const struct out_label *label);
Strata__Rib__Labels *rib_labels_out_done(struct rib_labels_out *l); /* NULL when all are none */

struct rib_fecs_out {
    Strata__Rib__Fecs m;
    struct wire_writer prefixes;
    size_t rows;
};
void rib_fecs_out_init(struct rib_fecs_out *f, struct rib_scratch *s, size_t rows);
void rib_fecs_out_add(struct rib_fecs_out *f, const struct rib_fec *fec);
Strata__Rib__Fecs *rib_fecs_out_done(struct rib_fecs_out *f);

/* --- reading --- */
struct rib_col {
    const uint32_t *v;
    size_t n;
    size_t mask; /* of the row: 0 if all have the same value */
};
static inline struct rib_col rib_col_of(const uint32_t *v, size_t n)
{
    static const uint32_t zero;

    return (struct rib_col){n ? v : &zero, n, n > 1 ? SIZE_MAX : 0};
}
static inline uint32_t rib_col_at(const struct rib_col *c, size_t i)
{
    return c->v[i & c->mask];
}
/* Do all `n_cols` columns fit `rows`? */
bool rib_cols_fit(const struct rib_col *cols, size_t n_cols, size_t rows);

/* False: malformed. */
bool rib_get_addr(struct wire_reader *r, struct ip_addr *out);
bool rib_get_prefix(struct wire_reader *r, struct prefix *out);
struct wire_reader rib_reader_of(const ProtobufCBinaryData *b);

struct rib_labels_in {
    struct rib_col form;
    const uint32_t *label;
    size_t row, at, n_labels;
};
bool rib_labels_in_init(struct rib_labels_in *l, const Strata__Rib__Labels *m, size_t rows); /* m NULL: all none */
/* *out is none, or what came before. */
bool rib_labels_in_next(struct rib_labels_in *l, struct out_label *out);

struct rib_fecs_in {
    struct rib_col purpose, vrf;
    const uint64_t *discriminator;
    size_t n_discriminators, row;
    struct wire_reader prefixes;
};
bool rib_fecs_in_init(struct rib_fecs_in *f, const Strata__Rib__Fecs *m, size_t rows);
bool rib_fecs_in_next(struct rib_fecs_in *f, struct rib_fec *out);

/* Strings as a column. */
size_t rib_text_width(char *const *text, size_t n);
const char *rib_text_at(char *const *text, size_t n, size_t i);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Columns of a batch: writing them from rows, and reading them without trusting a length or a number in them. Pure.
 */
#include "lib/ipc/rib_cols.h"

#include <string.h>

#include "strata/mem.h"

enum { VEC_FIRST = 16 };

void rib_vec_grow(struct rib_vec *v, size_t element_size)
{
    v->room = (v->n ? v->n * 2 : VEC_FIRST) * element_size;
    v->data = mem_realloc(NULL, v->data, v->room);
}

void *rib_vec_push(struct rib_vec *v, size_t element_size)
{
    return memset(rib_vec_place(v, element_size), 0, element_size);
}

void rib_vec_fini(struct rib_vec *v)
{
    mem_free(NULL, v->data);
    *v = (struct rib_vec){0};
}

/* --- writing --- */

size_t rib_col_width(const uint32_t *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (v[i] != v[0])
            return n;
    return n > 0 && v[0] != 0;
}

size_t rib_col_width64(const uint64_t *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (v[i] != v[0])
            return n;
    return n > 0 && v[0] != 0;
}

static size_t family_bytes(uint8_t family)
{
    return family == AF_IPV4 ? 4 : family == AF_IPV6 ? 16 : 0;
}

void rib_put_addr(struct wire_writer *w, const struct ip_addr *a)
{
    size_t n = family_bytes(a->family);

    wire_put_u8(w, n ? a->family : AF_NONE);
    wire_put_bytes(w, a->b, n);
}

/* Writes in place rather than by cursor: this is the path of every route and label. */
void rib_put_prefix(struct wire_writer *w, const struct prefix *p)
{
    size_t max = family_bytes(p->addr.family);
    uint8_t bits = (uint8_t)(p->len < max * 8 ? p->len : max * 8);
    uint8_t *at = w->data + w->pos;

    if (max == 0 || w->size - w->pos < RIB_PREFIX_WIRE_MAX) {
        w->failed = w->failed || max > 0;
        wire_put_u8(w, AF_NONE);
        return;
    }
    at[0] = p->addr.family;
    at[1] = bits;
    w->pos += 2 + (bits + 7u) / 8u;
    if (max == 4)
        memcpy(at + 2, p->addr.b, 4);
    else
        memcpy(at + 2, p->addr.b, 16);
    if (bits % 8)
        at[2 + bits / 8] &= (uint8_t)(0xff00u >> (bits % 8));
}

void rib_labels_out_init(struct rib_labels_out *l, struct rib_scratch *s, size_t rows)
{
    *l = (struct rib_labels_out){.form = rib_scratch_u32(s, rows), .max_rows = rows, .scratch = s};
    strata__rib__labels__init(&l->m);
}

static void labels_out_grow(struct rib_labels_out *l)
{
    uint32_t *old = l->label;

    l->room = l->room * 2 + l->max_rows + LABEL_STACK_MAX;
    l->label = rib_scratch_u32(l->scratch, l->room);
    if (l->n_labels)
        memcpy(l->label, old, l->n_labels * sizeof(*old));
}

void rib_labels_out_add(struct rib_labels_out *l, const struct out_label *label)
{
    size_t depth = label->stack.depth < LABEL_STACK_MAX ? label->stack.depth : LABEL_STACK_MAX;

    if (label->state != LABEL_STATE_STACK) {
        l->form[l->rows++] = label->state;
        return;
    }
    l->form[l->rows++] = 1 + (uint32_t)depth;
    if (l->room < l->n_labels + depth)
        labels_out_grow(l);
    for (size_t i = 0; i < depth; i++)
        l->label[l->n_labels++] = label->stack.label[i];
}

Strata__Rib__Labels *rib_labels_out_done(struct rib_labels_out *l)
{
    l->m.form = l->form;
    l->m.n_form = rib_col_width(l->form, l->rows);
    l->m.label = l->label;
    l->m.n_label = l->n_labels;
    return l->m.n_form ? &l->m : NULL;
}

void rib_fecs_out_init(struct rib_fecs_out *f, struct rib_scratch *s, size_t rows)
{
    size_t size = rows * RIB_PREFIX_WIRE_MAX;

    strata__rib__fecs__init(&f->m);
    f->m.purpose = rib_scratch_u32(s, rows);
    f->m.vrf = rib_scratch_u32(s, rows);
    f->m.discriminator = rib_scratch_bytes(s, rows * sizeof(uint64_t));
    f->prefixes = wire_writer_of(rib_scratch_bytes(s, size), size);
    f->rows = 0;
}

void rib_fecs_out_add(struct rib_fecs_out *f, const struct rib_fec *fec)
{
    f->m.purpose[f->rows] = fec->purpose;
    f->m.vrf[f->rows] = fec->vrf;
    f->m.discriminator[f->rows] = fec->discriminator;
    rib_put_prefix(&f->prefixes, &fec->prefix);
    f->rows++;
}

Strata__Rib__Fecs *rib_fecs_out_done(struct rib_fecs_out *f)
{
    f->m.n_purpose = rib_col_width(f->m.purpose, f->rows);
    f->m.n_vrf = rib_col_width(f->m.vrf, f->rows);
    f->m.n_discriminator = rib_col_width64(f->m.discriminator, f->rows);
    f->m.prefixes = (ProtobufCBinaryData){.len = f->prefixes.pos, .data = f->prefixes.data};
    return &f->m;
}

/* --- reading --- */

bool rib_cols_fit(const struct rib_col *cols, size_t n_cols, size_t rows)
{
    for (size_t i = 0; i < n_cols; i++)
        if (cols[i].n > 1 && cols[i].n != rows)
            return false;
    return true;
}

struct wire_reader rib_reader_of(const ProtobufCBinaryData *b)
{
    return wire_reader_of(b->data, b->len);
}

bool rib_get_addr(struct wire_reader *r, struct ip_addr *out)
{
    uint8_t family = wire_u8(r);
    size_t n = family_bytes(family);
    const uint8_t *bytes = wire_bytes(r, n);

    *out = (struct ip_addr){.family = family};
    if (r->failed || (n == 0 && family != AF_NONE))
        return false;
    memcpy(out->b, bytes, n);
    return true;
}

/* Reads in place rather than by cursor: this is the path of every route and label. */
bool rib_get_prefix(struct wire_reader *r, struct prefix *out)
{
    const uint8_t *at = r->data + r->pos;
    size_t left = r->failed ? 0 : r->len - r->pos, n;
    uint8_t bits;

    *out = (struct prefix){0};
    if (left == 0)
        return false;
    if (at[0] == AF_NONE) {
        r->pos++;
        return true;
    }
    if (left < 2 || at[1] > family_bytes(at[0]) * 8 || family_bytes(at[0]) == 0)
        return false;
    bits = at[1];
    n = (bits + 7u) / 8u;
    if (left < 2 + n)
        return false;
    if (bits % 8 && (uint8_t)(at[1 + n] << (bits % 8))) /* host bits */
        return false;
    out->addr.family = at[0];
    out->len = bits;
    r->pos += 2 + n;
    switch (n) {
    case 4: /* copies of a known length are a few instructions */
        memcpy(out->addr.b, at + 2, 4);
        break;
    case 3:
        memcpy(out->addr.b, at + 2, 3);
        break;
    default:
        memcpy(out->addr.b, at + 2, n);
    }
    return true;
}

bool rib_labels_in_init(struct rib_labels_in *l, const Strata__Rib__Labels *m, size_t rows)
{
    *l = (struct rib_labels_in){.form = rib_col_of(NULL, 0)};
    if (!m)
        return true;
    l->form = rib_col_of(m->form, m->n_form);
    l->label = m->label;
    l->n_labels = m->n_label;
    return rib_cols_fit(&l->form, 1, rows);
}

bool rib_labels_in_next(struct rib_labels_in *l, struct out_label *out)
{
    uint32_t form = rib_col_at(&l->form, l->row++);
    uint32_t depth = form > 1 ? form - 1 : 0;

    for (uint32_t i = depth; i < out->stack.depth; i++)
        out->stack.label[i] = 0;
    out->stack.depth = 0;
    out->state = form == 0 ? LABEL_STATE_NONE : LABEL_STATE_IMPLICIT_NULL;
    if (depth == 0)
        return true;
    if (depth > LABEL_STACK_MAX || depth > l->n_labels - l->at)
        return false;
    out->state = LABEL_STATE_STACK;
    out->stack.depth = (uint8_t)depth;
    for (const uint32_t *from = l->label + l->at, *end = from + depth; from < end; from++) {
        if (*from > LABEL_MAX || *from == LABEL_IMPLICIT_NULL)
            return false;
        out->stack.label[from - (end - depth)] = *from;
    }
    l->at += depth;
    return true;
}

bool rib_fecs_in_init(struct rib_fecs_in *f, const Strata__Rib__Fecs *m, size_t rows)
{
    static const Strata__Rib__Fecs empty = STRATA__RIB__FECS__INIT;

    if (!m)
        m = &empty;
    *f = (struct rib_fecs_in){.purpose = rib_col_of(m->purpose, m->n_purpose),
                              .vrf = rib_col_of(m->vrf, m->n_vrf),
                              .discriminator = m->discriminator,
                              .n_discriminators = m->n_discriminator,
                              .prefixes = rib_reader_of(&m->prefixes)};
    return rib_cols_fit(&f->purpose, 1, rows) && rib_cols_fit(&f->vrf, 1, rows) &&
           (m->n_discriminator <= 1 || m->n_discriminator == rows);
}

bool rib_fecs_in_next(struct rib_fecs_in *f, struct rib_fec *out)
{
    size_t i = f->row++;
    uint32_t purpose = rib_col_at(&f->purpose, i);

    *out = (struct rib_fec){.purpose = (uint8_t)purpose, .vrf = rib_col_at(&f->vrf, i)};
    if (f->n_discriminators)
        out->discriminator = f->discriminator[f->n_discriminators == 1 ? 0 : i];
    if (purpose < RIB_LABEL_LDP || purpose > RIB_LABEL_STATIC)
        return false;
    return rib_get_prefix(&f->prefixes, &out->prefix);
}

size_t rib_text_width(char *const *text, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (strcmp(text[i], text[0]) != 0)
            return n;
    return n > 0 && text[0][0];
}

const char *rib_text_at(char *const *text, size_t n, size_t i)
{
    return n == 0 ? "" : text[n == 1 ? 0 : i];
}

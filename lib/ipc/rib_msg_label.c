/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages about our own labels: which FEC holds which (LabelFecs: claims, and what ribd remembers), what they do
 * (LabelEntries), what became of it (LabelResults), and LabelsWanted. Pure.
 */
#include "lib/ipc/rib_msg_pb.h"

#include <stdio.h>

static bool is_in_label(uint32_t label)
{
    return label >= LABEL_FIRST_UNRESERVED && label <= LABEL_KERNEL_MAX;
}

/* --- LabelsWanted --- */

void rib_msg_labels_wanted_encode(struct rib_msg_buf *out, uint32_t count)
{
    Strata__Rib__LabelsWanted m = STRATA__RIB__LABELS_WANTED__INIT;

    m.count = count;
    rib_msg_pack(out, &m.base);
}

const char *rib_msg_labels_wanted_decode(const ProtobufCMessage *base, const struct rib_msg_server_sink *sink)
{
    const Strata__Rib__LabelsWanted *m = (const Strata__Rib__LabelsWanted *)(const void *)base;

    if (m->count == 0 || m->count > RIB_LABELS_MAX)
        return "number of labels wanted out of range";
    sink->ev->labels_wanted(sink->arg, sink->session, m->count);
    return NULL;
}

/* --- LabelFecs --- */

void rib_msg_label_fecs_encode(struct rib_msg_buf *out, const struct rib_row_label_fec *rows, size_t n)
{
    Strata__Rib__LabelFecs m = STRATA__RIB__LABEL_FECS__INIT;
    struct rib_scratch *scratch = rib_msg_scratch(out);
    struct rib_fecs_out fecs;

    rib_fecs_out_init(&fecs, scratch, n);
    m.label = rib_scratch_u32(scratch, n);
    for (size_t i = 0; i < n; i++) {
        m.label[i] = rows[i].label;
        rib_fecs_out_add(&fecs, &rows[i].fec);
    }
    m.count = (uint32_t)n;
    m.n_label = rib_col_width(m.label, n);
    m.fecs = rib_fecs_out_done(&fecs);
    rib_msg_pack(out, &m.base);
}

/* Row by row; `next` false: malformed. */
struct label_fecs_in {
    struct rib_col label;
    struct rib_fecs_in fecs;
    size_t count, row;
};

static bool label_fecs_in_init(struct label_fecs_in *in, const ProtobufCMessage *base)
{
    const Strata__Rib__LabelFecs *m = (const Strata__Rib__LabelFecs *)(const void *)base;

    *in = (struct label_fecs_in){.label = rib_col_of(m->label, m->n_label), .count = m->count};
    return m->count <= RIB_BATCH_MAX && rib_cols_fit(&in->label, 1, m->count) &&
           rib_fecs_in_init(&in->fecs, m->fecs, m->count);
}

static bool label_fecs_in_next(struct label_fecs_in *in, uint32_t *label, struct rib_fec *fec)
{
    *label = rib_col_at(&in->label, in->row++);
    return is_in_label(*label) && rib_fecs_in_next(&in->fecs, fec);
}

const char *rib_msg_label_claim_decode(const ProtobufCMessage *base, const struct rib_msg_server_sink *sink)
{
    struct label_fecs_in in;
    struct rib_fec fec;
    uint32_t label;

    if (!label_fecs_in_init(&in, base))
        return "columns of label claims do not fit";
    while (in.row < in.count && !rib_msg_is_closed(sink->is_closed)) {
        if (!label_fecs_in_next(&in, &label, &fec))
            return "malformed label claim";
        sink->ev->label_claim(sink->arg, sink->session, label, &fec);
    }
    return NULL;
}

const char *rib_msg_held_labels_decode(const ProtobufCMessage *base, const struct rib_msg_client_sink *sink)
{
    struct label_fecs_in in;
    struct rib_fec fec;
    uint32_t label;

    if (!label_fecs_in_init(&in, base))
        return "columns of held labels do not fit";
    while (in.row < in.count && !rib_msg_is_closed(sink->is_closed)) {
        if (!label_fecs_in_next(&in, &label, &fec))
            return "malformed held label";
        sink->ops->held_label(sink->arg, label, &fec);
    }
    return NULL;
}

/* --- LabelEntries --- */

void rib_msg_label_entries_encode(struct rib_msg_buf *out, const struct rib_row_label_entry *rows, size_t n)
{
    Strata__Rib__LabelEntries m = STRATA__RIB__LABEL_ENTRIES__INIT;
    struct rib_scratch *scratch = rib_msg_scratch(out);
    struct rib_labels_out labels;
    struct rib_fecs_out fecs;

    rib_labels_out_init(&labels, scratch, n);
    rib_fecs_out_init(&fecs, scratch, n);
    m.is_gone = rib_scratch_u32(scratch, n);
    m.in_label = rib_scratch_u32(scratch, n);
    m.op = rib_scratch_u32(scratch, n);
    m.nhset = rib_scratch_u32(scratch, n);
    m.lookup_vrf = rib_scratch_u32(scratch, n);
    m.scope = rib_scratch_u32(scratch, n);
    for (size_t i = 0; i < n; i++) {
        const struct rib_label_entry *e = &rows[i].entry;

        m.is_gone[i] = rows[i].is_gone;
        m.in_label[i] = e->in_label;
        m.op[i] = e->op;
        m.nhset[i] = e->nhset;
        m.lookup_vrf[i] = e->lookup_vrf;
        m.scope[i] = e->scope;
        rib_labels_out_add(&labels, &e->label);
        rib_fecs_out_add(&fecs, &e->fec);
    }
    m.count = (uint32_t)n;
    m.n_is_gone = rib_col_width(m.is_gone, n);
    m.n_in_label = rib_col_width(m.in_label, n);
    m.n_op = rib_col_width(m.op, n);
    m.n_nhset = rib_col_width(m.nhset, n);
    m.n_lookup_vrf = rib_col_width(m.lookup_vrf, n);
    m.n_scope = rib_col_width(m.scope, n);
    m.labels = rib_labels_out_done(&labels);
    m.fecs = rib_fecs_out_done(&fecs);
    rib_msg_pack(out, &m.base);
}

enum { ENTRY_GONE, ENTRY_IN_LABEL, ENTRY_OP, ENTRY_NHSET, ENTRY_LOOKUP_VRF, ENTRY_SCOPE, ENTRY_COLS };

/* The rest of the entry, whose fec and label are read. NULL, or what is wrong. */
static const char *get_label_entry(const struct rib_col *col, size_t i, struct rib_label_entry *e)
{
    uint32_t op = rib_col_at(&col[ENTRY_OP], i);

    if (op < RIB_LABEL_SWAP || op > RIB_LABEL_FOLLOW_FEC)
        return "unknown operation of a label entry";
    /* An AF_MPLS entry without out-labels pops, and what is below would be looked up in a stranger's label space. */
    if (op == RIB_LABEL_SWAP && e->label.state == LABEL_STATE_NONE)
        return "swap entry without a label";
    e->op = (uint8_t)op;
    e->nhset = rib_col_at(&col[ENTRY_NHSET], i);
    e->lookup_vrf = rib_col_at(&col[ENTRY_LOOKUP_VRF], i);
    e->scope = rib_col_at(&col[ENTRY_SCOPE], i);
    return NULL;
}

static const char *get_label_entries(const Strata__Rib__LabelEntries *m, const struct rib_col *col,
                                     const struct rib_msg_server_sink *sink)
{
    struct rib_label_entry e = {0};
    struct rib_labels_in labels;
    struct rib_fecs_in fecs;
    const char *wrong;

    if (!rib_labels_in_init(&labels, m->labels, m->count) || !rib_fecs_in_init(&fecs, m->fecs, m->count))
        return "columns of label entries do not fit";
    for (size_t i = 0; i < m->count && !rib_msg_is_closed(sink->is_closed); i++) {
        e.in_label = rib_col_at(&col[ENTRY_IN_LABEL], i);
        if (!is_in_label(e.in_label))
            return "label of a label entry out of range";
        if (!rib_labels_in_next(&labels, &e.label) || !rib_fecs_in_next(&fecs, &e.fec))
            return "malformed label entry";
        if (rib_col_at(&col[ENTRY_GONE], i)) {
            sink->ev->label_del(sink->arg, sink->session, e.in_label);
            continue;
        }
        wrong = get_label_entry(col, i, &e);
        if (wrong)
            return wrong;
        sink->ev->label_set(sink->arg, sink->session, &e);
    }
    return NULL;
}

const char *rib_msg_label_entries_decode(const ProtobufCMessage *base, const struct rib_msg_server_sink *sink)
{
    const Strata__Rib__LabelEntries *m = (const Strata__Rib__LabelEntries *)(const void *)base;
    struct rib_col col[ENTRY_COLS] = {rib_col_of(m->is_gone, m->n_is_gone),
                                      rib_col_of(m->in_label, m->n_in_label),
                                      rib_col_of(m->op, m->n_op),
                                      rib_col_of(m->nhset, m->n_nhset),
                                      rib_col_of(m->lookup_vrf, m->n_lookup_vrf),
                                      rib_col_of(m->scope, m->n_scope)};

    if (m->count > RIB_BATCH_MAX || !rib_cols_fit(col, ENTRY_COLS, m->count))
        return "columns of label entries do not fit";
    return get_label_entries(m, col, sink);
}

/* --- LabelResults --- */

size_t rib_msg_label_results_encode(struct rib_msg_buf *out, const struct rib_row_label_result *rows, size_t n,
                                    uint64_t epoch)
{
    Strata__Rib__LabelResults m = STRATA__RIB__LABEL_RESULTS__INIT;
    struct rib_scratch *scratch = rib_msg_scratch(out);
    bool has_reason = false;
    size_t to = 0;

    m.in_label = rib_scratch_u32(scratch, n);
    m.status = rib_scratch_u32(scratch, n);
    m.scope = rib_scratch_u32(scratch, n);
    m.reason = rib_scratch_bytes(scratch, n * sizeof(char *));
    for (size_t i = 0; i < n; i++) {
        if (rows[i].status == 0)
            continue;
        m.in_label[to] = rows[i].in_label;
        m.status[to] = rows[i].status;
        m.scope[to] = rows[i].scope;
        m.reason[to++] = rows[i].reason ? rows[i].reason : (char *)"";
        has_reason |= rows[i].reason != NULL;
    }
    m.count = (uint32_t)to;
    m.epoch = epoch;
    m.n_in_label = rib_col_width(m.in_label, to);
    m.n_status = rib_col_width(m.status, to);
    m.n_scope = rib_col_width(m.scope, to);
    m.n_reason = has_reason ? rib_text_width(m.reason, to) : 0;
    rib_msg_pack(out, &m.base);
    return to;
}

enum { RESULT_IN_LABEL, RESULT_STATUS, RESULT_SCOPE, RESULT_COLS };

const char *rib_msg_label_results_decode(const ProtobufCMessage *base, const struct rib_msg_client_sink *sink)
{
    const Strata__Rib__LabelResults *m = (const Strata__Rib__LabelResults *)(const void *)base;
    struct rib_col col[RESULT_COLS] = {rib_col_of(m->in_label, m->n_in_label), rib_col_of(m->status, m->n_status),
                                       rib_col_of(m->scope, m->n_scope)};
    struct rib_label_result r = {0};

    if (m->count > RIB_BATCH_MAX || !rib_cols_fit(col, RESULT_COLS, m->count) ||
        (m->n_reason > 1 && m->n_reason != m->count))
        return "columns of label results do not fit";
    for (size_t i = 0; i < m->count && !rib_msg_is_closed(sink->is_closed); i++) {
        const char *reason = rib_text_at(m->reason, m->n_reason, i);
        uint32_t status = rib_col_at(&col[RESULT_STATUS], i);

        r.in_label = rib_col_at(&col[RESULT_IN_LABEL], i);
        r.status = (uint8_t)status;
        r.scope = rib_col_at(&col[RESULT_SCOPE], i);
        if (!is_in_label(r.in_label) || status < RIB_LABEL_INSTALLED || status > RIB_LABEL_REFUSED)
            return "label or status of a label result out of range";
        r.reason[0] = '\0';
        if (reason[0])
            snprintf(r.reason, sizeof(r.reason), "%s", reason);
        if (status == RIB_LABEL_REFUSED)
            sink->ops->label_refused(sink->arg, r.in_label, r.reason);
        else
            sink->ops->label_result(sink->arg, &r, m->epoch);
    }
    if (!rib_msg_is_closed(sink->is_closed))
        sink->ops->label_epoch(sink->arg, m->epoch);
    return NULL;
}

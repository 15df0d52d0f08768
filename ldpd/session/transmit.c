/* SPDX-License-Identifier: Apache-2.0
 *
 * Sending: messages gather in a PDU, which leaves when it is full or when the turn of the loop ends.
 */
#include "ldpd/session/internal.h"

#define TRANSMIT_PENDING_MAX (16u << 20) /* a neighbour that reads nothing must not hold memory for ever */

void ldp_transmit_flush(void *neighbor)
{
    struct ldp_neighbor *n = neighbor;
    timer_cancel(&n->flush);
    if (!n->has_pdu || !n->stream)
        return;
    ldp_pdu_end(&n->writer, n->pdu_begun);
    stream_write(n->stream, n->out, n->writer.pos);
    n->has_pdu = false;
    if (ldp_neighbor_is_stuck(n))
        timer_arm_ms(&n->hold, 0); /* not from here: the binding core may be in the middle of its lists */
}

bool ldp_neighbor_is_stuck(const struct ldp_neighbor *n)
{
    return n->stream && stream_pending(n->stream) > TRANSMIT_PENDING_MAX;
}

struct wire_writer *ldp_transmit(struct ldp_neighbor *n, size_t need)
{
    if (!n->stream)
        return NULL;
    size_t limit = (size_t)n->max_pdu + 4;
    if (n->has_pdu && n->writer.pos + need > limit)
        ldp_transmit_flush(n);
    if (!n->has_pdu) {
        n->writer = wire_writer_of(n->out, limit < sizeof(n->out) ? limit : sizeof(n->out));
        n->pdu_begun = ldp_pdu_begin(&n->writer, n->instance->lsr_id, 0);
        n->has_pdu = true;
        timer_arm_ms(&n->flush, 0);
    }
    n->sent++;
    return &n->writer;
}

void ldp_transmit_notification(struct ldp_neighbor *n, uint32_t status, const struct ldp_error *about)
{
    struct ldp_notification note = {
        .status = status, .message_id = about->message_id, .message_type = about->message_type};
    struct wire_writer *w = ldp_transmit(n, LDP_LABEL_MESSAGE_MAX);
    if (w)
        ldp_put_notification(w, ++n->instance->next_message, &note);
}

#define ADDRESSES_PER_MESSAGE 200

void ldp_transmit_addresses(struct ldp_neighbor *n, enum ldp_message_type type, const struct ip_addr *a, size_t n_a)
{
    size_t max = n->max_pdu >= 1024 ? ADDRESSES_PER_MESSAGE : 40;
    for (size_t done = 0; done < n_a;) {
        size_t count = n_a - done < max ? n_a - done : max;
        struct wire_writer *w = ldp_transmit(n, 16 + 4 * count);
        if (w)
            ldp_put_addresses(w, ++n->instance->next_message, type, a + done, count);
        done += count;
    }
}

/* --- what the binding core sends --- */

static void send_label(struct ldp_instance *i, uint32_t peer, enum ldp_message_type type, const struct prefix *fec,
                       uint32_t label, uint32_t request_id)
{
    struct ldp_neighbor *n = ldp_neighbor_by_peer(i, peer);
    struct wire_writer *w = n ? ldp_transmit(n, LDP_LABEL_MESSAGE_MAX) : NULL;
    if (!w)
        return;
    n->quiet_since_us = loop_now_us(i->env->loop);
    ldp_put_label(w, ++i->next_message, type, fec, &label, request_id);
}

static void send_mapping(void *arg, uint32_t peer, const struct prefix *fec, uint32_t label, uint32_t request_id)
{
    send_label(arg, peer, LDP_LABEL_MAPPING, fec, label, request_id);
}

static void send_withdraw(void *arg, uint32_t peer, const struct prefix *fec, uint32_t label)
{
    send_label(arg, peer, LDP_LABEL_WITHDRAW, fec, label, 0);
}

static void send_release(void *arg, uint32_t peer, const struct prefix *fec, uint32_t label)
{
    send_label(arg, peer, LDP_LABEL_RELEASE, fec, label, 0);
}

static void send_no_route(void *arg, uint32_t peer, uint32_t request_id)
{
    struct ldp_neighbor *n = ldp_neighbor_by_peer(arg, peer);
    struct ldp_error about = {.message_id = request_id, .message_type = LDP_LABEL_REQUEST};
    if (n)
        ldp_transmit_notification(n, LDP_STATUS_NO_ROUTE, &about);
}

static int label_alloc(void *arg, const struct prefix *fec, uint32_t *label)
{
    struct ldp_instance *i = arg;
    return i->rib->label_alloc(i->rib_arg, i->vrf, fec, label);
}

static void label_free(void *arg, uint32_t label)
{
    struct ldp_instance *i = arg;
    i->rib->label_free(i->rib_arg, label);
}

static bool is_at(void *arg, uint32_t peer, const struct ldp_bind_via *via)
{
    const struct ldp_neighbor *n = ldp_neighbor_by_peer(arg, peer);
    return n && ldp_neighbor_is_at(n, via);
}

static bool is_at_any(const struct ldp_neighbor *n, const struct ldp_bind_via *via, size_t n_via)
{
    for (size_t k = 0; k < n_via; k++)
        if (ldp_neighbor_is_at(n, &via[k]))
            return true;
    return false;
}

/* Who may send us the label on guarded interfaces: the neighbours with an operational session there, but none that the
 * FEC leads to. With `members` NULL: how many at most. */
static size_t guarded_members(const struct ldp_instance *i, const struct ldp_bind_via *via, size_t n_via,
                              struct rib_scope_member *members)
{
    size_t count = 0;
    const struct ldp_neighbor *n;
    LIST_FOREACH (n, &i->neighbors, entry) {
        const struct ldp_adjacency *a;
        if (n->state != LDP_SESSION_OPERATIONAL || (members && is_at_any(n, via, n_via)))
            continue;
        LIST_FOREACH (a, &n->adjacencies, of_neighbor) {
            if (!a->interface->rib.is_guarded)
                continue;
            if (members)
                members[count] = (struct rib_scope_member){.vrf = i->vrf, .neighbor = a->source};
            count++;
        }
    }
    return count;
}

static void entry_set(void *arg, uint32_t label, const struct prefix *fec, const struct ldp_bind_via *via, size_t n_via)
{
    struct ldp_instance *i = arg;
    size_t room = guarded_members(i, via, n_via, NULL);
    struct rib_scope_member *members = mem_alloc(&i->mem, (room + 1) * sizeof(*members));
    size_t n = guarded_members(i, via, n_via, members);
    i->rib->entry_set(i->rib_arg, i->vrf, label, fec, members, n);
    mem_free(&i->mem, members);
}

static void entry_del(void *arg, uint32_t label)
{
    struct ldp_instance *i = arg;
    i->rib->entry_del(i->rib_arg, label);
}

static void remote_set(void *arg, uint32_t peer, const struct prefix *fec, const struct out_label *label)
{
    struct ldp_instance *i = arg;
    i->rib->binding_set(i->rib_arg, peer, fec, label);
}

static void remote_del(void *arg, uint32_t peer, const struct prefix *fec)
{
    struct ldp_instance *i = arg;
    i->rib->binding_del(i->rib_arg, peer, fec);
}

const struct ldp_bind_ops ldp_bind_transmit_ops = {
    .label_alloc = label_alloc,
    .label_free = label_free,
    .entry_set = entry_set,
    .entry_del = entry_del,
    .remote_set = remote_set,
    .remote_del = remote_del,
    .send_mapping = send_mapping,
    .send_withdraw = send_withdraw,
    .send_release = send_release,
    .send_no_route = send_no_route,
    .is_at = is_at,
};

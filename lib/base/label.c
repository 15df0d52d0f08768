/* SPDX-License-Identifier: Apache-2.0
 *
 * MPLS labels as values (RFC 3032). Keeps "no label", "implicit null" and "a stack" apart: only the data plane, at the
 * kernel write, may turn implicit null into an absent label. Owns nothing.
 */
#include "strata/label.h"

#include <stdio.h>
#include <string.h>

struct out_label out_label_none(void)
{
    return (struct out_label){.state = LABEL_STATE_NONE};
}

struct out_label out_label_implicit_null(void)
{
    return (struct out_label){.state = LABEL_STATE_IMPLICIT_NULL};
}

struct out_label out_label_from_wire(uint32_t label)
{
    struct out_label l = {.state = LABEL_STATE_STACK, .stack = {.depth = 1}};

    if (label == LABEL_IMPLICIT_NULL)
        return out_label_implicit_null();
    l.stack.label[0] = label;
    return l;
}

bool out_label_equal(const struct out_label *a, const struct out_label *b)
{
    if (a->state != b->state)
        return false;
    if (a->state != LABEL_STATE_STACK)
        return true;
    return a->stack.depth == b->stack.depth &&
           memcmp(a->stack.label, b->stack.label, a->stack.depth * sizeof(a->stack.label[0])) == 0;
}

static uint8_t depth_of(const struct out_label *l)
{
    return l->state == LABEL_STATE_STACK ? l->stack.depth : 0;
}

bool out_label_push(struct out_label *result, const struct out_label *top, const struct out_label *bottom)
{
    struct out_label r = {0};
    size_t above = depth_of(top);
    size_t below = depth_of(bottom);

    if (above + below > LABEL_STACK_MAX)
        return false;
    memcpy(r.stack.label, top->stack.label, above * sizeof(r.stack.label[0]));
    memcpy(r.stack.label + above, bottom->stack.label, below * sizeof(r.stack.label[0]));
    r.stack.depth = (uint8_t)(above + below);
    if (top->state == LABEL_STATE_STACK || bottom->state == LABEL_STATE_STACK)
        r.state = LABEL_STATE_STACK;
    else if (top->state == LABEL_STATE_IMPLICIT_NULL || bottom->state == LABEL_STATE_IMPLICIT_NULL)
        r.state = LABEL_STATE_IMPLICIT_NULL;
    *result = r; /* last: result may be one of the inputs */
    return true;
}

bool label_is_usable(uint32_t label)
{
    return label == LABEL_IPV4_EXPLICIT_NULL || label == LABEL_IMPLICIT_NULL ||
           (label >= LABEL_FIRST_UNRESERVED && label <= LABEL_MAX);
}

const char *label_state_name(enum label_state s)
{
    switch (s) {
    case LABEL_STATE_NONE:
        return "none";
    case LABEL_STATE_IMPLICIT_NULL:
        return "implicit-null";
    case LABEL_STATE_STACK:
        return "stack";
    }
    return "unknown";
}

char *out_label_text(const struct out_label *l, char *buf, size_t size)
{
    size_t used = 0;

    if (size == 0)
        return buf;
    if (l->state != LABEL_STATE_STACK) {
        snprintf(buf, size, "%s", label_state_name((enum label_state)l->state));
        return buf;
    }
    buf[0] = '\0';
    for (unsigned i = 0; i < l->stack.depth && i < LABEL_STACK_MAX && used < size; i++)
        used += (size_t)snprintf(buf + used, size - used, "%s%u", i ? "/" : "", l->stack.label[i]);
    return buf;
}

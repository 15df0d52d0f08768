/* SPDX-License-Identifier: Apache-2.0
 *
 * MPLS labels as values (RFC 3032). "No label", "implicit null" and "a stack" are three different things everywhere
 * until the kernel write.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LABEL_IPV4_EXPLICIT_NULL = 0,
    LABEL_ROUTER_ALERT = 1,
    LABEL_IPV6_EXPLICIT_NULL = 2,
    LABEL_IMPLICIT_NULL = 3,
    LABEL_FIRST_UNRESERVED = 16,
    LABEL_MAX = 0xfffff,        /* 20 bits */
    LABEL_KERNEL_MAX = 1048574, /* highest in-label that Linux takes */
    LABEL_STACK_MAX = 16,       /* depth we build */
};

enum label_state { LABEL_STATE_NONE = 0, LABEL_STATE_IMPLICIT_NULL = 1, LABEL_STATE_STACK = 2 };

struct label_stack {
    uint8_t depth;
    uint32_t label[LABEL_STACK_MAX]; /* [0] is the top of the stack; unused entries are 0 */
};

/* What is put on a packet for one next hop. */
struct out_label {
    uint8_t state; /* enum label_state */
    struct label_stack stack;
};

struct out_label out_label_none(void);
struct out_label out_label_implicit_null(void);
/* A received label as a value: 3 becomes implicit null, anything else a stack of one. */
struct out_label out_label_from_wire(uint32_t label);
bool out_label_equal(const struct out_label *a, const struct out_label *b);
/* Puts `top` above `bottom`: implicit null adds nothing; the result is NONE only if both are. False if it would not
 * fit. */
bool out_label_push(struct out_label *result, const struct out_label *top, const struct out_label *bottom);
/* True if this label may be received from a peer and used for forwarding: 0, 3 and 16 and above (RFC 3032 s2.1). */
bool label_is_usable(uint32_t label);
const char *label_state_name(enum label_state s);
/* "implicit-null", "none" or "16/17/18". `size` at least LABEL_TEXT_MAX. Returns buf. */
#define LABEL_TEXT_MAX 136
char *out_label_text(const struct out_label *l, char *buf, size_t size);

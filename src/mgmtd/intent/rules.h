/* SPDX-License-Identifier: Apache-2.0
 *
 * What implies what: the table of rules that intent.c goes through.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "src/mgmtd/intent/grow.h"

/* A VPN instance with the intent carriers-carrier, or (rules of any instance of OSPF) the name alone. */
struct intent {
    const char *vpn; /* its name */
    const struct lyd_node *instance;
    bool has_bgp, has_ldp; /* signaling */
};

struct rule {
    const char *name;
    bool (*applies)(const struct intent *i);
    void (*apply)(struct growth *g, const struct intent *i);
};
extern const struct rule intent_rules[];
extern const size_t n_intent_rules;

/* What is implied without that intent. */
void rules_ospf_tags(struct growth *g);

/* Refuses: keeps path (below the top, printf) and message in the fault, unless there is one. */
void rule_refuse(struct growth *g, const struct lyd_node *node, const char *leaf, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

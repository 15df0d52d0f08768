/* SPDX-License-Identifier: Apache-2.0
 *
 * How a daemon writes operational state: depth first, by the node ids that yangc generates (enum <daemon>_node). The
 * writer belongs to the conversation with mgmtd; types are checked against the schema in debug builds.
 */
#pragma once

#include "strata/addr.h"

struct state_writer;

/* Enter a container or a list entry (write its key leaves first). Every open has its close. */
void state_open(struct state_writer *w, uint32_t node);
void state_close(struct state_writer *w);
/* One function per base type; a leaf-list is several calls. NULL or "" text writes nothing. */
void state_text(struct state_writer *w, uint32_t node, const char *text);
void state_u64(struct state_writer *w, uint32_t node, uint64_t v); /* uint8..uint64, counters */
void state_i64(struct state_writer *w, uint32_t node, int64_t v);
void state_bool(struct state_writer *w, uint32_t node, bool v);
void state_enum(struct state_writer *w, uint32_t node, int value);               /* value as in the generated enum */
void state_addr(struct state_writer *w, uint32_t node, const struct ip_addr *a); /* unset writes nothing */
void state_prefix(struct state_writer *w, uint32_t node, const struct prefix *p);
void state_quad(struct state_writer *w, uint32_t node, uint32_t v); /* 32 bits as 10.0.0.1 */

/* Does `path` ask for the nodes `list` of a protocol? Behind the top container and, if it is there, the element
 * vpn-instance, the path either names nothing further, or an element `list`:
 *
 *     /bgp/vpn-instance[red]/neighbor[10.0.0.1]/state    /bgp/neighbor    strata-bgp:bgp/vpn-instance[name='a/b']
 *
 * A key stands in brackets, with or without its name, and ends at the first ']'; one that begins with a quote ends at
 * the next such quote, which ']' must follow. What is not one path of this form (NULL as well, or several) asks for
 * all: too much is only slow, for mgmtd prunes it. */
bool state_is_asked(const char *path, const char *list);

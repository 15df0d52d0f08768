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

/* --- Big lists: state of any size, in chunks that mgmtd asks for one after the other ---
 *
 * The daemon keeps nothing between two chunks: state() is called again and writes as if for the first time, and the
 * writer leaves out what was written before. For that a big list is written so, in a total order that does not change
 * (that of its keys), beginning behind where the last chunk ended:
 *
 *     if (state_list(w, XD_X_ROUTE)) {
 *         bool has_after = state_after_prefix(w, XD_X_ROUTE_PREFIX, &p);
 *         for (r = first entry behind p; r; r = next) {
 *             write_entry(w, r);
 *             if (state_pause(w))
 *                 break;
 *         }
 *     }
 *
 * Rules. The list is announced with state_list() also where it is empty, always after the same other big lists of its
 * parent. A list whose entries contain big lists (VPN instances) is written in the order of its keys, as the last part
 * of its parent. All else needs no care: it is written whole, once, and costs its walk in every chunk unless it stands
 * behind state_wants(). What was asked for by path is narrowed by the writer; a daemon with a big table looks with
 * state_only_*() which entries are asked for and goes straight there.
 *
 * An entry that is there from the first chunk to the last one is written in exactly one of them. One that comes or goes
 * meanwhile may be in one or in none; never twice, unless it goes and comes again. An entry that a list stands in
 * (a VPN instance) is opened in each chunk that has some of it. */

/* Go to a list of the container or entry that is open. False: nothing of it belongs into this chunk. */
bool state_list(struct state_writer *w, uint32_t list);
/* Called behind each entry (or group of entries that stay together): is this chunk full? Then nothing more is taken,
 * and the next one goes on behind the entry that was closed last. */
bool state_pause(struct state_writer *w);
/* The same in two steps, where the keys are not enough to find the place by: if the chunk is full, pause with a note,
 * and it comes back as state_after_note(). Also called where nothing was written: a walk that finds little must end,
 * too. */
bool state_is_full(struct state_writer *w);
bool state_pause_at(struct state_writer *w, const char *note);
/* Behind state_list(): key `key` of the entry behind which to go on. False: from the start. Numbers are also
 * enumerations, booleans, quads and route distinguishers. */
bool state_after_prefix(const struct state_writer *w, uint32_t key, struct prefix *out);
bool state_after_addr(const struct state_writer *w, uint32_t key, struct ip_addr *out);
bool state_after_number(const struct state_writer *w, uint32_t key, uint64_t *out);
const char *state_after_text(const struct state_writer *w, uint32_t key); /* NULL: from the start */
const char *state_after_note(const struct state_writer *w);
/* Behind state_list(): only entries with this key are asked for. False: with any. */
bool state_only_prefix(const struct state_writer *w, uint32_t key, struct prefix *out);
bool state_only_addr(const struct state_writer *w, uint32_t key, struct ip_addr *out);
bool state_only_number(const struct state_writer *w, uint32_t key, uint64_t *out);
const char *state_only_text(const struct state_writer *w, uint32_t key);
/* Would a list, container or leaf be taken here and now? For what is expensive to find out. */
bool state_wants(const struct state_writer *w, uint32_t node);

/* SPDX-License-Identifier: Apache-2.0
 *
 * AS paths as bytes: segments {type, count, 4-octet AS numbers}, valid by construction (the decoder checked them).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bgp_bytes {
    const uint8_t *data;
    size_t len;
};

enum bgp_segment_type { BGP_AS_SET = 1, BGP_AS_SEQUENCE = 2 };

/* Octets of AS numbers per segment on the wire: 2 or 4. True if every segment is whole, of a known type, not empty and
 * free of AS 0 (RFC 7606 s7.2, RFC 7607). */
bool bgp_as_path_is_valid(struct bgp_bytes path, size_t as_size);
/* 2-octet form to the canonical one. `out` holds at least 2 * path.len octets; returns the length. */
size_t bgp_as_path_widen(struct bgp_bytes path, uint8_t *out);
/* RFC 6793 s4.2.3: path and AS4_PATH (both canonical) to what was meant. `out` holds at least path.len + as4.len
 * octets. */
size_t bgp_as_path_merge(struct bgp_bytes path, struct bgp_bytes as4, uint8_t *out);

size_t bgp_as_path_length(struct bgp_bytes path);             /* hops; a set counts one (RFC 4271 s9.1.2.2 a) */
uint32_t bgp_as_path_neighbor(struct bgp_bytes path);         /* first AS of a leading sequence, else 0 */
size_t bgp_as_path_count(struct bgp_bytes path, uint32_t as); /* how often `as` stands in it */
bool bgp_as_path_has_wide(struct bgp_bytes path); /* an AS above 65535: AS4_PATH is needed towards old peers */
/* `out` holds at least path.len + 6 octets (path.len + 4 suffices within a segment). Returns the length. */
size_t bgp_as_path_prepend(struct bgp_bytes path, uint32_t as, uint8_t *out);
/* Every `from` becomes `to`; in place. */
void bgp_as_path_replace(uint8_t *path, size_t len, uint32_t from, uint32_t to);
/* "100 200 {300,400}"; cut if it does not fit. Returns buf. */
char *bgp_as_path_text(struct bgp_bytes path, char *buf, size_t size);

/* SPDX-License-Identifier: Apache-2.0
 *
 * A client's <hello> (RFC 6241 section 8.1) and the line with which the relay introduces itself. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define NETCONF_NS       "urn:ietf:params:xml:ns:netconf:base:1.0"
#define NETCONF_BASE_1_0 "urn:ietf:params:netconf:base:1.0"
#define NETCONF_BASE_1_1 "urn:ietf:params:netconf:base:1.1"

struct hello {
    bool has_base_1_0, has_base_1_1;
    size_t n_capabilities;
};
/* True, or *error says what is wrong with it. */
bool hello_parse(const char *text, size_t len, struct hello *out, const char **error);

/* "strata-netconf 1 host=HOST\n": the first bytes from the relay, before any NETCONF. HOST is for display only; it is
 * "-" when unknown. */
#define RELAY_LINE_MAX 128
#define RELAY_HOST_MAX 64
/* Cuts the line off: 1 and *used, 0 if more bytes are needed, -1 if it is none. */
int relay_line_parse(const char *bytes, size_t n, char host[RELAY_HOST_MAX], size_t *used);
void relay_line_write(char line[RELAY_LINE_MAX], const char *host);

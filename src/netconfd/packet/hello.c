/* SPDX-License-Identifier: Apache-2.0
 *
 * See hello.h.
 */
#include "src/netconfd/packet/hello.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "src/netconfd/packet/xml.h"

#define LINE_START       "strata-netconf 1 host="
#define CAPABILITIES_MAX 10000

static void take_capability(struct hello *out, struct xml_part uri)
{
    uri = xml_trim(uri);
    out->n_capabilities++;
    out->has_base_1_0 |= xml_is(uri, NETCONF_BASE_1_0);
    out->has_base_1_1 |= xml_is(uri, NETCONF_BASE_1_1);
}

static bool fail(const char **error, const char *why)
{
    *error = why;
    return false;
}

bool hello_parse(const char *text, size_t len, struct hello *out, const char **error)
{
    struct xml_reader r;
    struct xml_event e, root;
    bool is_in_list = false, is_in_capability = false;

    *out = (struct hello){0};
    if (!xml_check(text, len, &root, error))
        return false;
    if (!xml_is(xml_local_name(root.name), "hello") || !xml_is_in(&root, NETCONF_NS))
        return fail(error, "the first message is no hello");
    xml_begin(&r, text, len);
    while (xml_next(&r, &e) != XML_DONE) {
        if (e.kind == XML_START) {
            struct xml_part name = xml_local_name(e.name);
            if (r.depth == 2 && xml_is(name, "session-id"))
                return fail(error, "a client's hello has no session-id");
            if (r.depth == 2)
                is_in_list = xml_is(name, "capabilities") && !e.is_empty;
            is_in_capability = is_in_list && r.depth == 3 && xml_is(name, "capability") && !e.is_empty;
        } else if (e.kind == XML_TEXT && is_in_capability) {
            take_capability(out, e.text);
            if (out->n_capabilities > CAPABILITIES_MAX)
                return fail(error, "too many capabilities");
        } else if (e.kind == XML_END) {
            is_in_capability = false;
        }
    }
    if (!out->has_base_1_0 && !out->has_base_1_1)
        return fail(error, "no common version: base:1.0 and base:1.1 are known here");
    return true;
}

int relay_line_parse(const char *bytes, size_t n, char host[RELAY_HOST_MAX], size_t *used)
{
    const size_t start = sizeof(LINE_START) - 1;
    const char *end = memchr(bytes, '\n', n < RELAY_LINE_MAX ? n : RELAY_LINE_MAX);

    if (memcmp(bytes, LINE_START, n < start ? n : start) != 0 || (!end && n >= RELAY_LINE_MAX))
        return -1;
    if (!end)
        return 0;
    size_t len = (size_t)(end - bytes);
    if (len <= start || len - start >= RELAY_HOST_MAX)
        return -1;
    for (size_t i = start; i < len; i++)
        if (!bytes[i] || (!isalnum((unsigned char)bytes[i]) && !strchr(".:%-_", bytes[i])))
            return -1;
    snprintf(host, RELAY_HOST_MAX, "%.*s", (int)(len - start), bytes + start);
    *used = len + 1;
    return 1;
}

void relay_line_write(char line[RELAY_LINE_MAX], const char *host)
{
    char clean[RELAY_HOST_MAX];
    size_t n = 0;
    for (; host && *host && n + 1 < sizeof(clean); host++)
        if (isalnum((unsigned char)*host) || strchr(".:%-_", *host))
            clean[n++] = *host;
    clean[n] = '\0';
    snprintf(line, RELAY_LINE_MAX, LINE_START "%s\n", n ? clean : "-");
}

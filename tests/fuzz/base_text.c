/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: everything in lib/base that reads text. What is accepted must print, and read back to the same value.
 */
#include <stdlib.h>
#include <string.h>

#include "strata/addr.h"
#include "strata/rd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
    if (!is_so)
        abort();
}

static void try_prefix(const char *text)
{
    char buf[PREFIX_TEXT_MAX];
    struct prefix p, q;

    if (prefix_parse(text, &p) < 0)
        return;
    expect(prefix_parse(prefix_text(&p, buf, sizeof(buf)), &q) == 0 && prefix_equal(&p, &q));
    q = prefix_normalize(p);
    expect(prefix_contains(&q, &p) && prefix_contains_addr(&q, &p.addr));
}

static void try_address(const char *text)
{
    char buf[ADDR_TEXT_MAX];
    struct ip_addr a, b;

    if (ip_addr_parse(text, &a) < 0)
        return;
    expect(ip_addr_parse(ip_addr_text(&a, buf, sizeof(buf)), &b) == 0 && ip_addr_equal(&a, &b));
    (void)ip_addr_is_martian(&a);
}

static void try_communities(const char *text)
{
    char buf[RD_TEXT_MAX];
    ext_community_t c, d;
    rd_t rd, again;

    if (rd_parse(text, &rd) == 0)
        expect(rd_parse(rd_text(rd, buf, sizeof(buf)), &again) == 0 && rd == again);
    if (route_target_parse(text, &c) == 0)
        expect(route_target_parse(ext_community_value_text(c, buf, sizeof(buf)), &d) == 0 && c == d);
    if (site_of_origin_parse(text, &c) == 0)
        expect(site_of_origin_parse(ext_community_value_text(c, buf, sizeof(buf)), &d) == 0 && c == d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    char buf[RD_TEXT_MAX];
    uint64_t octets;

    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    try_prefix(text);
    try_address(text);
    try_communities(text);
    free(text);
    if (size >= sizeof(octets)) { /* what comes from the wire prints, whatever it is */
        memcpy(&octets, data, sizeof(octets));
        expect(strlen(rd_text(octets, buf, sizeof(buf))) > 0);
        expect(strlen(ext_community_text(octets, buf, sizeof(buf))) > 0);
    }
    return 0;
}

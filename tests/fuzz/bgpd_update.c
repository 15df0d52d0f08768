/* SPDX-License-Identifier: Apache-2.0
 *
 * The body of an UPDATE, as each kind of peer. The first octet chooses the kind. NLRI of an accepted message must be
 * walkable to the end, and attributes that fit must survive being written and read again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/packet/update.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct bgp_update_part *p, bool is_withdraw, struct bgp_nlri *first, size_t *n)
{
    const struct bgp_family_info *f = bgp_family_info(p->family);
    struct wire_reader r = bgp_update_part_reader(p);
    enum bgp_nlri_status s;
    struct bgp_nlri nlri;

    while (p->is_present && (s = f->decode(f, &r, is_withdraw, &nlri)) != BGP_NLRI_END) {
        if (s == BGP_NLRI_ERROR)
            abort(); /* the decoder has said that it is good */
        if (s == BGP_NLRI_OK && (*n)++ == 0)
            *first = nlri;
    }
}

static void round_trip(const struct bgp_update_context *ctx, const struct bgp_update *u,
                       const struct bgp_update_part *p, const struct bgp_nlri *nlri)
{
    static struct bgp_attr_scratch scratch;
    static uint8_t buf[BGP_MESSAGE_MAX];
    struct bgp_attrs a = u->attrs;
    struct bgp_update again;
    size_t used, len;

    a.next_hop = p->next_hop;
    len = bgp_update_encode(buf, sizeof(buf), p->family, &a, ctx->attr.is_as4, nlri, 1, &used);
    if (!len)
        return; /* does not fit: AS_PATH grows where AS4_PATH was merged */
    if (bgp_update_decode(buf + BGP_HEADER_LEN, len - BGP_HEADER_LEN, ctx, &scratch, &again) > BGP_DISCARD_ATTRIBUTE)
        abort();
    if (again.attrs.communities.len != a.communities.len || again.attrs.ext_communities.len != a.ext_communities.len)
        abort();
    if (ctx->attr.is_as4 && (again.attrs.as_path.len != a.as_path.len ||
                             (a.as_path.len && memcmp(again.attrs.as_path.data, a.as_path.data, a.as_path.len) != 0)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bgp_attr_scratch scratch;
    struct bgp_update_context ctx;
    struct bgp_update u;
    struct bgp_nlri first = {0};
    size_t n = 0;

    if (size < 1 || size > BGP_MESSAGE_MAX)
        return 0;
    ctx = (struct bgp_update_context){.attr = {.is_as4 = data[0] & 1, .is_ebgp = data[0] & 2},
                                      .families = data[0] >> 2 & 7};
    if (bgp_update_decode(data + 1, size - 1, &ctx, &scratch, &u) == BGP_RESET)
        return 0;
    for (size_t i = 0; i < 2; i++)
        walk(&u.withdrawn[i], true, &first, &n);
    for (size_t i = 0; i < 2; i++) {
        n = 0;
        walk(&u.announced[i], false, &first, &n);
        if (n && u.error.outcome <= BGP_DISCARD_ATTRIBUTE)
            round_trip(&ctx, &u, &u.announced[i], &first);
    }
    return 0;
}

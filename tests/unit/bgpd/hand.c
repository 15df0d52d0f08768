/* SPDX-License-Identifier: Apache-2.0
 *
 * See hand.h.
 */
#include "tests/unit/bgpd/cm.h"

#include "tests/unit/bgpd/hand.h"

struct bgp_vrf *pub(struct router *r)
{
    return bgp_rib_public(r->rib);
}

struct bgp_rib_peer *join(struct router *r, struct bgp_vrf *v, struct bgp_peer_config c, uint32_t router_id)
{
    struct bgp_rib_peer *p = bgp_rib_peer_create(v, &c, NULL);
    struct bgp_peer_info info = {.router_id = router_id, .local_address = addr("10.0.0.100"), .is_as4 = true};

    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        info.families |= c.family[f].is_enabled ? BGP_FAMILY_BIT(f) : 0;
    bgp_rib_peer_up(p, &info);
    router_run(r);
    return p;
}

struct say say(const char *prefix, const char *next_hop, size_t n_as, ...)
{
    struct say s = {.prefix = prefix, .next_hop = next_hop, .label = 500};
    va_list ap;

    assert_true(n_as <= SAY_AS_MAX);
    va_start(ap, n_as);
    if (n_as) {
        s.path[0] = BGP_AS_SEQUENCE;
        s.path[1] = (uint8_t)n_as;
        for (size_t i = 0; i < n_as; i++) {
            uint32_t as = va_arg(ap, uint32_t);

            for (size_t k = 0; k < 4; k++)
                s.path[2 + 4 * i + k] = (uint8_t)(as >> (24 - 8 * k));
        }
        s.a.as_path.len = 2 + 4 * n_as;
    }
    va_end(ap);
    return s;
}

void tell(struct router *r, struct bgp_rib_peer *p, enum bgp_family f, const struct say *s, bool is_withdraw)
{
    const struct bgp_family_info *info = bgp_family_info(f);
    struct bgp_nlri n = {.rd = s->rd, .prefix = pfx(s->prefix), .label = s->label};
    uint8_t buf[64];
    struct wire_writer w = wire_writer_of(buf, sizeof(buf));
    struct bgp_update u = {0};
    struct bgp_update_part *part = is_withdraw ? &u.withdrawn[1] : &u.announced[1];

    info->encode(info, &w, is_withdraw, &n);
    *part = (struct bgp_update_part){.is_present = true, .family = f, .nlri = {buf, w.pos}};
    if (!is_withdraw)
        part->next_hop = addr(s->next_hop);
    u.attrs = s->a;
    u.attrs.as_path.data = s->path;
    bgp_rib_update(p, &u);
    router_run(r);
}

struct heard hear(struct router *r, struct bgp_rib_peer *p)
{
    static struct bgp_attr_scratch scratch;
    static uint8_t buf[BGP_MESSAGE_MAX];
    struct bgp_update_context ctx = {.attr = {.is_as4 = true}, .families = 7};
    struct heard h = {0};
    size_t len;

    router_run(r);
    while ((len = bgp_rib_output(p, buf, sizeof(buf)))) {
        struct bgp_update u;

        h.n_messages++;
        assert_int_equal(bgp_update_decode(buf + BGP_HEADER_LEN, len - BGP_HEADER_LEN, &ctx, &scratch, &u), BGP_ACCEPT);
        h.has_end_of_rib = h.has_end_of_rib || u.is_end_of_rib;
        for (size_t i = 0; i < 4; i++) {
            const struct bgp_update_part *part = i < 2 ? &u.withdrawn[i] : &u.announced[i - 2];
            const struct bgp_family_info *info = bgp_family_info(part->family);
            struct wire_reader reader = bgp_update_part_reader(part);

            struct bgp_nlri nlri;

            while (part->is_present && info->decode(info, &reader, i < 2, &nlri) == BGP_NLRI_OK) {
                i < 2 ? h.n_withdrawn++ : h.n_announced++;
                h.nlri = nlri;
            }
            if (part->is_present && i >= 2) {
                h.a = u.attrs;
                h.next_hop = part->next_hop;
                bgp_as_path_text(u.attrs.as_path, h.path, sizeof(h.path));
            }
        }
    }
    router_run(r);
    return h;
}

bool next_hop_is(const struct heard *h, const char *text)
{
    struct ip_addr a = addr(text);

    return ip_addr_equal(&h->next_hop, &a);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * UPDATE: golden bytes, round trips, truncation at every octet, and the table of RFC 7606 row by row.
 */
#include "tests/unit/bgpd/cm.h"

#include "bgpd/packet/update.h"

/* Attributes by their bytes. */
#define ORIGIN     "40 01 01 00 "
#define AS_PATH    "40 02 06 02 01 000000c8 " /* 200 */
#define NEXT_HOP   "40 03 04 0a090301 "
#define REACH_LU   "80 0e 11 0001 04 04 0a090301 00 38 00bc41 0a020001 " /* 10.2.0.1/32 label 3012 */
#define REACH_VPN  "80 0e 21 0001 80 0c 0000000000000000 0a010006 00 78 000101 0000006400000001 0a020001 "
#define UNREACH_LU "80 0f 0b 0001 04 38 800000 0a020001 "
#define PREFIX     "20 0a020001"

static struct bgp_attr_scratch scratch;

/* UPDATE body from withdrawn routes, attributes and NLRI in hex. */
static size_t body_of(const char *withdrawn, const char *attrs, const char *nlri, uint8_t *out)
{
    size_t w = hex(withdrawn, out + 2), a, n;

    out[0] = (uint8_t)(w >> 8);
    out[1] = (uint8_t)w;
    a = hex(attrs, out + 4 + w);
    out[2 + w] = (uint8_t)(a >> 8);
    out[3 + w] = (uint8_t)a;
    n = hex(nlri, out + 4 + w + a);
    return 4 + w + a + n;
}

static const struct bgp_update_context ebgp = {.attr = {.is_as4 = true, .is_ebgp = true}, .families = 7};
static const struct bgp_update_context ibgp = {.attr = {.is_as4 = true, .is_ebgp = false}, .families = 7};
static const struct bgp_update_context ebgp_as2 = {.attr = {.is_as4 = false, .is_ebgp = true}, .families = 7};

static enum bgp_outcome decode(const struct bgp_update_context *ctx, const char *withdrawn, const char *attrs,
                               const char *nlri, struct bgp_update *u)
{
    static uint8_t body[8192];
    size_t n = body_of(withdrawn, attrs, nlri, body);

    return bgp_update_decode(body, n, ctx, &scratch, u);
}

static struct bgp_nlri first_nlri(const struct bgp_update_part *p, bool is_withdraw)
{
    const struct bgp_family_info *f = bgp_family_info(p->family);
    struct wire_reader r = bgp_update_part_reader(p);
    struct bgp_nlri n;

    assert_int_equal(f->decode(f, &r, is_withdraw, &n), BGP_NLRI_OK);
    return n;
}

static void test_decode__classic(void **state)
{
    struct bgp_update u;
    struct bgp_nlri n;

    (void)state;
    assert_int_equal(decode(&ebgp, "10 0a05", ORIGIN AS_PATH NEXT_HOP, PREFIX, &u), BGP_ACCEPT);
    assert_true(u.withdrawn[0].is_present && u.announced[0].is_present);
    assert_false(u.withdrawn[1].is_present || u.announced[1].is_present);
    n = first_nlri(&u.announced[0], false);
    assert_int_equal(ip_addr_to_v4(&n.prefix.addr), 0x0a020001);
    assert_int_equal(n.prefix.len, 32);
    n = first_nlri(&u.withdrawn[0], true);
    assert_int_equal(ip_addr_to_v4(&n.prefix.addr), 0x0a050000);
    assert_int_equal(ip_addr_to_v4(&u.announced[0].next_hop), 0x0a090301);
    assert_int_equal(bgp_as_path_neighbor(u.attrs.as_path), 200);
}

static void test_decode__labeled_and_vpn(void **state)
{
    struct bgp_update u;
    struct bgp_nlri n;

    (void)state;
    assert_int_equal(decode(&ebgp, "", REACH_LU ORIGIN AS_PATH, "", &u), BGP_ACCEPT);
    n = first_nlri(&u.announced[1], false);
    assert_int_equal(u.announced[1].family, BGP_IPV4_LABELED);
    assert_int_equal(n.label, 3012);
    assert_int_equal(ip_addr_to_v4(&u.announced[1].next_hop), 0x0a090301);
    /* The bottom-of-stack bit is ignored (RFC 8277 s2.2): 00bc40 is the same. */
    assert_int_equal(decode(&ebgp, "", "80 0e 11 0001 04 04 0a090301 00 38 00bc40 0a020001" ORIGIN AS_PATH, "", &u),
                     BGP_ACCEPT);
    assert_int_equal(first_nlri(&u.announced[1], false).label, 3012);
    assert_int_equal(decode(&ibgp, "", REACH_VPN ORIGIN AS_PATH, "", &u), BGP_ACCEPT);
    n = first_nlri(&u.announced[1], false);
    assert_int_equal(n.label, 16);
    assert_true(n.rd == 0x0000006400000001u);
    assert_int_equal(ip_addr_to_v4(&u.announced[1].next_hop), 0x0a010006);
    /* Any label on withdrawal. */
    assert_int_equal(decode(&ebgp, "", UNREACH_LU, "", &u), BGP_ACCEPT);
    assert_int_equal(first_nlri(&u.withdrawn[1], true).label, 0);
    assert_int_equal(decode(&ebgp, "", "80 0f 0b 0001 04 38 000001 0a020001", "", &u), BGP_ACCEPT);
    assert_int_equal(first_nlri(&u.withdrawn[1], true).prefix.len, 32);
}

static void test_decode__end_of_rib(void **state)
{
    struct bgp_update u;

    (void)state;
    assert_int_equal(decode(&ebgp, "", "", "", &u), BGP_ACCEPT);
    assert_true(u.is_end_of_rib && u.end_of_rib == BGP_IPV4_UNICAST);
    assert_int_equal(decode(&ebgp, "", "80 0f 03 0001 80", "", &u), BGP_ACCEPT);
    assert_true(u.is_end_of_rib && u.end_of_rib == BGP_IPV4_VPN);
    assert_int_equal(decode(&ebgp, "", UNREACH_LU, "", &u), BGP_ACCEPT);
    assert_false(u.is_end_of_rib);
}

/* RFC 7606 and its followers: W treat-as-withdraw, D discard the attribute, R reset, - nothing. With a good route of
 * IPv4 unicast around the attribute, unless `attrs` stands alone. */
struct defect {
    const char *name;
    const char *attrs;
    char outcome;
    const struct bgp_update_context *ctx;
    bool is_alone; /* no ORIGIN, AS_PATH, NEXT_HOP, NLRI are added */
    uint8_t subcode;
};

static const struct defect defects[] = {
    {"origin of two octets", "40 01 02 0000" AS_PATH NEXT_HOP, 'W', &ebgp, true, 0},
    {"origin 3", "40 01 01 03" AS_PATH NEXT_HOP, 'W', &ebgp, true, 0},
    {"origin flags", "c0 01 01 00" AS_PATH NEXT_HOP, 'W', &ebgp, true, 0},
    {"as path segment type", ORIGIN "40 02 06 07 01 000000c8" NEXT_HOP, 'W', &ebgp, true, 0},
    {"as path overrun", ORIGIN "40 02 06 02 02 000000c8" NEXT_HOP, 'W', &ebgp, true, 0},
    {"as path underrun", ORIGIN "40 02 07 02 01 000000c8 02" NEXT_HOP, 'W', &ebgp, true, 0},
    {"as path zero count", ORIGIN "40 02 02 02 00" NEXT_HOP, 'W', &ebgp, true, 0},
    {"as 0", ORIGIN "40 02 06 02 01 00000000" NEXT_HOP, 'W', &ebgp, true, 0},
    {"next hop of 3", ORIGIN AS_PATH "40 03 03 0a0903", 'W', &ebgp, true, 0},
    {"med of 3", "80 04 03 000001", 'W', &ebgp, false, 0},
    {"local pref from ebgp", "40 05 04 00000064", 'D', &ebgp, false, 0},
    {"bad local pref from ebgp", "40 05 01 00", 'D', &ebgp, false, 0},
    {"local pref of 3", "40 05 03 000064", 'W', &ibgp, false, 0},
    {"atomic aggregate of 1", "40 06 01 00", 'D', &ebgp, false, 0},
    {"aggregator of 6", "c0 07 06 00640a010001", 'D', &ebgp, false, 0},
    {"aggregator of 8 from an old peer", "c0 07 08 000000640a010001", 'D', &ebgp_as2, false, 0},
    {"aggregator as 0", "c0 07 08 000000000a010001", 'D', &ebgp, false, 0},
    {"communities of 0", "c0 08 00", 'W', &ebgp, false, 0},
    {"communities of 5", "c0 08 05 0000000000", 'W', &ebgp, false, 0},
    {"originator from ebgp", "80 09 04 0a010001", 'D', &ebgp, false, 0},
    {"originator of 3", "80 09 03 0a0100", 'W', &ibgp, false, 0},
    {"cluster list from ebgp", "80 0a 01 00", 'D', &ebgp, false, 0},
    {"cluster list of 0", "80 0a 00", 'W', &ibgp, false, 0},
    {"cluster list of 5", "80 0a 05 0000000000", 'W', &ibgp, false, 0},
    {"extended communities of 7", "c0 10 07 00000000000000", 'W', &ebgp, false, 0},
    {"extended communities of 0", "c0 10 00", 'W', &ebgp, false, 0},
    {"as4 path on a 4-octet session", "c0 11 06 02 01 000000c8", 'D', &ebgp, false, 0},
    {"as4 path malformed", "c0 11 05 02 01 000000", 'D', &ebgp_as2, false, 0},
    {"as4 aggregator malformed", "c0 12 07 00000064000000", 'D', &ebgp_as2, false, 0},
    {"ipv6 extended communities of 19", "c0 19 13 00000000000000000000000000000000000000", 'W', &ebgp, false, 0},
    {"aigp", "80 1a 03 01 0003", 'D', &ebgp, false, 0},
    {"large communities of 11", "c0 20 0b 0000000000000000000000", 'W', &ebgp, false, 0},
    {"large communities of 0", "c0 20 00", 'W', &ebgp, false, 0},
    {"otc of 5", "c0 23 05 0000000000", 'W', &ebgp, false, 0},
    {"prefix sid malformed", "c0 28 03 01 0007", 'D', &ebgp, false, 0},
    {"prefix sid of nothing", "c0 28 00", 'D', &ebgp, false, 0},
    {"unknown optional transitive", "c0 ff 04 deadbeef", '-', &ebgp, false, 0},
    {"unknown optional", "80 ff 04 deadbeef", '-', &ebgp, false, 0},
    {"unknown well-known", "40 ff 04 deadbeef", 'R', &ebgp, false, BGP_UPDATE_UNKNOWN_WELL_KNOWN},
    {"extended length by its bit", "9f 04 04 00000001", 'W', &ebgp, false, 0}, /* two octets of length: overrun */
    {"unused flag bits", "87 04 04 00000001", '-', &ebgp, false, 0},
    {"origin missing", AS_PATH NEXT_HOP, 'W', &ebgp, true, 0},
    {"as path missing", ORIGIN NEXT_HOP, 'W', &ebgp, true, 0},
    {"next hop missing", ORIGIN AS_PATH, 'W', &ebgp, true, 0},
    {"only an unknown attribute", "c0 1f 10 00000000000000000000000000000000", 'W', &ebgp, true, 0},
    {"no attributes at all", "", 'W', &ebgp, true, 0},
    {"origin twice", "40 01 01 07", '-', &ebgp, false, 0},
    {"mp reach twice", REACH_LU REACH_LU, 'R', &ebgp, false, BGP_UPDATE_MALFORMED_LIST},
    {"mp unreach twice", UNREACH_LU UNREACH_LU, 'R', &ebgp, false, BGP_UPDATE_MALFORMED_LIST},
    {"attribute overruns", "80 04 09 000000", 'W', &ebgp, false, 0},
    {"one octet left", "80", 'W', &ebgp, false, 0},
    {"two octets left", "80 04", 'W', &ebgp, false, 0},
    {"three octets left", "90 04 00", 'W', &ebgp, false, 0},
    {"mp next hop length", "80 0e 10 0001 04 03 0a0903 00 38 00bc41 0a020001", 'R', &ebgp, false,
     BGP_UPDATE_OPTIONAL_ERROR},
    {"mp reach of 4", "80 0e 04 0001 04 00", 'R', &ebgp, false, BGP_UPDATE_OPTIONAL_ERROR},
    {"mp unreach of 2", "80 0f 02 0001", 'R', &ebgp, false, BGP_UPDATE_OPTIONAL_ERROR},
    {"mp flags", "c0 0e 11 0001 04 04 0a090301 00 38 00bc41 0a020001", 'R', &ebgp, false, BGP_UPDATE_OPTIONAL_ERROR},
    {"mp nlri too long", "80 0e 12 0001 04 04 0a090301 00 39 00bc41 0a02000100", 'R', &ebgp, false,
     BGP_UPDATE_OPTIONAL_ERROR},
    {"mp nlri too short for a label", "80 0e 0c 0001 04 04 0a090301 00 10 0a02", 'R', &ebgp, false,
     BGP_UPDATE_OPTIONAL_ERROR},
    {"mp nlri overrun", "80 0e 10 0001 04 04 0a090301 00 38 00bc41 0a0200", 'R', &ebgp, false,
     BGP_UPDATE_OPTIONAL_ERROR},
    {"family that was not negotiated", "80 0e 09 0002 01 04 0a090301 00", '-', &ebgp, false, 0},
    {"several: the strongest", "40 06 01 00 80 04 03 000001", 'W', &ebgp, false, 0},
};

static void test_decode__rfc7606(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
        const struct defect *d = &defects[i];
        char attrs[600];
        struct bgp_update u;
        enum bgp_outcome got, want = d->outcome == 'W'   ? BGP_TREAT_AS_WITHDRAW
                                     : d->outcome == 'D' ? BGP_DISCARD_ATTRIBUTE
                                     : d->outcome == 'R' ? BGP_RESET
                                                         : BGP_ACCEPT;

        snprintf(attrs, sizeof(attrs), "%s%s",
                 d->is_alone           ? ""
                 : d->ctx == &ebgp_as2 ? ORIGIN "40 02 04 02 01 00c8" NEXT_HOP
                                       : ORIGIN AS_PATH NEXT_HOP,
                 d->attrs);
        got = decode(d->ctx, "", attrs, PREFIX, &u);
        if (got != want)
            fail_msg("%s: %s", d->name, bgp_outcome_name(got));
        if (got == BGP_RESET) {
            assert_int_equal(u.error.code, BGP_ERROR_UPDATE);
            assert_int_equal(u.error.subcode, d->subcode);
        } else {
            /* Whatever the defect, the route behind it is found: so it can be withdrawn. */
            assert_true(u.announced[0].is_present);
            assert_int_equal(first_nlri(&u.announced[0], false).prefix.len, 32);
        }
    }
}

static void test_decode__defect_without_a_route_resets(void **state)
{
    struct bgp_update u;

    (void)state;
    assert_int_equal(decode(&ebgp, "", "40 01 02 0000", "", &u), BGP_RESET); /* RFC 7606 s5.2 */
    assert_int_equal(decode(&ebgp, "", UNREACH_LU "40 01 02 0000", "", &u), BGP_RESET);
    assert_int_equal(decode(&ebgp, "", REACH_LU "40 01 02 0000" AS_PATH, "", &u), BGP_TREAT_AS_WITHDRAW);
    assert_true(u.announced[1].is_present);
}

static void test_decode__frame_errors(void **state)
{
    uint8_t body[64];
    struct bgp_update u;
    size_t n;

    (void)state;
    n = hex("0005 0000", body);
    assert_int_equal(bgp_update_decode(body, n, &ebgp, &scratch, &u), BGP_RESET);
    assert_int_equal(u.error.subcode, BGP_UPDATE_MALFORMED_LIST);
    n = hex("0000 0005 00", body);
    assert_int_equal(bgp_update_decode(body, n, &ebgp, &scratch, &u), BGP_RESET);
    assert_int_equal(decode(&ebgp, "", ORIGIN AS_PATH NEXT_HOP, "21 0a02000100", &u), BGP_RESET);
    assert_int_equal(u.error.subcode, BGP_UPDATE_BAD_NETWORK);
    assert_int_equal(decode(&ebgp, "20 0a0200", "", "", &u), BGP_RESET);
    assert_int_equal(u.error.subcode, BGP_UPDATE_BAD_NETWORK);
}

static void test_decode__odd_prefix_is_skipped(void **state)
{
    const struct bgp_family_info *f = bgp_family_info(BGP_IPV4_UNICAST);
    struct bgp_update u;
    struct bgp_nlri n;
    struct wire_reader r;

    (void)state;
    assert_int_equal(decode(&ebgp, "", ORIGIN AS_PATH NEXT_HOP, "08 e0 08 7f 08 0a 00", &u), BGP_ACCEPT);
    r = bgp_update_part_reader(&u.announced[0]);
    assert_int_equal(f->decode(f, &r, false, &n), BGP_NLRI_SKIP);
    assert_int_equal(f->decode(f, &r, false, &n), BGP_NLRI_SKIP);
    assert_int_equal(f->decode(f, &r, false, &n), BGP_NLRI_OK);
    assert_int_equal(f->decode(f, &r, false, &n), BGP_NLRI_OK);
    assert_int_equal(n.prefix.len, 0);
    assert_int_equal(f->decode(f, &r, false, &n), BGP_NLRI_END);
}

static void test_decode__old_peer_with_as4_path(void **state)
{
    struct bgp_update u;
    char text[100];

    (void)state;
    /* 23456 300 in two octets, AS4_PATH 4200000000 300: both hops known. */
    assert_int_equal(decode(&ebgp_as2, "",
                            ORIGIN "40 02 06 02 02 5ba0 012c" NEXT_HOP "c0 11 0a 02 02 fa56ea00 0000012c", PREFIX, &u),
                     BGP_ACCEPT);
    assert_string_equal(bgp_as_path_text(u.attrs.as_path, text, sizeof(text)), "4200000000 300");
    /* A hop more in AS_PATH: it came later. */
    assert_int_equal(decode(&ebgp_as2, "",
                            ORIGIN "40 02 08 02 03 00c8 5ba0 012c" NEXT_HOP "c0 11 0a 02 02 fa56ea00 0000012c", PREFIX,
                            &u),
                     BGP_ACCEPT);
    assert_string_equal(bgp_as_path_text(u.attrs.as_path, text, sizeof(text)), "200 4200000000 300");
    /* AS4_PATH longer than AS_PATH is ignored. */
    assert_int_equal(
        decode(&ebgp_as2, "", ORIGIN "40 02 04 02 01 00c8" NEXT_HOP "c0 11 0a 02 02 fa56ea00 0000012c", PREFIX, &u),
        BGP_ACCEPT);
    assert_string_equal(bgp_as_path_text(u.attrs.as_path, text, sizeof(text)), "200");
    /* An aggregator that is not AS_TRANS makes both twins stale. */
    assert_int_equal(decode(&ebgp_as2, "",
                            ORIGIN "40 02 04 02 01 5ba0" NEXT_HOP "c0 07 06 00c8 0a010001 c0 11 06 02 01 fa56ea00"
                                   "c0 12 08 fa56ea00 0a010001",
                            PREFIX, &u),
                     BGP_ACCEPT);
    assert_int_equal(u.attrs.aggregator_as, 200);
    assert_string_equal(bgp_as_path_text(u.attrs.as_path, text, sizeof(text)), "23456");
}

static void test_decode__unknown_is_passed_on_with_partial(void **state)
{
    struct bgp_update u;
    static const uint8_t want[] = {0xe0, 0xff, 0x02, 0xde, 0xad};

    (void)state;
    assert_int_equal(decode(&ebgp, "", ORIGIN AS_PATH NEXT_HOP "c0 ff 02 dead 80 fe 01 00", PREFIX, &u), BGP_ACCEPT);
    assert_int_equal(u.attrs.unknown.len, sizeof(want));
    assert_memory_equal(u.attrs.unknown.data, want, sizeof(want));
}

static void test_decode__truncated_anywhere_never_overreads(void **state)
{
    static const char *const attrs[] = {
        ORIGIN AS_PATH NEXT_HOP "80 04 04 00000001 40 05 04 00000064 c0 08 04 ffffff01 c0 10 08 0002006400000001",
        REACH_LU ORIGIN AS_PATH NEXT_HOP UNREACH_LU "c0 07 08 000000640a010001 80 09 04 0a010001 80 0a 04 0a010001",
        REACH_VPN ORIGIN AS_PATH NEXT_HOP "c0 20 0c 000000010000000200000003 c0 ff 02 dead",
    };
    struct bgp_update u;

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        uint8_t body[512];
        size_t n = body_of("10 0a05", attrs[k], PREFIX, body);

        assert_int_equal(bgp_update_decode(body, n, &ibgp, &scratch, &u), BGP_ACCEPT);
        for (size_t len = 0; len < n; len++) {
            uint8_t *copy = malloc(len + 1);

            memcpy(copy, body, len);
            bgp_update_decode(copy, len, &ibgp, &scratch, &u);
            bgp_update_decode(copy, len, &ebgp_as2, &scratch, &u);
            free(copy);
        }
        for (size_t at = 0; at < n; at++) { /* and every octet wrong, in turn */
            for (unsigned v = 0; v < 256; v += 51) {
                uint8_t old = body[at];

                body[at] = (uint8_t)v;
                bgp_update_decode(body, n, &ibgp, &scratch, &u);
                bgp_update_decode(body, n, &ebgp_as2, &scratch, &u);
                body[at] = old;
            }
        }
    }
}

/* --- encoding --- */

static struct bgp_attrs sample_attrs(void)
{
    static const uint8_t path[] = {2, 2, 0, 0, 0, 200, 0xfa, 0x56, 0xea, 0};
    static const uint8_t rt[] = {0, 2, 0, 100, 0, 0, 0, 1};
    static const uint8_t community[] = {0, 100, 0, 1};

    return (struct bgp_attrs){.origin = BGP_ORIGIN_INCOMPLETE,
                              .has_med = true,
                              .med = 20,
                              .has_local_pref = true,
                              .local_pref = 100,
                              .has_aggregator = true,
                              .aggregator_as = 4200000000u,
                              .aggregator_id = 0x0a010001,
                              .next_hop = ip_addr_v4(0x0a010004),
                              .as_path = {path, sizeof(path)},
                              .communities = {community, 4},
                              .ext_communities = {rt, 8}};
}

static void round_trip(enum bgp_family f, bool is_as4)
{
    struct bgp_update_context ctx = {.attr = {.is_as4 = is_as4}, .families = 7};
    struct bgp_attrs a = sample_attrs();
    struct bgp_nlri nlri[3] = {{.rd = 1, .prefix = prefix_v4(0x0a020001, 32), .label = 100},
                               {.rd = 1, .prefix = prefix_v4(0x0a020000, 15), .label = 1048575},
                               {.rd = 2, .prefix = prefix_v4(0, 0), .label = 3}};
    uint8_t buf[BGP_MESSAGE_MAX], again[BGP_MESSAGE_MAX];
    size_t used, len = bgp_update_encode(buf, sizeof(buf), f, &a, is_as4, nlri, 3, &used);
    const struct bgp_family_info *info = bgp_family_info(f);
    struct bgp_update u;
    struct wire_reader r;
    struct bgp_nlri n;
    size_t part = f == BGP_IPV4_UNICAST ? 0 : 1;

    assert_int_equal(used, 3);
    assert_int_equal(bgp_update_decode(buf + BGP_HEADER_LEN, len - BGP_HEADER_LEN, &ctx, &scratch, &u), BGP_ACCEPT);
    assert_true(u.announced[part].is_present);
    assert_int_equal(u.announced[part].family, f);
    assert_true(ip_addr_equal(&u.announced[part].next_hop, &a.next_hop));
    r = bgp_update_part_reader(&u.announced[part]);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(info->decode(info, &r, false, &n), BGP_NLRI_OK);
        assert_true(prefix_equal(&n.prefix, &nlri[i].prefix));
        assert_int_equal(n.label, info->has_label ? nlri[i].label : 0);
        assert_true(n.rd == (info->has_rd ? nlri[i].rd : 0));
    }
    assert_int_equal(u.attrs.as_path.len, a.as_path.len);
    assert_memory_equal(u.attrs.as_path.data, a.as_path.data, a.as_path.len);
    assert_int_equal(u.attrs.aggregator_as, a.aggregator_as);
    assert_int_equal(u.attrs.local_pref, 100);
    u.attrs.next_hop = a.next_hop;
    assert_int_equal(bgp_update_encode(again, sizeof(again), f, &u.attrs, is_as4, nlri, 3, &used), len);
    assert_memory_equal(again, buf, len);
}

static void test_encode__round_trips(void **state)
{
    (void)state;
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++) {
        round_trip(f, true);
        round_trip(f, false);
    }
}

static void test_encode__golden_labeled(void **state)
{
    static const uint8_t path[] = {2, 1, 0, 0, 0, 200};
    struct bgp_attrs a = {.next_hop = ip_addr_v4(0x0a090301), .as_path = {path, sizeof(path)}};
    struct bgp_nlri n = {.prefix = prefix_v4(0x0a020001, 32), .label = 3012};
    uint8_t want[128], got[BGP_MESSAGE_MAX];
    size_t used, len = hex("ffffffffffffffffffffffffffffffff 0039 02 0000 0022 90 0e 0011 0001 04 04 0a090301 00"
                           "38 00bc41 0a020001" ORIGIN AS_PATH,
                           want);

    (void)state;
    assert_int_equal(bgp_update_encode(got, sizeof(got), BGP_IPV4_LABELED, &a, true, &n, 1, &used), len);
    assert_memory_equal(got, want, len);
    len = hex("ffffffffffffffffffffffffffffffff 0026 02 0000 000f 90 0f 000b 0001 04 38 800000 0a020001", want);
    assert_int_equal(bgp_withdraw_encode(got, sizeof(got), BGP_IPV4_LABELED, &n, 1, &used), len);
    assert_memory_equal(got, want, len);
    len = hex("ffffffffffffffffffffffffffffffff 0017 02 0000 0000", want);
    assert_int_equal(bgp_end_of_rib_encode(got, sizeof(got), BGP_IPV4_UNICAST), len);
    assert_memory_equal(got, want, len);
    len = hex("ffffffffffffffffffffffffffffffff 001e 02 0000 0007 90 0f 0003 0001 80", want);
    assert_int_equal(bgp_end_of_rib_encode(got, sizeof(got), BGP_IPV4_VPN), len);
    assert_memory_equal(got, want, len);
}

static void test_encode__fills_messages_to_the_brim(void **state)
{
    struct bgp_attrs a = sample_attrs();
    struct bgp_nlri nlri[1200];
    uint8_t buf[BGP_MESSAGE_MAX];

    (void)state;
    for (size_t i = 0; i < 1200; i++)
        nlri[i] = (struct bgp_nlri){.prefix = prefix_v4(0x0a000000 + (uint32_t)i, 32), .label = 16 + (uint32_t)i};
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++) {
        size_t used, len, size = bgp_family_info(f)->encoded_len(bgp_family_info(f), &nlri[0]);

        len = bgp_update_encode(buf, sizeof(buf), f, &a, true, nlri, 1200, &used);
        assert_in_range(len, BGP_MESSAGE_MAX - size + 1, BGP_MESSAGE_MAX);
        assert_in_range(used, 1, 1199);
        len = bgp_withdraw_encode(buf, sizeof(buf), f, nlri, 1200, &used);
        assert_in_range(len, BGP_MESSAGE_MAX - size + 1, BGP_MESSAGE_MAX);
    }
}

static void test_encode__attributes_that_fit_no_message(void **state)
{
    static uint8_t path[4 * BGP_MESSAGE_MAX];
    struct bgp_attrs a = sample_attrs();
    struct bgp_nlri n = {.prefix = prefix_v4(0x0a020001, 32)};
    uint8_t buf[BGP_MESSAGE_MAX];
    size_t used;

    (void)state;
    for (size_t s = 0; s < 8; s++) {
        path[s * 1022] = 2;
        path[s * 1022 + 1] = 255;
    }
    a.as_path = (struct bgp_bytes){path, 8 * 1022};
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        assert_int_equal(bgp_update_encode(buf, sizeof(buf), f, &a, true, &n, 1, &used), 0);
}

static void test_as_path__operations(void **state)
{
    uint8_t out[64];
    char text[64];
    static const uint8_t path[] = {2, 2, 0, 0, 0, 200, 0, 0, 0, 100, 1, 2, 0, 0, 0, 7, 0, 0, 0, 200};
    struct bgp_bytes p = {path, sizeof(path)}, q = {out, 0};

    (void)state;
    assert_true(bgp_as_path_is_valid(p, 4));
    assert_int_equal(bgp_as_path_length(p), 3);
    assert_int_equal(bgp_as_path_neighbor(p), 200);
    assert_int_equal(bgp_as_path_count(p, 200), 2);
    assert_int_equal(bgp_as_path_count(p, 9), 0);
    q.len = bgp_as_path_prepend(p, 65536, out);
    assert_string_equal(bgp_as_path_text(q, text, sizeof(text)), "65536 200 100 {7,200}");
    assert_true(bgp_as_path_has_wide(q));
    bgp_as_path_replace(out, q.len, 200, 100);
    assert_string_equal(bgp_as_path_text(q, text, sizeof(text)), "65536 100 100 {7,100}");
    q.len = bgp_as_path_prepend((struct bgp_bytes){NULL, 0}, 5, out);
    assert_string_equal(bgp_as_path_text(q, text, sizeof(text)), "5");
    bgp_as_path_text(p, text, 9); /* cut, not overrun */
    assert_string_equal(text, "200 100");
}

static void test_as_path__full_segment_starts_another(void **state)
{
    uint8_t path[2 + 4 * 255] = {2, 255}, out[2 + 4 * 255 + 6];
    size_t len;

    (void)state;
    len = bgp_as_path_prepend((struct bgp_bytes){path, sizeof(path)}, 5, out);
    assert_int_equal(len, sizeof(path) + 6);
    assert_int_equal(out[1], 1);
    assert_int_equal(bgp_as_path_length((struct bgp_bytes){out, len}), 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode__classic),
        cmocka_unit_test(test_decode__labeled_and_vpn),
        cmocka_unit_test(test_decode__end_of_rib),
        cmocka_unit_test(test_decode__rfc7606),
        cmocka_unit_test(test_decode__defect_without_a_route_resets),
        cmocka_unit_test(test_decode__frame_errors),
        cmocka_unit_test(test_decode__odd_prefix_is_skipped),
        cmocka_unit_test(test_decode__old_peer_with_as4_path),
        cmocka_unit_test(test_decode__unknown_is_passed_on_with_partial),
        cmocka_unit_test(test_decode__truncated_anywhere_never_overreads),
        cmocka_unit_test(test_encode__round_trips),
        cmocka_unit_test(test_encode__golden_labeled),
        cmocka_unit_test(test_encode__fills_messages_to_the_brim),
        cmocka_unit_test(test_encode__attributes_that_fit_no_message),
        cmocka_unit_test(test_as_path__operations),
        cmocka_unit_test(test_as_path__full_segment_starts_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

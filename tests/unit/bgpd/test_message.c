/* SPDX-License-Identifier: Apache-2.0
 *
 * Header, OPEN, NOTIFICATION, ROUTE-REFRESH: golden bytes, round trips, truncation at every octet, every error.
 */
#include "tests/unit/bgpd/cm.h"

#include "bgpd/packet/family.h"
#include "bgpd/packet/message.h"
#include "bgpd/packet/open.h"

#define MARKER "ffffffff ffffffff ffffffff ffffffff "

/* AS 100, hold 30, id 10.1.0.4; unicast, labelled, VPN, refresh, 4-octet AS. */
static const char golden_open[] = MARKER "0041 01 04 0064 001e 0a010004 24"
                                         "02 06 01 04 0001 00 01"
                                         "02 06 01 04 0001 00 04"
                                         "02 06 01 04 0001 00 80"
                                         "02 02 02 00"
                                         "02 06 41 04 00000064";

static const struct bgp_open sample_open = {.as = 100,
                                            .hold_time_sec = 30,
                                            .router_id = 0x0a010004,
                                            .families = 7,
                                            .has_multiprotocol = true,
                                            .has_route_refresh = true,
                                            .has_as4 = true};

static void test_open__golden_both_ways(void **state)
{
    uint8_t want[128], got[128];
    size_t n = hex(golden_open, want);
    struct bgp_error e;
    struct bgp_open o;

    (void)state;
    assert_int_equal(bgp_open_encode(got, sizeof(got), &sample_open), n);
    assert_memory_equal(got, want, n);
    assert_true(bgp_open_decode(want + BGP_HEADER_LEN, n - BGP_HEADER_LEN, &o, &e));
    assert_int_equal(o.as, 100);
    assert_int_equal(o.families, 7);
    assert_int_equal(o.hold_time_sec, 30);
    assert_true(o.has_as4 && o.has_route_refresh && o.has_multiprotocol);
}

static void test_open__wide_as_is_as_trans_in_two_octets(void **state)
{
    struct bgp_open o = sample_open, back;
    struct bgp_error e;
    uint8_t buf[128];
    size_t n;

    (void)state;
    o.as = 4200000000u;
    n = bgp_open_encode(buf, sizeof(buf), &o);
    assert_int_equal(buf[20] << 8 | buf[21], BGP_AS_TRANS);
    assert_true(bgp_open_decode(buf + BGP_HEADER_LEN, n - BGP_HEADER_LEN, &back, &e));
    assert_int_equal(back.as, 4200000000u);
}

static void test_open__truncated_anywhere_is_malformed(void **state)
{
    uint8_t bytes[128];
    size_t n = hex(golden_open, bytes);
    struct bgp_error e;
    struct bgp_open o;

    (void)state;
    for (size_t len = 0; len < n - BGP_HEADER_LEN; len++) {
        uint8_t *copy = malloc(len + 1); /* exact size: the sanitizer sees any over-read */

        memcpy(copy, bytes + BGP_HEADER_LEN, len);
        assert_false(bgp_open_decode(copy, len, &o, &e));
        assert_int_equal(e.code, BGP_ERROR_OPEN);
        free(copy);
    }
}

static void expect_open(const char *body, bool is_good, uint8_t subcode, struct bgp_open *o)
{
    uint8_t bytes[300];
    size_t n = hex(body, bytes);
    struct bgp_error e;

    assert_int_equal(bgp_open_decode(bytes, n, o, &e), is_good);
    if (!is_good) {
        assert_int_equal(e.code, BGP_ERROR_OPEN);
        assert_int_equal(e.subcode, subcode);
    }
}

static void test_open__errors(void **state)
{
    struct bgp_open o;

    (void)state;
    expect_open("03 0064 001e 0a010004 00", false, BGP_OPEN_BAD_VERSION, &o);
    expect_open("04 0000 001e 0a010004 00", false, BGP_OPEN_BAD_AS, &o);
    expect_open("04 0064 001e 00000000 00", false, BGP_OPEN_BAD_ID, &o);
    expect_open("04 0064 0001 0a010004 00", false, BGP_OPEN_BAD_HOLD_TIME, &o);
    expect_open("04 0064 0002 0a010004 00", false, BGP_OPEN_BAD_HOLD_TIME, &o);
    expect_open("04 0064 001e 0a010004 02 01 00", false, BGP_OPEN_BAD_PARAMETER, &o);
    expect_open("04 0064 001e 0a010004 04 02 02 02 05", false, BGP_OPEN_MALFORMED, &o);       /* capability too long */
    expect_open("04 0064 001e 0a010004 05 02 03 41 01 00", false, BGP_OPEN_MALFORMED, &o);    /* 4-octet AS of one */
    expect_open("04 0064 001e 0a010004 08 02 06 41 04 00000000", false, BGP_OPEN_BAD_AS, &o); /* AS 0 in it */
    expect_open("04 0064 001e 0a010004 00 00", false, BGP_OPEN_MALFORMED, &o);                /* something behind */
}

static void test_open__what_is_unknown_is_ignored(void **state)
{
    struct bgp_open o;

    (void)state;
    /* Capabilities 6, 64, 73 and a family that nobody speaks here. */
    expect_open("04 0064 0000 0a010004 10 02 0e 06 00 40 02 0078 01 04 4004 00 47 49 00", true, 0, &o);
    assert_true(o.has_multiprotocol);
    assert_int_equal(o.families, 0);
    assert_false(o.has_as4);
}

static void test_open__without_capabilities_means_unicast(void **state)
{
    struct bgp_open o;

    (void)state;
    expect_open("04 0064 001e 0a010004 00", true, 0, &o);
    assert_int_equal(o.families, BGP_FAMILY_BIT(BGP_IPV4_UNICAST));
    assert_int_equal(o.as, 100);
}

static void test_open__extended_parameters(void **state)
{
    struct bgp_open o;

    (void)state;
    expect_open("04 0064 001e 0a010004 ff ff 0009 02 0006 01 04 0001 00 80", true, 0, &o);
    assert_int_equal(o.families, BGP_FAMILY_BIT(BGP_IPV4_VPN));
    expect_open("04 0064 001e 0a010004 ff", false, BGP_OPEN_MALFORMED, &o);
    expect_open("04 0064 001e 0a010004 ff ff", false, BGP_OPEN_MALFORMED, &o);
    expect_open("04 0064 001e 0a010004 ff ff 00", false, BGP_OPEN_MALFORMED, &o);
    expect_open("04 0064 001e 0a010004 ff ff ffff", false, BGP_OPEN_MALFORMED, &o);
    expect_open("04 0064 001e 0a010004 ff 00", false, BGP_OPEN_MALFORMED, &o);
}

static enum bgp_header_status header_of(const char *text, struct bgp_error *e)
{
    uint8_t bytes[BGP_MESSAGE_MAX] = {0};
    struct bgp_header h;
    size_t n = hex(text, bytes);

    *e = (struct bgp_error){0};
    return bgp_header_decode(bytes, n, &h, e);
}

static void test_header__outcomes(void **state)
{
    static const struct {
        const char *text;
        enum bgp_header_status status;
        uint8_t subcode;
    } cases[] = {
        {"", BGP_HEADER_MORE, 0},
        {"ff", BGP_HEADER_MORE, 0},
        {"fe", BGP_HEADER_ERROR, BGP_HEADER_NOT_SYNCHRONIZED},
        {MARKER "0013 04", BGP_HEADER_OK, 0},
        {MARKER "0013", BGP_HEADER_MORE, 0},
        {MARKER "0012 04", BGP_HEADER_ERROR, BGP_HEADER_BAD_LENGTH},
        {MARKER "1001 02", BGP_HEADER_ERROR, BGP_HEADER_BAD_LENGTH},
        {MARKER "0014 04", BGP_HEADER_ERROR, BGP_HEADER_BAD_LENGTH}, /* KEEPALIVE with a body */
        {MARKER "0016 02", BGP_HEADER_ERROR, BGP_HEADER_BAD_LENGTH},
        {MARKER "001c 01", BGP_HEADER_ERROR, BGP_HEADER_BAD_LENGTH},
        {MARKER "0014 03", BGP_HEADER_ERROR, BGP_HEADER_BAD_LENGTH},
        {MARKER "0013 00", BGP_HEADER_ERROR, BGP_HEADER_BAD_TYPE},
        {MARKER "0013 06", BGP_HEADER_ERROR, BGP_HEADER_BAD_TYPE},
        {MARKER "1000 02", BGP_HEADER_MORE, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bgp_error e;

        assert_int_equal(header_of(cases[i].text, &e), cases[i].status);
        if (cases[i].status == BGP_HEADER_ERROR) {
            assert_int_equal(e.code, BGP_ERROR_HEADER);
            assert_int_equal(e.subcode, cases[i].subcode);
        }
    }
}

static void test_notification__round_trip_and_short(void **state)
{
    const uint8_t data[] = {1, 2, 3};
    struct bgp_notification n = {.code = 6, .subcode = 2, .data = data, .data_len = 3}, back;
    uint8_t buf[64];
    size_t len = bgp_notification_encode(buf, sizeof(buf), &n);
    char text[60];

    (void)state;
    assert_int_equal(len, 24);
    assert_true(bgp_notification_decode(buf + BGP_HEADER_LEN, len - BGP_HEADER_LEN, &back));
    assert_int_equal(back.code, 6);
    assert_int_equal(back.subcode, 2);
    assert_int_equal(back.data_len, 3);
    assert_false(bgp_notification_decode(buf, 0, &back));
    assert_false(bgp_notification_decode(buf, 1, &back));
    assert_string_equal(bgp_error_text(6, 2, text, sizeof(text)), "cease/administrative-shutdown");
    assert_string_equal(bgp_error_text(250, 250, text, sizeof(text)), "code-250/250");
    assert_string_equal(bgp_error_text(4, 0, text, sizeof(text)), "hold-timer-expired");
    assert_string_equal(bgp_error_text(6, 77, text, sizeof(text)), "cease/77");
}

static void test_refresh__round_trip_and_short(void **state)
{
    struct bgp_refresh r = {.afi = 1, .safi = 128}, back;
    struct bgp_error e = {0};
    uint8_t buf[64];
    size_t len = bgp_refresh_encode(buf, sizeof(buf), &r);

    (void)state;
    assert_int_equal(len, 23);
    assert_true(bgp_refresh_decode(buf + BGP_HEADER_LEN, 4, &back, &e));
    assert_int_equal(back.afi, 1);
    assert_int_equal(back.safi, 128);
    for (size_t n = 0; n < 4; n++)
        assert_false(bgp_refresh_decode(buf + BGP_HEADER_LEN, n, &back, &e));
}

static void test_encoders__say_when_there_is_no_room(void **state)
{
    uint8_t buf[20];

    (void)state;
    assert_int_equal(bgp_keepalive_encode(buf, 18), 0);
    assert_int_equal(bgp_keepalive_encode(buf, 19), 19);
    assert_int_equal(bgp_open_encode(buf, sizeof(buf), &sample_open), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open__golden_both_ways),
        cmocka_unit_test(test_open__wide_as_is_as_trans_in_two_octets),
        cmocka_unit_test(test_open__truncated_anywhere_is_malformed),
        cmocka_unit_test(test_open__errors),
        cmocka_unit_test(test_open__what_is_unknown_is_ignored),
        cmocka_unit_test(test_open__without_capabilities_means_unicast),
        cmocka_unit_test(test_open__extended_parameters),
        cmocka_unit_test(test_header__outcomes),
        cmocka_unit_test(test_notification__round_trip_and_short),
        cmocka_unit_test(test_refresh__round_trip_and_short),
        cmocka_unit_test(test_encoders__say_when_there_is_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages between daemons and mgmtd as bytes: golden, round trip, cut at every octet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipc/north/front_msg.h"
#include "lib/ipc/north/north_msg.h"
#include "strata/mem.h"

static const uint8_t edits[] = {1, 2, 0, 255};

static void test_messages__to_daemon(void **state)
{
    struct north_to_daemon in = {.id = 7,
                                 .version = 1ull << 33,
                                 .base_version = 5,
                                 .edits = edits,
                                 .len = sizeof(edits),
                                 .path = "/rib",
                                 .name = "mpls guard",
                                 .argument = "disable",
                                 .text = "no"};
    struct north_to_daemon out;
    struct north_held held;
    size_t len;
    (void)state;

    uint8_t *bytes = north_to_daemon_encode(&in, &len);
    assert_int_equal(north_to_daemon_decode(bytes, len, &out, &held), 0);
    assert_int_equal(out.id, 7);
    assert_true(out.version == 1ull << 33 && out.base_version == 5);
    assert_int_equal(out.len, sizeof(edits));
    assert_memory_equal(out.edits, edits, sizeof(edits));
    assert_string_equal(out.path, "/rib");
    assert_string_equal(out.name, "mpls guard");
    assert_string_equal(out.argument, "disable");
    assert_string_equal(out.text, "no");
    north_to_daemon_release(&held);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = malloc(cut + 1);
        memcpy(copy, bytes, cut);
        if (north_to_daemon_decode(copy, cut, &out, &held) == 0)
            north_to_daemon_release(&held); /* a shorter message may be a whole one */
        free(copy);
    }
    mem_free(NULL, bytes);
}

static void test_messages__from_daemon_golden(void **state)
{
    static const uint8_t golden[] = {0x08, 0x03, 0x10, 0x09, 0x19, 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01,
                                     0x20, 0x01, 0x30, 0x2b, 0x3a, 0x02, '/',  'x',  0x42, 0x01, 'n',  0x68, 0x01};
    struct north_from_daemon in = {.id = 3,
                                   .version = 9,
                                   .schema_hash = 0x0102030405060708ull,
                                   .is_refused = true,
                                   .error = -22,
                                   .answers_ping = true,
                                   .path = "/x",
                                   .text = "n"};
    struct north_from_daemon out;
    struct north_held held;
    size_t len;
    (void)state;

    uint8_t *bytes = north_from_daemon_encode(&in, &len);
    assert_int_equal(len, sizeof(golden));
    assert_memory_equal(bytes, golden, len);
    assert_int_equal(north_from_daemon_decode(golden, sizeof(golden), &out, &held), 0);
    assert_true(out.schema_hash == in.schema_hash && out.is_refused && !out.is_last && out.error == -22 &&
                out.answers_ping);
    assert_string_equal(out.path, "/x");
    north_from_daemon_release(&held);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = malloc(cut + 1);
        memcpy(copy, golden, cut);
        if (north_from_daemon_decode(copy, cut, &out, &held) == 0)
            north_from_daemon_release(&held);
        free(copy);
    }
    mem_free(NULL, bytes);
}

static void test_messages__request_out_of_range(void **state)
{
    static const uint8_t unknown_op[] = {0x08, 0x01, 0x10, 0x63}, no_op[] = {0x08, 0x01},
                         bad_format[] = {0x08, 0x01, 0x10, 0x01, 0x18, 0x09}, good[] = {0x08, 0x05, 0x10, 0x03};
    struct front_request r;
    uint64_t id;
    void *held;
    (void)state;

    assert_int_equal(front_request_decode(unknown_op, sizeof(unknown_op), &id, &r, &held), -EBADMSG);
    assert_int_equal(front_request_decode(no_op, sizeof(no_op), &id, &r, &held), -EBADMSG);
    assert_int_equal(front_request_decode(bad_format, sizeof(bad_format), &id, &r, &held), -EBADMSG);
    assert_int_equal(front_request_decode(good, sizeof(good), &id, &r, &held), 0);
    assert_true(id == 5 && r.op == FRONT_CHECK && r.text[0] == '\0');
    front_request_release(held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages__to_daemon),
        cmocka_unit_test(test_messages__from_daemon_golden),
        cmocka_unit_test(test_messages__request_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

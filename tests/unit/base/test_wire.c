/* SPDX-License-Identifier: Apache-2.0
 *
 * Cursors: golden bytes both ways, truncation at every byte, and that a failed cursor stays failed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "strata/wire.h"

static const uint8_t golden[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b,
                                 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 'a',  'b',  'c'};

/* Reads the golden message; true if it was whole. */
static bool read_golden(const uint8_t *data, size_t len)
{
    struct wire_reader r = wire_reader_of(data, len);
    struct wire_reader sub;
    const uint8_t *tail;
    uint8_t a = wire_u8(&r);
    uint16_t b = wire_be16(&r);
    uint32_t c = wire_be24(&r);
    uint32_t d = wire_be32(&r);
    uint64_t e = wire_be64(&r);

    sub = wire_sub(&r, 3);
    tail = wire_bytes(&sub, 3);
    if (r.failed) {
        assert_int_equal(wire_left(&r), 0);
        assert_true(sub.failed);
        assert_null(tail);
        return false;
    }
    assert_int_equal(a, 0x01);
    assert_int_equal(b, 0x0203);
    assert_int_equal(c, 0x040506);
    assert_int_equal(d, 0x0708090a);
    assert_true(e == 0x0b0c0d0e0f101112u);
    assert_memory_equal(tail, "abc", 3);
    assert_int_equal(wire_left(&sub), 0);
    return true;
}

static void test_wire__reads_golden_and_every_truncation(void **state)
{
    (void)state;
    for (size_t len = 0; len <= sizeof(golden); len++) {
        uint8_t *exact = test_malloc(len + 1); /* so that an overrun is seen */

        memcpy(exact + 1, golden, len);
        assert_int_equal(read_golden(exact + 1, len), len == sizeof(golden));
        test_free(exact);
    }
    assert_false(read_golden(NULL, 0));
}

static bool write_golden(uint8_t *buf, size_t size, size_t *used)
{
    struct wire_writer w = wire_writer_of(buf, size);
    size_t mark;

    wire_put_u8(&w, 1);
    mark = wire_reserve(&w, 2);
    wire_put_be24(&w, 0x040506);
    wire_put_be32(&w, 0x0708090a);
    wire_put_be64(&w, 0x0b0c0d0e0f101112u);
    wire_put_bytes(&w, "abc", 3);
    wire_patch_be16(&w, mark, 0x0203);
    *used = w.pos;
    return !w.failed;
}

static void test_wire__writes_golden_and_every_truncation(void **state)
{
    (void)state;
    for (size_t size = 0; size <= sizeof(golden) + 1; size++) {
        uint8_t *exact = test_malloc(size + 1);
        size_t used;
        bool ok;

        exact[size] = 0xee;
        ok = write_golden(exact, size, &used);
        assert_int_equal(ok, size >= sizeof(golden));
        if (ok) {
            assert_int_equal(used, sizeof(golden));
            assert_memory_equal(exact, golden, sizeof(golden));
        }
        assert_int_equal(exact[size], 0xee);
        test_free(exact);
    }
}

static void test_wire__reader_stays_failed(void **state)
{
    struct wire_reader r = wire_reader_of(golden, 3);

    (void)state;
    assert_int_equal(wire_be32(&r), 0);
    assert_true(r.failed);
    assert_int_equal(wire_u8(&r), 0); /* there would be a byte, but the message is broken */
    assert_null(wire_bytes(&r, 0));
    assert_int_equal(wire_left(&r), 0);
}

static void test_wire__huge_counts_do_not_wrap(void **state)
{
    struct wire_reader r = wire_reader_of(golden, sizeof(golden));
    struct wire_reader sub;
    uint8_t buf[4];
    struct wire_writer w = wire_writer_of(buf, sizeof(buf));

    (void)state;
    wire_u8(&r);
    wire_skip(&r, SIZE_MAX);
    assert_true(r.failed);
    r = wire_reader_of(golden, sizeof(golden));
    wire_u8(&r);
    sub = wire_sub(&r, SIZE_MAX - 1);
    assert_true(sub.failed);
    assert_int_equal(wire_u8(&sub), 0);
    wire_put_u8(&w, 1);
    wire_put_bytes(&w, golden, SIZE_MAX);
    assert_true(w.failed);
}

static void test_wire__sub_cannot_pass_its_end(void **state)
{
    struct wire_reader r = wire_reader_of(golden, 4);
    struct wire_reader sub = wire_sub(&r, 2);

    (void)state;
    assert_int_equal(wire_left(&r), 2);
    assert_int_equal(wire_be24(&sub), 0);
    assert_true(sub.failed);
    assert_false(r.failed);
    assert_int_equal(wire_be16(&r), 0x0304);
    assert_non_null(wire_bytes(&r, 0));
    assert_false(r.failed);
}

static void test_wire__patches_only_what_was_written(void **state)
{
    uint8_t buf[8];
    struct wire_writer w = wire_writer_of(buf, sizeof(buf));
    size_t mark = wire_reserve(&w, 1);

    (void)state;
    assert_int_equal(buf[mark], 0);
    wire_patch_u8(&w, mark, 9);
    assert_int_equal(buf[0], 9);
    assert_false(w.failed);
    wire_patch_be16(&w, 0, 1); /* one byte too far */
    assert_true(w.failed);
    w = wire_writer_of(buf, sizeof(buf));
    wire_patch_u8(&w, SIZE_MAX, 1);
    assert_true(w.failed);
}

static void test_wire__empty_writer(void **state)
{
    struct wire_writer w = wire_writer_of(NULL, 10);

    (void)state;
    wire_put_bytes(&w, NULL, 0);
    assert_false(w.failed);
    wire_put_u8(&w, 1);
    assert_true(w.failed);
    wire_put_be16(&w, 1);
    assert_int_equal(w.pos, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire__reads_golden_and_every_truncation),
        cmocka_unit_test(test_wire__writes_golden_and_every_truncation),
        cmocka_unit_test(test_wire__reader_stays_failed),
        cmocka_unit_test(test_wire__huge_counts_do_not_wrap),
        cmocka_unit_test(test_wire__sub_cannot_pass_its_end),
        cmocka_unit_test(test_wire__patches_only_what_was_written),
        cmocka_unit_test(test_wire__empty_writer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

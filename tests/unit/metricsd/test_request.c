/* SPDX-License-Identifier: Apache-2.0
 *
 * The head of a request, whole and cut at every octet; what is not for us; answers as bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "src/metricsd/http/request.h"

static enum http_outcome outcome_of(const char *text)
{
    return http_request_read((const uint8_t *)text, strlen(text));
}

static void test_request__methods_and_targets(void **state)
{
    (void)state;
    assert_int_equal(outcome_of("GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"), HTTP_GET_METRICS);
    assert_int_equal(outcome_of("GET /metrics HTTP/1.0\n\n"), HTTP_GET_METRICS);
    assert_int_equal(outcome_of("GET /metrics?a=b HTTP/1.1\r\n\r\n"), HTTP_GET_METRICS);
    assert_int_equal(outcome_of("HEAD /metrics HTTP/1.1\r\n\r\n"), HTTP_HEAD_METRICS);
    assert_int_equal(outcome_of("POST /metrics HTTP/1.1\r\n\r\n"), HTTP_BAD_METHOD);
    assert_int_equal(outcome_of("get /metrics HTTP/1.1\r\n\r\n"), HTTP_BAD_METHOD);
    assert_int_equal(outcome_of("GET / HTTP/1.1\r\n\r\n"), HTTP_NOT_FOUND);
    assert_int_equal(outcome_of("GET /metrics/ HTTP/1.1\r\n\r\n"), HTTP_NOT_FOUND);
    assert_int_equal(outcome_of("GET /metrics HTTP/2.0\r\n\r\n"), HTTP_BAD_VERSION);
}

static void test_request__malformed(void **state)
{
    static const char *const bad[] = {
        "\r\n\r\n",
        "GET\r\n\r\n",
        "GET /metrics\r\n\r\n",
        "GET  /metrics HTTP/1.1\r\n\r\n",
        "GET /metrics HTTP/1.1 x\r\n\r\n",
        "GET /metrics HTTP/11\r\n\r\n",
        "GET metrics HTTP/1.1\r\n\r\n",
        "GET ?x HTTP/1.1\r\n\r\n",
        " /metrics HTTP/1.1\r\n\r\n",
        "GET /metr\x01ics HTTP/1.1\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (outcome_of(bad[i]) != HTTP_BAD_REQUEST)
            fail_msg("%s: %d", bad[i], outcome_of(bad[i]));
}

static void test_request__comes_in_pieces(void **state)
{
    static const char whole[] = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    (void)state;
    for (size_t cut = 0; cut + 1 < sizeof(whole); cut++) {
        uint8_t *copy = malloc(cut + 1); /* of this very size, so that a look behind it is seen */
        memcpy(copy, whole, cut);
        assert_int_equal(http_request_read(copy, cut), HTTP_MORE);
        free(copy);
    }
    assert_int_equal(outcome_of(whole), HTTP_GET_METRICS);
}

static void test_request__has_a_limit(void **state)
{
    static uint8_t data[HTTP_REQUEST_MAX + 16];
    (void)state;
    memset(data, 'a', sizeof(data));
    assert_int_equal(http_request_read(data, HTTP_REQUEST_MAX - 1), HTTP_MORE);
    assert_int_equal(http_request_read(data, HTTP_REQUEST_MAX), HTTP_TOO_LONG);
    memcpy(data, "GET /metrics HTTP/1.1\r\n", 23);
    memcpy(data + HTTP_REQUEST_MAX, "\r\n\r\n", 4); /* too late */
    assert_int_equal(http_request_read(data, sizeof(data)), HTTP_TOO_LONG);
}

static void test_request__answers(void **state)
{
    char out[512];
    (void)state;
    out[http_error_write(HTTP_BAD_METHOD, out, sizeof(out))] = '\0';
    assert_string_equal(out, "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain; charset=utf-8\r\n"
                             "Content-Length: 19\r\nAllow: GET, HEAD\r\nConnection: close\r\n\r\nMethod Not Allowed\n");
    out[http_head_write("text/x", 7, out, sizeof(out))] = '\0';
    assert_string_equal(out,
                        "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 7\r\nConnection: close\r\n\r\n");
    for (enum http_outcome o = HTTP_BAD_REQUEST; o < HTTP_OUTCOME_COUNT; o++)
        assert_true(http_error_write(o, out, sizeof(out)) > 0);
    assert_int_equal(http_head_write("text/x", 7, out, 10), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request__methods_and_targets),
        cmocka_unit_test(test_request__malformed),
        cmocka_unit_test(test_request__comes_in_pieces),
        cmocka_unit_test(test_request__has_a_limit),
        cmocka_unit_test(test_request__answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

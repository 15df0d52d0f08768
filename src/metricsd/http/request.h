/* SPDX-License-Identifier: Apache-2.0
 *
 * The little of HTTP/1.0 and 1.1 that a collector of metrics speaks (RFC 9112): one request without a body, one answer,
 * and the connection ends. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HTTP_REQUEST_MAX 8192 /* of a request's head */

enum http_outcome {
    HTTP_MORE,        /* the head is not complete yet */
    HTTP_GET_METRICS, /* GET /metrics */
    HTTP_HEAD_METRICS,
    HTTP_BAD_REQUEST,
    HTTP_NOT_FOUND,
    HTTP_BAD_METHOD,
    HTTP_TOO_LONG,
    HTTP_BAD_VERSION,
    HTTP_OUTCOME_COUNT,
};

enum http_outcome http_request_read(const uint8_t *data, size_t len);
/* The head of an answer, with its body if it is an error. Returns its length. */
size_t http_error_write(enum http_outcome outcome, char *out, size_t size);
size_t http_head_write(const char *content_type, size_t body_len, char *out, size_t size);
size_t http_unavailable_write(const char *why, char *out, size_t size);

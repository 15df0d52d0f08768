/* SPDX-License-Identifier: Apache-2.0
 *
 * See request.h.
 */
#include "src/metricsd/http/request.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int status;
    const char *reason, *more;
} answers[HTTP_OUTCOME_COUNT] = {
    [HTTP_BAD_REQUEST] = {400, "Bad Request", ""},
    [HTTP_NOT_FOUND] = {404, "Not Found", ""},
    [HTTP_BAD_METHOD] = {405, "Method Not Allowed", "Allow: GET, HEAD\r\n"},
    [HTTP_TOO_LONG] = {431, "Request Header Fields Too Large", ""},
    [HTTP_BAD_VERSION] = {505, "HTTP Version Not Supported", ""},
};

/* Where the head ends; 0: not in here. Lines may end without CR (RFC 9112 section 2.2). */
static size_t head_len(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] != '\n')
            continue;
        if (i + 1 < len && data[i + 1] == '\n')
            return i + 2;
        if (i + 2 < len && data[i + 1] == '\r' && data[i + 2] == '\n')
            return i + 3;
    }
    return 0;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

static bool is_clean(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            return false;
    return true;
}

static bool is_version(const char *text, size_t len)
{
    return len == 8 && memcmp(text, "HTTP/", 5) == 0 && text[5] >= '0' && text[5] <= '9' && text[6] == '.' &&
           text[7] >= '0' && text[7] <= '9';
}

static enum http_outcome judge(const char *line, size_t len)
{
    const char *target = memchr(line, ' ', len), *version, *query;
    size_t method_len, target_len;

    if (!target || !is_clean(line, len))
        return HTTP_BAD_REQUEST;
    method_len = (size_t)(target - line);
    target++;
    version = memchr(target, ' ', len - method_len - 1);
    if (!version || method_len == 0 || !is_version(version + 1, len - (size_t)(version + 1 - line)))
        return HTTP_BAD_REQUEST;
    if (version[6] != '1')
        return HTTP_BAD_VERSION;
    query = memchr(target, '?', (size_t)(version - target));
    target_len = (size_t)((query ? query : version) - target);
    if (target_len == 0 || target[0] != '/')
        return HTTP_BAD_REQUEST;
    if (!is_word(target, target_len, "/metrics"))
        return HTTP_NOT_FOUND;
    if (is_word(line, method_len, "GET"))
        return HTTP_GET_METRICS;
    return is_word(line, method_len, "HEAD") ? HTTP_HEAD_METRICS : HTTP_BAD_METHOD;
}

enum http_outcome http_request_read(const uint8_t *data, size_t len)
{
    size_t head = head_len(data, len < HTTP_REQUEST_MAX ? len : HTTP_REQUEST_MAX);
    const uint8_t *end;
    size_t line;

    if (head == 0)
        return len >= HTTP_REQUEST_MAX ? HTTP_TOO_LONG : HTTP_MORE;
    end = memchr(data, '\n', head);
    line = (size_t)(end - data);
    if (line && data[line - 1] == '\r')
        line--;
    return judge((const char *)data, line);
}

size_t http_error_write(enum http_outcome outcome, char *out, size_t size)
{
    int n = snprintf(out, size,
                     "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n%s"
                     "Connection: close\r\n\r\n%s\n",
                     answers[outcome].status, answers[outcome].reason, strlen(answers[outcome].reason) + 1,
                     answers[outcome].more, answers[outcome].reason);

    return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

size_t http_unavailable_write(const char *why, char *out, size_t size)
{
    int n = snprintf(out, size,
                     "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
                     "Content-Length: %zu\r\nRetry-After: 5\r\nConnection: close\r\n\r\n%s\n",
                     strlen(why) + 1, why);

    return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

size_t http_head_write(const char *content_type, size_t body_len, char *out, size_t size)
{
    int n =
        snprintf(out, size, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                 content_type, body_len);

    return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

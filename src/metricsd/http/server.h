/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTTP side: connections, their limits and timeouts. It asks its owner for the text, once for all who wait.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct env;
struct http_server;
struct stream_addr;

#define HTTP_CONNECTIONS_MAX 16
#define HTTP_READ_MS         10000 /* for the request to come */
#define HTTP_WRITE_MS        10000 /* without anything taken of the answer */

struct http_counters {
    uint64_t requests, refused, cut; /* served or not; one too many; too slow */
};

/* wanted(): somebody waits; http_server_answer or _fail must follow, at once or later. */
struct http_server *http_server_create(const struct env *env, void (*wanted)(void *arg), void *arg);
void http_server_destroy(struct http_server *s);
/* Listens there, too. 0 or -errno. */
int http_server_listen(struct http_server *s, const struct stream_addr *addr);
/* Ends all listeners of TCP; connections live on. */
void http_server_unlisten_tcp(struct http_server *s);
/* To all who wait. The text is copied. */
void http_server_answer(struct http_server *s, const char *content_type, const char *text, size_t len);
void http_server_fail(struct http_server *s, const char *why);
const struct http_counters *http_server_counters(const struct http_server *s);

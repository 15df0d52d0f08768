/* SPDX-License-Identifier: Apache-2.0
 *
 * Netlink sockets: one request with its answer, dumps, and the kernel's own words for a refusal.
 */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mnl_socket;

#define NL_HEADER sizeof(struct nlmsghdr)

static inline size_t nl_align(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

enum { NL_BUFFER = 65536, NL_MESSAGE_MAX = 16384 };

struct nl_sock {
    struct mnl_socket *mnl;
    int fd;
    uint32_t portid;
    uint32_t seq;
    uint8_t *buffer; /* NL_BUFFER, for receiving */
};

/* Non-blocking for listeners, else requests wait (5 s at most). 0 or -errno. */
int nl_open(struct nl_sock *s, int bus, bool is_listener);
void nl_close(struct nl_sock *s); /* allowed on a zeroed one */
int nl_join(struct nl_sock *s, uint32_t group);

/* Sends nlh (flags get REQUEST|ACK) and waits. 0 or -errno; `why` (RIB_TEXT_MAX, may be NULL) gets the kernel's text.
 */
int nl_request(struct nl_sock *s, struct nlmsghdr *nlh, char *why);

typedef void nl_message_fn(void *arg, const struct nlmsghdr *nlh);
/* Sends nlh as a dump and calls fn for each answer. -EINTR: the tables changed meanwhile, the answer may be torn. */
int nl_dump(struct nl_sock *s, struct nlmsghdr *nlh, nl_message_fn *fn, void *arg);
/* The same without waiting, on a listener's socket, which is of no other use until it is over. */
struct nl_dump {
    uint32_t seq;
    nl_message_fn *fn;
    void *arg;
    bool is_done, is_torn;
    int error;
};
int nl_dump_begin(struct nl_sock *s, struct nlmsghdr *nlh, struct nl_dump *d);
/* Takes n buffers of what has come at most. True: it is over, with *error as nl_dump() gives it. */
bool nl_dump_go_on(struct nl_sock *s, struct nl_dump *d, int n, int *error);
/* Sends nlh (no dump) and calls fn for its one answer. */
int nl_get(struct nl_sock *s, struct nlmsghdr *nlh, nl_message_fn *fn, void *arg);

/* The error of an NLMSG_ERROR message: 0 or -errno; -EBADMSG if it is cut short. */
int nl_error(const struct nlmsghdr *nlh);
/* The kernel's words (extack), else strerror. Returns buf. */
char *nl_error_text(const struct nlmsghdr *nlh, char *buf, size_t size);

/* Attributes behind a fixed header of `offset` bytes, by type; unknown and malformed ones stay NULL. */
void nl_attrs(const struct nlmsghdr *nlh, size_t offset, const struct nlattr **table, size_t n);
void nl_attrs_of(const void *payload, size_t len, const struct nlattr **table, size_t n);
bool nl_attr_u32(const struct nlattr *a, uint32_t *out); /* false: absent or of another size */

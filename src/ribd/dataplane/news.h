/* SPDX-License-Identifier: Apache-2.0
 *
 * News that wait for their turn, in order. Must not know what they say.
 */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

enum { NEWS_OCTETS_MAX = 8 << 20 };

struct news {
    STAILQ_HEAD(, news_one) waiting;
    size_t n_octets;
};

void news_init(struct news *n);
bool news_put(struct news *n, const struct nlmsghdr *nlh); /* a copy; false: there is no room */
/* Takes the oldest, and calls fn with it; false: there is none. */
bool news_take(struct news *n, void (*fn)(void *arg, const struct nlmsghdr *nlh), void *arg);
bool news_is_empty(const struct news *n);
void news_clear(struct news *n);

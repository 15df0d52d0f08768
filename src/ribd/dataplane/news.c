/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of messages, no more of them than a bound allows: who sends them is not asked how many.
 */
#include "src/ribd/dataplane/news.h"

#include <string.h>

#include "strata/mem.h"

struct news_one {
    STAILQ_ENTRY(news_one) link;
    struct nlmsghdr message[]; /* and what is behind it */
};

static size_t size_of(size_t len)
{
    return sizeof(struct news_one) + len;
}

void news_init(struct news *n)
{
    STAILQ_INIT(&n->waiting);
}

bool news_put(struct news *n, const struct nlmsghdr *nlh)
{
    struct news_one *one;

    if (n->n_octets + size_of(nlh->nlmsg_len) > NEWS_OCTETS_MAX)
        return false;
    one = mem_alloc(NULL, size_of(nlh->nlmsg_len));
    memcpy(one->message, nlh, nlh->nlmsg_len);
    STAILQ_INSERT_TAIL(&n->waiting, one, link);
    n->n_octets += size_of(nlh->nlmsg_len);
    return true;
}

bool news_take(struct news *n, void (*fn)(void *arg, const struct nlmsghdr *nlh), void *arg)
{
    struct news_one *one = STAILQ_FIRST(&n->waiting);

    if (!one)
        return false;
    STAILQ_REMOVE_HEAD(&n->waiting, link);
    n->n_octets -= size_of(one->message->nlmsg_len);
    if (fn)
        fn(arg, one->message);
    mem_free(NULL, one);
    return true;
}

bool news_is_empty(const struct news *n)
{
    return STAILQ_EMPTY(&n->waiting);
}

void news_clear(struct news *n)
{
    while (news_take(n, NULL, NULL))
        continue;
}

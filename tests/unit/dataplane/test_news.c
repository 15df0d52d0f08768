/* SPDX-License-Identifier: Apache-2.0
 *
 * News that wait: told in order and whole, and never more of them than there is room for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "src/ribd/dataplane/news.h"

enum { LEN = 100 };

struct message {
    struct nlmsghdr header;
    uint8_t body[LEN - sizeof(struct nlmsghdr)];
};

static struct message message(uint32_t seq)
{
    struct message m = {.header = {.nlmsg_len = LEN, .nlmsg_seq = seq}};

    memset(m.body, (int)(seq & 255), sizeof(m.body));
    return m;
}

static void check(void *arg, const struct nlmsghdr *nlh)
{
    uint32_t *seq = arg;
    struct message expected = message((*seq)++);

    assert_memory_equal(nlh, &expected, LEN);
}

static void test_news__in_order(void **state)
{
    struct news n = {0};
    uint32_t seq = 0;

    (void)state;
    news_init(&n);
    assert_true(news_is_empty(&n));
    assert_false(news_take(&n, check, &seq));
    for (uint32_t i = 0; i < 3; i++) {
        struct message m = message(i);

        assert_true(news_put(&n, &m.header));
        memset(&m, 0xff, sizeof(m)); /* it is a copy */
    }
    while (news_take(&n, check, &seq))
        continue;
    assert_int_equal(seq, 3);
    assert_true(news_is_empty(&n));
    assert_int_equal(n.n_octets, 0);
}

static void test_news__no_more_than_there_is_room_for(void **state)
{
    struct news n = {0};
    struct message m = message(0);
    uint32_t taken = 0, most;

    (void)state;
    news_init(&n);
    for (most = 0; news_put(&n, &m.header); m = message(most))
        most++;
    assert_in_range(most, NEWS_OCTETS_MAX / LEN / 2, NEWS_OCTETS_MAX / LEN);
    assert_false(news_put(&n, &m.header));
    assert_true(news_take(&n, check, &taken));
    assert_true(news_put(&n, &m.header)); /* there is again */
    assert_false(news_put(&n, &m.header));
    news_clear(&n);
    assert_true(news_is_empty(&n));
    assert_true(news_put(&n, &m.header));
    news_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_news__in_order),
        cmocka_unit_test(test_news__no_more_than_there_is_room_for),
    };

    return cmocka_run_group_tests_name("dataplane_news", tests, NULL, NULL);
}

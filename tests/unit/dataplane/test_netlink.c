/* SPDX-License-Identifier: Apache-2.0
 *
 * Error answers of the kernel, their text, and attributes cut short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <libmnl/libmnl.h>

#include "src/ribd/dataplane/guard_read.h"
#include "src/ribd/dataplane/netlink.h"

static struct nlmsghdr *error_message(void *buf, int error, const char *text)
{
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct nlmsgerr *e = mnl_nlmsg_put_extra_header(nlh, sizeof(*e));

    nlh->nlmsg_type = NLMSG_ERROR;
    nlh->nlmsg_flags = NLM_F_CAPPED;
    e->error = error;
    e->msg.nlmsg_len = 400; /* of the refused message, which is not echoed */
    if (text) {
        nlh->nlmsg_flags |= NLM_F_ACK_TLVS;
        mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, text);
    }
    return nlh;
}

static void test_nl_error_text__kernel_words_else_strerror(void **state)
{
    char buf[256], text[120];
    struct nlmsghdr *nlh = error_message(buf, -EINVAL, "Too many labels");

    (void)state;
    assert_int_equal(nl_error(nlh), -EINVAL);
    assert_string_equal(nl_error_text(nlh, text, sizeof(text)), "Too many labels");
    nlh = error_message(buf, -ENETDOWN, NULL);
    assert_string_equal(nl_error_text(nlh, text, sizeof(text)), strerror(ENETDOWN));
    nlh = error_message(buf, 0, NULL);
    assert_string_equal(nl_error_text(nlh, text, sizeof(text)), "");
    nlh->nlmsg_len = NL_HEADER + 2;
    assert_int_equal(nl_error(nlh), -EBADMSG);
}

static void test_nl_error_text__echoed_message_is_skipped(void **state)
{
    char buf[256], text[120];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct nlmsgerr *e = mnl_nlmsg_put_extra_header(nlh, sizeof(*e) + 8);

    (void)state;
    nlh->nlmsg_type = NLMSG_ERROR;
    nlh->nlmsg_flags = NLM_F_ACK_TLVS;
    e->error = -EEXIST;
    e->msg.nlmsg_len = sizeof(struct nlmsghdr) + 8;
    mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, "words");
    assert_string_equal(nl_error_text(nlh, text, sizeof(text)), "words");
    e->msg.nlmsg_len = 100000; /* a lie */
    assert_string_equal(nl_error_text(nlh, text, sizeof(text)), strerror(EEXIST));
}

static void test_nl_error_text__truncated(void **state)
{
    char buf[256], text[120];
    struct nlmsghdr *nlh = error_message(buf, -EINVAL, "Too many labels");
    uint32_t whole = nlh->nlmsg_len;

    (void)state;
    for (uint32_t len = NL_HEADER; len <= whole; len++) {
        struct nlmsghdr *cut = malloc(len);

        memcpy(cut, buf, len);
        cut->nlmsg_len = len;
        nl_error_text(cut, text, sizeof(text));
        free(cut);
    }
}

static void test_nft_name__only_our_own(void **state)
{
    uint32_t ifindex = 0;

    (void)state;
    assert_true(nft_name_ifindex("in_17", "in_", &ifindex));
    assert_int_equal(ifindex, 17);
    assert_false(nft_name_ifindex("in_", "in_", &ifindex));
    assert_false(nft_name_ifindex("in_0", "in_", &ifindex));
    assert_false(nft_name_ifindex("in_-1", "in_", &ifindex));
    assert_false(nft_name_ifindex("in_17x", "in_", &ifindex));
    assert_false(nft_name_ifindex("in_99999999999999999999", "in_", &ifindex));
    assert_false(nft_name_ifindex("ok_17", "in_", &ifindex));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nl_error_text__kernel_words_else_strerror),
        cmocka_unit_test(test_nl_error_text__echoed_message_is_skipped),
        cmocka_unit_test(test_nl_error_text__truncated),
        cmocka_unit_test(test_nft_name__only_our_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

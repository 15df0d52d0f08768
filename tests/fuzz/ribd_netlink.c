/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz: netlink messages through every decoder of the kernel data plane. What decodes as a label, route or next hop
 * encodes and decodes to the same again.
 */
#include <stdlib.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/guard_batch.h"
#include "src/ribd/dataplane/netlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_label(const struct nlmsghdr *nlh, uint8_t *buf)
{
    struct dp_label l, again;
    struct nlmsghdr *back;

    if (!label_decode(nlh, &l) || !(back = label_encode(buf, &l)))
        return;
    if (!label_decode(back, &again) || memcmp(&l, &again, sizeof(l)) != 0)
        abort();
}

static void check_route(const struct nlmsghdr *nlh, uint8_t *buf)
{
    struct dp_route r, again;

    if (!route_decode(nlh, &r))
        return;
    r.prefix = prefix_normalize(r.prefix);
    if (!route_decode(route_encode(buf, &r), &again) || again.table != r.table ||
        !prefix_equal(&again.prefix, &r.prefix))
        abort();
}

static void check_nexthop(const struct nlmsghdr *nlh, uint8_t *buf)
{
    struct nexthop_message m, again;

    if (nexthop_decode(nlh, &m) != NEXTHOP_SINGLE)
        return;
    if (nexthop_decode(nexthop_encode(buf, m.id, &m.nh), &again) != NEXTHOP_SINGLE || again.nh.ifindex != m.nh.ifindex)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *message, *buf;
    struct nlmsghdr *nlh;
    struct dp_link link;
    struct prefix p;
    uint32_t ifindex;
    char text[64];
    bool is_port;

    if (size < NL_HEADER || size > NL_MESSAGE_MAX)
        return 0;
    message = malloc(size);
    buf = malloc(NL_MESSAGE_MAX);
    memcpy(message, data, size);
    nlh = (struct nlmsghdr *)(void *)message;
    nlh->nlmsg_len = (uint32_t)size;
    check_label(nlh, buf);
    check_route(nlh, buf);
    check_nexthop(nlh, buf);
    link_decode(nlh, &link, &is_port);
    address_decode(nlh, &ifindex, &p);
    nl_error_text(nlh, text, sizeof(text));
    nft_is_about_guard(nlh);
    free(buf);
    free(message);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Label entries of other programs. The kernel has one label table for all, without metrics: whoever writes last has the
 * label. So ribd must know which labels others have, to leave them alone. A bit for each label tells what went while
 * notifications were lost.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

enum { MAP_SIZE = (LABEL_MAX + 8) / 8 };

static bool has(const uint8_t *map, uint32_t label)
{
    return map && map[label / 8] & 1u << (label % 8);
}

static void put(uint8_t **map, uint32_t label, bool is_there)
{
    if (!*map && !is_there)
        return;
    if (!*map)
        *map = mem_alloc(NULL, MAP_SIZE);
    if (is_there)
        (*map)[label / 8] |= (uint8_t)(1u << (label % 8));
    else
        (*map)[label / 8] &= (uint8_t) ~(1u << (label % 8));
}

static bool label_of(const struct nlmsghdr *nlh, uint32_t *label)
{
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *a[RTA_MAX + 1];
    struct label_stack in;

    if (nlh->nlmsg_len < NL_HEADER + sizeof(*rtm) || rtm->rtm_family != AF_MPLS || rtm->rtm_protocol == KERNEL_PROTOCOL)
        return false;
    nl_attrs(nlh, sizeof(*rtm), a, RTA_MAX + 1);
    if (!a[RTA_DST] ||
        !label_stack_from_wire(mnl_attr_get_payload(a[RTA_DST]), mnl_attr_get_payload_len(a[RTA_DST]), &in))
        return false;
    *label = in.label[0];
    return true;
}

static void tell(struct kernel_dp *k, uint32_t label, bool is_gone)
{
    if (k->events->foreign_label)
        k->events->foreign_label(k->events_arg, label, is_gone);
}

/* Told again although it is known: it may have been ours meanwhile. */
bool foreign_label_message(struct kernel_dp *k, const struct nlmsghdr *nlh)
{
    bool is_gone = nlh->nlmsg_type == RTM_DELROUTE, was_known;
    uint32_t label;

    if (!label_of(nlh, &label))
        return false;
    was_known = has(k->foreign_labels, label);
    put(&k->foreign_labels, label, !is_gone);
    tell(k, label, is_gone);
    return !was_known;
}

void foreign_label_ours(struct kernel_dp *k, uint32_t label)
{
    if (label <= LABEL_MAX)
        put(&k->foreign_labels, label, false);
}

static void on_read(void *arg, const struct nlmsghdr *nlh)
{
    struct kernel_dp *k = arg;
    uint32_t label;

    if (nlh->nlmsg_type == RTM_NEWROUTE && label_of(nlh, &label))
        put(&k->foreign_labels_read, label, true);
}

static void forget_read(void *arg)
{
    struct kernel_dp *k = arg;

    mem_free(NULL, k->foreign_labels_read);
    k->foreign_labels_read = NULL;
}

int foreign_label_read(struct kernel_dp *k, struct nl_reader *reader, void (*done)(void *arg, int error))
{
    const struct nl_reading how = {.fn = on_read, .again = forget_read, .done = done, .tries = READER_TRIES};
    char buf[READER_QUESTION_MAX];

    forget_read(k); /* of one that was broken off */
    if (!platform_has_labels())
        return -EOPNOTSUPP; /* the kernel would tell all routes */
    return nl_reader_start(reader, k->loop, route_encode_dump(buf, AF_MPLS, 0, 0), &how, k);
}

int foreign_label_read_end(struct kernel_dp *k, int error)
{
    uint8_t *seen = k->foreign_labels_read, *before = k->foreign_labels;

    if (error && error != -EOPNOTSUPP && error != -EAFNOSUPPORT && error != -ENOENT) { /* a kernel without MPLS */
        forget_read(k);
        return error;
    }
    k->foreign_labels = seen;
    k->foreign_labels_read = NULL;
    for (uint32_t label = 0; (seen || before) && label <= LABEL_MAX; label++) {
        if (has(seen, label) || has(before, label))
            tell(k, label, !has(seen, label));
    }
    mem_free(NULL, before);
    return 0;
}

void foreign_label_close(struct kernel_dp *k)
{
    forget_read(k);
    mem_free(NULL, k->foreign_labels);
    k->foreign_labels = NULL;
}

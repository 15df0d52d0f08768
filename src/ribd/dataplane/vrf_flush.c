/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel keeps the routes of a deleted VRF whose own device is another one: they are read from its table, and
 * deleted through the queue of writes, in parts. A table that comes back meanwhile is left as it is from there on: what
 * is on its way goes before whatever is written to it then, and an audit finds the rest. Its end, which vrf_create()
 * puts there at once, is never on its way: it goes last, at once too. A table that cannot be read, or not as a whole,
 * or from which not all can be deleted, is read again after a pause, some times; then an audit is to find what is left.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

enum { DELETES_A_TURN = 2048, TRIES = 6, AGAIN_MS = 100 /* and twice as long each time */ };

struct flushed_route {
    struct prefix prefix;
    uint32_t metric;
};

static void on_route(void *arg, const struct nlmsghdr *nlh)
{
    struct vrf_flush *f = &((struct kernel_dp *)arg)->vrf_flush;
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *a[RTA_MAX + 1];
    struct flushed_route r = {0};

    if (nlh->nlmsg_len < NL_HEADER + sizeof(*rtm) || rtm->rtm_protocol != KERNEL_PROTOCOL)
        return;
    nl_attrs(nlh, sizeof(*rtm), a, RTA_MAX + 1);
    nl_attr_u32(a[RTA_PRIORITY], &r.metric);
    if (rtm->rtm_dst_len == 0 && r.metric == KERNEL_UNREACHABLE_METRIC)
        return;
    r.prefix.addr.family = family_from_kernel(rtm->rtm_family);
    r.prefix.len = rtm->rtm_dst_len;
    if (a[RTA_DST])
        addr_from_kernel(rtm->rtm_family, mnl_attr_get_payload(a[RTA_DST]), mnl_attr_get_payload_len(a[RTA_DST]),
                         &r.prefix.addr);
    if (f->n == f->size) {
        f->size = f->size ? f->size * 2 : 64;
        f->routes = mem_realloc(NULL, f->routes, f->size * sizeof(*f->routes));
    }
    f->routes[f->n++] = r;
}

static void forget_routes(void *arg)
{
    struct vrf_flush *f = &((struct kernel_dp *)arg)->vrf_flush;

    mem_free(NULL, f->routes);
    f->routes = NULL;
    f->n = f->size = 0;
}

/* --- one table after the other: IPv4 is read and deleted, then IPv6 --- */

static const int families[] = {AF_INET, AF_INET6};
enum { FAMILIES = sizeof(families) / sizeof(families[0]) };

static void go_on(struct kernel_dp *k)
{
    if (k->vrf_flush.n_tables)
        timer_arm_us(&k->vrf_flush.go_on, 0);
}

static void drop_table(struct kernel_dp *k, size_t i)
{
    struct vrf_flush *f = &k->vrf_flush;

    memmove(f->tables + i, f->tables + i + 1, (--f->n_tables - i) * sizeof(f->tables[0]));
    if (i > 0)
        return;
    nl_reader_stop(&f->reader);
    timer_cancel(&f->go_on);
    forget_routes(k);
    f->n_read = 0;
    f->n_failures = 0;
    f->error = 0;
    f->is_writing = false;
    go_on(k);
}

static void end_table(struct kernel_dp *k, const char *change)
{
    uint32_t table = k->vrf_flush.tables[0];

    drop_table(k, 0);
    if (vrf_remove_end(k, table))
        change = "the end of a deleted VRF's table cannot be deleted";
    if (change)
        kernel_foreign_change(k, change);
}

/* What was found goes meanwhile. */
static void failed(struct kernel_dp *k, int error)
{
    struct vrf_flush *f = &k->vrf_flush;
    bool is_again = ++f->n_failures < TRIES;

    LOG_WARN(k->log, "vrf-flush-failed", "table=%u failures=%u again=%d error=\"%s\"", f->tables[0], f->n_failures,
             is_again, strerror(-error));
    if (!is_again) {
        end_table(k, "routes of a deleted VRF are left");
        return;
    }
    f->again_us = loop_now_us(k->loop) + ((uint64_t)AGAIN_MS * 1000 << (f->n_failures - 1));
    go_on(k);
}

static void on_read(void *arg, int error)
{
    struct kernel_dp *k = arg;
    struct vrf_flush *f = &k->vrf_flush;

    if (error && error != -ENOENT && error != -EAFNOSUPPORT) { /* no such table: nothing in it */
        failed(k, error);
        return;
    }
    f->n_read++;
    go_on(k);
}

static void read_next(struct kernel_dp *k)
{
    static const struct nl_reading how = {
        .fn = on_route, .again = forget_routes, .done = on_read, .tries = READER_TRIES};
    struct vrf_flush *f = &k->vrf_flush;
    char buf[READER_QUESTION_MAX];
    struct nlmsghdr *nlh = route_encode_dump(buf, families[f->n_read], KERNEL_PROTOCOL, f->tables[0]);
    int error = nl_reader_start(&f->reader, k->loop, nlh, &how, k);

    if (error)
        on_read(k, error);
}

static void delete_some(struct kernel_dp *k)
{
    struct vrf_flush *f = &k->vrf_flush;

    write_op(k, WRITE_OF_VRF_FLUSH);
    for (int i = 0; i < DELETES_A_TURN && f->n; i++) {
        const struct flushed_route *r = &f->routes[--f->n];

        write_message(k, route_encode_del(write_room(k), f->tables[0], &r->prefix, r->metric));
    }
    f->n_out++;
    f->is_writing = true;
    write_flush(&k->base);
}

/* Some could not be deleted: all is looked at once more. */
static void read_again(struct kernel_dp *k)
{
    struct vrf_flush *f = &k->vrf_flush;
    int error = f->error;

    f->error = 0;
    f->n_read = 0;
    failed(k, error);
}

static void on_go_on(void *arg)
{
    struct kernel_dp *k = arg;
    struct vrf_flush *f = &k->vrf_flush;
    uint64_t now = loop_now_us(k->loop);

    if (f->n)
        delete_some(k);
    else if (f->n_failures && now < f->again_us)
        timer_arm_us(&f->go_on, f->again_us - now);
    else if (f->n_read < FAMILIES)
        read_next(k);
    else if (f->error)
        read_again(k);
    else
        end_table(k, NULL);
}

/* What was on its way when its table came back is told here, too. */
void vrf_flush_written(struct kernel_dp *k, int error)
{
    struct vrf_flush *f = &k->vrf_flush;

    if (error && f->is_writing)
        f->error = error;
    else if (error)
        kernel_foreign_change(k, "a route of a deleted VRF cannot be deleted");
    if (--f->n_out > 0 || !f->is_writing)
        return;
    f->is_writing = false;
    go_on(k);
}

static size_t place_of(const struct vrf_flush *f, uint32_t table)
{
    size_t i = 0;

    while (i < f->n_tables && f->tables[i] != table)
        i++;
    return i;
}

bool vrf_flush_has(const struct kernel_dp *k, uint32_t table)
{
    return place_of(&k->vrf_flush, table) < k->vrf_flush.n_tables;
}

void vrf_flush_start(struct kernel_dp *k, uint32_t table)
{
    struct vrf_flush *f = &k->vrf_flush;
    size_t i = place_of(f, table);

    if (i < f->n_tables)
        return;
    f->tables = mem_realloc(NULL, f->tables, (f->n_tables + 1) * sizeof(f->tables[0]));
    f->tables[f->n_tables++] = table;
    if (i == 0)
        go_on(k);
}

void vrf_flush_stop(struct kernel_dp *k, uint32_t table)
{
    struct vrf_flush *f = &k->vrf_flush;
    size_t i = place_of(f, table);

    if (i == f->n_tables)
        return;
    drop_table(k, i);
    kernel_foreign_change(k, "a VRF is back before its table was flushed");
}

void vrf_flush_init(struct kernel_dp *k)
{
    timer_init(&k->vrf_flush.go_on, k->loop, on_go_on, k);
}

void vrf_flush_close(struct kernel_dp *k)
{
    struct vrf_flush *f = &k->vrf_flush;

    nl_reader_stop(&f->reader);
    timer_cancel(&f->go_on);
    forget_routes(k);
    mem_free(NULL, f->tables);
    f->tables = NULL;
    f->n_tables = 0;
}

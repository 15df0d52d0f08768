/* SPDX-License-Identifier: Apache-2.0
 *
 * Listeners: socket files (stale, taken, ours), running out of descriptors, and TCP listeners side by side on devices
 * and in VRFs, with GTSM. TCP runs in network namespaces of our own; the VRF part needs a kernel with the vrf module.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "tests/unit/io/netns.h"
#include "tests/unit/io/peer.h"

static struct netns ns;

static struct stream_addr tcp(const char *local, uint16_t local_port, const char *remote, uint16_t remote_port)
{
    struct stream_addr a = {.kind = STREAM_TCP, .local_port = local_port, .remote_port = remote_port};

    if (local)
        assert_int_equal(ip_addr_parse(local, &a.local), 0);
    if (remote)
        assert_int_equal(ip_addr_parse(remote, &a.remote), 0);
    return a;
}

static void on_device(struct stream_addr *a, const char *device)
{
    snprintf(a->device, sizeof(a->device), "%s", device);
}

static bool has_accepted(void *arg)
{
    return ((struct door *)arg)->accepted > 0;
}

/* --- UNIX --- */

static void test_listener__unix_file_is_ours(void **state)
{
    struct real r;
    struct door door, second;
    struct stream_addr at;
    struct stat st;

    (void)state;
    real_init(&r);
    at = unix_addr(&r, "sock");
    umask(0);
    door_open(&r, &door, &at, NULL);
    assert_int_equal(stat(at.path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_int_equal(stream_listen(r.io, &at, door_accept, &second, &second.l), -EADDRINUSE);
    listener_close(door.l);
    assert_int_equal(stat(at.path, &st), -1);
    listener_close(NULL);
    at.path[0] = '\0';
    assert_int_equal(stream_listen(r.io, &at, door_accept, &second, &second.l), -EINVAL);
    at = unix_addr(&r, "no/such/dir");
    assert_int_equal(stream_listen(r.io, &at, door_accept, &second, &second.l), -ENOENT);
    real_fini(&r);
}

static void test_listener__unix_takes_over_a_stale_file(void **state)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct real r;
    struct door door;
    struct peer a = {0}, b = {0};
    struct stream_addr at;

    (void)state;
    real_init(&r);
    at = unix_addr(&r, "sock");
    memcpy(sun.sun_path, at.path, sizeof(sun.sun_path));
    assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
    close(fd); /* as a crash does: the file stays */
    door_open(&r, &door, &at, &b);
    peer_connect(&r, &a, &at);
    real_until(&r, has_accepted, &door);
    peer_fini(&a);
    peer_fini(&b);
    listener_close(door.l);
    real_fini(&r);
}

static void test_listener__unix_spares_other_files(void **state)
{
    struct real r;
    struct door door, successor;
    struct stream_addr at;
    struct stat st;
    int fd;

    (void)state;
    real_init(&r);
    at = unix_addr(&r, "precious");
    fd = open(at.path, O_CREAT | O_WRONLY, 0600);
    close(fd);
    assert_int_equal(stream_listen(r.io, &at, door_accept, &door, &door.l), -EADDRINUSE);
    assert_int_equal(stat(at.path, &st), 0);
    at = unix_addr(&r, "sock");
    door_open(&r, &door, &at, NULL);
    unlink(at.path);
    door_open(&r, &successor, &at, NULL);
    listener_close(door.l);
    assert_int_equal(stat(at.path, &st), 0); /* the successor's */
    listener_close(successor.l);
    real_fini(&r);
}

static uint64_t cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void test_listener__out_of_descriptors_waits(void **state)
{
    struct rlimit before, none;
    struct real r;
    struct door door;
    struct peer a = {0}, b = {0};
    struct stream_addr at;
    uint64_t cpu;

    (void)state;
    real_init(&r);
    at = unix_addr(&r, "sock");
    door_open(&r, &door, &at, &b);
    peer_connect(&r, &a, &at);
    getrlimit(RLIMIT_NOFILE, &before);
    none = (struct rlimit){.rlim_cur = 3, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    cpu = cpu_us();
    real_for_ms(&r, 300);
    cpu = cpu_us() - cpu;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(door.accepted, 0);
    assert_true(cpu < 150000);
    real_until(&r, has_accepted, &door);
    peer_fini(&a);
    peer_fini(&b);
    listener_close(door.l);
    real_fini(&r);
}

struct closing_door {
    struct listener *l;
    unsigned accepted;
};

static void accept_and_close(struct listener *l, struct stream *s, void *arg)
{
    struct closing_door *d = arg;

    d->accepted++;
    stream_close(s);
    listener_close(l);
    d->l = NULL;
}

static bool is_shut(void *arg)
{
    return ((struct closing_door *)arg)->l == NULL;
}

static void test_listener__closing_inside_its_callback(void **state)
{
    struct closing_door door = {0};
    struct peer a = {0}, b = {0};
    struct stream_addr at;
    struct real r;

    (void)state;
    real_init(&r);
    at = unix_addr(&r, "sock");
    assert_int_equal(stream_listen(r.io, &at, accept_and_close, &door, &door.l), 0);
    peer_connect(&r, &a, &at);
    peer_connect(&r, &b, &at);
    real_until(&r, is_shut, &door);
    assert_int_equal(door.accepted, 1); /* the second one found it closed */
    real_until(&r, peer_is_closed, &a);
    peer_fini(&a);
    peer_fini(&b);
    real_fini(&r);
}

/* --- TCP --- */

static void test_listener__tcp_one_a_device(void **state)
{
    struct stream_addr at_lo = tcp(NULL, 179, NULL, 0), at_va = tcp(NULL, 179, NULL, 0),
                       to = tcp(NULL, 0, "10.77.0.1", 179);
    struct door on_lo, on_va, second;
    struct peer a = {0}, b = {0};
    struct real r;

    (void)state;
    if (!ns.is_ready)
        skip();
    real_init(&r);
    on_device(&at_lo, "lo");
    on_device(&at_va, "va");
    door_open(&r, &on_lo, &at_lo, NULL);
    door_open(&r, &on_va, &at_va, &b);
    assert_int_equal(stream_listen(r.io, &at_va, door_accept, &second, &second.l), -EADDRINUSE);
    netns_use(ns.b);
    peer_connect(&r, &a, &to);
    netns_use(ns.a);
    real_until(&r, has_accepted, &on_va);
    assert_int_equal(on_lo.accepted, 0);
    assert_string_equal(stream_endpoints(b.s)->device, "va");
    assert_int_equal(ip_addr_to_v4(&stream_endpoints(b.s)->remote), 0x0a4d0002);
    on_device(&at_va, "nothere");
    assert_int_equal(stream_listen(r.io, &at_va, door_accept, &second, &second.l), -ENODEV);
    peer_fini(&a);
    peer_fini(&b);
    listener_close(on_lo.l);
    listener_close(on_va.l);
    real_fini(&r);
}

static void test_listener__gtsm_guards_the_handshake(void **state)
{
    struct stream_addr at = tcp(NULL, 179, NULL, 0), to = tcp(NULL, 0, "10.77.0.1", 179);
    struct door door;
    struct peer near = {0}, far = {0}, b = {0};
    struct real r;

    (void)state;
    if (!ns.is_ready)
        skip();
    real_init(&r);
    at.ttl = at.min_ttl = 255;
    door_open(&r, &door, &at, &b);
    netns_use(ns.b);
    to.ttl = 64; /* as from afar */
    peer_connect(&r, &far, &to);
    to.ttl = to.min_ttl = 255;
    peer_connect(&r, &near, &to);
    netns_use(ns.a);
    real_until(&r, has_accepted, &door);
    real_for_ms(&r, 50);
    assert_int_equal(near.opened, 1);
    assert_int_equal(far.opened, 0);
    assert_int_equal(door.accepted, 1);
    stream_write(b.s, "x", 1); /* the accepted socket sends 255 too, else this would be dropped */
    real_until(&r, peer_was_read, &near);
    peer_fini(&near);
    peer_fini(&far);
    peer_fini(&b);
    listener_close(door.l);
    real_fini(&r);
}

/* RFC 4364 instances: the VRF's listener and the public one share a port, and each hears its own only. */
static void test_listener__vrf_and_public_side_by_side(void **state)
{
    struct stream_addr at_vrf = tcp(NULL, 179, NULL, 0), at = tcp(NULL, 179, NULL, 0),
                       to = tcp(NULL, 0, "10.78.0.1", 179);
    struct door in_vrf, public;
    struct peer a = {0}, b = {0}, c = {0}, d = {0};
    struct real r;

    (void)state;
    if (!ns.is_ready || !netns_add_vrf(&ns))
        skip();
    real_init(&r);
    on_device(&at_vrf, "vrf-t");
    door_open(&r, &public, &at, &c);
    door_open(&r, &in_vrf, &at_vrf, &b);
    netns_use(ns.b);
    peer_connect(&r, &a, &to);
    real_until(&r, has_accepted, &in_vrf);
    assert_int_equal(public.accepted, 0);
    to = tcp(NULL, 0, "10.77.0.1", 179);
    peer_connect(&r, &d, &to);
    real_until(&r, has_accepted, &public);
    assert_int_equal(in_vrf.accepted, 1);
    assert_string_equal(stream_endpoints(b.s)->device, "vrf-t");
    netns_use(ns.a);
    peer_fini(&a);
    peer_fini(&b);
    peer_fini(&c);
    peer_fini(&d);
    listener_close(in_vrf.l);
    listener_close(public.l);
    real_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listener__unix_file_is_ours),
        cmocka_unit_test(test_listener__unix_takes_over_a_stale_file),
        cmocka_unit_test(test_listener__unix_spares_other_files),
        cmocka_unit_test(test_listener__out_of_descriptors_waits),
        cmocka_unit_test(test_listener__closing_inside_its_callback),
        cmocka_unit_test(test_listener__tcp_one_a_device),
        cmocka_unit_test(test_listener__gtsm_guards_the_handshake),
        cmocka_unit_test(test_listener__vrf_and_public_side_by_side),
    };

    ns = netns_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

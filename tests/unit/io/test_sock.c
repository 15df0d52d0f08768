/* SPDX-License-Identifier: Apache-2.0
 *
 * Socket addresses and options: what is set is read back from the kernel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/io/sock.h"

static struct ip_addr addr(const char *text)
{
    struct ip_addr a;

    assert_int_equal(ip_addr_parse(text, &a), 0);
    return a;
}

static int get_int(int fd, int level, int option)
{
    int value = -1;
    socklen_t len = sizeof(value);

    assert_int_equal(getsockopt(fd, level, option, &value, &len), 0);
    return value;
}

static void test_sock__inet_round_trip(void **state)
{
    static const char *const texts[] = {"10.1.2.3", "2001:db8::1"};
    struct sockaddr_storage ss;
    struct ip_addr back;
    uint16_t port;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ip_addr a = addr(texts[i]);

        assert_true(sock_addr_inet(&ss, &a, 179, AF_INET) > 0);
        sock_addr_read(&ss, &back, &port);
        assert_true(ip_addr_equal(&a, &back));
        assert_int_equal(port, 179);
    }
    back = (struct ip_addr){0};
    assert_int_equal(sock_addr_inet(&ss, &back, 1, AF_INET6), sizeof(struct sockaddr_in6));
    assert_int_equal(sock_addr_inet(&ss, &back, 1, AF_INET), sizeof(struct sockaddr_in));
    ss.ss_family = AF_UNIX;
    sock_addr_read(&ss, &back, &port);
    assert_false(ip_addr_is_set(&back));
}

static void test_sock__unix_paths(void **state)
{
    struct sockaddr_storage ss;
    char path[IO_PATH_MAX];

    (void)state;
    assert_int_equal(sock_addr_unix(&ss, ""), 0);
    memset(path, 'a', sizeof(path));
    assert_int_equal(sock_addr_unix(&ss, path), 0); /* no end within the room */
    path[IO_PATH_MAX - 1] = '\0';
    assert_true(sock_addr_unix(&ss, path) > 0);
    assert_string_equal(((struct sockaddr_un *)&ss)->sun_path, path);
}

static void test_sock__tcp_options_v4(void **state)
{
    struct stream_addr a = {.kind = STREAM_TCP, .ttl = 255, .min_ttl = 254};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    assert_int_equal(sock_family(&a), AF_INET);
    assert_int_equal(sock_tcp_options(fd, &a, AF_INET), 0);
    assert_int_equal(get_int(fd, IPPROTO_IP, IP_TTL), 255);
    assert_int_equal(get_int(fd, IPPROTO_IP, IP_MINTTL), 254);
    assert_int_equal(get_int(fd, IPPROTO_IP, IP_TOS), 0xc0);
    assert_int_equal(get_int(fd, IPPROTO_TCP, TCP_NODELAY) != 0, 1);
    assert_int_equal(get_int(fd, SOL_SOCKET, SO_REUSEADDR), 1);
    close(fd);
}

static void test_sock__tcp_options_v6(void **state)
{
    struct stream_addr a = {.kind = STREAM_TCP, .ttl = 255, .min_ttl = 254, .remote = addr("::1")};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);

    (void)state;
    assert_int_equal(sock_family(&a), AF_INET6);
    if (fd < 0)
        skip(); /* a kernel without IPv6 */
    assert_int_equal(sock_tcp_options(fd, &a, AF_INET6), 0);
    assert_int_equal(get_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 255);
    assert_int_equal(get_int(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT), 254);
    assert_int_equal(get_int(fd, IPPROTO_IPV6, IPV6_TCLASS), 0xc0);
    assert_int_equal(get_int(fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
    close(fd);
}

static void test_sock__bind_device(void **state)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char endless[IO_DEVICE_MAX];

    (void)state;
    memset(endless, 'x', sizeof(endless));
    assert_int_equal(sock_bind_device(fd, ""), 0);
    assert_int_equal(sock_bind_device(fd, endless), -EINVAL);
    assert_int_equal(sock_bind_device(fd, "no-such-device"), -ENODEV);
    assert_int_equal(sock_bind_device(fd, "lo"), 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sock__inet_round_trip), cmocka_unit_test(test_sock__unix_paths),
        cmocka_unit_test(test_sock__tcp_options_v4),  cmocka_unit_test(test_sock__tcp_options_v6),
        cmocka_unit_test(test_sock__bind_device),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operator is told about a kernel that lacks something.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/dataplane/platform_words.h"

static const struct platform_facts all = {.kernel = 6 << 8 | 1,
                                          .may_write = true,
                                          .has_nexthops = true,
                                          .has_router = true,
                                          .has_tunnel = true,
                                          .has_vrf = true,
                                          .has_guard = true,
                                          .is_setup = true,
                                          .platform_labels = 131072,
                                          .labels_wanted = 131072};

static struct dp_platform words(const struct platform_facts *f)
{
    struct dp_platform p;

    memset(&p, 0xff, sizeof(p));
    platform_words(f, &p);
    return p;
}

static void test_platform__nothing_missing(void **state)
{
    struct dp_platform p = words(&all);

    (void)state;
    assert_string_equal(p.missing, "");
    assert_true(p.has_mpls && p.has_vrf && p.has_guard);
    assert_int_equal(p.platform_labels, 131072);
}

/* Each alone, in one line that says what does not work and what to do. */
static void one(const struct platform_facts *f, const char *what, const char *todo)
{
    struct dp_platform p = words(f);

    if (!strstr(p.missing, what) || !strstr(p.missing, todo) || strchr(p.missing, '\n'))
        fail_msg("\"%s\" lacks \"%s\" or \"%s\"", p.missing, what, todo);
}

static void test_platform__each_alone(void **state)
{
    struct platform_facts f = all;

    (void)state;
    f.has_router = f.has_tunnel = false;
    f.platform_labels = 0;
    one(&f, "no label forwarding, only IP is routed", "modprobe mpls_router");
    assert_false(words(&f).has_mpls);
    f = all;
    f.has_tunnel = false;
    one(&f, "no labels on IP packets", "modprobe mpls_iptunnel");
    assert_false(words(&f).has_mpls);
    f = all;
    f.has_vrf = false;
    one(&f, "no VPN instances", "modprobe vrf");
    assert_false(words(&f).has_vrf);
    f = all;
    f.has_guard = false;
    one(&f, "guarded interfaces take no labels at all", "modprobe nf_tables");
    assert_false(words(&f).has_guard);
    f = all;
    f.has_nexthops = false;
    one(&f, "no nexthop objects", "use a newer one");
    f = all;
    f.kernel = 5 << 8 | 4;
    one(&f, "the kernel is 5.4", "use 5.10 or newer");
    f = all;
    f.labels_error = -EROFS;
    f.platform_labels = 1000;
    one(&f, "net.mpls.platform_labels is 1000 and cannot be set to 131072: Read-only file system", "mpls label-range");
    f = all;
    f.platform_labels = 0;
    one(&f, "no label can be used", "set it to 131072");
    f.is_setup = false; /* it will be set */
    assert_string_equal(words(&f).missing, "");
    f = all;
    snprintf(f.failed_switch, sizeof(f.failed_switch), "ipv4/ip_forward");
    f.switch_error = -EACCES;
    one(&f, "net.ipv4/ip_forward cannot be set: Permission denied", "container");
}

/* Without the right to write, what could not be found out is not called missing. */
static void test_platform__without_the_capability(void **state)
{
    struct platform_facts f = all;

    (void)state;
    f.may_write = f.has_tunnel = f.has_guard = false;
    one(&f, "CAP_NET_ADMIN", "start it as root");
}

/* The worst of all kernels: everything is said, nothing is cut off. */
static void test_platform__all_at_once(void **state)
{
    struct platform_facts f = {.kernel = 4 << 8 | 9, .is_setup = true, .switch_error = -EROFS, .labels_error = -EROFS};
    struct dp_platform p;
    unsigned lines = 1;

    (void)state;
    snprintf(f.failed_switch, sizeof(f.failed_switch), "ipv4/ip_forward");
    f.may_write = true;
    f.has_router = true;
    p = words(&f);
    for (const char *c = p.missing; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 7);
    assert_non_null(strstr(p.missing, "CONFIG_NF_TABLES_NETDEV"));
    assert_true(strlen(p.missing) + 100 < sizeof(p.missing));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_platform__nothing_missing),
        cmocka_unit_test(test_platform__each_alone),
        cmocka_unit_test(test_platform__without_the_capability),
        cmocka_unit_test(test_platform__all_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

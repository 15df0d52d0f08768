/* SPDX-License-Identifier: Apache-2.0
 *
 * From facts about the kernel to words for an operator: first what stops everything, then what stops a part.
 */
#include "src/ribd/dataplane/platform_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 2, 3))) say(struct dp_platform *p, const char *fmt, ...)
{
    size_t used = strlen(p->missing);
    va_list ap;

    va_start(ap, fmt);
    if (used > 0)
        used += (size_t)snprintf(p->missing + used, sizeof(p->missing) - used, "\n");
    if (used < sizeof(p->missing))
        vsnprintf(p->missing + used, sizeof(p->missing) - used, fmt, ap);
    va_end(ap);
}

static void say_base(const struct platform_facts *f, struct dp_platform *out)
{
    if (!f->may_write)
        say(out, "nothing can be written to the kernel: ribd needs CAP_NET_ADMIN; start it as root or give it the "
                 "capability");
    if (f->kernel && f->kernel < PLATFORM_KERNEL_MIN)
        say(out, "the kernel is %u.%u: use %u.%u or newer", f->kernel >> 8, f->kernel & 0xff, PLATFORM_KERNEL_MIN >> 8,
            PLATFORM_KERNEL_MIN & 0xff);
    if (!f->has_nexthops)
        say(out, "no routes: the kernel has no nexthop objects (Linux 5.3); use a newer one");
    if (f->failed_switch[0])
        say(out, "net.%s cannot be set: %s; in a container let it write /proc/sys/net, or set it outside",
            f->failed_switch, strerror(-f->switch_error));
}

static void say_mpls(const struct platform_facts *f, struct dp_platform *out)
{
    if (!f->has_router) {
        say(out, "no label forwarding, only IP is routed: run `modprobe mpls_router`, or use a kernel with "
                 "CONFIG_MPLS_ROUTING; in a container load it outside");
        return;
    }
    if (!f->has_tunnel && f->may_write)
        say(out, "no labels on IP packets, labelled ones are forwarded: run `modprobe mpls_iptunnel`, or use a kernel "
                 "with CONFIG_MPLS_IPTUNNEL");
    if (f->labels_error)
        say(out,
            "net.mpls.platform_labels is %u and cannot be set to %u: %s; labels from %u up are refused: set it "
            "outside, or lower `mpls label-range`",
            f->platform_labels, f->labels_wanted, strerror(-f->labels_error), f->platform_labels);
    else if (f->is_setup && f->platform_labels <= LABEL_FIRST_UNRESERVED)
        say(out, "net.mpls.platform_labels is %u: no label can be used; set it to %u", f->platform_labels,
            f->labels_wanted);
}

void platform_words(const struct platform_facts *f, struct dp_platform *out)
{
    memset(out, 0, sizeof(*out));
    out->has_mpls = f->has_router && f->has_tunnel;
    out->has_vrf = f->has_vrf;
    out->has_guard = f->has_guard;
    out->platform_labels = f->platform_labels;
    say_base(f, out);
    say_mpls(f, out);
    if (!f->has_vrf)
        say(out, "no VPN instances: run `modprobe vrf`, or use a kernel with CONFIG_NET_VRF");
    if (!f->has_guard && f->may_write)
        say(out,
            "no label guard, so guarded interfaces take no labels at all: run `modprobe nf_tables`, or use a kernel "
            "with CONFIG_NF_TABLES and CONFIG_NF_TABLES_NETDEV");
}

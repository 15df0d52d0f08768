/* SPDX-License-Identifier: Apache-2.0
 *
 * What this kernel can do, found by trying, after one attempt to load what is missing. Says in clear words
 * what is missing and what to do about it; decides nothing.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>
#include <linux/rtnetlink.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/internal.h"

static bool path_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Quietly: a container has no modprobe or no right to it, and then the probe below says what is missing. */
static void load_module(const char *name)
{
    char program[] = "/sbin/modprobe", quiet[] = "-q", dashes[] = "--", module[32];
    char *argv[] = {program, quiet, dashes, module, NULL}, *envp[] = {NULL};
    int status;
    pid_t pid;

    snprintf(module, sizeof(module), "%s", name);
    if (posix_spawn(&pid, program, NULL, NULL, argv, envp) != 0)
        return;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
}

static bool has_mpls_router(void)
{
    return path_exists("/proc/sys/net/mpls/platform_labels");
}

/* The kernel looks at the kind of encapsulation before anything else, and loads the module itself if it can. A delete
 * of a route that nobody has does no harm whatever the answer. */
static bool has_mpls_iptunnel(struct kernel_dp *k)
{
    char buf[256];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
    const uint8_t address[4] = {0}, label[4] = {0, 1, 1, 0};
    struct nlattr *nest;

    nlh->nlmsg_type = RTM_DELROUTE;
    rtm->rtm_family = AF_INET;
    rtm->rtm_dst_len = 32;
    rtm->rtm_table = RT_TABLE_MAIN;
    rtm->rtm_protocol = KERNEL_PROTOCOL;
    rtm->rtm_scope = RT_SCOPE_NOWHERE;
    mnl_attr_put(nlh, RTA_DST, sizeof(address), address);
    mnl_attr_put_u16(nlh, RTA_ENCAP_TYPE, LWTUNNEL_ENCAP_MPLS);
    nest = mnl_attr_nest_start(nlh, RTA_ENCAP);
    mnl_attr_put(nlh, MPLS_IPTUNNEL_DST, sizeof(label), label);
    mnl_attr_nest_end(nlh, nest);
    return nl_request(&k->request, nlh, NULL) == -ESRCH;
}

bool platform_has_vrf(void)
{
    return path_exists("/proc/sys/net/vrf/strict_mode");
}

static void __attribute__((format(printf, 2, 3))) say(struct dp_platform *p, const char *fmt, ...)
{
    size_t used = strlen(p->missing);
    va_list ap;

    va_start(ap, fmt);
    if (used > 0)
        used += (size_t)snprintf(p->missing + used, sizeof(p->missing) - used, "; ");
    if (used < sizeof(p->missing))
        vsnprintf(p->missing + used, sizeof(p->missing) - used, fmt, ap);
    va_end(ap);
}

static void probe_mpls(struct kernel_dp *k, struct dp_platform *out)
{
    bool router = has_mpls_router();
    bool tunnel = router && has_mpls_iptunnel(k);

    out->has_mpls = router && tunnel;
    if (!router)
        say(out, "no MPLS forwarding: needs kernel module mpls_router (CONFIG_MPLS_ROUTING); only IP is routed");
    else if (!tunnel)
        say(out, "no labels on IP packets: needs kernel module mpls_iptunnel (CONFIG_MPLS_IPTUNNEL)");
    if (sysctl_read_u32("mpls/platform_labels", &out->platform_labels))
        out->platform_labels = 0;
    if (router && k->is_setup && out->platform_labels <= LABEL_FIRST_UNRESERVED)
        say(out, "net.mpls.platform_labels is %u: no label can be used", out->platform_labels);
}

void platform_load(struct kernel_dp *k)
{
    if (k->has_loaded)
        return;
    k->has_loaded = true;
    if (!has_mpls_router())
        load_module("mpls_router");
    if (!has_mpls_iptunnel(k))
        load_module("mpls_iptunnel");
    if (!platform_has_vrf())
        load_module("vrf");
    if (!guard_probe(k))
        load_module("nf_tables");
}

void platform_probe(struct kernel_dp *k, struct dp_platform *out)
{
    memset(out, 0, sizeof(*out));
    platform_load(k);
    probe_mpls(k, out);
    out->has_vrf = platform_has_vrf();
    if (!out->has_vrf)
        say(out, "no VPN instances: needs kernel module vrf (CONFIG_NET_VRF)");
    out->has_guard = k->guard.is_usable || guard_probe(k); /* also before start */
    if (!out->has_guard)
        say(out, "no label guard: needs kernel module nf_tables with CONFIG_NF_TABLES_NETDEV, and CAP_NET_ADMIN; "
                 "interfaces towards others must not accept labels");
}

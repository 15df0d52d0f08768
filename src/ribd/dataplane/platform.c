/* SPDX-License-Identifier: Apache-2.0
 *
 * What this kernel can do, found by trying, after one attempt to load what is missing. platform_words.c says what is
 * missing and what to do about it; decides nothing.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/internal.h"
#include "src/ribd/dataplane/platform_words.h"

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

bool platform_has_labels(void)
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

/* A delete of a route that nobody has: without the right to write, the answer is another. */
static bool may_write(struct kernel_dp *k)
{
    char buf[128];
    struct prefix p = {.addr = {.family = AF_IPV4}, .len = 32};
    struct nlmsghdr *nlh = route_encode_del(buf, 0, &p, KERNEL_METRIC);

    return nl_request(&k->request, nlh, NULL) != -EPERM;
}

static void ignore(void *arg, const struct nlmsghdr *nlh)
{
    (void)arg;
    (void)nlh;
}

static bool has_nexthop_objects(struct kernel_dp *k)
{
    char buf[128];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    int error;

    nlh->nlmsg_type = RTM_GETNEXTHOP;
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
    mnl_attr_put_u32(nlh, NHA_ID, 1);
    error = nl_get(&k->request, nlh, ignore, NULL);
    return error != -EOPNOTSUPP && error != -EINVAL;
}

static unsigned kernel_version(void)
{
    struct utsname name;
    unsigned major, minor;

    return uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2 ? major << 8 | minor : 0;
}

void platform_load(struct kernel_dp *k)
{
    if (k->has_loaded)
        return;
    k->has_loaded = true;
    if (!platform_has_labels())
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
    struct platform_facts f = {.kernel = kernel_version(), .is_setup = k->is_setup};

    platform_load(k);
    f.may_write = may_write(k);
    f.has_nexthops = has_nexthop_objects(k);
    f.has_router = platform_has_labels();
    f.has_tunnel = f.has_router && has_mpls_iptunnel(k);
    f.has_vrf = platform_has_vrf();
    f.has_guard = k->guard.is_usable || guard_probe(k); /* also before start */
    if (sysctl_read_u32("mpls/platform_labels", &f.platform_labels))
        f.platform_labels = 0;
    f.labels_wanted = k->platform_labels;
    f.labels_error = k->labels_error;
    f.switch_error = k->switch_error;
    if (k->failed_switch)
        snprintf(f.failed_switch, sizeof(f.failed_switch), "%s", k->failed_switch);
    platform_words(&f, out);
}

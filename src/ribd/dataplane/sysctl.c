/* SPDX-License-Identifier: Apache-2.0
 *
 * The switches below /proc/sys/net that the data plane depends on. /proc/sys/net shows the namespace of the thread that
 * opens it. Owns nothing. What the kernel does not have (no MPLS, no IPv6) is left out in silence: platform.c tells it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/ribd/dataplane/internal.h"

enum { PATH_BYTES = 128, PLATFORM_LABELS_MAX = 1048575 };

static int sysctl_open(const char *path, int flags)
{
    char full[PATH_BYTES + 16];
    int fd;

    snprintf(full, sizeof(full), "/proc/sys/net/%s", path);
    fd = open(full, flags | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int sysctl_write(const char *path, const char *value)
{
    int fd = sysctl_open(path, O_WRONLY);
    int error = 0;

    if (fd < 0)
        return fd;
    if (write(fd, value, strlen(value)) < 0)
        error = -errno;
    close(fd);
    return error;
}

int sysctl_read_u32(const char *path, uint32_t *out)
{
    int fd = sysctl_open(path, O_RDONLY);
    char text[32];
    ssize_t got;

    if (fd < 0)
        return fd;
    got = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (got <= 0)
        return -EIO;
    text[got] = '\0';
    *out = (uint32_t)strtoul(text, NULL, 10);
    return 0;
}

int sysctl_link(const char *family, const char *name, const char *key, const char *value)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof(path), "%s/conf/%s/%s", family, name, key);
    return sysctl_write(path, value);
}

/* The effective value is the larger of `all` and the link's, and links of before our start keep theirs. */
void sysctl_new_link(const char *name)
{
    sysctl_link("ipv4", name, "rp_filter", "0");
}

/* Never lowered: that would delete the entries above the new limit. */
static int set_platform_labels(uint32_t wanted)
{
    uint32_t now = 0;
    char value[16];
    int error = sysctl_read_u32("mpls/platform_labels", &now);

    if (error == -ENOENT)
        return 0;
    if (wanted > PLATFORM_LABELS_MAX)
        wanted = PLATFORM_LABELS_MAX;
    if (!error && now >= wanted)
        return 0;
    snprintf(value, sizeof(value), "%u", wanted);
    return error ? error : sysctl_write("mpls/platform_labels", value);
}

static const struct {
    const char *path, *value;
} switches[] = {
    {"ipv4/ip_forward", "1"},
    {"ipv4/conf/all/rp_filter", "0"},
    {"ipv4/conf/default/rp_filter", "0"},
    /* A socket of the public instance must not hear what comes in through a VRF. */
    {"ipv4/tcp_l3mdev_accept", "0"},
    {"ipv4/udp_l3mdev_accept", "0"},
    {"ipv4/raw_l3mdev_accept", "0"},
    {"mpls/ip_ttl_propagate", "1"},
    /* "Pop and look up" in the public instance goes over lo: what has another label beneath ends there. */
    {"mpls/conf/lo/input", "0"},
    /* Else the kernel announces every route of a nexthop object whenever the object changes. */
    {"ipv4/nexthop_compat_mode", "0"},
};
enum { SWITCHES = sizeof(switches) / sizeof(switches[0]) };

int sysctl_setup(struct kernel_dp *k, uint32_t platform_labels)
{
    int result = set_platform_labels(platform_labels);

    k->labels_error = result;
    k->failed_switch = NULL;
    k->platform_labels = platform_labels < PLATFORM_LABELS_MAX ? platform_labels : PLATFORM_LABELS_MAX;
    for (size_t i = 0; i < SWITCHES; i++) {
        int error = sysctl_write(switches[i].path, switches[i].value);

        if (error && error != -ENOENT) {
            LOG_ERROR(k->log, "sysctl-failed", "path=net/%s value=%s error=\"%s\"", switches[i].path, switches[i].value,
                      strerror(-error));
            result = result ? result : error;
            if (!k->failed_switch) {
                k->failed_switch = switches[i].path;
                k->switch_error = error;
            }
        }
    }
    return result;
}

void sysctl_each(struct kernel_dp *k, void (*fn)(void *arg, const char *path, uint32_t wanted, bool is_minimum),
                 void *arg)
{
    for (size_t i = 0; i < SWITCHES; i++)
        fn(arg, switches[i].path, (uint32_t)strtoul(switches[i].value, NULL, 10), false);
    fn(arg, "mpls/platform_labels", k->platform_labels, true);
}

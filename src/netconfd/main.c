/* SPDX-License-Identifier: Apache-2.0
 *
 * netconfd as a program.
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "src/netconfd/daemon.h"
#include "strata/program.h"
#include "strata/users.h"

static uint64_t wall_clock_sec(void)
{
    return (uint64_t)time(NULL);
}

static void share_socket(const char *path)
{
    unsigned gid;
    if (users_group_id("strata", &gid) && chown(path, (uid_t)-1, (gid_t)gid) < 0)
        perror(path);
}

static void *create(const struct env *env, const char *config)
{
    struct netconfd_options opt = {
        .wall_clock_sec = wall_clock_sec, .user_name = users_name_of, .share_socket = share_socket};
    (void)config;
    return netconfd_create(env, &opt);
}

static void destroy(void *daemon)
{
    netconfd_destroy(daemon);
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "netconfd",
        .summary = "serves NETCONF to the clients that sshd's subsystem strata-netconf brings",
        .create = create,
        .destroy = destroy,
    };
    return program_main(argc, argv, &program);
}

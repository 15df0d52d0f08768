/* SPDX-License-Identifier: Apache-2.0
 *
 * The program mgmtd: arguments and the real world for one struct mgmtd. Its socket is for members of the group
 * "strata"; without such a group, for root alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/ipc/north/north_msg.h"
#include "src/mgmtd/mgmtd.h"
#include "strata/env.h"
#include "strata/program.h"
#include "strata/users.h"

_Static_assert(MGMTD_NAME_MAX == USERS_NAME_MAX, "names of the system are names here");

static uint64_t wall_clock_sec(void)
{
    return (uint64_t)time(NULL);
}

/* Who is not root gets in by the group. */
static void open_to_group(const struct env *env)
{
    char path[512];
    unsigned gid;

    snprintf(path, sizeof(path), "%s/%s", env->run_dir, MGMT_SOCKET);
    if (geteuid() == 0 && users_group_id("strata", &gid)) {
        if (chown(env->run_dir, (uid_t)-1, (gid_t)gid) || chown(path, (uid_t)-1, (gid_t)gid))
            chmod(path, 0600);
    } else {
        chmod(path, 0600);
    }
}

static void *create(const struct env *env, const char *config)
{
    static const struct mgmtd_users users = {.name_of = users_name_of, .groups_of = users_groups_of};
    struct mgmtd_options opt = {.boot_file = config, .wall_clock_sec = wall_clock_sec, .users = &users};
    struct mgmtd *m = mgmtd_create(env, &opt);
    if (m)
        open_to_group(env);
    return m;
}

static void destroy(void *daemon)
{
    mgmtd_destroy(daemon);
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "mgmtd",
        .summary = "holds the configuration and gives it to Strata's daemons",
        .has_config = true,
        .create = create,
        .destroy = destroy,
    };
    return program_main(argc, argv, &program);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The program mgmtd: arguments and the real world for one struct mgmtd. Its socket is for members of the group
 * "strata"; without such a group, for root alone.
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/ipc/north/north_msg.h"
#include "src/mgmtd/mgmtd.h"
#include "strata/env.h"
#include "strata/program.h"

enum { GROUPS_MAX = 256, NAME_BUFFER = 16384 };

static uint64_t wall_clock_sec(void)
{
    return (uint64_t)time(NULL);
}

static bool name_of(int uid, char *out, size_t size)
{
    char buffer[NAME_BUFFER];
    struct passwd entry, *found = NULL;
    if (getpwuid_r((uid_t)uid, &entry, buffer, sizeof(buffer), &found) || !found)
        return false;
    return snprintf(out, size, "%s", found->pw_name) < (int)size;
}

static size_t groups_of(const char *user, char (*out)[MGMTD_NAME_MAX], size_t max)
{
    char buffer[NAME_BUFFER];
    struct passwd entry, *found = NULL;
    gid_t ids[GROUPS_MAX];
    int n_ids = GROUPS_MAX;
    size_t n = 0;

    if (getpwnam_r(user, &entry, buffer, sizeof(buffer), &found) || !found)
        return 0;
    if (getgrouplist(user, found->pw_gid, ids, &n_ids) < 0)
        n_ids = GROUPS_MAX;
    for (int i = 0; i < n_ids && n < max; i++) {
        struct group group, *named = NULL;
        if (getgrgid_r(ids[i], &group, buffer, sizeof(buffer), &named) == 0 && named &&
            snprintf(out[n], MGMTD_NAME_MAX, "%s", named->gr_name) < MGMTD_NAME_MAX)
            n++;
    }
    return n;
}

/* Who is not root gets in by the group. */
static void open_to_group(const struct env *env)
{
    char buffer[NAME_BUFFER], path[512];
    struct group entry, *found = NULL;

    snprintf(path, sizeof(path), "%s/%s", env->run_dir, MGMT_SOCKET);
    if (geteuid() == 0 && getgrnam_r("strata", &entry, buffer, sizeof(buffer), &found) == 0 && found) {
        if (chown(env->run_dir, (uid_t)-1, found->gr_gid) || chown(path, (uid_t)-1, found->gr_gid))
            chmod(path, 0600);
    } else {
        chmod(path, 0600);
    }
}

static void *create(const struct env *env, const char *config)
{
    static const struct mgmtd_users users = {.name_of = name_of, .groups_of = groups_of};
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

/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions to the system's databases of users and groups.
 */
#include "strata/users.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>

enum { GROUPS_MAX = 256, NAME_BUFFER = 16384 };

bool users_name_of(int uid, char *out, size_t size)
{
    char buffer[NAME_BUFFER];
    struct passwd entry, *found = NULL;

    if (getpwuid_r((uid_t)uid, &entry, buffer, sizeof(buffer), &found) || !found)
        return false;
    return snprintf(out, size, "%s", found->pw_name) < (int)size;
}

size_t users_groups_of(const char *user, char (*out)[USERS_NAME_MAX], size_t max)
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
            snprintf(out[n], USERS_NAME_MAX, "%s", named->gr_name) < USERS_NAME_MAX)
            n++;
    }
    return n;
}

bool users_group_id(const char *name, unsigned *gid)
{
    char buffer[NAME_BUFFER];
    struct group entry, *found = NULL;

    if (getgrnam_r(name, &entry, buffer, sizeof(buffer), &found) || !found)
        return false;
    *gid = found->gr_gid;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The program mgmtd: arguments and the real world for one struct mgmtd.
 */
#include <time.h>

#include "src/mgmtd/mgmtd.h"
#include "strata/program.h"

static uint64_t wall_clock_sec(void)
{
    return (uint64_t)time(NULL);
}

static void *create(const struct env *env, const char *config)
{
    struct mgmtd_options opt = {.boot_file = config, .wall_clock_sec = wall_clock_sec};
    return mgmtd_create(env, &opt);
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

/* SPDX-License-Identifier: Apache-2.0
 *
 * bgpd as a program.
 */
#include "bgpd/daemon.h"
#include "strata/program.h"

static void *create(const struct env *env, const char *config)
{
    (void)config;
    return bgpd_create(env);
}

static void destroy(void *daemon)
{
    bgpd_destroy(daemon);
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "bgpd",
        .summary = "Border Gateway Protocol",
        .create = create,
        .destroy = destroy,
    };
    return program_main(argc, argv, &program);
}

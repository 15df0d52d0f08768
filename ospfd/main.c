/* SPDX-License-Identifier: Apache-2.0
 *
 * ospfd as a program.
 */
#include "ospfd/daemon.h"
#include "strata/program.h"

static void *create(const struct env *env, const char *config)
{
    (void)config;
    return ospfd_create(env);
}

static void destroy(void *daemon)
{
    ospfd_destroy(daemon);
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "ospfd",
        .summary = "OSPF version 2, in the public instance and in VPN instances",
        .create = create,
        .destroy = destroy,
    };
    return program_main(argc, argv, &program);
}

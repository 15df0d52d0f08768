/* SPDX-License-Identifier: Apache-2.0
 *
 * vpnd as a program.
 */
#include "strata/program.h"
#include "vpnd/daemon.h"

static void *create(const struct env *env, const char *config)
{
    (void)config;
    return vpnd_create(env);
}

static void destroy(void *daemon)
{
    vpnd_destroy(daemon);
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "vpnd",
        .summary = "validates and watches VPN instances",
        .create = create,
        .destroy = destroy,
    };
    return program_main(argc, argv, &program);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * ldpd as a program.
 */
#include "ldpd/daemon.h"
#include "strata/program.h"

static void *create(const struct env *env, const char *config)
{
    (void)config;
    return ldpd_create(env);
}

static void destroy(void *daemon)
{
    ldpd_destroy(daemon);
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "ldpd",
        .summary = "Label Distribution Protocol",
        .create = create,
        .destroy = destroy,
    };
    return program_main(argc, argv, &program);
}

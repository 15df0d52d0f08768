/* SPDX-License-Identifier: Apache-2.0
 *
 * stratad as a program.
 */
#include "src/stratad/daemon.h"
#include "strata/program.h"

static void *create(const struct env *env, const char *config)
{
    return stratad_create(env, config);
}

static void destroy(void *daemon)
{
    stratad_destroy(daemon);
}

static void terminate(void *daemon)
{
    stratad_terminate(daemon);
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "stratad",
        .summary = "starts the daemons that a router's configuration needs and restarts what dies",
        .has_config = true,
        .create = create,
        .destroy = destroy,
        .terminate = terminate,
    };
    return program_main(argc, argv, &program);
}

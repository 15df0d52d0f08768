/* SPDX-License-Identifier: Apache-2.0
 *
 * metricsd as a program.
 */
#include <stddef.h>

#include "src/metricsd/daemon.h"
#include "strata/program.h"

static void *create(const struct env *env, const char *config)
{
    (void)config;
    return metricsd_create(env, NULL);
}

static void destroy(void *daemon)
{
    metricsd_destroy(daemon);
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "metricsd",
        .summary = "gives the counters of all daemons to a collector, in the OpenMetrics format",
        .create = create,
        .destroy = destroy,
    };
    return program_main(argc, argv, &program);
}

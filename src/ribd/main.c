/* SPDX-License-Identifier: Apache-2.0
 *
 * ribd: routes, next hops, labels, interfaces and VPN instances; the only writer to the kernel.
 */
#include <stdio.h>
#include <string.h>

#include "src/ribd/daemon.h"
#include "src/ribd/dataplane.h"
#include "src/ribd/dataplane/kernel.h"
#include "strata/log.h"
#include "strata/mem.h"
#include "strata/program.h"

struct process {
    struct dataplane *dp;
    struct ribd *d;
};

static void destroy(void *daemon)
{
    struct process *p = daemon;

    ribd_destroy(p->d);
    p->dp->ops->destroy(p->dp);
    mem_free(NULL, p);
}

static void *create(const struct env *env, const char *config)
{
    struct process *p = MEM_NEW(NULL, struct process);
    int err = dataplane_kernel_create(env->loop, env->log, &p->dp);

    (void)config;
    if (err < 0) {
        LOG_ERROR(env->log, "data-plane-failed", "error=%d text=\"%s\"", err, strerror(-err));
        mem_free(NULL, p);
        return NULL;
    }
    p->d = ribd_create(env, p->dp);
    if (!p->d) {
        p->dp->ops->destroy(p->dp);
        mem_free(NULL, p);
        return NULL;
    }
    return p;
}

int main(int argc, char **argv)
{
    static const struct program program = {.name = "ribd",
                                           .summary = "routes, labels and interfaces; writes the kernel's tables",
                                           .create = create,
                                           .destroy = destroy};

    return program_main(argc, argv, &program);
}

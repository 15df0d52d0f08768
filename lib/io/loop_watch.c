/* SPDX-License-Identifier: Apache-2.0
 *
 * A foreign descriptor in the real loop, for code that has its own kind of socket (netlink). Watches reading only. The
 * descriptor stays its owner's; a watch is removed before the descriptor is closed.
 */
#include <errno.h>

#include "lib/io/event_private.h"
#include "strata/mem.h"

struct loop_watch {
    struct event event;
    void (*fn)(void *arg);
    void *arg;
};

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct loop_watch *watch = arg;

    (void)fd;
    (void)what;
    watch->fn(watch->arg);
}

int loop_event_watch(struct loop *loop, int fd, void (*fn)(void *arg), void *arg, struct loop_watch **out)
{
    struct loop_event *le = (struct loop_event *)(void *)loop;
    struct loop_watch *watch = MEM_NEW(NULL, struct loop_watch);

    watch->fn = fn;
    watch->arg = arg;
    if (event_assign(&watch->event, le->base, fd, EV_READ | EV_PERSIST, on_readable, watch) < 0 ||
        event_add(&watch->event, NULL) < 0) {
        mem_free(NULL, watch);
        return -EINVAL;
    }
    *out = watch;
    return 0;
}

void loop_event_unwatch(struct loop_watch *watch)
{
    if (!watch)
        return;
    event_del(&watch->event);
    mem_free(NULL, watch);
}

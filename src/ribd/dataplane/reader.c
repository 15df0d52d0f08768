/* SPDX-License-Identifier: Apache-2.0
 *
 * A dump on a socket of its own, beside whatever else the loop does. Must not know what it reads.
 */
#include "src/ribd/dataplane/reader.h"

#include <errno.h>
#include <string.h>

#include "strata/loop.h"

enum { BUFFERS_A_TURN = 2 }; /* of 32 KiB: some 700 routes */

static int ask(struct nl_reader *r)
{
    return nl_dump_begin(&r->sock, &r->question.header, &r->answer);
}

static void on_part(void *arg)
{
    struct nl_reader *r = arg;
    int error;

    if (!nl_dump_go_on(&r->sock, &r->answer, BUFFERS_A_TURN, &error))
        return;
    if (error == -EINTR && --r->tries > 0) {
        if (r->again)
            r->again(r->arg);
        error = ask(r);
        if (!error)
            return;
    }
    nl_reader_stop(r);
    r->done(r->arg, error);
}

int nl_reader_start(struct nl_reader *r, struct loop *loop, const struct nlmsghdr *question,
                    const struct nl_reading *how, void *arg)
{
    int error;

    if (question->nlmsg_len > sizeof(r->question))
        return -EMSGSIZE;
    memcpy(&r->question, question, question->nlmsg_len);
    r->answer.fn = how->fn;
    r->answer.arg = r->arg = arg;
    r->again = how->again;
    r->done = how->done;
    r->tries = how->tries;
    error = nl_open(&r->sock, NETLINK_ROUTE, true);
    if (!error)
        error = loop_event_watch(loop, r->sock.fd, on_part, r, &r->watch);
    if (!error)
        error = ask(r);
    if (error)
        nl_reader_stop(r);
    return error;
}

void nl_reader_stop(struct nl_reader *r)
{
    loop_event_unwatch(r->watch);
    r->watch = NULL;
    nl_close(&r->sock);
}

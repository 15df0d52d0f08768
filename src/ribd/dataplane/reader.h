/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's tables in parts: the answer to one question, some buffers of it in each turn of the loop. An answer that
 * is torn, since the table changed meanwhile, is asked for again.
 */
#pragma once

#include "src/ribd/dataplane/netlink.h"

struct loop;
struct loop_watch;

enum { READER_QUESTION_MAX = 128, READER_TRIES = 5 };

struct nl_reader {
    struct loop_watch *watch; /* NULL: nothing is read */
    struct nl_sock sock;
    struct nl_dump answer;
    unsigned tries; /* left */
    void (*again)(void *arg);
    void (*done)(void *arg, int error);
    void *arg;
    union {
        struct nlmsghdr header;
        char octets[READER_QUESTION_MAX];
    } question;
};

/* Each message of the answer is told to fn, then done() is. If it is torn it is asked for again `tries` - 1 times:
 * again() (may be NULL) says so before, and all of it is told anew. Still torn, done() gets -EINTR. 0 or -errno: then
 * done() does not come. */
struct nl_reading {
    nl_message_fn *fn;
    void (*again)(void *arg);
    void (*done)(void *arg, int error);
    unsigned tries;
};
int nl_reader_start(struct nl_reader *r, struct loop *loop, const struct nlmsghdr *question,
                    const struct nl_reading *how, void *arg);
void nl_reader_stop(struct nl_reader *r); /* without a word; allowed when nothing is read */

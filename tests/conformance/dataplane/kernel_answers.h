/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers to dumps of rtnetlink on their way from the kernel to the data plane's readers (the sockets that do not
 * block): what a case counts of them, and does to them. recv(2) and the loop's turn are wrapped at link
 * time.
 */
#pragma once

#include <stdbool.h>

struct kernel_answers {
    unsigned n_to_spare;      /* the next so many are left as they are; */
    unsigned n_to_tear;       /* then so many lack their routes, and say so (NLM_F_DUMP_INTR) */
    unsigned n_dumps, n_torn; /* ended; of these */
    unsigned n_parts;         /* buffers with routes, */
    unsigned at_part;         /* and in front of that one, fn is called; 0: never */
    void (*fn)(void *arg);
    void *arg;
    unsigned n_links_to_tear; /* the same of dumps of links, which are waited for */
    bool is_deaf;             /* news are lost, one overrun each */
    unsigned n_turns;         /* of the loop */
};

struct kernel_answers *kernel_answers(void);

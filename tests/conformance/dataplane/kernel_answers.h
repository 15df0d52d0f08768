/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers to dumps of rtnetlink on their way from the kernel to the data plane's readers (the sockets that do not
 * block): what a case counts of them, and does to them. recv(2) is wrapped at link time.
 */
#pragma once

struct kernel_answers {
    unsigned n_to_spare;      /* the next so many are left as they are; */
    unsigned n_to_tear;       /* then so many lack their routes, and say so (NLM_F_DUMP_INTR) */
    unsigned n_dumps, n_torn; /* ended; of these */
    unsigned n_parts;         /* buffers with routes, */
    unsigned at_part;         /* and in front of that one, fn is called; 0: never */
    void (*fn)(void *arg);
    void *arg;
};

struct kernel_answers *kernel_answers(void);

/* SPDX-License-Identifier: Apache-2.0
 *
 * What main.c (or the simulation) gives to a daemon: its whole outside world. All pointers are borrowed and outlive the
 * daemon. Sockets of a router: <run_dir>/ribd.sock, <run_dir>/mgmtd.sock; durable files: <state_dir>/...
 */
#pragma once

struct io;
struct log;
struct loop;

struct env {
    struct loop *loop;
    struct io *io;
    struct log *log;
    const char *run_dir;
    const char *state_dir;
};

/* SPDX-License-Identifier: Apache-2.0
 *
 * The small network of the restart test: a host, the router, a far router, each in a network namespace that dies with
 * this process. The process itself lives in the router's. Every call ends the program if it fails.
 *
 *     host 192.0.2.2 (and .3) --- 192.0.2.1 router 10.9.0.1 --- 10.9.0.2 far, which owns 198.51.100.1
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct lab {
    pid_t host, far;
    pid_t mgmtd, ribd;
    char dir[64]; /* run and state */
    char bin[512];
    bool has_mpls;
};

_Noreturn void lab_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
void lab_start(struct lab *lab);
void lab_end(struct lab *lab);
/* A shell command; its output, at most size - 1 octets, into out (may be NULL). Returns its exit status. */
int lab_run(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same and it must succeed. */
void lab_must(const char *format, ...) __attribute__((format(printf, 1, 2)));
void lab_start_ribd(struct lab *lab);
void lab_kill_ribd(struct lab *lab); /* -9, and waits */
long lab_rss_kb(pid_t pid);
/* UDP packets from one namespace to an address in another, which sends them back: 50 a second until the end, when what
 * is under way is waited for. */
struct traffic {
    pid_t sender, echo;
    int end, counts; /* pipes: one octet ends it, two numbers come back */
};
void lab_traffic_start(struct traffic *t, pid_t from, pid_t to, const char *address);
void lab_traffic_end(struct traffic *t, unsigned *sent, unsigned *received);

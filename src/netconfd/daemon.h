/* SPDX-License-Identifier: Apache-2.0
 *
 * netconfd: the NETCONF front end of mgmtd. It holds no configuration and judges no access: it reads and writes
 * NETCONF, and asks mgmtd in the name of the user whom the kernel names behind the socket.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;
struct netconfd;

struct netconfd_options {
    const char *yang_dir; /* NULL: where they are usually (lib/text/context.h) */
    uint64_t (*wall_clock_sec)(void);
    /* Name of a user; false: nobody of that id. */
    bool (*user_name)(int uid, char *out, size_t size);
    /* Lets the group of those who may use NETCONF open the socket. */
    void (*share_socket)(const char *path);
};

/* NULL: failed, the reason is logged. `opt` is borrowed during the call. */
struct netconfd *netconfd_create(const struct env *env, const struct netconfd_options *opt);
void netconfd_destroy(struct netconfd *d);

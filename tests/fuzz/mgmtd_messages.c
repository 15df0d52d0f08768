/* SPDX-License-Identifier: Apache-2.0
 *
 * The decoders of the conversations with mgmtd, both directions. The first octet chooses.
 */
#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipc/north/front_msg.h"
#include "lib/ipc/north/north_msg.h"
#include "strata/mem.h"

static void check_daemon(const uint8_t *data, size_t size)
{
    struct north_from_daemon m, again;
    struct north_held held, held_again;
    size_t len;
    if (north_from_daemon_decode(data, size, &m, &held))
        return;
    uint8_t *bytes = north_from_daemon_encode(&m, &len);
    if (north_from_daemon_decode(bytes, len, &again, &held_again) || again.id != m.id ||
        strcmp(again.text, m.text) != 0)
        abort();
    north_from_daemon_release(&held);
    north_from_daemon_release(&held_again);
    mem_free(NULL, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct north_to_daemon m;
    struct north_held held;
    struct front_request request;
    struct front_reply reply;
    const char *const *names;
    size_t n;
    uint64_t id;
    void *pb;

    if (size == 0)
        return 0;
    unsigned kind = data[0] % 5;
    data++;
    size--;
    if (kind == 0)
        check_daemon(data, size);
    else if (kind == 1 && north_to_daemon_decode(data, size, &m, &held) == 0)
        north_to_daemon_release(&held);
    else if (kind == 2 && front_request_decode(data, size, &id, &request, &pb) == 0)
        front_request_release(pb);
    else if (kind == 3 && front_reply_decode(data, size, &reply, &pb) == 0)
        front_reply_release(pb);
    else if (kind == 4 && front_needed_decode(data, size, &names, &n, &pb) == 0)
        front_needed_release(pb);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes the decoders of the conversation with ribd, both halves: the first byte is the frame type. The recorder reads
 * every value that comes out.
 */
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/ipc/recorder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct recorder rec = {0};
    struct rib_scratch scratch = {0};
    struct rib_msg_server_sink server = {.ev = &recorder_server_events, .arg = &rec, .scratch = &scratch};
    struct rib_msg_client_sink client = {.ops = &recorder_client_ops, .arg = &rec, .scratch = &scratch};

    if (size == 0)
        return 0;
    if (data[0] >= RIB_MSG_READY)
        rib_msg_decode_for_client(data[0], data + 1, size - 1, &client);
    else
        rib_msg_decode_for_server(data[0], data + 1, size - 1, &server);
    recorder_clear(&rec);
    rib_scratch_fini(&scratch);
    return 0;
}

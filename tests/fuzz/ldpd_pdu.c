/* SPDX-License-Identifier: Apache-2.0
 *
 * The LDP decoder: any bytes as a stream of PDUs. What it accepts must be readable without surprises.
 */
#include <stdint.h>
#include <stdlib.h>

#include "ldpd/packet/ldp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct ldp_message *m)
{
    struct ldp_fec fec;
    if (m->is_unknown)
        return;
    if (m->type >= LDP_LABEL_MAPPING && m->type <= LDP_LABEL_ABORT)
        while (ldp_fec_next(&m->label.fecs, &fec))
            if (fec.kind == LDP_FEC_PREFIX && fec.prefix.len > 32)
                abort();
    if (m->type == LDP_ADDRESS && wire_left(&m->addresses) % 4 != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ldp_error err;
    for (int n; (n = ldp_pdu_size(data, size, LDP_MAX_PDU_DEFAULT, &err)) > 0; data += n, size -= (size_t)n) {
        struct ldp_pdu pdu;
        if (!ldp_pdu_decode(data, (size_t)n, &pdu, &err))
            break;
        struct ldp_message m;
        do {
            while (ldp_message_next(&pdu.messages, &m, &err))
                use(&m);
        } while (err.status && !(err.status & LDP_STATUS_E));
    }
    return 0;
}

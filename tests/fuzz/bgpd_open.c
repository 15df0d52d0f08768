/* SPDX-License-Identifier: Apache-2.0
 *
 * The body of an OPEN. What is accepted must survive being written and read again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "bgpd/packet/open.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t buf[BGP_MESSAGE_MAX];
    struct bgp_open o, again;
    struct bgp_error e;
    size_t len;

    if (!bgp_open_decode(data, size, &o, &e)) {
        if (e.outcome != BGP_RESET || e.code != BGP_ERROR_OPEN)
            abort();
        return 0;
    }
    if (!o.families)
        return 0; /* without a family nothing is offered, which would mean unicast */
    len = bgp_open_encode(buf, sizeof(buf), &o);
    if (!len || !bgp_open_decode(buf + BGP_HEADER_LEN, len - BGP_HEADER_LEN, &again, &e))
        abort();
    if (again.as != (o.has_as4 ? o.as : o.as & 0xffff) || again.router_id != o.router_id ||
        again.families != o.families)
        abort();
    return 0;
}

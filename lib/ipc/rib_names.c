/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of the enums of rib.h, for logs and for the hello.
 */
#include "lib/ipc/rib_msg.h"

#include <string.h>

const char *rib_client_id_name(enum rib_client_id c)
{
    switch (c) {
    case RIB_CLIENT_NONE:
        return "none";
    case RIB_CLIENT_RIBD:
        return "ribd";
    case RIB_CLIENT_OSPFD:
        return "ospfd";
    case RIB_CLIENT_LDPD:
        return "ldpd";
    case RIB_CLIENT_BGPD:
        return "bgpd";
    case RIB_CLIENT_VPND:
        return "vpnd";
    }
    return "unknown";
}

enum rib_client_id rib_client_id_of(const char *name)
{
    for (enum rib_client_id c = RIB_CLIENT_RIBD; c <= RIB_CLIENT_VPND; c++)
        if (strcmp(name, rib_client_id_name(c)) == 0)
            return c;
    return RIB_CLIENT_NONE;
}

const char *rib_source_name(enum rib_source s)
{
    switch (s) {
    case RIB_SOURCE_CONNECTED:
        return "connected";
    case RIB_SOURCE_STATIC:
        return "static";
    case RIB_SOURCE_OSPF:
        return "ospf";
    case RIB_SOURCE_BGP:
        return "bgp";
    case RIB_SOURCE_BGP_LABELED:
        return "bgp-labeled";
    case RIB_SOURCE_KERNEL:
        return "kernel";
    case RIB_SOURCE_COUNT:
        break;
    }
    return "unknown";
}

const char *rib_label_purpose_name(enum rib_label_purpose p)
{
    switch (p) {
    case RIB_LABEL_LDP:
        return "ldp";
    case RIB_LABEL_BGP_LABELED:
        return "bgp-labeled";
    case RIB_LABEL_VPN_ROUTE:
        return "vpn-route";
    case RIB_LABEL_VPN_INSTANCE:
        return "vpn-instance";
    case RIB_LABEL_STATIC:
        return "static";
    }
    return "unknown";
}

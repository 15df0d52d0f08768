/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of `show` that are not the schema's, or not in its order; and what people of other routers type.
 */
#include "src/shell/show_aliases.h"

#include <stddef.h>

#include "src/shell/shell.h"

/* Where the words are not the schema's. */
const struct show_alias show_aliases[] = {
    {"interfaces", "rib interface", "Interfaces, their state and addresses", NULL, NULL, NULL},
    {"route", "rib route", "Routes, with the labels they get", NULL, NULL,
     "vpn-instance prefix source owner distance metric tag selected installed stale reason|inactive-reason next-try "
     "age "
     "protocol-next-hop next-hop|drops"},
    {"mpls forwarding", "rib mpls-forwarding", "What the kernel does with labelled packets", NULL, NULL, NULL},
    {"mpls lsp", "rib lsp", "Label-switched paths: where they begin, pass and end", NULL, NULL, NULL},
    {"mpls label-stack", "rib label-stack", "The labels that packets to a prefix get, and who gave them", NULL, NULL,
     NULL},
    {"next-hop", "rib next-hop", "Addresses that routes depend on, and how they are reached", NULL, NULL, NULL},
    {"mpls label", "rib label", "Labels: to whom they were given and what for", NULL, NULL, NULL},
    {"mpls label-range", "rib label-range", "How much of the label ranges is used, and by whom", NULL, NULL, NULL},
    {"rib counters", "rib counters", "How much the routing tables hold, and what failed", NULL, NULL, NULL},
    {"mpls interface", "rib interface", "Interfaces that take labelled packets", "mpls true", NULL, NULL},
    {"platform", "rib platform", "What this kernel can do", NULL, NULL, NULL},
    {"platform audit", NULL, "The kernel compared with what was intended", NULL, "platform audit", NULL},
    {"ospf neighbor", "ospf neighbor", "OSPF neighbours", NULL, NULL, NULL},
    {"ospf interface", "ospf interface", "OSPF interfaces", NULL, NULL, NULL},
    {"ospf database", "ospf database", "OSPF link-state database", NULL, NULL, NULL},
    {"ospf route", "ospf route", "OSPF routes", NULL, NULL, NULL},
    {"ospf statistics", "ospf statistics", "What OSPF has done, and how long it took", NULL, NULL, NULL},
    {"ospf drop", "ospf drop", "OSPF input that was not used, by reason", NULL, NULL, NULL},
    {"ldp neighbor", "ldp session", "LDP sessions", NULL, NULL,
     "lsr-id state role transport-address local-address uptime keepalive-holdtime received sent labels last-error "
     "address "
     "ignored-address"},
    {"ldp history", "ldp session-end", "How LDP sessions ended, by neighbour", NULL, NULL, NULL},
    {"ldp interface", "ldp interface", "LDP interfaces and what they lack", NULL, NULL,
     "name status local-address neighbors"},
    {"ldp discovery", "ldp adjacency", "LDP hello adjacencies", NULL, NULL, NULL},
    {"ldp binding", "ldp binding", "LDP label bindings", NULL, NULL, NULL},
    {"ldp drops", "ldp drops", "LDP input that was not used, by reason", NULL, NULL, NULL},
    {"bgp summary", "bgp neighbor", "BGP neighbours", NULL, NULL,
     "address remote-as state uptime received sent family(received/sent)=family/prefixes-received/prefixes-sent "
     "last-error"},
    {"bgp ipv4-unicast", "bgp ipv4-unicast", "BGP unicast routes", NULL, NULL, NULL},
    {"bgp ipv4-labeled-unicast", "bgp ipv4-labeled-unicast", "BGP labelled routes", NULL, NULL, NULL},
    {"bgp ipv4-vpn", "bgp ipv4-vpn", "BGP VPN routes", NULL, NULL, NULL},
    {"bgp statistics", "bgp statistics", "Numbers of BGP routes, and what is wrong with them", NULL, NULL, NULL},
    {"vpn-instance", "vpn-instance", "VPN instances and what is wrong with them", NULL, NULL, NULL},
    {"vpn-instance forwarding", "rib forwarding", "What an instance does with packets: routes and labels", NULL, NULL,
     NULL},
    {"carriers-carrier", "carriers-carrier",
     "Customer carriers: their sites here and elsewhere, what is wrong and since when", NULL, NULL, NULL},
    {"carriers-carrier carrier", "carriers-carrier carrier", "Customer carriers, a line each", NULL, NULL, NULL},
    {"carriers-carrier local-site", "carriers-carrier local-site", "Sessions with routers of customer carriers", NULL,
     NULL, NULL},
    {"carriers-carrier remote-site", "carriers-carrier remote-site",
     "Other provider edge routers with sites of customer carriers", NULL, NULL, NULL},
    {"carriers-carrier problem", "carriers-carrier problem", "What is wrong with customer carriers, and since when",
     NULL, NULL, NULL},
    {"daemons", "management daemon", "The daemons of this router", NULL, NULL, NULL},
    {"users", "management session", "Who works on this router: shells, NETCONF", "kind !local", NULL, NULL},
    {"users detail", "management session", "... and the programs of this router that talk with mgmtd", NULL, NULL,
     NULL},
    {"sessions", "management session", "The same as users", "kind !local", NULL, NULL},
    {"sessions detail", "management session", "The same as users detail", NULL, NULL, NULL},
    {"locks", "management lock", "Datastores that a session has locked", NULL, NULL, NULL},
    {"version", "management software", "Name and version of the software", NULL, NULL, NULL},
    {"configuration history", "management commit", "Commits, the newest last; what one of them changed", NULL, NULL,
     "sequence author time comment goes-back-to"},
    {"history", "management commit", "Commits, the newest last; what one of them changed", NULL, NULL,
     "sequence author time comment goes-back-to"},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

/* Understood, not offered. */
const char *const show_synonyms[][2] = {
    {"running-config", "configuration"},
    {"current-configuration", "configuration"},
    {"ip route", "route"},
    {"route table", "route"},
    {"ip routing-table", "route"},
    {"ip interface", "interfaces"},
    {"ip ospf", "ospf"},
    {"ip bgp summary", "bgp summary"},
    {"ip bgp", "bgp ipv4-unicast"},
    {"ospf peer", "ospf neighbor"},
    {"ospf lsdb", "ospf database"},
    {"bgp peer", "bgp summary"},
    {"bgp neighbors", "bgp neighbor"},
    {"bgp labels", "bgp ipv4-labeled-unicast"},
    {"bgp vpnv4", "bgp ipv4-vpn"},
    {"ldp session", "ldp neighbor"},
    {"ldp peer", "ldp neighbor"},
    {"ldp database", "ldp binding"},
    {"ldp bindings", "ldp binding"},
    {"ldp statistics", "ldp drops"},
    {"mpls ldp session", "ldp neighbor"},
    {"mpls ldp", "ldp"},
    {"mpls forwarding-table", "mpls forwarding"},
    {"mpls interfaces", "mpls interface"},
    {"vrf", "vpn-instance"},
    {"commit history", "history"},
    {"system commit", "history"},
    {"system rollback", "history"},
    {"processes", "daemons"},
    {NULL, NULL},
};

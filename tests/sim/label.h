/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose label is this? "ROUTER OWNER [VPN-INSTANCE] FEC" as in checks.toml: looked up in that router's own label table.
 * OWNER is a protocol or its daemon; a label for a whole VPN instance stands for every FEC in it; "*" is any FEC.
 */
#pragma once

#include "tests/sim/network.h"

/* Does the router hold that label, installed, for that purpose? */
bool label_means(struct network *net, uint32_t label, const char *meaning);
/* An installed label of that meaning; 0 if there is none. */
uint32_t label_of(struct network *net, const char *meaning);
/* Does the router know the label as something else? That it knows it no more, has not the VPN
 * instance, or does not run, is no harm. */
bool label_is_misunderstood(struct network *net, uint32_t label, const char *meaning);
/* As the two above, of a label as a scenario writes it: a number or a meaning. `router` if not NULL takes the place of
 * the router in the meaning. */
bool label_is(struct network *net, uint32_t label, const json_t *wanted, const char *router);
bool label_is_wrong(struct network *net, uint32_t label, const json_t *wanted, const char *router);
/* The label that is written so; false if there is none now. */
bool label_resolve(struct network *net, const json_t *written, uint32_t *label);
bool label_is_installed(struct network *net, const char *router, uint32_t label);        /* whatever it is for */
size_t labels_of(struct network *net, const char *router, uint32_t *labels, size_t max); /* all that are installed */
/* What the router holds the label for, for people. */
const char *label_text(struct network *net, const char *router, uint32_t label, char buf[128]);

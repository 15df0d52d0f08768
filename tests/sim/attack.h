/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the attack share: a front end that commits changes while packets pass, and a customer that speaks
 * BGP as it likes.
 */
#pragma once

#include "bgpd/packet/update.h"
#include "tests/sim/csc.h"
#include "tests/sim/victim.h"

/* --- configuration (attack_config.c) --- */
/* Loads text over what runs on the router and commits it. False: refused, or no answer; `error` says why. */
bool attack_commit(struct test *a, const char *router, const char *text, char error[PROBLEM_BYTES]);
void attack_reconfigure(struct test *a); /* the cases */

/* --- a hostile customer (attack_speaker.c) --- */
struct speaker;
struct speaker *speaker_start(struct network *net, const char *node, const char *to, uint32_t as);
void speaker_stop(struct speaker *s);
bool speaker_is_up(const struct speaker *s);
void speaker_announce(struct speaker *s, const char *prefix, uint32_t label, const struct bgp_attrs *more);
void speaker_withdraw(struct speaker *s, const char *prefix);
void speaker_write(struct speaker *s, const void *data, size_t n);      /* raw octets */
uint32_t speaker_label_of(const struct speaker *s, const char *prefix); /* given to us; 0: not told */
size_t speaker_n_received(const struct speaker *s);

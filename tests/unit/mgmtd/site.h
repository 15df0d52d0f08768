/* SPDX-License-Identifier: Apache-2.0
 *
 * One mgmtd under virtual time and the people who work there, each under a name and in groups of his own. For tests of
 * what who may.
 */
#pragma once

#include "tests/unit/mgmtd/fixture.h"

#include "strata/front.h"
#include "strata/sim.h"

struct site {
    struct ly_ctx *ctx;
    struct sim *sim;
    struct sim_node *node;
    const char *boot;
};

struct person {
    struct site *site;
    struct front *front;
    uint64_t id;
    bool is_answered, is_down;
    int error;
    char tag[32], path[256], note[1024], text[16384], heard[16384];
};

#define HIDDEN "very-hidden-name"
#define RULES                                                                                                          \
    "nacm { group ops user-name olga\n"                                                                                \
    "  rule-list ops { group ops\n"                                                                                    \
    "    rule no-name { path /strata-system:system/hostname; action deny }\n"                                          \
    "    rule interfaces { path /ietf-interfaces:interfaces; action permit } } }\n"
#define SYSTEM "<system xmlns='urn:strata:system'>"

/* Starts mgmtd with the text as boot file; site_begin: and waits until it runs. */
void site_make(struct site *site, struct ly_ctx *ctx, const char *boot);
void site_begin(struct site *site, struct ly_ctx *ctx, const char *boot);
/* The user is in no group any more; NULL: everybody is back in his. */
void site_put_out(const char *user);
/* A front end of that kind comes, on behalf of the user. */
void person_come(struct person *p, struct site *site, const char *user, const char *kind);
/* ... of NETCONF, with the shared candidate. */
void person_come_to_share(struct person *p, struct site *site, const char *user);
void person_leave(struct person *p);
/* One request and its answer. */
int person_ask(struct person *p, struct front_request r);
int person_load(struct person *p, const char *text);
int person_commit(struct person *p);
const char *person_show(struct person *p, const char *path);
/* Was it in the last answer? */
bool person_tells(const struct person *p, const char *what);
/* The audit log; mem_free. */
char *site_audit(const struct site *site);
size_t text_count(const char *text, const char *what);

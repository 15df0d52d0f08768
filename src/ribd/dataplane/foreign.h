/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes of others in the tables that are ours to look after: what is known of them, to tell each change once, and to
 * find what went without a word.
 */
#pragma once

#include <uthash.h>

#include "src/ribd/dataplane.h"
#include "src/ribd/dataplane/reader.h"
#include "strata/loop.h"
#include "strata/pace.h"

struct kernel_dp;

struct foreign_hop {
    uint32_t ifindex;
    struct ip_addr gateway;
};

/* One of the kernel's routes. Of one prefix there may be several with different metrics. */
struct foreign_route {
    struct foreign_key {
        uint32_t table, metric;
        struct prefix prefix;
    } key;
    uint32_t kernel_id;     /* of a nexthop object that it is over; 0: none */
    uint8_t protocol, type; /* enum dp_route's */
    uint32_t seen;          /* by the look with that number */
    size_t n;
    struct foreign_hop *hops;
    struct foreign_route *next; /* same prefix, higher metric */
};

/* A prefix of one table. */
struct foreign_place {
    struct foreign_key place; /* its metric is 0 */
    struct foreign_route *first;
    UT_hash_handle hh;
};

struct foreign {
    struct foreign_place *places;
    size_t n;
    bool is_full;
    bool has_objects;      /* a route over a nexthop object was seen */
    bool has_doubles;      /* two routes with one prefix and one metric were seen */
    bool is_whole_due;     /* the resync looks at all routes, not only at protocols known here */
    size_t n_at_ours;      /* with our own metric: they replaced ours, or ours may have replaced them since */
    uint32_t protocols[8]; /* bits: whose routes were seen */
    struct timer resync;
    struct pace pace;
    bool is_again_due;    /* a resync that waits for the end of the look that goes on */
    unsigned n_failures;  /* of looks since the last one at all there is, */
    int error;            /* and why */
    struct foreign_look { /* in parts, since our own million may be among them; news of routes wait until its end */
        enum foreign_look_kind { LOOK_NONE, LOOK_ALL, LOOK_KNOWN, LOOK_NEW_TABLE, LOOK_GONE_TABLE } kind;
        uint32_t number, table;
        unsigned protocol; /* of LOOK_KNOWN: the next */
        struct nl_reader reader;
        int labels_error;   /* of LOOK_ALL: labels could not be read */
        bool is_forgetting; /* all has been read */
        struct foreign_place *forget_at;
        struct timer go_on;
        uint64_t began_us;
        void (*done)(struct kernel_dp *k, int error); /* may be NULL */
        struct foreign_table {
            uint32_t table;
            bool is_new; /* else it has gone */
        } * tables;      /* that wait for a look, in order */
        size_t n_tables;
    } look;
};

void foreign_init(struct kernel_dp *k);
void foreign_close(struct kernel_dp *k);
/* RTM_NEWROUTE, RTM_DELROUTE. True: it stands where ours would, and is of a kind that cannot be told. */
bool foreign_message(struct kernel_dp *k, const struct nlmsghdr *nlh);
/* Compares all with the kernel, labels of others, too, in parts; then done(), if it is not NULL. What changes meanwhile
 * is read from the monitor afterwards: a part may be older than the news. */
void foreign_tell_all(struct kernel_dp *k, void (*done)(struct kernel_dp *k, int error));
void foreign_resync_soon(struct kernel_dp *k, bool is_whole);
void foreign_news_told(struct kernel_dp *k); /* what waited for the end of a look has been told */
void foreign_written(struct kernel_dp *k);   /* writes of ours were carried out */
void foreign_table_appeared(struct kernel_dp *k, uint32_t table);
void foreign_table_gone(struct kernel_dp *k, uint32_t table);
void foreign_nexthop_changed(struct kernel_dp *k); /* an object of others: the kernel says nothing of its routes */
void foreign_link_lost(struct kernel_dp *k, uint32_t ifindex); /* its routes may have gone silently */

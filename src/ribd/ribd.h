/* SPDX-License-Identifier: Apache-2.0
 *
 * The root object, for daemon.c and for the folders link/ and north/ that speak for it.
 */
#pragma once

#include <sys/queue.h>

#include "src/ribd/dataplane.h"
#include "src/ribd/iface/port.h"
#include "src/ribd/instance/instance.h"
#include "src/ribd/instance/lsps.h"
#include "src/ribd/instance/statics.h"
#include "src/ribd/label/manager.h"
#include "src/ribd/retry.h"
#include "src/ribd/rib/rib.h"
#include "strata/env.h"
#include "strata/loop.h"
#include "strata/pace.h"

struct label_store;
struct rib_server;
struct rib_session;
struct north;

enum { RIBD_CLIENTS = RIB_CLIENT_VPND + 1 };

/* What the configuration wants, as ribd understands it. */
struct ribd_wish {
    struct port_wish *ports;
    size_t n_ports;
    const char **instances;
    bool *is_pipe; /* of each instance; is_public_pipe of the public one */
    size_t n_instances;
    bool is_public_pipe;
    struct static_wish *statics;
    size_t n_statics;
    struct lsp_wish *lsps;
    size_t n_lsps;
    struct label_ranges labels;
    uint32_t stale_time_sec;
};

struct ribd {
    const struct env *env;
    struct dataplane *dp;
    struct dp_platform platform;
    bool is_adopting;   /* the data plane told what exists, */
    bool is_started;    /* and all is adopted that was there before us */
    bool is_configured; /* at least one commit */
    bool is_closing;
    bool is_guard_off; /* or is being switched on or off */
    bool is_guard_off_told;
    struct rib *rib;
    struct rib_callbacks callbacks;
    struct ports *ports;
    struct instances *instances;
    struct statics *statics;
    struct lsps *lsps;
    struct label_manager *labels;
    struct label_store *label_store;
    uint64_t labels_saved_walk;           /* so far may be given out before the mark is written again */
    uint64_t labels_back_us;              /* until then clients come back after our start */
    uint64_t label_alarm_us;              /* since when somebody got none; 0: no alarm */
    uint32_t labels_waiting;              /* bits: who got none */
    bool is_serving_soon;                 /* what became free is looked at in a moment */
    uint32_t labels_wanted[RIBD_CLIENTS]; /* how many they asked for */
    uint32_t labels_sweeping;             /* bits: whose labels are being swept */
    uint32_t platform_labels;
    uint32_t stale_time_sec;
    struct rib_server *server; /* NULL until the first configuration */
    struct north *north;
    struct rib_session *sessions[RIBD_CLIENTS];
    uint32_t known_clients;          /* bits: who ever connected; kept in <state_dir>/clients */
    uint32_t awaited_clients;        /* bits: whose end of replay is outstanding since our start */
    bool has_adopted;                /* swept when nobody is awaited any more */
    TAILQ_HEAD(, ribd_audit) audits; /* the first one is under way */
    bool is_auditing;
    TAILQ_HEAD(, ribd_guard_asked) guard_asked; /* who waits for the guard */
    struct timer settle, retry, rib_retry, audit, audit_next, patrol, hold, adopted, open;
    struct timer labels_rested, labels_serve, labels_unclaimed, labels_sweep, labels_check;
    struct timer stale[RIBD_CLIENTS];
    struct ribd_stale_arg {
        struct ribd *d;
        enum rib_client_id client;
    } stale_args[RIBD_CLIENTS];
    struct ribd_labels_checking {
        void (*fn)(void *arg, const char *difference);
        void (*done)(void *arg, int n);
        void *arg;
        uint32_t entry, label; /* where it goes on */
        bool has_entries, has_labels;
        size_t left, n_wrong;
        int n;
    } labels_checking;
    struct retry lsps_retry;
    struct pace audit_pace;
    bool is_audit_owed; /* somebody's hand was seen while what was adopted was not yet claimed: not all could be
                           compared */
    size_t n_audits, n_differences; /* since start */
};

/* daemon.c */
void ribd_apply(struct ribd *d, const struct ribd_wish *w);
void ribd_settle_soon(struct ribd *d);

/* audit.c */
typedef void ribd_audited_fn(void *arg, const char *reply); /* NULL: ribd ends before that */
void ribd_audits_init(struct ribd *d);
void ribd_audits_fini(struct ribd *d);
/* Compares and, if told to, mends, in parts; then done() (may be NULL), perhaps before this returns. */
void ribd_audit(struct ribd *d, bool is_repair, ribd_audited_fn *done, void *arg);
void ribd_audit_soon(struct ribd *d, const char *what); /* somebody else had his hand in it */
void ribd_audit_owed(struct ribd *d);                   /* more can be compared now */

/* guard.c: the operator's switch of the label guard */
typedef void ribd_guard_fn(void *arg, int error, const char *reply); /* NULL: ribd ends before that */
void ribd_guard_init(struct ribd *d);
void ribd_guard_fini(struct ribd *d);
/* done() (may be NULL) when it is so, or it is known that it will not be, or not soon; perhaps before this returns. */
void ribd_guard_enable(struct ribd *d, bool is_enabled, ribd_guard_fn *done, void *arg);
void ribd_guard_switched(struct ribd *d, bool is_enabled); /* the data plane says so */

/* link/server.c */
int ribd_link_open(struct ribd *d);
void ribd_link_close(struct ribd *d);
void ribd_link_interface(struct ribd *d, const struct rib_interface *i);
void ribd_link_interface_gone(struct ribd *d, uint32_t ifindex);
void ribd_link_instance(struct ribd *d, const struct rib_instance *i);
void ribd_link_instance_gone(struct ribd *d, uint32_t vrf);
extern const struct rib_callbacks ribd_link_callbacks; /* what the RIB says to clients; without work and label_gone */

/* replay.c: who is awaited, who is stale */
void ribd_replay_load(struct ribd *d);
void ribd_replay_started(struct ribd *d); /* clients are let in */
void ribd_replay_opened(struct ribd *d, enum rib_client_id c);
void ribd_replay_closed(struct ribd *d, enum rib_client_id c);
void ribd_replay_ended(struct ribd *d, enum rib_client_id c);
void ribd_replay_fini(struct ribd *d);

/* labels.c: the label manager's life, who waits for labels, the alarm */
void ribd_labels_open(struct ribd *d);
void ribd_labels_close(struct ribd *d);
void ribd_labels_started(struct ribd *d); /* clients are let in */
void ribd_labels_flush(struct ribd *d);   /* after claims, before their entries are written */
void ribd_labels_wanted(struct ribd *d, enum rib_client_id c, uint32_t count);
void ribd_labels_moved(struct ribd *d);   /* the ranges are others now */
void ribd_labels_changed(struct ribd *d); /* some may be free that were not */
void ribd_labels_client_gone(struct ribd *d, enum rib_client_id c);
void ribd_labels_sweep(struct ribd *d, enum rib_client_id c); /* what it did not claim again */
/* Entries whose owner does not hold their label, and labels without an owner, in parts: fn is told each, then done()
 * how many, perhaps before this returns. One check at a time. */
void ribd_labels_check(struct ribd *d, void (*fn)(void *arg, const char *difference), void (*done)(void *arg, int n),
                       void *arg);

/* north/ */
int ribd_north_open(struct ribd *d);
void ribd_north_close(struct ribd *d);

/* north/notify.c: what operators are told without asking */
enum ribd_news { RIBD_TELL_GUARD_LOST, RIBD_TELL_GUARD_RESTORED };
void ribd_tell(struct ribd *d, enum ribd_news news);
void ribd_tell_guard_switched(struct ribd *d, bool is_enabled);
void ribd_tell_difference(struct ribd *d, const char *difference);
void ribd_tell_labels(struct ribd *d, bool is_exhausted, enum rib_client_id c);

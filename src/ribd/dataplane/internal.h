/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the kernel data plane: the object, and what its files need of each other.
 */
#pragma once

#include <sys/queue.h>
#include <uthash.h>

#include "src/ribd/dataplane.h"
#include "src/ribd/dataplane/foreign.h"
#include "src/ribd/dataplane/guard_table.h"
#include "src/ribd/dataplane/netlink.h"
#include "src/ribd/dataplane/news.h"
#include "src/ribd/dataplane/reader.h"
#include "src/ribd/dataplane/sender.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/pace.h"

/* What is known of one link: to tell changes from repetitions, and its name for sysctls. */
struct link_entry {
    uint32_t ifindex; /* key */
    struct dp_link link;
    struct prefix *addresses;
    size_t n_addresses;
    bool is_input_set;   /* ribd said so, whatever it said */
    bool accepts_labels; /* as ribd wants it; the guard may keep the kernel's switch off meanwhile */
    bool is_seen;        /* resync: still there */
    UT_hash_handle hh;
};

/* Members each set has in the kernel, to delete what a smaller set leaves over. A cache, rebuilt by dump(). */
struct nhset_entry {
    uint32_t id;
    uint32_t n_members;
    bool is_seen; /* dump: its group exists */
    UT_hash_handle hh;
};

/* One write of ribd: one or more messages, or one guard change. */
struct write_op {
    uint64_t cookie;
    uint32_t first_seq; /* of its messages */
    uint32_t fault;     /* 0, or one more than its place in the batch's faults */
};
struct write_fault {
    int error;
    char *text;
};

/* The kernel's answer to one message. */
struct write_failure {
    uint32_t seq;
    uint16_t type;
    int error;
    char text[RIB_TEXT_MAX];
};

/* Messages that are sent as one. */
struct write_chunk {
    struct sender_job job; /* first */
    struct write_batch *batch;
    struct nl_sock *sock;
    size_t len;
    uint32_t last_seq;
    int error;              /* what became of all of it is not known */
    const char *error_text; /* NULL: as the error says */
    struct write_failure *failures;
    size_t n_failures, failures_size;
    uint8_t data[NL_BUFFER];
};

struct guard_change {
    size_t op; /* index in the batch */
    uint32_t ifindex;
    uint32_t label; /* GUARD_LABEL_NONE: the interface itself */
    bool is_on;
};
#define GUARD_LABEL_NONE UINT32_MAX

struct write_batch {
    TAILQ_ENTRY(write_batch) link;
    struct write_op *ops;
    size_t n_ops, ops_size;
    struct write_fault *faults;
    size_t n_faults, faults_size;
    struct guard_change *guard;
    size_t n_guard, guard_size;
    bool is_guard_ordered;               /* all of the changes go before the messages */
    bool is_guard_begun, is_guard_ended; /* what is let in, before the messages; what is not any more, after them */
    size_t n_out, n_guard_out;           /* chunks and guard_work that are being sent */
    struct sender_jobs chunks;
};

/* The kernel's tables being read, for adoption or an audit (dump.c). */
struct nexthop_dump {
    struct found_member *members;
    STAILQ_HEAD(, found_group) groups;
};
struct dumper {
    const struct dp_dump *fn; /* NULL: nobody asks */
    void *arg;
    struct nl_reader reader;
    struct timer go_on;
    unsigned stage, waited;
    struct nexthop_dump found;
};

/* What deleted VRFs left in their tables is being removed (vrf_flush.c). */
struct vrf_flush {
    uint32_t *tables; /* the first is being flushed */
    size_t n_tables;
    struct nl_reader reader;
    struct timer go_on;
    unsigned n_read;     /* families */
    unsigned n_failures; /* of the first table: not before again_us */
    uint64_t again_us;
    int error;                    /* of writes for it */
    unsigned n_out;               /* writes on their way, */
    bool is_writing;              /* for the first table */
    struct flushed_route *routes; /* found, and not yet deleted */
    size_t n, size;
};

/* What is heard, and what becomes of it (monitor.c). */
struct monitor {
    struct nl_sock sock; /* links, addresses, others' routes, and changes of ours by others */
    struct loop_watch *watch;
    bool is_held;     /* a look goes on: news of routes wait until its end, */
    struct news late; /* here; */
    struct timer go_on;
    bool is_lossy;       /* some, or all of them, were lost: a resync is due at its end */
    struct timer resync; /* after lost notifications */
    bool is_resyncing;
    struct pace pace;
    uint64_t resync_began_us;
    int links_error; /* of the last look at links */
    struct dp_counters counters;
};

struct kernel_dp {
    struct dataplane base; /* first: the public object */
    struct loop *loop;
    struct log *log;
    const struct dp_events *events;
    struct dp_events events_copy;
    void *events_arg;
    bool is_started, is_setup, has_loaded;
    unsigned start_tries;
    uint32_t platform_labels;  /* as asked for */
    int labels_error;          /* of setting it */
    const char *failed_switch; /* the first that could not be set; NULL */
    int switch_error;
    uint32_t *vrf_tables; /* that vrf_create made or took over */
    size_t n_vrf_tables;
    struct vrf_flush vrf_flush;

    struct nl_sock request; /* immediate requests and dumps */
    struct nl_sock bulk;
    struct monitor monitor;
    struct timer start_timer; /* tells what exists after start() has returned */

    struct link_entry *links;
    struct nhset_entry *nhsets;
    struct foreign foreign;
    struct dumper dumper;
    uint8_t *foreign_labels; /* a bit each; NULL: none yet */
    uint8_t *foreign_labels_read;

    TAILQ_HEAD(, write_batch) batches; /* flushed, oldest first */
    struct sender_jobs spare_chunks;
    size_t n_spare_chunks;
    struct write_batch *open_batch; /* being filled; NULL if empty */
    struct timer write_timer;
    uint32_t write_seq;
    struct sender sender;

    struct guard guard;
};

static inline struct kernel_dp *kernel_of(struct dataplane *dp)
{
    return (struct kernel_dp *)(void *)dp;
}

/* link.c */
int link_start(struct kernel_dp *k);
void link_stop(struct kernel_dp *k);
int link_tell_all(struct kernel_dp *k); /* dumps and tells differences to what was told */
void link_message(struct kernel_dp *k, const struct nlmsghdr *nlh);
struct link_entry *link_find(struct kernel_dp *k, uint32_t ifindex);
bool link_has_name(const struct link_entry *e); /* else it is another's by now, and news of that are to come */
int link_query(struct kernel_dp *k, uint32_t ifindex, struct dp_link *out, bool *is_vrf_port); /* asks the kernel */
int link_set(struct dataplane *dp, uint32_t ifindex, bool is_up, uint32_t mtu, char *why);
int link_set_master(struct dataplane *dp, uint32_t ifindex, const char *vrf_device, char *why);
int link_set_mpls(struct dataplane *dp, uint32_t ifindex, bool accepts_labels, char *why);
int link_address_set(struct dataplane *dp, uint32_t ifindex, const struct prefix *a, bool is_present, char *why);
int refuse(char *why, int error, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* monitor.c */
void monitor_init(struct kernel_dp *k);
int monitor_open(struct kernel_dp *k);
void monitor_close(struct kernel_dp *k);
/* A look at routes begins: news of them wait, those of links do not; or it has ended. Nothing is heard before the
 * first.
 */
void monitor_hold(struct kernel_dp *k, bool is_held);
bool monitor_is_behind(const struct kernel_dp *k);       /* there are news that wait, or may be */
void monitor_links_told(struct kernel_dp *k, int error); /* a look at links has ended so */
void monitor_count(struct dataplane *dp, struct dp_counters *out);
void kernel_foreign_change(struct kernel_dp *k, const char *what);

/* foreign_label.c */
bool foreign_label_message(struct kernel_dp *k,
                           const struct nlmsghdr *nlh);       /* true: not known as a stranger's before */
void foreign_label_ours(struct kernel_dp *k, uint32_t label); /* ours is written in its place */
/* Reads what there is, and is to be told it, or the error, at the end: then what went since is told, too. 0 or -errno.
 */
int foreign_label_read(struct kernel_dp *k, struct nl_reader *reader, void (*done)(void *arg, int error));
int foreign_label_read_end(struct kernel_dp *k, int error);
void foreign_label_close(struct kernel_dp *k);

/* vrf.c */
int vrf_create(struct dataplane *dp, const char *device, uint32_t table, const char *alias, char *why);
int vrf_destroy(struct dataplane *dp, const char *device, uint32_t table, char *why);
enum { RULE_L3MDEV_PREF = 1000, RULE_LOCAL_PREF = 32765 };
int vrf_put_end(struct kernel_dp *k, uint32_t table, char *why); /* `unreachable default`, both families */
int vrf_remove_end(struct kernel_dp *k, uint32_t table);
int vrf_rules_ensure(struct kernel_dp *k); /* local behind l3mdev, both families; 1 if something had to be done */

/* vrf_flush.c */
void vrf_flush_init(struct kernel_dp *k);
void vrf_flush_start(struct kernel_dp *k, uint32_t table);
void vrf_flush_stop(struct kernel_dp *k, uint32_t table); /* it is used again */
bool vrf_flush_has(const struct kernel_dp *k, uint32_t table);
void vrf_flush_written(struct kernel_dp *k, int error); /* an op with WRITE_OF_VRF_FLUSH */
void vrf_flush_close(struct kernel_dp *k);

/* sysctl.c: paths below /proc/sys/net. 0 or -errno (-ENOENT: the kernel has no such thing). */
int sysctl_write(const char *path, const char *value);
int sysctl_read_u32(const char *path, uint32_t *out);
int sysctl_link(const char *family, const char *name, const char *key, const char *value);
int sysctl_setup(struct kernel_dp *k, uint32_t platform_labels);
void sysctl_new_link(const char *name);
/* The switches of setup(), with their values. */
void sysctl_each(struct kernel_dp *k, void (*fn)(void *arg, const char *path, uint32_t wanted, bool is_minimum),
                 void *arg);

/* platform.c */
bool platform_has_labels(void);          /* there is a label table */
void platform_load(struct kernel_dp *k); /* modules, the first time; may take a while */
void platform_probe(struct kernel_dp *k, struct dp_platform *out);
bool platform_has_vrf(void);

/* audit.c */
struct differences {
    void (*fn)(void *arg, const char *difference); /* NULL: only counted */
    void *arg;
    int n;
};
void audit_differs(struct differences *found, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int kernel_audit(struct dataplane *dp, bool is_repair, void (*fn)(void *arg, const char *difference), void *arg);

/* write.c: the queue of bulk writes. */
void write_init(struct kernel_dp *k);
void write_fini(struct kernel_dp *k);
#define WRITE_OF_VRF_FLUSH UINT64_MAX                  /* a cookie of our own: ribd is not told */
size_t write_op(struct kernel_dp *k, uint64_t cookie); /* opens an op; its index in the open batch */
void write_op_fail(struct kernel_dp *k, size_t op, int error, const char *text);
void *write_room(struct kernel_dp *k);                         /* room for one message of the last op */
void write_message(struct kernel_dp *k, struct nlmsghdr *nlh); /* what was encoded there is kept */
void write_guard(struct kernel_dp *k, uint64_t cookie, uint32_t ifindex, uint32_t label, bool is_on);
void write_flush(struct dataplane *dp);
bool write_awaits_guard(const struct kernel_dp *k,
                        uint32_t ifindex); /* the interface is to be guarded, and is not yet */
void write_guard_done(struct write_batch *b, int error, const char *text);
void write_go_on(struct kernel_dp *k);

/* dump.c */
void dump_init(struct kernel_dp *k);
int dump_all(struct dataplane *dp, const struct dp_dump *fn, void *arg);
void dump_stop(struct dataplane *dp);
struct nhset_entry *nhset_get(struct kernel_dp *k, uint32_t id);
void nhset_forget(struct kernel_dp *k, struct nhset_entry *e);

/* SPDX-License-Identifier: Apache-2.0
 *
 * See net.h.
 */
#include "tests/unit/ipc/net.h"

#include <stdio.h>

/* --- a small ribd --- */

static void fake_opened(void *arg, struct rib_session *s, enum rib_client_id id)
{
    static const struct rib_instance public = {.is_ready = true},
                                     custx = {.vrf = 10, .name = "custX", .device = "custX", .is_ready = true};
    struct fake *f = arg;

    recorder_server_events.opened(arg, s, id);
    f->session = s;
    rib_session_set_data(s, f);
    rib_session_instance(s, &public);
    rib_session_instance(s, &custx);
    for (size_t i = 0; i < f->n_interfaces; i++)
        rib_session_interface(s, &f->interfaces[i]);
    if (f->held_label)
        rib_session_held_label(s, f->held_label, &f->held_fec);
    if (!f->is_silent)
        rib_session_ready(s);
}

static void fake_closed(void *arg, struct rib_session *s)
{
    struct fake *f = arg;

    recorder_server_events.closed(arg, s);
    assert_ptr_equal(rib_session_data(s), f);
    f->session = NULL;
}

static void fake_labels_wanted(void *arg, struct rib_session *s, uint32_t count)
{
    struct fake *f = arg;
    uint32_t labels[1024];
    size_t n = 0;

    recorder_server_events.labels_wanted(arg, s, count);
    while (n < count && n < sizeof(labels) / sizeof(labels[0]) && f->next_label < f->last_label)
        labels[n++] = f->next_label++;
    rib_session_label_block(s, labels, n);
}

static void fake_batch_end(void *arg)
{
    ((struct fake *)arg)->batches++;
}

void fake_start(struct fake *f, const struct env *env)
{
    struct rib_server_events ev = recorder_server_events;

    ev.opened = fake_opened;
    ev.closed = fake_closed;
    ev.labels_wanted = fake_labels_wanted;
    ev.batch_end = fake_batch_end;
    assert_int_equal(rib_server_create(env, &ev, f, &f->server), 0);
}

void fake_stop(struct fake *f)
{
    rib_server_destroy(f->server);
    f->server = NULL;
}

/* --- a small daemon --- */

static void on_up(void *arg)
{
    ((struct net *)arg)->ups++;
    recorder_add(&((struct net *)arg)->rec, "up\n");
}

static void on_down(void *arg)
{
    ((struct net *)arg)->downs++;
    recorder_add(&((struct net *)arg)->rec, "down\n");
}

static void on_interface(void *arg, const struct rib_interface *now, const struct rib_interface *before)
{
    recorder_add(&((struct net *)arg)->rec, "interface %s%s\n", now ? now->name : before->name,
                 !before ? " new"
                 : !now  ? " gone"
                         : " changed");
}

static void on_instance(void *arg, const struct rib_instance *now, const struct rib_instance *before)
{
    recorder_add(&((struct net *)arg)->rec, "instance \"%s\"%s\n", now ? now->name : before->name,
                 !before ? " new"
                 : !now  ? " gone"
                         : " changed");
}

static void on_route(void *arg, const struct rib_best_route *r)
{
    if (((struct net *)arg)->routes++ < 100)
        recorder_client_ops.route(&((struct net *)arg)->rec, r, 0);
}

static void on_route_gone(void *arg, uint32_t vrf, const struct prefix *p)
{
    recorder_client_ops.route_gone(&((struct net *)arg)->rec, vrf, p, 0);
}

static void on_routes_complete(void *arg, uint32_t vrf)
{
    ((struct net *)arg)->completes++;
    recorder_client_ops.routes_complete(&((struct net *)arg)->rec, vrf, 0);
}

static void on_nexthop(void *arg, const struct rib_nexthop_state *n)
{
    recorder_client_ops.nexthop(&((struct net *)arg)->rec, n);
}

static void on_label_result(void *arg, const struct rib_label_result *r)
{
    recorder_client_ops.label_result(&((struct net *)arg)->rec, r, 0);
}

static void on_label_lost(void *arg, uint32_t label, const struct rib_fec *fec)
{
    char text[PREFIX_TEXT_MAX];

    recorder_add(&((struct net *)arg)->rec, "label_lost %u %s\n", label, prefix_text(&fec->prefix, text, sizeof(text)));
}

static void on_labels_available(void *arg)
{
    recorder_add(&((struct net *)arg)->rec, "labels_available\n");
}

static void on_route_failed(void *arg, uint32_t vrf, const struct prefix *p, const char *reason)
{
    recorder_client_ops.route_failed(&((struct net *)arg)->rec, vrf, p, reason);
}

const struct rib_client_events client_events = {
    .session_up = on_up,
    .session_down = on_down,
    .interface_changed = on_interface,
    .instance_changed = on_instance,
    .route = on_route,
    .route_gone = on_route_gone,
    .routes_complete = on_routes_complete,
    .nexthop = on_nexthop,
    .label_result = on_label_result,
    .labels_available = on_labels_available,
    .label_lost = on_label_lost,
    .route_failed = on_route_failed,
};

bool is_up(void *arg)
{
    return rib_client_is_up(((struct net *)arg)->client);
}

bool is_down(void *arg)
{
    return !rib_client_is_up(((struct net *)arg)->client);
}

void net_open(struct net *n)
{
    *n = (struct net){.ribd.next_label = 100, .ribd.last_label = 2000};
    world_open(&n->w);
    n->ribd.n_interfaces = 1;
    n->ribd.interfaces[0] = (struct rib_interface){.ifindex = 3, .name = "eth0", .mtu = 1500, .is_up = true};
    fake_start(&n->ribd, &n->w.env);
    n->client = rib_client_create(&n->w.env, RIB_CLIENT_BGPD, &client_events, n);
    world_run_until(&n->w, is_up, n);
}

void net_close(struct net *n)
{
    rib_client_destroy(n->client);
    fake_stop(&n->ribd);
    recorder_clear(&n->rec);
    recorder_clear(&n->ribd.rec);
    world_close(&n->w);
}

void settle(struct net *n)
{
    world_settle(&n->w);
}

struct ip_addr addr(const char *text)
{
    struct ip_addr a;

    assert_int_equal(ip_addr_parse(text, &a), 0);
    return a;
}

struct prefix pfx(const char *text)
{
    struct prefix p;

    assert_int_equal(prefix_parse(text, &p), 0);
    return p;
}

uint32_t nhset_via(struct net *n, const char *gateway)
{
    struct rib_nexthop nh = {.gateway = addr(gateway)};

    return rib_client_nhset_get(n->client, &nh, 1);
}

void route_via(struct net *n, const char *prefix, uint32_t nhset)
{
    struct rib_route r = {.prefix = pfx(prefix), .source = RIB_SOURCE_BGP, .distance = 20, .nhset = nhset};

    rib_client_route_set(n->client, &r);
}

struct rib_fec fec_of(const char *prefix)
{
    return (struct rib_fec){.purpose = RIB_LABEL_LDP, .prefix = pfx(prefix)};
}

void say_installed(struct net *n, uint32_t label, const char *reason)
{
    struct rib_label_result r = {.in_label = label, .status = RIB_LABEL_INSTALLED};

    snprintf(r.reason, sizeof(r.reason), "%s", reason);
    rib_session_label_result(n->ribd.session, &r);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See session_fixture.h.
 */
#include "session_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "strata/mem.h"

static const struct ip_addr all_routers = {.family = AF_IPV4, .b = {224, 0, 0, 2}};
static const char *const link_names[2] = {"e1", "e2"};

/* --- logs --- */

static void note(struct text_log *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void note(struct text_log *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(l->text + l->used, LOG_MAX - l->used, fmt, ap);
    va_end(ap);
    l->used += (size_t)n;
    if (l->used >= LOG_MAX)
        l->used = LOG_MAX - 1;
}

static void expect(struct text_log *l, const char *wanted)
{
    assert_string_equal(l->text, wanted);
    l->used = 0;
    l->text[0] = '\0';
}

void expect_told(struct fixture *f, const char *wanted)
{
    expect(&f->told, wanted);
}

void expect_heard(struct fixture *f, const char *wanted)
{
    expect(&f->peer.heard, wanted);
}

void forget_logs(struct fixture *f)
{
    f->told.used = f->peer.heard.used = 0;
    f->told.text[0] = f->peer.heard.text[0] = '\0';
}

static const char *text_of(const struct prefix *p, char *buf)
{
    return prefix_text(p, buf, PREFIX_TEXT_MAX);
}

/* --- ribd --- */

static int label_alloc(void *arg, uint32_t vrf, const struct prefix *fec, uint32_t *label)
{
    struct fixture *f = arg;
    (void)vrf;
    (void)fec;
    *label = f->next_label++;
    return 0;
}

static void label_free(void *arg, uint32_t label)
{
    note(&((struct fixture *)arg)->told, "free %u;", label);
}

static void entry_set(void *arg, uint32_t vrf, uint32_t label, const struct prefix *fec,
                      const struct rib_scope_member *members, size_t n)
{
    struct fixture *f = arg;
    char text[PREFIX_TEXT_MAX], a[ADDR_TEXT_MAX];
    (void)vrf;
    note(&f->told, "entry %u %s", label, text_of(fec, text));
    for (size_t k = 0; f->tells_members && k < n; k++)
        note(&f->told, " for %s", ip_addr_text(&members[k].neighbor, a, sizeof(a)));
    note(&f->told, ";");
}

static void entry_del(void *arg, uint32_t label)
{
    note(&((struct fixture *)arg)->told, "no-entry %u;", label);
}

static void peer_set(void *arg, uint32_t peer, uint32_t vrf, const struct ip_addr *addresses, size_t n)
{
    struct fixture *f = arg;
    char text[ADDR_TEXT_MAX];
    (void)vrf;
    note(&f->told, "peer %u", peer);
    for (size_t k = 0; k < n; k++)
        note(&f->told, " %s", ip_addr_text(&addresses[k], text, sizeof(text)));
    note(&f->told, ";");
}

static void peer_del(void *arg, uint32_t peer)
{
    note(&((struct fixture *)arg)->told, "no-peer %u;", peer);
}

static void binding_set(void *arg, uint32_t peer, const struct prefix *fec, const struct out_label *label)
{
    char text[PREFIX_TEXT_MAX], out[LABEL_TEXT_MAX];
    note(&((struct fixture *)arg)->told, "bind %u %s=%s;", peer, text_of(fec, text),
         out_label_text(label, out, sizeof(out)));
}

static void binding_del(void *arg, uint32_t peer, const struct prefix *fec)
{
    char text[PREFIX_TEXT_MAX];
    note(&((struct fixture *)arg)->told, "unbind %u %s;", peer, text_of(fec, text));
}

static bool is_busy(void *arg)
{
    return ((struct fixture *)arg)->is_busy;
}

static const struct ldp_rib_ops rib_ops = {
    .label_alloc = label_alloc,
    .label_free = label_free,
    .entry_set = entry_set,
    .entry_del = entry_del,
    .peer_set = peer_set,
    .peer_del = peer_del,
    .binding_set = binding_set,
    .binding_del = binding_del,
    .is_busy = is_busy,
};

void route(struct fixture *f, const struct prefix *p, enum rib_source source)
{
    struct rib_best_route r = {.prefix = *p, .source = (uint8_t)source, .is_usable = true};
    ldp_instance_route(f->ldp, &r);
}

void installed(struct fixture *f, const struct prefix *p, uint32_t label, bool is_installed)
{
    ldp_bind_entry_state(ldp_instance_bind(f->ldp), p, label, is_installed, is_installed ? NULL : "no way");
}

/* --- the neighbour's ears --- */

static void note_label(struct peer *p, const char *what, const struct ldp_message *m)
{
    struct wire_reader fecs = m->label.fecs;
    struct ldp_fec fec;
    char text[PREFIX_TEXT_MAX];
    while (ldp_fec_next(&fecs, &fec)) {
        note(&p->heard, "%s %s", what, fec.kind == LDP_FEC_PREFIX ? text_of(&fec.prefix, text) : "*");
        if (m->label.has_label)
            note(&p->heard, " %u", m->label.label);
        if (m->label.has_request_id)
            note(&p->heard, " for %u", m->label.request_id);
        note(&p->heard, ";");
    }
}

static void note_addresses(struct peer *p, const char *what, struct wire_reader a)
{
    char text[ADDR_TEXT_MAX];
    note(&p->heard, "%s", what);
    while (wire_left(&a) >= 4) {
        struct ip_addr one = ip_addr_v4(wire_be32(&a));
        note(&p->heard, " %s", ip_addr_text(&one, text, sizeof(text)));
    }
    note(&p->heard, ";");
}

static void heard_message(struct peer *p, const struct ldp_message *m)
{
    switch ((enum ldp_message_type)m->type) {
    case LDP_INITIALIZATION:
        p->init = m->init;
        note(&p->heard, "init;");
        break;
    case LDP_KEEPALIVE:
        p->n_keepalives++;
        if (!p->was_kept)
            note(&p->heard, "keepalive;");
        p->was_kept = true;
        break;
    case LDP_NOTIFICATION:
        note(&p->heard, "%s %s", m->notification.status & LDP_STATUS_E ? "fatal" : "advice",
             ldp_status_name(m->notification.status));
        if (m->notification.message_type)
            note(&p->heard, " of %s",
                 ldp_message_name(m->notification.message_type) ? ldp_message_name(m->notification.message_type)
                                                                : "unknown");
        note(&p->heard, ";");
        break;
    case LDP_ADDRESS:
        note_addresses(p, "addresses", m->addresses);
        break;
    case LDP_ADDRESS_WITHDRAW:
        note_addresses(p, "no-addresses", m->addresses);
        break;
    case LDP_LABEL_MAPPING:
        note_label(p, "map", m);
        break;
    case LDP_LABEL_WITHDRAW:
        note_label(p, "withdraw", m);
        break;
    case LDP_LABEL_RELEASE:
        note_label(p, "release", m);
        break;
    case LDP_LABEL_REQUEST:
    case LDP_LABEL_ABORT:
    case LDP_HELLO:
        note(&p->heard, "unexpected %s;", ldp_message_name(m->type));
        break;
    }
}

static void on_readable(struct stream *s, void *arg)
{
    struct peer *p = arg;
    for (;;) {
        size_t len;
        struct ldp_error err;
        struct ldp_pdu pdu;
        struct ldp_message m;
        const uint8_t *data = stream_peek(s, &len);
        int size = ldp_pdu_size(data, len, LDP_MAX_PDU_DEFAULT, &err);
        assert_true(size >= 0);
        if (size == 0)
            return;
        assert_true(ldp_pdu_decode(data, (size_t)size, &pdu, &err));
        while (ldp_message_next(&pdu.messages, &m, &err))
            heard_message(p, &m);
        assert_int_equal(err.status, 0);
        stream_consume(s, (size_t)size);
    }
}

static void on_closed(struct stream *s, int error, void *arg)
{
    struct peer *p = arg;
    (void)error;
    note(&p->heard, "closed;");
    stream_close(s);
    if (p->stream == s)
        p->stream = NULL;
}

static const struct stream_events events = {.readable = on_readable, .closed = on_closed};

static void on_accepted(struct listener *l, struct stream *s, void *arg)
{
    struct peer *p = arg;
    (void)l;
    if (p->stream)
        stream_close(p->stream); /* the newest counts */
    p->stream = s;
    p->n_connected++;
    p->connected_at_us = loop_now_us(p->env->loop);
    p->was_kept = false;
    stream_set_events(s, &events, p);
}

static void on_hello(struct dgram *d, const struct dgram_info *info, const uint8_t *data, size_t len, void *arg)
{
    struct peer *p = arg;
    struct ldp_error err;
    struct ldp_pdu pdu;
    struct ldp_message m;
    assert_true(ldp_pdu_decode(data, len, &pdu, &err) && ldp_message_next(&pdu.messages, &m, &err));
    assert_int_equal(m.type, LDP_HELLO);
    assert_in_range(pdu.lsr_id, US, US + 1);
    assert_int_equal(info->ttl, 1);
    p->last_hello = m.hello;
    p->n_hellos[d == p->hello[1]]++;
}

/* --- the neighbour's mouth --- */

struct out {
    uint8_t data[512];
    struct wire_writer w;
    size_t begun;
};

static struct wire_writer *begin(struct fixture *f, struct out *o)
{
    o->w = wire_writer_of(o->data, sizeof(o->data));
    o->begun = ldp_pdu_begin(&o->w, f->peer.lsr_id, 0);
    return &o->w;
}

static void end(struct fixture *f, struct out *o)
{
    ldp_pdu_end(&o->w, o->begun);
    assert_false(o->w.failed);
    peer_send(f, o->data, o->w.pos);
}

void peer_send(struct fixture *f, const void *data, size_t n)
{
    assert_non_null(f->peer.stream);
    stream_write(f->peer.stream, data, n);
}

void peer_hello_to(struct fixture *f, int link, const struct ip_addr *to, const void *data, size_t n)
{
    assert_int_equal(dgram_send(f->peer.hello[link], NULL, to, LDP_PORT, data, n), 0);
}

void peer_say_hello(struct fixture *f, int link)
{
    struct peer *p = &f->peer;
    struct out o;
    struct ldp_hello h = {.hold_time_sec = p->holdtime_sec, .transport = p->transport[link]};
    ldp_put_hello(begin(f, &o), 1, &h);
    ldp_pdu_end(&o.w, o.begun);
    dgram_send(p->hello[link], NULL, &all_routers, LDP_PORT, o.data, o.w.pos);
}

static void hello_due(void *arg)
{
    struct fixture *f = arg;
    for (int link = 0; link < 2; link++)
        if (f->peer.says_hello[link])
            peer_say_hello(f, link);
    timer_arm_ms(&f->peer.hello_timer, 2000);
}

static void keepalive_due(void *arg)
{
    struct fixture *f = arg;
    if (f->peer.stream)
        peer_keepalive(f);
    timer_arm_ms(&f->peer.keepalive_timer, 5000);
}

void peer_stays_alive(struct fixture *f, bool is_alive)
{
    if (is_alive)
        timer_arm_ms(&f->peer.keepalive_timer, 5000);
    else
        timer_cancel(&f->peer.keepalive_timer);
}

void peer_be(struct fixture *f, uint32_t lsr_id)
{
    f->peer.lsr_id = lsr_id;
    f->peer.transport[0] = f->peer.transport[1] = ip_addr_v4(lsr_id);
    f->peer.says_hello[0] = true;
    timer_arm_ms(&f->peer.hello_timer, 0);
}

void peer_listen(struct fixture *f)
{
    struct stream_addr a = {.kind = STREAM_TCP, .local_port = LDP_PORT};
    assert_int_equal(stream_listen(f->peer.env->io, &a, on_accepted, &f->peer, &f->peer.listener), 0);
}

void peer_connect(struct fixture *f)
{
    struct peer *p = &f->peer;
    struct stream_addr a = {
        .kind = STREAM_TCP, .local = p->transport[0], .remote = ip_addr_v4(US), .remote_port = LDP_PORT};
    if (p->stream)
        stream_close(p->stream);
    p->was_kept = false;
    assert_int_equal(stream_connect(p->env->io, &a, &events, p, &p->stream), 0);
}

void peer_close(struct fixture *f)
{
    stream_close(f->peer.stream);
    f->peer.stream = NULL;
}

struct ldp_session_parameters good_init(void)
{
    return (struct ldp_session_parameters){
        .version = LDP_VERSION, .keepalive_sec = 30, .max_pdu = LDP_MAX_PDU_DEFAULT, .receiver_lsr_id = US};
}

void peer_init(struct fixture *f, const struct ldp_session_parameters *p)
{
    struct out o;
    ldp_put_init(begin(f, &o), 11, p);
    end(f, &o);
}

void peer_keepalive(struct fixture *f)
{
    struct out o;
    ldp_put_keepalive(begin(f, &o), 12);
    end(f, &o);
}

void peer_label(struct fixture *f, enum ldp_message_type type, const struct prefix *fec, const uint32_t *label)
{
    struct out o;
    ldp_put_label(begin(f, &o), 13, type, fec, label, 0);
    end(f, &o);
}

void peer_addresses(struct fixture *f, enum ldp_message_type type, const struct ip_addr *a, size_t n)
{
    struct out o;
    ldp_put_addresses(begin(f, &o), 14, type, a, n);
    end(f, &o);
}

void peer_notify(struct fixture *f, uint32_t status)
{
    struct out o;
    struct ldp_notification n = {.status = status};
    ldp_put_notification(begin(f, &o), 15, &n);
    end(f, &o);
}

void peer_message(struct fixture *f, uint16_t type, const void *body, size_t n)
{
    struct out o;
    struct wire_writer *w = begin(f, &o);
    wire_put_be16(w, type);
    wire_put_be16(w, (uint16_t)(n + 4));
    wire_put_be32(w, 77);
    wire_put_bytes(w, body, n);
    end(f, &o);
}

/* --- us --- */

void run_ms(struct fixture *f, uint64_t ms)
{
    sim_run_ms(f->sim, ms);
}

struct ldp_instance_options fixture_options(struct fixture *f)
{
    return (struct ldp_instance_options){
        .env = f->env, .name = "", .device = "", .next_peer = &f->next_peer, .rib = &rib_ops, .rib_arg = f};
}

void fixture_start(struct fixture *f)
{
    struct ldp_instance_options o = fixture_options(f);
    f->ldp = ldp_instance_create(&o);
    ldp_instance_configure(f->ldp, &f->config, NULL);
    ldp_instance_interface(f->ldp, &f->lo, NULL);
    ldp_instance_interface(f->ldp, &f->e[0], NULL);
    ldp_instance_interface(f->ldp, &f->e[1], NULL);
}

void fixture_stop(struct fixture *f)
{
    ldp_instance_destroy(f->ldp);
    f->ldp = NULL;
}

static void add_link(struct fixture *f, struct sim_node *us, struct sim_node *peer, int k)
{
    char text[32];
    f->cable[k] = sim_cable_create(us, link_names[k], peer, link_names[k], NULL);
    snprintf(text, sizeof(text), "10.1.%d.1/30", k);
    assert_int_equal(sim_host_address(us, link_names[k], text), 0);
    prefix_parse(text, &f->addresses[k][0]);
    snprintf(text, sizeof(text), "10.1.%d.2/30", k);
    assert_int_equal(sim_host_address(peer, link_names[k], text), 0);
    f->e[k] = (struct rib_interface){.ifindex = sim_ifindex(us, link_names[k]),
                                     .mtu = 1500,
                                     .is_up = true,
                                     .has_mpls = true,
                                     .n_addresses = 1,
                                     .addresses = f->addresses[k]};
    snprintf(f->e[k].name, sizeof(f->e[k].name), "%s", link_names[k]);
    f->e_config[k] =
        (struct cfg_ldp_instance_interface){.name = link_names[k], .hello_interval = 5, .hello_holdtime = 15};
    f->e_configs[k] = &f->e_config[k];
}

static void make_peer(struct fixture *f, struct sim_node *node)
{
    struct peer *p = &f->peer;
    p->env = sim_process_env(sim_process_create(node, "peer", NULL));
    p->holdtime_sec = 15;
    timer_init(&p->hello_timer, p->env->loop, hello_due, f);
    timer_init(&p->keepalive_timer, p->env->loop, keepalive_due, f);
    for (int k = 0; k < 2; k++) {
        struct dgram_spec spec = {.kind = DGRAM_UDP, .port = LDP_PORT, .ttl = 1};
        snprintf(spec.device, sizeof(spec.device), "%s", link_names[k]);
        assert_int_equal(dgram_open(p->env->io, &spec, on_hello, p, &p->hello[k]), 0);
        assert_int_equal(dgram_join(p->hello[k], &all_routers), 0);
    }
}

int fixture_setup(void **state)
{
    struct fixture *f = MEM_NEW(NULL, struct fixture);
    f->sim = sim_create(1);
    f->next_label = 100;
    struct sim_node *us = sim_node_create(f->sim, "us"), *peer = sim_node_create(f->sim, "peer");
    add_link(f, us, peer, 0);
    add_link(f, us, peer, 1);
    sim_host_address(us, "lo", "10.0.0.5/32");
    sim_host_address(peer, "lo", "10.0.0.1/32");
    sim_host_address(peer, "lo", "10.0.0.9/32");
    sim_host_route(us, "10.0.0.1/32", "10.1.0.2");
    sim_host_route(us, "10.0.0.9/32", "10.1.0.2");
    sim_host_route(peer, "10.0.0.5/32", "10.1.0.1");
    f->env = sim_process_env(sim_process_create(us, "ldpd", NULL));
    f->lo_address = prefix_v4(US, 32);
    f->lo = (struct rib_interface){
        .ifindex = 1, .name = "lo", .is_up = true, .is_loopback = true, .n_addresses = 1, .addresses = &f->lo_address};
    f->config = (struct cfg_ldp_instance){
        .has_router_id = true, .router_id = US, .keepalive_holdtime = 45, .n_interface = 2, .interface = f->e_configs};
    make_peer(f, peer);
    *state = f;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    struct peer *p = &f->peer;
    if (f->ldp)
        fixture_stop(f);
    timer_cancel(&p->hello_timer);
    timer_cancel(&p->keepalive_timer);
    for (int k = 0; k < 2; k++)
        dgram_close(p->hello[k]);
    if (p->listener)
        listener_close(p->listener);
    stream_close(p->stream);
    sim_destroy(f->sim);
    mem_free(NULL, f);
    return 0;
}

/* --- whole sessions --- */

static void finish(struct fixture *f)
{
    struct ldp_session_parameters p = good_init();
    peer_init(f, &p);
    peer_keepalive(f);
    run_ms(f, 100);
    assert_string_equal(session_state(f), "operational");
    peer_stays_alive(f, true);
    forget_logs(f);
}

void session_up_active(struct fixture *f)
{
    fixture_start(f);
    peer_listen(f);
    peer_be(f, LOW_PEER);
    run_ms(f, 200);
    finish(f);
}

void session_up_passive(struct fixture *f)
{
    fixture_start(f);
    peer_be(f, HIGH_PEER);
    run_ms(f, 200);
    peer_connect(f);
    run_ms(f, 100);
    finish(f);
}

struct found {
    struct ldp_session_view view;
    unsigned count;
};

static void see_session(void *arg, const struct ldp_session_view *v)
{
    struct found *found = arg;
    found->view = *v;
    found->count++;
}

bool session_view(struct fixture *f, struct ldp_session_view *v)
{
    struct found found = {.count = 0};
    ldp_instance_each_session(f->ldp, see_session, &found);
    assert_true(found.count <= 1);
    *v = found.view;
    return found.count == 1;
}

const char *session_state(struct fixture *f)
{
    struct ldp_session_view v;
    return session_view(f, &v) ? v.state : "gone";
}

static void see_adjacency(void *arg, const struct ldp_adjacency_view *v)
{
    (void)v;
    ++*(unsigned *)arg;
}

unsigned adjacency_count(struct fixture *f)
{
    unsigned n = 0;
    ldp_instance_each_adjacency(f->ldp, see_adjacency, &n);
    return n;
}

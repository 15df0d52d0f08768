/* SPDX-License-Identifier: Apache-2.0
 *
 * A customer's BGP speaker without a mind: it opens a session, says what the test wants, and remembers the labels that
 * it is given.
 */
#include <stdio.h>
#include <string.h>

#include "bgpd/packet/as_path.h"
#include "bgpd/packet/open.h"
#include "strata/io.h"
#include "strata/mem.h"
#include "tests/sim/attack.h"

enum { ROUTES_MAX = 64, KEEPALIVE_MS = 10000, RETRY_MS = 500 };

struct speaker {
    struct sim_process *process;
    struct stream *stream;
    struct timer keepalive, retry;
    struct ip_addr to;
    uint32_t as;
    bool is_up;
    size_t n;
    struct bgp_nlri routes[ROUTES_MAX];
    struct bgp_attr_scratch scratch;
};

static void on_opened(struct stream *stream, void *arg)
{
    struct speaker *s = arg;
    struct bgp_open o = {.as = s->as,
                         .hold_time_sec = 90,
                         .router_id = 0x0a091402,
                         .families = BGP_FAMILY_BIT(BGP_IPV4_LABELED) | BGP_FAMILY_BIT(BGP_IPV4_VPN) |
                                     BGP_FAMILY_BIT(BGP_IPV4_UNICAST),
                         .has_multiprotocol = true,
                         .has_as4 = true};
    uint8_t buf[256];

    stream_write(stream, buf, bgp_open_encode(buf, sizeof(buf), &o));
}

static void remember(struct speaker *s, const struct bgp_nlri *n, bool is_gone)
{
    size_t i = 0;

    while (i < s->n && !prefix_equal(&s->routes[i].prefix, &n->prefix))
        i++;
    if (is_gone && i < s->n)
        s->routes[i] = s->routes[--s->n];
    else if (!is_gone && i < ROUTES_MAX) {
        s->routes[i] = *n;
        s->n += i == s->n;
    }
}

static void read_part(struct speaker *s, const struct bgp_update_part *p, bool is_gone)
{
    const struct bgp_family_info *f = bgp_family_info(p->family);
    struct wire_reader r;
    struct bgp_nlri n;

    if (!p->is_present)
        return;
    r = bgp_update_part_reader(p);
    while (f->decode(f, &r, is_gone, &n) == BGP_NLRI_OK)
        remember(s, &n, is_gone);
}

static void on_update(struct speaker *s, const uint8_t *body, size_t len)
{
    struct bgp_update_context ctx = {.attr = {.is_as4 = true, .is_ebgp = true},
                                     .families = BGP_FAMILY_BIT(BGP_IPV4_LABELED)};
    struct bgp_update u;

    if (bgp_update_decode(body, len, &ctx, &s->scratch, &u) == BGP_RESET)
        return;
    for (size_t i = 0; i < 2; i++) {
        read_part(s, &u.withdrawn[i], true);
        read_part(s, &u.announced[i], false);
    }
}

static void send_keepalive(struct speaker *s)
{
    uint8_t buf[32];

    stream_write(s->stream, buf, bgp_keepalive_encode(buf, sizeof(buf)));
    timer_arm_ms(&s->keepalive, KEEPALIVE_MS);
}

static void on_readable(struct stream *stream, void *arg)
{
    struct speaker *s = arg;
    struct bgp_header h;
    struct bgp_error e;
    size_t len;
    const uint8_t *data;

    while (s->stream && (data = stream_peek(stream, &len)) && bgp_header_decode(data, len, &h, &e) == BGP_HEADER_OK) {
        if (h.type == BGP_MESSAGE_OPEN)
            send_keepalive(s);
        else if (h.type == BGP_MESSAGE_KEEPALIVE)
            s->is_up = true;
        else if (h.type == BGP_MESSAGE_UPDATE)
            on_update(s, data + BGP_HEADER_LEN, h.len - (size_t)BGP_HEADER_LEN);
        stream_consume(stream, h.len);
    }
}

static void on_closed(struct stream *stream, int error, void *arg)
{
    struct speaker *s = arg;

    (void)error;
    stream_close(stream);
    s->stream = NULL;
    s->is_up = false;
    s->n = 0;
    timer_cancel(&s->keepalive);
    timer_arm_ms(&s->retry, RETRY_MS);
}

static void on_keepalive(void *arg)
{
    send_keepalive(arg);
}

static void on_retry(void *arg)
{
    static const struct stream_events events = {.opened = on_opened, .readable = on_readable, .closed = on_closed};
    struct speaker *s = arg;
    struct stream_addr addr = {.kind = STREAM_TCP, .remote = s->to, .remote_port = BGP_PORT};

    if (stream_connect(sim_process_env(s->process)->io, &addr, &events, s, &s->stream)) {
        s->stream = NULL;
        timer_arm_ms(&s->retry, RETRY_MS);
    }
}

struct speaker *speaker_start(struct network *net, const char *node, const char *to, uint32_t as)
{
    struct speaker *s = MEM_NEW(NULL, struct speaker);
    struct loop *loop;

    s->process = sim_process_create(sim_node_find(net->sim, node), "speaker", NULL);
    loop = sim_process_env(s->process)->loop;
    s->as = as;
    ip_addr_parse(to, &s->to);
    timer_init(&s->keepalive, loop, on_keepalive, s);
    timer_init(&s->retry, loop, on_retry, s);
    timer_arm_us(&s->retry, 0);
    return s;
}

void speaker_stop(struct speaker *s)
{
    timer_cancel(&s->keepalive);
    timer_cancel(&s->retry);
    stream_close(s->stream);
    mem_free(NULL, s);
}

bool speaker_is_up(const struct speaker *s)
{
    return s->stream && s->is_up;
}

void speaker_write(struct speaker *s, const void *data, size_t n)
{
    if (s->stream)
        stream_write(s->stream, data, n);
}

void speaker_announce(struct speaker *s, const char *prefix, uint32_t label, const struct bgp_attrs *more)
{
    struct bgp_attrs a = more ? *more : (struct bgp_attrs){0};
    struct bgp_nlri n = {.label = label};
    uint8_t path[64], buf[BGP_MESSAGE_MAX];
    size_t used;

    prefix_parse(prefix, &n.prefix);
    if (!a.as_path.len)
        a.as_path = (struct bgp_bytes){path, bgp_as_path_prepend((struct bgp_bytes){0}, s->as, path)};
    if (!ip_addr_is_set(&a.next_hop))
        ip_addr_parse("10.9.20.2", &a.next_hop);
    speaker_write(s, buf, bgp_update_encode(buf, sizeof(buf), BGP_IPV4_LABELED, &a, true, &n, 1, &used));
}

void speaker_withdraw(struct speaker *s, const char *prefix)
{
    struct bgp_nlri n = {0};
    uint8_t buf[BGP_MESSAGE_MAX];
    size_t used;

    prefix_parse(prefix, &n.prefix);
    speaker_write(s, buf, bgp_withdraw_encode(buf, sizeof(buf), BGP_IPV4_LABELED, &n, 1, &used));
}

uint32_t speaker_label_of(const struct speaker *s, const char *prefix)
{
    struct prefix p;

    prefix_parse(prefix, &p);
    for (size_t i = 0; i < s->n; i++)
        if (prefix_equal(&s->routes[i].prefix, &p))
            return s->routes[i].label;
    return 0;
}

size_t speaker_n_received(const struct speaker *s)
{
    return s->n;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Carrier's carrier with LDP to the customer carriers, under attack by one of them: it speaks LDP to the backbone in a
 * VPN instance of its own, takes any router's name, claims any address, gives any label for anything, and floods. The
 * other carrier's packets may neither get lost nor come out anywhere else.
 *
 *   sim_attack_ldp [--seed N] [--case NAME] [--verbose]     NAME may be the beginning of one
 */
#include <stdio.h>
#include <string.h>

#include "ldpd/packet/ldp.h"
#include "strata/io.h"
#include "strata/mem.h"
#include "tests/sim/victim.h"

enum { LABELS_MAX = 64, HELLO_MS = 1000, KEEPALIVE_MS = 3000, RETRY_MS = 500, LOG_TEXT = 80 };

/* --- a customer's LDP speaker without a mind --- */

struct liar {
    struct sim_process *process;
    struct dgram *hello;
    struct stream *stream;
    struct timer hello_timer, keepalive, retry;
    uint32_t lsr_id, their_lsr_id;
    struct ip_addr to;
    bool is_up;
    size_t n_labels;
    struct {
        struct prefix fec;
        uint32_t label;
    } labels[LABELS_MAX]; /* given to it */
    char last[LOG_TEXT];  /* notification */
};

struct pdu {
    uint8_t data[LDP_MAX_PDU_DEFAULT + 4];
    struct wire_writer w;
    size_t begun;
};

static const struct ip_addr all_routers = {.family = AF_IPV4, .b = {224, 0, 0, 2}};

static struct wire_writer *begin(const struct liar *l, struct pdu *p)
{
    p->w = wire_writer_of(p->data, sizeof(p->data));
    p->begun = ldp_pdu_begin(&p->w, l->lsr_id, 0);
    return &p->w;
}

static void end(struct liar *l, struct pdu *p)
{
    ldp_pdu_end(&p->w, p->begun);
    if (l->stream)
        stream_write(l->stream, p->data, p->w.pos);
}

static void say_hello(struct liar *l, uint32_t lsr_id, const struct ip_addr *transport, const struct ip_addr *to)
{
    struct ldp_hello h = {.hold_time_sec = 5, .transport = *transport};
    uint32_t mine = l->lsr_id;
    struct pdu p;

    l->lsr_id = lsr_id;
    ldp_put_hello(begin(l, &p), 1, &h);
    l->lsr_id = mine;
    ldp_pdu_end(&p.w, p.begun);
    dgram_send(l->hello, NULL, to, LDP_PORT, p.data, p.w.pos);
}

static void on_hello_due(void *arg)
{
    struct liar *l = arg;
    struct ip_addr own = ip_addr_v4(0x0a091402);

    say_hello(l, l->lsr_id, &own, &all_routers);
    timer_arm_ms(&l->hello_timer, HELLO_MS);
}

static void on_hello(struct dgram *d, const struct dgram_info *info, const uint8_t *data, size_t len, void *arg)
{
    struct liar *l = arg;
    struct ldp_error err;
    struct ldp_pdu pdu;
    struct ldp_message m;

    (void)d;
    if (!ldp_pdu_decode(data, len, &pdu, &err) || !ldp_message_next(&pdu.messages, &m, &err) || m.type != LDP_HELLO)
        return;
    l->their_lsr_id = pdu.lsr_id;
    l->to = ip_addr_is_set(&m.hello.transport) ? m.hello.transport : info->source;
}

static void send_keepalive(struct liar *l)
{
    struct pdu p;

    ldp_put_keepalive(begin(l, &p), 3);
    end(l, &p);
    timer_arm_ms(&l->keepalive, KEEPALIVE_MS);
}

static void on_keepalive_due(void *arg)
{
    send_keepalive(arg);
}

static void on_opened(struct stream *s, void *arg)
{
    struct liar *l = arg;
    struct ldp_session_parameters init = {.version = LDP_VERSION,
                                          .keepalive_sec = 30,
                                          .max_pdu = LDP_MAX_PDU_DEFAULT,
                                          .receiver_lsr_id = l->their_lsr_id};
    struct pdu p;

    (void)s;
    ldp_put_init(begin(l, &p), 2, &init);
    end(l, &p);
}

static void forget(struct liar *l, const struct prefix *fec)
{
    for (size_t i = 0; i < l->n_labels; i++)
        if (prefix_equal(&l->labels[i].fec, fec))
            l->labels[i--] = l->labels[--l->n_labels];
}

static void on_message(struct liar *l, struct ldp_message *m)
{
    struct ldp_fec fec;

    if (m->type == LDP_KEEPALIVE && !l->is_up) {
        l->is_up = true;
        send_keepalive(l);
    } else if (m->type == LDP_NOTIFICATION) {
        snprintf(l->last, sizeof(l->last), "%s", ldp_status_name(m->notification.status));
    } else if (m->type == LDP_LABEL_MAPPING || m->type == LDP_LABEL_WITHDRAW) {
        while (ldp_fec_next(&m->label.fecs, &fec)) {
            forget(l, &fec.prefix);
            if (m->type == LDP_LABEL_MAPPING && l->n_labels < LABELS_MAX) {
                l->labels[l->n_labels].fec = fec.prefix;
                l->labels[l->n_labels++].label = m->label.label;
            }
        }
    } else if (m->type == LDP_INITIALIZATION) {
        send_keepalive(l);
    }
}

static void on_readable(struct stream *s, void *arg)
{
    struct liar *l = arg;
    struct ldp_message m;
    struct ldp_error err;
    struct ldp_pdu pdu;
    size_t len;
    const uint8_t *data;
    int size;

    while (l->stream == s && (data = stream_peek(s, &len)) &&
           (size = ldp_pdu_size(data, len, LDP_MAX_PDU_DEFAULT, &err)) > 0) {
        if (ldp_pdu_decode(data, (size_t)size, &pdu, &err))
            while (ldp_message_next(&pdu.messages, &m, &err))
                on_message(l, &m);
        stream_consume(s, (size_t)size);
    }
}

static void on_closed(struct stream *s, int error, void *arg)
{
    struct liar *l = arg;

    (void)error;
    stream_close(s);
    l->stream = NULL;
    l->is_up = false;
    l->n_labels = 0;
    timer_cancel(&l->keepalive);
    timer_arm_ms(&l->retry, RETRY_MS);
}

static void on_retry(void *arg)
{
    static const struct stream_events events = {.opened = on_opened, .readable = on_readable, .closed = on_closed};
    struct liar *l = arg;
    struct stream_addr addr = {.kind = STREAM_TCP, .remote = l->to, .remote_port = LDP_PORT};

    if (l->stream)
        return;
    if (!l->their_lsr_id || stream_connect(sim_process_env(l->process)->io, &addr, &events, l, &l->stream)) {
        l->stream = NULL;
        timer_arm_ms(&l->retry, RETRY_MS);
    }
}

static struct liar *liar_start(struct test *t, uint32_t lsr_id)
{
    struct liar *l = MEM_NEW(NULL, struct liar);
    struct dgram_spec spec = {.kind = DGRAM_UDP, .port = LDP_PORT, .ttl = 1, .device = "evil-l1pe1"};
    const struct env *env;

    l->process = sim_process_create(sim_node_find(t->net->sim, "evil"), "liar", NULL);
    env = sim_process_env(l->process);
    l->lsr_id = lsr_id;
    timer_init(&l->hello_timer, env->loop, on_hello_due, l);
    timer_init(&l->keepalive, env->loop, on_keepalive_due, l);
    timer_init(&l->retry, env->loop, on_retry, l);
    if (dgram_open(env->io, &spec, on_hello, l, &l->hello) || dgram_join(l->hello, &all_routers))
        fails(t, "the liar has no socket");
    timer_arm_us(&l->hello_timer, 0);
    timer_arm_us(&l->retry, 0);
    sim_run_ms(t->net->sim, 5000);
    if (!l->is_up)
        fails(t, "the liar has no session: %s", l->last);
    return l;
}

static void liar_stop(struct liar *l)
{
    timer_cancel(&l->hello_timer);
    timer_cancel(&l->keepalive);
    timer_cancel(&l->retry);
    stream_close(l->stream);
    dgram_close(l->hello);
    mem_free(NULL, l);
}

static void say_label(struct liar *l, enum ldp_message_type type, const char *prefix, uint32_t label)
{
    struct prefix fec;
    struct pdu p;

    prefix_parse(prefix, &fec);
    ldp_put_label(begin(l, &p), 4, type, &fec, &label, 0);
    end(l, &p);
}

static void claim(struct liar *l, const char *const *addresses, size_t n)
{
    struct ip_addr a[32];
    struct pdu p;

    for (size_t i = 0; i < n && i < 32; i++)
        ip_addr_parse(addresses[i], &a[i]);
    ldp_put_addresses(begin(l, &p), 5, LDP_ADDRESS, a, n < 32 ? n : 32);
    end(l, &p);
}

/* --- what must hold --- */

static const char *const prefixes[] = {"10.2.0.9/32", "10.2.0.1/32",  "10.2.0.3/32",  "10.2.0.7/32",
                                       "10.1.0.4/32", "10.1.0.6/32",  "10.1.0.5/32",  "0.0.0.0/0",
                                       "10.9.3.0/24", "10.9.20.0/24", "10.9.20.1/32", "192.168.2.0/24"};

/* What it was given is of its own instance: nothing of the victim's, nothing of the backbone's. */
static bool knows_only_its_own(struct test *t, const struct liar *l)
{
    char text[PREFIX_TEXT_MAX];

    for (size_t i = 0; i < l->n_labels; i++) {
        const struct prefix *fec = &l->labels[i].fec;

        prefix_text(fec, text, sizeof(text));
        if (l->labels[i].label >= 16 && strcmp(text, "10.2.0.1/32") != 0)
            return fails(t, "evil was given label %u for %s", l->labels[i].label, text);
    }
    return true;
}

static void judge(struct test *t, const char *name, struct liar *l, struct flows *f, bool is_ok)
{
    flows_stop(f);
    is_ok = is_ok && flows_are_clean(t, f, true);
    liar_stop(l);
    sim_run_ms(t->net->sim, 10000);
    outcome(t, name, is_ok && all_is_well(t), "");
}

/* --- cases --- */

/* Anybody's labels for anything, from whoever's addresses. */
static void case_lies(struct test *t)
{
    static const char *const addresses[] = {"10.9.20.2", "10.9.20.1", "10.9.4.2", "10.9.3.1", "10.9.3.2",
                                            "10.1.0.4",  "10.1.0.6",  "10.1.0.5", "10.2.0.3", "10.2.0.9",
                                            "10.9.4.1",  "0.0.0.0",   "127.0.0.1"};
    static const uint32_t labels[] = {777777, 0, 1, 2, 3, 4, 7, 13, 14, 15, 16, 4000, 4001, 1048575};
    struct liar *l = liar_start(t, 0x0a091402);
    bool is_ok = !t->problem[0];
    struct flows f;

    flows_start(&f, t->net);
    claim(l, addresses, sizeof(addresses) / sizeof(addresses[0]));
    for (size_t k = 0; is_ok && k < sizeof(labels) / sizeof(labels[0]); k++) {
        for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
            say_label(l, LDP_LABEL_MAPPING, prefixes[i], labels[k]);
        sim_run_ms(t->net->sim, 1000);
        is_ok = (l->is_up || fails(t, "label %u ended the session: %s", labels[k], l->last)) && all_is_well(t) &&
                knows_only_its_own(t, l);
    }
    /* It is heard, after all, in its own instance: the static route to it has a label now. */
    if (is_ok && !label_of(t->net, "l1pe1 ldp carrierE 10.2.0.1/32"))
        is_ok = fails(t, "nobody took the liar's labels");
    is_ok = is_ok && no_label_leads_out(t);
    judge(t, "lies", l, &f, is_ok);
}

/* It gives back labels that it never had, and asks for those of others. */
static void case_releases(struct test *t)
{
    struct liar *l = liar_start(t, 0x0a091402);
    bool is_ok = !t->problem[0];
    struct flows f;

    flows_start(&f, t->net);
    for (uint32_t label = 4000; is_ok && label < 4100; label++) {
        for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
            say_label(l, LDP_LABEL_RELEASE, prefixes[i], label);
            say_label(l, LDP_LABEL_WITHDRAW, prefixes[i], label);
            say_label(l, LDP_LABEL_REQUEST, prefixes[i], label);
        }
        sim_run_ms(t->net->sim, 100);
    }
    is_ok = is_ok && all_is_well(t) && knows_only_its_own(t, l);
    judge(t, "releases", l, &f, is_ok);
}

/* In the name of each router that there is, the backbone's own, too. */
static void case_names(struct test *t)
{
    static const uint32_t names[] = {0x0a020003, 0x0a010006, 0x0a010005, 0x0a090302, 0x0a090301, 0x0a010004};

    for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
        struct liar *l = liar_start(t, names[k]);
        bool is_ok = !t->problem[0];
        struct flows f;
        char name[32];

        flows_start(&f, t->net);
        for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
            say_label(l, LDP_LABEL_MAPPING, prefixes[i], 777777);
        sim_run_ms(t->net->sim, 3000);
        is_ok = is_ok && all_is_well(t) && knows_only_its_own(t, l);
        snprintf(name, sizeof(name), "name-%zu", k + 1);
        judge(t, name, l, &f, is_ok);
    }
}

/* Hellos to the backbone's and the victim's addresses, and in hundreds of names. */
static void case_hellos(struct test *t)
{
    static const char *const targets[] = {"10.1.0.4", "10.9.3.2", "10.9.4.1", "10.9.20.1", "10.9.3.1", "224.0.0.2"};
    struct liar *l = liar_start(t, 0x0a091402);
    bool is_ok = !t->problem[0];
    struct flows f;

    flows_start(&f, t->net);
    for (uint32_t k = 0; is_ok && k < 400; k++) {
        struct ip_addr to, transport = ip_addr_v4(k % 2 ? 0x0a090301 : 0x0a010006);

        ip_addr_parse(targets[k % 6], &to);
        say_hello(l, 0x0a0c0000 + k, &transport, &to);
        if (k % 40 == 0)
            sim_run_ms(t->net->sim, 500);
    }
    sim_run_ms(t->net->sim, 3000);
    is_ok = is_ok && (l->is_up || fails(t, "the liar's own session ended: %s", l->last)) && all_is_well(t);
    judge(t, "hellos", l, &f, is_ok);
}

static void case_flood(struct test *t)
{
    struct liar *l = liar_start(t, 0x0a091402);
    bool is_ok = !t->problem[0];
    char text[PREFIX_TEXT_MAX];
    struct flows f;

    flows_start(&f, t->net);
    for (uint32_t k = 0; is_ok && k < 60000; k++) {
        struct prefix fec = prefix_v4(0x14000000 + k, 32);

        say_label(l, LDP_LABEL_MAPPING, prefix_text(&fec, text, sizeof(text)), 1000 + k);
        if (k % 500 == 0)
            sim_run_ms(t->net->sim, 20);
    }
    sim_run_ms(t->net->sim, 5000);
    is_ok = is_ok && (l->is_up || fails(t, "the flood ended the session: %s", l->last)) && all_is_well(t);
    judge(t, "flood", l, &f, is_ok);
}

static void case_garbage(struct test *t)
{
    struct liar *l = liar_start(t, 0x0a091402);
    bool is_ok = !t->problem[0];
    struct flows f;

    flows_start(&f, t->net);
    for (unsigned k = 0; is_ok && k < 200; k++) {
        uint8_t data[64];

        for (size_t i = 0; i < sizeof(data); i++)
            data[i] = (uint8_t)(sim_random(t->net->sim) >> 24);
        if (k % 2 == 0) { /* a good beginning, at least */
            data[0] = 0;
            data[1] = 1;
            data[2] = 0;
            data[3] = 60;
            data[4] = 10, data[5] = 9, data[6] = 20, data[7] = 2, data[8] = data[9] = 0;
        }
        if (l->stream)
            stream_write(l->stream, data, sizeof(data));
        dgram_send(l->hello, NULL, &all_routers, LDP_PORT, data, sizeof(data));
        sim_run_ms(t->net->sim, 300);
    }
    is_ok = is_ok && all_is_well(t);
    judge(t, "garbage", l, &f, is_ok);
}

static void run(struct test *t, const char *scenario)
{
    static const struct {
        const char *name;
        void (*run)(struct test *t);
    } cases[] = {
        {"lies", case_lies},     {"releases", case_releases}, {"name", case_names},
        {"hellos", case_hellos}, {"flood", case_flood},       {"garbage", case_garbage},
    };

    harness_open(t, scenario, t->seed);
    if (converges(t))
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
            if (is_wanted(t, cases[i].name))
                cases[i].run(t);
    harness_close(t);
}

int main(int argc, char **argv)
{
    return harness_main(argc, argv, "csc-ldp", run);
}

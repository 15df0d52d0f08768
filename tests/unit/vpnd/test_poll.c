/* SPDX-License-Identifier: Apache-2.0
 *
 * vpnd asks a mgmtd that answers, answers late, says that a daemon hangs, dies in the middle of a round, or is not
 * there. Under virtual time (lib/sim).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lib/ipc/north/front_msg.h"
#include "lib/ipc/north/north_msg.h"
#include "strata/ipc.h"
#include "strata/loop.h"
#include "strata/sim.h"
#include "vpnd/csc/facts.h"
#include "vpnd/link/mgmtd.h"

/* mgmtd as the test plays it. */
struct mgmt {
    const struct env *env;
    struct ipc_listener *listener;
    struct timer answer;
    struct ipc_conn *asker;
    uint64_t id;
    unsigned late_ms, n_asked;
    const char *note;
    bool is_mute;
    char asked[1000];
};

struct world {
    struct sim *sim;
    struct mgmt mgmt;
    struct csc_facts facts;
    struct vpnd_poll *poll;
    unsigned n_heard;
};

static void send_answer(void *arg)
{
    struct mgmt *m = arg;
    struct front_reply r = {.id = m->id, .text = "{}", .note = m->note};

    if (m->asker && !m->is_mute)
        front_reply_send(m->asker, &r);
}

static void on_request(struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len, void *arg)
{
    struct mgmt *m = arg;
    struct front_request r;
    void *held;

    assert_int_equal(type, FRONT_MSG_REQUEST);
    assert_int_equal(front_request_decode(payload, len, &m->id, &r, &held), 0);
    assert_int_equal(r.op, strstr(r.path, "label-for") ? FRONT_SHOW : FRONT_STATE);
    assert_true(r.op == FRONT_STATE || (r.format == FRONT_JSON && !r.is_candidate));
    assert_false(timer_is_armed(&m->answer)); /* a question at a time */
    m->n_asked++;
    snprintf(m->asked + strlen(m->asked), sizeof(m->asked) - strlen(m->asked), "%s ", r.path);
    m->asker = c;
    timer_arm_ms(&m->answer, m->late_ms);
    front_request_release(held);
}

static void on_asker(struct ipc_conn *c, void *arg)
{
    (void)c;
    (void)arg;
}

static void on_gone(struct ipc_conn *c, const char *reason, void *arg)
{
    struct mgmt *m = arg;

    (void)c;
    (void)reason;
    m->asker = NULL;
    timer_cancel(&m->answer);
}

static void mgmt_open(struct mgmt *m)
{
    static const struct ipc_events events = {.up = on_asker, .message = on_request, .down = on_gone};
    struct ipc_spec spec = {.socket = MGMT_SOCKET,
                            .service = MGMT_SERVICE,
                            .version = MGMT_VERSION,
                            .name = "mgmtd",
                            .frame_max = MGMT_FRAME_MAX};

    assert_int_equal(ipc_listener_create(m->env, &spec, &events, m, &m->listener), 0);
}

static void mgmt_close(struct mgmt *m)
{
    timer_cancel(&m->answer);
    m->asker = NULL;
    ipc_listener_destroy(m->listener);
    m->listener = NULL;
}

static void on_heard(void *arg)
{
    struct world *w = arg;

    w->n_heard++;
}

static int setup(void **state)
{
    static struct world world;
    struct world *w = &world;
    struct sim_node *node;

    memset(w, 0, sizeof(*w));
    w->sim = sim_create(1);
    node = sim_node_create(w->sim, "pe");
    w->mgmt.env = sim_process_env(sim_process_create(node, "mgmtd", NULL));
    timer_init(&w->mgmt.answer, w->mgmt.env->loop, send_answer, &w->mgmt);
    mgmt_open(&w->mgmt);
    w->poll = vpnd_poll_create(sim_process_env(sim_process_create(node, "vpnd", NULL)), &w->facts, on_heard, w);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    vpnd_poll_destroy(w->poll);
    mgmt_close(&w->mgmt);
    csc_facts_fini(&w->facts);
    sim_destroy(w->sim);
    return 0;
}

static void test_poll__asks_all_when_wanted(void **state)
{
    struct world *w = *state;

    sim_run_ms(w->sim, 20000);
    assert_int_equal(w->mgmt.n_asked, 0);
    vpnd_poll_want(w->poll, true);
    sim_run_ms(w->sim, 3000);
    assert_int_equal(w->mgmt.n_asked, CSC_SOURCE_COUNT);
    assert_int_equal(w->n_heard, 1);
    for (int s = 0; s < CSC_SOURCE_COUNT; s++) {
        assert_non_null(strstr(w->mgmt.asked, csc_source_path((enum csc_source)s)));
        assert_true(w->facts.from[s].is_known && !w->facts.from[s].is_silent);
    }
    sim_run_ms(w->sim, 20000);
    assert_int_equal(w->n_heard, 5);
    vpnd_poll_want(w->poll, false);
    sim_run_ms(w->sim, 20000);
    assert_int_equal(w->n_heard, 5);
}

static void test_poll__slow_answers_are_asked_for_less(void **state)
{
    struct world *w = *state;

    w->mgmt.late_ms = 400; /* a round takes more than three seconds */
    vpnd_poll_want(w->poll, true);
    sim_run_ms(w->sim, 60000);
    assert_in_range(w->n_heard, 3, 5);
}

static void test_poll__a_daemon_that_hangs_or_need_not_run(void **state)
{
    struct world *w = *state;
    const struct csc_answer *a = &w->facts.from[CSC_SOURCE_LDP_VPN];

    w->mgmt.note = "ldpd is not running: nothing is configured for it";
    vpnd_poll_want(w->poll, true);
    sim_run_ms(w->sim, 3000);
    assert_true(a->is_known && !a->is_silent);
    w->mgmt.note = "ldpd did not answer in time";
    sim_run_ms(w->sim, 6000);
    assert_true(a->is_known && a->is_silent); /* what it said before holds */
    w->mgmt.note = "";
    sim_run_ms(w->sim, 6000);
    assert_true(a->is_known && !a->is_silent);
}

static void test_poll__survives_mgmtd(void **state)
{
    struct world *w = *state;

    w->mgmt.late_ms = 200;
    vpnd_poll_want(w->poll, true);
    sim_run_ms(w->sim, 1700); /* in the middle of the first round */
    assert_in_range(w->mgmt.n_asked, 1, CSC_SOURCE_COUNT - 1);
    mgmt_close(&w->mgmt);
    sim_run_ms(w->sim, 30000);
    assert_false(w->facts.from[CSC_SOURCE_OSPF_VPN].is_known);
    w->mgmt.n_asked = 0;
    mgmt_open(&w->mgmt);
    sim_run_ms(w->sim, 6000);
    assert_in_range(w->mgmt.n_asked, CSC_SOURCE_COUNT, 2 * CSC_SOURCE_COUNT);
    assert_true(w->facts.from[CSC_SOURCE_OSPF_VPN].is_known);
}

static void test_poll__survives_silence(void **state)
{
    struct world *w = *state;

    w->mgmt.is_mute = true;
    vpnd_poll_want(w->poll, true);
    sim_run_ms(w->sim, 25000);
    assert_int_equal(w->n_heard, 1); /* given up */
    w->mgmt.is_mute = false;
    sim_run_ms(w->sim, 40000);
    assert_true(w->facts.from[CSC_SOURCE_OSPF_VPN].is_known);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_poll__asks_all_when_wanted),
        T(test_poll__slow_answers_are_asked_for_less),
        T(test_poll__a_daemon_that_hangs_or_need_not_run),
        T(test_poll__survives_mgmtd),
        T(test_poll__survives_silence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The operator's switch of the label guard: it is answered when it is so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "whole.h"

struct operator
{
    bool is_answered;
    int error;
    char reply[300];
};

struct hall {
    struct whole w;
    struct ribd_config c;
    struct operator op[4];
};

static void on_answer(void *arg, int error, const char *reply)
{
    struct operator* o = arg;

    assert_false(o->is_answered);
    o->is_answered = true;
    o->error = error;
    snprintf(o->reply, sizeof(o->reply), "%s", reply ? reply : "(none)");
}

static struct operator* ask(struct hall *h, size_t i, bool is_enabled)
{
    h->op[i] = (struct operator){0};
    ribd_guard_enable(h->w.d, is_enabled, on_answer, &h->op[i]);
    return &h->op[i];
}

static int setup(void **state)
{
    static const char *const ports[] = {"core1", NULL};
    struct hall *h = calloc(1, sizeof(*h));

    whole_open(&h->w, ports);
    h->c.mpls.label_range.lower = 16;
    h->c.mpls.label_range.upper = 1000;
    h->c.mpls.ttl_propagate = true;
    take(&h->w, &h->c);
    *state = h;
    return 0;
}

static int teardown(void **state)
{
    struct hall *h = *state;

    whole_close(&h->w);
    free(h);
    return 0;
}

static void assert_answer(const struct operator* o, int error, const char *part)
{
    assert_true(o->is_answered);
    assert_int_equal(o->error, error);
    if (!strstr(o->reply, part))
        fail_msg("\"%s\" is not in \"%s\"", part, o->reply);
}

static void test_at_once(void **state)
{
    struct hall *h = *state;

    assert_answer(ask(h, 0, true), 0, "the label guard is on"); /* as it was */
    assert_answer(ask(h, 0, false), 0, "OFF");
    has(&h->w, "/rib/platform", "guard-enabled=false;");
    assert_answer(ask(h, 0, true), 0, "on");
    has(&h->w, "/rib/platform", "guard-enabled=true;");
}

/* Several ask for the same, and hear of it together; state claims no more safety than there is. */
static void test_when_it_is_so(void **state)
{
    struct hall *h = *state;

    h->w.dp->is_switch_slow = true;
    for (int is_on = 0; is_on < 2; is_on++) {
        struct operator* a = ask(h, 0, is_on), *b = ask(h, 1, is_on);

        run_ms(&h->w, 20);
        assert_false(a->is_answered || b->is_answered);
        has(&h->w, "/rib/platform", "guard-enabled=false;");
        fake_dp_switched(h->w.dp);
        assert_answer(a, 0, is_on ? "guard is on" : "guard is OFF");
        assert_answer(b, 0, is_on ? "guard is on" : "guard is OFF");
        has(&h->w, "/rib/platform", is_on ? "guard-enabled=true;" : "guard-enabled=false;");
    }
}

static void test_the_last_word(void **state)
{
    struct hall *h = *state;
    struct operator* first, *second, *third;

    h->w.dp->is_switch_slow = true;
    first = ask(h, 0, false);
    second = ask(h, 1, false);
    h->w.dp->is_guard_off = true; /* but it has not been told */
    third = ask(h, 2, true);
    assert_answer(first, -ECANCELED, "meanwhile somebody switched it on again");
    assert_answer(second, -ECANCELED, "is not off");
    assert_false(third->is_answered);
    fake_dp_switched(h->w.dp);
    assert_answer(third, 0, "is on");
    run_ms(&h->w, 10);
    has(&h->w, "/rib/platform", "guard-enabled=true;");
}

static void test_not_soon(void **state)
{
    struct hall *h = *state;
    struct operator* a, *b;

    h->w.dp->is_switch_slow = true;
    a = ask(h, 0, false);
    run_ms(&h->w, 4500);
    assert_false(a->is_answered);
    b = ask(h, 1, false);
    h->w.dp->guard_refusal = "Device or resource busy";
    run_ms(&h->w, 1000);
    assert_answer(a, -ETIMEDOUT, "the label guard is not off yet: Device or resource busy; ribd goes on");
    assert_false(b->is_answered);
    fake_dp_switched(h->w.dp);
    assert_answer(b, 0, "OFF");
    h->w.dp->guard_refusal = NULL;
    a = ask(h, 0, true);
    h->w.dp->is_guard_off = false; /* it is so, and the word of it was lost */
    run_ms(&h->w, 5500);
    assert_answer(a, 0, "is on");
    has(&h->w, "/rib/platform", "guard-enabled=true;");
}

/* Who waits is not forgotten at the end; the next ribd has its guard on. */
static void test_end(void **state)
{
    struct hall *h = *state;
    struct operator* a;

    h->w.dp->is_switch_slow = true;
    a = ask(h, 0, false);
    whole_restart(&h->w);
    assert_answer(a, 0, "(none)");
    take(&h->w, &h->c);
    has(&h->w, "/rib/platform", "guard-enabled=true;");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_at_once), T(test_when_it_is_so), T(test_the_last_word), T(test_not_soon), T(test_end),
    };

    return cmocka_run_group_tests_name("ribd_guard", tests, NULL, NULL);
}

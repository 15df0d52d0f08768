/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of label claims: what a FEC had is there after any death, at every write; a torn end, damage, a full disk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/label/record.h"
#include "src/ribd/label_store.h"
#include "strata/io.h"
#include "strata/loop.h"
#include "strata/mem.h"
#include "strata/sim.h"

enum { FIRST = 1000, LAST = 8999, ROUNDS = 16, PER_ROUND = 600, FECS = 1500 };
#define LDP RIB_CLIENT_LDPD

struct life {
    struct sim *sim;
    struct sim_node *node;
    const struct env *env;
    struct label_manager *m;
    struct label_store *s;
    enum label_store_found found;
    uint32_t label_of[FECS]; /* by FEC, as it was when it was last written without an error; 0: none */
    bool is_held[FECS];
};

static struct rib_fec fec(uint32_t host)
{
    return (struct rib_fec){.purpose = RIB_LABEL_LDP, .prefix = prefix_v4(0x0a000000 + host, 32)};
}

static void boot(struct life *x)
{
    uint64_t now = loop_now_us(x->env->loop);

    x->s = label_store_open(x->env);
    x->found = label_store_found(x->s);
    x->m = ribd_labels_create(FIRST, LAST, (struct label_past){0}, now);
    label_store_attach(x->s, x->m);
}

/* kill -9: nothing is written any more. */
static void die(struct life *x)
{
    sim_files_fail(x->node, 0, -EIO);
    label_store_close(x->s);
    ribd_labels_destroy(x->m);
    sim_files_fail(x->node, 0, 0);
}

static void open_life(struct life *x)
{
    memset(x, 0, sizeof(*x));
    x->sim = sim_create(7);
    x->node = sim_node_create(x->sim, "r");
    x->env = sim_process_env(sim_process_create(x->node, "ribd", NULL));
    boot(x);
}

static void close_life(struct life *x)
{
    die(x);
    sim_destroy(x->sim);
}

static void told(void *arg, uint32_t label, const struct rib_fec *f)
{
    uint32_t *out = arg;
    uint32_t host = ip_addr_to_v4(&f->prefix.addr) - 0x0a000000;

    assert_true(host < FECS);
    assert_int_equal(out[host], 0);
    out[host] = label;
}

/* Holds or frees FECs by turns; what each has is noted when its record was written. */
static void one_round(struct life *x, unsigned round)
{
    uint64_t now = loop_now_us(x->env->loop);
    uint32_t label;

    for (uint32_t i = 0; i < PER_ROUND; i++) {
        uint32_t host = (round * 977 + i * 31) % FECS;
        struct rib_fec f = fec(host);

        if (x->is_held[host]) {
            ribd_labels_free(x->m, LDP, x->label_of[host], false, now);
            x->is_held[host] = false;
            continue;
        }
        label = x->label_of[host];
        if (!label)
            assert_int_equal(ribd_labels_block(x->m, LDP, 1, now, &label), 1);
        assert_int_equal(ribd_labels_claim(x->m, LDP, label, &f, now), 0);
        if (!x->label_of[host] && i % 50 == 0)
            label_store_flush(x->s); /* as a batch of a client would */
        x->label_of[host] = label;
        x->is_held[host] = true;
    }
    label_store_flush(x->s);
    sim_run_ms(x->sim, 50);
}

static void test_death__at_every_write(void **state)
{
    static struct life x;
    static uint32_t before[FECS], after[FECS];
    bool was_done = false;
    unsigned step = 0;
    size_t wrong;

    (void)state;
    for (; !was_done; step++) {
        open_life(&x);
        sim_files_fail(x.node, step, -EIO);
        memset(before, 0, sizeof(before));
        for (unsigned round = 0; round < ROUNDS && !sim_files_failed(x.node); round++) {
            one_round(&x, round);
            if (!sim_files_failed(x.node))
                memcpy(before, x.label_of, sizeof(before));
        }
        was_done = !sim_files_failed(x.node);
        die(&x);
        boot(&x);
        assert_int_equal(x.found, LABEL_STORE_WHOLE);
        memset(after, 0, sizeof(after));
        ribd_labels_client_opened(x.m, LDP, told, after, loop_now_us(x.env->loop));
        for (uint32_t i = 0; i < FECS; i++)
            assert_true(!before[i] || before[i] == after[i]);
        wrong = 0;
        assert_int_equal(ribd_labels_audit(x.m, 0, SIZE_MAX, &wrong), 0);
        assert_int_equal(wrong, 0);
        close_life(&x);
    }
    assert_true(step > 20); /* a rewrite was among them */
}

static void test_death__rest_goes_on(void **state)
{
    struct life x;
    struct rib_fec f1 = fec(1), f2 = fec(2);
    uint32_t l[2], other;

    (void)state;
    open_life(&x);
    assert_int_equal(x.found, LABEL_STORE_NONE);
    assert_int_equal(ribd_labels_block(x.m, LDP, 2, 0, l), 2);
    ribd_labels_claim(x.m, LDP, l[0], &f1, 0);
    ribd_labels_claim(x.m, LDP, l[1], &f2, 0);
    ribd_labels_free(x.m, LDP, l[0], false, loop_now_us(x.env->loop));
    label_store_flush(x.s);
    sim_run_ms(x.sim, 100000);
    die(&x);
    boot(&x);
    assert_int_equal(x.found, LABEL_STORE_WHOLE);
    assert_int_equal(ribd_labels_claim(x.m, RIB_CLIENT_BGPD, l[0], &f1, loop_now_us(x.env->loop)), -EBUSY);
    ribd_labels_set_range(x.m, l[0], l[0]);
    assert_int_equal(ribd_labels_block(x.m, RIB_CLIENT_BGPD, 1, loop_now_us(x.env->loop), &other), 0);
    sim_run_ms(x.sim, 21000); /* 120 s in all, not 120 s from the start */
    assert_int_equal(ribd_labels_block(x.m, RIB_CLIENT_BGPD, 1, loop_now_us(x.env->loop), &other), 1);
    assert_true(!ribd_labels_is_holder(x.m, RIB_CLIENT_BGPD, l[1]));
    close_life(&x);
}

static void count_told(void *arg, uint32_t label, const struct rib_fec *f)
{
    (void)label;
    (void)f;
    ++*(size_t *)arg;
}

/* Cut anywhere, all before the cut is known; any octet changed is seen. */
static void test_file__torn_and_damaged(void **state)
{
    struct life x;
    char *data, path[64];
    uint32_t l[4];
    size_t len, n;

    (void)state;
    open_life(&x);
    assert_int_equal(ribd_labels_block(x.m, LDP, 4, 0, l), 4);
    for (uint32_t i = 0; i < 4; i++) {
        struct rib_fec f = fec(i);

        ribd_labels_claim(x.m, LDP, l[i], &f, 0);
    }
    label_store_flush(x.s);
    snprintf(path, sizeof(path), "%s/label-claims", x.env->state_dir);
    assert_int_equal(io_file_read(x.env->io, path, &data, &len), 0);
    assert_int_equal(len, 5 * LABEL_RECORD_SIZE);
    die(&x);
    for (size_t cut = 0; cut <= len; cut++) {
        io_file_write(x.env->io, path, data, cut);
        boot(&x);
        assert_int_equal(x.found, cut < LABEL_RECORD_SIZE ? LABEL_STORE_DAMAGED : LABEL_STORE_WHOLE);
        n = 0;
        ribd_labels_client_opened(x.m, LDP, count_told, &n, 0);
        assert_int_equal(n, cut < LABEL_RECORD_SIZE ? 0 : cut / LABEL_RECORD_SIZE - 1);
        die(&x);
    }
    for (size_t at = 0; at < len; at++) {
        data[at] = (char)(data[at] ^ 0x10);
        io_file_write(x.env->io, path, data, len);
        boot(&x);
        assert_int_equal(x.found, LABEL_STORE_DAMAGED);
        n = 0;
        ribd_labels_client_opened(x.m, LDP, count_told, &n, 0);
        assert_int_equal(n, at < LABEL_RECORD_SIZE ? 4 : 3);
        die(&x);
        data[at] = (char)(data[at] ^ 0x10);
    }
    mem_free(NULL, data);
    boot(&x);
    close_life(&x);
}

/* Better no file than one that lacks something; it comes back when there is room. */
static void test_disk__full(void **state)
{
    struct life x;
    struct rib_fec f1 = fec(1), f2 = fec(2);
    uint32_t l[2], after[FECS] = {0};

    (void)state;
    open_life(&x);
    assert_int_equal(ribd_labels_block(x.m, LDP, 2, 0, l), 2);
    ribd_labels_claim(x.m, LDP, l[0], &f1, 0);
    label_store_flush(x.s);
    sim_files_fail(x.node, 0, -ENOSPC);
    ribd_labels_claim(x.m, LDP, l[1], &f2, 0);
    label_store_flush(x.s);
    sim_run_ms(x.sim, 5000);
    die(&x);
    boot(&x);
    assert_int_equal(x.found, LABEL_STORE_NONE);
    ribd_labels_claim(x.m, LDP, l[0], &f1, 0);
    sim_files_fail(x.node, 0, -ENOSPC);
    ribd_labels_claim(x.m, LDP, l[1], &f2, 0);
    label_store_flush(x.s);
    sim_run_ms(x.sim, 5000);
    sim_files_fail(x.node, 0, 0);
    sim_run_ms(x.sim, 30000);
    die(&x);
    boot(&x);
    assert_int_equal(x.found, LABEL_STORE_WHOLE);
    ribd_labels_client_opened(x.m, LDP, told, after, loop_now_us(x.env->loop));
    assert_int_equal(after[1], l[0]);
    assert_int_equal(after[2], l[1]);
    close_life(&x);
}

static void set_boot_id(struct life *x, const char *id)
{
    assert_int_equal(io_file_write(x->env->io, "/proc/sys/kernel/random/boot_id", id, strlen(id)), 0);
}

/* Another boot: what is known is kept, but its times are of another clock, and the last of it may be missing. */
static void test_boot__another(void **state)
{
    struct life x;
    struct rib_fec f1 = fec(1), f2 = fec(2);
    uint32_t l[2], after[FECS] = {0};

    (void)state;
    open_life(&x);
    die(&x);
    set_boot_id(&x, "7c1e\n");
    boot(&x);
    assert_int_equal(x.found, LABEL_STORE_OLD);
    assert_int_equal(ribd_labels_block(x.m, LDP, 2, 0, l), 2);
    ribd_labels_claim(x.m, LDP, l[0], &f1, loop_now_us(x.env->loop));
    ribd_labels_claim(x.m, LDP, l[1], &f2, loop_now_us(x.env->loop));
    ribd_labels_free(x.m, LDP, l[1], false, loop_now_us(x.env->loop));
    label_store_flush(x.s);
    sim_run_ms(x.sim, 100 * 1000);
    die(&x);
    boot(&x);
    assert_int_equal(x.found, LABEL_STORE_WHOLE);
    die(&x);
    set_boot_id(&x, "9b2a\n");
    boot(&x);
    assert_int_equal(x.found, LABEL_STORE_OLD);
    ribd_labels_client_opened(x.m, LDP, told, after, loop_now_us(x.env->loop));
    assert_int_equal(after[1], l[0]);
    assert_int_equal(after[2], l[1]);
    ribd_labels_client_lost(x.m, LDP, loop_now_us(x.env->loop));
    ribd_labels_set_range(x.m, l[1], l[1]);
    sim_run_ms(x.sim, 119 * 1000); /* it rests anew */
    ribd_labels_tick(x.m, loop_now_us(x.env->loop));
    assert_int_equal(ribd_labels_available(x.m, RIB_CLIENT_BGPD, loop_now_us(x.env->loop)), 0);
    sim_run_ms(x.sim, 2 * 1000);
    ribd_labels_tick(x.m, loop_now_us(x.env->loop));
    assert_int_equal(ribd_labels_available(x.m, RIB_CLIENT_BGPD, loop_now_us(x.env->loop)), 1);
    close_life(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_death__at_every_write),  cmocka_unit_test(test_death__rest_goes_on),
        cmocka_unit_test(test_file__torn_and_damaged), cmocka_unit_test(test_disk__full),
        cmocka_unit_test(test_boot__another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

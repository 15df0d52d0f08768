/* SPDX-License-Identifier: Apache-2.0
 *
 * What the decoders of lib/ipc/rib_msg*.c refuse, and with which words: each message is built by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "ribd.pb-c.h"
#include "tests/unit/ipc/recorder.h"

/* A copy of exactly this size, so that the sanitizer sees an over-read. */
static const char *decode_tight(uint16_t type, const uint8_t *data, size_t len, struct recorder *to)
{
    struct rib_scratch scratch = {0};
    struct rib_msg_server_sink server = {.ev = &recorder_server_events, .arg = to, .scratch = &scratch};
    struct rib_msg_client_sink client = {.ops = &recorder_client_ops, .arg = to, .scratch = &scratch};
    uint8_t *copy = calloc(1, len ? len : 1);
    const char *wrong;

    if (len)
        memcpy(copy, data, len);
    wrong = type >= RIB_MSG_READY ? rib_msg_decode_for_client(type, copy, len, &client)
                                  : rib_msg_decode_for_server(type, copy, len, &server);
    free(copy);
    rib_scratch_fini(&scratch);
    return wrong;
}

static void refused(uint16_t type, const ProtobufCMessage *m, const char *why)
{
    size_t len = protobuf_c_message_get_packed_size(m);
    uint8_t *data = malloc(len + 1);
    struct recorder got = {0};
    const char *wrong;

    protobuf_c_message_pack(m, data);
    wrong = decode_tight(type, data, len, &got);
    assert_non_null(wrong);
    assert_string_equal(wrong, why);
    recorder_clear(&got);
    free(data);
}

static void test_refusal__message_types(void **state)
{
    static const uint8_t garbage[] = {0xff, 0xff, 0xff};
    struct recorder got = {0};

    (void)state;
    assert_non_null(decode_tight(15, NULL, 0, &got));
    assert_non_null(decode_tight(RIB_MSG_CLIENT_END, NULL, 0, &got));
    assert_non_null(decode_tight(RIB_MSG_RIBD_END, NULL, 0, &got));
    assert_non_null(decode_tight(RIB_MSG_ROUTES, garbage, sizeof(garbage), &got));
    assert_non_null(decode_tight(RIB_MSG_READY, garbage, sizeof(garbage), &got));
}

static void test_refusal__routes(void **state)
{
    uint8_t good[] = {1, 8, 10}, long_prefix[] = {1, 33, 1, 2, 3, 4, 5}, host_bits[] = {1, 8 - 1, 11},
            cut[] = {1, 24, 10}, no_family[] = {0};
    uint8_t bad_family[] = {3, 0};
    uint32_t three[3] = {1, 2, 3}, big = 256, stack_of_two[2] = {16, LABEL_MAX + 1}, null_inside = LABEL_IMPLICIT_NULL,
             form;
    Strata__Rib__Labels labels = STRATA__RIB__LABELS__INIT;
    Strata__Rib__Routes m = STRATA__RIB__ROUTES__INIT;
    struct {
        uint8_t *data;
        size_t len;
    } bad[] = {{long_prefix, sizeof(long_prefix)}, {host_bits, sizeof(host_bits)},   {cut, sizeof(cut)},
               {no_family, sizeof(no_family)},     {bad_family, sizeof(bad_family)}, {NULL, 0}};

    (void)state;
    m.count = 1;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        m.prefixes = (ProtobufCBinaryData){.data = bad[i].data, .len = bad[i].len};
        refused(RIB_MSG_ROUTES, &m.base, "malformed prefix of a route");
    }
    m.prefixes = (ProtobufCBinaryData){.data = good, .len = sizeof(good)};
    m.metric = three;
    m.n_metric = 3;
    refused(RIB_MSG_ROUTES, &m.base, "columns of routes do not fit");
    m.n_metric = 0;
    m.count = RIB_BATCH_MAX + 1;
    refused(RIB_MSG_ROUTES, &m.base, "columns of routes do not fit");
    m.count = 1;
    m.distance = &big;
    m.n_distance = 1;
    refused(RIB_MSG_ROUTES, &m.base, "source or distance of a route out of range");
    m.n_distance = 0;
    big = RIB_SOURCE_COUNT;
    m.source = &big;
    m.n_source = 1;
    refused(RIB_MSG_ROUTES, &m.base, "source or distance of a route out of range");
    m.n_source = 0;
    m.labels = &labels;
    labels.form = &form;
    labels.n_form = 1;
    form = 3; /* two labels, none there */
    refused(RIB_MSG_ROUTES, &m.base, "malformed label of a route");
    labels.label = stack_of_two;
    labels.n_label = 2;
    refused(RIB_MSG_ROUTES, &m.base, "malformed label of a route");
    form = 2;
    labels.label = &null_inside;
    labels.n_label = 1;
    refused(RIB_MSG_ROUTES, &m.base, "malformed label of a route");
    form = 2 + LABEL_STACK_MAX; /* a stack too deep */
    refused(RIB_MSG_ROUTES, &m.base, "malformed label of a route");
    form = UINT32_MAX;
    refused(RIB_MSG_ROUTES, &m.base, "malformed label of a route");
}

static void test_refusal__sets_and_scopes(void **state)
{
    Strata__Rib__NhsetDefine m = STRATA__RIB__NHSET_DEFINE__INIT;
    Strata__Rib__ScopeDefine sc = STRATA__RIB__SCOPE_DEFINE__INIT;
    uint32_t id = 1, n = RIB_NEXTHOPS_MAX + 1;
    uint8_t neighbor[] = {1, 10, 0, 0, 1}, unset[] = {0};

    (void)state;
    m.count = 1;
    m.id = &id;
    m.n_id = 1;
    refused(RIB_MSG_NHSET_DEFINE, &m.base, "number of next hops of a set out of range");
    m.nexthop_count = &n;
    m.n_nexthop_count = 1;
    refused(RIB_MSG_NHSET_DEFINE, &m.base, "number of next hops of a set out of range");
    n = 1;
    refused(RIB_MSG_NHSET_DEFINE, &m.base, "malformed next hop");
    m.nexthops = 1;
    refused(RIB_MSG_NHSET_DEFINE, &m.base, "malformed next hop");
    m.n_id = 0;
    refused(RIB_MSG_NHSET_DEFINE, &m.base, "next-hop set 0 cannot be defined");
    m.nexthops = RIB_INNER_MAX + 1;
    refused(RIB_MSG_NHSET_DEFINE, &m.base, "columns of next-hop sets do not fit");

    sc.count = 1;
    sc.id = &id;
    sc.n_id = 1;
    sc.members = 1;
    refused(RIB_MSG_SCOPE_DEFINE, &sc.base, "columns of label scopes do not fit");
    sc.neighbors = (ProtobufCBinaryData){.data = unset, .len = 1};
    refused(RIB_MSG_SCOPE_DEFINE, &sc.base, "malformed neighbour of a label scope");
    sc.neighbors = (ProtobufCBinaryData){.data = neighbor, .len = sizeof(neighbor)};
    refused(RIB_MSG_SCOPE_DEFINE, &sc.base, "number of members of a label scope out of range");
    n = 2;
    sc.member_count = &n;
    sc.n_member_count = 1;
    refused(RIB_MSG_SCOPE_DEFINE, &sc.base, "number of members of a label scope out of range");
}

static void test_refusal__labels(void **state)
{
    uint32_t label = 15, op = 9, purpose = 0;
    Strata__Rib__Ids ids = STRATA__RIB__IDS__INIT;
    Strata__Rib__LabelFecs lf = STRATA__RIB__LABEL_FECS__INIT;
    Strata__Rib__Fecs fecs = STRATA__RIB__FECS__INIT;
    Strata__Rib__LabelEntries e = STRATA__RIB__LABEL_ENTRIES__INIT;
    Strata__Rib__LabelsWanted w = STRATA__RIB__LABELS_WANTED__INIT;
    Strata__Rib__LabelResults r = STRATA__RIB__LABEL_RESULTS__INIT;
    uint8_t prefix[] = {0};

    (void)state;
    refused(RIB_MSG_LABELS_WANTED, &w.base, "number of labels wanted out of range");
    ids.id = &label;
    ids.n_id = 1;
    refused(RIB_MSG_LABEL_FREE, &ids.base, "label out of range in label free");
    refused(RIB_MSG_LABEL_BLOCK, &ids.base, "label out of range in label block");
    lf.count = 1;
    lf.label = &label;
    lf.n_label = 1;
    refused(RIB_MSG_LABEL_CLAIM, &lf.base, "malformed label claim");
    label = LABEL_KERNEL_MAX;
    refused(RIB_MSG_HELD_LABELS, &lf.base, "malformed held label");
    lf.fecs = &fecs;
    fecs.purpose = &purpose;
    fecs.n_purpose = 1;
    fecs.prefixes = (ProtobufCBinaryData){.data = prefix, .len = 1};
    refused(RIB_MSG_LABEL_CLAIM, &lf.base, "malformed label claim");
    purpose = RIB_LABEL_STATIC + 1;
    refused(RIB_MSG_LABEL_CLAIM, &lf.base, "malformed label claim");
    purpose = RIB_LABEL_VPN_INSTANCE;
    e.count = 1;
    e.fecs = &fecs;
    refused(RIB_MSG_LABEL_ENTRIES, &e.base, "label of a label entry out of range");
    e.in_label = &label;
    e.n_in_label = 1;
    refused(RIB_MSG_LABEL_ENTRIES, &e.base, "unknown operation of a label entry");
    e.op = &op;
    e.n_op = 1;
    refused(RIB_MSG_LABEL_ENTRIES, &e.base, "unknown operation of a label entry");
    op = RIB_LABEL_SWAP;
    refused(RIB_MSG_LABEL_ENTRIES, &e.base, "swap entry without a label");
    r.count = 1;
    refused(RIB_MSG_LABEL_RESULTS, &r.base, "label or status of a label result out of range");
    r.in_label = &label;
    r.n_in_label = 1;
    refused(RIB_MSG_LABEL_RESULTS, &r.base, "label or status of a label result out of range");
}

static void test_refusal__others(void **state)
{
    uint8_t prefix[] = {1, 8, 10}, unset[] = {0}, bits[] = {33}, addr[] = {1, 10, 0, 0, 1};
    Strata__Rib__Subscribe s = STRATA__RIB__SUBSCRIBE__INIT;
    Strata__Rib__Watches w = STRATA__RIB__WATCHES__INIT;
    Strata__Rib__LabelPeer p = STRATA__RIB__LABEL_PEER__INIT;
    Strata__Rib__Bindings b = STRATA__RIB__BINDINGS__INIT;
    Strata__Rib__Interface i = STRATA__RIB__INTERFACE__INIT;
    Strata__Rib__Instance v = STRATA__RIB__INSTANCE__INIT;
    char name[RIB_NAME_MAX + 1];

    (void)state;
    s.sources = 1u << RIB_SOURCE_COUNT;
    refused(RIB_MSG_SUBSCRIBE, &s.base, "unknown source in a subscription");
    w.count = 1;
    w.addresses = (ProtobufCBinaryData){.data = addr, .len = sizeof(addr)};
    refused(RIB_MSG_WATCHES, &w.base, "malformed watch");
    p.count = 2;
    refused(RIB_MSG_LABEL_PEER, &p.base, "number of addresses of a label peer out of range");
    p.count = 1;
    p.addresses = (ProtobufCBinaryData){.data = unset, .len = 1};
    refused(RIB_MSG_LABEL_PEER, &p.base, "malformed address of a label peer");
    b.count = 1;
    refused(RIB_MSG_BINDINGS, &b.base, "malformed binding");
    b.prefixes = (ProtobufCBinaryData){.data = prefix, .len = sizeof(prefix)};
    refused(RIB_MSG_BINDINGS, &b.base, "binding without a label");
    refused(RIB_MSG_INTERFACE, &i.base, "name or index of an interface out of range");
    i.ifindex = 1;
    i.address_count = 1;
    refused(RIB_MSG_INTERFACE, &i.base, "columns of an interface do not fit");
    i.addresses = (ProtobufCBinaryData){.data = addr, .len = sizeof(addr)};
    i.address_bits = (ProtobufCBinaryData){.data = bits, .len = 1};
    refused(RIB_MSG_INTERFACE, &i.base, "malformed address of an interface");
    memset(name, 'x', RIB_NAME_MAX);
    name[RIB_NAME_MAX] = '\0';
    v.name = name;
    refused(RIB_MSG_INSTANCE, &v.base, "name of an instance is too long");
}

static void test_refusal__best_routes(void **state)
{
    Strata__Rib__BestRoutes m = STRATA__RIB__BEST_ROUTES__INIT;
    uint32_t n = 2, list = 1;
    uint8_t prefix[] = {1, 8, 10}, gateways[] = {0};

    (void)state;
    m.count = 1;
    refused(RIB_MSG_BEST_ROUTES, &m.base, "malformed prefix of a best route");
    m.prefixes = (ProtobufCBinaryData){.data = prefix, .len = sizeof(prefix)};
    refused(RIB_MSG_BEST_ROUTES, &m.base, "next hops of a best route out of range");
    m.lists = 1;
    m.nexthops = 1;
    refused(RIB_MSG_BEST_ROUTES, &m.base, "columns of best routes do not fit"); /* no gateways */
    m.gateways = (ProtobufCBinaryData){.data = gateways, .len = 1};
    refused(RIB_MSG_BEST_ROUTES, &m.base, "columns of best routes do not fit"); /* nobody's next hop */
    m.nexthop_count = &n;
    m.n_nexthop_count = 1;
    refused(RIB_MSG_BEST_ROUTES, &m.base, "columns of best routes do not fit"); /* more than there are */
    n = 1;
    m.paths = &list;
    m.n_paths = 1;
    refused(RIB_MSG_BEST_ROUTES, &m.base, "next hops of a best route out of range");
    m.lists = 2;
    refused(RIB_MSG_BEST_ROUTES, &m.base, "columns of best routes do not fit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusal__message_types),   cmocka_unit_test(test_refusal__routes),
        cmocka_unit_test(test_refusal__sets_and_scopes), cmocka_unit_test(test_refusal__labels),
        cmocka_unit_test(test_refusal__others),          cmocka_unit_test(test_refusal__best_routes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

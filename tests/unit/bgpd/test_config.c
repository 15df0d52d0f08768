/* SPDX-License-Identifier: Apache-2.0
 *
 * From the schema's structs to bgpd's own value, and what is refused with which path.
 */
#include "tests/unit/bgpd/cm.h"

#include <errno.h>

#include "bgpd/north/north.h"
#include "bgpd_config.h"
#include "strata/north.h"

struct sample {
    struct cfg_bgp_instance_neighbor_family family;
    struct cfg_bgp_instance_neighbor_family *families[1];
    struct cfg_bgp_instance_neighbor neighbor;
    struct cfg_bgp_instance_neighbor *neighbors[1];
    struct cfg_bgp_instance_family_redistribute redistribute[2];
    struct cfg_bgp_instance_family_redistribute *sources[2];
    struct cfg_bgp_instance_family instance_family;
    struct cfg_bgp_instance_family *instance_families[1];
    struct cfg_vpn_instances_vpn_instance_carriers_carrier csc;
    enum cfg_carrier_signaling signaling[1];
    struct cfg_vpn_instances_vpn_instance vpn;
    struct cfg_vpn_instances_vpn_instance *vpns[1];
    struct cfg_bgp_vpn_instance bgp_vpn;
    struct cfg_bgp_vpn_instance *bgp_vpns[1];
    struct cfg_bgp bgp;
    struct bgpd_config c;
};

/* A neighbour of AS 200 with labels, in the instance `carrierA` if `is_inside`, else in the public one. */
static struct sample *sample_create(bool is_inside)
{
    struct sample *s = calloc(1, sizeof(*s));
    struct cfg_bgp_instance *b = is_inside ? &s->bgp_vpn.bgp_instance : &s->bgp.bgp_instance;

    s->family =
        (struct cfg_bgp_instance_neighbor_family){.name = CFG_BGP_FAMILY_IPV4_LABELED_UNICAST, .allow_as_loop = 1};
    s->families[0] = &s->family;
    s->neighbor = (struct cfg_bgp_instance_neighbor){.address = ip_addr_v4(0x0a090301),
                                                     .remote_as = 200,
                                                     .port = 179,
                                                     .hold_time = 90,
                                                     .connect_retry = 5,
                                                     .n_family = 1,
                                                     .family = s->families};
    s->neighbors[0] = &s->neighbor;
    b->n_neighbor = 1;
    b->neighbor = s->neighbors;
    s->redistribute[0].source = CFG_BGP_REDISTRIBUTED_CONNECTED;
    s->redistribute[1].source = CFG_BGP_REDISTRIBUTED_OSPF;
    s->sources[0] = &s->redistribute[0];
    s->sources[1] = &s->redistribute[1];
    s->instance_family = (struct cfg_bgp_instance_family){
        .name = CFG_BGP_FAMILY_IPV4_LABELED_UNICAST, .n_redistribute = 2, .redistribute = s->sources};
    s->instance_families[0] = &s->instance_family;
    s->bgp.bgp_instance.n_family = 1;
    s->bgp.bgp_instance.family = s->instance_families;
    s->signaling[0] = CFG_CARRIER_SIGNALING_BGP;
    s->csc.n_signaling = 1;
    s->csc.signaling = s->signaling;
    s->vpn = (struct cfg_vpn_instances_vpn_instance){.name = "carrierA",
                                                     .has_route_distinguisher = true,
                                                     .route_distinguisher = 7,
                                                     .label_mode = CFG_LABEL_MODE_PER_ROUTE,
                                                     .carriers_carrier = &s->csc};
    s->vpns[0] = &s->vpn;
    s->c.vpn_instances.n_vpn_instance = 1;
    s->c.vpn_instances.vpn_instance = s->vpns;
    s->bgp_vpn.name = "carrierA";
    s->bgp_vpns[0] = &s->bgp_vpn;
    s->bgp.as = 100;
    s->bgp.router_id = 0x0a010004;
    s->bgp.port = 179;
    s->bgp.distance.external = 20;
    s->bgp.distance.internal = 200;
    s->bgp.n_vpn_instance = 1;
    s->bgp.vpn_instance = s->bgp_vpns;
    s->c.bgp = &s->bgp;
    return s;
}

static void test_config__without_bgp_nothing_is_wanted(void **state)
{
    struct sample *s = sample_create(false);
    struct north_error err;
    struct bgpd_wanted w;

    (void)state;
    s->c.bgp = NULL;
    assert_int_equal(bgpd_config_check(&s->c, &err), 0);
    w = bgpd_wanted_of(&s->c);
    assert_false(w.is_configured);
    bgpd_wanted_free(&w);
    free(s);
}

static void test_config__becomes_a_value(void **state)
{
    struct sample *s = sample_create(true);
    struct north_error err;
    struct bgpd_wanted w;

    (void)state;
    s->instance_family.has_import_table = true;
    s->instance_family.import_table = CFG_BGP_TABLE_IPV4_UNICAST;
    assert_int_equal(bgpd_config_check(&s->c, &err), 0);
    w = bgpd_wanted_of(&s->c);
    assert_true(w.is_configured);
    assert_true(w.vrfs[0].has_import_table[BGP_IPV4_LABELED] && !w.vrfs[0].has_import_table[BGP_IPV4_UNICAST]);
    assert_false(w.vrfs[0].is_carrier);
    assert_false(w.vrfs[1].has_import_table[BGP_IPV4_LABELED]); /* plain settings alone count: who means more says so */
    assert_int_equal(w.global.as, 100);
    assert_int_equal(w.global.cluster_id, 0x0a010004);
    assert_int_equal(w.n_vrfs, 2);
    assert_string_equal(w.vrfs[0].name, "");
    assert_int_equal(w.vrfs[0].redistribute[BGP_IPV4_LABELED], 1u << RIB_SOURCE_CONNECTED | 1u << RIB_SOURCE_OSPF);
    assert_string_equal(w.vrfs[1].name, "carrierA");
    assert_true(w.vrfs[1].has_rd && w.vrfs[1].is_carrier && w.vrfs[1].is_label_per_route);
    assert_int_equal(w.n_peers, 1);
    assert_string_equal(w.peers[0].vrf, "carrierA");
    assert_int_equal(w.peers[0].cfg.remote_as, 200);
    assert_true(w.peers[0].cfg.family[BGP_IPV4_LABELED].is_enabled);
    assert_int_equal(w.peers[0].cfg.family[BGP_IPV4_LABELED].allow_as_loop, 1);
    assert_false(w.peers[0].cfg.family[BGP_IPV4_UNICAST].is_enabled);
    bgpd_wanted_free(&w);
    free(s);
}

static void expect_refused(struct sample *s, const char *path, const char *message)
{
    struct north_error err = {0};

    assert_int_equal(bgpd_config_check(&s->c, &err), -EINVAL);
    assert_string_equal(err.path, path);
    if (!strstr(err.message, message))
        fail_msg("%s", err.message);
    free(s);
}

static void test_config__refusals_name_the_place(void **state)
{
    struct sample *s = sample_create(true);

    (void)state;
    s->family.name = CFG_BGP_FAMILY_IPV4_VPN;
    expect_refused(s, "/bgp/vpn-instance[carrierA]/neighbor[10.9.3.1]", "outside VPN instances");
    s = sample_create(false);
    s->bgp_vpn.name = "nobody";
    expect_refused(s, "/bgp/vpn-instance[nobody]", "no such VPN instance");
    s = sample_create(false);
    s->family.route_reflector_client = true;
    expect_refused(s, "/bgp/neighbor[10.9.3.1]", "internal");
    s = sample_create(false);
    s->neighbor.remote_as = 100;
    s->family.as_override = true;
    expect_refused(s, "/bgp/neighbor[10.9.3.1]", "external");
    s = sample_create(false);
    s->neighbor.remote_as = 100;
    s->neighbor.has_ebgp_multihop = true;
    expect_refused(s, "/bgp/neighbor[10.9.3.1]", "external");
    s = sample_create(false);
    s->neighbor.has_ebgp_multihop = s->neighbor.ttl_security = true;
    expect_refused(s, "/bgp/neighbor[10.9.3.1]", "ttl-security");
    s = sample_create(false);
    s->neighbor.address = ip_addr_v4(0x7f000001);
    expect_refused(s, "/bgp/neighbor[127.0.0.1]", "can't be");
    s = sample_create(false);
    s->instance_family.name = CFG_BGP_FAMILY_IPV4_VPN;
    expect_refused(s, "/bgp", "redistributed");
    s = sample_create(true);
    s->neighbor.n_family = 0;
    expect_refused(s, "/bgp/vpn-instance[carrierA]/neighbor[10.9.3.1]", "no address family");
    s = sample_create(false);
    s->instance_family.has_import_table = true;
    s->instance_family.import_table = CFG_BGP_TABLE_IPV4_LABELED_UNICAST;
    expect_refused(s, "/bgp", "other family");
    s = sample_create(false);
    s->instance_family.n_redistribute = 0;
    s->instance_family.has_import_table = true;
    s->instance_family.name = CFG_BGP_FAMILY_IPV4_VPN;
    expect_refused(s, "/bgp", "import-table");
    s = sample_create(false);
    s->instance_family.name = CFG_BGP_FAMILY_IPV4_UNICAST;
    s->instance_family.pop_without_lsp = true;
    expect_refused(s, "/bgp", "pop-without-lsp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config__without_bgp_nothing_is_wanted),
        cmocka_unit_test(test_config__becomes_a_value),
        cmocka_unit_test(test_config__refusals_name_the_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

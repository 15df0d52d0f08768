/* SPDX-License-Identifier: Apache-2.0
 *
 * What prepare accepts and refuses, with the path in the message.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "ospfd/north/config.h"
#include "ospfd_config.h"
#include "strata/north.h"

struct fixture {
    struct ospfd_config config;
    struct cfg_ospf_instance_areas_area area, second, *areas[2];
    struct cfg_ospf_instance_areas_area_interface interface, *interfaces[1];
    struct cfg_ospf_vpn_instance vpn, *vpns[1];
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){0};
    f->interface =
        (struct cfg_ospf_instance_areas_area_interface){.name = "e0", .hello_interval = 10, .dead_interval = 40};
    f->interfaces[0] = &f->interface;
    f->area.n_interface = 1;
    f->area.interface = f->interfaces;
    f->second.area_id = 0x01020304;
    f->areas[0] = &f->area;
    f->areas[1] = &f->second;
    f->config.ospf.ospf_instance.areas.n_area = 1;
    f->config.ospf.ospf_instance.areas.area = f->areas;
    f->vpn.name = "red";
    f->vpns[0] = &f->vpn;
    f->config.ospf.vpn_instance = f->vpns;
}

static void test_config__accepts(void **state)
{
    (void)state;
    struct fixture f;
    struct north_error err;
    begin(&f);
    assert_int_equal(ospf_config_check(&f.config, &err), 0);
    f.interface.network_type = CFG_OSPF_INSTANCE_AREAS_AREA_INTERFACE_NETWORK_TYPE_BROADCAST;
    assert_int_equal(ospf_config_check(&f.config, &err), 0);
}

static void test_config__refuses(void **state)
{
    (void)state;
    struct fixture f;
    struct north_error err;
    begin(&f);
    f.interface.dead_interval = 10;
    assert_true(ospf_config_check(&f.config, &err) < 0);
    assert_string_equal(err.path, "/ospf/areas/area[0.0.0.0]/interface[e0]");
    assert_non_null(strstr(err.message, "dead-interval 10"));
    begin(&f);
    f.config.ospf.ospf_instance.areas.n_area = 2;
    assert_true(ospf_config_check(&f.config, &err) < 0);
    assert_string_equal(err.path, "/ospf/areas/area[1.2.3.4]");
    begin(&f);
    f.config.ospf.n_vpn_instance = 1;
    f.vpn.ospf_instance.areas = f.config.ospf.ospf_instance.areas;
    f.config.ospf.ospf_instance.areas.n_area = 0;
    f.interface.dead_interval = 1;
    assert_true(ospf_config_check(&f.config, &err) < 0);
    assert_string_equal(err.path, "/ospf/vpn-instance[red]/areas/area[0.0.0.0]/interface[e0]");
}

static void test_config__which_instances(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    assert_null(ospf_config_instance(NULL, ""));
    assert_ptr_equal(ospf_config_instance(&f.config, ""), &f.config.ospf.ospf_instance);
    assert_null(ospf_config_instance(&f.config, "red"));
    f.config.ospf.n_vpn_instance = 1;
    assert_null(ospf_config_instance(&f.config, "red")); /* no area yet */
    f.vpn.ospf_instance.areas = f.config.ospf.ospf_instance.areas;
    assert_ptr_equal(ospf_config_instance(&f.config, "red"), &f.vpn.ospf_instance);
    f.config.ospf.ospf_instance.areas.n_area = 0;
    assert_null(ospf_config_instance(&f.config, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config__accepts),
        cmocka_unit_test(test_config__refuses),
        cmocka_unit_test(test_config__which_instances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

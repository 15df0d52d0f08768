/* SPDX-License-Identifier: Apache-2.0
 *
 * See config.h.
 */
#include "ospfd/north/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ospfd_config.h"
#include "strata/addr.h"
#include "strata/north.h"

static const char *area_text(uint32_t id, char *buf)
{
    struct ip_addr a = ip_addr_v4(id);
    return ip_addr_text(&a, buf, ADDR_TEXT_MAX);
}

__attribute__((format(printf, 5, 6))) static int refuse(struct north_error *err, const char *base, uint32_t area,
                                                        const char *interface, const char *fmt, ...)
{
    char id[ADDR_TEXT_MAX];
    va_list ap;
    if (interface)
        snprintf(err->path, sizeof(err->path), "%s/areas/area[%s]/interface[%s]", base, area_text(area, id), interface);
    else
        snprintf(err->path, sizeof(err->path), "%s/areas/area[%s]", base, area_text(area, id));
    va_start(ap, fmt);
    vsnprintf(err->message, sizeof(err->message), fmt, ap);
    va_end(ap);
    return -EINVAL;
}

static int check_interface(const struct cfg_ospf_instance_areas_area_interface *f, uint32_t area, const char *base,
                           struct north_error *err)
{
    if (f->dead_interval <= f->hello_interval)
        return refuse(err, base, area, f->name, "dead-interval %u must be longer than hello-interval %u",
                      f->dead_interval, f->hello_interval);
    return 0;
}

static int check_instance(const struct cfg_ospf_instance *c, const char *base, struct north_error *err)
{
    if (c->areas.n_area > 1)
        return refuse(err, base, c->areas.area[1]->area_id, NULL,
                      "this router would be an area border router, which is not supported yet: configure one area");
    for (size_t a = 0; a < c->areas.n_area; a++)
        for (size_t k = 0; k < c->areas.area[a]->n_interface; k++) {
            int rc = check_interface(c->areas.area[a]->interface[k], c->areas.area[a]->area_id, base, err);
            if (rc)
                return rc;
        }
    return 0;
}

int ospf_config_check(const struct ospfd_config *c, struct north_error *err)
{
    int rc = check_instance(&c->ospf.ospf_instance, "/ospf", err);
    for (size_t v = 0; v < c->ospf.n_vpn_instance && rc == 0; v++) {
        char base[NORTH_TEXT_MAX];
        snprintf(base, sizeof(base), "/ospf/vpn-instance[%s]", c->ospf.vpn_instance[v]->name);
        rc = check_instance(&c->ospf.vpn_instance[v]->ospf_instance, base, err);
    }
    return rc;
}

const struct cfg_ospf_instance *ospf_config_instance(const struct ospfd_config *c, const char *name)
{
    const struct cfg_ospf_instance *found = NULL;
    if (!c)
        return NULL;
    if (name[0] == '\0')
        found = &c->ospf.ospf_instance;
    for (size_t v = 0; v < c->ospf.n_vpn_instance && !found; v++)
        if (strcmp(c->ospf.vpn_instance[v]->name, name) == 0)
            found = &c->ospf.vpn_instance[v]->ospf_instance;
    return found && found->areas.n_area > 0 ? found : NULL;
}

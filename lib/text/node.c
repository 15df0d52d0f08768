/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and writing of single children.
 */
#include "lib/text/node.h"

#include <inttypes.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

const struct lyd_node *yang_child(const struct lyd_node *parent, const char *name)
{
    for (const struct lyd_node *n = parent ? lyd_child(parent) : NULL; n; n = n->next)
        if (strcmp(LYD_NAME(n), name) == 0)
            return n;
    return NULL;
}

const char *yang_child_value(const struct lyd_node *parent, const char *name)
{
    const struct lyd_node *n = yang_child(parent, name);
    const char *value = n ? lyd_get_value(n) : NULL;
    return value ? value : "";
}

void yang_add(struct lyd_node *parent, const char *name, const char *value)
{
    lyd_new_term(parent, NULL, name, value, 0, NULL);
}

void yang_add_number(struct lyd_node *parent, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, value);
    yang_add(parent, name, text);
}

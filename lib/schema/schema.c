/* SPDX-License-Identifier: Apache-2.0
 *
 * Walking a schema's table: children, siblings, names and paths. The table is constant and belongs to the program.
 */
#include "strata/schema.h"

#include <stdio.h>
#include <string.h>

uint32_t schema_first_child(const struct schema *s, uint32_t node)
{
    return s->nodes[node].last > node ? node + 1 : SCHEMA_NONE;
}

uint32_t schema_next_sibling(const struct schema *s, uint32_t child)
{
    uint32_t next = s->nodes[child].last + 1;

    return child != 0 && next <= s->nodes[s->nodes[child].parent].last ? next : SCHEMA_NONE;
}

static uint32_t child_named(const struct schema *s, uint32_t parent, const char *name, size_t len)
{
    uint32_t c;

    for (c = schema_first_child(s, parent); c != SCHEMA_NONE; c = schema_next_sibling(s, c))
        if (strncmp(s->nodes[c].name, name, len) == 0 && !s->nodes[c].name[len])
            return c;
    return SCHEMA_NONE;
}

uint32_t schema_child(const struct schema *s, uint32_t parent, const char *name)
{
    return child_named(s, parent, name, strlen(name));
}

uint32_t schema_find(const struct schema *s, const char *path)
{
    uint32_t node = 0;

    for (;;) {
        size_t len;

        while (*path == '/')
            path++;
        if (!*path)
            return node;
        len = strcspn(path, "/");
        node = child_named(s, node, path, len);
        if (node == SCHEMA_NONE)
            return SCHEMA_NONE;
        path += len;
    }
}

char *schema_path(const struct schema *s, uint32_t node, char *buf, size_t size)
{
    uint32_t chain[64];
    size_t depth = 0;
    size_t used = 0;

    if (size == 0)
        return buf;
    snprintf(buf, size, "/");
    for (; node != 0 && node < s->n_nodes && depth < sizeof(chain) / sizeof(chain[0]); node = s->nodes[node].parent)
        chain[depth++] = node;
    while (depth > 0 && used < size) {
        int n = snprintf(buf + used, size - used, "/%s", s->nodes[chain[--depth]].name);

        used += n > 0 ? (size_t)n : 0;
    }
    return buf;
}

const char *schema_enum_name(const struct schema *s, uint32_t node, int value)
{
    const struct schema_node *n = &s->nodes[node];

    for (uint16_t i = 0; i < n->n_enums; i++)
        if (n->enums[i].value == value)
            return n->enums[i].name;
    return NULL;
}

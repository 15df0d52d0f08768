/* SPDX-License-Identifier: Apache-2.0
 *
 * Which part of a daemon's state a path asks for (state.h). Text only: the path may come from any front end, so what is
 * odd about it must do no harm.
 */
#include <string.h>

#include "lib/schema/state_place.h"
#include "strata/state.h"

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

enum { ELEMENTS_MAX = 3 }; /* the top, vpn-instance, the list */

static bool is_named(const struct path_part *e, const char *name)
{
    return strlen(name) == e->len && memcmp(e->text, name, e->len) == 0;
}

/* Behind the module's name, if there is one: a name is what its last part says. */
static void drop_module(const char **text, size_t *len)
{
    const char *colon = memchr(*text, ':', *len);

    if (!colon)
        return;
    *len -= (size_t)(colon + 1 - *text);
    *text = colon + 1;
}

/* `p` stands on '['. The place behind its ']', NULL if it has none. */
static const char *key_read(const char *p, struct path_part *key)
{
    const char *value = p + 1, *name_end = value + strspn(value, NAME_CHARS ":"), *end;

    *key = (struct path_part){NULL, 0, NULL, 0};
    if (*name_end == '=') {
        key->name = value;
        key->name_len = (size_t)(name_end - value);
        drop_module(&key->name, &key->name_len);
        value = name_end + 1;
    }
    if (*value != '\'' && *value != '"') {
        end = strchr(value, ']');
        key->text = value;
        key->len = end ? (size_t)(end - value) : 0;
        return end ? end + 1 : NULL;
    }
    end = strchr(value + 1, *value);
    if (!end || end[1] != ']')
        return NULL;
    key->text = value + 1;
    key->len = (size_t)(end - value - 1);
    return end + 2;
}

/* `p` stands on a name. The place behind the element, NULL if it is malformed. */
static const char *element_read(const char *p, struct path_part *e, const char **keys)
{
    size_t prefix = strspn(p, NAME_CHARS);
    struct path_part key;

    if (p[prefix] == ':')
        p += prefix + 1;
    *e = (struct path_part){p, strspn(p, NAME_CHARS), NULL, 0};
    if (e->len == 0)
        return NULL;
    *keys = p + e->len;
    for (p += e->len; p && *p == '[';)
        p = key_read(p, &key);
    return p && (*p == '/' || *p == '\0') ? p : NULL;
}

int state_path_element(const char **path, struct path_part *name, const char **keys)
{
    const char *p = *path + strspn(*path, "/");

    if (!*p)
        return 0;
    p = element_read(p, name, keys);
    if (p)
        *path = p;
    return p ? 1 : -1;
}

bool state_path_key(const char **keys, struct path_part *key)
{
    const char *end = **keys == '[' ? key_read(*keys, key) : NULL;

    if (end)
        *keys = end;
    return end != NULL;
}

/* The first elements of the path into `e`; how many, or -1 if any part of it is malformed. */
static int elements_of(const char *path, struct path_part e[ELEMENTS_MAX])
{
    struct path_part more;
    const char *keys;
    int n = 0, result;

    while ((result = state_path_element(&path, n < ELEMENTS_MAX ? &e[n] : &more, &keys)) > 0)
        n += n < ELEMENTS_MAX;
    return result < 0 ? -1 : n;
}

bool state_is_asked(const char *path, const char *list)
{
    struct path_part e[ELEMENTS_MAX];
    int n = path ? elements_of(path, e) : -1;
    int at = n > 1 && is_named(&e[1], "vpn-instance") ? 2 : 1;

    return n <= at || is_named(&e[at], list);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Which part of a daemon's state a path asks for (state.h). Text only: the path may come from any front end, so what is
 * odd about it must do no harm.
 */
#include <string.h>

#include "strata/state.h"

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

enum { ELEMENTS_MAX = 3 }; /* the top, vpn-instance, the list */

struct element {
    const char *name;
    size_t len;
};

static bool is_named(const struct element *e, const char *name)
{
    return strlen(name) == e->len && memcmp(e->name, name, e->len) == 0;
}

/* `p` stands on '['. The place behind its ']', NULL if it has none. */
static const char *behind_key(const char *p)
{
    const char *value = p + 1, *name_end = value + strspn(value, NAME_CHARS ":"), *end;

    if (*name_end == '=')
        value = name_end + 1;
    if (*value != '\'' && *value != '"') {
        end = strchr(value, ']');
        return end ? end + 1 : NULL;
    }
    end = strchr(value + 1, *value);
    return end && end[1] == ']' ? end + 2 : NULL;
}

/* `p` stands on a name. The place behind the element, NULL if it is malformed. */
static const char *element_read(const char *p, struct element *e)
{
    size_t prefix = strspn(p, NAME_CHARS);

    if (p[prefix] == ':')
        p += prefix + 1;
    *e = (struct element){p, strspn(p, NAME_CHARS)};
    if (e->len == 0)
        return NULL;
    for (p += e->len; p && *p == '[';)
        p = behind_key(p);
    return p && (*p == '/' || *p == '\0') ? p : NULL;
}

/* The first elements of the path into `e`; how many, or -1 if any part of it is malformed. */
static int elements_of(const char *path, struct element e[ELEMENTS_MAX])
{
    struct element more;
    int n = 0;

    for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
        path = element_read(path, n < ELEMENTS_MAX ? &e[n] : &more);
        if (!path)
            return -1;
        n += n < ELEMENTS_MAX;
    }
    return n;
}

bool state_is_asked(const char *path, const char *list)
{
    struct element e[ELEMENTS_MAX];
    int n = path ? elements_of(path, e) : -1;
    int at = n > 1 && is_named(&e[1], "vpn-instance") ? 2 : 1;

    return n <= at || is_named(&e[at], list);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Big lists of /rib in chunks: where to begin, and where the next chunk goes on. Instances are read in order of their
 * numbers, which outlive their names.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ribd/north/private.h"
#include "src/ribd/rib/view.h"
#include "strata/state.h"

enum { NOTE_MAX = PREFIX_TEXT_MAX + 16 };

struct number_search {
    const char *name;
    bool is_found;
    uint32_t vrf;
};

static void match_name(void *arg, const struct instance_view *v)
{
    struct number_search *s = arg;

    if (strcmp(v->i.name, s->name) != 0)
        return;
    s->is_found = true;
    s->vrf = v->i.vrf;
}

/* The other direction of ribd_state_instance. */
static bool instance_number(const struct ribd *d, const char *name, uint32_t *vrf)
{
    struct number_search s = {.name = name};
    unsigned number;

    *vrf = RIB_VRF_PUBLIC;
    if (strcmp(name, "public") == 0)
        return true;
    ribd_instances_each(d->instances, match_name, &s);
    if (!s.is_found && sscanf(name, "table-%u", &number) == 1) {
        s.is_found = true;
        s.vrf = number;
    }
    *vrf = s.vrf;
    return s.is_found;
}

static bool read_note(const char *note, struct rib_view_range *range)
{
    char *end;
    unsigned long vrf = note ? strtoul(note, &end, 10) : 0;

    if (!note || *end != ' ' || prefix_parse(end + 1, &range->after))
        return false;
    range->after_vrf = (uint32_t)vrf;
    return true;
}

bool ribd_state_range(const struct writing *x, uint32_t instance, uint32_t prefix, struct rib_view_range *range)
{
    const char *name = instance ? state_only_text(x->w, instance) : NULL;
    struct ip_addr a;

    memset(range, 0, sizeof(*range));
    range->has_after = read_note(state_after_note(x->w), range);
    if (prefix && state_only_addr(x->w, prefix, &a)) {
        range->has_prefix = true;
        range->prefix = prefix_host(&a);
    } else if (prefix) {
        range->has_prefix = state_only_prefix(x->w, prefix, &range->prefix);
    }
    range->has_vrf = name != NULL;
    return !name || instance_number(x->d, name, &range->vrf);
}

bool ribd_state_pause(void *arg, uint32_t vrf, const struct prefix *p)
{
    struct writing *x = arg;
    char note[NOTE_MAX], text[PREFIX_TEXT_MAX];

    if (!state_is_full(x->w))
        return false;
    snprintf(note, sizeof(note), "%" PRIu32 " %s", vrf, prefix_text(p, text, sizeof(text)));
    return state_pause_at(x->w, note);
}

uint32_t ribd_state_label_from(const struct writing *x, uint32_t key)
{
    const char *note = state_after_note(x->w);
    uint64_t only;

    if (note)
        return (uint32_t)strtoul(note, NULL, 10) + 1;
    return key && state_only_number(x->w, key, &only) ? (uint32_t)only : 0;
}

bool ribd_state_pause_label(void *arg, uint32_t label)
{
    struct writing *x = arg;
    char note[NOTE_MAX];

    if (!state_is_full(x->w))
        return false;
    snprintf(note, sizeof(note), "%" PRIu32, label);
    return state_pause_at(x->w, note);
}

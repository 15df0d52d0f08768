/* SPDX-License-Identifier: Apache-2.0
 *
 * See label.h.
 */
#include "tests/sim/label.h"

#include <stdio.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "src/ribd/rib/view.h"

enum { WORDS_MAX = 4, WORD_MAX = 64, MEANING_MAX = 128 };

struct meaning {
    struct ribd *ribd; /* NULL: the router does not run, or there is none */
    char owner[WORD_MAX];
    bool is_any_vrf, is_any_fec, is_nowhere; /* the router has no such VPN instance */
    uint32_t vrf;
    struct prefix prefix;
};

/* False: the router's ribd does not run. */
static bool parse(struct network *net, const char *text, struct meaning *m)
{
    char words[WORDS_MAX][WORD_MAX] = {{0}};
    int n = sscanf(text, "%63s %63s %63s %63s", words[0], words[1], words[2], words[3]);
    struct router *r = network_router(net, words[0]);
    struct rib_instance instance;
    const char *vrf = words[2];

    memset(m, 0, sizeof(*m));
    if (n < 3 || !r)
        scenario_wrong("label", text);
    m->ribd = router_ribd(r);
    memcpy(m->owner, words[1], WORD_MAX);
    m->is_any_fec = strcmp(words[n - 1], "*") == 0;
    if (!m->is_any_fec && prefix_parse(words[n - 1], &m->prefix) < 0)
        scenario_wrong("label", text);
    m->is_any_vrf = n == 3;
    if (!m->ribd || n == 3 || strcmp(vrf, "public") == 0 || strcmp(vrf, "-") == 0)
        return m->ribd != NULL;
    m->is_nowhere = !ribd_instances_find(m->ribd->instances, vrf, &instance);
    m->vrf = m->is_nowhere ? 0 : instance.vrf;
    return true;
}

static bool is_owner(const char *word, const struct rib_label_view *v)
{
    const char *daemon = rib_client_id_name(v->client);
    size_t n = strlen(word);

    return strcmp(word, daemon) == 0 || (strncmp(word, daemon, n) == 0 && strcmp(daemon + n, "d") == 0) ||
           strcmp(word, rib_label_purpose_name((enum rib_label_purpose)v->entry.fec.purpose)) == 0;
}

static bool is_meant(const struct meaning *m, const struct rib_label_view *v)
{
    const struct rib_fec *f = &v->entry.fec;

    if (m->is_nowhere || !is_owner(m->owner, v) || (!m->is_any_vrf && f->vrf != m->vrf))
        return false;
    return m->is_any_fec || f->purpose == RIB_LABEL_VPN_INSTANCE || prefix_equal(&f->prefix, &m->prefix);
}

struct search {
    struct meaning m;
    uint32_t label; /* 0: any */
    uint32_t found;
    bool is_other;
};

static void look_for_label(void *arg, const struct rib_label_view *v)
{
    struct search *s = arg;

    if (v->status == RIB_LABEL_INSTALLED && (!s->label || v->entry.in_label == s->label) && is_meant(&s->m, v))
        s->found = v->entry.in_label;
}

static void look_for_other(void *arg, const struct rib_label_view *v)
{
    struct search *s = arg;

    s->is_other = !is_meant(&s->m, v);
}

static uint32_t find(struct network *net, uint32_t label, const char *meaning)
{
    struct search s = {.label = label};

    if (!parse(net, meaning, &s.m))
        return 0;
    ribd_rib_view_labels(s.m.ribd->rib, 0, look_for_label, &s);
    return s.found;
}

bool label_means(struct network *net, uint32_t label, const char *meaning)
{
    return label != 0 && find(net, label, meaning) == label;
}

uint32_t label_of(struct network *net, const char *meaning)
{
    return find(net, 0, meaning);
}

bool label_is_misunderstood(struct network *net, uint32_t label, const char *meaning)
{
    struct search s = {0};

    if (!parse(net, meaning, &s.m) || s.m.is_nowhere || !s.m.ribd->server)
        return false;
    ribd_rib_view_label(s.m.ribd->rib, label, look_for_other, &s);
    return s.is_other;
}

static const char *meaning_of(const json_t *written, const char *router, char buf[MEANING_MAX])
{
    const char *text = json_string_value(written);

    if (!text)
        scenario_wrong("label", "neither a number nor a text");
    if (!router)
        return text;
    snprintf(buf, MEANING_MAX, "%s%s", router, text + strcspn(text, " "));
    return buf;
}

bool label_is(struct network *net, uint32_t label, const json_t *wanted, const char *router)
{
    char buf[MEANING_MAX];

    if (json_is_integer(wanted))
        return json_integer_value(wanted) == label;
    return label_means(net, label, meaning_of(wanted, router, buf));
}

bool label_is_wrong(struct network *net, uint32_t label, const json_t *wanted, const char *router)
{
    char buf[MEANING_MAX];

    if (json_is_integer(wanted))
        return json_integer_value(wanted) != label;
    return label_is_misunderstood(net, label, meaning_of(wanted, router, buf));
}

bool label_resolve(struct network *net, const json_t *written, uint32_t *label)
{
    char buf[MEANING_MAX];

    if (json_is_integer(written)) {
        *label = (uint32_t)json_integer_value(written);
        return true;
    }
    *label = label_of(net, meaning_of(written, NULL, buf));
    return *label != 0;
}

/* NULL: none runs at the node. */
static struct ribd *running_ribd(struct network *net, const char *node)
{
    struct router *r = network_router(net, node);
    struct ribd *d = r ? router_ribd(r) : NULL;

    return d && d->server ? d : NULL;
}

static void look_if_installed(void *arg, const struct rib_label_view *v)
{
    *(bool *)arg = v->status == RIB_LABEL_INSTALLED;
}

bool label_is_installed(struct network *net, const char *router, uint32_t label)
{
    struct ribd *d = running_ribd(net, router);
    bool is_installed = false;

    if (d)
        ribd_rib_view_label(d->rib, label, look_if_installed, &is_installed);
    return is_installed;
}

struct label_list {
    uint32_t *labels;
    size_t n, max;
};

static void collect(void *arg, const struct rib_label_view *v)
{
    struct label_list *l = arg;

    if (v->status == RIB_LABEL_INSTALLED && l->n < l->max)
        l->labels[l->n++] = v->entry.in_label;
}

size_t labels_of(struct network *net, const char *router, uint32_t *labels, size_t max)
{
    struct ribd *d = running_ribd(net, router);
    struct label_list l = {.labels = labels, .max = max};

    if (d)
        ribd_rib_view_labels(d->rib, 0, collect, &l);
    return l.n;
}

static void write_meaning(void *arg, const struct rib_label_view *v)
{
    char prefix[PREFIX_TEXT_MAX];

    snprintf(arg, MEANING_MAX, "%s vrf %u %s", rib_label_purpose_name((enum rib_label_purpose)v->entry.fec.purpose),
             v->entry.fec.vrf, prefix_text(&v->entry.fec.prefix, prefix, sizeof(prefix)));
}

const char *label_text(struct network *net, const char *router, uint32_t label, char buf[128])
{
    struct ribd *d = running_ribd(net, router);

    snprintf(buf, MEANING_MAX, "nothing");
    if (d)
        ribd_rib_view_label(d->rib, label, write_meaning, buf);
    return buf;
}

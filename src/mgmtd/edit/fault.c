/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults of an edit: RFC 6241 appendix A.
 */
#include <errno.h>
#include <libyang/libyang.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/context.h"
#include "src/mgmtd/edit/place.h"
#include "src/mgmtd/edit/walk.h"
#include "src/mgmtd/edit/xml.h"

static void path_of(const struct place *at, char *out, size_t size)
{
    const struct lysc_node *s = at->schema;
    const struct lyd_node *known = at->node ? at->node : at->parent;
    char *above = known ? lyd_path(known, LYD_PATH_STD, NULL, 0) : NULL;
    bool is_other = s && (!at->parent || at->parent->schema->module != s->module);

    if (at->node || !s)
        snprintf(out, size, "%s", above ? above : "");
    else
        snprintf(out, size, "%s/%s%s%s%s", above ? above : "", is_other ? s->module->name : "", is_other ? ":" : "",
                 s->name, s->nodetype == LYS_LIST && at->held ? at->held : "");
    if (s && !at->node && s->nodetype == LYS_LEAFLIST && at->value && at->value[0]) {
        size_t used = strlen(out);
        char quote = strchr(at->value, '\'') ? '"' : '\'';
        snprintf(out + used, size - used, "[.=%c%s%c]", quote, at->value, quote);
    }
    free(above);
}

static int tell(struct edit *e, const struct place *at, int error, const char *tag, const char *info, const char *fmt,
                va_list ap)
{
    struct edit_fault *f = e->fault;

    if (f->error)
        return error;
    f->error = error;
    f->tag = tag;
    path_of(at, f->path, sizeof(f->path));
    snprintf(f->info, sizeof(f->info), "%s", info);
    vsnprintf(f->message, sizeof(f->message), fmt, ap);
    return error;
}

int edit_fail(struct edit *e, const struct place *at, int error, const char *tag, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    tell(e, at, error, tag, "", fmt, ap);
    va_end(ap);
    return error;
}

int edit_fail_element(struct edit *e, const struct place *at, const char *tag, const char *name, const char *fmt, ...)
{
    char info[160];
    va_list ap;
    snprintf(info, sizeof(info), "<bad-element>%.100s</bad-element>", name);
    va_start(ap, fmt);
    tell(e, at, -EINVAL, tag, info, fmt, ap);
    va_end(ap);
    return -EINVAL;
}

int edit_fail_attribute(struct edit *e, const struct place *at, const struct lyd_node *element, const char *tag,
                        const char *name, const char *fmt, ...)
{
    char info[256];
    va_list ap;
    snprintf(info, sizeof(info), "<bad-attribute>%s</bad-attribute><bad-element>%.100s</bad-element>", name,
             xml_name(element));
    va_start(ap, fmt);
    tell(e, at, -EINVAL, tag, info, fmt, ap);
    va_end(ap);
    return -EINVAL;
}

int edit_fail_value(struct edit *e, const struct place *at, const struct lyd_node *element)
{
    char path[128];
    const char *said = yang_last_error(e->ctx, path, sizeof(path));
    return edit_fail_element(e, at, "invalid-value", xml_name(element), "%.300s", said);
}

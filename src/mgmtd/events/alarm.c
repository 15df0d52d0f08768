/* SPDX-License-Identifier: Apache-2.0
 *
 * See alarm.h.
 */
#include "src/mgmtd/events/alarm.h"

#include <libyang/libyang.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/node.h"
#include "lib/text/utf8.h"
#include "src/mgmtd/core.h"
#include "strata/log.h"

static const char *const names[] = {
    [ALARM_CONFIGURATION_DAMAGED] = "configuration-damaged",
    [ALARM_CONFIRMATION_DAMAGED] = "confirmation-damaged",
    [ALARM_ROLL_BACK_FAILED] = "roll-back-failed",
};

static void publish(struct mgmtd *m, enum alarm_name name, bool is_cleared, const char *text)
{
    const struct lys_module *module = ly_ctx_get_module_implemented(m->ctx, "strata-management");
    struct lyd_node *top = NULL;

    if (!module || lyd_new_inner(NULL, module, "management-alarm", 0, &top))
        return;
    yang_add(top, "name", names[name]);
    yang_add(top, "cleared", is_cleared ? "true" : "false");
    yang_add(top, "text", text);
    events_publish(m, top);
}

void alarm_raise(struct mgmtd *m, enum alarm_name name, const char *fmt, ...)
{
    struct alarm *a = &m->alarms[name];
    char text[sizeof(a->text)], good[sizeof(a->text)];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    text_copy_good(good, sizeof(good), text);
    if (a->is_raised && strcmp(a->text, good) == 0)
        return;
    if (!a->is_raised)
        txn_time_text(m, a->since);
    a->is_raised = true;
    snprintf(a->text, sizeof(a->text), "%s", good);
    LOG_ERROR(m->env.log, "alarm-raised", "name=%s text=\"%s\"", names[name], a->text);
    publish(m, name, false, a->text);
}

void alarm_clear(struct mgmtd *m, enum alarm_name name)
{
    struct alarm *a = &m->alarms[name];

    if (!a->is_raised)
        return;
    a->is_raised = false;
    LOG_INFO(m->env.log, "alarm-cleared", "name=%s", names[name]);
    publish(m, name, true, a->text);
}

void alarm_commit_seen(struct mgmtd *m)
{
    alarm_clear(m, ALARM_CONFIGURATION_DAMAGED);
    alarm_clear(m, ALARM_CONFIRMATION_DAMAGED);
}

void alarm_add_state(const struct mgmtd *m, struct lyd_node *management)
{
    for (enum alarm_name i = 0; i < ALARM_END; i++) {
        const struct alarm *a = &m->alarms[i];
        struct lyd_node *node = NULL;
        if (!a->is_raised || lyd_new_list(management, NULL, "alarm", 0, &node, names[i]))
            continue;
        yang_add(node, "text", a->text);
        yang_add(node, "since", a->since);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Alarms of the management: what somebody has to look at. Each is in the log, in a notification and, until its cause is
 * gone, in /management/alarm.
 */
#pragma once

#include <stdbool.h>

struct lyd_node;
struct mgmtd;

enum alarm_name { ALARM_CONFIGURATION_DAMAGED, ALARM_CONFIRMATION_DAMAGED, ALARM_ROLL_BACK_FAILED, ALARM_END };

struct alarm {
    bool is_raised;
    char since[32];
    char text[384];
};

/* One that is raised already gets the new text; it is told again if that differs. */
void alarm_raise(struct mgmtd *m, enum alarm_name name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void alarm_clear(struct mgmtd *m, enum alarm_name name);
/* Somebody committed: he has seen what the start made of damaged files. */
void alarm_commit_seen(struct mgmtd *m);
/* /management/alarm, below `management`. */
void alarm_add_state(const struct mgmtd *m, struct lyd_node *management);

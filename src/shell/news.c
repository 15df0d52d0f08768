/* SPDX-License-Identifier: Apache-2.0
 *
 * What others do, and what becomes of a commit that waits to be confirmed, told while a line is typed. mgmtd sends it
 * as notifications; they are put into words as they come and said when nothing else is being printed.
 */
#include <errno.h>
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/text/node.h"
#include "src/shell/configure.h"
#include "src/shell/monitor.h"
#include "src/shell/shell.h"

#define FOREVER_MS (3600 * 1000)

static const char filter[] =
    "<netconf-config-change xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\"/>"
    "<netconf-confirmed-commit xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\"/>";

static bool is_own(const struct shell *s, const struct lyd_node *by)
{
    return strtoul(yang_child_value(by, "session-id"), NULL, 10) == client_session(s->client);
}

/* "alice (session 7)" */
static void add_who(const struct lyd_node *by, struct text_buf *out)
{
    const char *user = yang_child_value(by, "username");
    text_buf_printf(out, "%s (session %s)", user[0] ? user : "somebody", yang_child_value(by, "session-id"));
}

/* mgmtd's own, a commit that goes back, are told by the other notification. */
static void on_change(struct shell *s, const struct lyd_node *change)
{
    const struct lyd_node *by = yang_child(change, "changed-by");
    unsigned n = 0;

    s->has_new_name = true;
    if (!s->is_configuring || !by || !yang_child_value(by, "session-id")[0] || is_own(s, by))
        return;
    for (const struct lyd_node *e = lyd_child(change); e; e = e->next)
        n += strcmp(LYD_NAME(e), "edit") == 0;
    add_who(by, &s->news);
    text_buf_printf(&s->news, " committed %u change%s; yours, if any, are carried over when you commit\n", n,
                    n == 1 ? "" : "s");
}

static void on_confirm(struct shell *s, const struct lyd_node *n)
{
    const char *event = yang_child_value(n, "confirm-event");
    bool is_begun = strcmp(event, "start") == 0 || strcmp(event, "extend") == 0;
    bool is_there = s->confirm_until_sec != 0, has_session = yang_child_value(n, "session-id")[0] != '\0';
    const char *seconds = yang_child_value(n, "timeout");

    if (has_session && is_own(s, n))
        return; /* whose command says so */
    mode_confirm_pending(s, is_begun ? (unsigned)strtoul(seconds, NULL, 10) : 0);
    if (strcmp(event, "timeout") == 0) {
        text_buf_puts(&s->news, "the commit was not confirmed in time: it was rolled back\n");
    } else if (is_begun) {
        add_who(n, &s->news);
        text_buf_printf(&s->news, " committed; it will be rolled back in %s s unless confirmed\n", seconds);
    } else if (is_there && has_session) {
        add_who(n, &s->news);
        text_buf_printf(&s->news, " %s the commit that waited\n",
                        strcmp(event, "complete") == 0 ? "confirmed" : "took back");
    } else if (is_there) {
        text_buf_printf(&s->news, "the commit that waited was %s\n",
                        strcmp(event, "complete") == 0 ? "confirmed" : "rolled back");
    }
}

static void on_notice(const struct front_notice *n, void *arg)
{
    struct shell *s = arg;
    struct lyd_node *op, *tree = monitor_event_tree(s->ctx, n->text, &op);

    if (tree && strcmp(LYD_NAME(op), "netconf-config-change") == 0)
        on_change(s, op);
    else if (tree && strcmp(LYD_NAME(op), "netconf-confirmed-commit") == 0)
        on_confirm(s, op);
    lyd_free_all(tree);
}

void news_start(struct shell *s)
{
    client_on_notice(s->client, on_notice, s);
    client_listen(s->client, filter);
}

/* The lines that there are; the caller's. */
static struct text_buf take(struct shell *s)
{
    struct text_buf lines = s->news;
    s->news = (struct text_buf){0};
    if (s->has_new_name) {
        s->has_new_name = false;
        shell_refresh_hostname(s);
    }
    return lines;
}

void news_print(struct shell *s)
{
    struct text_buf lines = take(s);
    shell_print_notes(text_buf_get(&lines));
    text_buf_fini(&lines);
}

int news_wait_for_key(struct shell *s, news_say_fn *say, void *arg)
{
    for (;;) {
        bool is_due;
        unsigned sec = mode_until_warning_sec(s, &is_due);
        bool had_name = s->has_new_name;
        if (is_due)
            text_buf_puts(&s->news, "the commit will be rolled back in 1 minute unless confirmed\n");
        struct text_buf lines = take(s);
        if (lines.len || had_name)
            say(text_buf_get(&lines), arg);
        text_buf_fini(&lines);
        int rc = client_wait(s->client, sec ? sec * 1000 : FOREVER_MS, STDIN_FILENO);
        if (rc == 1 || rc == -EINTR)
            return rc == 1 ? 0 : rc;
        if (rc == -ECONNRESET && s->is_configuring && client_was_lost(s->client))
            text_buf_puts(&s->news, "the session with mgmtd ended; what was not committed is gone\n");
    }
}

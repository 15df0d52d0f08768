/* SPDX-License-Identifier: Apache-2.0
 *
 * Into configuration mode and out of it: who else is there, what waits to be confirmed, what becomes of changes.
 */
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/text/node.h"
#include "lib/text/tree.h"
#include "src/shell/commands.h"
#include "src/shell/configure.h"
#include "src/shell/input.h"
#include "src/shell/shell.h"

#define WARN_SEC     60 /* before a commit goes back */
#define PATIENCE_SEC 3  /* for mgmtd to say that it did */

static uint64_t clock_sec(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec;
}

void mode_confirm_pending(struct shell *s, unsigned sec)
{
    s->confirm_until_sec = sec ? clock_sec() + sec : 0;
    s->is_warned = sec <= WARN_SEC;
}

unsigned mode_confirm_left_sec(const struct shell *s)
{
    uint64_t now = clock_sec();
    return s->confirm_until_sec > now ? (unsigned)(s->confirm_until_sec - now) : 0;
}

/* mgmtd tells when a commit went back; if nothing is heard, the time says so. */
void mode_look_at_clock(struct shell *s)
{
    if (!s->confirm_until_sec || clock_sec() < s->confirm_until_sec + PATIENCE_SEC)
        return;
    s->confirm_until_sec = 0;
    shell_print_notes("the time to confirm the commit is over: it went back, unless somebody else confirmed it");
    shell_refresh_hostname(s);
}

unsigned mode_until_warning_sec(struct shell *s, bool *is_due)
{
    unsigned left = mode_confirm_left_sec(s);
    *is_due = left && left <= WARN_SEC && !s->is_warned;
    s->is_warned = s->is_warned || *is_due;
    return left > WARN_SEC ? left - WARN_SEC : 0;
}

/* --- who and what is there --- */

static void say_pending(struct shell *s, const struct lyd_node *confirm)
{
    uint64_t deadline = strtoull(yang_child_value(confirm, "deadline"), NULL, 10), now = (uint64_t)time(NULL);
    if (!deadline)
        return;
    unsigned left = deadline > now ? (unsigned)(deadline - now) : 1;
    mode_confirm_pending(s, left);
    bool has_name = strcmp(yang_child_value(confirm, "persistent"), "true") == 0;
    fprintf(stderr, "note: commit %s goes back by itself in %u s unless it is confirmed by %s\n",
            yang_child_value(confirm, "last"), left, has_name ? "\"commit persist-id NAME\"" : "another commit");
}

static void say_session(const struct shell *s, const struct lyd_node *session)
{
    const char *id = lyd_get_value(lyd_child(session)), *from = yang_child_value(session, "host");
    if (strtoul(id, NULL, 10) == client_session(s->client) || strcmp(yang_child_value(session, "changed"), "true") != 0)
        return;
    fprintf(stderr, "note: %s has changes that are not committed (session %s%s%s)\n", yang_child_value(session, "user"),
            id, from[0] ? " from " : "", from);
}

/* Who else keeps commits away. */
static void say_lock(const struct shell *s, const struct lyd_node *lock)
{
    const char *session = yang_child_value(lock, "session"), *user = "";
    if (strcmp(yang_child_value(lock, "datastore"), "running") != 0 ||
        strtoul(session, NULL, 10) == client_session(s->client))
        return;
    for (const struct lyd_node *n = lyd_child(lyd_parent(lock)); n; n = n->next)
        if (n->schema && strcmp(n->schema->name, "session") == 0 && strcmp(lyd_get_value(lyd_child(n)), session) == 0)
            user = yang_child_value(n, "user");
    fprintf(stderr, "note: session %s%s%s has locked the running configuration: nobody else can commit\n", session,
            user[0] ? " of " : "", user);
}

/* What mgmtd tells of itself; an older one tells less. */
static void look_around(struct shell *s)
{
    struct front_request r = {.op = FRONT_STATE, .path = "/management"};
    struct client_answer answer;
    struct lyd_node *tree = NULL;

    if (client_call(s->client, &r, &answer) == 0)
        lyd_parse_data_mem(s->ctx, answer.text, LYD_JSON, LYD_PARSE_ONLY, 0, &tree);
    mode_confirm_pending(s, 0);
    for (const struct lyd_node *n = tree ? lyd_child(tree) : NULL; n; n = n->next) {
        if (n->schema && strcmp(n->schema->name, "confirmed-commit") == 0)
            say_pending(s, n);
        if (n->schema && strcmp(n->schema->name, "session") == 0 && lyd_child(n))
            say_session(s, n);
        if (n->schema && strcmp(n->schema->name, "lock") == 0 && lyd_child(n))
            say_lock(s, n);
    }
    yang_tree_free(tree);
    client_answer_fini(&answer);
}

void mode_look_for_pending(struct shell *s)
{
    struct front_request r = {.op = FRONT_STATE, .path = "/management/confirmed-commit"};
    struct client_answer answer;
    struct lyd_node *tree = NULL;

    if (client_call(s->client, &r, &answer) == 0)
        lyd_parse_data_mem(s->ctx, answer.text, LYD_JSON, LYD_PARSE_ONLY, 0, &tree);
    for (const struct lyd_node *n = tree ? lyd_child(tree) : NULL; n; n = n->next)
        if (n->schema && strcmp(n->schema->name, "confirmed-commit") == 0)
            say_pending(s, n);
    yang_tree_free(tree);
    client_answer_fini(&answer);
}

int do_configure(struct shell *s, const struct command_line *l)
{
    if (l->command->value == CONFIGURE_EXCLUSIVE) {
        struct front_request r = {.op = FRONT_LOCK, .datastore = FRONT_RUNNING};
        struct client_answer answer;
        if (shell_ask(s, &r, &answer))
            return 1;
        client_answer_fini(&answer);
        s->is_exclusive = true;
    }
    s->is_configuring = true;
    if (s->is_interactive)
        look_around(s);
    return 0;
}

int do_kill(struct shell *s, const struct command_line *l)
{
    const char *id = command_argument(l, "SESSION");
    struct front_request r = {.op = FRONT_KILL, .number = (uint32_t)strtoul(id, NULL, 10)};
    return shell_ask_and_print(s, &r, "");
}

/* --- the way out --- */

const char *mode_ask(struct shell *s, const char *question, const char *const *answers)
{
    if (!s->is_interactive)
        return NULL;
    for (unsigned tries = 0; tries < 5; tries++) {
        printf("%s [", question);
        for (size_t i = 0; answers[i]; i++)
            printf("%s%s", i ? "/" : "", answers[i]);
        printf("] ");
        fflush(stdout);
        const char *line = input_line(s->input);
        if (!line) {
            putchar('\n');
            break;
        }
        for (size_t i = 0; answers[i]; i++)
            if (line[0] && strncmp(answers[i], line, strlen(line)) == 0)
                return answers[i];
    }
    return answers[0];
}

static void leave(struct shell *s)
{
    struct client_answer answer;
    struct front_request r = {.op = FRONT_UNLOCK, .datastore = FRONT_RUNNING};
    shell_leave_context(s, 0);
    s->is_configuring = false;
    if (!s->is_exclusive)
        return;
    client_call(s->client, &r, &answer);
    client_answer_fini(&answer);
    s->is_exclusive = false;
}

static int commit(struct shell *s)
{
    struct front_request r = {.op = FRONT_COMMIT, .name = shell_user()};
    int rc = shell_ask_and_print(s, &r, "");
    if (rc == 0) {
        mode_confirm_pending(s, 0);
        shell_refresh_hostname(s);
    }
    return rc;
}

int mode_leave(struct shell *s)
{
    static const char *const answers[] = {"cancel", "yes", "no", NULL};
    struct client_answer gone;
    struct front_request discard = {.op = FRONT_DISCARD};

    if (configure_flush(s))
        return 1;
    if (configure_is_changed(s)) {
        const char *answer = mode_ask(s, "There are changes that are not committed. Commit them?", answers);
        if (!answer) {
            shell_print_notes("there are changes that are not committed; they are kept until this session ends");
        } else if (strcmp(answer, "cancel") == 0) {
            return 0;
        } else if (strcmp(answer, "yes") == 0) {
            if (commit(s))
                return 1;
        } else {
            client_call(s->client, &discard, &gone);
            client_answer_fini(&gone);
        }
    }
    if (mode_confirm_left_sec(s))
        fprintf(stderr, "note: a commit goes back by itself in %u s unless it is confirmed\n",
                mode_confirm_left_sec(s));
    leave(s);
    return 0;
}

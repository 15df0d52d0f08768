/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done with the candidate as a whole: commit, confirm, compare, roll back, discard.
 */
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/node.h"
#include "lib/text/path.h"
#include "lib/text/tree.h"
#include "src/shell/commands.h"
#include "src/shell/configure.h"
#include "src/shell/shell.h"

#define CONFIRM_MINUTES 10

static uint32_t number_of(const struct command_line *l)
{
    const char *n = command_argument(l, "N");
    return n ? (uint32_t)strtoul(n, NULL, 10) : 0;
}

bool pipes_to_compare(const char *pipes)
{
    pipes += strspn(pipes, " \t");
    size_t n = strcspn(pipes, " \t|");
    return n >= 3 && n <= strlen("compare") && strncmp(pipes, "compare", n) == 0;
}

/* What stands behind `| compare`. */
static int read_back(const char *typed, uint32_t *back)
{
    struct text_words w;
    char *end = NULL;
    bool is_split = text_words_split(typed, &w);
    size_t at = is_split && w.n > 1 && strcmp(w.word[1], "rollback") == 0 ? 2 : 1;

    *back = 0;
    if (is_split && w.n > at)
        *back = (uint32_t)strtoul(w.word[at], &end, 10);
    bool is_good = is_split && (w.n == 1 || (w.n == at + 1 && end && end != w.word[at] && !*end));
    text_words_free(&w);
    return is_good ? 0 : shell_error("expected: | compare [N], N commits back from what runs");
}

int do_compare(struct shell *s, const struct command_line *l)
{
    struct front_request r = {.op = FRONT_COMPARE, .number = number_of(l), .argument = command_argument(l, "M")};
    const char *pipes = l->pipes;
    struct text_buf behind = {0};

    if (pipes_to_compare(pipes)) { /* compare [rollback] [N] */
        size_t n = strcspn(pipes, "|");
        text_buf_add(&behind, pipes, n);
        pipes += n + (pipes[n] == '|');
        if (read_back(text_buf_get(&behind), &r.number)) {
            text_buf_fini(&behind);
            return 1;
        }
        text_buf_fini(&behind);
    }
    return shell_ask_and_print(s, &r, pipes);
}

/* Names of interfaces below `n`: those of /interfaces, and where static routes go. Each is said once if it is not
 * there. */
static void warn_of_names(const struct lyd_node *n, struct lyd_node *state, struct text_buf *said)
{
    char path[YANG_PATH_MAX], note[128];
    bool is_exact;

    for (; n; n = n->next) {
        bool is_list = n->schema->nodetype == LYS_LIST && strcmp(LYD_NAME(n), "interface") == 0;
        bool is_leaf = n->schema->nodetype == LYS_LEAF && strcmp(LYD_NAME(n), "interface") == 0;
        const char *name = is_list ? lyd_get_value(lyd_child(n)) : is_leaf ? lyd_get_value(n) : NULL;
        if (name) {
            snprintf(path, sizeof(path), "/rib/interface[%.64s]", name);
            snprintf(note, sizeof(note), "note: there is no interface %.64s (yet)\n", name);
            const struct lyd_node *found = yang_path_lookup(state, path, &is_exact);
            bool is_there = is_exact && strcmp(yang_child_value(found, "status"), "absent") != 0;
            if (!is_there && !strstr(text_buf_get(said), note))
                text_buf_puts(said, note);
        }
        if (!is_leaf)
            warn_of_names(lyd_child(n), state, said);
    }
}

/* Interfaces may be configured before they exist; but mostly a name that the kernel does not have was mistyped. */
static void warn_of_missing_interfaces(struct shell *s)
{
    static const char *const paths[] = {"/interfaces/interface/name", "/static-routes"};
    struct front_request found = {.op = FRONT_STATE, .path = "/rib/interface/status"};
    struct client_answer wanted = {0}, b = {0};
    struct lyd_node *tree = NULL, *state = NULL;
    struct text_buf said = {0};

    bool is_known = client_call(s->client, &found, &b) == 0 && b.error == 0 && !b.note[0] &&
                    lyd_parse_data_mem(s->ctx, b.text, LYD_JSON, LYD_PARSE_ONLY, 0, &state) == LY_SUCCESS;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]) && is_known; i++) {
        struct front_request r = {.op = FRONT_SHOW, .format = FRONT_JSON, .path = paths[i]};
        if (client_call(s->client, &r, &wanted) == 0 && wanted.error == 0 &&
            lyd_parse_data_mem(s->ctx, wanted.text, LYD_JSON, LYD_PARSE_ONLY, 0, &tree) == LY_SUCCESS)
            warn_of_names(tree, state, &said);
        yang_tree_free(tree);
        tree = NULL;
        client_answer_fini(&wanted);
    }
    printf("%s", text_buf_get(&said));
    text_buf_fini(&said);
    yang_tree_free(state);
    client_answer_fini(&b);
}

static void after_commit(struct shell *s, const struct front_request *r)
{
    bool is_minutes = r->confirm_sec % 60 == 0;
    unsigned n = is_minutes ? r->confirm_sec / 60 : r->confirm_sec;
    mode_confirm_pending(s, r->confirm_sec);
    if (r->confirm_sec)
        fprintf(stderr, "note: goes back by itself in %u %s%s unless you commit again; \"abort\" takes it back now\n",
                n, is_minutes ? "minute" : "second", n == 1 ? "" : "s");
    if (s->is_interactive)
        warn_of_missing_interfaces(s);
    shell_refresh_hostname(s);
}

int do_commit(struct shell *s, const struct command_line *l)
{
    enum commit_how how = (enum commit_how)l->command->value;
    const char *minutes = command_argument(l, "MINUTES"), *seconds = command_argument(l, "WAIT");
    struct client_answer answer;
    struct front_request r = {.op = how == COMMIT_CHECK ? FRONT_CHECK : FRONT_COMMIT, .name = shell_user()};

    for (size_t i = 1; i + 1 < l->n_words; i++) { /* ID stands for two things: the word before says which */
        if (strcmp(l->words[i], "persist-id") == 0)
            r.persist_id = l->words[i + 1];
        if (strcmp(l->words[i], "persist") == 0)
            r.persist = l->words[i + 1];
    }
    r.text = command_argument(l, "TEXT");
    if (how == COMMIT_CONFIRMED)
        r.confirm_sec = seconds ? (uint32_t)strtoul(seconds, NULL, 10)
                                : 60 * (minutes ? (uint32_t)strtoul(minutes, NULL, 10) : CONFIRM_MINUTES);
    if (client_was_lost(s->client))
        return shell_error("mgmtd was restarted meanwhile; what was not committed is lost");
    if (shell_ask(s, &r, &answer))
        return 1;
    puts(answer.text); /* also to a script: its log says which commit it was */
    fflush(stdout);
    shell_print_notes(answer.note);
    client_answer_fini(&answer);
    if (how != COMMIT_CHECK)
        after_commit(s, &r);
    if (how == COMMIT_AND_QUIT)
        return mode_leave(s);
    return 0;
}

int do_cancel(struct shell *s, const struct command_line *l)
{
    struct front_request r = {.op = FRONT_CANCEL, .argument = command_argument(l, "ID")};
    int rc = shell_ask_and_print(s, &r, l->pipes);
    if (rc == 0) {
        mode_confirm_pending(s, 0);
        shell_refresh_hostname(s);
    }
    return rc;
}

int do_rollback(struct shell *s, const struct command_line *l)
{
    struct front_request r = {.op = FRONT_ROLLBACK, .number = number_of(l)};
    return shell_ask_and_print(s, &r, "");
}

int do_discard(struct shell *s, const struct command_line *l)
{
    struct front_request r = {.op = FRONT_DISCARD};
    (void)l;
    return shell_ask_and_print(s, &r, "");
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * `show configuration`: as text, as one-line statements, as JSON, as XML; and what an older commit changed.
 */
#include <inttypes.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/tree.h"
#include "src/shell/commands.h"
#include "src/shell/document.h"
#include "src/shell/pipe.h"
#include "src/shell/show.h"

/* --- one-line statements --- */

/* Where the remark of a line begins, or its end; blanks before it do not count. */
static size_t statement_length(const char *line, size_t len)
{
    bool is_quoted = false;
    size_t n = 0;
    for (; n < len && (is_quoted || line[n] != '#'); n++) {
        if (is_quoted && line[n] == '\\' && n + 1 < len)
            n++;
        else
            is_quoted ^= line[n] == '"';
    }
    while (n && line[n - 1] == ' ')
        n--;
    return n;
}

/* The text as mgmtd writes it, "words {", "}" and statements, a line each. */
static void print_set(const char *text, struct pipe *out)
{
    struct text_buf around = {0}, line = {0};
    size_t starts[SHELL_DEPTH_MAX * 4], depth = 0;

    for (size_t next; *text; text += next) {
        size_t len = strcspn(text, "\n");
        next = len + (text[len] == '\n');
        size_t indent = strspn(text, " ");
        const char *p = text + indent;
        size_t n = statement_length(p, len > indent ? len - indent : 0);
        if (n == 1 && *p == '}' && depth) {
            around.len = starts[--depth];
            around.data[around.len] = '\0';
        } else if (n > 1 && p[n - 1] == '{' && depth < sizeof(starts) / sizeof(starts[0])) {
            starts[depth++] = around.len;
            text_buf_add(&around, p, n - 1);
        } else if (n) {
            text_buf_printf(&line, "set %s%.*s", text_buf_get(&around), (int)n, p);
            pipe_row(out, NULL, text_buf_get(&line));
            text_buf_fini(&line);
        }
    }
    text_buf_fini(&around);
    text_buf_fini(&line);
}

static bool is_nothing(const char *text)
{
    return !text[0] || strcmp(text, "{}") == 0 || strcmp(text, "{}\n") == 0;
}

int shell_show_configuration(struct shell *s, char *const *words, size_t n, const char *pipes, struct show_what what)
{
    static const enum front_format formats[] = {
        [SHELL_TABLE] = FRONT_TEXT, [SHELL_JSON] = FRONT_JSON, [SHELL_XML] = FRONT_XML, [SHELL_SET] = FRONT_TEXT};
    struct text_buf path = {0};
    struct client_answer answer;
    struct pipe *out = pipe_open(s, pipes);

    if (!out)
        return 1;
    for (size_t i = 0; i < n; i++)
        text_buf_printf(&path, "%s%s", i ? " " : "", words[i]);
    struct front_request r = {.op = FRONT_SHOW,
                              .is_candidate = what.is_candidate,
                              .is_expanded = what.is_expanded,
                              .path = text_buf_get(&path),
                              .format = formats[pipe_wants(out)]};
    if (pipe_picks_entries(out) && pipe_wants(out) != SHELL_SET)
        shell_error("a configuration is filtered behind json or xml, not before");
    else if (shell_ask(s, &r, &answer) == 0) {
        if (pipe_wants(out) == SHELL_SET)
            print_set(answer.text, out);
        else if (pipe_wants(out) == SHELL_XML)
            document_data(answer.text, out);
        else
            pipe_text(out, answer.text[0] || pipe_wants(out) != SHELL_JSON ? answer.text : "{}\n", 0);
        bool is_missing = what.is_asked_for && is_nothing(answer.text);
        int rc = pipe_close(out);
        if (is_missing)
            fprintf(stderr, "note: not configured: %s\n", text_buf_get(&path));
        client_answer_fini(&answer);
        text_buf_fini(&path);
        return is_missing ? 1 : rc;
    }
    pipe_cancel(out);
    text_buf_fini(&path);
    return 1;
}

/* --- a commit --- */

/* How many commits ago it was. False: the history does not have it, an error was said. */
static bool find_commit(struct shell *s, const char *sequence, uint32_t *ago)
{
    struct front_request r = {.op = FRONT_STATE, .path = "/management/commit"};
    struct client_answer answer;
    struct lyd_node *tree = NULL;
    unsigned long wanted = strtoul(sequence, NULL, 10);
    bool is_found = false;

    if (shell_ask(s, &r, &answer))
        return false;
    *ago = 0;
    if (lyd_parse_data_mem(s->ctx, answer.text, LYD_JSON, LYD_PARSE_ONLY, 0, &tree) == LY_SUCCESS)
        for (const struct lyd_node *n = tree ? lyd_child(tree) : NULL; n; n = n->next) {
            if (n->schema->nodetype != LYS_LIST)
                continue;
            unsigned long number = strtoul(lyd_get_value(lyd_child(n)), NULL, 10);
            is_found = is_found || number == wanted;
            *ago += number > wanted;
        }
    yang_tree_free(tree);
    client_answer_fini(&answer);
    if (!is_found)
        shell_error("there is no commit %s in the history; see: show history", sequence);
    return is_found;
}

int show_commit(struct shell *s, const char *sequence, const char *pipes)
{
    char newer[16];
    uint32_t ago;

    if (!find_commit(s, sequence, &ago))
        return 1;
    snprintf(newer, sizeof(newer), "%" PRIu32, ago);
    struct front_request r = {.op = FRONT_COMPARE, .number = ago + 1, .argument = newer};
    return shell_ask_and_print(s, &r, pipes);
}

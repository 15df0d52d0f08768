/* SPDX-License-Identifier: Apache-2.0
 *
 * load and save. The format is that of the name (.json, .xml); of what is loaded, else that of its first character.
 */
#include <errno.h>
#include <fcntl.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/text/lexer.h"
#include "lib/text/parse.h"
#include "lib/text/tree.h"
#include "src/shell/commands.h"
#include "src/shell/document.h"
#include "src/shell/input.h"
#include "src/shell/shell.h"
#include "strata/mem.h"

#define FAULTS_MAX 10 /* of a file that are told */

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

static enum front_format format_of_name(const char *file)
{
    return ends_with(file, ".json") ? FRONT_JSON : ends_with(file, ".xml") ? FRONT_XML : FRONT_TEXT;
}

/* No statement begins with { or <. */
static enum front_format format_of(const char *file, const char *text)
{
    enum front_format format = format_of_name(file);
    char first = text[strspn(text, " \t\r\n")];
    return format != FRONT_TEXT ? format : first == '{' ? FRONT_JSON : first == '<' ? FRONT_XML : FRONT_TEXT;
}

void files_full_name(const char *file, char *out, size_t size)
{
    const char *home = getenv("HOME");
    bool is_at_home = file[0] == '~' && file[1] == '/' && home;
    snprintf(out, size, "%s%s", is_at_home ? home : "", is_at_home ? file + 1 : file);
}

/* Not waiting: at the other end of a fifo there may be nobody. */
FILE *files_create(const char *file)
{
    char name[1024];
    struct stat st;

    files_full_name(file, name, sizeof(name));
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    int error = fd < 0 || fstat(fd, &st) ? errno : 0;
    if (!error && !S_ISREG(st.st_mode)) {
        shell_error("%s: is no ordinary file: nothing was written", file);
        close(fd);
        return NULL;
    }
    FILE *f = !error && ftruncate(fd, 0) == 0 ? fdopen(fd, "w") : NULL;
    if (!f) {
        shell_error("%s: %s", file, strerror(error ? error : errno));
        if (fd >= 0)
            close(fd);
    }
    return f;
}

static int read_file(const char *file, struct text_buf *out)
{
    char part[4096], name[1024];
    files_full_name(file, name, sizeof(name));
    FILE *f = fopen(name, "re");
    if (!f)
        return shell_error("%s: %s", file, strerror(errno));
    for (size_t n; (n = fread(part, 1, sizeof(part), f)) > 0;)
        text_buf_add(out, part, n);
    bool is_bad = ferror(f);
    fclose(f);
    return is_bad ? shell_error("%s: cannot be read", file) : 0;
}

/* The line of the file that "name:LINE:COLUMN: message" is about, with a mark. Returns it; 0 = it is about none. */
static unsigned say_fault(const struct shell *s, const char *name, const char *text, const char *fault)
{
    unsigned line = 0, column = 0;
    size_t len = strlen(name);
    struct shell nowhere = {.line_number = 0};
    (void)s;
    bool has_place = strncmp(fault, name, len) == 0 && sscanf(fault + len, ":%u:%u:", &line, &column) == 2;
    shell_error_at(&nowhere, text, has_place ? line : 0, has_place ? column : 0, fault);
    return has_place ? line : 0;
}

/* --- all that is wrong --- */

/* Makes blanks of the statement that has the line, with its block. False: what is left could not be understood. */
static bool blank_statement(char *text, unsigned line)
{
    struct text_lexer lx;
    struct text_token tok;
    int open = 0;
    unsigned last = line;

    text_lexer_init(&lx, text, strlen(text));
    for (text_lexer_next(&lx, &tok); tok.kind != TEXT_EOF; text_lexer_next(&lx, &tok)) {
        if (tok.kind == TEXT_BAD)
            return false;
        if (tok.line < line || (tok.line > line && open <= 0))
            continue;
        open += (tok.kind == TEXT_OPEN) - (tok.kind == TEXT_CLOSE);
        last = tok.line;
        if (open < 0)
            return false;
    }
    for (unsigned at = 1; *text && at <= last; at++) {
        size_t n = strcspn(text, "\n");
        if (at >= line)
            memset(text, ' ', n);
        text += n + (text[n] == '\n');
    }
    return true;
}

static struct lyd_node *read_candidate(struct shell *s)
{
    struct front_request r = {.op = FRONT_SHOW, .is_candidate = true, .format = FRONT_XML};
    struct client_answer answer;
    struct lyd_node *tree = NULL;
    if (client_call(s->client, &r, &answer) == 0)
        lyd_parse_data_mem(s->ctx, answer.text, LYD_XML, LYD_PARSE_ONLY, 0, &tree);
    client_answer_fini(&answer);
    return tree;
}

/* mgmtd stops at the first fault; what else is wrong is found here, each time without the statement before. */
static void say_more_faults(struct shell *s, const char *name, const char *text, unsigned line, bool is_merge)
{
    struct lyd_node *was = is_merge ? read_candidate(s) : NULL;
    char *left = mem_strdup(NULL, text);
    unsigned n = 1;

    while (line && blank_statement(left, line)) {
        struct lyd_node *tree = yang_tree_dup(was);
        struct text_source src = {.name = name, .text = left, .len = strlen(left)};
        struct text_buf why = {0};
        struct text_error err;
        bool is_bad = text_parse(s->ctx, &src, &tree, &err) != 0;
        yang_tree_free(tree);
        line = is_bad && err.line > line ? err.line : 0;
        if (line && n++ == FAULTS_MAX) {
            shell_print_notes("there are more errors");
            break;
        }
        if (line) {
            text_error_format(&err, &why);
            say_fault(s, name, text, text_buf_get(&why));
        }
        text_buf_fini(&why);
    }
    mem_free(NULL, left);
    yang_tree_free(was);
}

static int load_text(struct shell *s, const struct command_line *l, const char *name, const char *text)
{
    struct client_answer answer;
    char *bare = mem_strdup(NULL, text);
    struct front_request r = {.op = FRONT_LOAD,
                              .load = (enum front_load)l->command->value,
                              .format = format_of(name, text),
                              .name = name,
                              .text = bare};
    if (r.format == FRONT_XML)
        document_unwrap(bare);
    int rc = client_call(s->client, &r, &answer) ? 1 : 0;
    mem_free(NULL, bare);
    if (rc) {
        unsigned line = say_fault(s, name, text, answer.text);
        if (r.format == FRONT_TEXT)
            say_more_faults(s, name, text, line, r.load == FRONT_MERGE);
    }
    shell_print_notes(answer.note);
    client_answer_fini(&answer);
    return rc;
}

int do_load_terminal(struct shell *s, const struct command_line *l)
{
    struct text_buf text = {0};
    struct input *own = s->input ? NULL : input_create(STDIN_FILENO);
    if (s->is_interactive)
        puts("Type or paste the configuration, then Ctrl-D at the beginning of a line.");
    input_rest(own ? own : s->input, &text);
    input_destroy(own);
    int rc = load_text(s, l, "terminal", text_buf_get(&text));
    text_buf_fini(&text);
    return rc;
}

int do_load(struct shell *s, const struct command_line *l)
{
    const char *file = command_argument(l, "FILE");
    struct text_buf text = {0};

    if (strcmp(file, "-") == 0)
        return do_load_terminal(s, l);
    int rc = read_file(file, &text);
    if (rc == 0)
        rc = load_text(s, l, file, text_buf_get(&text));
    text_buf_fini(&text);
    return rc;
}

/* Secrets may be in it: nobody else reads a new file. */
int do_save(struct shell *s, const struct command_line *l)
{
    const char *file = command_argument(l, "FILE");
    struct client_answer answer;
    struct text_buf text = {0};
    struct front_request r = {.op = FRONT_SHOW, .is_candidate = true, .format = format_of_name(file)};

    if (shell_ask(s, &r, &answer))
        return 1;
    if (r.format == FRONT_XML)
        document_write_data(answer.text, &text);
    else
        text_buf_puts(&text, answer.text);
    client_answer_fini(&answer);
    FILE *f = files_create(file);
    if (!f) {
        text_buf_fini(&text);
        return 1;
    }
    bool is_good = fputs(text_buf_get(&text), f) >= 0;
    is_good = fclose(f) == 0 && is_good;
    text_buf_fini(&text);
    return is_good ? 0 : shell_error("%s: %s", file, strerror(errno));
}

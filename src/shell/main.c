/* SPDX-License-Identifier: Apache-2.0
 *
 * The program strata: a shell on a terminal, or commands from -c or standard input.
 */
#include <getopt.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/text/context.h"
#include "src/shell/configure.h"
#include "src/shell/input.h"
#include "src/shell/shell.h"
#include "strata/mem.h"

#define COMMANDS_MAX 256
#define MARK         '\x1e' /* ASCII's record separator */

struct arguments {
    const char *run_dir;
    const char *commands[COMMANDS_MAX];
    size_t n_commands;
    bool has_marks;
};

static void usage(FILE *out)
{
    fputs("strata: the shell of a Strata router\n\n"
          "usage: strata [--run-dir DIR] [-c COMMAND]... [--marks]\n"
          "  -c COMMAND     run it and go on with the next -c; the first that fails ends it with status 1\n"
          "  --run-dir DIR  where mgmtd's socket is (default $STRATA_RUN_DIR or /run/strata)\n"
          "  --marks        for programs: go on after a command of standard input that failed, and end what each "
          "printed\n"
          "                 with a line of its own, the byte 0x1e and the status\n"
          "Without -c: commands from standard input, one a line; on a terminal with TAB and ?.\n",
          out);
}

/* -1 to go on, else an exit status. */
static int read_arguments(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {
        {"run-dir", required_argument, NULL, 'r'},
        {"command", required_argument, NULL, 'c'},
        {"marks", no_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char *from_env = getenv("STRATA_RUN_DIR");
    *a = (struct arguments){.run_dir = from_env ? from_env : "/run/strata"};
    for (int c; (c = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
        if (c == 'r') {
            a->run_dir = optarg;
        } else if (c == 'c' && a->n_commands < COMMANDS_MAX) {
            a->commands[a->n_commands++] = optarg;
        } else if (c == 'm') {
            a->has_marks = true;
        } else {
            usage(c == 'h' ? stdout : stderr);
            return c == 'h' ? 0 : 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "strata: unexpected argument '%s'\n", argv[optind]);
        return 2;
    }
    return -1;
}

/* One command may have several lines. */
static int run_text(struct shell *s, const char *text)
{
    char *copy = mem_strdup(NULL, text), *save = NULL;
    int rc = 0;
    for (char *line = strtok_r(copy, "\n", &save); line && rc == 0 && !s->is_done; line = strtok_r(NULL, "\n", &save))
        rc = shell_line(s, line);
    mem_free(NULL, copy);
    return rc;
}

/* Lines have numbers; what is wrong in the last statements may show only at the end. */
static int run_input(struct shell *s)
{
    int rc = 0;
    s->input = input_create(STDIN_FILENO);
    for (const char *line; rc == 0 && !s->is_done && (line = input_line(s->input));) {
        s->line_number = input_line_number(s->input);
        rc = shell_line(s, line);
    }
    return rc;
}

/* Each line by itself, whatever the others did. */
static int run_marked(struct shell *s)
{
    struct input *in = input_create(STDIN_FILENO);
    for (const char *line; !s->is_done && (line = input_line(in));) {
        int rc = shell_line(s, line);
        printf("%c%d\n", MARK, rc);
        fflush(stdout);
    }
    input_destroy(in);
    return 0;
}

static int run(struct shell *s, const struct arguments *a)
{
    int rc = 0;
    if (a->n_commands == 0 && a->has_marks)
        return run_marked(s);
    if (a->n_commands == 0 && isatty(STDIN_FILENO))
        return shell_interactive(s);
    if (a->n_commands == 0)
        rc = run_input(s);
    for (size_t i = 0; i < a->n_commands && rc == 0; i++)
        rc = run_text(s, a->commands[i]);
    return rc ? rc : shell_end(s);
}

/* Where the user sits: the far end of ssh, or the terminal. */
static const char *origin(char *out, size_t size)
{
    const char *ssh = getenv("SSH_CONNECTION"), *tty = ttyname(STDIN_FILENO);
    snprintf(out, size, "%.*s", ssh ? (int)strcspn(ssh, " ") : 64, ssh ? ssh : tty ? tty : "");
    return out;
}

int main(int argc, char **argv)
{
    struct arguments a;
    struct shell s = {0};
    char dir[512], error[512], from[128];
    const char *dirs[] = {dir, NULL};

    int rc = read_arguments(argc, argv, &a);
    if (rc >= 0)
        return rc;
    yang_default_dir(dir, sizeof(dir));
    if (yang_context_create(dirs, &s.ctx, error, sizeof(error)))
        return shell_error("%s", error);
    s.client = client_create(a.run_dir);
    client_introduce(s.client, shell_user(), origin(from, sizeof(from)));
    rc = run(&s, &a);
    shell_leave_context(&s, 0);
    batch_destroy(s.batch);
    input_destroy(s.input);
    text_buf_fini(&s.pending);
    client_destroy(s.client);
    ly_ctx_destroy(s.ctx);
    return rc;
}

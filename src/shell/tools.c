/* SPDX-License-Identifier: Apache-2.0
 *
 * ping and traceroute: the programs of the system, run with the user's own rights. Every argument was judged here, and
 * is one of a vector: no other shell sees the line.
 */
#include <errno.h>
#include <fcntl.h>
#include <libyang/libyang.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/text/path.h"
#include "lib/text/tree.h"
#include "src/shell/commands.h"
#include "src/shell/pipe.h"
#include "src/shell/screen.h"
#include "src/shell/shell.h"

#define ARGUMENTS_MAX 24
#define COUNT_DEFAULT "5"

struct tool {
    char *argv[ARGUMENTS_MAX + 1];
    size_t n;
};

static void add(struct tool *t, const char *word)
{
    if (t->n < ARGUMENTS_MAX)
        t->argv[t->n++] = (char *)(uintptr_t)word;
}

static void add_option(struct tool *t, const char *option, const char *value)
{
    if (!value)
        return;
    add(t, option);
    add(t, value);
}

static bool has_word(const struct command_line *l, const char *word)
{
    for (size_t i = 2; i < l->n_words; i++)
        if (strcmp(l->words[i], word) == 0)
            return true;
    return false;
}

/* The device that packets of the VPN instance go through; "" in the public one. 0, or 1: said. */
static int find_device(struct shell *s, const char *instance, char *out, size_t size)
{
    char path[256];
    struct client_answer answer;
    struct lyd_node *tree = NULL;
    bool is_exact = false;

    out[0] = '\0';
    if (!instance || strcmp(instance, "public") == 0)
        return 0;
    snprintf(path, sizeof(path), "/rib/vpn-instance[%s]/device", instance);
    struct front_request r = {.op = FRONT_STATE, .path = path};
    if (shell_ask(s, &r, &answer))
        return 1;
    lyd_parse_data_mem(s->ctx, answer.text, LYD_JSON, LYD_PARSE_ONLY, 0, &tree);
    struct lyd_node *device = yang_path_lookup(tree, path, &is_exact);
    if (device && is_exact)
        snprintf(out, size, "%s", lyd_get_value(device));
    yang_tree_free(tree);
    int rc = out[0] ? 0 : 1;
    if (rc) {
        shell_mark_word(s, instance);
        shell_error("vpn-instance %s is not in the kernel%s%s", instance, answer.note[0] ? ": " : "", answer.note);
    }
    client_answer_fini(&answer);
    return rc;
}

/* --- running it --- */

static int start(struct tool *t, int out, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, interrupt;

    sigemptyset(&none);
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", 0, 0);
    if (out >= 0)
        posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &interrupt);
    int rc = posix_spawnp(pid, t->argv[0], &files, &how, t->argv, environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return 1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

static int say_missing(const struct tool *t, int error)
{
    if (error == ENOENT)
        return shell_error("there is no program %s on this router: install the package %s", t->argv[0],
                           strcmp(t->argv[0], "ping") == 0 ? "iputils-ping" : t->argv[0]);
    return shell_error("%s: %s", t->argv[0], strerror(error));
}

/* What it prints goes through the pipes as it comes. */
static int run_piped(struct shell *s, struct tool *t, const char *pipes)
{
    int ends[2], rc;
    char part[4096];
    pid_t pid;
    struct pipe *out = pipe_open(s, pipes);

    if (!out)
        return 1;
    if (pipe2(ends, O_CLOEXEC)) {
        pipe_cancel(out);
        return shell_error("%s", strerror(errno));
    }
    rc = start(t, ends[1], &pid);
    close(ends[1]);
    if (rc) {
        close(ends[0]);
        pipe_cancel(out);
        return say_missing(t, rc);
    }
    for (ssize_t n; (n = read(ends[0], part, sizeof(part))) > 0 || (n < 0 && errno == EINTR);)
        if (n > 0 && !pipe_is_done(out))
            pipe_part(out, part, (size_t)n);
    close(ends[0]);
    rc = wait_for(pid);
    return pipe_close(out) || rc;
}

/* Ctrl-C ends it, not the shell. */
static int run(struct shell *s, struct tool *t, const char *pipes)
{
    bool was_held = screen_hold_interrupts();
    pid_t pid;
    int rc;

    fflush(stdout);
    t->argv[t->n] = NULL;
    if (pipes[strspn(pipes, " \t")]) {
        rc = run_piped(s, t, pipes);
    } else {
        rc = start(t, -1, &pid);
        rc = rc ? say_missing(t, rc) : wait_for(pid);
    }
    screen_release_interrupts(was_held);
    return rc;
}

int do_ping(struct shell *s, const struct command_line *l)
{
    const char *count = command_argument(l, "TIMES");
    struct tool t = {.argv = {0}};
    char device[64];

    if (find_device(s, command_argument(l, "INSTANCE"), device, sizeof(device)))
        return 1;
    add(&t, "ping");
    add(&t, "-n");
    add_option(&t, "-c", count ? count : COUNT_DEFAULT);
    add_option(&t, "-I", device[0] ? device : NULL);
    add_option(&t, "-I", command_argument(l, "ADDRESS"));
    add_option(&t, "-s", command_argument(l, "OCTETS"));
    add_option(&t, "-t", command_argument(l, "HOPS"));
    add_option(&t, "-M", has_word(l, "df") ? "do" : NULL);
    add(&t, command_argument(l, "HOST"));
    return run(s, &t, l->pipes);
}

int do_traceroute(struct shell *s, const struct command_line *l)
{
    struct tool t = {.argv = {0}};
    char device[64];

    if (find_device(s, command_argument(l, "INSTANCE"), device, sizeof(device)))
        return 1;
    add(&t, "traceroute");
    add(&t, "-n");
    add(&t, "-e"); /* labels, where a router tells them */
    add_option(&t, "-i", device[0] ? device : NULL);
    add_option(&t, "-s", command_argument(l, "ADDRESS"));
    add_option(&t, "-m", command_argument(l, "HOPS"));
    if (has_word(l, "df"))
        add(&t, "-F");
    add(&t, command_argument(l, "HOST"));
    if (command_argument(l, "OCTETS"))
        add(&t, command_argument(l, "OCTETS"));
    return run(s, &t, l->pipes);
}

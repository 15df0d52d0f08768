/* SPDX-License-Identifier: Apache-2.0
 *
 * The command table, and help that is read from it. Everything known about a command's words is here.
 */
#include "src/shell/commands.h"

#include <string.h>

#include "lib/text/buf.h"
#include "src/shell/actions.h"
#include "src/shell/complete.h"
#include "src/shell/configure.h"
#include "src/shell/shell.h"
#include "strata/front.h"

static int do_show(struct shell *s, const struct command_line *l)
{
    struct text_words all = {0};
    configure_show_words(s, l->words + 1, l->n_words - 1, &all);
    int rc = shell_show(s, all.word, all.n, l->pipes);
    text_words_free(&all);
    return rc;
}

static int do_monitor(struct shell *s, const struct command_line *l)
{
    return shell_monitor(s, l->words + 1, l->n_words - 1, l->pipes);
}

static int do_terminal(struct shell *s, const struct command_line *l)
{
    return shell_terminal(s, l->words + 1, l->n_words - 1);
}

static int request(struct shell *s, char *const *typed, size_t n, const char *pipes)
{
    struct text_buf text = {0};
    struct text_words words;
    int rc = actions_expand(s, typed, n, &words);

    for (size_t i = 0; i < words.n; i++)
        text_buf_printf(&text, "%s%s", i ? " " : "", words.word[i]);
    if (rc == 0)
        rc = shell_request(s, text_buf_get(&text), pipes);
    text_words_free(&words);
    text_buf_fini(&text);
    return rc;
}

static int do_request(struct shell *s, const struct command_line *l)
{
    return request(s, l->words + 1, l->n_words - 1, l->pipes);
}

/* `clear bgp ...` is `request bgp clear ...`. */
static int do_clear(struct shell *s, const struct command_line *l)
{
    char *words[TEXT_WORDS_MAX + 1];
    size_t n = actions_cleared(l->words + 1, l->n_words - 1, words);
    return request(s, words, n, l->pipes);
}

static int do_quit(struct shell *s, const struct command_line *l)
{
    (void)l;
    s->is_done = true;
    return 0;
}

const struct command commands[] = {
    {IN_OPERATIONAL, "show", NULL, "Look at something", 0},
    {IN_OPERATIONAL, "show STATE", do_show, "A part of the state or of the running configuration", 0},
    {IN_OPERATIONAL, "display", NULL, "The same as show", 0},
    {IN_OPERATIONAL, "display STATE", do_show, "", 0},
    {IN_OPERATIONAL, "monitor", NULL, "Look at something again and again, or follow events", 0},
    {IN_OPERATIONAL, "monitor show STATE", do_monitor, "A show command again and again", 0},
    {IN_OPERATIONAL, "monitor interval SECONDS show STATE", do_monitor, "A show command every so often", 0},
    {IN_OPERATIONAL, "monitor count TIMES show STATE", do_monitor, "A show command so many times", 0},
    {IN_OPERATIONAL, "monitor interval SECONDS count TIMES show STATE", do_monitor, "A show command so many times", 0},
    {IN_OPERATIONAL, "monitor events [match RE]", do_monitor, "Notifications as they come", 0},
    {IN_OPERATIONAL, "terminal", do_terminal, "How this terminal is used", 0},
    {IN_OPERATIONAL, "terminal length LINES", do_terminal, "Lines of a page; 0: no pages", 0},
    {IN_OPERATIONAL, "terminal width COLUMNS", do_terminal, "Columns of a line; 0: as many as it takes", 0},
    {IN_OPERATIONAL, "configure", do_configure, "Change the configuration", CONFIGURE_PRIVATE},
    {IN_OPERATIONAL, "configure private", do_configure, "... in a candidate of one's own, as without this word",
     CONFIGURE_PRIVATE},
    {IN_OPERATIONAL, "configure exclusive", do_configure, "... and nobody else can commit meanwhile",
     CONFIGURE_EXCLUSIVE},
    {IN_OPERATIONAL, "request", NULL, "Have something done", 0},
    {IN_OPERATIONAL, "request session", NULL, "Sessions of the management", 0},
    {IN_OPERATIONAL, "request session kill", NULL, "End another session", 0},
    {IN_OPERATIONAL, "request session kill SESSION", do_kill, "", 0},
    {IN_OPERATIONAL, "request commit", NULL, "A commit that waits to be confirmed", 0},
    {IN_OPERATIONAL, "request commit cancel [persist-id ID]", do_cancel, "Take it back now", 0},
    {IN_OPERATIONAL, "request ACTION", do_request, "... by a daemon", 0},
    {IN_OPERATIONAL, "clear", NULL, "End sessions, or have routes told anew: request ... clear", 0},
    {IN_OPERATIONAL, "clear CLEARED", do_clear, "", 0},
    {IN_OPERATIONAL, "reset", NULL, "The same as clear", 0},
    {IN_OPERATIONAL, "reset CLEARED", do_clear, "", 0},
    {IN_OPERATIONAL, "ping", NULL, "Is somebody there?", 0},
    {IN_OPERATIONAL, "ping vpn-instance INSTANCE HOST [source ADDRESS] [count TIMES] [size OCTETS] [ttl HOPS] [df]",
     do_ping, "", 0},
    {IN_OPERATIONAL, "ping HOST [vpn-instance INSTANCE] [source ADDRESS] [count TIMES] [size OCTETS] [ttl HOPS] [df]",
     do_ping, "", 0},
    {IN_OPERATIONAL, "traceroute", NULL, "The way there, hop by hop, with labels where they are told", 0},
    {IN_OPERATIONAL, "traceroute vpn-instance INSTANCE HOST [source ADDRESS] [size OCTETS] [ttl HOPS] [df]",
     do_traceroute, "", 0},
    {IN_OPERATIONAL, "traceroute HOST [vpn-instance INSTANCE] [source ADDRESS] [size OCTETS] [ttl HOPS] [df]",
     do_traceroute, "", 0},
    {IN_OPERATIONAL, "exit", do_quit, "Leave the shell", 0},
    {IN_OPERATIONAL, "quit", do_quit, "Leave the shell", 0},

    {IN_CONFIGURATION, "commit [persist-id ID] [comment TEXT]", do_commit,
     "Make the candidate run; confirms a commit that waits", COMMIT_PLAIN},
    {IN_CONFIGURATION, "commit check [comment TEXT]", do_commit, "Ask whether it could run; change nothing",
     COMMIT_CHECK},
    {IN_CONFIGURATION, "commit confirmed [MINUTES] [persist ID] [persist-id ID] [comment TEXT]", do_commit,
     "... and take it back by itself unless another commit follows in time", COMMIT_CONFIRMED},
    {IN_CONFIGURATION, "commit confirmed seconds WAIT [persist ID] [persist-id ID] [comment TEXT]", do_commit,
     "... after so many seconds instead of minutes", COMMIT_CONFIRMED},
    {IN_CONFIGURATION, "commit and-quit [comment TEXT]", do_commit, "... and leave configuration mode",
     COMMIT_AND_QUIT},
    {IN_CONFIGURATION, "abort [persist-id ID]", do_cancel, "Take a commit that waits to be confirmed back now", 0},
    {IN_CONFIGURATION, "compare [N]", do_compare, "What would change: against what runs, or ran N commits ago", 0},
    {IN_OPERATIONAL, "compare", NULL, "Two configurations of the history", 0},
    {IN_BOTH, "compare N M", do_compare, "From the configuration of N commits ago to that of M commits ago", 0},
    {IN_CONFIGURATION, "rollback [N]", do_rollback, "The configuration of N commits ago becomes the candidate", 0},
    {IN_CONFIGURATION, "discard", do_discard, "Forget what was not committed", 0},
    {IN_CONFIGURATION, "load", NULL, "Read configuration into the candidate", 0},
    {IN_CONFIGURATION, "load merge", NULL, "Add what the file has", 0},
    {IN_CONFIGURATION, "load merge FILE", do_load, "", FRONT_MERGE},
    {IN_CONFIGURATION, "load merge terminal", do_load_terminal, "What is typed or pasted next, up to Ctrl-D",
     FRONT_MERGE},
    {IN_CONFIGURATION, "load replace", NULL, "The file's top-level parts take the place of those here", 0},
    {IN_CONFIGURATION, "load replace FILE", do_load, "", FRONT_REPLACE},
    {IN_CONFIGURATION, "load replace terminal", do_load_terminal, "What is typed or pasted next, up to Ctrl-D",
     FRONT_REPLACE},
    {IN_CONFIGURATION, "load override", NULL, "The file takes the place of everything", 0},
    {IN_CONFIGURATION, "load override FILE", do_load, "", FRONT_OVERRIDE},
    {IN_CONFIGURATION, "load override terminal", do_load_terminal, "What is typed or pasted next, up to Ctrl-D",
     FRONT_OVERRIDE},
    {IN_CONFIGURATION, "save", NULL, "Write the candidate into a file", 0},
    {IN_CONFIGURATION, "save FILE", do_save, "", 0},
    {IN_CONFIGURATION, "show", do_show_candidate, "The candidate from here on", 0},
    {IN_CONFIGURATION, "show PATH", do_show_candidate, "A part of the candidate", 0},
    {IN_CONFIGURATION, "show expanded", do_show_candidate, "... with everything that it implies", 1},
    {IN_CONFIGURATION, "show expanded PATH", do_show_candidate, "A part with everything that it implies", 1},
    {IN_CONFIGURATION, "edit", NULL, "Go to a part of the configuration", 0},
    {IN_CONFIGURATION, "edit PATH", do_edit, "", 0},
    {IN_CONFIGURATION, "copy", NULL, "An entry of a list once more, with another name", 0},
    {IN_CONFIGURATION, "copy ENTRY", do_copy_entry, "", 0},
    {IN_CONFIGURATION, "rename", NULL, "Give an entry of a list another name", 0},
    {IN_CONFIGURATION, "rename ENTRY", do_copy_entry, "", 1},
    {IN_CONFIGURATION, "insert", NULL, "Put an entry of an ordered list at another place", 0},
    {IN_CONFIGURATION, "insert ORDERED", do_insert_entry, "", 0},
    {IN_CONFIGURATION, "run", NULL, "A command of operational mode", 0},
    {IN_CONFIGURATION, "run COMMAND", do_run, "", 0},
    {IN_CONFIGURATION, "do", NULL, "The same as run", 0},
    {IN_CONFIGURATION, "do COMMAND", do_run, "", 0},
    {IN_CONFIGURATION, "up", do_up, "One level up", 0},
    {IN_CONFIGURATION, "top", do_top, "To the top of the configuration", 0},
    {IN_CONFIGURATION, "exit", do_exit, "Back to where one came from; at the top, leave configuration mode", 0},
    {IN_CONFIGURATION, "quit", do_exit, "The same", 0},
    {IN_CONFIGURATION, "end", do_end, "Leave configuration mode (also Ctrl-Z)", 0},

    {IN_BOTH, "help", do_help, "All commands", 0},
    {IN_BOTH, "help WORD", do_help, "Commands with that word", 0},
    {0, NULL, NULL, NULL, 0},
};

const struct option_word option_words[] = {
    {"comment", "A remark for the history"},
    {"persist", "A name: the commit waits although this session ends, and only who gives the name confirms it"},
    {"persist-id", "The name that was given to the commit that waits"},
    {"vpn-instance", "From within a VPN instance"},
    {"source", "With this address as its source"},
    {"count", "How many; 5 if not given"},
    {"size", "Octets in a packet, headers not counted"},
    {"ttl", "How many hops it may take"},
    {"df", "Never in fragments"},
    {"match", "Only events that match a regular expression"},
    {NULL, NULL},
};

static void show_help(struct text_buf *out)
{
    for (const struct show_alias *a = show_aliases; a->words; a++)
        text_buf_printf(out, "    show %-32s %s\n", a->words, a->help);
    text_buf_puts(out, "    show configuration [expanded] [WORDS]  What runs; with everything that it implies\n"
                       "    [vpn-instance X] [COLUMN VALUE] [VALUE] behind most of these picks rows\n");
}

/* Only the lines with the word; true if there is one. */
static bool keep_lines(struct text_buf *text, const char *word)
{
    struct text_buf kept = {0};
    const char *line = text_buf_get(text);
    while (*line) {
        size_t n = strcspn(line, "\n");
        const char *hit = strcasestr(line, word);
        if (hit && hit < line + n)
            text_buf_printf(&kept, "%.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    text_buf_fini(text);
    *text = kept;
    return kept.len > 0;
}

/* Topics are headings of what follows; a row without help goes on where its topic began. */
int do_help(struct shell *s, const struct command_line *l)
{
    unsigned mode = s->is_configuring ? IN_CONFIGURATION : IN_OPERATIONAL;
    const char *topic = "";
    struct text_buf out = {0};

    for (const struct command *c = commands; c->syntax; c++) {
        if (!(c->modes & mode))
            continue;
        if (c->fn)
            text_buf_printf(&out, "%-52s %s\n", c->syntax, c->help[0] ? c->help : topic);
        else
            topic = c->help;
        if (strcmp(c->syntax, "show STATE") == 0)
            show_help(&out);
    }
    if (s->is_configuring)
        text_buf_printf(&out, "%-52s %s\n", "[set | no | delete] WORDS [{ ... }]",
                        "A statement; press ? for what may follow");
    text_buf_puts(&out, "Behind a command that prints:\n");
    for (const struct pipe_word *p = pipe_words; p->name; p++)
        if (p->help)
            text_buf_printf(&out, "    | %-10s %-8s %s\n", p->name, p->argument ? p->argument : "", p->help);
    text_buf_puts(&out, "Any word may be cut short as long as it stays clear.\n");
    const char *word = command_argument(l, "WORD");
    bool is_known = !word || keep_lines(&out, word);
    int rc = is_known ? shell_print(s, text_buf_get(&out), l->pipes)
                      : shell_error("no command has \"%.80s\"; see: help", word);
    text_buf_fini(&out);
    return rc;
}

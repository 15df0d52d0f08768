/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell: takes lines, in operational or configuration mode, and prints what they give. One object, no globals.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/text/buf.h"
#include "lib/text/words.h"
#include "src/shell/client.h"

struct batch;
struct input;
struct ly_ctx;

#define SHELL_DEPTH_MAX 16

struct shell_screen { /* `terminal width|length`; else the terminal says */
    bool has_width, has_length;
    unsigned width, length; /* 0 = no limit, no pages */
};

struct shell {
    struct client *client;
    struct ly_ctx *ctx;
    bool is_configuring;
    bool is_done;
    bool is_interactive;            /* somebody reads along: say also what went well */
    char *context[SHELL_DEPTH_MAX]; /* words typed to get there, one level each: "vpn-instance carrierA" */
    size_t depth;
    struct text_buf pending; /* lines of a block whose } is not there yet */
    struct shell_screen screen;
    struct input *input;        /* where lines come from; NULL: from -c */
    const char *running;        /* the line of the command that runs, for marks; NULL = none */
    struct batch *batch;        /* statements on their way */
    unsigned line_number;       /* of the input, in errors; 0 = none */
    bool is_exclusive;          /* configure exclusive */
    bool is_leaving;            /* out of configuration mode, whatever was not committed */
    uint64_t confirm_until_sec; /* by the clock that never jumps; 0: no commit waits to be confirmed */
    bool is_warned;             /* that it goes back soon */
    struct text_buf news;       /* what others did, lines to be said when nothing is in the way */
    bool has_new_name;          /* the hostname may be another */
    char hostname[64];
    char prompt[256]; /* libedit reads it after the call that made it */
};

/* 0 or an exit status; what is to be said was printed. */
int shell_line(struct shell *s, const char *line);
/* Asks mgmtd and prints errors and notes to standard error. Returns 0 and the answer (fini it), or 1. */
int shell_ask(struct shell *s, const struct front_request *r, struct client_answer *answer);
/* Has an action done and prints its reply through the pipes. */
int shell_request(struct shell *s, const char *words, const char *pipes);
/* What is to be known although nothing failed, a line each, to standard error: status and output stay as they are. */
void shell_print_notes(const char *notes);
int shell_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The line again with a mark under the column (from 1; 0 = none), then the error. `line`: how many lines behind that of
 * s->line_number. */
int shell_error_at(const struct shell *s, const char *text, unsigned line, unsigned column, const char *message);
/* In front of an error about a word of the command that runs: its line again with a mark. */
void shell_mark_word(const struct shell *s, const char *word);
/* The end of the input: is all complete? */
int shell_end(struct shell *s);
const char *shell_user(void);
/* The words of the current context, for the front of a statement; "" at top. */
void shell_context_words(const struct shell *s, struct text_buf *out);
void shell_leave_context(struct shell *s, size_t depth);
void shell_refresh_hostname(struct shell *s);

/* --- show.c: operational mode --- */
int shell_show(struct shell *s, char *const *words, size_t n, const char *pipes);
struct show_what {
    bool is_candidate; /* else running */
    bool is_expanded;  /* with what it implies */
    bool is_asked_for; /* by its words: it is an error if it is not there */
};
int shell_show_configuration(struct shell *s, char *const *words, size_t n, const char *pipes, struct show_what what);
struct show_alias {
    const char *words; /* typed behind `show` */
    const char *path;  /* names from the top; NULL: an action */
    const char *help;
    const char *only;    /* condition on rows, "mpls true", "kind !local"; NULL: none */
    const char *action;  /* what is asked for instead of state */
    const char *columns; /* in this order (table.h); NULL: all */
};
extern const struct show_alias show_aliases[]; /* ends with NULL words */

/* --- files.c --- */
/* ~/x is where the user is at home. */
void files_full_name(const char *file, char *out, size_t size);
/* For writing; a new one is for its owner alone. NULL: said; also for devices, fifos and the like. */
FILE *files_create(const char *file);

/* --- pipe.c --- */
enum shell_format { SHELL_TABLE, SHELL_JSON, SHELL_XML, SHELL_SET };
struct pipe_word {
    const char *name;
    const char *argument; /* "RE", "N", "FILE", "FORMAT"; NULL = none */
    const char *help;     /* NULL: another name for what is listed; understood, not offered */
};
extern const struct pipe_word pipe_words[]; /* ends with NULL name */
enum shell_format pipe_format(const char *pipes);
/* Prints `text` through "match X | count ...": the first n_head lines are headings. 0 or 1. */
int pipe_print(const char *text, size_t n_head, const char *pipes);
/* Prints what is only text; json and xml make a document of its lines. */
int shell_print(const struct shell *s, const char *text, const char *pipes);

/* --- screen.c, monitor.c --- */
/* terminal [length N | width N], the words behind `terminal` */
int shell_terminal(struct shell *s, char *const *words, size_t n);
/* monitor [interval SECONDS] [count N] show WORDS | monitor events [match RE], the words behind `monitor` */
int shell_monitor(struct shell *s, char *const *words, size_t n, const char *pipes);

/* --- news.c: what happens while nobody asks --- */
void news_start(struct shell *s);
/* Waits until a key was typed, saying what happens meanwhile: `say` has lines, is called when there are some. 0, or
 * -EINTR. */
typedef void news_say_fn(const char *lines, void *arg);
int news_wait_for_key(struct shell *s, news_say_fn *say, void *arg);
/* Says what was heard while a command ran. */
void news_print(struct shell *s);

/* --- interactive.c --- */
int shell_interactive(struct shell *s);

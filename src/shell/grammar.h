/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands as data. A row's syntax is words, then arguments in capitals, then optional groups in any order:
 *     commit confirmed [MINUTES] [persist-id ID] [comment TEXT]
 * Dispatch, abbreviations, completion and help all read the same rows. Arguments are kinds (kinds.c); one that takes
 * the REST of the line stands last.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct shell;
struct command_line;
struct completion_list;

enum command_mode { IN_OPERATIONAL = 1, IN_CONFIGURATION = 2, IN_BOTH = 3 };

typedef int command_fn(struct shell *s, const struct command_line *line);

struct command {
    unsigned modes;
    const char *syntax;
    command_fn *fn; /* NULL: no command, but what the words mean that begin several */
    const char *help;
    int value; /* for fn: which of several */
};

struct argument_kind {
    const char *name; /* as in syntax: "MINUTES" */
    const char *help;
    bool (*accepts)(const char *word); /* NULL: any word */
    /* Adds values that there are; may be NULL. `words`: what was typed of a rest before the word under the cursor. */
    void (*offer)(struct shell *s, struct completion_list *list, char *const *words, size_t n);
    bool is_rest;
};

struct token {
    char *word; /* as in struct text_words; in full once it was understood */
    unsigned column;
    bool is_quoted;
};

#define COMMAND_ARGUMENTS_MAX 6
struct command_line { /* borrowed during the call */
    const struct command *command;
    const char *typed; /* without pipes */
    const char *pipes; /* behind the first |, or "" */
    struct {
        const char *name, *value;
    } argument[COMMAND_ARGUMENTS_MAX];
    size_t n_arguments;
    char *const *words; /* all of them, in full */
    size_t n_words;
    size_t rest_at;       /* the first word of the REST argument; n_words = there is none */
    unsigned rest_column; /* where that begins in `typed`, from 1 */
};
/* The value of an argument; NULL = it was not given. */
const char *command_argument(const struct command_line *line, const char *name);

enum grammar_outcome {
    GRAMMAR_OK,
    GRAMMAR_STATEMENT, /* configuration mode: the line is no command */
    GRAMMAR_ERROR,     /* message and column */
};
struct grammar_result {
    struct command_line line;
    char message[1024];
    unsigned column;
};
struct grammar_words { /* what else a line of configuration mode may begin with */
    const char **names;
    size_t n;
};
/* Understands the words of a line; abbreviated words are replaced in `tokens` (words owned, without an account). */
enum grammar_outcome grammar_parse(unsigned mode, struct token *tokens, size_t n, unsigned end_column,
                                   const struct grammar_words *others, struct grammar_result *out);
/* What may follow the n words. *rest: they are in a REST argument of that kind, which begins at words[*rest_at];
 * NULL = not. */
void grammar_offer(struct shell *s, unsigned mode, char *const *words, size_t n, struct completion_list *list,
                   const struct argument_kind **rest, size_t *rest_at);

/* --- commands.c, kinds.c --- */
extern const struct command commands[];             /* ends with NULL syntax */
extern const struct argument_kind argument_kinds[]; /* ends with NULL name */
struct option_word {
    const char *word, *help;
};
extern const struct option_word option_words[]; /* words that begin optional groups; ends with NULL */

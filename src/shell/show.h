/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to `show`: what the words ask for.
 */
#pragma once

#include "src/shell/shell.h"
#include "src/shell/table.h"
#include "strata/addr.h"

struct lysc_node;

struct query {
    const struct shell *shell; /* who typed it, for errors; NULL = nobody */
    struct table_view view;
    const struct lysc_node *top;
    const char *instance;                 /* of `vpn-instance X`; NULL = none */
    const struct lysc_node *in_instances; /* the target again, in the list of instances; NULL = none */
    const struct show_alias *alias;
    bool is_counted;       /* nothing of the rows but their keys is needed */
    struct prefix *around; /* that of the prefixes around an address which is asked for now; NULL: not so */
    char *const *typed;    /* the words that name the target */
    size_t n_typed;
    char only_column[32], only_value[32];
};

/* Words in full: abbreviations of names, and the names others give to things. 0 or 1; free with show_words_free. */
struct show_words {
    char *word[TEXT_WORDS_MAX];
    size_t n;
};
int show_words_expand(struct shell *s, char *const *words, size_t n, struct show_words *out);
void show_words_free(struct show_words *w);
/* What the words ask for; borrows them. 0 or 1. */
int show_resolve(struct shell *s, char *const *words, size_t n, struct query *q);
/* The path that is asked for: conditions on the first keys of the target are in it. 0 or 1. */
int show_path(struct shell *s, struct query *q, struct text_buf *out);
/* The address, if routes to one are asked for: those of the prefixes around it. Its family is AF_NONE otherwise. */
struct ip_addr show_around(const struct query *q);
/* The tables of a container each of whose rows is of a VPN instance: how many; 0 if it is no such container. */
size_t show_instance_tables(const struct lysc_node *container, const struct lysc_node *lists[TABLE_VIEWS_MAX]);

/* --- show_check.c --- */
/* Conditions that no row can ever meet, as "label abc", of those that none met. 0 or 1. */
int show_check_values(const struct shell *s, const struct query *q, const struct table_seen *seen);
/* A condition on the program that no line of the log is of: it is one of this router's. 0 or 1. */
int show_check_program(struct shell *s, const struct query *q, const struct table_seen *seen);
/* A lookup needs an address. 0 or 1. */
int show_check_lookup(const struct query *q);

/* --- show_configuration.c --- */
/* What commit `sequence` changed. */
int show_commit(struct shell *s, const char *sequence, const char *pipes);

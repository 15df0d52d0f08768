/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be typed next, with what it means.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lysc_node;
struct shell;

struct completion {
    char word[256];
    char help[200];
    bool is_hint; /* says what is expected; is not to be inserted */
};
struct completion_list { /* completion_list_fini */
    struct completion *item;
    size_t n, size;
    char prefix[256]; /* of the word that is begun */
};
void completion_list_fini(struct completion_list *list);
/* Unless it does not begin with the prefix, or is there. */
void completion_add(struct completion_list *list, const char *word, const char *help);
void completion_add_hint(struct completion_list *list, const char *word, const char *help);

/* What may stand behind `line`, or end the word it ends in. */
void shell_complete(struct shell *s, const char *line, struct completion_list *out);
/* Length of what all words have in common; 0 if only hints are left. */
size_t completion_common(const struct completion_list *list);

/* Statements of the configuration: schema words and values below the words; `with_context`: of where the shell is. */
void complete_statement(struct shell *s, struct completion_list *list, char *const *words, size_t n, bool with_context);
/* The same, but only what leads to containers and entries; is_ordered: of lists that the user orders. */
void complete_place(struct shell *s, struct completion_list *list, char *const *words, size_t n, bool is_ordered);
/* --- entries.c: what stands behind `copy` and `rename`, and behind `insert` --- */
void complete_copy(struct shell *s, struct completion_list *list, char *const *words, size_t n);
void complete_insert(struct shell *s, struct completion_list *list, char *const *words, size_t n);
/* Words of `show`. */
void complete_show(struct shell *s, struct completion_list *list, char *const *words, size_t n);
/* --- values.c --- */
/* Values that `leaf` may have: of the schema, of the candidate, of the running system. */
void complete_values(struct shell *s, struct completion_list *list, const struct lysc_node *leaf);
/* Keys that the entries of a list have; its path ends before the key. */
void complete_keys(struct shell *s, struct completion_list *list, const char *path, const struct lysc_node *key);
/* Files; folders end with "/". */
void complete_files(struct shell *s, struct completion_list *list, char *const *words, size_t n);
void complete_commits(struct shell *s, struct completion_list *list, char *const *words, size_t n);
void complete_history(struct shell *s, struct completion_list *list); /* numbers of commits, not how many back */
void complete_sessions(struct shell *s, struct completion_list *list, char *const *words, size_t n);
/* Leafs of state, like /vpn-instances/vpn-instance/name (Strata's form, a top-level part whole). */
void complete_from_state(struct shell *s, struct completion_list *list, const char *path, const char *help);
void complete_from_candidate(struct shell *s, struct completion_list *list, const char *path, const char *help);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Kinds of arguments: what they accept and what there is to choose from.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "src/shell/actions.h"
#include "src/shell/complete.h"
#include "src/shell/grammar.h"
#include "src/shell/shell.h"
#include "strata/addr.h"

static bool is_number(const char *word)
{
    size_t n = strspn(word, "0123456789");
    return n > 0 && n < 10 && !word[n];
}

static bool is_minutes(const char *word)
{
    return is_number(word) && atol(word) > 0 && atol(word) <= 65535;
}

static bool is_wait(const char *word)
{
    return is_number(word) && atol(word) > 0 && atol(word) <= 65535L * 60;
}

static bool is_octets(const char *word)
{
    return is_number(word) && atol(word) <= 65507;
}

static bool is_hops(const char *word)
{
    return is_number(word) && atol(word) > 0 && atol(word) <= 255;
}

static bool is_address(const char *word)
{
    struct ip_addr address;
    return ip_addr_parse(word, &address) == 0;
}

/* Nothing that a program could take for an option. */
static bool is_host(const char *word)
{
    size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:");
    return n > 0 && n < 254 && !word[n] && word[0] != '-' && word[0] != '.';
}

static void offer_instances(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    (void)words, (void)n;
    complete_from_state(s, list, "/rib/vpn-instance/name", "VPN instance");
}

/* With the length of its prefix an address is no source: cut off. */
static void offer_addresses(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    struct completion_list all = {0};
    (void)words, (void)n;
    complete_from_state(s, &all, "/rib/interface/address", "");
    for (size_t i = 0; i < all.n; i++) {
        all.item[i].word[strcspn(all.item[i].word, "/")] = '\0';
        completion_add(list, all.item[i].word, "an address of this router");
    }
    completion_list_fini(&all);
}

static void offer_show(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    complete_show(s, list, words, n);
}

static void offer_path(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    complete_statement(s, list, words, n, true);
}

static void offer_actions(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    actions_offer(s, list, words, n);
}

static void offer_command(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    const struct argument_kind *rest;
    size_t rest_at;
    grammar_offer(s, IN_OPERATIONAL, words, n, list, &rest, &rest_at);
}

const struct argument_kind argument_kinds[] = {
    {"STATE", "what to show", NULL, offer_show, true},
    {"PATH", "words of the configuration", NULL, offer_path, true},
    {"ENTRY", "words of an entry, \"to\", and the new name", NULL, complete_copy, true},
    {"ORDERED", "words of an entry, then first, last, before or after another", NULL, complete_insert, true},
    {"COMMAND", "a command of operational mode", NULL, offer_command, true},
    {"ACTION", "what to do", NULL, offer_actions, true},
    {"CLEARED", "of what", NULL, actions_offer_cleared, true},
    {"FILE", "a file (text, or .json, .xml)", NULL, complete_files, false},
    {"WORD", "a word of what is looked for", NULL, NULL, false},
    {"TEXT", "a text, in quotes if it has blanks", NULL, NULL, false},
    {"ID", "a name for the commit that waits", NULL, NULL, false},
    {"RE", "a regular expression", NULL, NULL, false},
    {"MINUTES", "minutes 1..65535 to wait, 10 if not given", is_minutes, NULL, false},
    {"WAIT", "seconds 1..3932100 to wait", is_wait, NULL, false},
    {"HOST", "an address or a name", is_host, NULL, false},
    {"ADDRESS", "an address of this router", is_address, offer_addresses, false},
    {"INSTANCE", "a VPN instance", NULL, offer_instances, false},
    {"OCTETS", "octets 0..65507", is_octets, NULL, false},
    {"HOPS", "hops 1..255", is_hops, NULL, false},
    {"SECONDS", "seconds between one and the next", is_number, NULL, false},
    {"TIMES", "how many times", is_number, NULL, false},
    {"LINES", "a number of lines", is_number, NULL, false},
    {"COLUMNS", "a number of columns", is_number, NULL, false},
    {"N", "commits back from what runs, 0 = what runs", is_number, complete_commits, false},
    {"M", "commits back, 0 = what runs", is_number, complete_commits, false},
    {"SESSION", "the number of a session", is_number, complete_sessions, false},
    {NULL, NULL, NULL, NULL, false},
};

/* SPDX-License-Identifier: Apache-2.0
 *
 * What follows `|`: match, except, count, json, xml.
 */
#include "src/shell/shell.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

/* The next stage of "a b | c d" into word and argument. */
static const char *next_stage(const char *p, char word[16], char argument[256])
{
    p += strspn(p, " |");
    if (!*p)
        return NULL;
    size_t n = strcspn(p, " |");
    snprintf(word, 16, "%.*s", (int)n, p);
    p += n;
    p += strspn(p, " ");
    bool is_quoted = *p == '"';
    p += is_quoted;
    n = strcspn(p, is_quoted ? "\"" : "|");
    snprintf(argument, 256, "%.*s", (int)n, p);
    p += n + (is_quoted && p[n]);
    for (size_t len = strlen(argument); len && argument[len - 1] == ' ';)
        argument[--len] = '\0';
    return p;
}

enum shell_format pipe_format(const char *pipes)
{
    char word[16], argument[256];
    while (pipes && (pipes = next_stage(pipes, word, argument))) {
        if (strcmp(word, "json") == 0)
            return SHELL_JSON;
        if (strcmp(word, "xml") == 0)
            return SHELL_XML;
    }
    return SHELL_TABLE;
}

static const char *line_end(const char *p)
{
    const char *nl = strchr(p, '\n');
    return nl ? nl + 1 : p + strlen(p);
}

static const char *skip_lines(const char *p, size_t n)
{
    while (n-- && *p)
        p = line_end(p);
    return p;
}

static int keep_matching(struct text_buf *text, const char *pattern, bool is_wanted)
{
    struct text_buf kept = {0};
    regex_t re;
    if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
        return shell_error("not a regular expression: %s", pattern);
    for (const char *p = text_buf_get(text); *p;) {
        const char *end = line_end(p);
        struct text_buf line = {0};
        text_buf_add(&line, p, (size_t)(end - p) - (end[-1] == '\n'));
        if ((regexec(&re, text_buf_get(&line), 0, NULL, 0) == 0) == is_wanted)
            text_buf_add(&kept, p, (size_t)(end - p));
        text_buf_fini(&line);
        p = end;
    }
    regfree(&re);
    text_buf_fini(text);
    *text = kept;
    return 0;
}

static void count_lines(struct text_buf *text)
{
    size_t n = 0;
    for (const char *p = text_buf_get(text); *p; p = line_end(p))
        n++;
    text_buf_fini(text);
    text_buf_printf(text, "%zu\n", n);
}

int pipe_print(const char *input, size_t n_head, const char *pipes)
{
    char word[16], argument[256];
    struct text_buf text = {0};
    int rc = 0;

    text_buf_puts(&text, input);
    while (rc == 0 && pipes && (pipes = next_stage(pipes, word, argument))) {
        bool is_match = strcmp(word, "match") == 0, is_except = strcmp(word, "except") == 0;
        if (n_head && (is_match || is_except || strcmp(word, "count") == 0)) {
            struct text_buf body = {0};
            text_buf_puts(&body, skip_lines(text_buf_get(&text), n_head));
            text_buf_fini(&text);
            text = body;
            n_head = 0;
        }
        if (is_match || is_except)
            rc = keep_matching(&text, argument, is_match);
        else if (strcmp(word, "count") == 0)
            count_lines(&text);
        else if (strcmp(word, "json") != 0 && strcmp(word, "xml") != 0)
            rc = shell_error("unknown filter \"%s\"; expected one of: match, except, count, json, xml", word);
    }
    if (rc == 0) {
        fputs(text_buf_get(&text), stdout);
        fflush(stdout);
    }
    text_buf_fini(&text);
    return rc;
}

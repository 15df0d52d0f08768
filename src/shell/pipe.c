/* SPDX-License-Identifier: Apache-2.0
 *
 * See pipe.h. Stages are a table of words; each row goes through all of them at once.
 */
#include "src/shell/pipe.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "src/shell/document.h"
#include "src/shell/pager.h"
#include "src/shell/screen.h"
#include "strata/mem.h"

#define STAGES_MAX 16
#define WORD_MAX   16
#define LAST_MAX   1000000

enum kind {
    KIND_MATCH,
    KIND_EXCEPT,
    KIND_BEGIN,
    KIND_FIRST,
    KIND_LAST,
    KIND_COUNT,
    KIND_JSON,
    KIND_XML,
    KIND_SET,
    KIND_DISPLAY,
    KIND_WIDE,
    KIND_NO_MORE,
    KIND_SAVE,
};

const struct pipe_word pipe_words[] = {
    {"match", "RE", "Rows in which the regular expression is found"},
    {"except", "RE", "Rows in which it is not found"},
    {"begin", "RE", "From the first row on in which it is found"},
    {"first", "N", "The first N rows"},
    {"last", "N", "The last N rows"},
    {"count", NULL, "How many rows"},
    {"json", NULL, "As JSON"},
    {"xml", NULL, "As XML"},
    {"set", NULL, "Configuration as one-line statements"},
    {"display", "FORMAT", "As json, xml or set"},
    {"wide", NULL, "All columns, however long the lines"},
    {"no-more", NULL, "Without pages"},
    {"save", "FILE", "Into a file"},
    {"include", "RE", NULL},
    {"exclude", "RE", NULL},
    {"find", "RE", NULL},
    {NULL, NULL, NULL},
};

/* In the order of pipe_words. */
static const enum kind kinds[] = {KIND_MATCH, KIND_EXCEPT, KIND_BEGIN,  KIND_FIRST,   KIND_LAST, KIND_COUNT,
                                  KIND_JSON,  KIND_XML,    KIND_SET,    KIND_DISPLAY, KIND_WIDE, KIND_NO_MORE,
                                  KIND_SAVE,  KIND_MATCH,  KIND_EXCEPT, KIND_BEGIN};

struct row {
    STAILQ_ENTRY(row) link;
    bool is_head;
    char *text, *shown;
};
STAILQ_HEAD(row_list, row);

struct stage {
    enum kind kind;
    bool has_re, has_begun;
    regex_t re;
    unsigned long limit, n;
    struct row_list kept; /* of `last` */
};

struct pipe {
    const struct shell *shell;
    struct stage stages[STAGES_MAX];
    size_t n_stages, n_before; /* stages in front of json or xml */
    enum shell_format format;
    bool is_wide, has_pages;
    bool is_done;   /* nothing more comes out */
    bool is_enough; /* nothing more need go in: `first` has its rows */
    char file_name[256];
    FILE *file; /* NULL: standard output */
    struct pager pager;
    char *partial; /* of pipe_part: the line that has no end yet */
    size_t partial_len;
    int rc;
};

/* --- reading --- */

/* The next stage of "a b | c d" into word and argument. */
static const char *next_stage(const char *p, char word[WORD_MAX], char argument[256])
{
    p += strspn(p, " |");
    if (!*p)
        return NULL;
    size_t n = strcspn(p, " |");
    snprintf(word, WORD_MAX, "%.*s", (int)n, p);
    p += n;
    p += strspn(p, " ");
    bool is_quoted = *p == '"';
    p += is_quoted;
    n = strcspn(p, is_quoted ? "\"" : "|");
    snprintf(argument, 256, "%.*s", (int)n, p);
    p += n + (is_quoted && p[n]);
    for (size_t len = strlen(argument); !is_quoted && len && argument[len - 1] == ' ';)
        argument[--len] = '\0';
    return p;
}

/* Whole, or the only one that begins so. -1: none, -2: several. */
static int find_word(const char *word)
{
    int found = -1;
    for (int i = 0; pipe_words[i].name; i++) {
        if (strcmp(pipe_words[i].name, word) == 0)
            return i;
        if (pipe_words[i].help && strncmp(pipe_words[i].name, word, strlen(word)) == 0)
            found = found == -1 ? i : -2;
    }
    return found;
}

static int unknown_word(const char *word, bool is_ambiguous)
{
    struct text_buf names = {0};
    for (const struct pipe_word *w = pipe_words; w->name; w++) {
        if (!w->help || (is_ambiguous && strncmp(w->name, word, strlen(word)) != 0))
            continue;
        text_buf_printf(&names, "%s%s", names.len ? ", " : "", w->name);
        if (w->argument)
            text_buf_printf(&names, " %s", w->argument);
    }
    if (is_ambiguous)
        shell_error("\"%s\" behind | may be one of: %s", word, text_buf_get(&names));
    else
        shell_error("unknown filter \"%s\"; expected one of: %s", word, text_buf_get(&names));
    text_buf_fini(&names);
    return 1;
}

static int read_format(const char *word, enum kind *out)
{
    static const struct {
        const char *name;
        enum kind kind;
    } formats[] = {{"json", KIND_JSON}, {"xml", KIND_XML}, {"set", KIND_SET}};
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (word[0] && strncmp(formats[i].name, word, strlen(word)) == 0) {
            *out = formats[i].kind;
            return 0;
        }
    return shell_error("display what? Expected one of: json, xml, set");
}

static enum shell_format format_of(enum kind kind)
{
    return kind == KIND_JSON ? SHELL_JSON : kind == KIND_XML ? SHELL_XML : SHELL_SET;
}

static int read_count(struct stage *st, const char *word, const char *argument)
{
    char *end;
    st->limit = strtoul(argument, &end, 10);
    if (!argument[0] || *end || argument[0] == '-' || st->limit == 0 || st->limit > LAST_MAX)
        return shell_error("%s needs a number 1..%d, not \"%s\"", word, LAST_MAX, argument);
    return 0;
}

static int read_stage(struct pipe *p, const char *typed, const char *argument)
{
    int i = find_word(typed);
    if (i < 0)
        return unknown_word(typed, i == -2);
    const struct pipe_word *w = &pipe_words[i];
    enum kind kind = kinds[i];
    if (!w->argument && argument[0])
        return shell_error("%s takes nothing behind it, not \"%s\"", w->name, argument);
    if (w->argument && !argument[0])
        return shell_error("%s needs %s behind it", w->name, w->argument);
    if (kind == KIND_DISPLAY && read_format(argument, &kind))
        return 1;
    if (kind == KIND_JSON || kind == KIND_XML || kind == KIND_SET) {
        bool is_number = p->n_stages && p->stages[p->n_stages - 1].kind == KIND_COUNT; /* is a document as it is */
        p->format = is_number ? p->format : format_of(kind);
        p->n_before = is_number || kind == KIND_SET ? p->n_before : p->n_stages;
    } else if (kind == KIND_WIDE) {
        p->is_wide = true;
    } else if (kind == KIND_NO_MORE) {
        p->has_pages = false;
    } else if (kind == KIND_SAVE) {
        snprintf(p->file_name, sizeof(p->file_name), "%s", argument);
    } else if (p->n_stages == STAGES_MAX) {
        return shell_error("too many filters");
    } else {
        struct stage *st = &p->stages[p->n_stages];
        memset(st, 0, sizeof(*st));
        st->kind = kind;
        STAILQ_INIT(&st->kept);
        if ((kind == KIND_FIRST || kind == KIND_LAST) && read_count(st, w->name, argument))
            return 1;
        st->has_re = strcmp(w->argument ? w->argument : "", "RE") == 0;
        if (st->has_re && regcomp(&st->re, argument, REG_EXTENDED | REG_NOSUB))
            return shell_error("not a regular expression: %s", argument);
        p->n_stages++;
    }
    return 0;
}

static void pipe_free(struct pipe *p)
{
    for (size_t i = 0; i < p->n_stages; i++) {
        struct stage *st = &p->stages[i];
        if (st->has_re)
            regfree(&st->re);
        for (struct row *r; (r = STAILQ_FIRST(&st->kept));) {
            STAILQ_REMOVE_HEAD(&st->kept, link);
            mem_free(NULL, r->text);
            mem_free(NULL, r->shown);
            mem_free(NULL, r);
        }
    }
    pager_fini(&p->pager);
    mem_free(NULL, p->partial);
    mem_free(NULL, p);
}

/* `last` keeps rows of text: it cannot tell which entries they were. */
static int check_entries(const struct pipe *p)
{
    for (size_t i = 0; i < p->n_before; i++)
        if (p->stages[i].kind == KIND_LAST)
            return shell_error("last stands behind json and xml, not before");
    return 0;
}

static int open_sink(struct pipe *p)
{
    unsigned length = screen_length(p->shell);
    if (p->file_name[0]) {
        p->file = files_create(p->file_name);
        p->has_pages = false;
        return p->file ? 0 : 1;
    }
    if (length == 0)
        p->has_pages = false;
    pager_init(&p->pager, length, p->has_pages ? screen_width(NULL) : 0);
    return 0;
}

struct pipe *pipe_open(const struct shell *s, const char *pipes)
{
    char word[WORD_MAX], argument[256];
    struct pipe *p = MEM_NEW(NULL, struct pipe);
    int rc = 0;

    p->shell = s;
    p->has_pages = true;
    while (rc == 0 && pipes && (pipes = next_stage(pipes, word, argument)))
        rc = read_stage(p, word, argument);
    if (rc || check_entries(p) || open_sink(p)) {
        pipe_free(p);
        return NULL;
    }
    return p;
}

enum shell_format pipe_wants(const struct pipe *p)
{
    return p->format;
}

unsigned pipe_width(const struct pipe *p)
{
    return p->is_wide || p->file ? 0 : screen_width(p->shell);
}

bool pipe_picks_entries(const struct pipe *p)
{
    return p->n_before > 0;
}

bool pipe_is_counting(const struct pipe *p)
{
    return p->n_stages && p->n_before == 0 && p->stages[0].kind == KIND_COUNT && p->format == SHELL_TABLE;
}

void pipe_count(struct pipe *p, size_t n_rows)
{
    p->stages[0].n += n_rows;
}

bool pipe_is_done(const struct pipe *p)
{
    return p->is_done || p->is_enough || screen_is_interrupted();
}

/* --- writing --- */

/* One line without its end. */
static void sink_line(struct pipe *p, const char *line, size_t len)
{
    if (p->has_pages && !p->is_done) {
        char *copy = mem_alloc(NULL, len + 1);
        memcpy(copy, line, len);
        enum pager_verdict verdict;
        while ((verdict = pager_line(&p->pager, copy)) == PAGER_ASK && pager_tty_ask(&p->pager))
            ;
        mem_free(NULL, copy);
        p->is_done = p->pager.is_done;
        if (verdict == PAGER_SKIP)
            return;
    }
    FILE *out = p->file ? p->file : stdout;
    if (p->is_done || (fwrite(line, 1, len, out) == len && fputc('\n', out) != EOF))
        return;
    p->rc = p->rc ? p->rc : shell_error("%s: %s", p->file ? p->file_name : "standard output", strerror(errno));
    p->is_done = true;
}

static void sink(struct pipe *p, const char *text)
{
    while (*text && !p->is_done && !screen_is_interrupted()) {
        size_t len = strcspn(text, "\n");
        sink_line(p, text, len);
        text += len + (text[len] == '\n');
    }
}

/* Keeps a row; of too many the first goes, but no heading. */
static void keep(struct stage *st, bool is_head, const char *text, const char *shown)
{
    struct row *r = MEM_NEW(NULL, struct row);
    r->is_head = is_head;
    r->text = text ? mem_strdup(NULL, text) : NULL;
    r->shown = mem_strdup(NULL, shown);
    STAILQ_INSERT_TAIL(&st->kept, r, link);
    st->n += !is_head;
    if (st->n <= st->limit)
        return;
    STAILQ_FOREACH (r, &st->kept, link)
        if (!r->is_head)
            break;
    STAILQ_REMOVE(&st->kept, r, row, link);
    mem_free(NULL, r->text);
    mem_free(NULL, r->shown);
    mem_free(NULL, r);
    st->n--;
}

static bool is_found(const struct stage *st, const char *text, const char *shown)
{
    if (text)
        return regexec(&st->re, text, 0, NULL, 0) == 0;
    char *line = mem_strdup(NULL, shown);
    line[strcspn(line, "\n")] = '\0';
    bool is_hit = regexec(&st->re, line, 0, NULL, 0) == 0;
    mem_free(NULL, line);
    return is_hit;
}

/* Does the row go on behind the stage? */
static bool passes(struct pipe *p, struct stage *st, bool is_head, const char *text, const char *shown)
{
    switch (st->kind) {
    case KIND_MATCH:
        return !is_head && is_found(st, text, shown);
    case KIND_EXCEPT:
        return !is_head && !is_found(st, text, shown);
    case KIND_BEGIN:
        st->has_begun = st->has_begun || (!is_head && is_found(st, text, shown));
        return st->has_begun;
    case KIND_FIRST:
        if (st->n == st->limit)
            return false;
        st->n += !is_head;
        p->is_enough = st->n == st->limit;
        return true;
    case KIND_LAST:
        keep(st, is_head, text, shown);
        return false;
    case KIND_COUNT:
        st->n += !is_head;
        return false;
    case KIND_JSON:
    case KIND_XML:
    case KIND_SET:
    case KIND_DISPLAY:
    case KIND_WIDE:
    case KIND_NO_MORE:
    case KIND_SAVE:
        break; /* no stages */
    }
    return true;
}

static void push(struct pipe *p, size_t from, bool is_head, const char *text, const char *shown)
{
    for (size_t i = from; i < p->n_stages; i++)
        if (!passes(p, &p->stages[i], is_head, text, shown))
            return;
    sink(p, shown);
}

void pipe_head(struct pipe *p, const char *text)
{
    if (!p->is_done)
        push(p, p->n_before, true, NULL, text);
}

void pipe_row(struct pipe *p, const char *row, const char *shown)
{
    if (!p->is_done)
        push(p, p->n_before, false, row, shown);
}

bool pipe_passes(struct pipe *p, const char *row)
{
    for (size_t i = 0; i < p->n_before; i++)
        if (!passes(p, &p->stages[i], false, row, row))
            return false;
    return true;
}

void pipe_part(struct pipe *p, const char *text, size_t len)
{
    p->partial = mem_realloc(NULL, p->partial, p->partial_len + len + 1);
    memcpy(p->partial + p->partial_len, text, len);
    p->partial_len += len;
    char *start = p->partial, *end = p->partial + p->partial_len;
    for (char *nl; (nl = memchr(start, '\n', (size_t)(end - start))); start = nl + 1) {
        *nl = '\0';
        if (!*start)
            pipe_row(p, "", "\n");
        else
            pipe_row(p, start, start);
    }
    p->partial_len = (size_t)(end - start);
    memmove(p->partial, start, p->partial_len);
}

void pipe_text(struct pipe *p, const char *text, size_t n_head)
{
    for (; n_head && *text; n_head--) {
        size_t len = strcspn(text, "\n");
        char *line = mem_strdup(NULL, text);
        line[len] = '\0';
        pipe_head(p, line);
        mem_free(NULL, line);
        text += len + (text[len] == '\n');
    }
    pipe_part(p, text, strlen(text));
    if (p->partial_len)
        pipe_part(p, "\n", 1);
}

/* What a stage held back goes on to those behind it. */
static void flush_stage(struct pipe *p, size_t i)
{
    struct stage *st = &p->stages[i];
    struct row *r, *next;
    char number[32];

    if (st->kind == KIND_COUNT) {
        snprintf(number, sizeof(number), "%lu", st->n);
        push(p, i + 1, false, number, number);
    }
    if (st->kind != KIND_LAST)
        return;
    STAILQ_FOREACH (r, &st->kept, link) {
        next = STAILQ_NEXT(r, link);
        if (!(r->is_head && (!next || next->is_head))) /* a heading whose rows are gone */
            push(p, i + 1, r->is_head, r->text, r->shown);
    }
}

void pipe_cancel(struct pipe *p)
{
    fflush(stdout);
    if (p->file)
        fclose(p->file);
    pipe_free(p);
}

int pipe_close(struct pipe *p)
{
    if (!p)
        return 1;
    if (p->partial_len)
        pipe_part(p, "\n", 1);
    /* Entries were picked by the stages before json; the document went through those behind. */
    for (size_t i = p->n_before; i < p->n_stages && !p->is_done; i++)
        flush_stage(p, i);
    if (p->has_pages && !p->is_done && !screen_is_interrupted())
        pager_tty_end(&p->pager);
    fflush(stdout);
    if (p->file && fclose(p->file) && !p->rc)
        p->rc = shell_error("%s: %s", p->file_name, strerror(errno));
    int rc = p->rc;
    pipe_free(p);
    return rc;
}

enum shell_format pipe_format(const char *pipes)
{
    char word[WORD_MAX], argument[256];
    enum shell_format format = SHELL_TABLE;
    while (pipes && (pipes = next_stage(pipes, word, argument))) {
        int i = find_word(word);
        enum kind kind = i < 0 ? KIND_SAVE : kinds[i];
        if (kind == KIND_DISPLAY && find_word(argument) >= 0)
            kind = kinds[find_word(argument)];
        if (kind == KIND_JSON || kind == KIND_XML || kind == KIND_SET)
            format = format_of(kind);
    }
    return format;
}

int pipe_print(const char *input, size_t n_head, const char *pipes)
{
    struct pipe *p = pipe_open(NULL, pipes);
    if (p)
        pipe_text(p, input, n_head);
    return pipe_close(p);
}

int shell_print(const struct shell *s, const char *text, const char *pipes)
{
    struct pipe *p = pipe_open(s, pipes);

    if (p && (p->format == SHELL_JSON || p->format == SHELL_XML))
        document_lines(text, p->format == SHELL_XML, p);
    else if (p)
        pipe_text(p, text, 0);
    return pipe_close(p);
}

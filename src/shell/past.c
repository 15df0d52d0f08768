/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of the file is one line typed. Lines are appended at once, so several shells of a user do not lose each
 * other's.
 */
#include "src/shell/past.h"

#include <fcntl.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/text/expand.h"
#include "src/shell/configure.h"
#include "src/shell/shell.h"
#include "strata/mem.h"

#define FILE_NAME ".strata_history"

static bool file_name(char *out, size_t size)
{
    const char *home = getenv("HOME");
    return home && home[0] == '/' && (size_t)snprintf(out, size, "%s/" FILE_NAME, home) < size;
}

/* Not through a link, not into what is no file, and nobody else reads it. */
static int open_file(int flags)
{
    char name[512];
    struct stat st;
    if (!file_name(name, sizeof(name)))
        return -1;
    int fd = open(name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode) || fchmod(fd, 0600))) {
        close(fd);
        return -1;
    }
    return fd;
}

static void write_all(int fd, const char *text, size_t n)
{
    while (n) {
        ssize_t done = write(fd, text, n);
        if (done <= 0)
            return;
        text += done;
        n -= (size_t)done;
    }
}

static const char *newest(const char *text, size_t n_lines)
{
    for (; n_lines > PAST_KEEP; n_lines--)
        text = strchr(text, '\n') + 1;
    return text;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

void past_load(past_line_fn *fn, void *arg)
{
    struct text_buf all = {0};
    char part[4096], *save = NULL;
    ssize_t n;
    int fd = open_file(O_RDWR);

    if (fd < 0)
        return;
    while ((n = read(fd, part, sizeof(part))) > 0)
        text_buf_add(&all, part, (size_t)n);
    size_t n_lines = count_lines(text_buf_get(&all));
    const char *keep = newest(text_buf_get(&all), n_lines);
    if (n_lines > 2 * PAST_KEEP && ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0)
        write_all(fd, keep, strlen(keep));
    close(fd);
    char *copy = mem_strdup(NULL, keep);
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        fn(arg, line);
    mem_free(NULL, copy);
    text_buf_fini(&all);
}

void past_add(const char *line)
{
    struct text_buf text = {0};
    int fd = open_file(O_WRONLY | O_CREAT | O_APPEND);
    if (fd < 0)
        return;
    text_buf_add(&text, line, strcspn(line, "\r\n"));
    text_buf_puts(&text, "\n");
    write_all(fd, text_buf_get(&text), text.len);
    text_buf_fini(&text);
    close(fd);
}

/* --- secrets --- */

struct search {
    const struct text_words *words;
    bool is_full; /* the words are not abbreviated */
    bool is_found;
};

static bool is_denied(const struct lysc_node *n)
{
    LY_ARRAY_COUNT_TYPE i;
    LY_ARRAY_FOR(n->exts, i)
    if (strcmp(n->exts[i].def->name, "default-deny-all") == 0)
        return true;
    return false;
}

static LY_ERR look(struct lysc_node *n, void *data, ly_bool *skip)
{
    struct search *f = data;
    (void)skip;
    if (!(n->nodetype & (LYS_LEAF | LYS_LEAFLIST)) || !is_denied(n))
        return LY_SUCCESS;
    for (size_t i = 0; i < f->words->n; i++) {
        const char *w = f->words->word[i];
        f->is_found |= strcmp(n->name, w) == 0 || (!f->is_full && strlen(w) > 1 && strncmp(n->name, w, strlen(w)) == 0);
    }
    return LY_SUCCESS;
}

bool past_is_secret(const struct shell *s, const char *line)
{
    struct text_place place;
    struct text_buf path = {0};
    struct text_expansion x;
    struct text_error err;
    struct text_words words;
    struct text_source src = {.text = line, .len = strlen(line)};
    struct search f = {.words = &words};
    uint32_t index = 0;

    if (!s->is_configuring)
        return false;
    configure_place(s, &place, &path);
    f.is_full = text_expand(s->ctx, place.node, "", &src, &x, &err) == 0;
    bool is_read = text_words_split(text_buf_get(&x.full), &words);
    for (const struct lys_module *m; (m = ly_ctx_get_module_iter(s->ctx, &index));)
        if (m->implemented)
            lysc_module_dfs_full(m, look, &f);
    text_words_free(&words);
    text_expansion_fini(&x);
    text_buf_fini(&path);
    return f.is_found || !is_read;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the files of modules are. libyang by itself walks through all folders and looks at every file for each module
 * that one imports: thousands of system calls at every start. Here each folder is read once. What is not found here
 * libyang looks for in its own way.
 */
#include "lib/text/modules.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strata/mem.h"

struct yang_modules {
    char **paths;
    size_t n, room;
};

static const char *name_of(const char *path)
{
    return strrchr(path, '/') + 1;
}

static void add(struct yang_modules *m, const char *dir, const char *name)
{
    size_t size = strlen(dir) + strlen(name) + 2;

    if (m->n == m->room) {
        m->room = m->room ? m->room * 2 : 64;
        m->paths = mem_realloc(NULL, m->paths, m->room * sizeof(*m->paths));
    }
    m->paths[m->n] = mem_alloc(NULL, size);
    snprintf(m->paths[m->n++], size, "%s/%s", dir, name);
}

static void add_dir(struct yang_modules *m, const char *dir)
{
    DIR *d = opendir(dir);

    for (const struct dirent *e; d && (e = readdir(d));) {
        size_t len = strlen(e->d_name);

        if (len > 5 && strcmp(e->d_name + len - 5, ".yang") == 0)
            add(m, dir, e->d_name);
    }
    if (d)
        closedir(d);
}

struct yang_modules *yang_modules_create(const char *const *dirs, size_t n)
{
    struct yang_modules *m = MEM_NEW(NULL, struct yang_modules);

    for (size_t i = 0; i < n; i++)
        add_dir(m, dirs[i]);
    return m;
}

void yang_modules_destroy(struct yang_modules *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n; i++)
        mem_free(NULL, m->paths[i]);
    mem_free(NULL, m->paths);
    mem_free(NULL, m);
}

/* "name@2018-01-01.yang" or "name.yang": the date, "" without one; NULL: it is another module's. */
static const char *date_of(const char *file, const char *name, size_t len)
{
    if (strncmp(file, name, len) != 0)
        return NULL;
    if (file[len] == '@')
        return file + len + 1;
    return strcmp(file + len, ".yang") == 0 ? "" : NULL;
}

const char *yang_modules_find(const struct yang_modules *m, const char *name, const char *date)
{
    const char *best = NULL, *best_date = "";
    size_t len = strlen(name);

    for (size_t i = 0; i < m->n; i++) {
        const char *found = date_of(name_of(m->paths[i]), name, len);

        if (!found || (date && strncmp(found, date, strlen(date)) != 0))
            continue;
        if (!best || strcmp(found, best_date) > 0) {
            best = m->paths[i];
            best_date = found;
        }
    }
    return best;
}

static void free_text(void *text, void *arg)
{
    (void)arg;
    free(text);
}

static char *text_of(const char *path)
{
    FILE *f = fopen(path, "re");
    char *text = NULL;
    size_t len = 0;

    if (f && getdelim(&text, &len, '\0', f) < 0) {
        free(text);
        text = NULL;
    }
    if (f)
        fclose(f);
    return text;
}

LY_ERR yang_modules_give(const char *name, const char *date, const char *submodule, const char *submodule_date,
                         void *arg, LYS_INFORMAT *format, const char **text, ly_module_imp_data_free_clb *free_with)
{
    const char *path = submodule ? NULL : yang_modules_find(arg, name, date);

    (void)submodule_date;
    *text = path ? text_of(path) : NULL;
    *format = LYS_IN_YANG;
    *free_with = free_text;
    return *text ? LY_SUCCESS : LY_ENOTFOUND;
}

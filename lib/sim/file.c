/* SPDX-License-Identifier: Apache-2.0
 *
 * A node's files: small, whole, and safe from the death of processes. Who is dead writes no more.
 */
#include <errno.h>
#include <string.h>

#include "lib/sim/internal.h"
#include "strata/mem.h"

static struct sim_file *find(struct sim_node *node, const char *path)
{
    struct sim_file *f;

    LIST_FOREACH (f, &node->files, link)
        if (strcmp(f->path, path) == 0)
            return f;
    return NULL;
}

void sim_files_fail(struct sim_node *node, unsigned after, int error)
{
    node->n_file_changes = after;
    node->file_error = error;
}

bool sim_files_failed(const struct sim_node *node)
{
    return node->file_error && node->n_file_changes == 0;
}

/* May a file be changed now? 0 or -errno. */
static int begin_change(struct io *io, bool needs_room)
{
    struct sim_node *node = sim_io_node(io);

    if (((struct sim_io *)(void *)io)->is_dead)
        return -EIO;
    if (!node->file_error || (node->file_error == -ENOSPC && !needs_room))
        return 0;
    if (node->n_file_changes == 0)
        return node->file_error;
    node->n_file_changes--;
    return 0;
}

int sim_file_write(struct io *io, const char *path, const void *data, size_t len)
{
    struct sim_node *node = sim_io_node(io);
    struct sim_file *f = find(node, path);
    int err = begin_change(io, true);

    if (err)
        return err;
    if (!f) {
        f = MEM_NEW(NULL, struct sim_file);
        f->path = mem_strdup(NULL, path);
        LIST_INSERT_HEAD(&node->files, f, link);
    }
    mem_free(NULL, f->data);
    f->data = mem_alloc(NULL, len + 1);
    f->len = len;
    if (len > 0)
        memcpy(f->data, data, len);
    return 0;
}

int sim_file_read(struct io *io, const char *path, char **data, size_t *len)
{
    struct sim_file *f = find(sim_io_node(io), path);

    if (!f)
        return -ENOENT;
    *data = mem_dup(NULL, f->data, f->len + 1);
    *len = f->len;
    return 0;
}

static void file_free(struct sim_file *f)
{
    LIST_REMOVE(f, link);
    mem_free(NULL, f->path);
    mem_free(NULL, f->data);
    mem_free(NULL, f);
}

int sim_file_remove(struct io *io, const char *path)
{
    struct sim_file *f = find(sim_io_node(io), path);
    int err = f ? begin_change(io, false) : -ENOENT;

    if (err == 0)
        file_free(f);
    return err;
}

int sim_file_append(struct io *io, const char *path, const void *data, size_t len)
{
    struct sim_file *f = find(sim_io_node(io), path);

    if (!f)
        return sim_file_write(io, path, data, len);
    int err = begin_change(io, true);
    if (err)
        return err;
    f->data = mem_realloc(NULL, f->data, f->len + len + 1);
    if (len > 0)
        memcpy(f->data + f->len, data, len);
    f->len += len;
    f->data[f->len] = '\0';
    return 0;
}

int sim_file_rename(struct io *io, const char *from, const char *to)
{
    struct sim_node *node = sim_io_node(io);
    struct sim_file *f = find(node, from), *old = find(node, to);

    int err = f ? begin_change(io, false) : -ENOENT;

    if (err)
        return err;
    if (old && old != f)
        file_free(old);
    mem_free(NULL, f->path);
    f->path = mem_strdup(NULL, to);
    return 0;
}

int sim_file_link(struct io *io, const char *from, const char *to)
{
    struct sim_file *f = find(sim_io_node(io), from);
    return f ? sim_file_write(io, to, f->data, f->len) : -ENOENT;
}

int sim_file_list(struct io *io, const char *dir, void (*each)(void *arg, const char *name), void *arg)
{
    size_t len = strlen(dir);
    const struct sim_file *f;

    LIST_FOREACH (f, &sim_io_node(io)->files, link)
        if (strncmp(f->path, dir, len) == 0 && f->path[len] == '/' && !strchr(f->path + len + 1, '/'))
            each(arg, f->path + len + 1);
    return 0;
}

void sim_files_free(struct sim_node *node)
{
    struct sim_file *f;

    while ((f = LIST_FIRST(&node->files)))
        file_free(f);
}

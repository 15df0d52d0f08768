/* SPDX-License-Identifier: Apache-2.0
 *
 * Small files that must survive a crash or power loss: written beside the old one, flushed, renamed over it, and the
 * directory flushed too, so that a reader sees the old or the new whole. Logs are added to. These calls block; they are
 * for small state.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/event_private.h"
#include "strata/mem.h"

enum { DIR_MODE = 0700, FILE_MODE = 0600, READ_MAX = 256 * 1024 * 1024 };

/* The directory of `path`, "." if it names none. 0 or -ENAMETOOLONG. */
static int parent_of(const char *path, char *dir, size_t size)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;

    if (slash == path)
        len = 1;
    if (len >= size)
        return -ENAMETOOLONG;
    memcpy(dir, slash ? path : ".", slash ? len : 1);
    dir[slash ? len : 1] = '\0';
    return 0;
}

static int sync_directory(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int err = 0;

    if (fd < 0)
        return -errno;
    if (fsync(fd) < 0)
        err = -errno;
    close(fd);
    return err;
}

/* Makes `dir` and those above it, each flushed into its parent. */
static int make_directories(const char *dir)
{
    char part[PATH_MAX], above[PATH_MAX];
    size_t len = strlen(dir);

    if (len >= sizeof(part))
        return -ENAMETOOLONG;
    memcpy(part, dir, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (dir[i] != '/' && dir[i] != '\0')
            continue;
        part[i] = '\0';
        if (mkdir(part, DIR_MODE) == 0) {
            int err = parent_of(part, above, sizeof(above));

            if (err == 0)
                err = sync_directory(above);
            if (err < 0)
                return err;
        } else if (errno != EEXIST) {
            return -errno;
        }
        part[i] = dir[i];
    }
    return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

static int write_and_flush(const char *path, const void *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    int err;

    if (fd < 0)
        return -errno;
    err = write_all(fd, data, len);
    if (err == 0 && fsync(fd) < 0)
        err = -errno;
    if (close(fd) < 0 && err == 0)
        err = -errno;
    return err;
}

int file_event_write(struct io *io, const char *path, const void *data, size_t len)
{
    char dir[PATH_MAX], fresh[PATH_MAX];
    int err = parent_of(path, dir, sizeof(dir));

    (void)io;
    if (err < 0)
        return err;
    /* A fixed name: what a crash leaves behind is written over next time. */
    if ((size_t)snprintf(fresh, sizeof(fresh), "%s.new", path) >= sizeof(fresh))
        return -ENAMETOOLONG;
    if ((err = make_directories(dir)) < 0)
        return err;
    err = write_and_flush(fresh, data, len);
    if (err == 0 && rename(fresh, path) < 0)
        err = -errno;
    if (err < 0) {
        unlink(fresh);
        return err;
    }
    return sync_directory(dir);
}

/* Reads to the end; the size of stat is a hint only (files of /proc have none). */
static int read_all(int fd, size_t hint, char **data, size_t *len)
{
    size_t size = hint + 1;
    size_t used = 0;
    char *buf = mem_alloc(NULL, size);
    ssize_t n;

    for (;;) {
        if (used + 1 >= size) {
            size = size * 2 + 1024;
            buf = mem_realloc(NULL, buf, size);
        }
        n = read(fd, buf + used, size - used - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        used += (size_t)n;
        if (used > READ_MAX) {
            n = -1;
            errno = EFBIG;
            break;
        }
    }
    if (n < 0) {
        int err = -errno;

        mem_free(NULL, buf);
        return err;
    }
    buf[used] = '\0';
    *data = buf;
    *len = used;
    return 0;
}

int file_event_read(struct io *io, const char *path, char **data, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    int err;

    (void)io;
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        err = -errno;
    else if (S_ISDIR(st.st_mode))
        err = -EISDIR;
    else if (!S_ISREG(st.st_mode))
        err = -EINVAL;
    else if (st.st_size > READ_MAX)
        err = -EFBIG;
    else
        err = read_all(fd, (size_t)st.st_size + 1, data, len);
    close(fd);
    return err;
}

int file_event_remove(struct io *io, const char *path)
{
    char dir[PATH_MAX];
    int err = parent_of(path, dir, sizeof(dir));

    (void)io;
    if (err < 0)
        return err;
    if (unlink(path) < 0)
        return -errno;
    return sync_directory(dir);
}

/* What went wrong half way is taken back, so that no half line stays. */
static int append_all(int fd, const void *data, size_t len)
{
    struct stat st;
    int err;

    if (fstat(fd, &st) < 0)
        return -errno;
    err = write_all(fd, data, len);
    if (err < 0 && ftruncate(fd, st.st_size) < 0)
        return -EIO;
    return err;
}

static int open_to_append(const char *path, int flags)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC | flags, FILE_MODE);
    return fd < 0 ? -errno : fd;
}

int file_event_append(struct io *io, const char *path, const void *data, size_t len)
{
    char dir[PATH_MAX];
    bool is_new = false;
    int err = parent_of(path, dir, sizeof(dir));
    int fd;

    (void)io;
    if (err < 0)
        return err;
    fd = open_to_append(path, 0);
    if (fd == -ENOENT && (err = make_directories(dir)) == 0) {
        fd = open_to_append(path, O_CREAT);
        is_new = true;
    }
    if (err < 0 || fd < 0)
        return err < 0 ? err : fd;
    err = append_all(fd, data, len);
    if (close(fd) < 0 && err == 0)
        err = -errno;
    return err == 0 && is_new ? sync_directory(dir) : err;
}

int file_event_rename(struct io *io, const char *from, const char *to)
{
    char dir[PATH_MAX];
    int err = parent_of(to, dir, sizeof(dir));

    (void)io;
    if (err < 0)
        return err;
    if (rename(from, to) < 0)
        return -errno;
    return sync_directory(dir);
}

static int copy(struct io *io, const char *from, const char *to)
{
    char *data;
    size_t len;
    int err = file_event_read(io, from, &data, &len);

    if (err < 0)
        return err;
    err = file_event_write(io, to, data, len);
    mem_free(NULL, data);
    return err;
}

int file_event_link(struct io *io, const char *from, const char *to)
{
    char dir[PATH_MAX], fresh[PATH_MAX];
    int err = parent_of(to, dir, sizeof(dir));

    if (err < 0)
        return err;
    if ((size_t)snprintf(fresh, sizeof(fresh), "%s.new", to) >= sizeof(fresh))
        return -ENAMETOOLONG;
    unlink(fresh);
    if (link(from, fresh) < 0)
        return errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK || errno == EXDEV ? copy(io, from, to) : -errno;
    err = rename(fresh, to) < 0 ? -errno : 0;
    unlink(fresh); /* rename does nothing if both were the same file already */
    return err < 0 ? err : sync_directory(dir);
}

int file_event_list(struct io *io, const char *dir, void (*each)(void *arg, const char *name), void *arg)
{
    DIR *d = opendir(dir);
    const struct dirent *entry;

    (void)io;
    if (!d)
        return -errno;
    while ((entry = readdir(d)) != NULL)
        if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN)
            each(arg, entry->d_name);
    closedir(d);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A log's lines in a file of bounded size, for operators and for who looks after a death.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "strata/log.h"
#include "strata/mem.h"

struct kept {
    char *path;
    int fd; /* -1: it cannot be written (now) */
    size_t bytes;
};

static void kept_open(struct kept *k)
{
    struct stat st;

    k->fd = open(k->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    k->bytes = k->fd >= 0 && fstat(k->fd, &st) == 0 ? (size_t)st.st_size : 0;
}

static void kept_turn(struct kept *k)
{
    char old[4096];

    if (snprintf(old, sizeof(old), "%s" LOG_KEEP_OLD, k->path) >= (int)sizeof(old) || rename(k->path, old) < 0)
        return; /* it grows until that is possible */
    close(k->fd);
    kept_open(k);
}

/* What cannot be written is lost here: there is nobody to tell, and standard error has it. */
static void keep(void *arg, const char *line)
{
    struct kept *k = arg;
    ssize_t n;

    if (k->fd < 0)
        return;
    if (k->bytes >= LOG_KEEP_BYTES)
        kept_turn(k);
    n = k->fd < 0 ? -1 : write(k->fd, line, strlen(line));
    k->bytes += n > 0 ? (size_t)n : 0;
}

static void end(void *arg)
{
    struct kept *k = arg;

    if (k->fd >= 0)
        close(k->fd);
    mem_free(NULL, k->path);
    mem_free(NULL, k);
}

int log_keep(struct log *log, const char *path)
{
    struct kept *k;

    if (!log)
        return 0;
    k = MEM_NEW(NULL, struct kept);
    k->path = mem_strdup(NULL, path);
    kept_open(k);
    log_set_keeper(log, keep, end, k);
    return k->fd < 0 ? -errno : 0;
}

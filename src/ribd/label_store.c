/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of label claims. What was added survives our death, not a loss of power: the header says in which boot the
 * file was begun, and after another one the labels below the mark rest (manager.h). An incomplete file would be worse
 * than none: when it cannot be added to it is removed, and written anew later.
 */
#include "src/ribd/label_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/label/record.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"

enum { PIECE = 4096, DEAD_MIN = 4096, AGAIN_MS = 10000 };

struct buffer {
    uint8_t *data;
    size_t used, size;
};

struct label_store {
    const struct env *env;
    struct label_manager *m;
    char path[256], next_path[256];
    char boot[LABEL_BOOT_MAX];
    char *old; /* as found */
    size_t old_len;
    enum label_store_found found;
    struct buffer out;   /* to be added */
    size_t n_file;       /* records in the file */
    uint32_t rewrite_at; /* the next label of the file that will take its place; 0: none is written */
    size_t n_next;       /* records in that one */
    bool is_broken;      /* there is no file now */
    struct timer rewrite, flush;
};

/* --- reading --- */

static void read_boot(const struct env *env, char boot[LABEL_BOOT_MAX])
{
    char *data;
    size_t len;

    boot[0] = '\0';
    if (io_file_read(env->io, "/proc/sys/kernel/random/boot_id", &data, &len) < 0)
        return;
    snprintf(boot, LABEL_BOOT_MAX, "%.*s", (int)strcspn(data, "\n"), data);
    mem_free(NULL, data);
}

/* A whole record that is wrong is damage; half a record at the end is our own death while it was added. */
static enum label_store_found look(struct label_store *s)
{
    const uint8_t *data = (const uint8_t *)s->old;
    char boot[LABEL_BOOT_MAX];
    struct label_record r;

    if (s->old_len < LABEL_RECORD_SIZE || !label_header_decode(data, boot))
        return LABEL_STORE_DAMAGED;
    for (size_t at = LABEL_RECORD_SIZE; at + LABEL_RECORD_SIZE <= s->old_len; at += LABEL_RECORD_SIZE) {
        if (!label_record_decode(data + at, &r))
            return LABEL_STORE_DAMAGED;
    }
    return strcmp(boot, s->boot) == 0 ? LABEL_STORE_WHOLE : LABEL_STORE_OLD;
}

static void on_rewrite(void *arg);
static void on_flush(void *arg);

struct label_store *label_store_open(const struct env *env)
{
    struct label_store *s = MEM_NEW(NULL, struct label_store);
    int err;

    s->env = env;
    timer_init(&s->rewrite, env->loop, on_rewrite, s);
    timer_init(&s->flush, env->loop, on_flush, s);
    snprintf(s->path, sizeof(s->path), "%s/label-claims", env->state_dir);
    snprintf(s->next_path, sizeof(s->next_path), "%s/label-claims.next", env->state_dir);
    read_boot(env, s->boot);
    err = io_file_read(env->io, s->path, &s->old, &s->old_len);
    if (err == 0) {
        s->found = look(s);
    } else {
        s->old = NULL;
        s->old_len = 0;
        s->found = err == -ENOENT ? LABEL_STORE_NONE : LABEL_STORE_DAMAGED;
    }
    if (s->found == LABEL_STORE_DAMAGED)
        LOG_ERROR(env->log, "label-claims-damaged",
                  "path=%s error=%d octets=%zu text=\"some labels may change, others rest 120 s first\"", s->path, err,
                  s->old_len);
    return s;
}

enum label_store_found label_store_found(const struct label_store *s)
{
    return s->found;
}

/* --- writing --- */

static uint8_t *room(struct buffer *b)
{
    if (b->used + LABEL_RECORD_SIZE > b->size) {
        b->size = b->size ? b->size * 2 : 64 * LABEL_RECORD_SIZE;
        b->data = mem_realloc(NULL, b->data, b->size);
    }
    b->used += LABEL_RECORD_SIZE;
    return b->data + b->used - LABEL_RECORD_SIZE;
}

static void on_record(void *arg, const struct label_record *r)
{
    label_record_encode(r, room(arg));
}

static void on_change(void *arg, const struct label_record *r)
{
    struct label_store *s = arg;

    on_record(&s->out, r);
    if (s->out.used >= PIECE * LABEL_RECORD_SIZE)
        label_store_flush(s);
    else if (!timer_is_armed(&s->flush))
        timer_arm_us(&s->flush, 0);
}

static void on_flush(void *arg)
{
    label_store_flush(arg);
}

static void give_up(struct label_store *s, int err)
{
    LOG_ERROR(s->env->log, "label-claims-not-saved", "path=%s error=%d text=\"%s\"", s->path, err, strerror(-err));
    io_file_remove(s->env->io, s->path);
    io_file_remove(s->env->io, s->next_path);
    s->is_broken = true;
    s->rewrite_at = 0;
    timer_arm_ms(&s->rewrite, AGAIN_MS);
}

static void begin_rewrite(struct label_store *s)
{
    uint8_t header[LABEL_RECORD_SIZE];
    int err;

    label_header_encode(s->boot, header);
    io_file_remove(s->env->io, s->next_path);
    err = io_file_append(s->env->io, s->next_path, header, sizeof(header));
    if (err < 0) {
        timer_arm_ms(&s->rewrite, AGAIN_MS); /* the old one goes on */
        return;
    }
    s->rewrite_at = LABEL_FIRST_UNRESERVED;
    s->n_next = 0;
    timer_arm_us(&s->rewrite, 0);
}

static void end_rewrite(struct label_store *s)
{
    int err = io_file_rename(s->env->io, s->next_path, s->path);

    s->rewrite_at = 0;
    if (err < 0) {
        give_up(s, err);
        return;
    }
    s->n_file = s->n_next;
    s->is_broken = false;
}

static void on_rewrite(void *arg)
{
    struct label_store *s = arg;
    struct buffer piece = {0};
    int err = 0;

    if (!s->rewrite_at) {
        begin_rewrite(s);
        return;
    }
    label_store_flush(s); /* in the order of their time */
    if (!s->rewrite_at)
        return;
    s->rewrite_at = ribd_labels_records(s->m, s->rewrite_at, PIECE, on_record, &piece);
    if (piece.used)
        err = io_file_append(s->env->io, s->next_path, piece.data, piece.used);
    s->n_next += piece.used / LABEL_RECORD_SIZE;
    mem_free(NULL, piece.data);
    if (err < 0)
        give_up(s, err);
    else if (s->rewrite_at)
        timer_arm_us(&s->rewrite, 0);
    else
        end_rewrite(s);
}

void label_store_flush(struct label_store *s)
{
    size_t n = s->out.used / LABEL_RECORD_SIZE;
    int err = 0;

    if (n == 0)
        return;
    if (!s->is_broken)
        err = io_file_append(s->env->io, s->path, s->out.data, s->out.used);
    if (err == 0 && s->rewrite_at)
        err = io_file_append(s->env->io, s->next_path, s->out.data, s->out.used);
    s->out.used = 0;
    s->n_file += n;
    s->n_next += s->rewrite_at ? n : 0;
    if (err < 0)
        give_up(s, err);
    else if (!timer_is_armed(&s->rewrite) && s->n_file > 2 * ribd_labels_n_records(s->m) + DEAD_MIN)
        timer_arm_us(&s->rewrite, 0);
}

/* --- life --- */

/* At the start all at once: nobody waits yet, and what was read is known to be on disk again. */
static void write_whole(struct label_store *s)
{
    struct buffer all = {0};
    int err;

    label_header_encode(s->boot, room(&all));
    ribd_labels_records(s->m, LABEL_FIRST_UNRESERVED, SIZE_MAX, on_record, &all);
    err = io_file_write(s->env->io, s->path, all.data, all.used);
    s->n_file = all.used / LABEL_RECORD_SIZE - 1;
    mem_free(NULL, all.data);
    io_file_remove(s->env->io, s->next_path);
    if (err < 0)
        give_up(s, err);
}

void label_store_attach(struct label_store *s, struct label_manager *m)
{
    uint64_t now = loop_now_us(s->env->loop);
    struct label_record r;

    s->m = m;
    for (size_t at = LABEL_RECORD_SIZE; at + LABEL_RECORD_SIZE <= s->old_len; at += LABEL_RECORD_SIZE) {
        if (!label_record_decode((const uint8_t *)s->old + at, &r))
            continue;
        if (s->found != LABEL_STORE_WHOLE) { /* its times are of another clock */
            r.until_us = 0;
            r.since_sec = (uint32_t)(now / 1000000);
        }
        ribd_labels_restore(m, &r, now);
    }
    mem_free(NULL, s->old);
    s->old = NULL;
    ribd_labels_restored(m, now);
    ribd_labels_journal(m, on_change, s);
    write_whole(s);
}

void label_store_close(struct label_store *s)
{
    if (!s)
        return;
    if (s->m) {
        label_store_flush(s);
        ribd_labels_journal(s->m, NULL, NULL);
    }
    timer_cancel(&s->rewrite);
    timer_cancel(&s->flush);
    mem_free(NULL, s->old);
    mem_free(NULL, s->out.data);
    mem_free(NULL, s);
}

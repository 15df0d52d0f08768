/* SPDX-License-Identifier: Apache-2.0
 *
 * /log of strata-management.yang: what the programs of this router have logged, from the files that each keeps in the
 * run directory (log_keep). They are read when somebody asks; so what a program said before it died or hung is there.
 */
#include "src/mgmtd/front/logs.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/node.h"
#include "lib/text/tree.h"
#include "src/mgmtd/core.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/mem.h"
#include "strata/schema.h"

enum { LINES_EACH = 400, PATH_BYTES = 512 };

struct lines {
    char **line; /* "time level daemon event text", each owned */
    size_t n, size;
};

static void add_line(struct lines *all, const char *line, size_t len)
{
    if (all->n == all->size) {
        all->size = all->size ? all->size * 2 : 256;
        all->line = mem_realloc(NULL, all->line, all->size * sizeof(all->line[0]));
    }
    all->line[all->n] = mem_alloc(NULL, len + 1);
    memcpy(all->line[all->n], line, len);
    all->line[all->n++][len] = '\0';
}

/* The last lines of a file, `most` of them. How many there were. */
static size_t add_file(const struct mgmtd *m, const char *name, const char *suffix, size_t most, struct lines *all)
{
    char path[PATH_BYTES], *data;
    size_t len, n = 0;

    snprintf(path, sizeof(path), "%s/%s.log%s", m->env.run_dir, name, suffix);
    if (most == 0 || io_file_read(m->env.io, path, &data, &len))
        return 0;
    while (len && n < most) {
        const char *end = data + len - 1; /* on the newline; a line that is being written has none, and is left out */
        const char *start = memrchr(data, '\n', len - 1);

        start = start ? start + 1 : data;
        if (*end == '\n' && end > start) {
            add_line(all, start, (size_t)(end - start));
            n++;
        }
        len = (size_t)(start - data);
    }
    mem_free(NULL, data);
    return n;
}

static void add_program(const struct mgmtd *m, const char *name, struct lines *all)
{
    size_t n = add_file(m, name, "", LINES_EACH, all);

    add_file(m, name, LOG_KEEP_OLD, LINES_EACH - n, all);
}

/* By time; a program's own lines that are of one millisecond keep their order: the later one was read first. */
static int by_time(const void *a, const void *b, void *arg)
{
    const struct lines *all = arg;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int order = strncmp(all->line[x], all->line[y], strcspn(all->line[x], " "));

    return order ? order : x > y ? -1 : 1;
}

static void add_node(struct lyd_node *top, char *line)
{
    static const char *const leafs[] = {"time", "level", "daemon", "event", "text"};
    struct lyd_node *node = NULL;
    char *rest = line;

    if (lyd_new_list2(top, NULL, "line", NULL, 0, &node))
        return;
    for (size_t i = 0; i < 5 && rest; i++) {
        char *value = i < 4 ? strsep(&rest, " ") : rest;

        if (value[0])
            yang_add(node, leafs[i], value);
    }
}

void logs_state(struct mgmtd *m, struct lyd_node **tree)
{
    const struct lys_module *module = ly_ctx_get_module_implemented(m->ctx, "strata-management");
    struct lyd_node *top = NULL;
    struct lines all = {0};

    if (!module || lyd_new_inner(NULL, module, "log", 0, &top))
        return;
    add_program(m, "stratad", &all);
    add_program(m, "mgmtd", &all);
    for (size_t i = 0; i < m->n_daemons; i++)
        add_program(m, m->daemons[i].owner->daemon, &all);
    size_t *order = mem_alloc(NULL, (all.n + 1) * sizeof(*order));
    for (size_t i = 0; i < all.n; i++)
        order[i] = i;
    qsort_r(order, all.n, sizeof(*order), by_time, &all);
    for (size_t i = 0; i < all.n; i++)
        add_node(top, all.line[order[i]]);
    for (size_t i = 0; i < all.n; i++)
        mem_free(NULL, all.line[i]);
    mem_free(NULL, all.line);
    mem_free(NULL, order);
    yang_tree_merge(tree, top);
    lyd_free_tree(top);
}

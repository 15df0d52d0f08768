/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads in big pieces; nothing is lost between lines and the rest, so a configuration may follow its command.
 */
#include "src/shell/input.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/text/buf.h"
#include "strata/mem.h"

struct input {
    int fd;
    struct text_buf data;
    size_t at; /* read up to here */
    unsigned line_number;
    bool is_end;
    struct text_buf line;
};

struct input *input_create(int fd)
{
    struct input *in = MEM_NEW(NULL, struct input);
    in->fd = fd;
    return in;
}

void input_destroy(struct input *in)
{
    if (!in)
        return;
    text_buf_fini(&in->data);
    text_buf_fini(&in->line);
    mem_free(NULL, in);
}

static void read_more(struct input *in)
{
    char part[65536];
    if (in->at == in->data.len && in->at) {
        text_buf_fini(&in->data);
        in->at = 0;
    }
    ssize_t n = read(in->fd, part, sizeof(part));
    if (n > 0)
        text_buf_add(&in->data, part, (size_t)n);
    else if (n == 0 || errno != EINTR)
        in->is_end = true;
}

const char *input_line(struct input *in)
{
    const char *end = NULL;
    while (!(end = in->data.len > in->at ? memchr(in->data.data + in->at, '\n', in->data.len - in->at) : NULL) &&
           !in->is_end)
        read_more(in);
    if (!end && in->at == in->data.len) {
        in->is_end = isatty(in->fd) == 0;
        return NULL;
    }
    const char *start = in->data.data + in->at;
    size_t len = end ? (size_t)(end - start) : in->data.len - in->at;
    in->at += len + (end != NULL);
    in->line_number++;
    text_buf_fini(&in->line);
    text_buf_add(&in->line, start, len - (len && start[len - 1] == '\r'));
    return text_buf_get(&in->line);
}

unsigned input_line_number(const struct input *in)
{
    return in->line_number;
}

void input_rest(struct input *in, struct text_buf *out)
{
    while (!in->is_end)
        read_more(in);
    if (in->data.len > in->at)
        text_buf_add(out, in->data.data + in->at, in->data.len - in->at);
    in->at = in->data.len;
    in->is_end = isatty(in->fd) == 0; /* a terminal goes on after Ctrl-D */
}

bool input_is_ahead(const struct input *in)
{
    return in->data.len > in->at;
}

bool input_has_more(struct input *in)
{
    struct pollfd p = {.fd = in->fd, .events = POLLIN};
    return input_is_ahead(in) || (!in->is_end && poll(&p, 1, 0) > 0 && (p.revents & POLLIN) != 0);
}

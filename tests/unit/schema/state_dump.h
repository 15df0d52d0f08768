/* SPDX-License-Identifier: Apache-2.0
 *
 * State as text, for tests to look into: "container { leaf=value; list key1 key2 { ... } } ". Include cmocka.h first.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strata/schema.h"
#include "strata/schema_edit.h"

struct state_dump {
    const struct schema *schema;
    size_t len;
    char text[65536];
};

static inline void state_dump_say(struct state_dump *d, const char *a, const char *b)
{
    int n = snprintf(d->text + d->len, sizeof(d->text) - d->len, "%s%s", a, b);

    assert_true(n >= 0 && d->len + (size_t)n < sizeof(d->text));
    d->len += (size_t)n;
}

static inline int state_dump_enter(void *arg, uint32_t node, const char *const *keys, size_t n_keys)
{
    struct state_dump *d = arg;

    state_dump_say(d, d->schema->nodes[node].name, "");
    for (size_t i = 0; i < n_keys; i++)
        state_dump_say(d, " ", keys[i]);
    state_dump_say(d, " { ", "");
    return 0;
}

static inline int state_dump_leaf(void *arg, uint32_t node, const char *value)
{
    struct state_dump *d = arg;

    state_dump_say(d, d->schema->nodes[node].name, "=");
    state_dump_say(d, value, "; ");
    return 0;
}

static inline int state_dump_leave(void *arg, uint32_t node)
{
    (void)node;
    state_dump_say(arg, "} ", "");
    return 0;
}

/* A whole stream; what was read before an error is in the text. The result is schema_state_read's. */
static inline int state_dump_read(struct state_dump *d, const struct schema *s, const uint8_t *data, size_t len,
                                  struct schema_error *err)
{
    static const struct schema_state_ops ops = {state_dump_enter, state_dump_leaf, state_dump_leave};

    d->schema = s;
    d->len = 0;
    d->text[0] = '\0';
    return schema_state_read(s, data, len, &ops, d, err);
}

/* All that was written; destroys the writer. Returns the text. */
static inline const char *state_dump_take(struct state_dump *d, const struct schema *s, struct state_writer *w)
{
    struct schema_error err = {.message = ""};
    size_t len;
    uint8_t *data = state_writer_take(w, &len);

    state_writer_destroy(w);
    if (state_dump_read(d, s, data, len, &err))
        fail_msg("offset %zu: %s", err.offset, err.message);
    free(data);
    return d->text;
}

/* Rewrites each "age=N" of less than a minute as "age=0": how long the test itself took says nothing. */
static inline void state_dump_rejuvenate(struct state_dump *d)
{
    char *to = d->text;

    for (const char *from = d->text; *from;) {
        bool is_age = strncmp(from, "age=", 4) == 0;
        char *end;

        if (is_age && strtoul(from + 4, &end, 10) < 60) {
            memcpy(to, "age=0", 5);
            to += 5;
            from = end;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    d->len = (size_t)(to - d->text);
}

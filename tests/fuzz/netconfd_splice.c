/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of an answer, with a NUL between, into one tree: no text may harm it, and nothing is held at the end.
 */
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/context.h"
#include "src/netconfd/rpc/splice.h"

static const struct ly_ctx *shared(void)
{
    static struct ly_ctx *ctx; /* a context costs 40 ms: one for all inputs */
    static const char *const dirs[] = {TEST_YANG_DIR, NULL};
    char error[512];
    if (!ctx && yang_context_create(dirs, &ctx, error, sizeof(error)))
        abort();
    return ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct splice *s = splice_create(shared(), 1 << 20);
    struct text_buf out = {0};
    char *text = malloc(size + 1);

    memcpy(text, data, size);
    text[size] = '\0';
    for (size_t at = 0; at <= size && splice_add(s, text + at, &out) == SPLICE_GOOD;)
        at += strlen(text + at) + 1;
    splice_end(s, &out);
    if (splice_held(s) != 0)
        abort();
    splice_destroy(s);
    text_buf_fini(&out);
    free(text);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * An <rpc> from its text to the request and the reply: no message may harm it, and every reply is well-formed XML.
 */
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/context.h"
#include "src/netconfd/packet/xml.h"
#include "src/netconfd/rpc/rpc.h"

struct shared {
    struct ly_ctx *ctx;
    struct rpc_names *names;
};

static const struct shared *shared(void)
{
    static struct shared s; /* a context costs 40 ms: one for all inputs */
    static const char *const dirs[] = {TEST_YANG_DIR, NULL};
    char error[512];
    if (s.ctx)
        return &s;
    if (yang_context_create(dirs, &s.ctx, error, sizeof(error)))
        abort();
    s.names = rpc_names_create(s.ctx);
    return &s;
}

static void must_be_xml(const struct text_buf *out)
{
    struct xml_event root;
    const char *error;
    if (!xml_check(out->data, out->len, &root, &error))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct shared *s = shared();
    char *text = malloc(size + 1);
    struct rpc rpc;
    struct rpc_plan plan = {0};
    struct rpc_fault fault;
    struct text_buf out = {0};

    memcpy(text, data, size);
    text[size] = '\0';
    bool is_good = rpc_read(&rpc, s->ctx, s->names, text, size, &fault);
    struct rpc_call call = {.rpc = &rpc, .now_sec = 1000000000};
    is_good = is_good && rpc_plan_make(&call, &plan, &fault) && (!plan.finish || plan.finish(&call, &plan, &fault));
    if (is_good)
        rpc_write_answer(&out, &rpc, &plan, text_buf_get(&plan.body));
    else
        rpc_write_fault(&out, &rpc, &fault);
    must_be_xml(&out);
    text_buf_fini(&out);
    rpc_plan_fini(&plan);
    rpc_fini(&rpc);
    free(text);
    return 0;
}

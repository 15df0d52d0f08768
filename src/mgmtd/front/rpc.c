/* SPDX-License-Identifier: Apache-2.0
 *
 * FRONT_RPC: a YANG rpc of one of Strata's modules. Its name and input are the words of a request (`bgp-clear` with the
 * neighbour 10.0.0.1: "bgp clear 10.0.0.1"), which the daemon does as it does those that a person types. What it
 * answers is the first leaf of the output.
 */
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/context.h"
#include "src/mgmtd/edit/xml.h"

struct call {
    TAILQ_ENTRY(call) link;
    struct session *session;
    uint64_t id;
    const struct lysc_node *rpc;
};

static void call_free(struct call *c)
{
    TAILQ_REMOVE(&c->session->calls, c, link);
    mem_free(&c->session->m->mem, c);
}

void session_drop_calls(struct session *s)
{
    while (!TAILQ_EMPTY(&s->calls))
        call_free(TAILQ_FIRST(&s->calls));
}

/* A leaf that is only there or not is said by its name; a place in an instance by "vpn-instance NAME". */
static void add_words(const struct lyd_node *leaf, struct text_buf *words)
{
    const char *value = lyd_get_value(leaf);
    LY_DATA_TYPE type = ((const struct lysc_node_leaf *)leaf->schema)->type->basetype;

    if (type == LY_TYPE_EMPTY || (type == LY_TYPE_BOOL && strcmp(value, "true") == 0))
        text_buf_printf(words, " %s", leaf->schema->name);
    else if (type != LY_TYPE_BOOL && strcmp(leaf->schema->name, "vpn-instance") == 0)
        text_buf_printf(words, " vpn-instance %s", value);
    else if (type != LY_TYPE_BOOL)
        text_buf_printf(words, " %s", value);
}

/* In the order of the schema, whatever that of the input is. */
static void words_of(const struct lyd_node *op, struct text_buf *words)
{
    const char *dash = strchr(op->schema->name, '-');
    struct lyd_node *leaf;

    text_buf_printf(words, "%.*s%s%s", (int)strcspn(op->schema->name, "-"), op->schema->name, dash ? " " : "",
                    dash ? dash + 1 : "");
    for (const struct lysc_node *n = NULL; (n = lys_getnext(n, op->schema, NULL, 0));)
        if (n->nodetype == LYS_LEAF && lyd_find_sibling_val(lyd_child(op), n, NULL, 0, &leaf) == LY_SUCCESS)
            add_words(leaf, words);
}

static const struct lysc_node *first_output(const struct lysc_node *rpc)
{
    for (const struct lysc_node *n = NULL; (n = lys_getnext(n, rpc, NULL, LYS_GETNEXT_OUTPUT));)
        if (n->nodetype == LYS_LEAF)
            return n;
    return NULL;
}

static char *output_of(const struct lysc_node *rpc, const char *text)
{
    const struct lysc_node *leaf = first_output(rpc);
    struct lyd_node *op = NULL;
    char *xml = NULL;

    if (!leaf || lyd_new_inner(NULL, rpc->module, rpc->name, 0, &op))
        return NULL;
    if (lyd_new_term(op, leaf->module, leaf->name, text, 1, NULL) == LY_SUCCESS)
        lyd_print_mem(&xml, lyd_child(op), LYD_XML, LYD_PRINT_SHRINK);
    lyd_free_tree(op);
    return xml;
}

static void on_done(void *arg, int error, const char *text)
{
    struct call *c = arg;
    char *xml = error ? NULL : output_of(c->rpc, text);

    if (error)
        session_reply(c->session, c->id, error, text, "");
    else
        session_reply(c->session, c->id, 0, xml ? xml : "", xml ? "" : text);
    free(xml);
    call_free(c);
}

/* RFC 6241 appendix A, from what libyang says of the input. */
static void refuse(struct session *s, uint64_t id)
{
    char path[256];
    const char *said = yang_last_error(s->m->ctx, path, sizeof(path));
    bool is_missing = strstr(said, "andatory") != NULL;
    session_fail(s, id,
                 &(struct session_fault){
                     .error = -EINVAL, .tag = is_missing ? "missing-element" : "invalid-value", .text = said});
}

static struct lyd_node *parse(struct session *s, uint64_t id, const char *xml)
{
    struct lyd_node *document = NULL, *op = NULL;
    struct ly_in *in = NULL;
    char error[256];

    if (xml_parse(front_plain(s->m), xml, &document, error, sizeof(error)) || !document) {
        session_fail(s, id,
                     &(struct session_fault){
                         .error = -EINVAL, .tag = "malformed-message", .text = document ? error : "there is no rpc"});
        return NULL;
    }
    lyd_free_all(document);
    ly_err_clean(s->m->ctx, NULL);
    if (ly_in_new_memory(xml, &in))
        return NULL;
    LY_ERR rc = lyd_parse_op(s->m->ctx, NULL, in, LYD_XML, LYD_TYPE_RPC_YANG, NULL, &op);
    ly_in_free(in, 0);
    if (rc == 0 && op && op->schema && op->schema->nodetype == LYS_RPC)
        rc = lyd_validate_op(op, s->m->intended, LYD_TYPE_RPC_YANG, NULL);
    else
        rc = rc ? rc : LY_EINVAL;
    if (rc == 0)
        return op;
    refuse(s, id);
    lyd_free_all(op);
    return NULL;
}

void session_rpc(struct session *s, uint64_t id, const struct front_request *r)
{
    struct lyd_node *op = parse(s, id, r->text);
    struct text_buf words = {.acct = &s->m->mem};

    if (!op)
        return;
    if (strncmp(op->schema->module->name, "strata-", 7) != 0) {
        session_reply(s, id, -EOPNOTSUPP, "nobody here does this rpc", "");
    } else if (access_may_execute(s, id, op->schema->module->name, op->schema->name)) {
        struct call *c = MEM_NEW(&s->m->mem, struct call);
        c->session = s;
        c->id = id;
        c->rpc = op->schema;
        TAILQ_INSERT_TAIL(&s->calls, c, link);
        words_of(op, &words);
        gather_action(s, id, text_buf_get(&words), on_done, c);
    }
    text_buf_fini(&words);
    lyd_free_all(op);
}

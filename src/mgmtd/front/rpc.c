/* SPDX-License-Identifier: Apache-2.0
 *
 * FRONT_RPC and FRONT_ACTION: a YANG rpc of one of Strata's modules, as XML or as the words of a request. Either is
 * checked against the schema; the daemon hears the words.
 */
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/context.h"
#include "lib/text/namespace.h"
#include "lib/text/request.h"
#include "lib/text/words.h"
#include "src/mgmtd/edit/xml.h"

struct call {
    TAILQ_ENTRY(call) link;
    struct session *session;
    uint64_t id;
    const struct lysc_node *rpc; /* NULL: typed, and answered as it is */
    struct text_buf words;       /* for the audit log */
};

static void call_free(struct call *c)
{
    TAILQ_REMOVE(&c->session->calls, c, link);
    text_buf_fini(&c->words);
    mem_free(&c->session->m->mem, c);
}

void session_drop_calls(struct session *s)
{
    while (!TAILQ_EMPTY(&s->calls))
        call_free(TAILQ_FIRST(&s->calls));
}

static void on_done(void *arg, int error, const char *text)
{
    struct call *c = arg;
    struct text_buf xml = {.acct = &c->session->m->mem};

    access_requested(c->session, text_buf_get(&c->words), error, text);
    if (error == 0 && c->rpc)
        request_reply(c->rpc, text, &xml);
    session_reply(c->session, c->id, error, error || !c->rpc ? text : text_buf_get(&xml), "");
    text_buf_fini(&xml);
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
    struct text_buf named = {0};
    struct ly_in *in = NULL;
    char error[256] = "there is no rpc";

    bool is_good = xml_parse(front_plain(s->m), xml, &document, error, sizeof(error)) == 0 && document;
    const char *fault = is_good ? text_xml_name_none(xml, &named) : error;
    lyd_free_all(document);
    ly_err_clean(s->m->ctx, NULL);
    if (fault || ly_in_new_memory(text_buf_get(&named), &in)) {
        text_buf_fini(&named);
        session_fail(s, id,
                     &(struct session_fault){
                         .error = -EINVAL, .tag = "malformed-message", .text = fault ? fault : "it cannot be read"});
        return NULL;
    }
    LY_ERR rc = lyd_parse_op(s->m->ctx, NULL, in, LYD_XML, LYD_TYPE_RPC_YANG, NULL, &op);
    ly_in_free(in, 0);
    text_buf_fini(&named);
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

/* The daemon that the schema names; "": none. */
static const char *performer(const struct lysc_node *rpc)
{
    LY_ARRAY_COUNT_TYPE i;
    LY_ARRAY_FOR(rpc->exts, i)
    if (strcmp(rpc->exts[i].def->module->name, "strata-types") == 0 &&
        strcmp(rpc->exts[i].def->name, "performed-by") == 0)
        return rpc->exts[i].argument;
    return "";
}

/* Has the daemon do what the rpc says, and tells the audit log and who asked: in XML if `rpc` is not NULL. */
static void ask(struct session *s, uint64_t id, const struct lyd_node *op, const struct lysc_node *rpc)
{
    struct call *c = MEM_NEW(&s->m->mem, struct call);
    struct text_buf name = {.acct = &s->m->mem}, argument = {.acct = &s->m->mem};
    char error[REQUEST_ERROR_MAX];
    int rc = -EINVAL;

    c->session = s;
    c->id = id;
    c->rpc = rpc;
    TAILQ_INSERT_TAIL(&s->calls, c, link);
    if (request_words(op, &name, &argument, error, sizeof(error)) == 0)
        rc = 0;
    c->words.acct = &s->m->mem;
    text_buf_printf(&c->words, "%s%s%s", text_buf_get(&name), argument.len ? " " : "", text_buf_get(&argument));
    if (rc == 0)
        gather_action(s, id,
                      &(struct action){.daemon = performer(op->schema),
                                       .name = text_buf_get(&name),
                                       .argument = text_buf_get(&argument)},
                      on_done, c);
    else
        on_done(c, rc, error);
    text_buf_fini(&name);
    text_buf_fini(&argument);
}

/* The front end has the texts of the modules: it only asks whether the user may see them. */
static bool is_get_schema(const struct lysc_node *rpc)
{
    return strcmp(rpc->module->name, "ietf-netconf-monitoring") == 0 && strcmp(rpc->name, "get-schema") == 0;
}

void session_rpc(struct session *s, uint64_t id, const struct front_request *r)
{
    struct lyd_node *op = parse(s, id, r->text);

    if (!op)
        return;
    if (is_get_schema(op->schema)) {
        if (access_may_execute(s, id, op->schema->module->name, op->schema->name))
            session_reply(s, id, 0, "", "");
    } else if (strncmp(op->schema->module->name, "strata-", 7) != 0) {
        session_reply(s, id, -EOPNOTSUPP, "nobody here does this rpc", "");
    } else if (access_may_execute(s, id, op->schema->module->name, op->schema->name)) {
        ask(s, id, op, op->schema);
    }
    lyd_free_all(op);
}

/* The same, typed. */
void session_action(struct session *s, uint64_t id, const struct front_request *r)
{
    struct text_words w = {.n = 0};
    struct lyd_node *op = NULL;
    char error[REQUEST_ERROR_MAX] = "a quote is open", text[REQUEST_ERROR_MAX + 80];
    size_t at = 0;
    int rc = -EINVAL;

    if (!access_may_act(s, id, r->argument))
        return;
    if (text_words_split(r->argument, &w))
        rc = request_parse(s->m->ctx, (const char *const *)w.word, w.n, &op, &at, error, sizeof(error));
    if (rc == 0) { /* it is the rpc that was understood that counts, however it was typed */
        if (access_may_execute(s, id, op->schema->module->name, op->schema->name))
            ask(s, id, op, NULL);
    } else {
        if (rc == -ENOENT)
            snprintf(text, sizeof(text), "nobody does \"%.100s\"", r->argument);
        else
            snprintf(text, sizeof(text), "%s", error);
        session_reply(s, id, rc, text, "");
    }
    text_words_free(&w);
    lyd_free_all(op);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies, notifications and the hello, as XML.
 */
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/escape.h"
#include "lib/text/library.h"
#include "src/netconfd/packet/hello.h"
#include "src/netconfd/rpc/rpc.h"

#define NMDA_NS         "urn:ietf:params:xml:ns:yang:ietf-netconf-nmda"
#define NOTIFICATION_NS "urn:ietf:params:xml:ns:netconf:notification:1.0"

static void open_reply(struct text_buf *out, const struct rpc *rpc)
{
    text_buf_printf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rpc-reply xmlns=\"%s\"%s>", NETCONF_NS,
                    text_buf_get(&rpc->attributes));
}

static void element(struct text_buf *out, const char *name, const char *text)
{
    text_buf_printf(out, "<%s>", name);
    text_add_xml(out, text, strlen(text));
    text_buf_printf(out, "</%s>", name);
}

static size_t prefix_len(const char *name)
{
    size_t n = strcspn(name, ":/[]='\"");
    return name[n] == ':' ? n : 0;
}

/* Behind a literal or, else, one byte further. */
static const char *pass(const char *p)
{
    const char *close = *p == '\'' || *p == '"' ? strchr(p + 1, *p) : NULL;
    return close ? close + 1 : p + 1;
}

/* Every name of an instance-identifier in XML has a prefix, which is declared; what has none belongs to the module of
 * the name before it (RFC 7951 section 6.11 to RFC 7950 section 9.13). */
static void error_path(struct text_buf *out, const struct ly_ctx *ctx, const char *path)
{
    struct text_buf declared = {0}, text = {0};
    char module[128] = "", mark[160];

    for (const char *p = path; *p;) {
        const char *next = pass(p);
        text_add_xml(&text, p, (size_t)(next - p));
        bool is_name = (*p == '/' || *p == '[') && *next && *next != '.' && !(*next >= '0' && *next <= '9');
        p = next;
        if (!is_name)
            continue;
        size_t n = prefix_len(p);
        if (n && n < sizeof(module)) {
            snprintf(module, sizeof(module), "%.*s", (int)n, p);
            const struct lys_module *m = ly_ctx_get_module_implemented(ctx, module);
            snprintf(mark, sizeof(mark), " xmlns:%s=", module);
            if (m && !strstr(text_buf_get(&declared), mark))
                text_buf_printf(&declared, "%s\"%s\"", mark, m->ns);
        } else if (module[0]) {
            text_buf_printf(&text, "%s:", module);
        }
    }
    text_buf_printf(out, "<error-path%s>%s</error-path>", text_buf_get(&declared), text_buf_get(&text));
    text_buf_fini(&declared);
    text_buf_fini(&text);
}

void rpc_write_fault(struct text_buf *out, const struct rpc *rpc, const struct rpc_fault *f)
{
    open_reply(out, rpc);
    text_buf_puts(out, "<rpc-error>");
    element(out, "error-type", f->type);
    element(out, "error-tag", f->tag);
    element(out, "error-severity", "error");
    if (f->app_tag[0])
        element(out, "error-app-tag", f->app_tag);
    if (f->path[0])
        error_path(out, rpc->ctx, f->path);
    text_buf_puts(out, "<error-message xml:lang=\"en\">");
    text_add_xml(out, f->message, strlen(f->message));
    text_buf_puts(out, "</error-message>");
    if (f->info[0])
        text_buf_printf(out, "<error-info>%s</error-info>", f->info);
    text_buf_puts(out, "</rpc-error></rpc-reply>");
}

/* libyang declares the module's namespace for the mark of defaults; RFC 6243 section 6 gives the attribute its own. */
static void write_tagged(struct text_buf *out, const char *text)
{
    static const char module_ns[] = "=\"urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults\"";
    for (const char *at; (at = strstr(text, module_ns)); text = at + sizeof(module_ns) - 1) {
        text_buf_add(out, text, (size_t)(at - text));
        text_buf_puts(out, "=\"urn:ietf:params:xml:ns:netconf:default:1.0\"");
    }
    text_buf_puts(out, text);
}

static bool has_data(const struct rpc_plan *plan)
{
    return plan->answer == RPC_DATA || plan->answer == RPC_NMDA_DATA;
}

void rpc_write_begin(struct text_buf *out, const struct rpc *rpc, const struct rpc_plan *plan)
{
    open_reply(out, rpc);
    if (has_data(plan))
        text_buf_puts(out, plan->answer == RPC_DATA ? "<data>" : "<data xmlns=\"" NMDA_NS "\">");
}

void rpc_write_data(struct text_buf *out, const struct rpc_plan *plan, const char *text)
{
    if (has_data(plan) && plan->request.defaults == FRONT_REPORT_ALL_TAGGED)
        write_tagged(out, text);
    else
        text_buf_puts(out, text);
}

void rpc_write_end(struct text_buf *out, const struct rpc_plan *plan)
{
    text_buf_puts(out, has_data(plan) ? "</data></rpc-reply>" : "</rpc-reply>");
}

void rpc_write_answer(struct text_buf *out, const struct rpc *rpc, const struct rpc_plan *plan, const char *text)
{
    rpc_write_begin(out, rpc, plan);
    if (plan->answer == RPC_OK || (plan->answer == RPC_OUTPUT && !text[0]))
        text = "<ok/>";
    rpc_write_data(out, plan, text);
    rpc_write_end(out, plan);
}

void rpc_write_notice(struct text_buf *out, const char *time, const char *text)
{
    text_buf_printf(out,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<notification xmlns=\"%s\"><eventTime>%s</eventTime>",
                    NOTIFICATION_NS, time);
    text_buf_printf(out, "%s</notification>", text);
}

/* --- the hello --- */

static void write_capability(const char *uri, void *arg)
{
    struct text_buf *out = arg;
    text_buf_puts(out, "<capability>");
    text_add_xml(out, uri, strlen(uri));
    text_buf_puts(out, "</capability>");
}

void rpc_write_hello(struct text_buf *out, const struct ly_ctx *ctx, uint32_t session_id)
{
    text_buf_printf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<hello xmlns=\"%s\"><capabilities>", NETCONF_NS);
    yang_library_capabilities(ctx, write_capability, out);
    text_buf_printf(out, "</capabilities><session-id>%u</session-id></hello>", session_id);
}

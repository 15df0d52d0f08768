/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of an <rpc> to libyang's tree of its operation. The shape is checked first (packet/xml.h), so that libyang
 * never sees what is nested without bound, and the attributes are known whatever libyang says. Its complaints become
 * the error tags of RFC 6241 appendix A here.
 */
#include "src/netconfd/rpc/rpc.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/namespace.h"
#include "src/netconfd/packet/hello.h"
#include "src/netconfd/packet/xml.h"

/* The attributes are copied as they are written, namespace declarations included (section 4.2). The default namespace
 * is the reply's own. */
static bool copy_attributes(struct rpc *rpc, const struct xml_event *root)
{
    struct xml_part rest = root->attributes, name, value;
    bool has_id = false;
    while (xml_attribute(&rest, &name, &value)) {
        char quote = memchr(value.text, '"', value.len) ? '\'' : '"';
        has_id |= xml_is(name, "message-id");
        if (!xml_is(name, "xmlns"))
            text_buf_printf(&rpc->attributes, " %.*s=%c%.*s%c", (int)name.len, name.text, quote, (int)value.len,
                            value.text, quote);
    }
    return has_id;
}

static bool check_envelope(struct rpc *rpc, const char *text, size_t len, struct xml_event *root, struct rpc_fault *f)
{
    const char *error;
    if (!xml_check(text, len, root, &error)) {
        if (root->kind == XML_START)
            copy_attributes(rpc, root);
        rpc_fault_set(f, "rpc", "malformed-message", "%s", error);
        return false;
    }
    bool has_id = copy_attributes(rpc, root);
    if (!xml_is(xml_local_name(root->name), "rpc") || !xml_is_in(root, NETCONF_NS)) {
        rpc_fault_set(f, "rpc", "unknown-element", "only <rpc> in the namespace %s is understood here", NETCONF_NS);
        rpc_fault_info(f, "bad-element", root->name.text, root->name.len);
        return false;
    }
    if (!has_id) {
        rpc_fault_set(f, "rpc", "missing-attribute", "an <rpc> needs a message-id");
        rpc_fault_info(f, "bad-attribute", "message-id", 10);
        rpc_fault_info(f, "bad-element", "rpc", 3);
        return false;
    }
    return true;
}

/* The first text in quotes; empty if there is none. */
static struct xml_part quoted(const char *message)
{
    const char *from = strchr(message, '"'), *to = from ? strchr(from + 1, '"') : NULL;
    return to ? (struct xml_part){from + 1, (size_t)(to - from - 1)} : (struct xml_part){"", 0};
}

static bool has(const char *message, const char *words)
{
    return strstr(message, words) != NULL;
}

static void fault_namespace(struct rpc_fault *f, struct xml_part ns, const char *text, size_t len)
{
    struct xml_reader r;
    struct xml_event e;
    char name[256];
    if (xml_is(ns, TEXT_NS_NONE))
        ns = (struct xml_part){"", 0};
    snprintf(name, sizeof(name), "%.*s", (int)ns.len, ns.text);
    rpc_fault_set(f, "protocol", "unknown-namespace", "the namespace %s is unknown here", name[0] ? name : "\"\"");
    xml_begin(&r, text, len);
    while (xml_next(&r, &e) < XML_DONE)
        if (e.kind == XML_START && xml_is_in(&e, name)) {
            rpc_fault_info(f, "bad-element", e.name.text, e.name.len);
            break;
        }
    rpc_fault_info(f, "bad-namespace", ns.text, ns.len);
}

/* Path of the fault out of `Data location "/a:b/c", line number 4.` */
static void fault_path(struct rpc_fault *f, const char *place)
{
    struct xml_part path = place ? quoted(place) : (struct xml_part){"", 0};
    if (path.len && path.text[0] == '/')
        snprintf(f->path, sizeof(f->path), "%.*s", (int)path.len, path.text);
}

static void last_of_path(struct rpc_fault *f)
{
    const char *slash = strrchr(f->path, '/'), *name = slash ? slash + 1 : f->path;
    const char *colon = strchr(name, ':');
    name = colon ? colon + 1 : name;
    rpc_fault_info(f, "bad-element", name, strcspn(name, "["));
}

static LY_ERR is_choice(struct lysc_node *n, void *data, ly_bool *stop)
{
    struct xml_part *name = data;
    (void)stop;
    if (n->nodetype == LYS_CHOICE && xml_is(*name, n->name)) {
        const struct lysc_node *shown = n->parent;
        if (!shown || !(shown->nodetype & (LYS_CONTAINER | LYS_LIST)))
            shown = lysc_node_child(lysc_node_child(n));
        if (shown)
            *name = (struct xml_part){shown->name, strlen(shown->name)};
        return LY_EEXIST; /* ends the walk */
    }
    return LY_SUCCESS;
}

/* A choice has no element: named is what stands around it, or the first that could have been chosen. */
static void fault_missing(struct rpc_fault *f, const struct lyd_node *op, struct xml_part name)
{
    if (op && op->schema)
        lysc_tree_dfs_full(op->schema, is_choice, &name);
    rpc_fault_set(f, "protocol", "missing-element", "the element %.*s is missing", (int)name.len, name.text);
    rpc_fault_info(f, "bad-element", name.text, name.len);
}

static void fault_of_libyang(struct rpc_fault *f, const struct rpc *rpc, const char *text, size_t len)
{
    const struct ly_err_item *first = ly_err_first(rpc->ctx), *e = first ? first->prev : NULL;
    const char *message = e && e->msg ? e->msg : "unknown error";
    struct xml_part name = quoted(message);

    if (has(message, "No module with namespace")) {
        fault_namespace(f, name, text, len);
    } else if (has(message, "Mandatory")) {
        fault_missing(f, rpc->op, name);
    } else if (has(message, "Missing the operation node")) {
        rpc_fault_set(f, "protocol", "missing-element", "the <rpc> has no operation");
    } else if (has(message, "not found in the")) {
        rpc_fault_set(f, "protocol", "operation-not-supported", "there is no operation %.*s", (int)name.len, name.text);
        rpc_fault_info(f, "bad-element", name.text, name.len);
    } else if (has(message, "not found as a child") || has(message, "Unexpected child element")) {
        rpc_fault_set(f, "protocol", "unknown-element", "%s", message);
        rpc_fault_info(f, "bad-element", name.text, name.len);
    } else if (e && (e->vecode == LYVE_SYNTAX || e->vecode == LYVE_SYNTAX_XML)) {
        rpc_fault_set(f, "rpc", "malformed-message", "%s", message);
    } else {
        rpc_fault_set(f, "application", "invalid-value", "%s", message);
        fault_path(f, e ? e->path : NULL);
        if (f->path[0])
            last_of_path(f);
        return;
    }
    fault_path(f, e ? e->path : NULL);
}

static bool parse(struct rpc *rpc, const char *text)
{
    struct ly_in *in;
    ly_err_clean(rpc->ctx, NULL);
    if (ly_in_new_memory(text, &in) != LY_SUCCESS)
        return false;
    bool is_good =
        lyd_parse_op(rpc->ctx, NULL, in, LYD_XML, LYD_TYPE_RPC_NETCONF, &rpc->envelope, &rpc->op) == LY_SUCCESS &&
        rpc->op && rpc->op->schema && lyd_validate_op(rpc->op, NULL, LYD_TYPE_RPC_YANG, NULL) == LY_SUCCESS;
    ly_in_free(in, 0);
    return is_good;
}

/* The envelope without what <config> has in it. */
static bool parse_named(struct rpc *rpc, struct rpc_fault *fault)
{
    struct text_buf named = {0};
    const char *text = rpc->text.outer.data, *error = text_xml_name_none(text, &named);
    bool is_good = !error && parse(rpc, text_buf_get(&named));
    if (error)
        rpc_fault_set(fault, "rpc", "malformed-message", "%s", error);
    else if (!is_good)
        fault_of_libyang(fault, rpc, text, rpc->text.outer.len);
    text_buf_fini(&named);
    return is_good;
}

/* Clients (ncclient 0.6 for one) send <format>yang</format> in get-schema under a prefix, where the bare name means
 * nothing to YANG's identityref. The same with what the name can only mean; "" if this is no such message. */
static void plain_get_schema(const char *text, size_t len, struct text_buf *out)
{
    static const char *const known[] = {"identifier", "version", "format"};
    struct xml_reader r;
    struct xml_event e;
    const char *open = NULL;
    bool is_get_schema = false;

    xml_begin(&r, text, len);
    while (xml_next(&r, &e) < XML_DONE) {
        struct xml_part name = xml_local_name(e.name);
        if (e.kind == XML_START && r.depth == 2 && xml_is(name, "get-schema"))
            is_get_schema = true;
        if (e.kind == XML_TEXT && open && r.depth == 3) {
            struct xml_part value = xml_local_name(xml_trim(e.text));
            text_buf_printf(out, "<%s>%.*s</%s>", open, (int)value.len, value.text, open);
        }
        open = NULL;
        for (size_t i = 0; e.kind == XML_START && r.depth == 3 && i < sizeof(known) / sizeof(known[0]); i++)
            if (xml_is(name, known[i]))
                open = known[i];
    }
    if (!is_get_schema)
        out->len = 0;
}

static bool parse_get_schema(struct rpc *rpc, const char *text, size_t len)
{
    struct text_buf input = {0}, message = {0};
    plain_get_schema(text, len, &input);
    if (input.len)
        text_buf_printf(&message, "<rpc xmlns=\"%s\" message-id=\"0\"><get-schema xmlns=\"%s\">%s</get-schema></rpc>",
                        NETCONF_NS, "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring", input.data);
    bool is_good = message.len && parse(rpc, message.data);
    text_buf_fini(&input);
    text_buf_fini(&message);
    return is_good;
}

static void drop_trees(struct rpc *rpc)
{
    lyd_free_all(rpc->envelope);
    lyd_free_all(rpc->op);
    rpc->envelope = rpc->op = NULL;
}

bool rpc_read(struct rpc *rpc, struct ly_ctx *ctx, const struct rpc_names *names, const char *text, size_t len,
              struct rpc_fault *fault)
{
    struct xml_event root;

    *rpc = (struct rpc){.ctx = ctx};
    memset(fault, 0, sizeof(*fault));
    if (!check_envelope(rpc, text, len, &root, fault) || !envelope_open(&rpc->text, names, text, len, fault))
        return false;
    bool is_good = parse_named(rpc, fault);
    if (!is_good && strstr(fault->path, ":get-schema/")) {
        drop_trees(rpc);
        is_good = parse_get_schema(rpc, rpc->text.outer.data, rpc->text.outer.len);
    }
    ly_err_clean(ctx, NULL);
    return is_good;
}

void rpc_fini(struct rpc *rpc)
{
    drop_trees(rpc);
    text_buf_fini(&rpc->attributes);
    envelope_fini(&rpc->text);
    *rpc = (struct rpc){0};
}

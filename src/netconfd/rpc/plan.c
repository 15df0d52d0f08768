/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations: a table of {module, name, what it asks of mgmtd}. The input was validated against the schema before;
 * what a handler still refuses is said so in RFC 6241's words. RPCs of Strata's own modules need no row.
 */
#include "src/netconfd/rpc/rpc.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/escape.h"
#include "lib/text/node.h"
#include "lib/text/time.h"

static const char *plan_hold(struct rpc_plan *plan, char *text)
{
    if (!text)
        return "";
    if (plan->n_held == sizeof(plan->held) / sizeof(plan->held[0]))
        abort(); /* a handler holds more than the plan has room for */
    plan->held[plan->n_held++] = text;
    return text;
}

/* The XML inside. Empty containers count: in a filter they select, in a configuration they may carry an operation. */
static const char *plan_content(struct rpc_plan *plan, const struct lyd_node *any)
{
    const struct lyd_node_any *value = (const struct lyd_node_any *)any;
    char *text = NULL;
    if (!any)
        return "";
    if (value->value_type != LYD_ANYDATA_DATATREE)
        lyd_any_value_str(any, &text);
    else if (value->value.tree)
        lyd_print_mem(&text, value->value.tree, LYD_XML,
                      LYD_PRINT_WITHSIBLINGS | LYD_PRINT_KEEPEMPTYCONT | LYD_PRINT_SHRINK);
    return plan_hold(plan, text);
}

/* The datastore that a container <source> or <target> names by its child. False: it is none (a <config>, say). */
static bool datastore_of(const struct lyd_node *holder, enum front_datastore *out)
{
    static const struct {
        const char *name;
        enum front_datastore datastore;
    } names[] = {{"running", FRONT_RUNNING}, {"candidate", FRONT_CANDIDATE}, {"startup", FRONT_STARTUP}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (yang_child(holder, names[i].name)) {
            *out = names[i].datastore;
            return true;
        }
    return false;
}

static bool refuse_place(struct rpc_fault *f, const struct lyd_node *holder)
{
    const struct lyd_node *n = holder ? lyd_child(holder) : NULL;
    const char *name = n ? LYD_NAME(n) : "";
    rpc_fault_set(f, "protocol", "operation-not-supported", "%s is no place for this operation", name);
    rpc_fault_info(f, "bad-element", name, strlen(name));
    return false;
}

/* The content of <config>: never "", which would mean that there is none. */
static const char *config_content(const struct rpc *rpc)
{
    return rpc->text.content.len ? rpc->text.content.data : " ";
}

static enum front_defaults defaults_of(const struct lyd_node *op)
{
    const char *asked = yang_child_value(op, "with-defaults");
    return strcmp(asked, "report-all") == 0          ? FRONT_REPORT_ALL
           : strcmp(asked, "report-all-tagged") == 0 ? FRONT_REPORT_ALL_TAGGED
           : strcmp(asked, "trim") == 0              ? FRONT_TRIM
                                                     : FRONT_EXPLICIT;
}

static bool take_filter(struct rpc_plan *plan, const struct lyd_node *filter, struct rpc_fault *f)
{
    const struct lyd_meta *type = filter ? lyd_find_meta(filter->meta, NULL, "ietf-netconf:type") : NULL;
    const struct lyd_meta *select = filter ? lyd_find_meta(filter->meta, NULL, "ietf-netconf:select") : NULL;

    if (!filter)
        return true;
    if (!type || strcmp(lyd_get_meta_value(type), "subtree") == 0) {
        plan->request.filter = FRONT_SUBTREE;
        plan->request.text = plan_content(plan, filter);
        return true;
    }
    if (!select) {
        rpc_fault_set(f, "protocol", "missing-attribute", "a filter of type xpath needs the attribute select");
        rpc_fault_info(f, "bad-attribute", "select", 6);
        rpc_fault_info(f, "bad-element", "filter", 6);
        return false;
    }
    plan->request.filter = FRONT_XPATH;
    plan->request.text = lyd_get_meta_value(select);
    return true;
}

static bool do_get(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    plan->request.op = FRONT_GET;
    plan->request.datastore = FRONT_OPERATIONAL;
    plan->request.source = FRONT_RUNNING;
    plan->request.is_in_parts = true;
    plan->request.defaults = defaults_of(call->rpc->op);
    plan->answer = RPC_DATA;
    return take_filter(plan, yang_child(call->rpc->op, "filter"), f);
}

static bool do_get_config(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    const struct lyd_node *source = yang_child(call->rpc->op, "source");
    plan->request.op = FRONT_GET;
    plan->request.content = FRONT_CONFIG_ONLY;
    plan->request.defaults = defaults_of(call->rpc->op);
    plan->answer = RPC_DATA;
    if (!datastore_of(source, &plan->request.datastore))
        return refuse_place(f, source);
    return take_filter(plan, yang_child(call->rpc->op, "filter"), f);
}

static enum front_default_operation default_operation_of(const char *said)
{
    return strcmp(said, "replace") == 0 ? FRONT_DEFAULT_REPLACE
           : strcmp(said, "none") == 0  ? FRONT_DEFAULT_NONE
                                        : FRONT_DEFAULT_MERGE;
}

/* A candidate is tested when it is committed, unless the client wants it now. */
static enum front_test_option test_option_of(const struct lyd_node *op, enum front_datastore target)
{
    const struct lyd_node *n = yang_child(op, "test-option");
    const char *said = yang_child_value(op, "test-option");
    if (!n || (n->flags & LYD_DEFAULT))
        return target == FRONT_CANDIDATE ? FRONT_SET : FRONT_TEST_THEN_SET;
    return strcmp(said, "set") == 0         ? FRONT_SET
           : strcmp(said, "test-only") == 0 ? FRONT_TEST_ONLY
                                            : FRONT_TEST_THEN_SET;
}

static bool do_edit_config(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    const struct lyd_node *op = call->rpc->op, *target = yang_child(op, "target");
    const char *option = yang_child_value(op, "error-option");

    plan->request.op = FRONT_EDIT;
    if (!datastore_of(target, &plan->request.datastore))
        return refuse_place(f, target);
    plan->request.default_operation = default_operation_of(yang_child_value(op, "default-operation"));
    plan->request.test_option = test_option_of(op, plan->request.datastore);
    plan->request.error_option = strcmp(option, "rollback-on-error") == 0   ? FRONT_ROLLBACK_ON_ERROR
                                 : strcmp(option, "continue-on-error") == 0 ? FRONT_CONTINUE
                                                                            : FRONT_STOP;
    plan->request.text = config_content(call->rpc);
    return true;
}

static bool do_copy_config(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    const struct lyd_node *target = yang_child(call->rpc->op, "target"), *source = yang_child(call->rpc->op, "source");
    const struct lyd_node *config = yang_child(source, "config");

    plan->request.op = FRONT_COPY;
    if (!datastore_of(target, &plan->request.datastore))
        return refuse_place(f, target);
    if (config)
        plan->request.text = config_content(call->rpc);
    else if (!datastore_of(source, &plan->request.source))
        return refuse_place(f, source);
    if (!config && plan->request.source == plan->request.datastore) {
        rpc_fault_set(f, "application", "invalid-value", "source and target are the same");
        return false;
    }
    return true;
}

static bool do_delete_config(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    const struct lyd_node *target = yang_child(call->rpc->op, "target");
    plan->request.op = FRONT_DELETE;
    if (!datastore_of(target, &plan->request.datastore) || plan->request.datastore != FRONT_STARTUP)
        return refuse_place(f, target); /* section 7.4: never running */
    return true;
}

static bool lock(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f, enum front_op op)
{
    const struct lyd_node *target = yang_child(call->rpc->op, "target");
    plan->request.op = op;
    return datastore_of(target, &plan->request.datastore) || refuse_place(f, target);
}

static bool do_lock(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    return lock(call, plan, f, FRONT_LOCK);
}

static bool do_unlock(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    return lock(call, plan, f, FRONT_UNLOCK);
}

static bool do_close_session(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    (void)call;
    (void)f;
    plan->is_local = plan->ends_session = true;
    return true;
}

static bool do_kill_session(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    (void)f;
    plan->request.op = FRONT_KILL;
    plan->request.number = (uint32_t)strtoul(yang_child_value(call->rpc->op, "session-id"), NULL, 10);
    return true;
}

static bool do_commit(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    const struct lyd_node *op = call->rpc->op;
    const char *timeout = yang_child_value(op, "confirm-timeout");
    (void)f;
    plan->request.op = FRONT_COMMIT;
    plan->request.persist_id = yang_child_value(op, "persist-id");
    if (yang_child(op, "confirmed")) {
        plan->request.confirm_sec = timeout[0] ? (uint32_t)strtoul(timeout, NULL, 10) : 600;
        plan->request.persist = yang_child_value(op, "persist");
    }
    return true;
}

static bool do_cancel_commit(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    (void)f;
    plan->request.op = FRONT_CANCEL;
    plan->request.argument = yang_child_value(call->rpc->op, "persist-id");
    return true;
}

static bool do_discard_changes(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    (void)call;
    (void)f;
    plan->request.op = FRONT_DISCARD;
    return true;
}

static bool do_validate(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    const struct lyd_node *source = yang_child(call->rpc->op, "source"), *config = yang_child(source, "config");
    plan->request.op = FRONT_CHECK;
    plan->request.datastore = FRONT_CANDIDATE;
    if (config)
        plan->request.text = config_content(call->rpc);
    else if (!datastore_of(source, &plan->request.datastore))
        return refuse_place(f, source);
    return true;
}

/* --- RFC 8526 --- */

static bool nmda_datastore(const struct lyd_node *op, enum front_datastore *out, struct rpc_fault *f)
{
    static const char *const names[FRONT_DATASTORE_END] = {
        [FRONT_RUNNING] = "ietf-datastores:running",         [FRONT_CANDIDATE] = "ietf-datastores:candidate",
        [FRONT_STARTUP] = "ietf-datastores:startup",         [FRONT_INTENDED] = "ietf-datastores:intended",
        [FRONT_OPERATIONAL] = "ietf-datastores:operational",
    };
    const char *asked = yang_child_value(op, "datastore");
    for (int i = 0; i < FRONT_DATASTORE_END; i++)
        if (strcmp(asked, names[i]) == 0) {
            *out = (enum front_datastore)i;
            return true;
        }
    rpc_fault_set(f, "application", "invalid-value", "there is no datastore %s", asked);
    rpc_fault_info(f, "bad-element", "datastore", 9);
    return false;
}

/* As FRONT_GET wants them: "intended system", or with "!" before them. */
static const char *origins(struct rpc_plan *plan, const struct lyd_node *op)
{
    struct text_buf words = {0};
    for (const struct lyd_node *n = lyd_child(op); n; n = n->next) {
        bool is_negated = strcmp(LYD_NAME(n), "negated-origin-filter") == 0;
        if (is_negated || strcmp(LYD_NAME(n), "origin-filter") == 0)
            text_buf_printf(&words, "%s%s", words.len ? " " : is_negated ? "!" : "", lyd_get_value(n));
    }
    if (!words.len)
        return "";
    char *text = strdup(text_buf_get(&words));
    text_buf_fini(&words);
    return plan_hold(plan, text);
}

static bool do_get_data(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    const struct lyd_node *op = call->rpc->op, *subtree = yang_child(op, "subtree-filter");
    const char *xpath = yang_child_value(op, "xpath-filter"), *config = yang_child_value(op, "config-filter");

    plan->request.op = FRONT_GET;
    plan->request.defaults = defaults_of(op);
    plan->answer = RPC_NMDA_DATA;
    if (!nmda_datastore(op, &plan->request.datastore, f))
        return false;
    plan->request.is_in_parts = plan->request.datastore == FRONT_OPERATIONAL;
    plan->request.argument = origins(plan, op);
    plan->request.source = FRONT_INTENDED;
    plan->request.is_expanded = yang_child(op, "with-origin") != NULL;
    plan->request.number = (uint32_t)strtoul(yang_child_value(op, "max-depth"), NULL, 10); /* "unbounded": 0 */
    plan->request.content = config[0] == 't' ? FRONT_CONFIG_ONLY : config[0] == 'f' ? FRONT_STATE_ONLY : FRONT_ALL;
    if (subtree) {
        plan->request.filter = FRONT_SUBTREE;
        plan->request.text = plan_content(plan, subtree);
    } else if (xpath[0]) {
        plan->request.filter = FRONT_XPATH;
        plan->request.text = xpath;
    }
    return true;
}

static bool do_edit_data(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    const struct lyd_node *op = call->rpc->op;
    plan->request.op = FRONT_EDIT;
    if (!nmda_datastore(op, &plan->request.datastore, f))
        return false;
    if (plan->request.datastore != FRONT_RUNNING && plan->request.datastore != FRONT_CANDIDATE) {
        rpc_fault_set(f, "application", "invalid-value", "the datastore %s cannot be edited",
                      yang_child_value(op, "datastore"));
        rpc_fault_info(f, "bad-element", "datastore", 9);
        return false;
    }
    plan->request.default_operation = default_operation_of(yang_child_value(op, "default-operation"));
    plan->request.test_option = plan->request.datastore == FRONT_CANDIDATE ? FRONT_SET : FRONT_TEST_THEN_SET;
    plan->request.error_option = FRONT_ROLLBACK_ON_ERROR; /* RFC 8526 section 3.2 knows no other */
    plan->request.text = config_content(call->rpc);
    return true;
}

/* --- RFC 6022 --- */

static bool print_module(struct rpc_plan *plan, const struct lys_module *m, LYS_OUTFORMAT format)
{
    char *text = NULL;
    if (lys_print_mem(&text, m, format, 0) != LY_SUCCESS || !text)
        return false;
    text_buf_puts(&plan->body, "<data xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">");
    text_add_xml(&plan->body, text, strlen(text));
    text_buf_puts(&plan->body, "</data>");
    free(text);
    return true;
}

static bool finish_get_schema(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    const struct lyd_node *op = call->rpc->op;
    const char *name = yang_child_value(op, "identifier"), *revision = yang_child_value(op, "version");
    const char *format = yang_child_value(op, "format");
    const struct lys_module *found = NULL;
    uint32_t index = 0;

    for (const struct lys_module *m; (m = ly_ctx_get_module_iter(call->rpc->ctx, &index));)
        if (strcmp(m->name, name) == 0 && (!revision[0] || (m->revision && strcmp(m->revision, revision) == 0)))
            found = !found || (m->revision && found->revision && strcmp(m->revision, found->revision) > 0) ? m : found;
    bool is_yang = !format[0] || strcmp(format, "ietf-netconf-monitoring:yang") == 0;
    bool is_yin = strcmp(format, "ietf-netconf-monitoring:yin") == 0;
    if (found && (is_yang || is_yin) && print_module(plan, found, is_yang ? LYS_OUT_YANG : LYS_OUT_YIN))
        return true;
    rpc_fault_set(f, "application", "invalid-value", found ? "%s is not kept in this format" : "there is no schema %s",
                  name);
    rpc_fault_info(f, "bad-element", found ? "format" : "identifier", found ? 6 : 10);
    return false;
}

static bool do_own(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f);

/* mgmtd says whether this user may; the text is here. */
static bool do_get_schema(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    plan->finish = finish_get_schema;
    return do_own(call, plan, f);
}

/* --- RFC 5277 --- */

static bool bad_time(struct rpc_fault *f, const char *tag, const char *element, const char *why)
{
    rpc_fault_set(f, "protocol", tag, "%s", why);
    rpc_fault_info(f, "bad-element", element, strlen(element));
    return false;
}

static bool do_create_subscription(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    const struct lyd_node *op = call->rpc->op;
    const char *start = yang_child_value(op, "startTime"), *stop = yang_child_value(op, "stopTime");
    uint64_t start_sec = 0;

    if (call->is_subscribed) {
        rpc_fault_set(f, "protocol", "operation-failed", "this session has a subscription already");
        return false;
    }
    plan->request.op = FRONT_LISTEN;
    plan->subscribes = true;
    plan->request.path = yang_child_value(op, "stream");
    plan->request.argument = start;
    if (start[0] && (!text_time_read(start, &start_sec) || start_sec > call->now_sec))
        return bad_time(f, "bad-element", "startTime", "startTime is in the future");
    if (stop[0] && !start[0])
        return bad_time(f, "missing-element", "startTime", "stopTime needs a startTime");
    if (stop[0] && (!text_time_read(stop, &plan->stop_sec) || plan->stop_sec < start_sec))
        return bad_time(f, "bad-element", "stopTime", "stopTime is before startTime");
    return take_filter(plan, yang_child(op, "filter"), f);
}

/* --- the table --- */

/* An RPC of one of Strata's modules goes to mgmtd as it is. */
static bool do_own(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f)
{
    char *text = NULL;
    (void)f;
    lyd_print_mem(&text, call->rpc->op, LYD_XML, LYD_PRINT_SHRINK);
    plan->request.op = FRONT_RPC;
    plan->request.text = plan_hold(plan, text);
    plan->answer = RPC_OUTPUT;
    return true;
}

typedef bool handler_fn(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *f);
static const struct {
    const char *module, *name;
    handler_fn *handle;
} operations[] = {
    {"ietf-netconf", "get", do_get},
    {"ietf-netconf", "get-config", do_get_config},
    {"ietf-netconf", "edit-config", do_edit_config},
    {"ietf-netconf", "copy-config", do_copy_config},
    {"ietf-netconf", "delete-config", do_delete_config},
    {"ietf-netconf", "lock", do_lock},
    {"ietf-netconf", "unlock", do_unlock},
    {"ietf-netconf", "close-session", do_close_session},
    {"ietf-netconf", "kill-session", do_kill_session},
    {"ietf-netconf", "commit", do_commit},
    {"ietf-netconf", "cancel-commit", do_cancel_commit},
    {"ietf-netconf", "discard-changes", do_discard_changes},
    {"ietf-netconf", "validate", do_validate},
    {"ietf-netconf-nmda", "get-data", do_get_data},
    {"ietf-netconf-nmda", "edit-data", do_edit_data},
    {"ietf-netconf-monitoring", "get-schema", do_get_schema},
    {"notifications", "create-subscription", do_create_subscription},
};

static handler_fn *handler_of(const struct lysc_node *op)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (strcmp(op->name, operations[i].name) == 0 && strcmp(op->module->name, operations[i].module) == 0)
            return operations[i].handle;
    return op->nodetype == LYS_RPC && strncmp(op->module->name, "strata-", 7) == 0 ? do_own : NULL;
}

bool rpc_plan_make(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *fault)
{
    const struct lysc_node *op = call->rpc->op->schema;
    handler_fn *handle = handler_of(op);

    *plan = (struct rpc_plan){.request = {.format = FRONT_XML}};
    memset(fault, 0, sizeof(*fault));
    if (handle)
        return handle(call, plan, fault);
    rpc_fault_set(fault, "protocol", "operation-not-supported", "%s is not supported", op->name);
    rpc_fault_info(fault, "bad-element", op->name, strlen(op->name));
    return false;
}

void rpc_plan_fini(struct rpc_plan *plan)
{
    for (size_t i = 0; i < plan->n_held; i++)
        free(plan->held[i]);
    text_buf_fini(&plan->body);
    *plan = (struct rpc_plan){0};
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit log, in the simulation's files: lines are JSON whatever users say, files rotate, a torn line does no harm,
 * and who is denied in a loop cannot push the rest out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/mgmtd/audit.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/mem.h"
#include "strata/sim.h"

struct world {
    struct sim *sim;
    const struct env *env;
    struct audit audit;
};

static void begin(struct world *w)
{
    w->sim = sim_create(1);
    w->env = sim_process_env(sim_process_create(sim_node_create(w->sim, "r"), "mgmtd", NULL));
    audit_init(&w->audit, w->env);
}

static char *content(struct world *w, const char *suffix)
{
    char path[300], *data = NULL;
    size_t len;
    snprintf(path, sizeof(path), "%s/audit.log%s", w->env->state_dir, suffix);
    return io_file_read(w->env->io, path, &data, &len) ? NULL : data;
}

/* Every line is an object; returns how many, and the last one. */
static size_t lines(struct world *w, const char *suffix, json_t **last)
{
    char *data = content(w, suffix), *at = data;
    size_t n = 0;

    if (last)
        *last = NULL;
    for (char *end; at && (end = strchr(at, '\n')); at = end + 1, n++) {
        json_error_t error;
        json_t *line = json_loadb(at, (size_t)(end - at), JSON_REJECT_DUPLICATES, &error);
        if (!line)
            fail_msg("%s: %.*s", error.text, (int)(end - at), at);
        if (last && *last)
            json_decref(*last);
        if (last)
            *last = line;
        else
            json_decref(line);
    }
    if (at)
        assert_string_equal(at, "");
    mem_free(NULL, data);
    return n;
}

static const char *field(const json_t *line, const char *name)
{
    return json_string_value(json_object_get(line, name));
}

static unsigned count(const char *text, const char *what)
{
    unsigned n = 0;

    for (; (text = strstr(text, what)); text++)
        n++;
    return n;
}

struct heard {
    char info[2000], debug[2000];
};

static void hear(void *arg, enum log_level level, const char *line)
{
    struct heard *h = arg;
    char *to = level == LOG_LEVEL_DEBUG ? h->debug : h->info;
    size_t used = strlen(to);

    snprintf(to + used, sizeof(h->info) - used, "%s\n", line);
}

/* The router's log keeps what matters; the file has all. */
static void test_audit__local_sessions_are_for_debugging(void **state)
{
    static const enum audit_kind kinds[] = {AUDIT_SESSION_START, AUDIT_COMMIT, AUDIT_REQUEST, AUDIT_SESSION_KILLED,
                                            AUDIT_SESSION_END};
    static const char *const fronts[] = {"local", "shell", "netconf"};
    struct heard heard = {0};
    struct world w;
    struct env env;

    (void)state;
    begin(&w);
    env = *w.env;
    env.log = log_create("mgmtd", hear, &heard);
    log_set_level(env.log, LOG_LEVEL_DEBUG);
    w.audit.env = &env;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        for (size_t k = 0; k < sizeof(fronts) / sizeof(fronts[0]); k++)
            audit_write(&w.audit, &(struct audit_event){.kind = kinds[i], .user = "ann", .front = fronts[k]});
    assert_int_equal(lines(&w, "", NULL), 15);
    assert_int_equal(count(heard.debug, "what=session-start"), 2);
    assert_int_equal(count(heard.debug, "what=session-end"), 2);
    assert_int_equal(count(heard.debug, "\n"), 4);
    assert_null(strstr(heard.debug, "netconf"));
    assert_int_equal(count(heard.info, "what=session-start"), 1);
    assert_int_equal(count(heard.info, "what=session-end"), 1);
    assert_int_equal(count(heard.info, "what=commit"), 3);
    assert_int_equal(count(heard.info, "user=\"ann\" front-end=netconf"), 5);
    assert_int_equal(count(heard.info, "\n"), 11);
    log_destroy(env.log);
    sim_destroy(w.sim);
}

static void test_audit__says_who_did_what(void **state)
{
    struct world w;
    json_t *line;

    (void)state;
    begin(&w);
    audit_write(&w.audit,
                &(struct audit_event){.kind = AUDIT_SESSION_START, .session = 4, .user = "ann", .front = "shell"});
    audit_write(&w.audit, &(struct audit_event){.kind = AUDIT_COMMIT,
                                                .time = "2026-01-02T03:04:05Z",
                                                .session = 4,
                                                .user = "ann",
                                                .front = "netconf",
                                                .host = "192.0.2.1",
                                                .commit = 12,
                                                .detail = "new peer"});
    assert_int_equal(lines(&w, "", &line), 2);
    assert_string_equal(field(line, "event"), "commit");
    assert_string_equal(field(line, "time"), "2026-01-02T03:04:05Z");
    assert_string_equal(field(line, "user"), "ann");
    assert_string_equal(field(line, "front-end"), "netconf");
    assert_string_equal(field(line, "host"), "192.0.2.1");
    assert_string_equal(field(line, "detail"), "new peer");
    assert_int_equal(json_integer_value(json_object_get(line, "session")), 4);
    assert_int_equal(json_integer_value(json_object_get(line, "commit")), 12);
    assert_null(json_object_get(line, "path"));
    json_decref(line);
    sim_destroy(w.sim);
}

static void test_audit__lines_stay_lines(void **state)
{
    static const struct {
        const char *said, *stored;
    } cases[] = {
        {"two\nlines\r\t\x01", "two\nlines\r\t\x01"},
        {"\",\"user\":\"root\"}\n{\"event\":\"commit", "\",\"user\":\"root\"}\n{\"event\":\"commit"},
        {"back\\slash \x7f", "back\\slash \x7f"},
        {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8c\x8d", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8c\x8d"},
        {"\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* overlong */
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* half of a pair */
        {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* cut short */
    };
    struct world w;

    (void)state;
    begin(&w);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *line;
        audit_write(&w.audit, &(struct audit_event){.kind = AUDIT_COMMIT, .user = "u", .detail = cases[i].said});
        assert_int_equal(lines(&w, "", &line), i + 1);
        assert_string_equal(field(line, "detail"), cases[i].stored);
        assert_string_equal(field(line, "user"), "u");
        json_decref(line);
    }
    sim_destroy(w.sim);
}

static void test_audit__long_words_are_cut(void **state)
{
    struct world w;
    json_t *line;
    char *word = malloc(100000);

    (void)state;
    begin(&w);
    memset(word, 'x', 99999);
    word[99999] = '\0';
    audit_write(&w.audit, &(struct audit_event){.kind = AUDIT_DENIED, .path = word});
    assert_int_equal(lines(&w, "", &line), 1);
    assert_int_equal(strlen(field(line, "path")), 1024 + 3);
    json_decref(line);
    free(word);
    sim_destroy(w.sim);
}

static void test_audit__rotates(void **state)
{
    struct world w;
    char comment[1001];
    size_t n = 0;

    (void)state;
    begin(&w);
    memset(comment, 'c', sizeof(comment) - 1);
    comment[sizeof(comment) - 1] = '\0';
    for (unsigned i = 1; i <= 5 * AUDIT_FILE_MAX / 1000; i++)
        audit_write(&w.audit, &(struct audit_event){.kind = AUDIT_COMMIT, .commit = i, .detail = comment});
    for (unsigned i = 0; i < AUDIT_FILES; i++) {
        char suffix[8] = "";
        if (i)
            snprintf(suffix, sizeof(suffix), ".%u", i);
        char *data = content(&w, suffix);
        assert_non_null(data);
        assert_true(strlen(data) <= AUDIT_FILE_MAX + 2000);
        mem_free(NULL, data);
        n += lines(&w, suffix, NULL);
    }
    assert_true(n > 3 * AUDIT_FILE_MAX / 1100);
    assert_null(content(&w, ".4"));
    sim_destroy(w.sim);
}

static void test_audit__goes_on_behind_a_torn_line(void **state)
{
    struct world w;
    char path[300], *data;

    (void)state;
    begin(&w);
    snprintf(path, sizeof(path), "%s/audit.log", w.env->state_dir);
    assert_int_equal(io_file_write(w.env->io, path, "{\"event\":\"com", 13), 0);
    audit_write(&w.audit, &(struct audit_event){.kind = AUDIT_COMMIT, .commit = 7});
    audit_write(&w.audit, &(struct audit_event){.kind = AUDIT_COMMIT, .commit = 8});
    data = content(&w, "");
    assert_string_equal(data,
                        "{\"event\":\"com\n{\"event\":\"commit\",\"commit\":7}\n{\"event\":\"commit\",\"commit\":8}\n");
    mem_free(NULL, data);
    sim_destroy(w.sim);
}

static void test_audit__denials_are_bounded(void **state)
{
    struct world w;
    json_t *line;

    (void)state;
    begin(&w);
    sim_run_ms(w.sim, 60000); /* no more than a burst is saved up */
    for (unsigned i = 0; i < 1000; i++)
        audit_write(&w.audit, &(struct audit_event){.kind = AUDIT_DENIED, .user = "eve"});
    assert_int_equal(lines(&w, "", NULL), AUDIT_BURST);
    sim_run_ms(w.sim, 1500);
    audit_write(&w.audit, &(struct audit_event){.kind = AUDIT_DENIED, .user = "eve"});
    audit_write(&w.audit, &(struct audit_event){.kind = AUDIT_DENIED, .user = "eve"});
    assert_int_equal(lines(&w, "", &line), AUDIT_BURST + 1);
    assert_int_equal(json_integer_value(json_object_get(line, "omitted")), 1000 - AUDIT_BURST);
    json_decref(line);
    audit_write(&w.audit, &(struct audit_event){.kind = AUDIT_COMMIT, .user = "ann"}); /* always */
    assert_int_equal(lines(&w, "", &line), AUDIT_BURST + 2);
    assert_int_equal(json_integer_value(json_object_get(line, "omitted")), 1);
    json_decref(line);
    sim_destroy(w.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audit__local_sessions_are_for_debugging),
        cmocka_unit_test(test_audit__says_who_did_what),
        cmocka_unit_test(test_audit__lines_stay_lines),
        cmocka_unit_test(test_audit__long_words_are_cut),
        cmocka_unit_test(test_audit__rotates),
        cmocka_unit_test(test_audit__goes_on_behind_a_torn_line),
        cmocka_unit_test(test_audit__denials_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

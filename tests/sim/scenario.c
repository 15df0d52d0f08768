/* SPDX-License-Identifier: Apache-2.0
 *
 * See scenario.h. The lab reads TOML; we ask it.
 */
#include "tests/sim/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMAND_BYTES = 600 };

void scenario_wrong(const char *what, const char *where)
{
    fprintf(stderr, "scenario: %s: %s\n", what, where);
    exit(2);
}

static json_t *parse(FILE *f, const char *where)
{
    json_error_t error;
    json_t *root = json_loadf(f, 0, &error);

    if (!json_is_object(root))
        scenario_wrong(where, root ? "no object" : error.text);
    return root;
}

static json_t *ask_lab(const char *where)
{
    char command[COMMAND_BYTES];
    json_t *root;
    FILE *f;

    if (strchr(where, '\''))
        scenario_wrong("name", where);
    snprintf(command, sizeof(command), "'%s/tests/lab/strata-lab' resolve '%s'", STRATA_SOURCE_DIR, where);
    f = popen(command, "r");
    if (!f)
        scenario_wrong("cannot run", command);
    root = parse(f, where);
    if (pclose(f) != 0)
        scenario_wrong("cannot resolve", where);
    return root;
}

struct scenario scenario_load(const char *where)
{
    size_t n = strlen(where);
    bool is_file = n > 5 && strcmp(where + n - 5, ".json") == 0;
    FILE *f = is_file ? fopen(where, "r") : NULL;
    struct scenario s = {0};

    if (is_file && !f)
        scenario_wrong("cannot read", where);
    s.root = is_file ? parse(f, where) : ask_lab(where);
    if (f)
        fclose(f);
    s.name = scenario_text(s.root, "name");
    if (!json_is_object(json_object_get(s.root, "nodes")) || !json_is_array(json_object_get(s.root, "links")))
        scenario_wrong("no nodes or no links", where);
    return s;
}

void scenario_free(struct scenario *s)
{
    json_decref(s->root);
    *s = (struct scenario){0};
}

const json_t *scenario_checks(const struct scenario *s, const char *kind)
{
    return json_object_get(json_object_get(s->root, "checks"), kind);
}

const json_t *scenario_node(const struct scenario *s, const char *name)
{
    return json_object_get(json_object_get(s->root, "nodes"), name);
}

bool scenario_node_is(const struct scenario *s, const char *name, const char *program)
{
    const json_t *node = scenario_node(s, name);

    return node && strcmp(scenario_text(node, "program"), program) == 0;
}

bool scenario_address(const struct scenario *s, const char *node, char buf[32])
{
    json_t *addresses = json_object_get(scenario_node(s, node), "addresses"), *list;
    const char *interface, *text;

    json_object_foreach (addresses, interface, list) {
        text = json_string_value(json_array_get(list, 0));
        if (!text)
            continue;
        snprintf(buf, 32, "%.*s", (int)strcspn(text, "/"), text);
        return true;
    }
    return false;
}

void scenario_target(const struct scenario *s, const json_t *check, char buf[32])
{
    const char *address = scenario_text_or(check, "address", NULL), *to = scenario_text(check, "to");

    if (address)
        snprintf(buf, 32, "%s", address);
    else if (!scenario_node(s, to))
        snprintf(buf, 32, "%s", to);
    else if (!scenario_address(s, to, buf))
        scenario_wrong("no address of", to);
}

const char *scenario_text_or(const json_t *object, const char *key, const char *missing)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : missing;
}

const char *scenario_text(const json_t *object, const char *key)
{
    const char *text = scenario_text_or(object, key, NULL);

    if (!text)
        scenario_wrong("text is missing", key);
    return text;
}

int64_t scenario_number_or(const json_t *object, const char *key, int64_t missing)
{
    const json_t *value = json_object_get(object, key);

    return json_is_integer(value) ? json_integer_value(value) : missing;
}

bool scenario_flag(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * yangc: from YANG modules to C, at build time.
 *
 *     yangc --map FILE --daemon NAME --header FILE --source FILE [--path DIR]... MODULE...
 *     yangc --map FILE --owners FILE
 *
 * The first form writes a daemon's structs and its table; the second the list of all daemons' tables. Files that would
 * not change are not touched, so that an edit in one module does not rebuild every daemon. Owns nothing at run time.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "src/yangc/yangc.h"

enum { MAX_ARGS = 64 };

struct arguments {
    const char *map, *daemon, *header, *source, *owners;
    char *dirs[MAX_ARGS + 1];
    char **modules;
};

void fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("yangc: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

char *text_of(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        abort();
    va_end(args);
    return text;
}

static void parse_arguments(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {
        {"map", required_argument, NULL, 'm'},
        {"daemon", required_argument, NULL, 'd'},
        {"header", required_argument, NULL, 'h'},
        {"source", required_argument, NULL, 's'},
        {"owners", required_argument, NULL, 'o'},
        {"path", required_argument, NULL, 'p'},
        {NULL, 0, NULL, 0},
    };
    size_t n_dirs = 0;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'm':
            a->map = optarg;
            break;
        case 'd':
            a->daemon = optarg;
            break;
        case 'h':
            a->header = optarg;
            break;
        case 's':
            a->source = optarg;
            break;
        case 'o':
            a->owners = optarg;
            break;
        case 'p':
            if (n_dirs < MAX_ARGS)
                a->dirs[n_dirs++] = optarg;
            break;
        default:
            exit(2);
        }
    }
    a->modules = argv + optind;
}

static bool file_has(const char *path, const char *text, size_t len)
{
    FILE *f = fopen(path, "r");
    char *have = malloc(len + 1);
    bool same;

    if (!have)
        abort();
    same = f && fread(have, 1, len + 1, f) == len && memcmp(have, text, len) == 0;
    free(have);
    if (f)
        fclose(f);
    return same;
}

static void write_if_changed(const char *path, const char *text, size_t len)
{
    FILE *f;

    if (file_has(path, text, len))
        return;
    f = fopen(path, "w");
    if (!f || fwrite(text, 1, len, f) != len || fclose(f) != 0)
        fail("%s cannot be written: %m", path);
}

static void write_owners(const struct arguments *a, const struct map *map)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        abort();
    emit_owners(map, out);
    fclose(out);
    write_if_changed(a->owners, text, len);
    free(text);
}

static void write_daemon(const struct arguments *a, const struct model *m)
{
    void (*emit[2])(const struct model *, FILE *) = {emit_header, emit_source};
    const char *path[2] = {a->header, a->source};

    for (size_t i = 0; i < 2; i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);

        if (!out)
            abort();
        emit[i](m, out);
        fclose(out);
        write_if_changed(path[i], text, len);
        free(text);
    }
}

/* The model is not freed piece by piece: it lives as long as the program. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

int main(int argc, char **argv)
{
    struct arguments a = {0};
    struct map map = {0};
    const struct owner *owner;
    struct ly_ctx *ctx;
    size_t n_failed = 0;

    parse_arguments(argc, argv, &a);
    if (!a.map || !(a.owners || (a.daemon && a.header && a.source)))
        fail("needs --map and either --owners or --daemon, --header and --source");
    map_read(&map, a.map);
    if (a.owners) {
        write_owners(&a, &map);
        return 0;
    }
    owner = map_find(&map, a.daemon);
    if (!owner)
        fail("%s has no line for %s", a.map, a.daemon);
    ctx = load_modules(a.dirs, a.modules, &n_failed);
    write_daemon(&a, model_build(ctx, owner, n_failed));
    ly_ctx_destroy(ctx);
    return 0;
}

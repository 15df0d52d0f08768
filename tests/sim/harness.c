/* SPDX-License-Identifier: Apache-2.0
 *
 * See harness.h.
 */
#include "tests/sim/harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SCENARIOS_MAX = 64 };

static void print_log(void *arg, enum log_level level, const char *line)
{
    (void)arg, (void)level;
    printf("%s\n", line);
}

bool is_wanted(const struct test *t, const char *name)
{
    return !t->only || strncmp(t->only, name, strlen(t->only)) == 0;
}

void outcome(struct test *t, const char *name, bool is_ok, const char *more)
{
    printf("%-4s %-44s t=%.3fs %s\n", is_ok ? "ok" : "FAIL", name, (double)sim_now_us(t->net->sim) / 1e6,
           is_ok ? more : t->problem);
    fflush(stdout);
    t->problem[0] = '\0';
    if (is_ok)
        t->n_passed++;
    else
        t->n_failed++;
}

bool fails(struct test *t, const char *fmt, ...)
{
    va_list ap;

    if (t->problem[0])
        return false;
    va_start(ap, fmt);
    vsnprintf(t->problem, sizeof(t->problem), fmt, ap);
    va_end(ap);
    return false;
}

void mend(struct test *t)
{
    char ignored[PROBLEM_BYTES];

    network_wait_whole(t->net, CONVERGE_MS, ignored);
}

bool converges(struct test *t)
{
    char more[80];
    int64_t ms;

    network_start(t->net);
    ms = network_wait_whole(t->net, CONVERGE_MS, t->problem);
    snprintf(more, sizeof(more), "whole after %lld ms", (long long)ms);
    outcome(t, "converges", ms >= 0, more);
    return ms >= 0;
}

bool flows_are_clean(struct test *t, const struct flows *f, bool is_lossless)
{
    if (f->n_wrong)
        return fails(t, "%u packets wrong: %.500s", f->n_wrong, f->wrong);
    if (is_lossless && flows_lost(f))
        return fails(t, "%u of %u packets lost", flows_lost(f), f->sent);
    return true;
}

/* What there is beside options are names. */
static size_t read_options(struct test *t, int argc, char **argv, const char **names, size_t n_max)
{
    size_t n = 0;

    t->n_storms = 4;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc && t->n_seeds < SEEDS_MAX) {
            t->seeds[t->n_seeds++] = strtoull(argv[++i], NULL, 0);
        } else if (strcmp(argv[i], "--case") == 0 && i + 1 < argc) {
            t->only = argv[++i];
        } else if (strcmp(argv[i], "--storms") == 0 && i + 1 < argc) {
            t->n_storms = (unsigned)strtoul(argv[++i], NULL, 0);
        } else if (strcmp(argv[i], "--quick") == 0) {
            t->is_quick = true;
        } else if (strcmp(argv[i], "--verbose") == 0) {
            t->is_verbose = true;
        } else if (argv[i][0] != '-' && n < n_max) {
            names[n++] = argv[i];
        } else {
            fprintf(stderr, "usage: %s [--seed N] [--case NAME] [--storms N] [--quick] [--verbose]%s\n", argv[0],
                    n_max ? " SCENARIO..." : "");
            exit(2);
        }
    }
    if (t->n_seeds == 0)
        t->seeds[t->n_seeds++] = (uint64_t)time(NULL);
    return n;
}

/* The last line; the program's status. */
static int judge(const struct test *t)
{
    printf("%u passed, %u failed; %.1f s virtual, %.1f s of processor\n", t->n_passed, t->n_failed,
           (double)t->virtual_us / 1e6, (double)clock() / CLOCKS_PER_SEC);
    return t->n_failed || t->n_passed == 0 ? 1 : 0;
}

int harness_main(int argc, char **argv, const char *scenario, void (*run)(struct test *t, const char *scenario))
{
    const char *names[SCENARIOS_MAX] = {scenario};
    struct test t = {0};
    size_t n = read_options(&t, argc, argv, names, scenario ? 0 : SCENARIOS_MAX);

    if (scenario)
        n = 1;
    for (size_t i = 0; i < n * t.n_seeds; i++) {
        t.seed = t.seeds[i % t.n_seeds];
        run(&t, names[i / t.n_seeds]);
    }
    return judge(&t);
}

void harness_open(struct test *t, const char *scenario, uint64_t seed)
{
    t->net = network_create(seed, scenario);
    t->net->twins[0] = t->twins[0];
    t->net->twins[1] = t->twins[1];
    printf("== %s, seed %llu\n", t->net->scenario.name, (unsigned long long)seed);
    fflush(stdout);
    if (t->is_verbose)
        sim_set_log(t->net->sim, print_log, NULL, LOG_LEVEL_INFO);
}

void harness_close(struct test *t)
{
    t->virtual_us += sim_now_us(t->net->sim);
    network_destroy(t->net);
    t->net = NULL;
}

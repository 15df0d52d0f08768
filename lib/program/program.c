/* SPDX-License-Identifier: Apache-2.0
 *
 * The common main of all daemons. The pid file is a record lock, not the mere existence of a file: it vanishes with the
 * process, whatever kills it, and the kernel tells who holds it. So a restarted supervisor finds the daemons that live.
 */
#include "strata/program.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "strata/io.h"
#include "strata/log.h"
#include "strata/loop.h"

#define DEFAULT_RUN_DIR   "/run/strata"
#define DEFAULT_STATE_DIR "/var/lib/strata"

struct arguments {
    const char *run_dir;
    const char *state_dir;
    const char *config;
    bool is_debug;
};

struct running {
    const struct program *program;
    struct loop *loop;
    void *daemon;
};

static void print_help(FILE *out, const struct program *p)
{
    fprintf(out, "%s: %s\n\nusage: %s [--run-dir DIR] [--state-dir DIR]%s [--debug]\n", p->name, p->summary, p->name,
            p->has_config ? " [--config FILE]" : "");
    fprintf(out, "  --run-dir DIR    sockets and pid files (default " DEFAULT_RUN_DIR ")\n");
    fprintf(out, "  --state-dir DIR  what must survive (default " DEFAULT_STATE_DIR ")\n");
    if (p->has_config)
        fprintf(out, "  --config FILE    configuration to start from when none was committed yet\n");
}

/* Returns -1 to go on, else an exit status. */
static int parse_arguments(int argc, char **argv, const struct program *p, struct arguments *a)
{
    static const struct option options[] = {
        {"run-dir", required_argument, NULL, 'r'}, {"state-dir", required_argument, NULL, 's'},
        {"config", required_argument, NULL, 'c'},  {"debug", no_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    *a = (struct arguments){.run_dir = DEFAULT_RUN_DIR, .state_dir = DEFAULT_STATE_DIR};
    for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (c) {
        case 'r':
            a->run_dir = optarg;
            break;
        case 's':
            a->state_dir = optarg;
            break;
        case 'd':
            a->is_debug = true;
            break;
        case 'h':
            print_help(stdout, p);
            return 0;
        case 'c':
            if (p->has_config) {
                a->config = optarg;
                break;
            }
            fprintf(stderr, "%s: --config is not an option of %s\n", p->name, p->name);
            return 2;
        default:
            print_help(stderr, p);
            return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument '%s'\n", p->name, argv[optind]);
        return 2;
    }
    return -1;
}

static int make_directories(const char *path)
{
    char part[PATH_MAX];
    int n = snprintf(part, sizeof(part), "%s", path);
    if (n < 0 || (size_t)n >= sizeof(part))
        return -ENAMETOOLONG;
    for (char *slash = part + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        if (mkdir(part, 0755) < 0 && errno != EEXIST)
            return -errno;
        *slash = '/';
    }
    if (mkdir(part, 0750) < 0 && errno != EEXIST)
        return -errno;
    return 0;
}

static int pid_path(char *path, size_t size, const char *run_dir, const char *name)
{
    int n = snprintf(path, size, "%s/%s.pid", run_dir, name);
    return n > 0 && (size_t)n < size ? 0 : -ENAMETOOLONG;
}

static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
}

/* The descriptor stays open, and with it the lock, until the process ends. */
static int take_pid_file(const char *run_dir, const char *name)
{
    char path[PATH_MAX], text[16];
    int err = pid_path(path, sizeof(path), run_dir, name);
    if (err)
        return err;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    struct flock lock = whole_file();
    if (fcntl(fd, F_SETLK, &lock) < 0) {
        close(fd);
        return -EALREADY;
    }
    int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n) {
        close(fd);
        return -EIO;
    }
    return fd;
}

pid_t program_running_pid(const char *run_dir, const char *name)
{
    char path[PATH_MAX];
    if (pid_path(path, sizeof(path), run_dir, name))
        return 0;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return 0;
    struct flock lock = whole_file();
    int rc = fcntl(fd, F_GETLK, &lock);
    close(fd);
    return rc == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
}

static void on_terminate(void *arg)
{
    struct running *r = arg;
    if (r->program->terminate)
        r->program->terminate(r->daemon);
    else
        loop_event_stop(r->loop);
}

static int run(const struct program *p, const struct arguments *a, struct log *log)
{
    struct running r = {.program = p, .loop = loop_event_create()};
    if (!r.loop)
        return 1;
    struct io *io = io_event_create(r.loop);
    struct env env = {.loop = r.loop, .io = io, .log = log, .run_dir = a->run_dir, .state_dir = a->state_dir};
    int status = 1;
    signal(SIGPIPE, SIG_IGN);
    r.daemon = io ? p->create(&env, a->config) : NULL;
    if (r.daemon) {
        loop_event_signal(r.loop, SIGTERM, on_terminate, &r);
        loop_event_signal(r.loop, SIGINT, on_terminate, &r);
        LOG_INFO(log, "started", "pid=%d run-dir=%s", (int)getpid(), a->run_dir);
        status = loop_event_run(r.loop) == 0 ? 0 : 1;
        LOG_INFO(log, "stopping", "status=%d", status);
        p->destroy(r.daemon);
    }
    if (io)
        io_destroy(io);
    loop_destroy(r.loop);
    return status;
}

/* Operators read it there (show log), also when the daemon hangs or is dead. */
static void keep_log(struct log *log, const char *run_dir, const char *name)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s.log", run_dir, name);
    int err = n > 0 && (size_t)n < sizeof(path) ? log_keep(log, path) : -ENAMETOOLONG;
    if (err)
        LOG_WARN(log, "log-not-kept", "path=%s error=\"%s\"", path, strerror(-err));
}

int program_main(int argc, char **argv, const struct program *p)
{
    struct arguments a;
    int status = parse_arguments(argc, argv, p, &a);
    if (status >= 0)
        return status;
    struct log *log = log_create(p->name, NULL, NULL);
    if (a.is_debug)
        log_set_level(log, LOG_LEVEL_DEBUG);
    int err = make_directories(a.run_dir);
    if (!err)
        err = make_directories(a.state_dir);
    int lock = err ? err : take_pid_file(a.run_dir, p->name);
    if (lock == -EALREADY)
        LOG_ERROR(log, "already-running", "pid=%d run-dir=%s", (int)program_running_pid(a.run_dir, p->name), a.run_dir);
    else if (lock < 0)
        LOG_ERROR(log, "start-failed", "run-dir=%s state-dir=%s error=\"%s\"", a.run_dir, a.state_dir, strerror(-lock));
    else
        keep_log(log, a.run_dir, p->name);
    if (lock >= 0) {
        status = run(p, &a, log);
        close(lock);
    }
    log_destroy(log);
    return lock < 0 ? 1 : status;
}

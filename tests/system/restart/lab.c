/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/system/restart/lab.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char configuration[] = "interface rh ipv4 address 192.0.2.1/24\n"
                                    "interface rf ipv4 address 10.9.0.1/24\n";
static const char configuration_mpls[] = "mpls { interface rh; interface rf guarded true }\n";

void lab_die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

static int run(char *out, size_t size, const char *format, va_list args)
{
    char command[2048];
    size_t used = 0, n;
    FILE *f;

    vsnprintf(command, sizeof(command), format, args);
    f = popen(command, "r"); // NOLINT: commands of our own
    if (!f)
        lab_die("cannot run: %s", command);
    if (out) {
        while (used + 1 < size && (n = fread(out + used, 1, size - 1 - used, f)) > 0)
            used += n;
        out[used] = '\0';
    } else {
        char nothing[4096];
        while (fread(nothing, 1, sizeof(nothing), f) > 0)
            ;
    }
    n = (size_t)pclose(f);
    return WIFEXITED((int)n) ? WEXITSTATUS((int)n) : 255;
}

int lab_run(char *out, size_t size, const char *format, ...)
{
    va_list args;
    int status;

    va_start(args, format);
    status = run(out, size, format, args);
    va_end(args);
    return status;
}

void lab_must(const char *format, ...)
{
    char said[1024];
    va_list args;
    int status;

    va_start(args, format);
    status = run(said, sizeof(said), format, args);
    va_end(args);
    if (status)
        lab_die("failed (status %d): %s\n%s", status, format, said);
}

/* A process that holds a namespace and sleeps. */
static pid_t new_namespace(void)
{
    int pipes[2];
    char c;
    pid_t pid;

    if (pipe2(pipes, O_CLOEXEC) < 0)
        lab_die("no pipe");
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWNET) < 0 || write(pipes[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(pipes[1]);
    if (pid < 0 || read(pipes[0], &c, 1) != 1)
        lab_die("no namespace");
    close(pipes[0]);
    return pid;
}

static pid_t start_daemon(struct lab *lab, const char *name, const char *option, const char *value)
{
    char path[600], log[128];
    pid_t pid = fork();

    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    snprintf(path, sizeof(path), "%s/%s", lab->bin, name);
    snprintf(log, sizeof(log), "%s/%s.log", lab->dir, name);
    if (!freopen(log, "a", stderr) || !freopen("/dev/null", "w", stdout))
        _exit(127);
    execl(path, name, "--run-dir", lab->dir, "--state-dir", lab->dir, option, value, (char *)NULL);
    _exit(127);
}

void lab_start_ribd(struct lab *lab)
{
    lab->ribd = start_daemon(lab, "ribd", NULL, NULL);
}

void lab_kill_ribd(struct lab *lab)
{
    kill(lab->ribd, SIGKILL);
    waitpid(lab->ribd, NULL, 0);
}

static void find_programs(struct lab *lab)
{
    ssize_t len = readlink("/proc/self/exe", lab->bin, sizeof(lab->bin) - 8);
    char *slash;

    for (int up = 0; up < 2; up++) { /* BUILD/tests/program: BUILD/bin */
        lab->bin[len > 0 ? len : 0] = '\0';
        slash = strrchr(lab->bin, '/');
        if (!slash)
            lab_die("where am I?");
        len = slash - lab->bin;
    }
    strcpy(lab->bin + len, "/bin");
}

static void build_network(struct lab *lab)
{
    lab_must("ip link set lo up && ip link add rh type veth peer name h0 netns %d && "
             "ip link add rf type veth peer name f0 netns %d && ip link set rh up && ip link set rf up 2>&1",
             lab->host, lab->far);
    lab_must("nsenter -t %d -n sh -c 'ip link set lo up && ip link set h0 up && ip address add 192.0.2.2/24 dev h0 && "
             "ip address add 192.0.2.3/24 dev h0 && ip route add default via 192.0.2.1' 2>&1",
             lab->host);
    lab_must("nsenter -t %d -n sh -c 'ip link set lo up && ip link set f0 up && ip address add 10.9.0.2/24 dev f0 && "
             "ip address add 198.51.100.1/32 dev lo && ip route add 192.0.2.0/24 via 10.9.0.1' 2>&1",
             lab->far);
    lab->has_mpls = access("/proc/sys/net/mpls", F_OK) == 0;
    if (lab->has_mpls)
        lab_must("nsenter -t %d -n sh -c 'sysctl -q -w net.mpls.platform_labels=1000 net.mpls.conf.f0.input=1 && "
                 "ip -f mpls route add 200 dev lo' 2>&1",
                 lab->far);
}

void lab_start(struct lab *lab)
{
    char path[128];
    FILE *f;

    if (unshare(CLONE_NEWNET) < 0) {
        if (errno == EPERM)
            exit(77); /* skipped */
        lab_die("no namespace: %s", strerror(errno));
    }
    find_programs(lab);
    snprintf(lab->dir, sizeof(lab->dir), "/tmp/strata-restart-XXXXXX");
    if (!mkdtemp(lab->dir))
        lab_die("no folder");
    lab->host = new_namespace();
    lab->far = new_namespace();
    build_network(lab);
    snprintf(path, sizeof(path), "%s/boot.conf", lab->dir);
    f = fopen(path, "w");
    if (!f || fputs(configuration, f) < 0 || (lab->has_mpls && fputs(configuration_mpls, f) < 0) || fclose(f))
        lab_die("cannot write %s", path);
    lab->mgmtd = start_daemon(lab, "mgmtd", "--config", path);
    lab_start_ribd(lab);
}

void lab_end(struct lab *lab)
{
    lab_kill_ribd(lab);
    kill(lab->mgmtd, SIGKILL);
    kill(lab->host, SIGKILL);
    kill(lab->far, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    lab_must("rm -rf %s", lab->dir);
}

long lab_rss_kb(pid_t pid)
{
    char path[64], line[256];
    long kb = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    f = fopen(path, "r");
    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "VmRSS: %ld", &kb) == 1)
            break;
    if (f)
        fclose(f);
    return kb;
}

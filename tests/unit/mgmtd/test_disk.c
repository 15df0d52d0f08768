/* SPDX-License-Identifier: Apache-2.0
 *
 * A disk that is really full: a small tmpfs in a mount namespace of the test's own. Every commit succeeds and is there
 * after a restart, or says why not, and what ran before runs on; when there is room again all goes on. Where the system
 * gives no namespaces the tests are skipped.
 */
#include "tests/unit/mgmtd/world.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ribd_config.h"
#include "strata/state.h"

enum { PAGE = 4096 };

void fake_state(void *daemon, const char *path, struct state_writer *sw);
void fake_state(void *daemon, const char *path, struct state_writer *sw)
{
    (void)daemon, (void)path, (void)sw;
}

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool is_written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return is_written;
}

/* Once: from then on this process mounts what nobody else sees. */
static bool enter_namespace(void)
{
    char map[64];
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (unshare(CLONE_NEWNS | (uid ? CLONE_NEWUSER : 0)))
        return false;
    if (uid) {
        snprintf(map, sizeof(map), "0 %u 1", uid);
        write_text("/proc/self/setgroups", "deny");
        if (!write_text("/proc/self/uid_map", map))
            return false;
        snprintf(map, sizeof(map), "0 %u 1", gid);
        if (!write_text("/proc/self/gid_map", map))
            return false;
    }
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool has_namespace;

static int setup(void **state)
{
    struct world *w;
    char path[100];

    world_setup(state);
    w = *state;
    snprintf(path, sizeof(path), "%s", w->state_dir);
    mkdir(path, 0700);
    if (!has_namespace || mount("none", path, "tmpfs", 0, "size=512k,mode=700"))
        has_namespace = false;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    mgmtd_destroy(w->mgmtd);
    w->mgmtd = NULL;
    umount2(w->state_dir, MNT_DETACH);
    return world_teardown(state);
}

#define SKIP_WITHOUT_NAMESPACE()                                                                                       \
    if (!has_namespace)                                                                                                \
    skip()

/* Fills the disk but for so many pages. */
static void fill(const struct world *w, unsigned room)
{
    static const char page[PAGE];
    char path[128];
    snprintf(path, sizeof(path), "%s/ballast", w->state_dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    off_t size = 0;

    assert_true(fd >= 0);
    while (write(fd, page, PAGE) == PAGE)
        size += PAGE;
    assert_int_equal(errno, ENOSPC);
    assert_true(size > (off_t)room * PAGE);
    assert_int_equal(ftruncate(fd, size - (off_t)room * PAGE), 0);
    close(fd);
}

static void make_room(const struct world *w)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/ballast", w->state_dir);
    unlink(path);
}

static const char *hostname(struct world *w)
{
    const struct ribd_config *c = north_config(w->fakes[0].north);
    return c && c->system.has_hostname ? c->system.hostname : "";
}

static bool is_named(struct world *w, const char *name)
{
    return strcmp(hostname(w), name) == 0;
}

static void restart(struct world *w)
{
    world_stop(w);
    world_start(w, NULL);
    world_until(w, front_is_up(w->front));
}

static void start(struct world *w)
{
    world_start(w, NULL);
    struct fake *rib = world_daemon(w, "ribd");
    world_until(w, rib->n_committed == 1);
    assert_int_equal(world_load(w, "system hostname old"), 0);
    assert_int_equal(world_commit(w), 0);
}

/* Some pages of configuration under that name. */
static void load_long(struct world *w, const char *name)
{
    static char text[65536];
    size_t len = (size_t)snprintf(text, sizeof(text), "system hostname %s\n", name);

    for (unsigned i = 0; i < 200; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "interface x%u mtu 1500\n", i);
    assert_int_equal(world_load(w, text), 0);
}

static int commit(struct world *w, uint32_t confirm_sec)
{
    struct front_request r = {.op = FRONT_COMMIT, .name = "tester", .confirm_sec = confirm_sec};
    return world_ask(w, &r);
}

static void test_disk__full_at_every_page(void **state)
{
    struct world *w = *state;
    unsigned n_failed = 0, n_done = 0;
    char name[32] = "old", next[32];

    SKIP_WITHOUT_NAMESPACE();
    start(w);
    for (unsigned room = 0; room < 14; room++) {
        uint32_t sequence = mgmtd_sequence(w->mgmtd);
        snprintf(next, sizeof(next), "new%u", room);
        load_long(w, next);
        fill(w, room);
        int error = commit(w, room % 3 == 2 ? 60 : 0);
        if (error) {
            n_failed++;
            assert_int_equal(error, -ENOSPC);
            assert_non_null(strstr(w->text, "No space left on device"));
            assert_non_null(strstr(w->text, "cannot store the configuration"));
            assert_int_equal(mgmtd_sequence(w->mgmtd), sequence);
            assert_true(is_named(w, name));
            if (room % 2)
                restart(w); /* on the full disk; the candidate is gone */
            assert_non_null(strstr(world_show(w), name));
            make_room(w);
            if (room % 2)
                load_long(w, next);
            assert_int_equal(commit(w, 0), 0); /* the same again */
        } else {
            n_done++;
            if (room % 3 == 2)
                assert_int_equal(commit(w, 0), 0); /* to confirm needs no room */
            make_room(w);
        }
        assert_true(is_named(w, next));
        restart(w);
        assert_non_null(strstr(world_show(w), next));
        assert_int_equal(mgmtd_sequence(w->mgmtd), sequence + 1);
        snprintf(name, sizeof(name), "%s", next);
    }
    assert_true(n_failed > 3 && n_done > 1);
}

/* Nothing is lost of what nobody confirmed: it goes back when there is room. */
static void test_disk__full_when_it_should_go_back(void **state)
{
    struct world *w = *state;
    struct front_request alarm = {.op = FRONT_STATE, .path = "/management/alarm"};

    SKIP_WITHOUT_NAMESPACE();
    start(w);
    load_long(w, "new");
    assert_int_equal(commit(w, 1), 0);
    fill(w, 0);
    world_until(w, strstr(w->log, "roll-back-failed attempt=1"));
    assert_true(is_named(w, "new"));
    assert_int_equal(world_ask(w, &alarm), 0);
    assert_non_null(strstr(w->text, "roll-back-failed"));
    make_room(w);
    world_until(w, is_named(w, "old"));
    assert_int_equal(world_ask(w, &alarm), 0);
    assert_null(strstr(w->text, "roll-back-failed"));
    restart(w);
    assert_non_null(strstr(world_show(w), "hostname old"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_disk__full_at_every_page, setup, teardown),
        cmocka_unit_test_setup_teardown(test_disk__full_when_it_should_go_back, setup, teardown),
    };
    has_namespace = enter_namespace();
    return cmocka_run_group_tests_name("mgmtd_disk", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A front end's half of the conversation with mgmtd: requests out, replies, notifications and the list of needed
 * daemons in.
 */
#include "strata/front.h"

#include <string.h>

#include "lib/ipc/north/front_msg.h"
#include "lib/ipc/north/north_msg.h"
#include "strata/ipc.h"
#include "strata/mem.h"

struct front {
    struct ipc_connector *connector;
    struct front_events ev;
    void *arg;
    uint64_t last_id;
};

static void on_up(struct ipc_conn *c, void *arg)
{
    struct front *f = arg;
    (void)c;
    if (f->ev.up)
        f->ev.up(f->arg);
}

static void on_down(struct ipc_conn *c, const char *reason, void *arg)
{
    struct front *f = arg;
    (void)c;
    if (f->ev.down)
        f->ev.down(reason, f->arg);
}

static bool take_reply(struct front *f, const uint8_t *payload, size_t len)
{
    struct front_reply r;
    void *held;
    if (front_reply_decode(payload, len, &r, &held))
        return false;
    if (f->ev.reply)
        f->ev.reply(&r, f->arg);
    front_reply_release(held);
    return true;
}

static bool take_needed(struct front *f, const uint8_t *payload, size_t len)
{
    const char *const *daemons;
    size_t n;
    void *held;
    if (front_needed_decode(payload, len, &daemons, &n, &held))
        return false;
    if (f->ev.needed)
        f->ev.needed(daemons, n, f->arg);
    front_needed_release(held);
    return true;
}

static bool take_notice(struct front *f, const uint8_t *payload, size_t len)
{
    struct front_notice n;
    void *held;
    if (front_notice_decode(payload, len, &n, &held))
        return false;
    if (f->ev.notice)
        f->ev.notice(&n, f->arg);
    front_notice_release(held);
    return true;
}

static void on_message(struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len, void *arg)
{
    struct front *f = arg; /* may be destroyed in the callback: not touched after */
    bool is_good = type == FRONT_MSG_REPLY    ? take_reply(f, payload, len)
                   : type == FRONT_MSG_NEEDED ? take_needed(f, payload, len)
                   : type == FRONT_MSG_NOTICE ? take_notice(f, payload, len)
                                              : false;
    if (!is_good)
        ipc_close(c, "malformed or unknown message of type %u", type);
}

struct front *front_create(const struct env *env, const char *name, const struct front_events *ev, void *arg)
{
    static const struct ipc_events events = {.up = on_up, .down = on_down, .message = on_message};
    struct ipc_spec spec = {.socket = MGMT_SOCKET,
                            .service = MGMT_SERVICE,
                            .version = MGMT_VERSION,
                            .name = name,
                            .frame_max = MGMT_FRAME_MAX};
    struct front *f = MEM_NEW(NULL, struct front);

    f->ev = *ev;
    f->arg = arg;
    f->connector = ipc_connector_create(env, &spec, &events, f);
    return f;
}

void front_destroy(struct front *f)
{
    if (!f)
        return;
    ipc_connector_destroy(f->connector);
    mem_free(NULL, f);
}

bool front_is_up(const struct front *f)
{
    return ipc_connector_conn(f->connector) != NULL;
}

bool front_note_is_fault(const char *note)
{
    static const char fine[] = FRONT_NOT_NEEDED;

    for (size_t n; *note; note += n + (note[n] == '\n')) {
        n = strcspn(note, "\n");
        if (n < sizeof(fine) - 1 || memcmp(note + n - (sizeof(fine) - 1), fine, sizeof(fine) - 1) != 0)
            return true;
    }
    return false;
}

uint64_t front_send(struct front *f, const struct front_request *r)
{
    struct ipc_conn *c = ipc_connector_conn(f->connector);
    if (!c || front_request_send(c, f->last_id + 1, r))
        return 0;
    return ++f->last_id;
}

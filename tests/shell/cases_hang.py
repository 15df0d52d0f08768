# SPDX-License-Identifier: Apache-2.0
"""A daemon that is stopped: who works at the router is told, and does not wait for it."""
import os
import re
import signal
import time

from pseudo import SLOW, Failed, Router

KNOWN = 6 * SLOW  # seconds until it is known; some more than mgmtd takes


def state_of(router, daemon):
    return re.search(rf"^{daemon} +\S+ +(\S+)", router.good("show daemons"), re.M).group(1)


def until(router, daemon, state, seconds):
    deadline = time.monotonic() + seconds
    while state_of(router, daemon) != state:
        if time.monotonic() > deadline:
            raise Failed(f"{daemon} is not {state} after {seconds} s:\n" + router.good("show daemons"))
        time.sleep(0.1)


def quickly(router, *commands):
    """What `strata -c` gives, in a time in which nobody waited for the daemon."""
    began = time.monotonic()
    found = router.run(*commands)
    seconds = time.monotonic() - began
    if seconds > 2 * SLOW:
        raise Failed(f"{commands} took {seconds:.1f} s")
    return found


def check_while_stopped(router):
    status, _, err = quickly(router, "show ospf neighbor")
    assert status == 1 and "error: ospfd does not answer since 20" in err, err
    status, _, err = quickly(router, "show ldp neighbor")
    assert status == 0 and not err, err
    status, _, err = quickly(router, "configure", "ospf router-id 10.0.0.9", "commit")
    assert status == 1 and "error: ospfd does not answer since 20" in err, err
    assert "10.0.0.9" not in router.good("show configuration")
    log = router.good("show log level error daemon mgmtd")
    assert log.count(" daemon-silent ") == 1, log


def test_a_daemon_that_hangs(shared):
    """In a router of its own: others would see it."""
    router = Router(shared.build)
    try:
        router.reset()
        until(router, "ospfd", "in-sync", 10 * SLOW)
        ospfd = router.processes[1].pid
        os.kill(ospfd, signal.SIGSTOP)
        until(router, "ospfd", "silent", KNOWN)
        check_while_stopped(router)
        os.kill(ospfd, signal.SIGCONT)
        until(router, "ospfd", "in-sync", 3 * SLOW)
        assert router.good("show log daemon mgmtd").count(" daemon-answers ") == 1
        router.good("configure", "ospf router-id 10.0.0.9", "commit")
        mgmtd = router.processes[0].pid  # it blames nobody for the time in which it did not run itself
        os.kill(mgmtd, signal.SIGSTOP)
        time.sleep(8)
        os.kill(mgmtd, signal.SIGCONT)
        time.sleep(2)
        assert state_of(router, "ospfd") == "in-sync"
        assert router.good("show log daemon mgmtd").count(" daemon-silent ") == 1
    finally:
        for process in router.processes:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGCONT)
        router.stop()

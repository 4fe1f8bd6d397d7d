"""Test alerts through every sink: one of each severity, marked, so that the pager can be proved."""

from __future__ import annotations

import hashlib
import os
import time

from detector.config.settings import Settings
from detector.live.alerting import opened_outlet
from detector.model.alert import Alert
from detector.model.finding import Confidence, Finding, Severity
from detector.model.judgement import JudgedArgument, JudgedCall, Kind
from detector.model.observation import SinkState
from detector.model.process import Process
from detector.model.snapshot import Content, Task
from detector.model.stage import LADDER
from detector.render.meta import Meta
from detector.render.originator import APP_NAME
from detector.syscalls.migrate_pages import MIGRATE_PAGES

RULE = "toctrace-test"
"""The rule that test alerts name; no rule file has this id."""
WAIT_S = 10.0
"""How long the sinks may take."""
_NODE_0 = b"\x01\0\0\0\0\0\0\0"


def rehearse(settings: Settings, meta: Meta) -> tuple[SinkState, ...]:
    """Send one test alert of each severity to every sink; give what became of them.

    What a sink did not take stays in its spool, and is sent by the next run. Raises UsageError
    where a sink cannot be used.
    """
    outlet = opened_outlet(settings, meta)
    outlet.start()
    for severity in Severity:
        outlet.send(_alert(severity, meta.run))
    outlet.flush(WAIT_S)
    outlet.close()
    return outlet.states()


def _alert(severity: Severity, run: str) -> Alert:
    now_ns = time.time_ns()
    return Alert(
        id=hashlib.sha256(f"test {run} {severity}".encode()).hexdigest()[:32],
        finding=Finding(
            rule=RULE,
            title="Test alert: no call was raced",
            kind=Kind.RACE,
            severity=severity,
            confidence=Confidence.LOW,
            tags=("test",),
            message=f"test alert of severity {severity}, sent on purpose: no call was raced",
            call=_honest_call(severity.number),
            process=Process(executable=None, missing={"executable": "a test has none"}),
            time_unix_ns=now_ns,
        ),
        count=1,
        first_unix_ns=now_ns,
        last_unix_ns=now_ns,
        test=True,
    )


def _honest_call(number: int) -> JudgedCall:
    """Make up a call of the tool's own that was never made: the same at every stage."""
    pid = os.getpid()
    now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    looks = {stage: Content(address=0, bits=64, data=_NODE_0) for stage in LADDER}
    return JudgedCall(
        number=number,
        syscall=MIGRATE_PAGES.name,
        abi="x86_64",
        task=Task(
            tgid=pid,
            tid=pid,
            start_ns=0,
            ns_tgid=pid,
            ns_tid=pid,
            pid_namespace=0,
            uid=os.getuid(),
            gid=os.getgid(),
            cgroup=0,
            comm=APP_NAME,
            address=0,
        ),
        args=(0, 65, 0, 0, 0, 0),
        began_ns=now_ns,
        ended_ns=now_ns,
        returned=0,
        arguments=tuple(
            JudgedArgument(
                name=argument.name,
                looks=looks,
                copy_returned=0,
                cpuset=_NODE_0,
                pairs=(),
                kind=None,
                window=None,
                came=b"",
                went=b"",
                observers=(),
            )
            for argument in MIGRATE_PAGES.arguments
        ),
        kind=None,
        copy_observed=True,
        cut=None,
        own=True,
    )

"""What goes to sinks and into the files of a CI job, made of the samples."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from detector.exits import Exit
from detector.live.gathered import Gathering, reported
from detector.model.alert import Alert
from detector.model.finding import Finding, Severity
from detector.model.head import Head, HeadNotice
from detector.model.heartbeat import Heartbeat
from detector.model.message import Message
from detector.model.observation import SinkState
from detector.model.stage import Stage
from detector.render.location import Location
from detector.render.meta import Meta
from detector.render.run_report import RunReport
from tests.unit.hostile import hostile_findings, hostile_observations, texts
from tests.unit.samples import (
    META,
    OFFSET_NS,
    RULES,
    findings,
    make_observation,
    missing_stage,
    observations,
)

_MINUTE_NS = 60_000_000_000
SHOWN = (
    "race",
    "race-both",
    "race-in-a-container",
    "race-many-nodes",
    "withdrawn",
    "restore",
    "tamper",
    "blind-held",
    "blind-partly",
    "late",
)
"""Findings that between them have everything that a format must write."""


def make_alert(finding: Finding, **changes: Any) -> Alert:
    """Make an alert of one finding."""
    alert = Alert(
        id="5b1f0a4c7d1f0a4c5b1f0a4c00000017",
        finding=finding,
        count=1,
        first_unix_ns=finding.time_unix_ns,
        last_unix_ns=finding.time_unix_ns,
    )
    return msgspec.structs.replace(alert, **changes)


def make_heartbeat(**changes: Any) -> Heartbeat:
    """Make a heartbeat of a run that lost something and has a sink in trouble."""
    observation = make_observation()
    sink = SinkState(
        name="syslog+tls://collector.example:6514",
        sent=40,
        queued=2,
        dropped=1,
        failure="connection refused",
    )
    heartbeat = Heartbeat(
        id="5b1f0a4c7d1f0a4c5b1f0a4c00000018",
        run=META.run,
        time_unix_ns=OFFSET_NS + _MINUTE_NS,
        stages=(*observation.stages[:3], missing_stage(Stage.EXIT, "the symbol is not there")),
        judged=1234,
        findings=21,
        incomplete=3,
        lost={"ring buffer full": 17},
        sinks=(sink,),
    )
    return msgspec.structs.replace(heartbeat, **changes)


def make_head(**changes: Any) -> HeadNotice:
    """Make word of a recording's head."""
    notice = HeadNotice(
        head=Head(META.run, 17, bytes(range(32))),
        file=f"{META.run}.000002.toctrace",
        last=False,
        time_unix_ns=OFFSET_NS + _MINUTE_NS,
    )
    return msgspec.structs.replace(notice, **changes)


def messages() -> dict[str, Message]:
    """Give one message of every sort."""
    found = findings()
    folded = make_alert(
        found["race"],
        count=1500,
        last_unix_ns=found["race"].time_unix_ns + _MINUTE_NS,
        repeat=True,
        interval_s=60.0,
    )
    return {
        **{f"alert-{name}": make_alert(found[name]) for name in SHOWN},
        "alert-folded": folded,
        "alert-test": make_alert(found["race"], test=True),
        "heartbeat": make_heartbeat(),
        "head": make_head(),
        "head-last": make_head(last=True),
        **{f"observation-{name}": told for name, told in observations().items()},
    }


def make_report(*found: Finding, observation: str = "clean", **changes: Any) -> RunReport:
    """Make what the files tell of a run with these findings."""
    gathering = Gathering("/work/project")
    for finding in found:
        gathering.add(finding)
    seen = observations()[observation]
    report = reported(
        gathering,
        seen,
        META,
        rules=RULES,
        exit_status=seen.tool_status,
        fail_on=Severity.WARNING,
        place=None,
        baseline=None,
    )
    return msgspec.structs.replace(report, **changes)


def reports() -> dict[str, RunReport]:
    """Give a run of every outcome."""
    found = findings()
    several = (found["race"], found["race"], found["tamper"], found["late"], found["withdrawn"])
    report = make_report(*several, observation="findings", exit_status=Exit.FOUND)
    *new, last = report.found
    known = msgspec.structs.replace(last, accepted=True)
    return {
        "clean": make_report(),
        "findings": report,
        "located": make_report(
            found["race"],
            observation="findings",
            found=tuple(
                msgspec.structs.replace(one, location=Location("ci/build steps.sh", 12))
                for one in make_report(found["race"]).found
            ),
        ),
        "baseline": msgspec.structs.replace(report, found=(*new, known), baseline=True),
        "degraded": make_report(observation="degraded", exit_status=Exit.DEGRADED),
        "unobserved": make_report(observation="unobserved", exit_status=Exit.UNOBSERVED),
        "unobserved-allowed": _allowed(),
    }


def _allowed() -> RunReport:
    report = make_report(observation="unobserved", exit_status=0)
    seen = msgspec.structs.replace(report.observation, tool_status=0, command_status=0)
    return msgspec.structs.replace(report, observation=seen)


@st.composite
def hostile_metas(draw: st.DrawFn) -> Meta:
    """Make a host whose name is hostile, too."""
    return msgspec.structs.replace(META, host=draw(texts), kernel=draw(texts))


@st.composite
def hostile_messages(draw: st.DrawFn) -> Message:
    """Make a message of any sort, every name of which is hostile."""
    which = draw(st.sampled_from(("alert", "heartbeat", "head", "observation")))
    if which == "observation":
        return draw(hostile_observations())
    if which == "head":
        return make_head(file=draw(texts))
    if which == "heartbeat":
        return make_heartbeat(
            stages=(missing_stage(Stage.ENTRY, draw(texts)),),
            lost=draw(st.dictionaries(texts, st.integers(0, 2**40), max_size=3)),
        )
    finding = draw(hostile_findings())
    return make_alert(finding, count=draw(st.integers(1, 2**40)), test=draw(st.booleans()))


@st.composite
def hostile_reports(draw: st.DrawFn) -> RunReport:
    """Make a run, every name of which is hostile."""
    report = make_report(*draw(st.lists(hostile_findings(), max_size=3)))
    return msgspec.structs.replace(
        report,
        observation=draw(hostile_observations()),
        meta=draw(hostile_metas()),
        fail_on=draw(st.sampled_from(Severity)),
        found=tuple(
            msgspec.structs.replace(one, accepted=draw(st.booleans())) for one in report.found
        ),
    )

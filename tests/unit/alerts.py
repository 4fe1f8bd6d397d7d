"""Alerts, heartbeats and observations, plain and hostile."""

from __future__ import annotations

from hypothesis import strategies as st

from detector.model.alert import Alert
from detector.model.finding import Finding
from detector.model.heartbeat import Heartbeat
from detector.model.message import Message
from detector.render.originator import Originator
from tests.unit.hostile import hostile_findings, hostile_observations, texts
from tests.unit.samples import META, OFFSET_NS, findings, make_observation

SENDER = Originator(pid=4711)
_RACE = findings()["race"]


def make_alert(finding: Finding | None = None, number: int = 1, *, test: bool = False) -> Alert:
    """Make an alert whose id is its number."""
    return Alert(
        id=f"{number:032x}",
        finding=finding or _RACE,
        count=1,
        first_unix_ns=OFFSET_NS,
        last_unix_ns=OFFSET_NS,
        test=test,
    )


def make_heartbeat(**lost: int) -> Heartbeat:
    """Make a heartbeat."""
    return Heartbeat(
        id="h",
        run=META.run,
        time_unix_ns=OFFSET_NS,
        stages=make_observation().stages,
        judged=12,
        findings=3,
        incomplete=0,
        lost=lost,
        sinks=(),
    )


@st.composite
def hostile_messages(draw: st.DrawFn) -> Message:
    """Make any message, every name of which is hostile."""
    which = draw(st.sampled_from(["alert", "heartbeat", "observation"]))
    if which == "observation":
        return draw(hostile_observations())
    if which == "heartbeat":
        return make_heartbeat(**{draw(texts): draw(st.integers(0, 9))})
    return make_alert(draw(hostile_findings()), test=draw(st.booleans()))

"""What a message says in one sentence, for the formats that have room for one."""

from __future__ import annotations

from detector.model.alert import Alert
from detector.model.finding import Finding
from detector.model.head import HeadNotice
from detector.model.heartbeat import Heartbeat
from detector.model.message import Message
from detector.render.verdict import counted, verdict_line

_NS = 1_000_000_000


def sentence_of(message: Message) -> str:
    """Say what the message is about: hostile text, not escaped for anything."""
    if isinstance(message, Alert):
        test = "TEST, nothing was raced: " if message.test else ""
        times = f" ({message.count:,} times)" if message.count > 1 else ""
        return f"{test}{message.finding.message}{times}"
    if isinstance(message, Heartbeat):
        armed = sum(state.armed for state in message.stages)
        stages = f"{armed} of {counted(len(message.stages), 'stage')} armed"
        lost = sum(message.lost.values())
        return (
            f"Observing: {stages}, {counted(message.judged, 'call')} judged, "
            f"{counted(message.findings, 'finding')}, {lost:,} lost"
        )
    if isinstance(message, HeadNotice):
        what = "the recording has ended" if message.last else "the file is closed"
        return f"recording head {message.head}, {message.file}: {what}"
    return verdict_line(message)


def started_unix_ns(finding: Finding) -> int:
    """Give the wall time of the calling process's start, ns since 1970."""
    return finding.time_unix_ns - finding.call.ended_ns + finding.call.task.start_ns

"""The JSON of a heartbeat: the published form."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from detector.model.heartbeat import Heartbeat
from detector.render.finding_document import Host, Tool
from detector.render.finding_json import host_of
from detector.render.meta import Meta
from detector.render.moment import rfc3339
from detector.render.observation_document import StageDocument, stage_document
from detector.render.sink_document import SinkDocument, sink_document

Told = msgspec.Meta


class HeartbeatDocument(
    msgspec.Struct, frozen=True, kw_only=True, tag="heartbeat", tag_field="type"
):
    """Word that watching goes on, and what was seen up to now. Counts are of calls."""

    schema: Literal[1] = 1
    id: Annotated[str, Told(description="the same if it is delivered again, else unique")]
    time: Annotated[str, Told(description="RFC 3339, UTC, ns")]
    run: Annotated[str, Told(description="id of the tool's run")]
    host: Host
    tool: Tool
    stages: tuple[StageDocument, ...]
    judged: Annotated[int, Told(description="calls judged and seen whole")]
    findings: Annotated[int, Told(description="findings, of every kind and severity")]
    incomplete: Annotated[int, Told(description="calls of which a part was lost")]
    lost: Annotated[dict[str, int], Told(description="what was lost, by cause")]
    sinks: tuple[SinkDocument, ...]


def heartbeat_document(heartbeat: Heartbeat, meta: Meta) -> HeartbeatDocument:
    """Write a heartbeat in its published form."""
    return HeartbeatDocument(
        id=heartbeat.id,
        time=rfc3339(heartbeat.time_unix_ns),
        run=heartbeat.run,
        host=host_of(meta),
        tool=Tool(version=meta.version),
        stages=tuple(stage_document(state) for state in heartbeat.stages),
        judged=heartbeat.judged,
        findings=heartbeat.findings,
        incomplete=heartbeat.incomplete,
        lost=heartbeat.lost,
        sinks=tuple(sink_document(state) for state in heartbeat.sinks),
    )

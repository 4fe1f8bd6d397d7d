"""The JSON of a recording's head: the published form."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from detector.model.head import HeadNotice
from detector.render.finding_document import Host, Tool
from detector.render.finding_json import host_of
from detector.render.meta import Meta
from detector.render.moment import rfc3339

Told = msgspec.Meta


class HeadDocument(msgspec.Struct, frozen=True, kw_only=True, tag="head", tag_field="type"):
    """The head of a recording, to be kept where its holder cannot write (`verify --head`)."""

    schema: Literal[1] = 1
    id: Annotated[str, Told(description="the same if it is delivered again, else unique")]
    time: Annotated[str, Told(description="RFC 3339, UTC, ns")]
    run: Annotated[str, Told(description="id of the tool's run")]
    host: Host
    tool: Tool
    head: Annotated[
        str,
        Told(
            pattern="^[0-9a-f]+:[0-9]+:[0-9a-f]{64}$",
            description="run, number of the last block, SHA-256 that stands for all blocks",
        ),
    ]
    file: Annotated[str, Told(description="the file of the recording that it closes")]
    last: Annotated[bool, Told(description="whether the recording ends there")]


def head_document(notice: HeadNotice, meta: Meta) -> HeadDocument:
    """Write word of a head in its published form."""
    return HeadDocument(
        id=notice.id,
        time=rfc3339(notice.time_unix_ns),
        run=notice.head.run,
        host=host_of(meta),
        tool=Tool(version=meta.version),
        head=str(notice.head),
        file=notice.file,
        last=notice.last,
    )

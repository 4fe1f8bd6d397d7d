"""The JSON of a sink's state: the published form."""

from __future__ import annotations

from typing import Annotated

import msgspec

from detector.model.observation import SinkState

Told = msgspec.Meta


class SinkDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the messages for one sink. Counts are of messages."""

    name: Annotated[str, Told(description="its URL, without anything secret")]
    sent: Annotated[int, Told(description="taken by the other end, as far as its protocol tells")]
    queued: Annotated[int, Told(description="waiting in memory or in the spool")]
    dropped: Annotated[int, Told(description="thrown away, the oldest first, for lack of room")]
    failure: Annotated[
        str | None, Told(description="why the last attempt failed; null: it did not")
    ]
    age_s: Annotated[float, Told(description="how long the oldest that waits has, seconds")]


def sink_document(state: SinkState) -> SinkDocument:
    """Write the state of a sink in its published form."""
    return SinkDocument(
        name=state.name,
        sent=state.sent,
        queued=state.queued,
        dropped=state.dropped,
        failure=state.failure or None,
        age_s=round(state.age_s, 3),
    )

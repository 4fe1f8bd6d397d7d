"""What an alert says beside its first finding: how many it stands for, and since when."""

from __future__ import annotations

from typing import Annotated

import msgspec

from detector.model.alert import Alert
from detector.render.moment import rfc3339

Told = msgspec.Meta


class AlertDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Repeated findings of one rule, process and window, counted; the finding is the first."""

    id: Annotated[
        str, Told(pattern="^[0-9a-f]{32}$", description="the same if it is delivered again")
    ]
    count: Annotated[int, Told(ge=1, description="findings that this line stands for")]
    first: Annotated[str, Told(description="time of the first of them, RFC 3339, UTC, ns")]
    last: Annotated[str, Told(description="time of the last of them, RFC 3339, UTC, ns")]
    repeat: Annotated[bool, Told(description="whether a line for the same went out before")]
    interval_s: Annotated[
        float, Told(description="seconds in which repeats are counted together; 0: never")
    ]
    test: Annotated[
        bool, Told(description="made to prove the way to the sinks: nothing was raced")
    ] = False


def alert_document(alert: Alert) -> AlertDocument:
    """Write an alert's own part in the published form."""
    return AlertDocument(
        id=alert.id,
        count=alert.count,
        first=rfc3339(alert.first_unix_ns),
        last=rfc3339(alert.last_unix_ns),
        repeat=alert.repeat,
        interval_s=alert.interval_s,
        test=alert.test,
    )

"""Calls whose truth is known, for the tests that make up their own input."""

from __future__ import annotations

from typing import Any

import msgspec

from detector.model.judgement import Kind
from detector.model.snapshot import Snapshot
from detector.model.stage import Stage
from tests.unit.builders import EFAULT, EINVAL, EPERM, Mask, content, ladder, unreadable

A, B, C = content(0), content(1), content(0, 1)
UNREAD = unreadable()


class Scenario(msgspec.Struct, frozen=True):
    """One way in which a call can go, and what is true of it."""

    masks: dict[str, Mask] = {}
    returned: int = 0
    raced: str = ""
    """The argument that shows a kind."""
    kind: Kind | None = None
    window: tuple[Stage, Stage] | None = None
    came: bytes = b""
    went: bytes = b""

    def play(self, number: int, **changes: Any) -> list[Snapshot]:
        """Give the ladder of such a call."""
        return ladder(number, masks=self.masks, returned=self.returned, **changes)


HONEST = {
    "plain": Scenario(),
    "narrowed": Scenario({"new_nodes": Mask(content(0, 1, 9), use=C)}),
    "refused": Scenario(returned=EPERM),
    "unreadable": Scenario({"old_nodes": Mask(UNREAD, returned=EFAULT)}),
    "new unreadable": Scenario({"new_nodes": Mask(UNREAD, returned=EFAULT)}),
    "beyond": Scenario({"new_nodes": Mask(content(0, beyond=True), returned=EINVAL)}),
    "exit on its way": Scenario({"old_nodes": Mask(A, exit=UNREAD)}),
    "empty": Scenario({"old_nodes": Mask(content(length=0))}),
}
"""Nothing changes in these that anybody could be deceived by."""

_BITS = {"came": b"\x02", "went": b"\x01"}
_ENTRY_COPY = (Stage.ENTRY, Stage.COPY)


def _raced(name: str) -> dict[str, Scenario]:
    shapes: dict[str, tuple[Mask, Kind, tuple[Stage, Stage], dict[str, bytes]]] = {
        "race": (Mask(A, copy=B, exit=B), Kind.RACE, _ENTRY_COPY, _BITS),
        "withdrawn": (Mask(A, returned=EFAULT), Kind.RACE, _ENTRY_COPY, {"went": b"\x01"}),
        "restore": (Mask(A, copy=B), Kind.RESTORE, _ENTRY_COPY, _BITS),
        "tamper": (Mask(A, use=B), Kind.TAMPER, (Stage.COPY, Stage.USE), _BITS),
        "blind": (Mask(UNREAD, copy=B), Kind.BLIND, _ENTRY_COPY, {"came": b"\x02"}),
        "late": (Mask(A, exit=B), Kind.LATE, (Stage.COPY, Stage.EXIT), _BITS),
    }
    return {
        f"{shape} {name}": Scenario({name: mask}, 0, name, kind, window, **bits)
        for shape, (mask, kind, window, bits) in shapes.items()
    }


RACED = _raced("old_nodes") | _raced("new_nodes")
"""One mask of each shows one kind."""

SCENARIOS = HONEST | RACED

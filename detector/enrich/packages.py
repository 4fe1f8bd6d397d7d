"""Which package a file belongs to, by dpkg's own lists (dpkg-query(1): /var/lib/dpkg/info)."""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from typing import TYPE_CHECKING

from detector.errors import EnrichmentError

if TYPE_CHECKING:
    from pathlib import Path

    from detector.enrich.bounded import BoundedReader

INFO = "var/lib/dpkg/info"
MOST = 4096
"""Answers that are kept; the oldest goes first."""
MOST_LIST_BYTES = 64 << 20
"""Of one package's list; a longer one is cut."""

NO_DATABASE = "no dpkg keeps this host's packages (rpm's database is not read)"
UNOWNED = "it belongs to no package of dpkg's"
OTHER_MOUNTS = "it is in another namespace of mounts, of which this host's dpkg does not tell"
DELETED = "its file has no name any more"
SLOW = "dpkg's lists were not looked through in time"

_MERGED = re.compile(r"/usr(/(?:bin|sbin|lib|lib32|lib64|libx32)/.*)", re.DOTALL)
"""A package may still list a file where it lay before /usr was merged."""


class Packages:
    """Owners of paths, remembered until dpkg changes something."""

    def __init__(self, root: Path, reader: BoundedReader) -> None:
        """Look below `root`, on `reader`'s threads."""
        self._info = root / INFO
        self._reader = reader
        self._known: OrderedDict[tuple[str, int], str] = OrderedDict()
        self._looking: set[tuple[str, int]] = set()

    def owner(self, path: str, seconds: float) -> str:
        """Give the package that `path` belongs to, within `seconds`. Raises EnrichmentError."""
        try:
            changed = self._info.stat().st_mtime_ns
        except OSError:
            raise EnrichmentError(NO_DATABASE) from None
        known = self._known.get((path, changed))
        if known is None:
            if seconds <= 0 or (path, changed) in self._looking:  # nobody looks for one twice
                raise EnrichmentError(SLOW)
            known = self._reader.run(lambda: self._find(path, changed), seconds, held=SLOW)
        if not known:
            raise EnrichmentError(UNOWNED)
        return known

    def _find(self, path: str, changed: int) -> str:
        """Look through every list; empty: none has it. The answer is kept for the next time."""
        merged = _MERGED.fullmatch(path)
        wanted = [path] if merged is None else [path, merged[1]]
        lines = [b"\n" + os.fsencode(one) + b"\n" for one in wanted]
        self._looking.add((path, changed))
        try:
            found = self._looked(lines)
        finally:
            self._looking.discard((path, changed))
        self._known[path, changed] = found
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return found

    def _looked(self, lines: list[bytes]) -> str:
        with os.scandir(self._info) as entries:
            for entry in entries:
                if entry.name.endswith(".list") and _lists(entry.path, lines):
                    return entry.name.removesuffix(".list")
        return ""


def _lists(path: str, lines: list[bytes]) -> bool:
    """Whether a package's list has any of `lines`, each between its line breaks."""
    with open(path, "rb") as file:  # noqa: PTH123 thousands of them
        # no more than there is: memory for all that is asked for would be had, and freed, each time
        size = os.fstat(file.fileno()).st_size
        text = b"\n" + file.read(min(size, MOST_LIST_BYTES))
    return any(line in text for line in lines)

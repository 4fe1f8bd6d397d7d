"""Whether a recording is whole, and whether a seal says that it is what was written."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from detector.model.head import Head
from detector.recording.case import RecordingPath
from detector.recording.chain import Chain
from detector.recording.reading import Gap


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What checking one recording came to."""

    path: RecordingPath
    head: Head
    """As computed from what is there."""
    gaps: tuple[Gap, ...]
    """Every place where the chain does not hold; the first bad block is in the first."""
    sealed: int
    """Up to which block a seal stands for it; 0: none does."""
    contradictions: tuple[str, ...]
    """Seals that do not fit what is there."""
    deleted: int
    """Files that the recording says were deleted to stay below its bound."""

    @property
    def whole(self) -> bool:
        """Whether every block is there, up to a proper end, and no seal says otherwise."""
        return not self.gaps and not self.contradictions

    @property
    def sealed_whole(self) -> bool:
        """Whether a seal stands for all of it."""
        return self.whole and self.sealed == self.head.count


def verify(path: RecordingPath, heads: Iterable[Head] = ()) -> Verified:
    """Check the chain of hashes, and hold it against heads that were kept elsewhere."""
    heads = [head for head in heads if head.run in {"", path.run}]
    chain = Chain(path)
    gaps: list[Gap] = []
    fitting: set[Head] = set()
    for item in chain.blocks():
        if isinstance(item, Gap):
            gaps.append(item)
            continue
        fitting.update(
            head for head in heads if (head.count, head.hash) == (item.head.number, item.head.hash)
        )
    contradictions = [
        f"the head {head} was given out, and {_instead(head, chain)}"
        for head in heads
        if head not in fitting and head.count >= chain.first
    ]
    return Verified(
        path=path,
        head=Head(path.run, chain.count, chain.hash),
        gaps=tuple(gaps),
        sealed=max((head.count for head in fitting), default=0),
        contradictions=tuple(contradictions),
        deleted=chain.dropped.segments,
    )


def _instead(head: Head, chain: Chain) -> str:
    if head.count > chain.count:
        return f"the recording has {chain.count} blocks: it was cut"
    return f"block {head.count} is another one: the recording was changed"

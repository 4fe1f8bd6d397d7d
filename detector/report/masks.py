"""The ladder of one argument, a mask drawn bit by bit: where each cell is, what it shows. Pure."""

from __future__ import annotations

import msgspec

from detector.model.form import Form
from detector.model.judgement import JudgedArgument, JudgedCall
from detector.model.stage import STAGES, Stage
from detector.render.masks import REFERENCE, cell, mark, stages_of

WORD = 64
"""Bits in a row."""
MOST_ROWS = 16
"""Rows of a stage; 1024 nodes, which is all that Debian's kernels have."""

_LEFT, _TOP = 64, 18
_SIZE, _STEP, _GROUP = 8, 9, 3
_CAPTION, _ROW, _GAP = 16, 12, 8
WIDTH = _LEFT + WORD * _STEP + (WORD // 8) * _GROUP
_TEXT = 40
"""Characters of a node list before it is shortened, with a count."""
_WIDER_TEXT = 64
"""The same of what is no mask."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """64 bits of a mask at a stage. Each text is an SVG path of the cells of that sort."""

    first: int
    """The node of its first cell."""
    y: int
    full: bool
    """Whether it has all of its cells: their frames are drawn once, for all rows."""
    clear: str
    """Empty where the row is full."""
    set: str
    came: str
    """Set, and not where it is held against."""
    went: str
    """Clear, and set where it is held against."""
    unread: str


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """One stage."""

    stage: Stage
    y: int
    text: str
    """The mask in writing, or why it is not known."""
    change: str
    """What had changed, in writing; empty where nothing had."""
    rows: tuple[Row, ...]


class MaskDrawing(msgspec.Struct, frozen=True, kw_only=True):
    """One mask at every stage, one below the other."""

    name: str
    bands: tuple[Band, ...]
    ticks: tuple[tuple[int, int], ...]
    """Positions of a row, and x of each."""
    height: int
    width: int = WIDTH
    left_out: int
    """Rows that are not drawn, as no bit was seen set in them."""
    too_many: int
    """Rows with set bits that are not drawn, as there are too many."""


def draw(call: JudgedCall, argument: JudgedArgument) -> MaskDrawing:
    """Draw one mask of a call; what is no mask is written alone."""
    masks = argument.form is Form.NODEMASK
    drawn = {stage: _Bits(argument, stage) for stage in STAGES if _drawable(argument, stage)}
    used = sorted({0}.union(*(bits.rows() for bits in drawn.values())))
    shown = used[:MOST_ROWS]
    every = max((bits.length + WORD - 1) // WORD for bits in drawn.values()) if drawn else 1
    bands: list[Band] = []
    y = _TOP
    for stage in stages_of((argument,)):
        rows: list[Row] = []
        bits = drawn.get(stage)
        below = y + _CAPTION
        for word in shown if bits else ():
            if bits and word * WORD < max(bits.length, 1):
                rows.append(_row(bits, drawn.get(_reference(stage, drawn)), word, below))
                below += _ROW
        band = Band(
            stage=stage,
            y=y,
            text=cell(call, argument, stage, _TEXT if masks else _WIDER_TEXT),
            change=mark(argument, stage).removeprefix("<- "),
            rows=tuple(rows),
        )
        bands.append(band)
        y = below + _GAP
    return MaskDrawing(
        name=argument.name,
        bands=tuple(bands),
        ticks=tuple((bit, _x(bit)) for bit in range(0, WORD if masks else 0, 8)),
        height=y,
        left_out=max(0, every - len(used)),
        too_many=len(used) - len(shown),
    )


class _Bits:
    """A mask at one stage, as numbers."""

    def __init__(self, argument: JudgedArgument, stage: Stage) -> None:
        content = argument.looks[stage]
        self.length = content.bits
        self.set = int.from_bytes(content.data, "little") & ((1 << content.bits) - 1)
        self.unread = 0
        for gap in content.unread:
            self.unread |= ((1 << 8 * (gap.end - gap.start)) - 1) << 8 * gap.start
        self.unread &= (1 << content.bits) - 1

    def rows(self) -> set[int]:
        """Give the rows that show something: a set bit, or the first that could not be read."""
        found, rest, word = set(), self.set, 0
        while rest:
            if rest & ((1 << WORD) - 1):
                found.add(word)
            rest >>= WORD
            word += 1
        if self.unread:
            found.add(((self.unread & -self.unread).bit_length() - 1) // WORD)
        return found


def _drawable(argument: JudgedArgument, stage: Stage) -> bool:
    """Whether there is something to draw: after an error a copy's bytes mean nothing."""
    if argument.form is not Form.NODEMASK:
        return False
    return stage in argument.looks and not (stage is Stage.COPY and argument.copy_returned)


def _reference(stage: Stage, drawn: dict[Stage, _Bits]) -> Stage:
    return next((earlier for earlier in REFERENCE[stage] if earlier in drawn), stage)


def _row(bits: _Bits, reference: _Bits | None, word: int, y: int) -> Row:
    before = reference or bits
    known = ~(bits.unread | before.unread)
    came, went = bits.set & ~before.set & known, before.set & ~bits.set & known
    first, end = word * WORD, min(bits.length, (word + 1) * WORD)
    sorts: dict[str, list[str]] = {}
    for bit in range(first, end):
        one = 1 << bit
        sort = "set" if bits.set & one else "clear"
        for name, mask in (("came", came), ("went", went), ("unread", bits.unread)):
            if mask & one:
                sort = name
        sorts.setdefault(sort, []).append(_cell(bit - first, y))
    paths = {sort: "".join(sorts.get(sort, ())) for sort in ("clear", "set", "came", "went")}
    crosses = [
        f"M{_x(bit - first)} {y}l{_SIZE} {_SIZE}m-{_SIZE} 0l{_SIZE} -{_SIZE}"
        for bit in range(first, end)
        if bits.unread >> bit & 1
    ]
    full = end - first == WORD
    paths["clear"] = "" if full else paths["clear"]
    return Row(first=first, y=y, full=full, unread="".join(crosses), **paths)


def _cell(bit: int, y: int) -> str:
    return f"M{_x(bit)} {y}h{_SIZE}v{_SIZE}h-{_SIZE}z"


def _x(bit: int) -> int:
    return _LEFT + bit * _STEP + bit // 8 * _GROUP


FRAMES = "".join(_cell(bit, 0) for bit in range(WORD))
"""The cells of a full row, as an SVG path at y = 0."""

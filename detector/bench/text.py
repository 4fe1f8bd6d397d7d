"""What was measured, as a table for a person. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from detector.bench.measure import Bench
from detector.bench.spread import Spread

COLUMNS = ("call / bare", "added / empty", "others / bare", "programs / bare")
HEAD = f"{'':<20}{'added ns':>10}" + "".join(f"  {column:>16}" for column in COLUMNS)


def render(bench: Bench) -> str:
    """Write the table, and what else was measured."""
    return "\n".join(_lines(bench)) + "\n"


def _lines(bench: Bench) -> Iterator[str]:
    where = "under emulation: ratios only" if bench.emulated else "on this host"
    yield f"Measured {where}, kernel {bench.kernel}: {bench.rounds} rounds of {bench.calls} calls,"
    yield "each variant in turn; the middle, and the two quartiles. The calls end before their use."
    yield ""
    yield HEAD
    for name, cost in bench.costs.items():
        columns = (cost.to_bare, cost.to_empty, cost.others_to_bare, cost.programs_to_bare)
        shown = "".join(f"  {_ratio(column):>16}" for column in columns)
        yield f"{name:<20}{cost.added.median:>10.0f}{shown}"
    for name, reason in bench.refused.items():
        yield f"{name:<20}not here: {reason}"
    start = bench.start
    yield ""
    yield f"start to armed        {start.armed:.1f} s, {start.armed / start.loading:.2f} of loading"
    yield f"resident, armed       {bench.resident_bytes / 2**20:.0f} MiB"
    yield f"snapshots judged      {bench.judging.per_second.median:.0f} a second"
    yield f"judging / decoding    {_ratio(bench.judging.to_decoding)}"


def _ratio(ratio: Spread | None) -> str:
    return f"{ratio.median:.2f} ({ratio.low:.2f}-{ratio.high:.2f})" if ratio else "-"

"""`toctrace hunt PATH...`: the recordings of many hosts, asked all at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Protocol

import click
import structlog

from detector.commands import options
from detector.errors import UsageError
from detector.hunt.answer import Span
from detector.hunt.judging import Record
from detector.hunt.lines import hunt_lines
from detector.hunt.local import local_engine
from detector.hunt.outcome import Outcome
from detector.hunt.plan import Plan
from detector.hunt.question import Question, read_question
from detector.hunt.store import open_store
from detector.hunt.text import hunt_text
from detector.hunt.verdict import verdict
from detector.log import set_up_log
from detector.model.finding import Severity
from detector.output.whole_file import check_writable, fill_whole
from detector.rules.load import load_rule_set
from detector.rules.places import rule_places

_SECOND_NS = 1_000_000_000

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Engine(Protocol):
    """What plans a hunt and judges it."""

    def plan(self, paths: Iterable[str]) -> Plan:
        """Look at every file."""

    def judge(self, plan: Plan, question: Question) -> Iterator[Record]:
        """Give what was found, and what became of every recording."""


def moment(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """Read a wall time in ISO 8601, UTC where it does not say; ns. Raises click.BadParameter."""
    if value is None:
        return None
    try:
        told = datetime.fromisoformat(value)
    except ValueError:
        wanted = "write it as 2026-11-25, or 2026-11-25T09:30:00+01:00"
        raise click.BadParameter(f"{value!r} is no time: {wanted}") from None
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    whole = int(told.replace(microsecond=0).timestamp())
    return whole * _SECOND_NS + told.microsecond * 1000


@click.command(short_help="search the recordings of many hosts")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="Every core of this machine; or Spark, for paths in any store that it reads.",
)
@click.option(
    "--master",
    default="local[*]",
    show_default=True,
    metavar="URL",
    help="Where Spark runs, as spark-submit takes it.",
)
@click.option(
    "--where",
    multiple=True,
    metavar="MATCH",
    help="Only findings that fit, written as in a rule's `match:`, such as 'comm: [a, b*]' or "
    "'{uid: {max: 999}, none: [{executable: /usr/*}]}' (may be repeated: all must fit).",
)
@click.option("--since", callback=moment, metavar="TIME", help="Only findings from then on.")
@click.option("--until", callback=moment, metavar="TIME", help="Only findings before.")
@click.option(
    "--first-seen",
    is_flag=True,
    help="The newest values first, in place of the rare ones; with --since or --until, only values "
    "that were seen first within.",
)
@options.rules
@options.allow_degraded
@options.fail_on
@options.format_
@click.option(
    "--parquet",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the findings to a Parquet file, too.",
)
@options.log_format
@options.verbose
def command(
    *,
    paths: tuple[str, ...],
    engine: str,
    master: str,
    where: tuple[str, ...],
    since: int | None,
    until: int | None,
    first_seen: bool,
    rules: tuple[Path, ...],
    allow_degraded: bool,
    fail_on: str,
    format_: str,
    parquet: Path | None,
    log_format: str,
    verbose: bool,
) -> None:
    """Judge the recordings of any number of hosts by today's rules, and count what is found.

    PATH: a folder, searched to its bottom; a file; a pattern. Findings are told over time, and by
    rule, executable and its SHA-256, container image, cgroup, user, login user and host, the rare
    ones first: on few hosts, then of few findings. Wall times are brought together as far as the
    hosts' clocks allow, and the error is told. A recording that is broken is named and set aside,
    the rest is judged.

    Exit status: 10 for findings at or above --fail-on; 11 when nothing could be observed in any
    recording; 12 when something was missed then, or a recording is broken now; else 0.
    """
    set_up_log(as_json=log_format == "json", verbose=verbose)
    rule_set = load_rule_set(rule_places(rules, os.environ))
    question = Question(tuple(sorted(rule_set.texts.items())), where)
    read_question(question)
    if parquet is not None:
        check_writable(parquet)
        write_parquet = _needs("detector.hunt.parquet", "hunt").write_parquet
    shown = sys.stderr.isatty()
    colour = format_ == "text" and options.colour_wanted(sys.stdout)
    with open_store(Span(since, until)) as store:
        with _engine(engine, master, shown=shown) as running:
            plan = running.plan(paths)
            with _bar(plan, shown=shown and engine == "local") as advance:
                store.add(_told(running.judge(plan, question), advance))
        if parquet is not None:
            failure = fill_whole(parquet, lambda file: write_parquet(file, store.sightings()))
            if failure:
                raise UsageError(f"--parquet {failure}")
        if format_ == "jsonl":
            lines = hunt_lines(store, first_seen=first_seen)
        else:
            lines = hunt_text(store, first_seen=first_seen, colour=colour)
        for line in lines:
            click.echo(line, color=colour)
        status = verdict(store.summary(), Severity(fail_on), allow_degraded=allow_degraded)
    raise SystemExit(status)


def _engine(name: str, master: str, *, shown: bool) -> AbstractContextManager[Engine]:
    if name == "local":
        return local_engine()
    engine: AbstractContextManager[Engine] = _needs("detector.hunt.spark", "spark").spark_engine(
        master, progress=shown
    )
    return engine


def _needs(module: str, extra: str) -> ModuleType:
    """Import what an extra brings. Raises UsageError where it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        remedy = f"pip install 'toctrace[{extra}]'"
        raise UsageError(f"hunt: {error.name or module} is missing: {remedy}") from None


@contextmanager
def _bar(plan: Plan, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """Draw a bar on a terminal, as long as all that is to be read; elsewhere nothing."""
    if not shown:
        yield lambda _: None
        return
    with click.progressbar(length=plan.size, label="hunting", file=sys.stderr) as bar:
        yield bar.update


def _told(records: Iterable[Record], advance: Callable[[int], None]) -> Iterator[Record]:
    """Pass records on; say which recordings are broken, and how far the hunt has come."""
    for record in records:
        if isinstance(record, Outcome):
            advance(record.size)
            if record.state.broken:
                log.warning("recording_broken", recording=record.recording, reason=record.reason)
        yield record

"""`toctrace watch`: findings as they happen, until stopped."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import click

from detector.capture.filters import Filters
from detector.capture.wire import COMM_BYTES
from detector.commands import options, recording_options
from detector.commands.enforce_options import Asked, enforce_options, enforcing
from detector.commands.recording_options import Kept, recorder, recording
from detector.commands.sink_options import sink_options
from detector.config.settings import Settings
from detector.errors import UsageError
from detector.live.alerting import Alerting
from detector.live.cgroup import cgroup_filter
from detector.live.instruments import opened_instruments
from detector.live.privileges import WATCH
from detector.live.progress import progress, standing
from detector.live.reloading import Reloading
from detector.live.results import Results, meta_of, new_run_id
from detector.live.screen import LineScreen, NoScreen, Screen, TextScreen
from detector.live.session import Session
from detector.live.signals import RELOADING, STOPPING, from_terminal, held_back, taken
from detector.live.status import Status, opened_status
from detector.live.verdict import Allowed
from detector.log import set_up_log
from detector.model.finding import Severity
from detector.output.lines import LineFile
from detector.render.meta import Meta
from detector.rules.enforceable import named_by
from detector.rules.load import RuleSet, load_rule_set
from detector.rules.places import rule_places
from detector.service.notify import Notifier
from detector.service.pulse import Pulse
from detector.sinks.url import Scheme
from detector.syscalls.entry import Syscall

TICK_MS = 100
"""How often signals and bounds are looked for."""


_FILTERS = (
    click.option("--pid", type=click.IntRange(min=1), help="Only this process, as numbered here."),
    click.option("--uid", type=click.IntRange(min=0), help="Only callers with this user id."),
    click.option("--comm", help="Only callers whose comm is exactly this."),
    click.option(
        "--cgroup",
        type=click.Path(path_type=Path),
        help="Only callers in this cgroup (v2) or below it: a path, from its root or in full.",
    ),
    click.option(
        "--duration", type=click.FloatRange(min=0), metavar="SECONDS", help="End after this."
    ),
    click.option("--max-calls", type=click.IntRange(min=1), metavar="N", help="End after N calls."),
)


def filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which calls are watched, and for how long."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command


@click.command(short_help="show findings live, until stopped")
@filters
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Alerts and the observation as JSON Lines, besides stdout.",
)
@sink_options
@options.every
@options.rules
@recording_options.case
@recording_options.bounds
@options.allow_degraded
@options.fail_on
@options.backend
@options.gate
@options.syscalls
@options.name_writer
@options.supervise
@enforce_options
@options.format_
@options.log_format
@options.verbose
def command(
    *,
    pid: int | None,
    uid: int | None,
    comm: str | None,
    cgroup: Path | None,
    duration: float | None,
    max_calls: int | None,
    output: Path | None,
    every: bool,
    rules: tuple[Path, ...],
    record: Path | None,
    allow_degraded: bool,
    fail_on: str,
    backend: str | None,
    gate: bool,
    syscalls: tuple[Syscall, ...],
    name_writer: bool,
    supervise: bool,
    format_: str,
    log_format: str,
    verbose: bool,
    settings: Settings,
    asked: Asked,
    **kept: Unpack[Kept],
) -> None:
    """Show findings live, and end with the observation: what was seen, and what was not.

    Ends on SIGINT, SIGTERM, --duration or --max-calls. SIGHUP reads the rules again
    and opens --output anew, as log rotation wants it. Once armed, all capabilities that are not
    needed any more are given up.

    Exit status: 10 for findings at or above --fail-on; 11 when nothing could be observed; 12 when
    something was missed; else 0.
    """
    run = new_run_id()
    # the heads of a recording go to the log: whoever keeps it can tell whether one was cut
    status = opened_status(
        sys.stderr,
        os.environ,
        shared=_stdout_is_a_sinks(settings),
        colour=options.colour_wanted(sys.stderr),
    )
    set_up_log(
        as_json=log_format == "json", verbose=verbose or record is not None, run=run, to=status
    )
    meta = meta_of(run)
    screen = _screen(meta, settings, status, format_, every=every)
    reloading = Reloading(lambda: _rules(rules, enforcing=asked.mode is not None))
    stopping = enforcing(asked, settings, reloading.current.rules)
    chosen = _filters(pid, uid, comm, cgroup)
    with ExitStack() as stack:
        stack.callback(status.close)
        lines = stack.enter_context(LineFile(output)) if output else None
        alerting = stack.enter_context(closing(Alerting(settings, meta)))
        results = Results(meta, lines, screen, alerting, every=every)
        stack.enter_context(
            held_back(RELOADING)
        )  # arming takes a while, and may not be ended by it
        recording_to = stack.enter_context(
            recorder(recording(record, kept), reloading.current.texts, alerting.head)
        )
        instruments = stack.enter_context(
            opened_instruments(
                backend, syscalls, stopping, name_writer=name_writer, supervise=supervise
            )
        )
        session = Session(
            instruments.capture,
            run=run,
            rules=reloading.current.rules,
            identify=instruments.enricher.process,
            follow=instruments.enricher.pump,
            emit=results.finding,
            alert=results.alert,
            recorder=recording_to,
            watcher=instruments.watcher,
            gated=gate,
        )
        stack.enter_context(held_back(STOPPING))
        notifier = stack.enter_context(Notifier.from_environment())
        pulse = Pulse(notifier, lambda: progress(session))
        session.arm(chosen)
        instruments.shed(WATCH)
        session.begin()
        if recording_to is not None:
            instruments.enricher.tell_to(recording_to.process)
        alerting.start()  # threads inherit what was given up
        instruments.start()
        pulse.ready()
        click.echo("toctrace: watching; stop with Ctrl-C", err=True)
        if log_format == "text" and not notifier.listened_to:  # systemd is told its status already
            status.begin(partial(standing, session, alerting.states))

        def turn() -> None:
            session.step(TICK_MS)
            alerting.beat(session)
            pulse.beat()
            status.beat()

        def hang_up() -> None:
            reloading.again()
            session.use_rules(reloading.current.rules)
            results.reopen()

        _watch(session, turn, hang_up, duration=duration, max_calls=max_calls)
        pulse.stopping()
        session.settle()
        for note in (*instruments.notes(), *reloading.notes()):
            session.note(note)
        session.lose("lines that --output could not take", results.unwritten)
        allowed = Allowed(fail_on=Severity(fail_on), degraded=allow_degraded)
        observation = alerting.conclude(session.finish(allowed), allowed)
        results.end(observation)
    raise SystemExit(observation.tool_status)


def _screen(meta: Meta, settings: Settings, status: Status, format_: str, *, every: bool) -> Screen:
    """Choose what stdout shows; a sink that writes there has it to itself."""
    if _stdout_is_a_sinks(settings):
        return NoScreen()
    if format_ == "text":
        return TextScreen(meta, status, colour=options.colour_wanted(sys.stdout))
    return LineScreen(meta, status, every=every)


def _stdout_is_a_sinks(settings: Settings) -> bool:
    return any(url.scheme is Scheme.STDOUT for url in settings.sinks)


def _watch(
    session: Session,
    turn: Callable[[], None],
    hang_up: Callable[[], None],
    *,
    duration: float | None,
    max_calls: int | None,
) -> None:
    """Go on until a signal, the duration or the number of calls ends it."""
    until = math.inf if duration is None else time.monotonic() + duration
    most = math.inf if max_calls is None else max_calls
    while taken(STOPPING) is None:
        hangup = taken(RELOADING)
        if hangup is not None and from_terminal(hangup):
            return  # the terminal is gone, and whoever watched with it
        if hangup is not None:
            hang_up()
        turn()
        if time.monotonic() >= until or session.calls >= most:
            return


def _rules(given: tuple[Path, ...], *, enforcing: bool) -> RuleSet:
    """Read the rules. Raises RuleError where they are broken, or more than the kernel can check."""
    found = load_rule_set(rule_places(given, os.environ))
    if enforcing:
        named_by(found.rules)
    return found


def _filters(pid: int | None, uid: int | None, comm: str | None, cgroup: Path | None) -> Filters:
    """Make the kernel's filters. Raises UsageError for what cannot match anything."""
    if pid is not None and not Path(f"/proc/{pid}").exists():
        raise UsageError(f"--pid {pid}: there is no such process")
    name = os.fsencode(comm) if comm is not None else None
    if name is not None and not 0 < len(name) < COMM_BYTES:
        raise UsageError(f"--comm {comm!r}: a comm has 1 to {COMM_BYTES - 1} bytes")
    number, level = cgroup_filter(cgroup) if cgroup is not None else (None, 0)
    return Filters(pid=pid, uid=uid, comm=name, cgroup=number, cgroup_level=level)

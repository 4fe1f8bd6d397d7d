"""`toctrace run -- CMD...`: a command and all its descendants, watched from before its start."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Unpack

import click
import structlog

from detector.capture.enforcing import Enforcing
from detector.capture.filters import Filters
from detector.capture.wire import Seed
from detector.commands import options, recording_options
from detector.commands.enforce_options import Asked, enforce_options, enforcing
from detector.commands.recording_options import Kept, recorder, recording
from detector.commands.sink_options import refuse_stdout, sink_options
from detector.config.settings import Settings
from detector.errors import AttachError, ObservationError, UsageError
from detector.live.alerting import Alerting
from detector.live.attended import attend, linger, wait
from detector.live.baselines import held_against, opened_baseline, save_baseline
from detector.live.descendants import alive
from detector.live.gathered import Gathering, reported
from detector.live.held import HeldCommand
from detector.live.instruments import opened_instruments
from detector.live.privileges import RUN
from detector.live.recorder import Recorder
from detector.live.reloading import say_overrides
from detector.live.repository import place_in, repository_root
from detector.live.results import Results, meta_of, new_run_id
from detector.live.session import Session
from detector.live.shown import Shown
from detector.live.signals import PASSED_ON, hold_back
from detector.live.terminal import may_be_closed
from detector.live.unobserved import record_unobserved, unobserved
from detector.live.verdict import Allowed, judged_by, run_status
from detector.log import set_up_log
from detector.model.finding import Severity
from detector.model.observation import Observation
from detector.output.lines import LineFile
from detector.output.run_files import RunFiles
from detector.output.whole_file import check_writable
from detector.render.github import fenced, render_annotations
from detector.render.run_report import RunReport
from detector.rules.load import load_rule_set
from detector.rules.places import rule_places
from detector.rules.rule import Rule
from detector.syscalls.entry import Syscall

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_PATH = click.Path(path_type=Path)


@click.command(short_help="run a command and watch it with all its descendants")
@click.argument("argv", metavar="-- CMD...", nargs=-1, type=click.UNPROCESSED)
@click.option("--output", type=_PATH, help="Alerts and the observation, as JSON Lines.")
@click.option("--status", type=_PATH, help="Both exit statuses and the observation, as JSON.")
@click.option("--summary", type=_PATH, help="The summary; Markdown in a .md file, else text.")
@click.option("--sarif", type=_PATH, help="The findings, as SARIF 2.1.0.")
@click.option("--junit", type=_PATH, help="The findings, as JUnit XML.")
@click.option("--github", is_flag=True, help="GitHub annotations, on stderr after the summary.")
@click.option(
    "--location",
    metavar="PATH[:LINE]",
    help="Where SARIF, JUnit and annotations show findings: a file of the repository. Default: "
    "the caller's executable.",
)
@click.option("--baseline", type=_PATH, help="Accept the findings that this file knows.")
@click.option("--write-baseline", type=_PATH, help="Write the findings of this run, to accept.")
@click.option(
    "--linger",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="How long descendants that outlive the command are watched; a signal ends it.",
)
@click.option(
    "--allow-unobserved",
    is_flag=True,
    help="Where nothing can be observed, run the command unwatched instead of exit 11.",
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
    argv: tuple[str, ...],
    output: Path | None,
    status: Path | None,
    summary: Path | None,
    sarif: Path | None,
    junit: Path | None,
    github: bool,
    location: str | None,
    baseline: Path | None,
    write_baseline: Path | None,
    linger: float,
    record: Path | None,
    allow_unobserved: bool,
    every: bool,
    rules: tuple[Path, ...],
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
    """Run CMD, held until watching is armed; watch it and all its descendants; end with it.

    The command keeps stdin, stdout and stderr. Findings and the observation come on stderr after
    it has ended (with --log-format json, only in the files asked for).

    Exit status: 10 for findings at or above --fail-on; 11 when nothing could be observed; else
    the command's own when that is not 0; else 12 when something was missed; else 0.
    """
    if not argv:
        raise UsageError("run needs a command after `--`, as in: toctrace run -- make test")
    if format_ != "text":
        raise UsageError("run leaves stdout to the command: name a file with --output instead")
    refuse_stdout(settings)
    if github and log_format == "json":
        raise UsageError("--github writes among the log: leave out --log-format json")
    step_summary = os.environ.get("GITHUB_STEP_SUMMARY")
    files = RunFiles(
        status=status,
        summary=summary,
        sarif=sarif,
        junit=junit,
        step_summary=Path(step_summary) if step_summary else None,
    )
    files.check()
    if write_baseline:
        check_writable(write_baseline)
    root = repository_root(Path.cwd())
    place = place_in(root, location) if location is not None else None
    known = opened_baseline(baseline)
    run = new_run_id()
    # the heads of a recording go to the log: whoever keeps it can tell whether one was cut
    set_up_log(as_json=log_format == "json", verbose=verbose or record is not None, run=run)
    allowed = Allowed(
        fail_on=Severity(fail_on), degraded=allow_degraded, unobserved=allow_unobserved
    )
    meta = meta_of(run)
    found = load_rule_set(rule_places(rules, os.environ))
    say_overrides(found)
    stopping = enforcing(asked, settings, found.rules)
    gathering = Gathering(str(root))
    terminal = sys.stderr.isatty()
    shown = Shown(gathering)
    with ExitStack() as stack:
        lines = stack.enter_context(LineFile(output)) if output else None
        alerting = Alerting(settings, meta)
        stack.callback(alerting.close)
        results = Results(meta, lines, shown, alerting, every=every)
        held = stack.enter_context(HeldCommand(argv))
        recording_to = stack.enter_context(
            recorder(recording(record, kept), found.texts, alerting.head)
        )
        observation = _observed(
            held,
            results,
            allowed,
            run=run,
            rules=found.rules,
            lingering=linger,
            recorder=recording_to,
            backend=backend,
            gated=gate,
            syscalls=syscalls,
            name_writer=name_writer,
            supervise=supervise,
            stopping=stopping,
        )
        if known is not None:
            observation = judged_by(held_against(observation, gathering, known), allowed)
        observation = alerting.conclude(observation, allowed)
        results.end(observation)
    code = run_status(observation.tool_status, observation.command_status)
    report = reported(
        gathering,
        observation,
        meta,
        rules=found.rules,
        exit_status=code,
        fail_on=allowed.fail_on,
        place=place,
        baseline=known,
    )
    if log_format == "text":
        colour = options.colour_wanted(sys.stderr)
        _show(
            shown.text(observation, meta, colour=colour), report, github=github, terminal=terminal
        )
    unsaved = save_baseline(write_baseline, observation, gathering, known) if write_baseline else ""
    text = shown.text(observation, meta, colour=False)
    code, failures = files.write(report, text, [unsaved] if unsaved else [])
    for failure in failures:
        log.error("file_lost", reason=failure)
    raise SystemExit(code)


def _show(text: str, report: RunReport, *, github: bool, terminal: bool) -> None:
    """Write the summary to stderr, and annotations where they were asked for.

    A `terminal` may have been closed meanwhile.
    In a job of GitHub's, hostile text must not be taken for the runner's commands.
    """
    if os.environ.get("GITHUB_ACTIONS") == "true":
        text = fenced(text, secrets.token_hex(16))
    with may_be_closed(sys.stderr, terminal=terminal):
        sys.stderr.write(text + (render_annotations(report) if github else ""))
        sys.stderr.flush()


def _observed(
    held: HeldCommand,
    results: Results,
    allowed: Allowed,
    *,
    run: str,
    rules: tuple[Rule, ...],
    lingering: float,
    recorder: Recorder | None,
    backend: str | None,
    gated: bool,
    syscalls: tuple[Syscall, ...],
    name_writer: bool,
    supervise: bool,
    stopping: Enforcing | None,
) -> Observation:
    """Watch the command; where nothing can be observed, run it unwatched if that is allowed."""
    try:
        return _watched(
            held,
            results,
            allowed,
            run=run,
            rules=rules,
            lingering=lingering,
            recorder=recorder,
            backend=backend,
            gated=gated,
            syscalls=syscalls,
            name_writer=name_writer,
            supervise=supervise,
            stopping=stopping,
        )
    except ObservationError as error:
        log.error("unobserved", reason=str(error))
        results.alerting.start()
        hold_back(PASSED_ON)
        code = attend(held, wait) if allowed.unobserved else None
        observation = unobserved(run, str(error), allowed, syscalls=syscalls, command_status=code)
        record_unobserved(recorder, observation)
        return observation


def _watched(
    held: HeldCommand,
    results: Results,
    allowed: Allowed,
    *,
    run: str,
    rules: tuple[Rule, ...],
    lingering: float,
    recorder: Recorder | None,
    backend: str | None,
    gated: bool,
    syscalls: tuple[Syscall, ...],
    name_writer: bool,
    supervise: bool,
    stopping: Enforcing | None,
) -> Observation:
    """Arm, mark the command, let it go, and watch until it and the lingering have ended."""
    with opened_instruments(
        backend, syscalls, stopping, name_writer=name_writer, supervise=supervise
    ) as instruments:
        capture, enricher = instruments.capture, instruments.enricher
        session = Session(
            capture,
            run=run,
            rules=rules,
            identify=enricher.process,
            follow=enricher.pump,
            emit=results.finding,
            alert=results.alert,
            recorder=recorder,
            watcher=instruments.watcher,
            gated=gated,
        )
        try:
            capture.follow_descendants()
        except AttachError as error:
            log.error("descendants_unfollowed", reason=str(error))
            session.lose("descendants that cannot be followed", 1)
        capture.mark(held.pidfd, Seed.MARKED)
        session.arm(Filters(marked=True))
        instruments.shed(RUN)
        session.begin()
        if recorder is not None:
            enricher.tell_to(recorder.process)
        results.alerting.start()  # its threads inherit what was given up
        instruments.start()

        def step(ms: int) -> None:
            session.step(ms)
            results.alerting.beat(session)

        hold_back(PASSED_ON)  # what is to be written at the end is not lost by a signal
        status = attend(held, step)
        linger(capture.marked, step, lingering)
        left = alive(capture.marked())
        session.settle()
        for note in instruments.notes():
            session.note(note)
        session.lose("lines that --output could not take", results.unwritten)
        return session.finish(allowed, descendants=left, command_status=status)

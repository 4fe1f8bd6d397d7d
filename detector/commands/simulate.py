"""`toctrace simulate`: plays a harmless race whose truth is known, or prints that truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from detector.commands.sink_options import config_file, read_settings, sink, spool_folder
from detector.errors import SimulationError, UsageError
from detector.exits import Exit
from detector.live.rehearsal import rehearse
from detector.live.results import meta_of, new_run_id
from detector.model.observation import SinkState
from detector.simulate import SCENARIOS, play
from detector.simulate.table import find
from detector.sinks.url import Scheme, SinkUrl

if TYPE_CHECKING:
    from detector.simulate import Played

CANNOT_PLAY = 1
"""Exit status when the scenario cannot be played on this host."""


class ScenarioGroup(click.Group):
    """A group with one command for each scenario, beside its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return `list` and every scenario, in the table's order."""
        return [*super().list_commands(ctx), *SCENARIOS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Return the command; an unknown name is a usage error that names the nearest."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        try:
            return _scenario_command(find(cmd_name).name)
        except UsageError as error:
            raise click.UsageError(str(error), ctx) from error


@click.group(
    cls=ScenarioGroup,
    name="simulate",
    subcommand_metavar="NAME [--times N] [--expect]",
    invoke_without_command=True,
)
@click.option(
    "--through-sinks",
    is_flag=True,
    help="Send a marked test alert of each severity to every sink, and say what became of them.",
)
@sink
@config_file
@spool_folder
@click.pass_context
def command(
    ctx: click.Context,
    *,
    through_sinks: bool,
    sinks: tuple[str, ...],
    config: Path | None,
    spool: Path | None,
) -> None:
    """Play a harmless race with a known truth, to prove an installation.

    Only the command's own pages are touched, and nothing is moved. Run it under `toctrace run`
    and hold the findings against `--expect`.

    With --through-sinks nothing is played: test alerts go the whole way to the sinks. Exit
    status: 0 where every sink took all of them, else 12.
    """
    if ctx.invoked_subcommand is not None:
        if through_sinks or sinks:
            raise UsageError("--sink and --through-sinks send test alerts, and play no NAME")
        return
    if not through_sinks:
        click.echo(ctx.get_help())
        ctx.exit(Exit.USAGE)
    settings = msgspec.structs.replace(read_settings(sinks, config), spool=spool)
    if not settings.sinks:
        raise UsageError("--through-sinks wants at least one --sink URL, or a --config with some")
    states = rehearse(settings, meta_of(new_run_id()))
    on_stdout = any(url.scheme is Scheme.STDOUT for url in settings.sinks)
    for url, state in zip(settings.sinks, states, strict=True):
        click.echo(_became(url, state), err=on_stdout)
    ctx.exit(Exit.DEGRADED if any(map(_trouble, states)) else Exit.CLEAN)


def _trouble(state: SinkState) -> bool:
    return bool(state.queued or state.dropped or state.failure)


def _became(url: SinkUrl, state: SinkState) -> str:
    """Say in one line what became of one sink's test alerts."""
    if not _trouble(state):
        doubt = "; UDP does not tell whether they arrived" if url.scheme is Scheme.UDP else ""
        return f"{state.name}: all {state.sent} test alerts sent{doubt}"
    parts = [f"{state.sent} test alerts sent"]
    if state.queued:
        parts.append(f"{state.queued} wait in the spool for the next run")
    if state.dropped:
        parts.append(f"{state.dropped} LOST")
    return f"{state.name}: FAILED: {state.failure or 'not confirmed'} ({', '.join(parts)})"


@command.command(name="list", short_help="Show every simulation.")
def list_scenarios() -> None:
    """Show every simulation with what it plays."""
    width = max(map(len, SCENARIOS))
    for scenario in SCENARIOS.values():
        click.echo(f"{scenario.name:<{width}}  {scenario.summary}")


def _scenario_command(name: str) -> click.Command:
    """Return the command that plays one scenario."""

    @click.command(name=name, help=_help(name), short_help=SCENARIOS[name].summary)
    @click.option(
        "--times",
        type=click.IntRange(1, 100_000),
        default=1,
        show_default=True,
        metavar="N",
        help="Play it N times.",
    )
    @click.option("--expect", is_flag=True, help="Print the truth as JSON, and play nothing.")
    @click.pass_context
    def scenario_command(ctx: click.Context, times: int, *, expect: bool) -> None:
        try:
            click.echo(_expected(name, times) if expect else _sentence(play(name, times)))
        except SimulationError as error:
            click.echo(f"toctrace: {name} cannot be played here: {error}", err=True)
            ctx.exit(CANNOT_PLAY)

    return scenario_command


def _help(name: str) -> str:
    scenario = SCENARIOS[name]
    certainty = "Certain by construction." if scenario.certain else "Luck decides what is raced."
    return f"{scenario.summary[0].upper()}{scenario.summary[1:]}. {certainty}"


def _expected(name: str, times: int) -> str:
    """Return the truth as JSON."""
    return msgspec.json.format(msgspec.json.encode(SCENARIOS[name].truth(times)), indent=2).decode()


def _sentence(played: Played) -> str:
    """Say in one line what was played."""
    noun = "call" if played.call_count == 1 else "calls"
    ends = [f"{played.succeeded} succeeded"] if played.succeeded else []
    ends += [f"{count} ended with {error}" for error, count in played.errors.items()]
    times = "" if played.times == 1 else f" {played.times} times"
    calls = f"{played.call_count} {noun} of {played.syscall}"
    return f"played {played.scenario}{times}: {calls}, {', '.join(ends)}"


if __name__ == "__main__":
    command()

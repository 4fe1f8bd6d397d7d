"""The options that say where alerts go, read into one Settings with the configuration file."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec
from click.core import ParameterSource

from detector.config import readers
from detector.config.file import DEFAULT_PATH, load_config
from detector.config.settings import Settings
from detector.errors import UsageError
from detector.sinks.url import Scheme, parse_sink
from detector.syscalls.table import chosen

_PATH = click.Path(path_type=Path)

sink = click.option(
    "--sink",
    "sinks",
    multiple=True,
    metavar="URL",
    help="Send alerts there too: syslog+udp://, syslog+tcp://, syslog+tls://, syslog+unix:///,"
    " journald:, jsonl:PATH or stdout: (may be repeated; docs/alerts.md).",
)
config_file = click.option(
    "--config",
    type=_PATH,
    help=f"Read this configuration file. Default: {DEFAULT_PATH}, where it is there.",
)
_heartbeat = click.option(
    "--heartbeat",
    type=float,
    metavar="SECONDS",
    help="Tell every sink so often that watching goes on.",
)
spool_folder = click.option("--spool", type=_PATH, help="Folder for what a sink does not take yet.")
_metrics = click.option(
    "--metrics",
    is_flag=False,
    flag_value="",
    metavar="[HOST:PORT]",
    help=f"Serve Prometheus metrics, by default on {readers.LOOPBACK}:{readers.METRICS_PORT}.",
)


def sink_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, which takes them all as `settings`.

    What the command line says goes before what the file says; sinks of both are used. Where the
    command has `--fail-on`, `--rules`, `--syscalls` or `--supervise`, those of the file are put in.
    """

    @functools.wraps(function)
    def with_settings(
        *,
        sinks: tuple[str, ...],
        config: Path | None,
        heartbeat: float | None,
        spool: Path | None,
        metrics: str | None,
        **others: Any,
    ) -> None:
        settings = read_settings(sinks, config)
        said = {
            "heartbeat_s": _read("--heartbeat", readers.heartbeat, heartbeat),
            "metrics": _read("--metrics", readers.address, metrics),
            "spool": spool,
        }
        settings = msgspec.structs.replace(
            settings, **{name: value for name, value in said.items() if value is not None}
        )
        if settings.fail_on is not None and _source("fail_on") is ParameterSource.DEFAULT:
            others["fail_on"] = settings.fail_on.value
        if "rules" in others:
            others["rules"] = (*settings.rules, *others["rules"])
        if "syscalls" in others:
            others["syscalls"] = chosen(others["syscalls"] or settings.syscalls)
        if "supervise" in others:
            others["supervise"] |= settings.supervise
        function(settings=settings, **others)

    return declared(with_settings)


def declared(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options alone: for a command that hands them on to another one."""
    for option in (_metrics, spool_folder, _heartbeat, config_file, sink):
        function = option(function)
    return function


def refuse_stdout(settings: Settings) -> None:
    """Raise UsageError where a sink writes to stdout, which is another's here."""
    if any(url.scheme is Scheme.STDOUT for url in settings.sinks):
        raise UsageError("run leaves stdout to the command: send to jsonl:PATH instead of stdout:")


def read_settings(sinks: tuple[str, ...], config: Path | None) -> Settings:
    """Read the file, and add sinks. Raises UsageError."""
    if config is None and DEFAULT_PATH.exists():
        config = DEFAULT_PATH
    settings = load_config(config) if config is not None else Settings()
    more = tuple(parse_sink(text) for text in sinks)
    return msgspec.structs.replace(settings, sinks=(*settings.sinks, *more))


def _source(name: str) -> ParameterSource | None:
    """Say where a parameter is from: of the command that was called, if it handed it on."""
    context: click.Context | None = click.get_current_context()
    while context is not None:
        if source := context.get_parameter_source(name):
            return source
        context = context.parent
    return None


def _read(option: str, reader: Callable[[object], Any], value: object) -> Any:
    if value is None:
        return None
    try:
        return reader(value)
    except UsageError as error:
        raise UsageError(f"{option} {value}: {error}") from None

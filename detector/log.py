"""The tool's own log: structlog, to stderr, never mixed with results."""

from __future__ import annotations

import logging
import sys
from typing import Protocol, TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger

from detector.render.safe import safe

_CONSOLE = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)


class Stream(Protocol):
    """Where lines of the log go, whole."""

    def write(self, text: str, /) -> object:
        """Take a line."""

    def flush(self) -> None:
        """Let go what was taken."""


def set_up_log(
    *, as_json: bool = False, verbose: bool = False, run: str = "-", to: Stream | None = None
) -> None:
    """Log for a person or as JSON lines, every one with the run's id; `to`: else to stderr."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else _for_a_person
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.UnicodeDecoder(),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if verbose else logging.WARNING
        ),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", to or sys.stderr)),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(run=run)


def _for_a_person(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """Write a line for a terminal; names in it may be hostile. JSON has but ASCII of itself."""
    return safe(str(_CONSOLE(logger, name, event)))

"""The tool's own log: structlog, to stderr, never mixed with results."""

from __future__ import annotations

import logging
import sys
from typing import Protocol, TextIO, cast

import structlog


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
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
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

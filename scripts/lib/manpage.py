"""Write the manual page: the prose of man/toctrace.8.in, the commands out of click's own help.

    scripts/man            writes man/toctrace.8 anew

man(7) macros alone, so that every man reads it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from detector import __version__
from detector.cli import GROUPS, toctrace
from detector.commands.simulate import ScenarioGroup

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "man" / "toctrace.8"
PROSE = ROOT / "man" / "toctrace.8.in"


def escaped(text: str) -> str:
    """Write text so that roff takes it as it is: groff_char(7)."""
    for raw, written in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ("`", "\\(ga")):
        text = text.replace(raw, written)
    return "\\&" + text if text.startswith(".") else text


def bold(text: str) -> str:
    """Write words that are typed as they stand."""
    return f"\\fB{escaped(text)}\\fR"


def paragraphs(text: str) -> Iterator[str]:
    """Write click's help text, a paragraph between blank lines."""
    for number, part in enumerate(text.replace("\b", "").strip().split("\n\n")):
        if number:
            yield ".PP"
        yield escaped(" ".join(part.split()))


def option(found: click.Option, ctx: click.Context) -> Iterator[str]:
    """Write one option: its names, its value, its help."""
    record = found.get_help_record(ctx)
    if record is None:
        return
    names, told = record
    yield ".TP"
    yield bold(names)
    yield escaped(" ".join(told.split())) or "\\&"


def command(found: click.Command, words: tuple[str, ...]) -> Iterator[str]:
    """Write one command and those below it; scenarios are a table of their own, told by `list`."""
    ctx = click.Context(found, info_name=" ".join(words))
    usage = " ".join([*words, *found.collect_usage_pieces(ctx)])
    yield f".SS {bold(usage)}"
    yield from paragraphs(found.help or "")
    for parameter in found.params:
        if isinstance(parameter, click.Option):
            yield from option(parameter, ctx)
    if isinstance(found, click.Group):
        own = found.commands if isinstance(found, ScenarioGroup) else found.list_commands(ctx)
        for name in own:
            below = found.get_command(ctx, name)
            if below is not None:
                yield from command(below, (*words, name))


def commands() -> Iterator[str]:
    """Write every command of the command line, in the order of its help."""
    ctx = click.Context(toctrace)
    for group in GROUPS.values():
        for name in group:
            found = toctrace.get_command(ctx, name)
            if found is not None:
                yield from command(found, ("toctrace", name))


def page() -> str:
    """Give the whole page."""
    prose = PROSE.read_text(encoding="utf-8")
    return prose.replace("@VERSION@", __version__).replace("@COMMANDS@\n", _joined(commands()))


def _joined(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit("usage: scripts/man")
    PAGE.write_text(page(), encoding="utf-8")

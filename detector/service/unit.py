"""The unit's text: pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from detector.errors import UsageError

MARK = "# Written by `toctrace service install`"
"""How a unit begins that is ours to replace and to remove."""

_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./$-]+")
_COMMAND = re.compile(r"/[A-Za-z0-9_@+=:,./-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "%": "%%", "$": "$$"}
_SPACE = 0x20
_DELETE = 0x7F
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
"""What ProtectHome= is about."""


def quote(word: str) -> str:
    """Write one argument so that systemd reads it as it is: systemd.service(5), Command lines.

    Raises UsageError for what is no UTF-8, which a unit file cannot hold.
    """
    try:
        word.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{word!r}: a unit file cannot hold what is not UTF-8") from None
    escaped = "".join(_escaped(character) for character in word)
    return escaped if _PLAIN.fullmatch(escaped) else f'"{escaped}"'


def _escaped(character: str) -> str:
    if ord(character) < _SPACE or ord(character) == _DELETE:
        return f"\\x{ord(character):02x}"
    return _ESCAPES.get(character, character)


def exec_start(command: Path, arguments: Sequence[str]) -> str:
    """Give the value of ExecStart=. Raises UsageError for a path that it cannot name."""
    if not _COMMAND.fullmatch(str(command)):
        raise UsageError(f"{str(command)!r}: systemd cannot start a command by this path")
    return " ".join([str(command), *map(quote, arguments)])


def protect_home(needed: Sequence[Path]) -> str:
    """Give the value of ProtectHome=: hidden, unless something that is `needed` lies there."""
    inside = any(path.is_relative_to(home) for path in needed for home in _HOMES)
    return "read-only" if inside else "yes"


def render_unit(template: str, command: Path, arguments: Sequence[str], home: str) -> str:
    """Fill the template in: systemd/toctrace.service."""
    return template.replace("@EXEC_START@", exec_start(command, arguments)).replace(
        "@PROTECT_HOME@", home
    )

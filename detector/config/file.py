"""Reading a configuration file: every problem at once, each with its place and a remedy."""

from __future__ import annotations

import difflib
import re
import stat
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from detector.config import readers
from detector.config.settings import Settings
from detector.errors import UsageError
from detector.render.safe import safe
from detector.sinks.table import transport_of
from detector.sinks.url import Scheme, SinkUrl, parse_sink

DEFAULT_PATH = Path("/etc/toctrace/config.toml")
_LARGEST = 1 << 20


class Checked(msgspec.Struct, frozen=True):
    """What a file says, as far as it makes sense, and everything in it that does not."""

    settings: Settings
    problems: tuple[str, ...]


def load_config(path: Path) -> Settings:
    """Read a file. Raises UsageError with a line for each problem."""
    checked = check_config(path)
    if checked.problems:
        raise UsageError("\n".join(checked.problems))
    return checked.settings


def check_config(path: Path) -> Checked:
    """Read a file and collect its problems; what it names must be there."""
    try:
        text = _text(path)
        document = tomllib.loads(text)
    except UsageError as error:
        return Checked(Settings(), (str(error),))
    except tomllib.TOMLDecodeError as error:
        return Checked(Settings(), (_syntax(path, text, error),))
    except (RecursionError, ValueError):  # tomllib's own bounds: nesting, digits of a number
        remedy = "nested too deep, or a number with too many digits: this is no configuration"
        return Checked(Settings(), (f"{path}: {remedy}",))
    return _Reading(path, text).read(document)


class _Reading:
    """One file, while it is read."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()
        self._problems: list[str] = []
        self._keys: dict[str, tuple[str, Callable[[object], Any]]] = {
            "fail_on": ("fail_on", readers.severity),
            "heartbeat": ("heartbeat_s", readers.heartbeat),
            "facility": ("facility", readers.facility),
            "enterprise": ("enterprise", readers.enterprise),
            "metrics": ("metrics", readers.address),
            "spool": ("spool", readers.path),
            "spool_bytes": ("spool_bytes", readers.spool_bytes),
            "supervise": ("supervise", readers.flag),
            "i_understand_enforcement": ("i_understand_enforcement", readers.flag),
        }

    def read(self, document: dict[str, Any]) -> Checked:
        said: dict[str, Any] = {}
        for key, value in document.items():
            if key == "sinks":
                said["sinks"] = self._list(key, value, self._sink)
            elif key == "rules":
                said["rules"] = self._list(key, value, self._rules)
            elif key == "syscalls":
                said["syscalls"] = self._list(key, value, self._syscall)
            elif key in self._keys:
                field, reader = self._keys[key]
                self._one(said, field, key, partial(reader, value))
            else:
                self._problems.append(f"{self._place(key)}: {self._unknown(key)}")
        return Checked(Settings(**said), tuple(self._problems))

    def _one(self, said: dict[str, Any], field: str, key: str, read: Callable[[], Any]) -> None:
        try:
            said[field] = read()
        except UsageError as error:
            self._problems.append(f"{self._place(key)}: {key}: {error}")

    def _list(self, key: str, value: object, read: Callable[[str, str], Any]) -> tuple[Any, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._problems.append(
                f'{self._place(key)}: {key}: it is a list of texts: {key} = ["...", "..."]'
            )
            return ()
        found = []
        for number, item in enumerate(value):
            try:
                found.append(read(item, f"{self._place(key, item)}: {key}[{number}]"))
            except UsageError as error:
                self._problems.append(str(error))
        return tuple(found)

    def _sink(self, text: str, place: str) -> SinkUrl:
        url = parse_sink(text, place)
        try:
            transport_of(url)  # its certificates can be used
        except UsageError as error:
            raise UsageError(f"{place}: {error}") from None
        if url.scheme is Scheme.JSONL and not _is_there(Path(url.path).parent):
            raise UsageError(f"{place}: {url.label}: its folder is not there: make it")
        return url

    def _rules(self, text: str, place: str) -> Path:
        path = self._path.parent / text
        if not _is_there(path):
            raise UsageError(f"{place}: {safe(str(path))}: is not there: name a file or a folder")
        return path

    def _syscall(self, text: str, place: str) -> str:
        try:
            return readers.syscall(text)
        except UsageError as error:
            raise UsageError(f"{place}: {safe(text)}: {error}") from None

    def _unknown(self, key: str) -> str:
        known = ["sinks", "rules", "syscalls", *self._keys]
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        return f"there is no key {safe(key)!r}: {hint}"

    def _place(self, key: str, item: str | None = None) -> str:
        """Name the file, and the line where the key, and after it the item, is found."""
        begins = re.compile(
            rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]|\s*\[+\s*{re.escape(key)}\b"
        )
        for number, line in enumerate(self._lines, 1):
            if begins.match(line):
                after = enumerate(self._lines[number - 1 :], number)
                found = next((n for n, text in after if item and item in text), number)
                return f"{self._path}:{found}"
        return str(self._path)


def _is_there(path: Path) -> bool:
    """Whether a path leads to something; one that cannot (a name too long, say) does not."""
    try:
        return path.exists()
    except OSError:
        return False


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(path.stat().st_mode) & stat.S_IWOTH:
                raise UsageError(f"{path}: anybody can write to it: chmod o-w it, and read it over")
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise UsageError(f"{path}: larger than {_LARGEST} bytes: this is no configuration")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}:{line}: not UTF-8: save the file in that encoding") from None


def _syntax(path: Path, text: str, error: tomllib.TOMLDecodeError) -> str:
    """Put the place in front, as every other message has it."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
    why = found[1] if found else str(error)
    place = f"{found[2]}:{found[3]}" if found and found[2] else str(text.count("\n") + 1)
    return f"{path}:{place}: {safe(why)}: write it as TOML (toml.io)"

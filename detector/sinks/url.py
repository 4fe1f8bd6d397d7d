"""`--sink URL`, parsed strictly: what makes no sense is an error that says what would."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec

from detector.errors import UsageError
from detector.render.formats import FORMATS
from detector.render.originator import Originator
from detector.render.priority import FACILITIES
from detector.render.safe import safe

JSON_FORMATS = tuple(name for name in FORMATS if name != "cef")
"""The formats whose output is one JSON object."""
JOURNALD = "/run/systemd/journal/socket"
SHORTEST, LONGEST = 480, 65_000
"""Bytes of a syslog message: what every receiver takes (RFC 5424 section 6.1); what UDP holds."""
_SUN_PATH = 107
"""Bytes of a socket's path (unix(7))."""
_PORT = 0xFFFF
_DIGITS = re.compile(r"[0-9]{1,10}")


class Scheme(StrEnum):
    """What stands before the colon."""

    UDP = "syslog+udp"
    TCP = "syslog+tcp"
    TLS = "syslog+tls"
    UNIX = "syslog+unix"
    JOURNALD = "journald"
    JSONL = "jsonl"
    STDOUT = "stdout"


class SinkUrl(msgspec.Struct, frozen=True, kw_only=True):
    """One sink, as its URL says it. None: not said."""

    scheme: Scheme
    host: str = ""
    port: int = 0
    path: str = ""
    rfc: str | None = None
    """`5424` or `3164`; None for `syslog+unix` is the local form with `@cee:`."""
    format: str | None = None
    facility: str | None = None
    enterprise: int | None = None
    max: int | None = None
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    name: str | None = None
    """The name that the server's certificate must carry, where it is not the host."""

    @property
    def label(self) -> str:
        """The URL without its options, safe to show: what logs, states and metrics call it."""
        if self.host:
            host = f"[{self.host}]" if ":" in self.host else self.host
            return safe(f"{self.scheme}://{host}:{self.port}")
        if self.scheme is Scheme.UNIX:
            return safe(f"{self.scheme}://{self.path}")
        return safe(f"{self.scheme}:{'' if self.path == JOURNALD else self.path}")

    def sender(self, base: Originator) -> Originator:
        """Give the common settings with what this URL says otherwise."""
        said = {"facility": self.facility, "enterprise": self.enterprise, "max_bytes": self.max}
        return msgspec.structs.replace(base, **{k: v for k, v in said.items() if v is not None})


def parse_sink(text: str, place: str = "--sink") -> SinkUrl:
    """Read one URL. Raises UsageError that names `place`, the URL without secrets, and a remedy."""
    try:
        return _parse(text)
    except _Wrong as wrong:
        raise UsageError(f"{place}: {shown(text)}: {wrong}") from None


def shown(text: str) -> str:
    """Give a URL fit to be shown: no user, no password, and only the options that we know."""
    without_user = re.sub(r"//[^/?#]*@", "//***@", text)
    url, mark, query = without_user.partition("?")
    options = [
        option if option.partition("=")[0] in _READERS else f"{option.partition('=')[0]}=***"
        for option in query.split("&")
    ]
    return safe(url + mark + "&".join(options) if mark else url)


class _Wrong(Exception):  # noqa: N818  (never leaves this module)
    """What is wrong with a URL, and what would be right."""


def _parse(text: str) -> SinkUrl:
    scheme = _scheme(text)
    if any(ord(char) <= ord(" ") or not char.isprintable() for char in text):
        raise _Wrong("has a blank or a control character: write it as %20, %09 and so on")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise _Wrong(f"cannot be read ({error}): write an IPv6 address as [::1]") from None
    if "#" in text:
        raise _Wrong("has a `#`: write it as %23")
    said = {"scheme": scheme, **_place(scheme, parts), **_options(scheme, parts.query)}
    url = msgspec.convert(said, SinkUrl)
    if (url.cert is None) != (url.key is None):
        raise _Wrong("a client certificate wants both cert=FILE and key=FILE")
    return url


def _scheme(text: str) -> Scheme:
    name, colon, _ = text.partition(":")
    known = [scheme.value for scheme in Scheme]
    if colon and name in known:
        return Scheme(name)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}:?" if near else f"it begins with one of {', '.join(known)}"
    raise _Wrong(f"is no sink: {hint}")


def _place(scheme: Scheme, parts: SplitResult) -> dict[str, object]:
    """Read the part between the scheme and the options."""
    path = unquote(parts.path, errors="surrogateescape")
    if "\0" in path:
        raise _Wrong("has a zero byte in its path")
    return _PLACES[scheme](scheme, parts, path)


def _network(scheme: Scheme, parts: SplitResult, path: str) -> dict[str, object]:
    example = f"{scheme}://HOST:{_DEFAULT_PORTS.get(scheme) or 514}"
    if "@" in parts.netloc:
        raise _Wrong("names a user or a password, which syslog has not: leave them out")
    if path not in {"", "/"}:
        raise _Wrong(f"has a path, which syslog over the network has not: write {example}")
    if not parts.hostname:
        raise _Wrong(f"names no host: write {example}")
    try:
        port = parts.port
    except ValueError:
        raise _Wrong(f"its port is no number from 1 to {_PORT}") from None
    port = _DEFAULT_PORTS.get(scheme) if port is None else port
    if not port:
        raise _Wrong(f"names no port: write {example}")
    return {"host": parts.hostname, "port": port}


def _unix(_: Scheme, parts: SplitResult, path: str) -> dict[str, object]:
    if parts.netloc:
        raise _Wrong("wants three slashes: write syslog+unix:///dev/log")
    return {"path": _socket(path or "/dev/log")}


def _journald(_: Scheme, parts: SplitResult, path: str) -> dict[str, object]:
    if parts.netloc:
        raise _Wrong("is local: write journald:")
    return {"path": _socket(path or JOURNALD)}


def _socket(path: str) -> str:
    if not path.startswith("/"):
        raise _Wrong("wants a full path, beginning with /")
    if len(path.encode(errors="surrogateescape")) > _SUN_PATH:
        raise _Wrong(f"its path is longer than a socket's can be ({_SUN_PATH} bytes)")
    return path


def _file(_: Scheme, parts: SplitResult, path: str) -> dict[str, object]:
    if parts.netloc:
        raise _Wrong("names a host: write jsonl:/full/path or jsonl:name")
    if not path or path.endswith("/"):
        raise _Wrong("names no file: write jsonl:/var/log/toctrace.jsonl")
    return {"path": path}


def _nothing(_: Scheme, parts: SplitResult, path: str) -> dict[str, object]:
    if parts.netloc or path:
        raise _Wrong("takes nothing after the colon but ?format=")
    return {}


_DEFAULT_PORTS = {Scheme.UDP: 514, Scheme.TLS: 6514}
"""RFC 5426 section 3.3, RFC 5425 section 4.1; plain TCP has none that is agreed on."""

_PLACES: dict[Scheme, Callable[[Scheme, SplitResult, str], dict[str, object]]] = {
    Scheme.UDP: _network,
    Scheme.TCP: _network,
    Scheme.TLS: _network,
    Scheme.UNIX: _unix,
    Scheme.JOURNALD: _journald,
    Scheme.JSONL: _file,
    Scheme.STDOUT: _nothing,
}

_SYSLOG = ("rfc", "format", "facility", "enterprise", "max")
_OPTIONS: dict[Scheme, tuple[str, ...]] = {
    Scheme.UDP: _SYSLOG,
    Scheme.TCP: _SYSLOG,
    Scheme.TLS: (*_SYSLOG, "ca", "cert", "key", "name"),
    Scheme.UNIX: _SYSLOG,
    Scheme.JOURNALD: ("facility",),
    Scheme.JSONL: ("format",),
    Scheme.STDOUT: ("format",),
}


def _options(scheme: Scheme, query: str) -> dict[str, object]:
    """Read what stands behind the question mark."""
    if not query:
        return {}
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=True, errors="surrogateescape"
        )
    except ValueError:
        raise _Wrong("its options are not of the form name=value&name=value") from None
    said: dict[str, object] = {}
    for name, value in pairs:
        if name not in _OPTIONS[scheme]:
            raise _Wrong(_unknown(scheme, name))
        if name in said:
            raise _Wrong(f"says {name} twice")
        said[name] = _READERS[name](name, value)
    if scheme is Scheme.UNIX and "rfc" not in said and said.get("format") == "cef":
        raise _Wrong("the local form carries JSON: add rfc=5424 or rfc=3164 for format=cef")
    return said


def _unknown(scheme: Scheme, name: str) -> str:
    known = _OPTIONS[scheme]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(known)}"
    return f"{scheme} has no option {safe(name)!r}: {hint}"


def _one_of(known: tuple[str, ...]) -> Callable[[str, str], str]:
    def read(name: str, value: str) -> str:
        if value in known:
            return value
        near = difflib.get_close_matches(value, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(known)}"
        raise _Wrong(f"there is no {name} {safe(value)!r}: {hint}")

    return read


def _number(least: int, most: int) -> Callable[[str, str], int]:
    def read(name: str, value: str) -> int:
        if _DIGITS.fullmatch(value) and least <= int(value) <= most:
            return int(value)
        raise _Wrong(f"{name} is a number from {least} to {most}")

    return read


def _text(name: str, value: str) -> str:
    if not value or "\0" in value:
        raise _Wrong(f"{name} is empty")
    return value


_READERS: dict[str, Callable[[str, str], object]] = {
    "rfc": _one_of(("5424", "3164")),
    "format": _one_of(tuple(FORMATS)),
    "facility": _one_of(tuple(FACILITIES)),
    "enterprise": _number(1, 2**32 - 1),
    "max": _number(SHORTEST, LONGEST),
    "ca": _text,
    "cert": _text,
    "key": _text,
    "name": _text,
}

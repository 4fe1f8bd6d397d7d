"""The table of system calls for a person, and the page of one of them."""

from __future__ import annotations

from detector.render.call_text import call_line
from detector.render.safe import WIDTH, fit, pad, paragraph, wrap
from detector.render.syscall_example import raced
from detector.render.syscall_page import around, described, kind, limits, passed, raceable, to_see
from detector.render.syscalls_document import Place
from detector.rules.sentence import summary
from detector.syscalls.entry import Syscall
from detector.syscalls.supervisors import SUPERVISED
from detector.syscalls.unwatched import UNWATCHED, Unwatched

_INDENT = 4
_TRY = "not known before it is tried"


def render_syscalls(syscalls: tuple[Syscall, ...], places: tuple[Place, ...]) -> str:
    """Write each call with its raceable arguments and what this kernel shows of it."""
    lines = []
    for syscall in syscalls:
        hot = "; hot: watched only where it is named" if syscall.hot else ""
        lines.append(fit(f"{syscall.name}: {raceable(syscall)}{hot}", WIDTH))
        lines += _stages(syscall, places)
    for call in UNWATCHED:
        lines += render_unwatched(call).splitlines()
    return "\n".join(lines)


def render_unwatched(call: Unwatched) -> str:
    """Say why a call is not watched."""
    word = "raceable, " if call.raceable else "not raceable: "
    return "\n".join([fit(call.name, WIDTH), *paragraph("", f"{word}{call.reason}", _INDENT)])


def render_syscall(syscall: Syscall, places: tuple[Place, ...]) -> str:
    """Write the reference page of one call."""
    example = raced(syscall)
    arguments = [
        f"{parameter.name}: {parameter.type}, {passed(syscall, parameter)}; {parameter.meaning}"
        for parameter in syscall.parameters
    ]
    probes = [
        f"{probe.stage} ({probe.abi}): {' or '.join(probe.symbols)}, {kind(probe)}; {probe.purpose}"
        for probe in syscall.probes
    ] + [
        f"supervise (any): {' or '.join(one.symbols)}, kprobe and fexit or kretprobe; {one.purpose}"
        for one in (() if syscall.apart else SUPERVISED)
    ]
    lines = [
        *wrap(f"{syscall.name}: {described(syscall)}", WIDTH),
        *_part("Arguments", arguments),
        *_part("Probes", probes),
        "",
        "On this kernel",
        *_stages(syscall, places),
        *_part("Example", [call_line(example), f"{summary(example)}."]),
        *_part("To see one", [to_see(syscall)]),
        *_part("Limits", list(limits(syscall))),
        *_part("Related", [", ".join(syscall.related)]),
    ]
    return "\n".join(lines)


def _stages(syscall: Syscall, places: tuple[Place, ...]) -> list[str]:
    """Say of each stage where it is taken, or why it cannot be seen."""
    lines = []
    for place in places:
        if place.syscall != syscall.name:
            continue
        callers = " (32-bit)" if place.abi == "i386" else ""
        word = "NOT SEEN: " if place.seen is False else ""
        found = place.found if place.seen is not None else _TRY
        label = f"{' ' * _INDENT}{pad(f'{place.stage}{callers}', 14)}"
        lines += paragraph(label, f"{word}{found}", _INDENT + 15)
    if syscall.uring:
        label = f"{' ' * _INDENT}{pad('io_uring', 14)}"
        lines += paragraph(label, f"NOT COVERED: {around(syscall)}", _INDENT + 15)
    return lines


def _part(title: str, texts: list[str]) -> list[str]:
    lines = ["", title]
    for text in texts:
        lines += paragraph("  -" if len(texts) > 1 else "", text, _INDENT)
    return lines

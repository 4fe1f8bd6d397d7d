"""The reference page of a system call, in Markdown: what docs/syscalls holds, made from the table.

Run as a program with a folder's name, it writes all of them there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from detector.model.stage import Stage
from detector.render.call_text import call_line
from detector.render.syscall_example import raced
from detector.rules.sentence import summary
from detector.syscalls.entry import Parameter, Probe, Syscall
from detector.syscalls.supervisors import SUPERVISED, Asking
from detector.syscalls.table import SYSCALLS
from detector.syscalls.unwatched import UNWATCHED

INDEX = "README"


def page(syscall: Syscall) -> str:
    """Write the whole page of one call."""
    example = raced(syscall)
    parameters = ", ".join(
        f"{parameter.type}{'' if parameter.is_address else ' '}{parameter.name}"
        for parameter in syscall.parameters
    )
    lines = [
        f"# {syscall.name}",
        "",
        f"    {syscall.name}({parameters})",
        "",
        described(syscall),
        "",
        "## Arguments",
        "",
        "| argument | type | passed | meaning |",
        "| --- | --- | --- | --- |",
        *(_argument(syscall, parameter) for parameter in syscall.parameters),
        "",
        "## Probes",
        "",
        "| stage | callers | function | kind | what it is for |",
        "| --- | --- | --- | --- | --- |",
        *map(_supervised, () if syscall.apart else SUPERVISED),
        *map(_probe, syscall.probes),
        "",
        "Of several functions the first one is taken that the kernel has and lets be probed.",
        "Without kprobes, the tracepoints "
        + " and ".join(f"`{probe.tracepoint}`" for probe in syscall.probes if probe.tracepoint),
        "stand in for entry and exit.",
        "",
        "## Example",
        "",
        f"    {call_line(example)}",
        "",
        f"> {summary(example)}.",
        "",
        f"To see one: `{to_see(syscall)}`.",
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in limits(syscall)),
        "",
        "## Related",
        "",
        ", ".join(map(_link, syscall.related)) + ".",
    ]
    return "\n".join(lines) + "\n"


def to_see(syscall: Syscall) -> str:
    """Give the command that shows a raced call."""
    asked = f"--syscalls {syscall.name} " if syscall.hot else ""
    return f"toctrace run {asked}-- toctrace simulate {syscall.scenario}"


def index() -> str:
    """Write the page that lists every call of the family."""
    lines = [
        "# System calls",
        "",
        "What is watched, made from the table in detector/syscalls; `toctrace syscalls` tells of",
        "the kernel at hand too. `--syscalls` and the configuration's `syscalls` choose; a hot",
        "call, which many programs make often, is watched only where it is named there.",
        "",
        "| call | raceable arguments | hot | what it does |",
        "| --- | --- | --- | --- |",
        *(
            f"| [{call.name}]({call.name}.md) | {raceable(call)} | {'yes' if call.hot else 'no'}"
            f" | {call.summary} |"
            for call in SYSCALLS
        ),
        "",
        "## Not watched",
        "",
        "| call | raceable | why it is not watched |",
        "| --- | --- | --- |",
        *(
            f"| {call.name} | {'yes' if call.raceable else 'no'} | {call.reason} |"
            for call in UNWATCHED
        ),
    ]
    return "\n".join(lines) + "\n"


def write_pages(folder: Path) -> None:
    """Write every page into a folder. Raises OSError."""
    for name, text in pages().items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Give every page by its name."""
    return {INDEX: index()} | {syscall.name: page(syscall) for syscall in SYSCALLS}


def limits(syscall: Syscall) -> tuple[str, ...]:
    """Say what cannot be seen of a call, whatever the kernel."""
    way_round = f"Not covered: io_uring, where {around(syscall)}." if syscall.uring else ""
    return (*syscall.limits, *filter(None, [way_round]))


def around(syscall: Syscall) -> str:
    """Say how io_uring does the same without the call."""
    operations = " and ".join(syscall.uring)
    return f"the same is done without this call by {operations}: a use without an entry"


def described(syscall: Syscall) -> str:
    """Say what a call does, and what it returns."""
    returns = f" It returns {syscall.returns}." if syscall.returns else ""
    return f"{syscall.summary}{returns}"


def raceable(syscall: Syscall) -> str:
    """Name the arguments that can be raced."""
    return ", ".join(argument.name for argument in syscall.arguments)


def passed(syscall: Syscall, parameter: Parameter) -> str:
    """Say how a parameter is passed, and whether it can be raced."""
    if parameter.by_value:
        return "by value"
    can_race = parameter.name in {argument.name for argument in syscall.arguments}
    words = ("user pointer", "raceable" * can_race, "may be NULL" * parameter.optional)
    return ", ".join(filter(None, words))


def _argument(syscall: Syscall, parameter: Parameter) -> str:
    how = passed(syscall, parameter)
    return f"| {parameter.name} | `{parameter.type}` | {how} | {parameter.meaning} |"


def kind(probe: Probe) -> str:
    """Say what kind of probe it is, by default and by fentry."""
    if not probe.returns:
        return "kprobe, or fentry"
    return "fexit, or kprobe and kretprobe" if probe.entered else "fexit, or kretprobe"


def _supervised(asking: Asking) -> str:
    functions = " or ".join(f"`{symbol}`" for symbol in asking.symbols)
    how = "kprobe, and fexit or kretprobe"
    return f"| {Stage.SUPERVISE} | any | {functions} | {how} | {asking.purpose} |"


def _probe(probe: Probe) -> str:
    functions = " or ".join(f"`{symbol}`" for symbol in probe.symbols)
    return f"| {probe.stage} | {probe.abi} | {functions} | {kind(probe)} | {probe.purpose} |"


def _link(name: str) -> str:
    return f"[{name}]({name}.md)" if name in {call.name for call in SYSCALLS} else name


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))

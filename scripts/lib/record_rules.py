"""Play scenarios in a running kernel and keep their snapshots as the rules' recordings.

Runs inside of the guest; see scripts/rule-recordings.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from detector.capture.capture import Capture
from detector.capture.filters import Filters
from detector.capture.proof import prove
from detector.capture.wire import Seed
from detector.correlate.correlator import Correlator
from detector.enrich.enricher import Enricher
from detector.live.attended import attend
from detector.live.held import HeldCommand
from detector.model.contents import shown
from detector.model.judgement import JudgedCall
from detector.model.process import Process
from detector.model.snapshot import Loss, Snapshot
from detector.model.stage import LADDER
from detector.rules.recordings import Head, Outcome, RuleRecording, write_recording
from detector.simulate.own import play_own_honest, play_own_raced
from detector.simulate.table import SCENARIOS
from detector.syscalls.table import BY_NAME, DEFAULT, SYSCALLS

ROOT = Path(__file__).resolve().parents[2]
TAMPER = ROOT / "tests/kernel/tamper"
TAMPERED = "tampered"

FIRES = {
    "nodemask-race": (
        *("flip-old", "flip-new", "flip-both", "withdrawn", "fail-after-copy"),
        *("mbind-flip", "mbind-gone", "mbind-refused"),
        *("mempolicy-flip", "mempolicy-gone", "mempolicy-refused"),
    ),
    "nodemask-restore": ("restore",),
    "nodemask-late": ("flip-late",),
    "nodemask-blind": ("first-touch",),
    "nodemask-blind-held": ("blind-old", "blind-new", "mbind-blind", "mempolicy-blind"),
    "nodemask-tamper": ("tamper",),
    "argument-race": (
        *("openat-flip", "openat2-held", "connect-flip", "sendto-flip", "execve-flip"),
        *("renameat2-flip", "mount-flip"),
    ),
    "argument-restore": ("openat2-restore",),
    "argument-late": ("openat-late",),
    "argument-blind": ("openat-blind", "connect-blind"),
    "array-race": ("move_pages-flip",),
    "array-node-race": ("move_pages-node", "move_pages-restore"),
    "array-late": ("move_pages-late",),
    "array-blind": ("move_pages-blind",),
}
"""What each rule must fire on."""
SILENT = {
    "nodemask-race": (
        *("clean", "clean-cpuset", "errors", "restore", "flip-late", "blind-old"),
        *("mbind-clean", "mbind-einval", "mempolicy-clean", "mempolicy-einval"),
    ),
    "nodemask-restore": ("clean", "flip-old", "flip-late"),
    "nodemask-late": ("clean", "flip-old", "restore"),
    "nodemask-blind": ("clean", "blind-old"),
    "nodemask-blind-held": ("clean", "first-touch"),
    "nodemask-tamper": ("clean", "clean-cpuset", "flip-old"),
    "argument-race": ("openat-clean", "connect-clean", "execve-clean", "openat-late"),
    "argument-restore": ("openat2-held", "openat2-clean"),
    "argument-late": ("openat-clean", "openat-flip"),
    "argument-blind": ("openat-clean", "openat2-held"),
    "array-race": ("move_pages-clean", "move_pages-query", "move_pages-node"),
    "array-node-race": ("move_pages-moved", "move_pages-flip", "move_pages-late"),
    "array-late": ("move_pages-moved", "move_pages-restore"),
    "array-blind": ("move_pages-moved", "move_pages-late"),
}
"""What it must be silent about."""
FLUSH_MS = 300


def main(out: Path, only: tuple[str, ...]) -> None:
    """Record every scenario once, and write it for each rule that asks for it.

    `only`: just the scenarios whose names begin so; none: all of them.
    """
    wanted = dict.fromkeys(
        name
        for plan in (FIRES, SILENT)
        for names in plan.values()
        for name in names
        if not only or name.startswith(only)
    )
    texts = any(SCENARIOS[name].truth(1).calls[0].texts for name in wanted if name in SCENARIOS)
    syscalls = SYSCALLS if texts else DEFAULT  # the programs of texts take long to load
    with Enricher.open() as enricher, Capture(syscalls) as capture:
        capture.follow_descendants()
        capture.arm(Filters(marked=True))
        problems = prove(capture, play_own_honest, play_own_raced)
        if problems or not set(LADDER) <= capture.armed_stages:
            sys.exit(f"not every stage can be seen here: {problems}")
        taken = {name: record(capture, enricher, name) for name in wanted}
    for plan, outcome in ((FIRES, Outcome.FIRES), (SILENT, Outcome.SILENT)):
        for rule, names in plan.items():
            folder = out / rule
            folder.mkdir(parents=True, exist_ok=True)
            for name in filter(wanted.__contains__, names):
                recording, found = taken[name]
                expected = found if outcome is Outcome.FIRES else 0
                head = msgspec.structs.replace(recording.head, expected=expected)
                whole = msgspec.structs.replace(recording, head=head)
                (folder / f"{outcome}-{name}.jsonl").write_bytes(anywhere(write_recording(whole)))


def record(capture: Capture, enricher: Enricher, name: str) -> tuple[RuleRecording, int]:
    """Play one scenario; give what was taken, and how many of its calls are raced by its truth."""
    correlator = Correlator(armed=capture.armed_stages)
    items: list[Snapshot | Loss] = []
    processes: dict[int, Process] = {}

    def take(calls: list[JudgedCall]) -> None:
        for call in calls:
            if call.kind is not None:
                processes[call.number] = plain(enricher.process(call))

    def step(ms: int) -> None:
        enricher.pump()
        for item in capture.read(ms):
            items.append(item)
            take(correlator.feed(item))

    with HeldCommand(command(name)) as held:
        capture.mark(held.pidfd, Seed.MARKED)
        status = attend(held, step)
    step(FLUSH_MS)
    take(correlator.finish())
    if status or any(isinstance(item, Loss) for item in items):
        sys.exit(f"{name} ended with status {status}, or something of it was lost")
    head = Head(scenario=name, kernel=platform.release(), armed=LADDER, expected=0)
    kept = relevant(tuple(items), name)
    return RuleRecording(head=head, items=kept, processes=processes), raced(name)


def relevant(items: tuple[Snapshot | Loss, ...], name: str) -> tuple[Snapshot | Loss, ...]:
    """Leave out the calls that an interpreter makes beside a scenario's own.

    Of a call of texts only those are kept that have one of the texts which its truth tells of.
    """
    calls = SCENARIOS[name].truth(1).calls if name in SCENARIOS else ()
    if not calls or not calls[0].texts:
        return items
    told = {
        value
        for text in calls[0].texts.values()
        for value in (text.entry, text.use, text.exit)
        if value is not None
    }
    snapshots = [
        item for item in items if isinstance(item, Snapshot) and item.syscall == calls[0].syscall
    ]
    numbers = {s.call for s in snapshots if not told or told & set(texts_of(s))}
    return tuple(s for s in snapshots if s.call in numbers)


def texts_of(snapshot: Snapshot) -> list[str]:
    """Give the snapshot's texts as findings show them."""
    forms = {a.name: a.form for a in BY_NAME[snapshot.syscall].arguments}
    return [shown(forms[name], content) for name, content in snapshot.contents.items()]


def anywhere(recording: bytes) -> bytes:
    """Leave out where this checkout and its environment lie."""
    for place, stands in ((ROOT, b"/src"), (sys.prefix, b"/venv")):
        recording = recording.replace(str(place).encode(), stands)
    return recording


def command(name: str) -> tuple[str, ...]:
    """Give what plays a scenario."""
    if name == "tamper":
        return (sys.executable, str(TAMPER / "caller.py"), "honest", TAMPERED, "honest")
    if name == "first-touch":
        return (sys.executable, str(ROOT / "scripts/lib/first_touch.py"))
    return ("toctrace", "simulate", name)


def raced(name: str) -> int:
    """Give how many of its calls are raced, by its own truth."""
    if name in {"tamper", "first-touch"}:
        return 1
    told = msgspec.json.decode(subprocess.check_output([*command(name), "--expect"]))
    return sum(call["kind"] != "none" for call in told["calls"])


def plain(process: Process) -> Process:
    """Leave out where this checkout lies."""
    words = tuple(Path(word).name for word in process.command_line)
    return msgspec.structs.replace(process, command_line=words)


def load_tamper() -> None:
    """Build and load the module that changes masks inside of the kernel."""
    folder = shutil.copytree(TAMPER, "/tmp/tamper")  # noqa: S108  (the guest's own)
    headers = os.environ["BCC_KERNEL_SOURCE"]
    subprocess.run(["make", "-C", headers, f"M={folder}", "modules"], check=True)
    subprocess.run(["insmod", f"{folder}/tamper.ko", f"comm={TAMPERED}", "node=77"], check=True)


if __name__ == "__main__":
    if not sys.argv[1:]:
        load_tamper()
    main(Path(os.environ["TOCTRACE_OUT"]), tuple(sys.argv[1:]))

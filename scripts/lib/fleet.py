"""Make a fleet: recordings of N hosts that never were, out of calls that really were made.

    scripts/fleet FOLDER [--hosts N] [--snapshots N] [--seed TEXT] [--broken N]

The calls are those of the recordings in tests/fixtures, stage by stage as a kernel gave them; who
makes them, on which host, boot and clock, is made up. The same seed makes the same fleet: the bytes
of its files but for the tool's version. Every recording is in a case folder of its host's name.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

import msgspec

from detector import __version__
from detector.correlate.correlator import correlate
from detector.judging.beginning import Beginning, Ending
from detector.model.observation import Observation
from detector.model.process import Backing, Container, Process
from detector.model.snapshot import Snapshot, Task
from detector.recording.bounds import Bounds
from detector.recording.case import find_recordings
from detector.recording.chain import Chain, first_header
from detector.recording.files import RecordingFiles
from detector.recording.folder import CaseFolder
from detector.recording.payload import encode
from detector.recording.reading import Block
from detector.recording.records import Answer, Closing, Header, Record
from detector.recording.writer import BLOCK_BYTES

SOURCES = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "recordings"
BEGAN_NS = 1_764_000_000_000_000_000
"""Wall time at which the fleet was watched, give or take a day."""
DAY_NS = 86_400_000_000_000
RACED = 0.02
"""The part of the calls that show a difference: most programs are honest."""
TWO_RUNS, CLOCK_SET, CONTAINED = 0.1, 0.05, 0.4
"""The parts of the hosts that were watched twice in one boot, whose clock was set meanwhile, and of
the processes that run in a container."""
PROCESSES = 8
PROGRAMS = tuple(
    f"/{folder}/{name}"
    for folder in ("usr/bin", "usr/sbin", "opt/batch/bin", "usr/local/bin")
    for name in ("numactl", "postgres", "qemu", "java", "redis", "migrated", "solver", "backup")
)
IMAGES = 12
NEEDLE = "/dev/shm/.x"  # noqa: S108  (a name in made-up data)
"""A program that one host alone runs: what a hunt is for."""


class Call(msgspec.Struct, frozen=True):
    """A real call."""

    snapshots: tuple[Snapshot, ...]
    raced: bool
    """Whether its stages show a difference."""
    backing: dict[str, Backing]
    """What backed its masks, where that was asked."""


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """What is made."""

    folder: Path
    hosts: int
    snapshots: int
    """Of all hosts; each has the same part of them, give or take a call."""
    seed: str
    broken: int = 0
    """Hosts, from the last one, whose recording is damaged once it is made."""


@cache
def real_calls() -> tuple[tuple[Call, ...], tuple[Call, ...], Header]:
    """Give the calls that show no difference, those that show one, and a real header."""
    honest: list[Call] = []
    raced: list[Call] = []
    (path,) = find_recordings(sorted(SOURCES.iterdir())[-1:])
    header = first_header(path)
    if header is None:
        sys.exit(f"{path.folder}: its recording has no header")
    answers: dict[int, Process] = {}
    calls: dict[int, list[Snapshot]] = {}
    for block in Chain(path).blocks():
        for record in block.records if isinstance(block, Block) else ():
            if isinstance(record, Answer):
                answers[record.call] = record.process
            elif isinstance(record, Snapshot) and not record.own:
                calls.setdefault(record.call, []).append(record)
    for number, snapshots in calls.items():
        (judged,) = correlate(snapshots, armed=header.beginning.armed)
        asked = answers.get(number, Process())
        call = Call(tuple(snapshots), judged.kind is not None, asked.backing)
        (raced if call.raced else honest).append(call)
    return tuple(honest), tuple(raced), header


def make_fleet(fleet: Fleet) -> None:
    """Make every host, on every core that may be used."""
    fleet.folder.mkdir(parents=True)
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(partial(make_host, fleet), range(fleet.hosts), chunksize=4))


def make_host(fleet: Fleet, number: int) -> None:
    """Make one host's case folder."""
    chance = random.Random(f"{fleet.seed}/{number}")  # noqa: S311  (to be made again, not secret)
    host = _Host(chance, number, needle=number == fleet.hosts // 3)
    left = fleet.snapshots // fleet.hosts
    folder = fleet.folder / host.name
    runs = 1 + (chance.random() < TWO_RUNS)
    with CaseFolder(folder) as case:
        for _ in range(runs):
            host.record(case, left // runs)
    if number >= fleet.hosts - fleet.broken:
        damage(min(folder.iterdir()), number, chance)


def damage(file: Path, number: int, chance: random.Random) -> None:
    """Break a file: cut it, change a byte in its middle, or leave nothing that can be read."""
    data = bytearray(file.read_bytes())
    middle = len(data) // 2 + chance.randrange(100)
    if number % 3 == 0:
        del data[middle:]
    elif number % 3 == 1:
        data[middle] ^= 0xFF
    else:
        data[:8] = b"NOTRACES"
    file.write_bytes(data)


class _Host:
    """A host on one boot: its name, its clock, and who runs on it."""

    def __init__(self, chance: random.Random, number: int, *, needle: bool) -> None:
        self._chance = chance
        self.name = f"{chance.choice(('web', 'db', 'batch', 'build'))}-{number:05}"
        self._boot_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        # watched within a day, after at most a month of running; clocks are off by up to minutes
        began = BEGAN_NS + chance.randrange(DAY_NS) + int(chance.gauss(0, 30e9))
        self._now_ns = chance.randrange(DAY_NS, 30 * DAY_NS)
        self._offset_ns = began - self._now_ns
        self._next_call = 1
        self._tasks = [self._task(needle=needle and n == 0) for n in range(PROCESSES)]
        self._set_by = chance.randrange(-5, 5) * 1_000_000_000
        self._set = chance.random() < CLOCK_SET

    def _task(self, *, needle: bool) -> tuple[Task, Process]:
        chance = self._chance
        program = NEEDLE if needle else PROGRAMS[int(len(PROGRAMS) * chance.random() ** 2)]
        image = chance.randrange(IMAGES)
        container = chance.randbytes(32).hex()
        contained = chance.random() < CONTAINED
        pid = chance.randrange(300, 1 << 22)
        task = Task(
            tgid=pid,
            tid=pid,
            start_ns=self._now_ns - chance.randrange(DAY_NS),
            ns_tgid=7 if contained else pid,
            ns_tid=7 if contained else pid,
            pid_namespace=4026531836 + image * contained,
            uid=chance.choice((0, 33, 999, 1000, 1001)),
            gid=0,
            cgroup=chance.randrange(1, 1 << 20),
            comm=program.rpartition("/")[2][:15],
            address=0xFFFF_8880_0000_0000 + pid * 4096,
        )
        slices = f"/system.slice/docker-{container}.scope", f"/system.slice/job-{image}.service"
        return task, Process(
            executable=program,
            command_line=(program, "--shard", str(chance.randrange(64))),
            parent_tgid=1,
            parent_comm="systemd",
            cgroup_path=slices[not contained],
            sha256=hashlib.sha256(f"{program} {chance.randrange(3)}".encode()).hexdigest(),
            login_uid=chance.choice((None, 1000, 1001)),
            container=Container(runtime="docker", id=container, image=f"registry/app:{image}")
            if contained
            else None,
        )

    def record(self, case: CaseFolder, snapshots: int) -> None:
        """Write one run of so many snapshots, give or take a call."""
        real = real_calls()[2].beginning
        run = f"{self._chance.getrandbits(64):016x}"
        beginning = msgspec.structs.replace(
            real,
            run=run,
            began_unix_ns=self._now_ns + self._offset_ns,
            offset_ns=self._offset_ns,
        )
        files = RecordingFiles(
            case, run, Bounds(), partial(self._header, beginning), lambda **_: None
        )
        block: list[bytes] = []
        size = 0
        for record in self._run(beginning, snapshots):
            block.append(encode(record))
            size += len(block[-1])
            if size >= BLOCK_BYTES:
                files.write(block)
                block, size = [], 0
        files.write(block)
        files.finish()

    def _header(self, beginning: Beginning, segment: int) -> Header:
        moved = self._set_by if self._set else self._chance.randrange(-20_000, 20_000)
        return msgspec.structs.replace(
            real_calls()[2],
            segment=segment,
            opened_unix_ns=self._now_ns + self._offset_ns,
            offset_now_ns=self._offset_ns + moved,
            tool=__version__,
            host=self.name,
            boot_id=self._boot_id,
            beginning=beginning,
        )

    def _run(self, beginning: Beginning, snapshots: int) -> Iterator[Record]:
        honest, raced, _ = real_calls()
        chance = self._chance
        calls = 0
        while snapshots > 0:
            task, process = chance.choice(self._tasks)
            call = chance.choice(raced if chance.random() < RACED else honest)
            yield from self._made(call, task, process)
            snapshots -= len(call.snapshots)
            calls += 1
        ended = self._now_ns + beginning.offset_ns
        ending = Ending(
            ended_unix_ns=ended, stages=beginning.stages, begun=calls, lost={}, cut_by_start=0
        )
        yield Closing(ending, _observation(beginning, ending, calls))

    def _made(self, call: Call, task: Task, process: Process) -> Iterator[Record]:
        """Let a process of this host make a call that another one once made elsewhere."""
        number, first = self._next_call, call.snapshots[0].time_ns
        self._next_call += 1
        self._now_ns += self._chance.randrange(1_000_000, 20_000_000)
        if call.raced:
            yield Answer(number, msgspec.structs.replace(process, backing=call.backing))
        for snapshot in call.snapshots:
            yield msgspec.structs.replace(
                snapshot, call=number, task=task, time_ns=snapshot.time_ns - first + self._now_ns
            )
        self._now_ns += call.snapshots[-1].time_ns - first


def _observation(beginning: Beginning, ending: Ending, calls: int) -> Observation:
    """Say what a run says at its end; findings are a replay's to make."""
    return Observation(
        run=beginning.run,
        backend=beginning.backend,
        kernel=beginning.kernel,
        began_unix_ns=beginning.began_unix_ns,
        ended_unix_ns=ending.ended_unix_ns,
        stages=ending.stages,
        judged=calls,
        findings={},
        severities={},
        incomplete=0,
        lost={},
        cut_by_start=0,
        cut_by_end=0,
    )


def digest(folder: Path) -> str:
    """Give one hash of everything in a folder, names included."""
    whole = hashlib.sha256()
    for file in sorted(folder.rglob("*.toctrace")):
        whole.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return whole.hexdigest()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/fleet")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--snapshots", type=int, default=20_000_000)
    parser.add_argument("--seed", default="5")
    parser.add_argument("--broken", type=int, default=3)
    make_fleet(Fleet(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()

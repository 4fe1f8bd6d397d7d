"""Hunt through a made-up fleet by both engines: equal results, time, and memory.

    scripts/hunt-bench [--hosts N] [--snapshots N] [--seed TEXT] [--folder FOLDER]

Makes the fleet (unless FOLDER is there already), then measures, each in processes of its own on two
cores: merely decoding its files; `local`; `spark` on local[2]; and both again on a tenth of the
hosts. Times are told as ratios to decoding; CPU time, as the machine may be shared. Ends with 1
where the engines' results differ in a byte.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from detector.recording.reading import Block, read_file
from fleet import Fleet, make_fleet

CORES = 2
SPARK_MEMORY = "1g"
_SAMPLE_S = 0.25
_TICKS = os.sysconf("SC_CLK_TCK")
_STAT_PARENT, _STAT_USER, _STAT_SYSTEM = 1, 11, 12
"""Places in /proc/PID/stat behind the name: proc_pid_stat(5)."""


class Measured(msgspec.Struct, frozen=True):
    """What one command took, all its processes together."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    """Most that they held at one moment: the sum of their proportional set sizes."""
    result: str
    """SHA-256 of what it wrote."""


def measure(command: list[str]) -> Measured:
    """Run a command and watch its processes; its results go to a file."""
    began = time.monotonic()
    environment = {
        **os.environ,
        "PYSPARK_SUBMIT_ARGS": f"--driver-memory {SPARK_MEMORY} pyspark-shell",
    }
    cpu: dict[int, float] = {}
    waited_s = _waited_cpu_s()
    peak = 0.0
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as told:
        running = subprocess.Popen(command, stdout=out, stderr=told, env=environment)
        while running.poll() is None:
            held = 0.0
            for process in _descendants(running.pid):
                held += _held_mib(process)
                cpu[process] = max(cpu.get(process, 0.0), _cpu_s(process))
            peak = max(peak, held)
            time.sleep(_SAMPLE_S)
        if running.returncode not in {0, 10, 12}:
            told.seek(0)
            sys.exit(f"{command} ended with {running.returncode}: {told.read()[-2000:].decode()}")
        out.seek(0)
        result = hashlib.file_digest(out, "sha256").hexdigest()
    # of what lived too short to be sampled, and was waited for; a JVM is not waited for
    cpu_s = max(sum(cpu.values()), _waited_cpu_s() - waited_s)
    return Measured(time.monotonic() - began, cpu_s, peak, result)


def _waited_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def decode(files: list[Path]) -> int:
    """Read files as a hunt does, and judge nothing; give how many records are in them."""
    blocks = (item for file in files for item in read_file(file))
    return sum(len(block.records) for block in blocks if isinstance(block, Block))


def main() -> None:
    """Make, measure, compare, tell."""
    parser = argparse.ArgumentParser(prog="scripts/hunt-bench")
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--snapshots", type=int, default=20_000_000)
    parser.add_argument("--seed", default="5")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--decode", type=Path, nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    if asked.decode:
        with ProcessPoolExecutor(CORES) as pool:
            files = [[file] for case in asked.decode for file in case.rglob("*.toctrace")]
            print(sum(pool.map(decode, files, chunksize=8)))
        return
    with tempfile.TemporaryDirectory(prefix="toctrace-fleet-") as scratch:
        folder = asked.folder or Path(scratch) / "fleet"
        if not folder.exists():
            fleet = Fleet(
                folder=folder,
                hosts=asked.hosts,
                snapshots=asked.snapshots,
                seed=asked.seed,
                broken=3,
            )
            make_fleet(fleet)
        hosts = sorted(folder.iterdir())
        sys.exit(0 if compare(hosts[:: max(1, len(hosts) // (len(hosts) // 10))], hosts) else 1)


def compare(few: list[Path], every: list[Path]) -> bool:
    """Measure on some hosts and on all, tell it as Markdown; give whether the engines agree."""
    print("| hosts | what | CPU s | to decoding | wall s | peak MiB |")
    print("| ---: | --- | ---: | ---: | ---: | ---: |")
    agree = True
    for hosts in (few, every):
        places = [str(host) for host in hosts]
        hunt = ["toctrace", "hunt", *places, "--format", "jsonl"]
        commands = {
            "decoding": [sys.executable, __file__, "--decode", *places],
            "local": hunt,
            "spark": [*hunt, "--engine", "spark", "--master", f"local[{CORES}]"],
        }
        told = {}
        for name, command in commands.items():
            one = told[name] = measure(command)
            ratio = one.cpu_s / told["decoding"].cpu_s
            print(
                f"| {len(hosts):,} | {name} | {one.cpu_s:,.0f} | {ratio:.2f} "
                f"| {one.wall_s:,.0f} | {one.peak_mib:,.0f} |",
                flush=True,
            )
        same = told["local"].result == told["spark"].result
        agree = agree and same
        print(
            f"\nResults on {len(hosts):,} hosts: {'equal' if same else 'DIFFERENT'}.\n", flush=True
        )
    return agree


def _descendants(root: int) -> list[int]:
    """Give a process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (stat := _stat(int(entry.name))):
            children.setdefault(int(stat[_STAT_PARENT]), []).append(int(entry.name))
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


def _stat(process: int) -> list[str]:
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:  # it has ended
        return []
    return text.rpartition(")")[2].split()


def _cpu_s(process: int) -> float:
    stat = _stat(process)
    return (int(stat[_STAT_USER]) + int(stat[_STAT_SYSTEM])) / _TICKS if stat else 0.0


def _held_mib(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    main()

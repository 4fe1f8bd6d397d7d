"""What a virtual machine of `scripts/vm` is made of: pure functions from options to text."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

FORWARDED = ("CI", "COLUMNS", "NO_COLOR", "PYTEST_ADDOPTS")
"""Variables handed to the guest beside TOCTRACE_*."""

WRITABLE = ("/etc", "/home", "/opt", "/root", "/srv", "/usr", "/var")
"""Folders that look writable in the guest; what it writes there is dropped with it."""

CACHED = "toctrace.cached"
"""Mount tag of this machine's files for what the guest reads again and again. What its init mounts,
by 9p too, is without a cache: every page of every program comes anew through the emulator."""

MAX_NODES = 16
TOTAL_MIB = 2048
LEAST_NODE_MIB = 512
"""Below this a node has too little for clang, which bcc runs in the guest."""


@dataclass(frozen=True)
class Options:
    """What the caller of `scripts/vm` asked for; `deadline` in seconds, boot included."""

    kernel: str
    nodes: int
    deadline: float
    out: Path | None
    append: tuple[str, ...]
    """More words of the kernel's command line."""
    command: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """The folders of the machine that the guest needs, by absolute paths."""

    root: Path
    venv: Path
    kernel: Path
    run: Path
    out: Path | None

    @property
    def release(self) -> str:
        """The kernel's release, which is its folder's name."""
        return self.kernel.name

    @property
    def read(self) -> tuple[Path, ...]:
        """What the guest reads; what it writes there is dropped with it."""
        return (self.root, self.venv, self.kernel)

    @property
    def written(self) -> tuple[Path, ...]:
        """What the guest writes, and this machine then sees."""
        return (self.run, self.out) if self.out else (self.run,)


def parse(argv: Sequence[str]) -> Options:
    """Read the command line; a wrong one exits with 2."""
    parser = argparse.ArgumentParser(
        prog="scripts/vm",
        usage="%(prog)s KERNEL [--nodes N] [--deadline S] [--out DIR] [--append ARG]... -- CMD...",
    )
    parser.add_argument("kernel")
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--deadline", type=float, default=900.0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--append", action="append", default=[])
    before, command = _split(argv)
    options = parser.parse_args(before)
    if not command:
        parser.error("the command is missing; it follows `--`")
    if not 1 <= options.nodes <= MAX_NODES:
        parser.error(f"--nodes takes 1 to {MAX_NODES}")
    if not options.deadline > 0:
        parser.error("--deadline takes a number of seconds above 0")
    return Options(
        kernel=options.kernel,
        nodes=options.nodes,
        deadline=options.deadline,
        out=options.out.resolve() if options.out else None,
        append=tuple(options.append),
        command=tuple(command),
    )


def _split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part at the first `--`, so that the command's own options stay its own."""
    words = list(argv)
    cut = words.index("--") if "--" in words else len(words)
    return words[:cut], words[cut + 1 :]


def memory_options(nodes: int, cpus: int) -> list[str]:
    """Return memory and topology; nodes past the CPUs have memory only."""
    if nodes == 1:
        return ["--memory", f"{TOTAL_MIB}M"]
    size = max(LEAST_NODE_MIB, TOTAL_MIB // nodes)
    options = ["--memory", f"{size * nodes}M"]
    for node in range(nodes):
        mine = [f"cpus={cpu}" for cpu in range(node, cpus, nodes)]
        options += ["--numa", ",".join([f"{size}M", *mine])]
    return options


def command_script(place: Place, env: Mapping[str, str], command: Sequence[str]) -> str:
    """Return the shell script that runs `command` in the guest as the caller would run it."""
    exported = {
        "PATH": f"{place.venv}/bin:{SYSTEM_PATH}",
        "VIRTUAL_ENV": str(place.venv),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "BCC_KERNEL_SOURCE": f"{place.kernel}/usr/src/linux-{place.release}",
    }
    for name in sorted(env):
        if name in FORWARDED or name.startswith("TOCTRACE_"):
            exported[name] = env[name]
    if place.out:
        exported["TOCTRACE_OUT"] = str(place.out)
    lines = [f"export {name}={shlex.quote(value)}" for name, value in exported.items()]
    lines += [f"cd {shlex.quote(str(place.root))} || exit 126", f"exec {shlex.join(command)}"]
    return "\n".join(lines) + "\n"


def command_line(place: Place, nodes: int, cpus: int, append: Sequence[str] = ()) -> list[str]:
    """Return the command line that boots the machine."""
    read, written = (shlex.join(map(str, paths)) for paths in (place.read, place.written))
    script = shlex.quote(f"{place.root}/scripts/lib/guest")
    return [
        f"{place.venv}/bin/virtme-run",
        *("--kimg", f"{place.kernel}/boot/vmlinuz-{place.release}", "--mods", "auto"),
        # 9p, as Debian 12 has no virtiofsd that this virtme-ng would start.
        *("--disable-kvm", "--disable-monitor", "--force-9p", "--user", "root"),
        # Only for the log of a lost machine: the guest's results come back through files.
        *("--show-boot-console", "--verbose"),
        *(f"--kopt={word}" for word in append),
        *("--cpus", str(cpus), *memory_options(nodes, cpus)),
        *(f"--overlay-rwdir={folder}" for folder in WRITABLE if Path(folder).is_dir()),
        *(f"--rwdir={path}" for path in place.written),
        *("--script-sh", f"bash {script} {CACHED} {read} -- {written}"),
        "--qemu-opts",
        *("-fsdev", "local,id=cached,path=/,security_model=none,readonly=on,multidevs=remap"),
        *("-device", f"virtio-9p-pci,fsdev=cached,mount_tag={CACHED}"),
    ]

"""Which `bcc` this interpreter would import, asked without importing it here."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import msgspec

DEADLINE = 60.0
"""Seconds that loading libbcc (100 MB of LLVM) may take on a slow or emulated machine."""
SOURCE_LIMIT = 1 << 20
"""Bytes of a module that are looked at."""
DEFINES_BPF = re.compile(rb"^(class BPF\b|from \S+ import .*\bBPF\b|BPF\s*=)", re.MULTILINE)

# Runs in an interpreter of its own: libbcc may crash, and must not do it here.
ASK = """
import json, bcc
maps = open("/proc/self/maps").read().split()
names = {word.rpartition("/")[2] for word in maps if "/lib" in word}
compiler = sorted(n for n in names if n.startswith(("libbcc.", "libclang", "libLLVM")))
print(json.dumps({"bpf": hasattr(bcc, "BPF"), "version": str(getattr(bcc, "__version__", "")),
                  "libraries": compiler}))
"""


class BccPackage(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the module named `bcc` as this Python sees it."""

    python: str
    """The interpreter's path."""
    python_version: str
    origin: str = ""
    """The file or folder that `import bcc` finds; empty when there is none."""
    defines_bpf: bool = False
    """False for the unrelated package of that name on PyPI, and for a stray folder."""
    loads: bool = False
    version: str = ""
    libraries: tuple[str, ...] = ()
    """libbcc and the compiler it brings, as mapped after the import."""
    error: str = ""
    """Why it does not load, in the loader's own words."""


class _Answer(msgspec.Struct):
    bpf: bool
    version: str
    libraries: tuple[str, ...]


def find_bcc() -> BccPackage:
    """Find `bcc` on this interpreter's path and load it in a child process."""
    package = BccPackage(python=sys.executable, python_version=sys.version.split()[0])
    try:
        spec = importlib.util.find_spec("bcc")
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return package
    places = list(spec.submodule_search_locations or ())
    origin = spec.origin or (places[0] if places else "")
    package = msgspec.structs.replace(package, origin=origin or "bcc")
    if not _defines_bpf(Path(origin)):
        return package
    return _loaded(msgspec.structs.replace(package, defines_bpf=True))


def _defines_bpf(source: Path) -> bool:
    """Look for the class in the module's own text: importing the wrong package may do anything."""
    try:
        with source.open("rb") as file:
            return DEFINES_BPF.search(file.read(SOURCE_LIMIT)) is not None
    except OSError:
        return False


def _loaded(package: BccPackage) -> BccPackage:
    """Import it in a child: only that proves that libbcc and its compiler are there."""
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-c", ASK],
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=DEADLINE,
        )
    except subprocess.TimeoutExpired:
        return msgspec.structs.replace(package, error=f"did not load within {DEADLINE:.0f} s")
    except OSError as error:
        return msgspec.structs.replace(package, error=f"{sys.executable}: {error.strerror}")
    if child.returncode != 0:
        last = child.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        return msgspec.structs.replace(package, error=last or f"ended with {child.returncode}")
    try:
        answer = msgspec.json.decode(child.stdout, type=_Answer)
    except msgspec.DecodeError as error:
        return msgspec.structs.replace(package, error=f"answered nonsense ({error})")
    return msgspec.structs.replace(
        package,
        loads=answer.bpf,
        version=answer.version,
        libraries=answer.libraries,
        error="" if answer.bpf else "no BPF class after the import",
    )

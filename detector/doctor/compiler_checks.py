"""What the programs are compiled with at start: bcc, its clang, and the kernel's headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from detector.doctor.distribution import BCC, BCC_AGAIN, HEADERS, commands
from detector.doctor.result import Effect, fine, problem, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detector.doctor.host import Host
    from detector.doctor.result import CheckResult

DISTRIBUTION_BCC = ("usr/lib/python3/dist-packages/bcc/libbcc.py",)
"""Where Debian and Ubuntu put it, for /usr/bin/python3 alone."""

VENV = (
    "/usr/bin/python3 -m venv --system-site-packages /opt/toctrace",
    "/opt/toctrace/bin/pip install toctrace",
)

KCONFIG = "include/linux/kconfig.h"
"""bcc's own test of whether a folder has headers (src/cc/frontends/clang/loader.cc: parse)."""
AUTOCONF = "include/generated/autoconf.h"
KHEADERS = "sys/kernel/kheaders.tar.xz"
UTS_RELEASE = re.compile(r'#define UTS_RELEASE "([^"]*)"')

ANY_HEADERS = (
    "Install this kernel's headers. Where no package has them, those of any x86-64 kernel will do:"
    " unpack them and set BCC_KERNEL_SOURCE to the folder."
)

HALF_A_TREE = (
    "That is one half of Debian's headers: bcc wants one tree. Unset BCC_KERNEL_SOURCE where"
    " the package is installed, or copy both halves (-common and the flavour) into one folder."
)


def check_bcc(host: Host) -> Iterator[CheckResult]:
    """Ask that bcc is the BPF one, is seen by this Python, and loads its library."""
    bcc = host.bcc
    python = f"{bcc.python} ({bcc.python_version})"
    if bcc.loads:
        yield fine("compiler.bcc", f"bcc {bcc.version} for Python {bcc.python_version}")
    elif not bcc.origin and any(host.is_file(place) for place in DISTRIBUTION_BCC):
        yield problem(
            "compiler.bcc",
            Effect.FATAL,
            f"bcc is installed, and {python} does not see it",
            remedy="Use an environment of the system's own Python that sees system packages.",
            commands=VENV,
        )
    elif not bcc.origin:
        yield problem(
            "compiler.bcc",
            Effect.FATAL,
            f"bcc is not installed for {python}",
            remedy="Install the distribution's package (never PyPI's), and use its Python.",
            commands=(*commands(BCC, host.family), *VENV),
        )
    elif not bcc.defines_bpf:
        yield problem(
            "compiler.bcc",
            Effect.FATAL,
            f"the module bcc at {bcc.origin} is not the BPF compiler collection: it has no BPF"
            " (PyPI's package of that name is unrelated)",
            remedy="Remove it, install the distribution's package, and use its Python.",
            commands=(f"{bcc.python} -m pip uninstall bcc", *commands(BCC, host.family), *VENV),
        )
    else:
        yield problem(
            "compiler.bcc",
            Effect.FATAL,
            f"bcc at {bcc.origin} does not load: {bcc.error}",
            remedy="Install it again, with its library.",
            commands=commands(BCC_AGAIN, host.family),
        )


def check_clang(host: Host) -> Iterator[CheckResult]:
    """Find clang inside libbcc, which carries it as a library: no clang program is needed."""
    bcc = host.bcc
    parts = [name for name in bcc.libraries if not name.startswith("libbcc")]
    if parts:
        yield fine("compiler.clang", f"clang inside libbcc ({', '.join(parts)})")
    elif bcc.loads:
        yield fine("compiler.clang", "clang linked into libbcc")
    else:
        yield unknown("compiler.clang", "clang comes inside bcc's library, which is not there yet")


def check_headers(host: Host) -> Iterator[CheckResult]:
    """Look where bcc looks, in its order: BCC_KERNEL_SOURCE, the modules' folder, kheaders."""
    stated = host.environ.get("BCC_KERNEL_SOURCE", "")
    folders = (stated.lstrip("/"),) if stated else _module_folders(host)
    shown = f"BCC_KERNEL_SOURCE={stated}" if stated else f"/lib/modules/{host.uname.release}/build"
    sources = [folder for folder in folders if host.is_file(f"{folder}/{KCONFIG}")]
    built = [folder for folder in folders if host.is_file(f"{folder}/{AUTOCONF}")]
    if sources and built:
        yield _matching(host, shown, built[0])
    elif host.is_file(KHEADERS):
        yield fine("compiler.headers", f"kernel headers in /{KHEADERS}")
    else:
        missing = AUTOCONF if sources else KCONFIG
        split = stated and (sources or built)
        yield problem(
            "compiler.headers",
            Effect.FATAL,
            f"no kernel headers: no {missing} under {shown}, and no /{KHEADERS}",
            remedy=HALF_A_TREE if split else ANY_HEADERS,
            commands=() if split else commands(HEADERS, host.family),
        )


def _module_folders(host: Host) -> tuple[str, ...]:
    modules = f"lib/modules/{host.uname.release}"
    return (f"{modules}/build", f"{modules}/source")


def _matching(host: Host, shown: str, folder: str) -> CheckResult:
    """Bcc's own headers want some kernel's; what the programs read is told by this one's BTF."""
    text = host.read(f"{folder}/include/generated/utsrelease.h").text
    match = UTS_RELEASE.search(text)
    release = match.group(1) if match else ""
    if release in ("", host.uname.release):
        return fine("compiler.headers", f"kernel headers by {shown.partition('=')[0]}")
    return fine("compiler.headers", f"headers of {release}: those of any x86-64 kernel will do")

"""A host in a folder: everything there, until a test takes something away."""

from __future__ import annotations

import gzip
import shutil
from typing import TYPE_CHECKING

from detector.doctor.bcc_package import BccPackage
from detector.doctor.host import Host, Uname
from detector.syscalls.table import DEFAULT

if TYPE_CHECKING:
    from pathlib import Path

RELEASE = "6.12.0-amd64"
UNAME = Uname(sysname="Linux", release=RELEASE, machine="x86_64")
ALL_CAPABILITIES = "000001ffffffffff"
BCC = BccPackage(
    python="/usr/bin/python3",
    python_version="3.11.2",
    origin="/usr/lib/python3/dist-packages/bcc/__init__.py",
    defines_bpf=True,
    loads=True,
    version="0.26.0",
    libraries=("libLLVM-14.so.1", "libbcc.so.0", "libclang-cpp.so.14"),
)
FUNCTIONS = (
    "__x64_sys_bpf",
    "__x64_sys_userfaultfd",
    "__ia32_sys_read",
    "bpf_probe_read_user",
    "bpf_ringbuf_reserve",
    "bpf_task_storage_get",
    "bpf_trampoline_link_prog",
    "register_ftrace_direct",
    "register_kprobe",
    "register_kretprobe",
)
PROBED = tuple(dict.fromkeys(probe.symbols[0] for syscall in DEFAULT for probe in syscall.probes))
KERNEL_SOURCE = f"lib/modules/{RELEASE}"

FILES = {
    "etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
    "proc/kallsyms": "".join(f"{0:016x} T {name}\n" for name in (*FUNCTIONS, *PROBED)),
    "proc/self/status": f"Name:\tpython3\nCapEff:\t{ALL_CAPABILITIES}\nSeccomp:\t0\n",
    "proc/self/mounts": "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n",
    "proc/net/connector": "Name            ID\ncn_proc         1:1\n",
    "proc/sys/net/core/bpf_jit_enable": "1\n",
    "proc/sys/kernel/perf_event_paranoid": "3\n",
    "proc/sys/vm/unprivileged_userfaultfd": "0\n",
    "sys/bus/event_source/devices/kprobe/type": "6\n",
    "sys/devices/system/node/online": "0-1\n",
    "sys/kernel/btf/vmlinux": "",
    "sys/kernel/debug/kprobes/blacklist": "0x0-0x0\tdo_int3\n",
    "sys/kernel/debug/kprobes/enabled": "1\n",
    "sys/kernel/security/lsm": "lockdown,capability,yama,bpf",
    "sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
    "sys/kernel/tracing/available_filter_functions": "".join(f"{name}\n" for name in PROBED),
    f"{KERNEL_SOURCE}/source/include/linux/kconfig.h": "",
    f"{KERNEL_SOURCE}/build/include/generated/autoconf.h": "",
    f"{KERNEL_SOURCE}/build/include/generated/utsrelease.h": f'#define UTS_RELEASE "{RELEASE}"\n',
}
LINKS = {
    "proc/self/ns/user": "user:[4026531837]",
    "proc/self/ns/pid": "pid:[4026531836]",
}


class FakeHost:
    """A tree under `root` that a test changes before it asks for the `Host`."""

    def __init__(self, root: Path) -> None:
        """Write the tree of a host on which everything can be observed."""
        self.root = root
        self.uname = UNAME
        self.bcc = BCC
        self.environ: dict[str, str] = {}
        for path, text in FILES.items():
            self.write(path, text)
        for path, target in LINKS.items():
            self.link(path, target)

    def write(self, path: str, text: str | bytes) -> None:
        """Put a file there, in the place of any other."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.write_bytes(text.encode() if isinstance(text, str) else text)

    def link(self, path: str, target: str) -> None:
        """Put a symbolic link there."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(target)

    def remove(self, path: str) -> None:
        """Take a file or link away, or a folder with all below it."""
        place = self.root / path
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink()

    def without_function(self, *names: str) -> None:
        """Build the kernel without these functions."""
        lines = FILES["proc/kallsyms"].splitlines(keepends=True)
        self.write("proc/kallsyms", "".join(i for i in lines if i.split()[2] not in names))

    def configure(self, *lines: str) -> None:
        """Let the kernel tell how it was built."""
        self.write("proc/config.gz", gzip.compress("\n".join(lines).encode()))

    def host(self) -> Host:
        """Return the host as it now is."""
        return Host(self.root, uname=self.uname, environ=self.environ, bcc=lambda: self.bcc)

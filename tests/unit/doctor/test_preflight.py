"""Each problem is found alone, with its effect and a remedy; nothing in a file breaks a check."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.doctor.host import Uname
from detector.doctor.kernel_checks import BEFORE_5_15
from detector.doctor.preflight import CHECKS, preflight, verdict
from detector.doctor.result import CheckResult, Effect, State, Verdict
from detector.syscalls.table import DEFAULT
from tests.unit.doctor.fake_host import ALL_CAPABILITIES, FILES, KERNEL_SOURCE, LINKS, FakeHost

Change = Callable[[FakeHost], object]

NAMES = tuple(syscall.name for syscall in DEFAULT)


def not_fine(fake: FakeHost) -> dict[str, CheckResult]:
    """Return what is not fine, by id."""
    return {r.id: r for r in preflight(fake.host()) if r.state is not State.OK}


def with_capabilities(bits: int) -> Change:
    """Let the process hold these capabilities only."""
    return lambda fake: fake.write("proc/self/status", f"CapEff:\t{bits:016x}\nSeccomp:\t0\n")


def machine(**fields: str) -> Change:
    """Let uname(2) answer otherwise."""
    return lambda fake: setattr(fake, "uname", msgspec.structs.replace(fake.uname, **fields))


def package(**fields: object) -> Change:
    """Let the module named bcc be another."""
    return lambda fake: setattr(fake, "bcc", msgspec.structs.replace(fake.bcc, **fields))


NO_BCC = {"origin": "", "defines_bpf": False, "loads": False, "version": "", "libraries": ()}
BPF_AND_PERFMON = 1 << 38 | 1 << 39
PTRACE_AND_NET_ADMIN = 1 << 19 | 1 << 12

WHOLE_STATUS = f"CapEff:\t{ALL_CAPABILITIES}\nSeccomp:\t0\n"

PROBLEMS: tuple[tuple[str, Effect, str, Change], ...] = (
    ("kernel.release", Effect.FATAL, "Darwin", machine(sysname="Darwin")),
    (
        "kernel.release",
        Effect.NOTE,
        "before 5.15",
        lambda f: f.write("proc/kallsyms", f"{FILES['proc/kallsyms']}{0:016x} T {BEFORE_5_15}\n"),
    ),
    ("kernel.architecture", Effect.FATAL, "aarch64", machine(machine="aarch64")),
    (
        "kernel.bpf",
        Effect.FATAL,
        "task storage",
        lambda f: f.without_function("bpf_task_storage_get"),
    ),
    (
        "kernel.nodes",
        Effect.FATAL,
        "can number 32 NUMA nodes",
        lambda f: f.write("proc/self/status", f"{WHOLE_STATUS}Mems_allowed:\t00000001\n"),
    ),
    (
        "kernel.jit",
        Effect.NOTE,
        "JIT is off",
        lambda f: f.write("proc/sys/net/core/bpf_jit_enable", "0"),
    ),
    (
        "kernel.lockdown",
        Effect.FATAL,
        "confidentiality",
        lambda f: f.write("sys/kernel/security/lockdown", "none integrity [confidentiality]\n"),
    ),
    (
        "privileges.capabilities",
        Effect.FATAL,
        "CAP_SYS_ADMIN",
        with_capabilities(PTRACE_AND_NET_ADMIN),
    ),
    ("privileges.enrichment", Effect.NOTE, "CAP_NET_ADMIN", with_capabilities(1 << 21 | 1 << 19)),
    (
        "privileges.perf_event_paranoid",
        Effect.FATAL,
        "is 3",
        with_capabilities(BPF_AND_PERFMON | PTRACE_AND_NET_ADMIN),
    ),
    (
        "privileges.user_namespace",
        Effect.FATAL,
        "user namespace",
        lambda f: f.link("proc/self/ns/user", "user:[4026532500]"),
    ),
    (
        "privileges.seccomp",
        Effect.NOTE,
        "seccomp filter",
        lambda f: f.write("proc/self/status", f"CapEff:\t{ALL_CAPABILITIES}\nSeccomp:\t2\n"),
    ),
    (
        "kprobes.enabled",
        Effect.FATAL,
        "switched off",
        lambda f: f.write("sys/kernel/debug/kprobes/enabled", "0\n"),
    ),
    ("kprobes.returns", Effect.NOTE, "pool", lambda f: f.remove("sys/kernel/btf/vmlinux")),
    (
        "kprobes.returns",
        Effect.STAGE,
        "copy and exit are lost",
        lambda f: f.without_function("bpf_trampoline_link_prog", "register_kretprobe"),
    ),
    (
        "symbols.migrate_pages.copy.any",
        Effect.STAGE,
        "get_nodes is not in this kernel",
        lambda f: f.without_function("get_nodes"),
    ),
    (
        "symbols.migrate_pages.use.any",
        Effect.STAGE,
        "blacklist",
        lambda f: f.write("sys/kernel/debug/kprobes/blacklist", "0x0-0x0\tdo_migrate_pages\n"),
    ),
    (
        "compiler.bcc",
        Effect.FATAL,
        "not installed",
        package(**NO_BCC),
    ),
    (
        "compiler.bcc",
        Effect.FATAL,
        "libbcc.so.0: cannot open",
        package(loads=False, error="libbcc.so.0: cannot open shared object file"),
    ),
    (
        "compiler.bcc",
        Effect.FATAL,
        "not the BPF compiler collection",
        package(origin="/venv/bcc/__init__.py", defines_bpf=False, loads=False),
    ),
    (
        "compiler.headers",
        Effect.FATAL,
        "no kernel headers",
        lambda f: f.remove(f"{KERNEL_SOURCE}/source/include/linux/kconfig.h"),
    ),
    (
        "memory.nodes",
        Effect.NOTE,
        "one NUMA node",
        lambda f: f.write("sys/devices/system/node/online", "0\n"),
    ),
    (
        "memory.userfaultfd",
        Effect.NOTE,
        "no userfaultfd",
        lambda f: f.without_function("__x64_sys_userfaultfd"),
    ),
    ("names.cgroup", Effect.NOTE, "no cgroup v2", lambda f: f.write("proc/self/mounts", "")),
    (
        "names.pid_namespace",
        Effect.NOTE,
        "inside a container",
        lambda f: f.link("proc/self/ns/pid", "pid:[4026532501]"),
    ),
    ("names.connector", Effect.NOTE, "process connector", lambda f: f.remove("proc/net/connector")),
)


def test_a_whole_host_has_no_problem(fake: FakeHost) -> None:
    """Everything that is taken away below was what made the difference."""
    assert not_fine(fake) == {}
    assert verdict(preflight(fake.host())) is Verdict.EVERYTHING


@pytest.mark.parametrize(("id_", "effect", "words", "change"), PROBLEMS)
def test_each_problem_is_named_with_its_effect_and_a_remedy(
    fake: FakeHost, id_: str, effect: Effect, words: str, change: Change
) -> None:
    """One thing is wrong, and that thing is what is said."""
    change(fake)
    found = not_fine(fake)
    problems = {key for key, result in found.items() if result.state is State.PROBLEM}
    assert problems == {id_} | lost_by_the_others(id_)
    assert found[id_].effect is effect
    assert words in found[id_].found
    assert found[id_].remedy


@pytest.mark.parametrize(
    ("path", "id_"),
    [
        ("proc/kallsyms", "symbols.migrate_pages.entry.x86_64"),
        ("proc/self/status", "privileges.capabilities"),
        ("sys/kernel/security", "kernel.lockdown"),
        ("sys/kernel/security", "enforce.lsm"),
        ("sys/kernel/debug/kprobes/enabled", "kprobes.enabled"),
        ("sys/kernel/debug/kprobes/blacklist", "kprobes.lists"),
        ("sys/kernel/tracing/available_filter_functions", "kprobes.lists"),
        ("proc/self/ns/user", "privileges.user_namespace"),
        ("proc/self/ns/pid", "names.pid_namespace"),
        ("proc/sys/net/core/bpf_jit_enable", "kernel.jit"),
        ("sys/devices/system/node/online", "memory.nodes"),
    ],
)
def test_what_cannot_be_read_is_unknown_and_disables_nothing(
    fake: FakeHost, path: str, id_: str
) -> None:
    """An unreadable list is no lost stage."""
    fake.remove(path)
    found = not_fine(fake)
    assert found[id_].state is State.UNKNOWN
    assert verdict(found.values()) is Verdict.EVERYTHING


def test_a_kernel_that_tells_how_it_was_built_is_quoted(fake: FakeHost) -> None:
    """The build configuration is better evidence than an absent file."""
    fake.configure("# CONFIG_KPROBES is not set")
    fake.remove("sys/bus/event_source/devices/kprobe/type")
    assert "CONFIG_KPROBES is not set" in not_fine(fake)["kprobes.available"].found


def lost_by_the_others(id_: str) -> set[str]:
    """Give the other calls' problems where what is missing is the copy, which all of them share."""
    first = "symbols.migrate_pages.copy.any"
    return {f"symbols.{name}.copy.any" for name in NAMES} if id_ == first else set()


def without_kprobes(fake: FakeHost) -> None:
    """A kernel that has the tracepoints of system calls in their place."""
    fake.remove("sys/bus/event_source/devices/kprobe/type")
    for name in (f"sys_{end}_{call}" for end in ("enter", "exit") for call in NAMES):
        fake.write(f"sys/kernel/tracing/events/syscalls/{name}/format", "")


def test_without_kprobes_the_stages_with_no_tracepoint_are_lost(fake: FakeHost) -> None:
    """Entry and exit of 64-bit callers are left."""
    without_kprobes(fake)
    found = not_fine(fake)
    assert {id_: result.effect for id_, result in found.items()} == {
        "kprobes.available": Effect.STAGE,
        "enforce.lsm": Effect.NOTE,
        **{
            f"symbols.{name}.{lost}": Effect.STAGE
            for name in NAMES
            for lost in ("entry.i386", "copy.any", "use.any", "exit.i386")
        },
    }
    assert "there is no /sys/bus" in found["kprobes.available"].found
    assert verdict(found.values()) is Verdict.SOME


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("not mounted", lambda f: shutil.rmtree(f.root / "sys/kernel/tracing")),
        (
            "FTRACE_SYSCALLS",
            lambda f: shutil.rmtree(f.root / "sys/kernel/tracing/events/syscalls"),
        ),
        ("BTF", lambda f: f.remove("sys/kernel/btf/vmlinux")),
    ],
)
def test_without_kprobes_and_tracepoints_nothing_can_be_observed(
    fake: FakeHost, words: str, change: Change
) -> None:
    """Each with its remedy."""
    without_kprobes(fake)
    change(fake)
    found = not_fine(fake)
    assert found["tracing.tracepoints"].effect is Effect.FATAL
    assert words in found["tracing.tracepoints"].found
    assert found["tracing.tracepoints"].remedy
    assert verdict(found.values()) is Verdict.NOTHING


def test_headers_of_another_kernel_are_no_problem(fake: FakeHost) -> None:
    """The programs read no structure by them."""
    release = '#define UTS_RELEASE "5.10.0"'
    fake.write(f"{KERNEL_SOURCE}/build/include/generated/utsrelease.h", release)
    assert "compiler.headers" not in not_fine(fake)
    fake.remove(f"{KERNEL_SOURCE}/source/include/linux/kconfig.h")
    assert "BCC_KERNEL_SOURCE" in not_fine(fake)["compiler.headers"].remedy


def test_integrity_lockdown_is_no_problem(fake: FakeHost) -> None:
    """Only confidentiality forbids kprobes."""
    fake.write("sys/kernel/security/lockdown", "none [integrity] confidentiality\n")
    assert not_fine(fake) == {}


def test_perf_event_paranoid_of_2_lets_perfmon_attach(fake: FakeHost) -> None:
    """Tried on 6.12: refused at 3, attached at 2."""
    with_capabilities(BPF_AND_PERFMON | PTRACE_AND_NET_ADMIN)(fake)
    fake.write("proc/sys/kernel/perf_event_paranoid", "2\n")
    assert not_fine(fake) == {}


def test_stated_kernel_sources_are_looked_at_alone(fake: FakeHost) -> None:
    """Where BCC_KERNEL_SOURCE is set, bcc forgets the modules' folder."""
    fake.environ["BCC_KERNEL_SOURCE"] = "/nowhere"
    assert "BCC_KERNEL_SOURCE=/nowhere" in not_fine(fake)["compiler.headers"].found


def test_stated_kernel_sources_of_one_tree_suffice(fake: FakeHost) -> None:
    """Sources and what was generated, in one folder."""
    fake.environ["BCC_KERNEL_SOURCE"] = "/src/linux"
    fake.write("src/linux/include/generated/autoconf.h", "")
    fake.write("src/linux/include/linux/kconfig.h", "")
    assert not_fine(fake) == {}


@pytest.mark.parametrize("half", ["include/generated/autoconf.h", "include/linux/kconfig.h"])
def test_one_half_of_debians_headers_is_told_apart(fake: FakeHost, half: str) -> None:
    """bcc takes the stated folder alone, whatever stands beside it."""
    fake.environ["BCC_KERNEL_SOURCE"] = "/src/linux-headers"
    fake.write(f"src/linux-headers/{half}", "")
    assert "one half of Debian's headers" in not_fine(fake)["compiler.headers"].remedy


def test_headers_inside_the_kernel_suffice(fake: FakeHost) -> None:
    """CONFIG_IKHEADERS."""
    fake.remove(f"{KERNEL_SOURCE}/source/include/linux/kconfig.h")
    fake.write("sys/kernel/kheaders.tar.xz", "")
    assert not_fine(fake) == {}


def test_bcc_of_another_python_is_told_apart_from_no_bcc(fake: FakeHost) -> None:
    """Debian's package serves /usr/bin/python3 alone: the remedy is an environment of that one."""
    package(**NO_BCC)(fake)
    fake.write("usr/lib/python3/dist-packages/bcc/libbcc.py", "")
    result = not_fine(fake)["compiler.bcc"]
    assert "does not see it" in result.found
    assert any("--system-site-packages" in command for command in result.commands)


@pytest.mark.parametrize(
    ("os_release", "command"),
    [
        ("ID=debian", "apt-get install linux-headers-$(uname -r)"),
        ("ID=ubuntu\nID_LIKE=debian", "apt-get install linux-headers-$(uname -r)"),
        ('ID="rhel"\nID_LIKE="fedora"', "dnf install kernel-devel-$(uname -r)"),
        ("ID=void", "dnf install kernel-devel-$(uname -r)  # Fedora"),
    ],
)
def test_remedies_are_in_the_words_of_the_distribution(
    fake: FakeHost, os_release: str, command: str
) -> None:
    """An unknown distribution gets all of them, marked."""
    fake.write("etc/os-release", os_release)
    fake.remove(f"{KERNEL_SOURCE}/source/include/linux/kconfig.h")
    assert command in not_fine(fake)["compiler.headers"].commands


def test_control_characters_of_the_host_reach_nobody(fake: FakeHost) -> None:
    """The release, a folder and a mount point are shown escaped, in text and JSON alike."""
    fake.uname = Uname(sysname="Linux", release="6\x1b[31m\u202e", machine="\x9bx")
    fake.environ["BCC_KERNEL_SOURCE"] = "/\x07\udc80"
    fake.write("proc/self/mounts", "x /\x1b]0;x\x07 cgroup2 rw 0 0\n")
    shown = [text for r in preflight(fake.host()) for text in (r.found, r.remedy, *r.commands)]
    assert all(text.isprintable() for text in shown)


hostile = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")),
    st.sampled_from(
        (
            b"\0" * 4096,
            b"\x1f\x8b\x08\x00garbage",
            b"[" * 1000,
            b"9" * 5000,
            b"a b c d\n" * 3,
            b"CapEff:\t-1\n",
            b"0x0-0x0\n\n \n",
            b"ID\nID_LIKE=\n=\n",
            b"x" * ((1 << 20) + 1),
        )
    ),
)
paths = st.sampled_from(sorted([*FILES, *LINKS, "proc/config.gz"]))
shapes = st.sampled_from(("file", "folder", "link", "gone"))


@settings(max_examples=150, deadline=None)
@given(
    changes=st.lists(st.tuples(paths, shapes, hostile), max_size=6),
    stated=st.text(max_size=20),
    release=st.text(max_size=20),
)
def test_no_content_of_any_file_breaks_a_check(
    changes: list[tuple[str, str, bytes]], stated: str, release: str
) -> None:
    """Whatever stands there, every check ends with results and no exception."""
    with tempfile.TemporaryDirectory() as folder:
        fake = FakeHost(Path(folder))
        fake.environ["BCC_KERNEL_SOURCE"] = stated
        fake.uname = Uname(sysname="Linux", release=release, machine="x86_64")
        for path, shape, content in changes:
            place = fake.root / path
            if place.is_dir():
                continue
            place.unlink(missing_ok=True)
            if shape == "file":
                fake.write(path, content)
            elif shape == "folder":
                place.mkdir()
            elif shape == "link":
                fake.link(path, path.rpartition("/")[2])
        for check in CHECKS:
            for result in check(fake.host()):
                assert result.id
                assert result.found.isprintable()
                assert result.state is not State.PROBLEM or result.remedy

"""No module of the tool starts a shell, runs text as code, or reads objects out of bytes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

DETECTOR = Path(__file__).parents[2] / "detector"
MODULES = {"dill", "marshal", "pickle", "pty", "runpy", "shelve"}
"""Not to be imported: objects or code out of bytes, terminals."""
CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.spawnl", "os.spawnv",
    "subprocess.getoutput", "subprocess.getstatusoutput", "yaml.load", "yaml.unsafe_load",
    "yaml.full_load", "tempfile.mktemp",
}  # fmt: skip
PROCESSES = {
    "bench/start.py",
    "doctor/bcc_package.py",
    "recording/signature.py",
    "service/manager.py",
}
"""The modules that start another program, each by a list of arguments."""
HELD = {"live/held.py"}
"""The command of `toctrace run`, by exec."""


def modules() -> list[str]:
    return sorted(str(path.relative_to(DETECTOR)) for path in DETECTOR.rglob("*.py"))


def tree(module: str) -> ast.Module:
    return ast.parse((DETECTOR / module).read_text(encoding="utf-8"))


def imported(parsed: ast.Module) -> Iterator[str]:
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called(parsed: ast.Module) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(parsed) if isinstance(node, ast.Call))


@pytest.mark.parametrize("module", modules())
def test_nothing_forbidden_is_imported_or_called(module: str) -> None:
    parsed = tree(module)
    names = set(imported(parsed))
    assert not {name for name in names for bad in MODULES if f"{name}.".startswith(f"{bad}.")}
    assert not names & CALLS
    for call in called(parsed):
        assert ast.unparse(call.func) not in CALLS, f"{module}:{call.lineno}"
        for keyword in call.keywords:
            assert keyword.arg != "shell", f"{module}:{call.lineno}"


def test_programs_are_started_where_it_is_listed_alone() -> None:
    assert {module for module in modules() if "subprocess" in set(imported(tree(module)))} == (
        PROCESSES
    )


def test_only_the_command_of_run_is_executed_by_name() -> None:
    executing = {
        module
        for module in modules()
        if any(ast.unparse(call.func).startswith("os.exec") for call in called(tree(module)))
    }
    assert executing == HELD


OPENING = {"FileIO", "ZipFile", "open"}
"""What makes a file where its mode says so."""
MAKING = {
    "NamedTemporaryFile", "TemporaryDirectory", "copy2", "copyfile", "copytree", "hardlink_to",
    "makedirs", "mkdir", "mkdtemp", "mkfifo", "mknod", "mkstemp", "os.link", "os.symlink",
    "shutil.copy", "shutil.move", "sqlite3.connect", "symlink_to", "touch", "write_bytes",
    "write_text",
}  # fmt: skip
"""What makes a file or a folder, by its last name, or by both where that says too little."""
MODE = re.compile(r"[rwxabt+]*[wxa+][rwxabt+]*")
"""A mode that makes a file, or writes to it."""


def makes(call: ast.Call) -> bool:
    """Whether a call may make a file; so may what is opened in a mode that is not written there."""
    name = ast.unparse(call.func)
    last = name.rpartition(".")[2]
    if last not in OPENING or name == "os.open":  # whose flags are looked for by their name
        return bool({name, last} & MAKING)
    named = [keyword.value for keyword in call.keywords if keyword.arg == "mode"]
    # a path's own method has it in front, everything else after what is opened
    constants = [one for one in (*call.args[:2], *named) if isinstance(one, ast.Constant)]
    unsaid = [one for one in (*call.args[1:2], *named) if not isinstance(one, ast.Constant)]
    return bool(unsaid) or any(MODE.fullmatch(str(one.value)) for one in constants)


def makes_files(module: str) -> bool:
    """Whether anything in a module may make a file."""
    text = (DETECTOR / module).read_text(encoding="utf-8")
    return "O_CREAT" in text or any(makes(call) for call in called(ast.parse(text)))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('open(path, "w")', True),
        ('open(path, mode="x")', True),
        ("open(path, mode)", True),
        ("io.open(path, mode=mode)", True),
        ('path.open("xb")', True),
        ('path.open("r+b")', True),
        ('Path(folder, "name").open(mode="a", encoding="utf-8")', True),
        ('gzip.open(path, "at")', True),
        ('io.FileIO(path, "w")', True),
        ("path.touch()", True),
        ('os.mkfifo("place")', True),
        ("sqlite3.connect(path)", True),
        ("open(path)", False),
        ('open(path, "rb")', False),
        ('path.open(encoding="utf-8")', False),
        ('path.open("rb", buffering=0)', False),
        ("os.open(path, flags)", False),
        ('socket.connect("w")', False),
        ('"a".replace("b", "a")', False),
    ],
)
def test_what_makes_a_file_is_told_from_what_reads_one(text: str, *, made: bool) -> None:
    [call, *_] = called(ast.parse(text))
    assert makes(call) == made


def test_every_file_that_is_made_is_made_in_a_module_that_is_listed() -> None:
    """A new place that makes files is looked at for modes and links, and then listed here."""
    assert {module for module in modules() if makes_files(module)} == {
        "bench/start.py",  # in a folder of its own
        "hunt/local.py",  # in a folder of its own, which nobody else may enter
        "hunt/store.py",  # the same
        "output/lines.py",
        "output/whole_file.py",
        "recording/folder.py",
        "render/catalog.py",  # scripts of the checkout's
        "render/schema.py",
        "render/syscall_page.py",
        "simulate/cpuset.py",  # the kernel's own files of a control group
        "simulate/fuse.py",  # a place to mount at, in a folder of its own
        "simulate/scenarios/clean_cpuset.py",
        "simulate/scenarios/fifos.py",  # in a folder of its own
        "simulate/scenarios/words.py",
        "sinks/lines.py",
        "sinks/spool.py",
    }

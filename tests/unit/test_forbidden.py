"""No module of the tool starts a shell, runs text as code, or reads objects out of bytes."""

from __future__ import annotations

import ast
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
PROCESSES = {"doctor/bcc_package.py", "recording/signature.py", "service/manager.py"}
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


def test_programs_are_started_in_three_places_alone() -> None:
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


def test_every_file_that_is_made_is_made_in_a_module_that_is_listed() -> None:
    """A new place that makes files is looked at for modes and links, and then listed here."""
    making = {
        module
        for module in modules()
        if "os.O_CREAT" in (DETECTOR / module).read_text(encoding="utf-8")
        or any(
            isinstance(call.func, ast.Attribute)
            and call.func.attr
            in {"write_text", "write_bytes", "mkdir", "touch", "NamedTemporaryFile"}
            for call in called(tree(module))
        )
    }
    assert making == {
        "output/lines.py",
        "output/whole_file.py",
        "recording/folder.py",
        "render/catalog.py",  # scripts of the checkout's
        "render/schema.py",
        "render/syscall_page.py",
        "simulate/cpuset.py",  # the kernel's own files of a control group
        "simulate/scenarios/clean_cpuset.py",
        "simulate/scenarios/words.py",
        "sinks/lines.py",
        "sinks/spool.py",
    }

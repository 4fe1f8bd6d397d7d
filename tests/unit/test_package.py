"""The wheel and the sdist, built and installed in an environment of their own."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
OPTIONAL = {"bcc", "prometheus_client", "py4j", "pyarrow", "pyspark"}
"""Debian's bcc, and what the extras of pyproject.toml are for (CEL's has no import statement)."""


def _run(*command: str, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=env, check=False, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel out of the sdist alone, as pip would; no network."""
    folder = tmp_path_factory.mktemp("dist")
    _run(
        sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(CHECKOUT),
        cwd=folder,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def sdist(built: Path) -> Path:
    (found,) = built.glob("*.tar.gz")
    return found


def _environment(package: Path, place: Path, *locks: str) -> Path:
    """Install a package in a new environment, and give its bin folder.

    There is nothing in it but what is locked: neither this test's own environment, nor the system's
    packages. Where pip is to fetch from is its own configuration's to say, as in scripts/setup.
    """
    _run("/usr/bin/python3", "-m", "venv", str(place), cwd=place.parent)
    requirements = (f"--requirement={CHECKOUT}/requirements/{lock}.txt" for lock in locks)
    _pip(place, "install", "--require-hashes", *requirements)
    _pip(place, "install", "--no-index", "--no-deps", "--no-build-isolation", str(package))
    return place / "bin"


def _pip(place: Path, *arguments: str) -> str:
    pip = (str(place / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input")
    return _run(*pip, *arguments, cwd=place.parent, env=_surroundings())


def _surroundings() -> dict[str, str]:
    """Give the environment without what would lead Python elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@pytest.fixture(scope="module")
def from_wheel(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _environment(wheel, tmp_path_factory.mktemp("wheel") / "venv", "core")


@pytest.fixture(scope="module")
def from_sdist(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # it is built there, which takes more
    return _environment(sdist, tmp_path_factory.mktemp("sdist") / "venv", "core", "build")


@pytest.fixture
def installed(from_wheel: Path) -> Path:
    return from_wheel


def _toctrace(installed: Path, *arguments: str) -> str:
    return _run(str(installed / "toctrace"), *arguments, cwd=installed, env=_surroundings())


def _python(installed: Path, script: str, *arguments: str) -> str:
    """Run a script in the environment that is installed."""
    command = (str(installed / "python"), "-c", script, *arguments)
    return _run(*command, cwd=installed, env=_surroundings())


def _shipped(folder: str) -> set[str]:
    return {
        str(path.relative_to(CHECKOUT / folder))
        for path in (CHECKOUT / folder).rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("folder", ["bpf", "rules", "systemd"])
def test_the_wheel_carries_what_ships(folder: str, wheel: Path) -> None:
    prefix = f"detector/_{folder}/"
    names = zipfile.ZipFile(wheel).namelist()
    assert {n.removeprefix(prefix) for n in names if n.startswith(prefix)} == _shipped(folder)


def test_the_wheel_carries_every_module_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    modules = {n for n in names if n.endswith(".py")}
    assert modules == {
        str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "detector").rglob("*.py")
    }
    assert {n.split("/")[0] for n in names} <= {
        "detector",
        *(f"{wheel.name.rsplit('-', 3)[0]}.{kind}" for kind in ("dist-info", "data")),
    }


def test_the_sdist_carries_what_building_and_testing_takes(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "bpf/records.h", "tests/unit/conftest.py"} <= names


@pytest.mark.parametrize("origin", ["from_wheel", "from_sdist"])
def test_what_it_requires_is_what_is_locked(origin: str, request: pytest.FixtureRequest) -> None:
    installed: Path = request.getfixturevalue(origin)
    assert "No broken requirements" in _pip(installed.parent, "check")
    path = json.loads(_python(installed, "import json, sys; print(json.dumps(sys.path))"))
    packages = [place for place in path if place.endswith("-packages")]
    assert packages
    assert all(Path(place).is_relative_to(installed.parent) for place in packages)


def _imported() -> set[str]:
    """Give the packages that any module of the tool imports, at its top or later."""
    names = set()
    for path in (CHECKOUT / "detector").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names


def test_of_all_that_it_imports_only_what_is_optional_is_not_there(installed: Path) -> None:
    script = (
        "import sys; from importlib.util import find_spec;"
        "print(*(name for name in sys.argv[1:] if find_spec(name) is None))"
    )
    missing = set(_python(installed, script, *_imported()).split())
    assert missing == OPTIONAL


@pytest.mark.parametrize("origin", ["from_wheel", "from_sdist"])
def test_what_is_installed_runs_from_its_own_files(
    origin: str, request: pytest.FixtureRequest
) -> None:
    installed: Path = request.getfixturevalue(origin)
    assert _toctrace(installed, "--version").startswith("toctrace, version ")
    place = _python(installed, "import detector; print(detector.__file__)")
    assert Path(place.strip()).is_relative_to(installed.parent)


@pytest.mark.parametrize("origin", ["from_wheel", "from_sdist"])
def test_what_is_installed_judges_a_recording_without_the_checkout(
    origin: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    installed: Path = request.getfixturevalue(origin)
    case = tmp_path / "case"
    shutil.copytree(CHECKOUT / "tests" / "fixtures" / "recordings" / "1", case)
    assert "nodemask-race" in _toctrace(installed, "rules", "list")
    arguments = ("replay", str(case), "--format", "jsonl", "--fail-on", "emerg")
    lines = _toctrace(installed, *arguments).splitlines()
    assert json.loads(lines[0])["type"] == "finding"
    assert json.loads(lines[-1])["type"] == "observation"


def test_it_knows_its_scenarios(installed: Path) -> None:
    assert "flip-old" in _toctrace(installed, "simulate", "list")


def test_it_finds_its_rules_and_programs(installed: Path) -> None:
    script = (
        "from detector.rules.load import shipped_rules; from detector import resources;"
        "print(len(shipped_rules()), resources.bpf_file('kprobe.bpf.c'), resources.unit_file())"
    )
    count, *places = _python(installed, script).split()
    assert int(count) > 0
    assert all(Path(place).is_relative_to(installed.parent) for place in places)


def test_its_unit_starts_the_command_that_is_installed(installed: Path) -> None:
    assert f"ExecStart={installed / 'toctrace'} watch" in _toctrace(installed, "service", "show")


def test_its_manual_page_is_where_man_looks(installed: Path) -> None:
    assert (installed.parent / "share" / "man" / "man8" / "toctrace.8").is_file()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_helped(shell: str, installed: Path) -> None:
    assert "_TOCTRACE_COMPLETE" in _toctrace(installed, "completion", shell)

"""What is installed is what pyproject.toml asks for, pinned and hashed; its lists say the same."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import licences
import lockfile

RERUN = "pyproject.toml and requirements/ disagree: run scripts/lock and commit what it writes"


def asked_for(name: str) -> list[Requirement]:
    """Give what pyproject.toml asks for, for a lock file of that name."""
    document: dict[str, Any] = tomllib.loads((lockfile.ROOT / "pyproject.toml").read_text())
    project, groups = document["project"], document["dependency-groups"]
    texts = {
        "core": project["dependencies"],
        "machine": project["dependencies"] + groups["machine"],
        "dev": [
            *project["dependencies"],
            *project["optional-dependencies"]["dev"],
            *groups["machine"],
        ],
        "build": groups["build"],
        "lock": groups["lock"],
    }
    return [Requirement(text) for text in texts[name]]


def direct(name: str) -> set[str]:
    """Give what a lock file says was asked for by the project itself."""
    found, package = set(), ""
    for line in lockfile.text(name).splitlines():
        pin = re.match(r"([^\s=]+)==", line)
        package = pin[1] if pin else package
        if lockfile.DIRECT.search(line):
            found.add(canonicalize_name(package))
    return found


@pytest.mark.parametrize("name", lockfile.LOCKS)
def test_the_lock_is_of_this_pyproject(name: str) -> None:
    asked = {canonicalize_name(one.name): one for one in asked_for(name)}
    pinned = lockfile.pinned(name)
    assert direct(name) == set(asked), RERUN
    for package, requirement in asked.items():
        (pin,) = pinned[package].specifier
        assert requirement.specifier.contains(pin.version), f"{RERUN} ({requirement})"


@pytest.mark.parametrize("name", lockfile.LOCKS)
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    lines = [line for line in lockfile.text(name).splitlines() if line and line[0] not in "# "]
    assert len(lines) == len(lockfile.pinned(name)) > 0
    entries = re.split(r"(?m)^(?=\S)", lockfile.text(name))
    for entry in entries:
        if "==" in entry:
            assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("name", lockfile.LOCKS)
def test_no_lock_names_an_index(name: str) -> None:
    assert "://" not in lockfile.text(name)
    assert "--index" not in lockfile.text(name)


def test_what_the_tool_takes_is_the_same_in_both_locks() -> None:
    core, dev = lockfile.pinned("core"), lockfile.pinned("dev")
    assert {name: str(dev[name]) for name in core} == {
        name: str(pin) for name, pin in core.items()
    }, RERUN


def test_the_build_lock_holds_what_the_build_system_asks_for() -> None:
    document = tomllib.loads((lockfile.ROOT / "pyproject.toml").read_text())
    for text in document["build-system"]["requires"]:
        wanted = Requirement(text)
        (pin,) = lockfile.pinned("build")[canonicalize_name(wanted.name)].specifier
        assert wanted.specifier.contains(pin.version), RERUN


def test_the_bill_of_materials_is_of_the_lock() -> None:
    bom = json.loads((lockfile.ROOT / "requirements" / "core.cdx.json").read_text())
    assert bom["bomFormat"] == "CycloneDX"
    assert bom["metadata"]["component"]["name"] == "toctrace"
    told = {canonicalize_name(one["name"]): one["version"] for one in bom["components"]}
    locked = {
        name: next(iter(pin.specifier)).version
        for name, pin in lockfile.pinned("core").items()
        if lockfile.here(pin)
    }
    assert told == locked, RERUN
    assert all(component["licenses"] for component in bom["components"])


def test_the_list_of_licences_is_of_what_is_installed_from_the_lock() -> None:
    """Fails too where this environment is not what scripts/setup makes of the lock."""
    written = (lockfile.ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    assert written == licences.document(), RERUN


def test_scripts_install_nothing_that_is_not_locked() -> None:
    for name in ("setup", "ci-install"):
        text = (lockfile.ROOT / "scripts" / name).read_text(encoding="utf-8").replace("\\\n", " ")
        calls = [line for line in text.splitlines() if re.match(r"\s*pip_install ", line)]
        assert len(calls) == 2, name
        assert all("--require-hashes" in line or "--no-deps" in line for line in calls), name
        assert text.count("pip install") <= 2, name  # the function's own, and what is said of it

"""The module named bcc is looked at from outside, and loaded in another process only."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from detector.doctor.bcc_package import find_bcc

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is all of this interpreter's path, and of its children's."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *(p for p in sys.path if "packages" not in p)])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delitem(sys.modules, "bcc", raising=False)
    return tmp_path


def put(site: Path, text: str) -> None:
    """Install a package named bcc with this module text."""
    (site / "bcc").mkdir()
    (site / "bcc" / "__init__.py").write_text(text)


@pytest.mark.usefixtures("site")
def test_no_bcc_has_no_origin() -> None:
    """Nothing of that name."""
    assert find_bcc().origin == ""
    assert not find_bcc().loads


def test_the_unrelated_package_of_pypi_is_never_run(site: Path) -> None:
    """It has no BPF class; what it would do on import is not our business."""
    put(site, f"open({str(site / 'ran')!r}, 'w')\n")
    package = find_bcc()
    assert package.origin == str(site / "bcc" / "__init__.py")
    assert not package.defines_bpf
    assert not (site / "ran").exists()


def test_a_stray_folder_named_bcc_is_no_bcc(site: Path) -> None:
    """Python takes it for a namespace package."""
    (site / "bcc").mkdir()
    package = find_bcc()
    assert package.origin == str(site / "bcc")
    assert not package.defines_bpf


def test_a_loading_package_tells_its_version(site: Path) -> None:
    """As an attribute of the module."""
    put(site, "__version__ = '9.9'\nclass BPF: pass\n")
    package = find_bcc()
    assert (package.loads, package.version, package.error) == (True, "9.9", "")


def test_a_library_that_is_missing_is_quoted(site: Path) -> None:
    """The loader's own words name the file."""
    put(site, "class BPF: pass\nraise OSError('libbcc.so.0: cannot open shared object file')\n")
    package = find_bcc()
    assert not package.loads
    assert "libbcc.so.0: cannot open" in package.error


def test_a_library_that_crashes_takes_only_the_child_with_it(site: Path) -> None:
    """A signal is a status."""
    put(site, "class BPF: pass\nimport os\nos.abort()\n")
    package = find_bcc()
    assert not package.loads
    assert package.error


def test_a_chattering_package_is_refused(site: Path) -> None:
    """Its answer is no JSON."""
    put(site, "class BPF: pass\nprint('hello')\n")
    assert "nonsense" in find_bcc().error
    assert not find_bcc().loads


def test_looking_imports_nothing_here(site: Path) -> None:
    """It brings 100 MB of LLVM into a process."""
    put(site, "class BPF: pass\n")
    find_bcc()
    assert "bcc" not in sys.modules

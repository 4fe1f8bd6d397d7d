from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.service.command import own_command


def _command(folder: Path) -> Path:
    folder.mkdir(parents=True)
    file = folder / "toctrace"
    file.touch(mode=0o755)
    return file


def test_it_is_the_one_that_was_called(tmp_path: Path) -> None:
    called, beside = _command(tmp_path / "a"), _command(tmp_path / "b")
    assert own_command(str(called), str(beside.with_name("python"))) == called


def test_called_as_a_module_it_is_the_one_beside_the_interpreter(tmp_path: Path) -> None:
    beside = _command(tmp_path / "b")
    found = own_command("/x/detector/__main__.py", str(beside.with_name("python")))
    assert found == beside


def test_links_stay_so_that_upgrades_are_followed(tmp_path: Path) -> None:
    link = tmp_path / "bin" / "toctrace"
    link.parent.mkdir()
    link.symlink_to(_command(tmp_path / "v1"))
    assert own_command(str(link), "/x/python") == link


def test_without_a_command_there_is_no_service(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="install the package"):
        own_command(str(tmp_path / "toctrace"), str(tmp_path / "python"))

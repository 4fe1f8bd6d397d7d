from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from detector.errors import UsageError
from detector.service.trusted import _steps, check_trusted


def test_what_root_alone_can_change_is_trusted() -> None:
    check_trusted(Path("/usr/bin/env"))


def test_a_file_below_a_folder_of_everybody_is_not(tmp_path: Path) -> None:
    file = tmp_path / "toctrace"
    file.touch(mode=0o755)
    with pytest.raises(UsageError, match="others than root can change"):
        check_trusted(file)  # /tmp itself is open to all


def test_a_link_that_others_can_replace_is_not(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/usr/bin/env")
    with pytest.raises(UsageError, match="others than root can change /tmp"):
        check_trusted(link)


def test_links_of_roots_are_followed_to_their_end() -> None:
    assert Path("/bin").is_symlink()
    steps = list(_steps(Path("/bin/../bin/env")))
    assert steps[-1] == Path("/usr/bin/env")
    assert Path("/bin") in steps
    check_trusted(Path("/bin/env"))


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert len(list(_steps(tmp_path / "a"))) < 100


def test_a_missing_file_is_named() -> None:
    with pytest.raises(UsageError, match="/none/such: No such file"):
        check_trusted(Path("/none/such"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make such a folder, and give away")
@pytest.mark.parametrize(("owner", "mode"), [(1, 0o755), (0, 0o775), (0, 0o757)])
def test_what_another_owns_or_may_write_is_not(owner: int, mode: int) -> None:
    with TemporaryDirectory(dir="/root") as folder:
        file = Path(folder) / "toctrace"
        file.touch()
        check_trusted(file)
        os.chown(file, owner, 0)
        file.chmod(mode)
        with pytest.raises(UsageError, match=f"can change {file}"):
            check_trusted(file)

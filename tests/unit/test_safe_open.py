"""What another user planted in a folder that others write to is never written through."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.errors import SinkError, UsageError
from detector.output.lines import LineFile
from detector.output.whole_file import append_whole, check_writable, write_whole
from detector.recording.folder import CaseFolder
from detector.safe_open import open_to_write
from detector.sinks.lines import Lines
from detector.sinks.spool import Spool

ANOTHER = 65534


@pytest.fixture
def theirs(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Path]:
    """Make a path another user's: by chown where we may, else by being another user to the tool."""

    def give(path: Path) -> Path:
        if os.getuid() == 0:
            os.chown(path, ANOTHER, ANOTHER, follow_symlinks=False)
        else:
            monkeypatch.setattr(os, "geteuid", lambda: ANOTHER)
        return path

    return give


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """Give a folder such as /tmp."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """Give a file that must stay as it is."""
    path = tmp_path / "victim"
    path.write_text("kept\n")
    return path


@pytest.fixture
def planted(shared: Path, victim: Path, theirs: Callable[[Path], Path]) -> Path:
    """Give a link to it that another user made in the shared folder."""
    link = shared / "out"
    link.symlink_to(victim)
    return theirs(link)


def refused_by_lines(path: Path) -> None:
    with pytest.raises(UsageError, match=r"user .* has put"):
        LineFile(path)


def refused_by_sink(path: Path) -> None:
    with pytest.raises(SinkError, match=r"user .* has put"):
        Lines(str(path)).open()


def refused_at_start(path: Path) -> None:
    with pytest.raises(UsageError, match=r"user .* has put"):
        check_writable(path)


def refused_whole(path: Path) -> None:
    assert "has put" in (write_whole(path, "text") or "")


def refused_appending(path: Path) -> None:
    assert "has put" in (append_whole(path, "text") or "")


WRITERS = (
    refused_by_lines,
    refused_by_sink,
    refused_at_start,
    refused_whole,
    refused_appending,
)


@pytest.mark.parametrize("refused", WRITERS)
def test_a_planted_link_is_refused(
    planted: Path, victim: Path, refused: Callable[[Path], None]
) -> None:
    refused(planted)
    assert victim.read_text() == "kept\n"
    assert planted.is_symlink()


@pytest.mark.parametrize("refused", WRITERS)
def test_a_planted_link_on_the_way_is_refused(
    shared: Path, tmp_path: Path, theirs: Callable[[Path], Path], refused: Callable[[Path], None]
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (shared / "way").symlink_to(target)
    theirs(shared / "way")
    refused(shared / "way" / "out")
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("refused", WRITERS)
def test_a_planted_file_is_refused(
    shared: Path, theirs: Callable[[Path], Path], refused: Callable[[Path], None]
) -> None:
    path = shared / "out"
    path.write_text("theirs\n")
    refused(theirs(path))
    assert path.read_text() == "theirs\n"


def test_a_planted_pipe_is_refused_and_not_waited_for(
    shared: Path, theirs: Callable[[Path], Path]
) -> None:
    os.mkfifo(shared / "out")
    refused_by_lines(theirs(shared / "out"))
    refused_whole(shared / "out")


def test_a_hard_link_to_a_file_of_ours_is_refused_and_not_emptied(
    shared: Path, victim: Path
) -> None:
    (shared / "out").hardlink_to(victim)
    with pytest.raises(UsageError, match="second name"):
        LineFile(shared / "out")
    assert victim.read_text() == "kept\n"


def test_no_case_is_kept_past_a_planted_link(
    shared: Path, tmp_path: Path, theirs: Callable[[Path], Path]
) -> None:
    (tmp_path / "target").mkdir()
    (shared / "way").symlink_to(tmp_path / "target")
    theirs(shared / "way")
    with pytest.raises(UsageError, match="has put the link"):
        CaseFolder(shared / "way" / "case")
    assert list((tmp_path / "target").iterdir()) == []


def test_no_spool_is_kept_past_a_planted_link(
    shared: Path, tmp_path: Path, theirs: Callable[[Path], Path]
) -> None:
    (tmp_path / "target").mkdir()
    (shared / "way").symlink_to(tmp_path / "target")
    theirs(shared / "way")
    with pytest.raises(UsageError, match="has put the link"):
        Spool(shared / "way" / "spool")
    assert list((tmp_path / "target").iterdir()) == []


def test_links_of_our_own_are_followed(shared: Path, victim: Path) -> None:
    (shared / "out").symlink_to(victim)
    assert write_whole(shared / "out", "new\n") is None
    assert victim.read_text() == "new\n"
    assert (shared / "out").is_symlink()


def test_links_that_lead_round_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("a")
    with pytest.raises(UsageError, match="symbolic links"):
        LineFile(tmp_path / "a")


@pytest.mark.parametrize("name", ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1", "/dev/null"])
def test_what_the_system_links_to_is_open_to_us(name: str) -> None:
    os.close(open_to_write(Path(name), os.O_WRONLY))


@pytest.mark.parametrize("name", ["out", "./out", "../{}/out", "sub/../out"])
def test_paths_are_followed_as_the_kernel_does(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    assert write_whole(Path(name.format(tmp_path.name)), "x") is None
    assert (tmp_path / "out").read_text() == "x"


def test_files_are_for_their_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with LineFile(tmp_path / "lines"):
            pass
        write_whole(tmp_path / "whole", "x")
        append_whole(tmp_path / "added", "x")
        sink = Lines(str(tmp_path / "sink"))
        sink.open()
        sink.close(0)
        with CaseFolder(tmp_path / "case") as case:
            case.write("file", b"x")
        spool = Spool(tmp_path / "spool")
        spool.untold(1)
        spool.close()
    finally:
        os.umask(before)
    for path in tmp_path.rglob("*"):
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from detector.commands.verify import command
from detector.errors import UsageError
from detector.model.snapshot import Snapshot
from detector.recording.block import HEAD_BYTES, make_block
from detector.recording.bounds import Bounds
from detector.recording.case import find_recordings
from detector.recording.folder import CaseFolder
from detector.recording.head import parse_head
from detector.recording.payload import encode, join
from detector.recording.reading import Block, read_file
from detector.recording.records import Closing
from detector.recording.signature import Signer
from detector.render.jsonl import head_line
from tests.unit.messages import make_head
from tests.unit.recording.made import RUN, Lived, items, record
from tests.unit.samples import META

FILE = 40_000
"""Bytes: a few blocks a file."""


class Case:
    """A recording in several files, with the last head that went out."""

    def __init__(self, folder: Path, lived: Lived) -> None:
        self.folder = folder
        self.heads = [str(head) for head, *_ in lived.heads]
        self.files = sorted(folder.glob("*.toctrace"))

    def verify(self, *arguments: str) -> tuple[int, str]:

        done = CliRunner().invoke(command, [str(self.folder), *arguments])
        return done.exit_code, done.stdout


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("verify") / "case"
    return Case(folder, record(folder, items(4000), bounds=Bounds(rotate_bytes=FILE)))


@pytest.fixture
def case(original: Case, tmp_path: Path) -> Case:
    copy = tmp_path / "case"
    shutil.copytree(original.folder, copy)
    made = Case(copy, Lived([], None, []))  # type: ignore[arg-type]
    made.heads = original.heads
    return made


def test_a_whole_recording_is_unsealed_until_a_head_stands_for_it(case: Case) -> None:
    status, said = case.verify()
    assert (status, "UNSEALED" in said) == (0, True)
    status, said = case.verify("--head", case.heads[-1])
    assert (status, "whole and sealed" in said) == (0, True)
    status, said = case.verify("--head", case.heads[-1].partition(":")[2])
    assert status == 0


def test_a_file_of_heads_does_as_well(case: Case, tmp_path: Path) -> None:
    (tmp_path / "heads").write_text("\n".join(case.heads) + "\n")
    assert case.verify("--head", str(tmp_path / "heads"))[0] == 0


def arrived(head: str) -> str:
    """Write a head as a line that a sink sends."""
    parsed = parse_head(head)
    assert parsed is not None
    return head_line(make_head(head=parsed), META) + "\n"


def test_a_log_does_too_and_heads_of_other_recordings_in_it_are_passed_over_and_said(
    case: Case, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    others = [f"{run}:1:{'0' * 64}" for run in ("beef", "cafe")]
    log.write_text("".join(map(arrived, [others[0], *case.heads, others[1]])) + "what else\n")
    status, said = case.verify("--head", str(log))
    assert status == 0
    assert "heads of 2 recordings that are not here passed over" in said
    log.write_text(arrived(others[0]))
    status, said = case.verify("--head", str(log))
    assert status == 12
    assert "UNSEALED" in said


def test_an_early_head_leaves_the_rest_unsealed(case: Case) -> None:
    status, said = case.verify("--head", case.heads[0])
    assert status == 12
    assert "UNSEALED from block" in said


def edited(file: Path) -> None:
    """Change one record, and make every hash of the file right again."""
    blocks = [item for item in read_file(file) if isinstance(item, Block)]
    data = file.read_bytes()[:16]
    previous = blocks[0].head.previous
    for block in blocks:
        *records, last = block.records
        if isinstance(last, Closing):
            said = msgspec.structs.replace(last.observation, judged=0)
            records.append(Closing(last.ending, said))
        elif not isinstance(last, Snapshot):
            records.append(last)
        made, previous = make_block(
            join([encode(record) for record in records]), block.head.number, previous
        )
        data += made
    file.write_bytes(data)


def cut_at_a_block(file: Path) -> None:
    last = [item for item in read_file(file) if isinstance(item, Block)][-1]
    file.write_bytes(file.read_bytes()[: last.offset])


def reordered(file: Path) -> None:
    blocks = [item for item in read_file(file) if isinstance(item, Block)]
    data = file.read_bytes()
    parts = [data[b.offset : b.offset + HEAD_BYTES + b.head.stored] for b in blocks]
    file.write_bytes(data[:16] + parts[0] + b"".join(reversed(parts[1:])))


CHANGES: dict[str, Callable[[Case], object]] = {
    "edited": lambda case: edited(case.files[1]),
    "edited at the end": lambda case: edited(case.files[-1]),
    "cut": lambda case: cut_at_a_block(case.files[-1]),
    "last file gone": lambda case: case.files[-1].unlink(),
    "middle file gone": lambda case: case.files[1].unlink(),
    "reordered": lambda case: reordered(case.files[0]),
    "swapped": lambda case: (
        shutil.move(case.files[1], case.folder / "tmp"),
        shutil.move(case.files[2], case.files[1]),
        shutil.move(case.folder / "tmp", case.files[2]),
    ),
    "a bit": lambda case: case.files[1].write_bytes(
        case.files[1].read_bytes()[:-1] + bytes([case.files[1].read_bytes()[-1] ^ 1])
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_with_a_head_every_change_is_caught(case: Case, change: str) -> None:
    CHANGES[change](case)
    status, said = case.verify("--head", case.heads[-1])
    assert status == 12
    assert "BROKEN" in said


def test_another_recording_under_the_same_name_is_caught(case: Case, tmp_path: Path) -> None:
    shutil.rmtree(case.folder)
    record(case.folder, items(4001), bounds=Bounds(rotate_bytes=FILE))
    assert case.verify()[0] == 0
    status, said = case.verify("--head", case.heads[-1])
    assert status == 12
    assert "was given out" in said
    del tmp_path


def test_a_recording_that_is_gone_is_missed_by_its_head(case: Case) -> None:
    head = "beef" + case.heads[-1][len(RUN) :]
    status, said = case.verify("--head", head)
    assert status == 12
    assert "not here" in said


def test_the_first_bad_block_is_named(case: Case) -> None:
    CHANGES["a bit"](case)
    said = case.verify()[1]
    last = [item for item in read_file(case.files[1]) if isinstance(item, Block)][-1].head.number
    assert f"{case.files[1].name}, byte " in said
    assert f"block {last + 1}" in said


@pytest.mark.parametrize("head", ["x", "12:ab", "/none/file", ":".join(["a" * 64] * 2)])
def test_what_is_no_head_is_a_usage_error(case: Case, head: str) -> None:

    with pytest.raises(UsageError, match="--head"):
        command.main([str(case.folder), "--head", head], standalone_mode=False)


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    for name in ("ours", "theirs"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", tmp_path / name],
            check=True,
        )
    signers = tmp_path / "signers"
    signers.write_text("responder@example.org " + (tmp_path / "ours.pub").read_text())
    return {"ours": tmp_path / "ours", "theirs": tmp_path / "theirs", "signers": signers}


def sign(case: Case, key: Path) -> None:
    signer = Signer(key)
    (path,) = find_recordings([case.folder])
    with CaseFolder(case.folder) as folder:
        for head, name in zip(case.heads, path.segments, strict=True):
            parsed = parse_head(head)
            assert parsed is not None
            signer.seal(folder, parsed, name, last=name == path.segments[-1])


def test_a_signature_by_a_trusted_key_seals_and_one_by_another_does_not(
    case: Case, keys: dict[str, Path]
) -> None:
    sign(case, keys["ours"])
    assert case.verify("--signers", str(keys["signers"]))[0] == 0
    for file in case.folder.glob("*.head*"):
        file.unlink()
    assert case.verify("--signers", str(keys["signers"]))[0] == 12
    sign(case, keys["theirs"])
    status, said = case.verify("--signers", str(keys["signers"]))
    assert status == 12
    assert "BROKEN" in said


@pytest.mark.parametrize("change", CHANGES)
def test_with_a_signature_every_change_is_caught(
    case: Case, keys: dict[str, Path], change: str
) -> None:
    sign(case, keys["ours"])
    CHANGES[change](case)
    status, said = case.verify("--signers", str(keys["signers"]))
    assert status == 12, said


def test_a_key_that_cannot_sign_is_a_usage_error(tmp_path: Path) -> None:

    (tmp_path / "key").write_text("no key")
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(UsageError, match="--sign"):
        Signer(tmp_path / "key")

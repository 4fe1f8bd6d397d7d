from __future__ import annotations

from pathlib import Path

import msgspec

from detector.model.finding import Finding
from detector.recording.bounds import Bounds
from detector.recording.case import find_recordings
from detector.recording.replay import DAMAGED, NO_END, Replayed, replay
from tests.unit.recording.made import RUN, items, record
from tests.unit.samples import RULES


def judged_again(case: Path) -> tuple[Replayed, list[Finding]]:
    (path,) = find_recordings([case])
    findings: list[Finding] = []
    return replay(path, RULES, lambda finding, _: findings.append(finding)), findings


def test_findings_and_observation_are_those_of_the_live_run(tmp_path: Path) -> None:
    lived = record(tmp_path / "case")
    replayed, findings = judged_again(tmp_path / "case")
    assert len(findings) > 30
    assert findings == lived.findings
    assert replayed.observation == lived.observation
    assert replayed.gaps == ()


def test_a_recording_in_many_files_is_judged_as_one(tmp_path: Path) -> None:
    lived = record(tmp_path / "case", items(2000), bounds=Bounds(rotate_bytes=1))
    assert len(list((tmp_path / "case").iterdir())) > 3
    replayed, findings = judged_again(tmp_path / "case")
    assert findings == lived.findings
    assert replayed.observation == lived.observation


def test_a_recording_without_its_end_says_so_and_is_never_whole(tmp_path: Path) -> None:
    lived = record(tmp_path / "case")
    (file,) = (tmp_path / "case").iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    replayed, findings = judged_again(tmp_path / "case")
    assert replayed.observation is not None
    assert replayed.observation.lost[NO_END] == 1
    assert not replayed.observation.whole
    (gap,) = replayed.gaps
    assert gap.cut
    assert file.name in str(gap)
    assert findings == lived.findings[: len(findings)]


def test_past_a_damaged_block_the_rest_is_judged_and_the_place_is_told(tmp_path: Path) -> None:
    lived = record(tmp_path / "case", items(4000))
    (file,) = (tmp_path / "case").iterdir()
    data = bytearray(file.read_bytes())
    second = data.index(b"TTBK", data.index(b"TTBK") + 1)
    data[second + 200] ^= 1
    file.write_bytes(data)
    replayed, findings = judged_again(tmp_path / "case")
    assert replayed.observation is not None
    assert replayed.observation.lost[DAMAGED] == 1
    assert any(f"byte {second}: block 2" in note for note in replayed.observation.notes)
    assert 0 < len(findings) < len(lived.findings)
    assert [finding for finding in findings if finding not in lived.findings] == []


def test_a_recording_that_forgot_who_called_names_nobody_and_says_why(tmp_path: Path) -> None:
    raced = [
        msgspec.structs.replace(item, call=item.call) for item in items(5) if hasattr(item, "call")
    ]
    record(tmp_path / "case", raced)
    (path,) = find_recordings([tmp_path / "case" / f"{RUN}.000001.toctrace"])
    assert path.run == RUN

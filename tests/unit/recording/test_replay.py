from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from detector.correlate.limits import PARKED_NS
from detector.judging.beginning import Ending
from detector.model.caller import Caller
from detector.model.finding import Finding
from detector.model.judgement import Cut
from detector.model.process import Process
from detector.model.process_change import Change, ProcessChange
from detector.model.snapshot import Loss
from detector.model.stage import Stage
from detector.recording.bounds import Bounds
from detector.recording.case import find_recordings
from detector.recording.chain import Chain
from detector.recording.facts import HostFacts
from detector.recording.folder import CaseFolder
from detector.recording.processes import REPLACED, UNTOLD
from detector.recording.recorder import CaseRecorder
from detector.recording.records import Closing
from detector.recording.replay import DAMAGED, NO_END, UNASKED, Replay, Replayed, replay
from detector.recording.writer import QUEUE_FULL
from tests.unit.builders import Mask, content, ladder
from tests.unit.recording.made import BEGINNING, RUN, TEXTS, header, items, record
from tests.unit.samples import OFFSET_NS, RULES, make_observation


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


def test_a_call_that_was_not_asked_about_live_is_named_by_what_the_kernel_told() -> None:
    found: list[Finding] = []
    caller = Caller(executable="/usr/bin/racer", cgroup_path="/build")
    run = Replay(header(), RULES, found.append)
    for snapshot in ladder(masks={"old_nodes": Mask(content(2), copy=content(1))}):
        told = caller if snapshot.stage is Stage.EXIT else None
        run.take(msgspec.structs.replace(snapshot, caller=told))
    (finding,) = found
    assert finding.process.executable == "/usr/bin/racer"
    assert finding.process.missing["sha256"] == UNASKED


def test_a_call_that_was_parked_to_the_end_is_judged_as_it_was_live() -> None:
    """Nothing that came after it is in the recording: the time that its end tells is all."""
    found: list[Finding] = []
    run = Replay(header(), RULES, found.append)
    for snapshot in ladder(masks={"old_nodes": Mask(content(2), copy=content(1))})[:-1]:
        run.take(snapshot)
    assert found == []
    ending = Ending(
        ended_unix_ns=OFFSET_NS + 2 * PARKED_NS, stages=(), begun=1, lost={}, cut_by_start=0
    )
    closing = Closing(ending, make_observation())
    chain = cast("Chain", SimpleNamespace(closing=closing, begins_late=False))
    observation = run.finish(chain, (), 0)
    assert [finding.call.cut for finding in found] == [Cut.PARKED]
    assert (observation.judged, observation.cut_by_end, observation.lost) == (1, 0, {})


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


class Unanswering(CaseRecorder):
    """Keeps what processes did, and forgets who called."""

    def answer(self, call: int, process: Process) -> None:
        del call, process


def forgetful(folder: Path, changes: list[ProcessChange | Loss]) -> list[Finding]:
    """Record raced calls, what processes did before them, and no answer; judge that again."""
    with (
        CaseFolder(folder) as case,
        Unanswering(case, Bounds(), HostFacts(TEXTS).header, lambda **_: None) as recorder,
    ):
        recorder.begin(BEGINNING)
        for change in changes:
            recorder.item(change) if isinstance(change, Loss) else recorder.process(change)
        stream = items(5)
        for item in stream:
            recorder.item(item)
    return judged_again(folder)[1]


TASK = items(1)[0].task  # type: ignore[union-attr]
BEGAN_NS = 1_000


def change(kind: Change, tgid: int = TASK.tgid, **more: Any) -> ProcessChange:
    return ProcessChange(kind=kind, tgid=tgid, **({"time_ns": BEGAN_NS // 2} | more))


PARENT = change(Change.RUNNING, 90, comm="bash", executable="/bin/bash", parent_tgid=1)
RACER = change(Change.EXEC, executable="/tmp/racer", command_line=("racer", "\udcff"), comm="racer")


def test_a_call_that_nobody_was_asked_about_is_named_by_what_processes_did(tmp_path: Path) -> None:
    findings = forgetful(tmp_path / "case", [PARENT, change(Change.FORK, parent_tgid=90), RACER])
    assert len(findings) == 4
    for finding in findings:
        process = finding.process
        assert (process.executable, process.command_line) == ("/tmp/racer", ("racer", "\udcff"))
        assert (process.parent_tgid, process.parent_comm) == (90, "bash")
        assert process.missing["cgroup_path"] == UNTOLD


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ([], UNTOLD),
        ([RACER, change(Change.LOST, 0)], UNTOLD),
        ([RACER, Loss(QUEUE_FULL, 1)], UNTOLD),
        ([msgspec.structs.replace(RACER, time_ns=1 << 40)], REPLACED),
        ([RACER, change(Change.EXEC, missing="it was gone")], "it was gone"),
        ([change(Change.FORK, parent_tgid=90)], UNTOLD),
    ],
)
def test_a_call_is_left_without_a_name_where_a_change_is_missing_and_says_why(
    tmp_path: Path, changes: list[ProcessChange | Loss], reason: str
) -> None:
    findings = forgetful(tmp_path / "case", changes)
    assert len(findings) == 4
    for finding in findings:
        assert finding.process.executable is None
        assert reason in finding.process.missing.values()


def test_what_was_forked_runs_what_its_parent_ran_and_takes_its_own_name(tmp_path: Path) -> None:
    (finding, *_) = forgetful(
        tmp_path / "case",
        [PARENT, change(Change.FORK, parent_tgid=90), change(Change.COMM, comm="x")],
    )
    assert finding.process.executable == "/bin/bash"


def test_one_file_stands_for_the_recording_that_it_belongs_to(tmp_path: Path) -> None:
    record(tmp_path / "case")
    (path,) = find_recordings([tmp_path / "case" / f"{RUN}.000001.toctrace"])
    assert path.run == RUN

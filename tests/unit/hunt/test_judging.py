from __future__ import annotations

import tracemalloc
from pathlib import Path

from detector.hunt.judging import judge_group
from detector.hunt.local import local_engine
from detector.hunt.plan import Group
from detector.hunt.question import read_question
from detector.hunt.sighting import Sighting
from detector.recording.reading import read_file
from tests.unit.hunt.hunted import question
from tests.unit.recording.made import items, record


def planned(folder: Path) -> Group:
    with local_engine(1) as engine:
        (group,) = engine.plan([str(folder)]).groups
    return group


def taken(group: Group) -> tuple[int, int]:
    """Judge a group and keep nothing; give how many findings came and the most memory, bytes."""
    asked = read_question(question())
    tracemalloc.start()
    records = judge_group(group, lambda file: read_file(Path(file.place)), asked)
    found = sum(isinstance(one, Sighting) for one in records)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return found, most


def test_memory_grows_neither_with_a_recording_nor_with_how_many_there_are(tmp_path: Path) -> None:
    record(tmp_path / "short", items(600))
    record(tmp_path / "long", items(2_400))
    for run in ("aa", "bb", "cc", "dd"):
        record(tmp_path / "many", items(600), run=run)
    few, little = taken(planned(tmp_path / "short"))
    for case in ("long", "many"):
        found, most = taken(planned(tmp_path / case))
        assert found > 3 * few
        assert most < 1.5 * little

from __future__ import annotations

import msgspec

from detector.hunt.header_facts import header_facts, pack, unpack
from detector.hunt.outcome import State
from detector.hunt.plan import FileFacts, make_plan
from detector.recording.names import SegmentName
from detector.recording.records import Header
from tests.unit.recording.made import header


def of(
    run: str, *, host: str = "a", boot: str = "b1", began_ns: int = 0, offset: int = 0
) -> Header:
    made = header()
    beginning = msgspec.structs.replace(
        made.beginning, run=run, began_unix_ns=began_ns, offset_ns=offset
    )
    return msgspec.structs.replace(
        made,
        host=host,
        boot_id=boot,
        beginning=beginning,
        offset_now_ns=offset,
        offset_error_ns=0,
    )


def file(place: str, made: Header | None, size: int = 7) -> FileFacts:
    run, number, _ = place.rpartition("/")[2].split(".")
    facts = header_facts(made) if made else None
    return FileFacts(place, size, SegmentName(run, int(number)), facts)


def test_recordings_of_one_host_and_boot_are_one_group_in_the_order_of_its_own_clock() -> None:
    # the wall clock was set back between the two: by wall time the second would be the first
    first = file("/x/aa.000001.toctrace", of("aa", began_ns=1_000, offset=500))
    second = file("/y/bb.000001.toctrace", of("bb", began_ns=900, offset=300))
    other = file("/z/cc.000001.toctrace", of("cc", boot="b2"))
    plan = make_plan([other, second, first])
    assert [[job.run for job in group] for group in plan.groups] == [["aa", "bb"], ["cc"]]
    (one, two), _ = plan.groups
    assert one.clock == two.clock
    assert one.clock.error_ns == 200
    assert plan.size == 21


def test_the_files_of_a_recording_come_in_order_and_share_its_first_readable_header() -> None:
    made = of("aa")
    plan = make_plan([file("/x/aa.000010.toctrace", made), file("/x/aa.000009.toctrace", None)])
    ((job,),) = plan.groups
    assert [one.number for one in job.files] == [9, 10]
    assert job.header == pack(made)
    assert unpack(job.header or b"") == made
    assert job.recording == "/x/aa"


def test_a_copy_is_set_aside_and_another_recording_of_the_same_name_is_not() -> None:
    made = of("aa")
    plan = make_plan(
        [
            file("/x/aa.000001.toctrace", made),
            file("/y/aa.000001.toctrace", made),
            file("/z/aa.000001.toctrace", made, size=8),
        ]
    )
    assert [job.recording for group in plan.groups for job in group] == ["/x/aa", "/z/aa"]
    (aside,) = plan.set_aside
    assert (aside.recording, aside.state, aside.reason) == ("/y/aa", State.COPY, "a copy of /x/aa")


def test_recordings_without_a_header_stand_alone() -> None:
    plan = make_plan([file("/x/aa.000001.toctrace", None), file("/y/aa.000001.toctrace", None)])
    assert [job.group for group in plan.groups for job in group] == [("", "/x/aa"), ("", "/y/aa")]
    assert plan.set_aside == ()


def test_recordings_that_name_no_boot_share_no_clock() -> None:
    files = [
        file("/x/aa.000001.toctrace", of("aa", boot="", offset=1)),
        file("/x/bb.000001.toctrace", of("bb", boot="", offset=5)),
    ]
    plan = make_plan(files)
    assert [job.clock.error_ns for group in plan.groups for job in group] == [0, 0]


def test_a_file_that_is_called_like_none_is_named() -> None:
    plan = make_plan([FileFacts("/x/evil.toctrace", 9, None, None)])
    assert plan.groups == ()
    assert plan.set_aside[0].state is State.UNREADABLE
    assert "RUN.NNNNNN.toctrace" in plan.set_aside[0].reason


def test_names_that_are_no_unicode_can_go_anywhere() -> None:
    made = of("aa", host="\udcff", boot="\ud800")
    ((job,),) = make_plan([file("/x/aa.000001.toctrace", made)]).groups
    assert (job.host, job.boot) == ("\\xff", "\\ud800")
    assert unpack(job.header or b"") == made

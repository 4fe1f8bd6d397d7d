"""The copy's stage, by fexit and by what stands in for it: each mask is known for what it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from detector.capture.capture import Capture
from detector.capture.filters import Filters
from detector.live.verdict import Allowed
from detector.model.finding import Finding
from detector.model.snapshot import Snapshot
from detector.model.stage import Stage
from detector.simulate import SCENARIOS, play, syscalls
from detector.simulate.host import read_host
from detector.simulate.masks import MAXNODE_WORD, Mask
from detector.simulate.script import SELF
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from tests.kernel.sessions import begun_session

TIMES = 3
RACED = ("flip-old", "flip-new", "flip-both", "fail-after-copy", "blind-old", "blind-new")
HONEST = ("clean", "errors", "beyond-maxnode")
VIA = {"fexit": "fexit:get_nodes", "kretprobe": "kprobe:get_nodes + kretprobe:get_nodes"}


@pytest.fixture(scope="module", params=VIA)
def capture(request: pytest.FixtureRequest) -> Iterator[Capture]:
    """Watches, and takes the returns in this way."""
    capture = Capture((MIGRATE_PAGES,))
    capture.load()
    try:
        capture._program._fexit = request.param == "fexit"
        capture.attach()
        assert {one.via for one in capture.stages if one.stage is Stage.COPY} == {
            VIA[request.param]
        }
        yield capture
    finally:
        capture.close()


def test_a_race_is_found_on_the_mask_that_changed(capture: Capture) -> None:
    found: list[Finding] = []
    session = begun_session(capture, found)
    made = 0
    for name in (*HONEST, *RACED):
        made += play(name, TIMES).call_count
        session.step(50)
    session.settle()
    observation = session.finish(Allowed())
    assert (observation.judged, observation.lost, observation.incomplete) == (made, {}, 0)
    raced = [
        {name: mask.kind for name, mask in call.masks.items()}
        for scenario in RACED
        for call in SCENARIOS[scenario].truth(TIMES).calls
        if call.kind != "none"
    ]
    assert [
        {judged.name: judged.kind or "none" for judged in finding.call.arguments}
        for finding in sorted(found, key=lambda finding: finding.call.began_ns)
    ] == raced


def test_masks_at_one_address_are_copied_one_after_the_other(capture: Capture) -> None:
    capture.arm(Filters(), gated=False)
    with Mask() as mask:
        mask.write((read_host().node,))
        syscalls.migrate_pages(SELF, MAXNODE_WORD, mask.address, mask.address)
    arrived = [item for item in capture.read(200) + capture.read(0) if isinstance(item, Snapshot)]
    copies = [snapshot for snapshot in arrived if snapshot.stage is Stage.COPY]
    assert [list(copy.contents) for copy in copies] == [["old_nodes"], ["new_nodes"]]
    assert [snapshot.missed for snapshot in arrived if snapshot.stage is Stage.EXIT] == [()]

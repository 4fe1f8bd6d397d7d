from __future__ import annotations

import pytest

from detector.errors import SimulationError
from detector.simulate import machine, pages
from detector.simulate.hammer import hammering
from detector.simulate.machine import compat_migrate_pages
from detector.simulate.masks import MAXNODE_WORD, Mask
from detector.simulate.pages import Region
from detector.simulate.script import NOBODY

EFAULT, ESRCH = 14, 3


def test_a_32_bit_call_gives_the_kernels_error() -> None:
    with Mask(below_4g=True) as mask, compat_migrate_pages() as migrate_pages:
        assert migrate_pages(NOBODY, MAXNODE_WORD, mask.address, mask.address) == -ESRCH
        assert migrate_pages(NOBODY, MAXNODE_WORD, 8, mask.address) == -EFAULT


def test_without_32_bit_calls_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "CALL32", bytes.fromhex("31c0c3"))  # return 0: no pid
    with (
        pytest.raises(SimulationError, match="ia32_emulation=1"),
        compat_migrate_pages(),
    ):
        pass


def test_a_hammered_word_only_ever_has_its_two_values() -> None:
    with Region(1) as region:
        with hammering(region.address, 3, 5):
            seen = {pages.read_word(region.address) for _ in range(1000)}
        assert seen <= {3, 5}


def test_a_hammered_word_is_left_alone_afterwards() -> None:
    with Region(1) as region:
        with hammering(region.address, 3, 5):
            pass
        pages.write_word(region.address, 7)
        assert {pages.read_word(region.address) for _ in range(1000)} == {7}

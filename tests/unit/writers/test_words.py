from __future__ import annotations

from typing import Any

import msgspec

from detector.model.judgement import JudgedCall
from detector.writers.perf_event import Word
from detector.writers.words import MaskWord, is_of, mask_words
from tests.unit.builders import Mask, content, ladder, unreadable
from tests.unit.samples import judged

ADDRESS = 0x1000


def call(old: Mask, **changes: Any) -> JudgedCall:
    return judged(ladder(masks={"old_nodes": old}, **changes))


def words(one: JudgedCall) -> list[tuple[str, int, int]]:
    return [(w.argument, w.word.address, w.word.length) for w in mask_words(one)]


def test_a_mask_that_did_not_change_is_not_watched() -> None:
    assert words(call(Mask(content(1)))) == []


def test_the_word_that_changed_is_watched_and_no_other() -> None:
    wide = {"length": 128}
    raced = Mask(content(1, **wide), copy=content(1, 200, **wide), exit=content(1, **wide))
    assert words(call(raced)) == [("old_nodes", ADDRESS + 24, 8)]


def test_a_32_bit_callers_words_have_four_bytes() -> None:
    raced = Mask(content(1), copy=content(40), exit=content(40))
    found = words(call(raced, abi="i386"))
    assert found == [("old_nodes", ADDRESS, 4), ("old_nodes", ADDRESS + 4, 4)]


def test_a_blind_mask_is_watched_at_its_first_word() -> None:
    blind = Mask(unreadable(), copy=content(1), exit=content(1))
    assert words(call(blind)) == [("old_nodes", ADDRESS, 8)]


def test_a_mask_at_an_odd_address_is_watched_by_the_aligned_words_under_it() -> None:
    raced = Mask(
        content(0, 63, address=0x1FFC),
        copy=content(1, 62, address=0x1FFC),
        exit=content(0, 63, address=0x1FFC),
    )
    assert words(call(raced)) == [("old_nodes", 0x1FF8, 8), ("old_nodes", 0x2000, 8)]


def test_both_masks_have_their_first_word_before_either_has_its_second() -> None:
    two_words = Mask(
        content(1, 70, length=16), copy=content(2, 71, length=16), exit=content(1, length=16)
    )
    other = msgspec.structs.replace(two_words, entry=content(3, 72, length=16, address=0x9000))
    raced = judged(ladder(masks={"old_nodes": two_words, "new_nodes": other}))
    assert mask_words(raced) == (
        MaskWord("old_nodes", Word(ADDRESS, 8)),
        MaskWord("new_nodes", Word(0x9000, 8)),
        MaskWord("old_nodes", Word(ADDRESS + 8, 8)),
        MaskWord("new_nodes", Word(0x9008, 8)),
    )


def test_an_address_is_a_masks_from_its_first_aligned_word_to_its_last_byte() -> None:
    raced = Mask(content(1), copy=content(2), exit=content(2))
    (old, _) = call(raced).arguments
    assert [is_of(ADDRESS + at, old) for at in (-8, 0, 7, 8)] == [False, True, True, False]

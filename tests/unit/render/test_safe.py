"""Hostile text made safe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.render.safe import columns, fit, pad, paragraph, safe, without_surrogates, wrap
from tests.unit.hostile import texts


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain name", "plain name"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc\r", "a\\x0ab\\x09c\\x0d"),
        ("\u202eexe", "\\u202eexe"),
        ("\udcff", "\\xff"),
        ("\ud800", "\\ud800"),
        ("e\u0301", "e\\u0301"),
        ("\U000e0041", "\\U000e0041"),
        ("汉字 é", "汉字 é"),
    ],
)
def test_what_a_terminal_does_not_simply_print_is_escaped(hostile: str, shown: str) -> None:
    assert safe(hostile) == shown


@given(texts)
def test_safe_text_is_printable_and_stays_as_it_is(text: str) -> None:
    assert safe(text).isprintable()
    assert safe(safe(text)) == safe(text)


@given(texts, st.integers(3, 100))
def test_text_is_fitted_to_a_width_and_never_cut_silently(text: str, width: int) -> None:
    shown = fit(text, width)
    assert columns(shown) <= width
    assert shown == safe(text) or shown.endswith("...")


def test_an_escape_is_never_cut_in_two() -> None:
    assert fit("ab\x1bcde", 8) == "ab..."


def test_wide_letters_take_two_columns() -> None:
    assert columns("汉a") == 3
    assert pad("汉", 4) == "汉  "
    assert fit("汉汉汉", 5) == "汉..."


@given(texts, st.integers(12, 100))
def test_wrapped_lines_are_narrow_and_lose_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(columns(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == safe(text).replace(" ", "")


def test_a_paragraph_stands_beside_its_label() -> None:
    assert paragraph("  who", "one two three", 6, width=14) == ["  who one two", "      three"]


@given(texts)
def test_text_without_surrogates_can_be_encoded(text: str) -> None:
    assert without_surrogates(text).encode() is not None

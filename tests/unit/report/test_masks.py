from __future__ import annotations

from detector.model.stage import Stage
from detector.report.masks import Band, MaskDrawing, draw
from tests.unit.samples import calls


def cells(path: str) -> int:
    return path.count("M")


def drawn(name: str, argument: int = 0) -> MaskDrawing:
    call = calls()[name]
    return draw(call, call.arguments[argument])


def band(drawing: MaskDrawing, stage: Stage) -> Band:
    return next(band for band in drawing.bands if band.stage is stage)


def test_every_bit_that_was_taken_is_a_cell() -> None:
    entry = band(drawn("race"), Stage.ENTRY)
    (row,) = entry.rows
    assert row.full
    assert cells(row.set) == 1
    assert not row.came + row.went + row.unread


def test_bits_that_came_and_went_are_told_apart_at_the_stage_where_they_did() -> None:
    drawing = drawn("race")
    (copy,) = band(drawing, Stage.COPY).rows
    assert (cells(copy.came), cells(copy.went), cells(copy.set)) == (1, 1, 0)
    assert copy.came != copy.went
    (use,) = band(drawing, Stage.USE).rows
    assert (cells(use.came), cells(use.went), cells(use.set)) == (0, 0, 1)


def test_bits_put_back_are_shown_as_changed_again() -> None:
    (row,) = band(drawn("restore"), Stage.EXIT).rows
    assert (cells(row.came), cells(row.went)) == (1, 1)


def test_bits_that_could_not_be_read_are_crossed_and_never_clear() -> None:
    first, second = band(drawn("blind-partly"), Stage.ENTRY).rows
    assert cells(first.set) == 1
    assert not first.unread
    assert cells(second.unread) == 64
    assert not second.set + second.came + second.went


def test_a_copy_that_failed_shows_no_bits() -> None:
    copy = band(drawn("withdrawn"), Stage.COPY)
    assert copy.rows == ()
    assert "EFAULT" in copy.text


def test_a_stage_that_was_not_seen_says_why() -> None:
    copy = band(drawn("race-without-copy"), Stage.COPY)
    assert copy.rows == ()
    assert copy.text == "not observable here"


def test_a_mask_of_1024_nodes_is_drawn_whole_where_bits_are_set() -> None:
    drawing = drawn("race-many-nodes")
    entry = band(drawing, Stage.ENTRY)
    assert len(entry.rows) == 16
    assert sum(cells(row.set) for row in entry.rows) == 512
    assert drawing.left_out == drawing.too_many == 0


def test_rows_without_a_set_bit_are_left_out_and_counted() -> None:
    assert drawn("race").left_out == 15

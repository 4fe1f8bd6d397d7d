"""Contents in writing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.model.contents import shown, written
from detector.model.form import Form
from detector.model.printable import printable, printable_bytes, shortened
from detector.model.snapshot import Content
from tests.unit.forms import raw, unread_bytes, unread_path

INET = bytes((2, 0, 0, 80, 127, 0, 0, 1)) + bytes(8)
LOOPBACK = b"\x0a\0\0\x50" + bytes(4) + bytes(15) + b"\1"


@pytest.mark.parametrize(
    ("form", "content", "text"),
    [
        (Form.NODEMASK, raw(b"\x0d"), "0,2-3"),
        (Form.NODEMASK, raw(b""), "-"),
        (Form.PATH, raw(b"/tmp/a"), "/tmp/a"),
        (Form.PATH, raw(b""), '""'),
        (Form.PATH, raw(b"\x1b[2J\xff\n" + "é".encode()), "\\x1b[2J\\xff\\x0aé"),
        (Form.PATH, unread_path(b"/tm"), "/tm"),
        (Form.SOCKET_ADDRESS, raw(INET), "127.0.0.1:80"),
        (Form.SOCKET_ADDRESS, raw(INET[:8]), "127.0.0.1:80"),
        (Form.SOCKET_ADDRESS, raw(INET[:7]), "family 2: 020000507f0000"),
        (Form.SOCKET_ADDRESS, unread_bytes(INET[:8], 4, 8), "family 2: 02000050????????"),
        (Form.SOCKET_ADDRESS, unread_bytes(INET[:4], 0, 4), "????????"),
        (Form.SOCKET_ADDRESS, raw(LOOPBACK), "[::1]:80"),
        (Form.SOCKET_ADDRESS, raw(LOOPBACK + b"\2\0\0\0"), "[::1%2]:80"),
        (Form.SOCKET_ADDRESS, raw(LOOPBACK[:4] + b"\0\0\0\7" + LOOPBACK[8:]), "[::1]:80 flow 0x7"),
        (Form.SOCKET_ADDRESS, raw(b"\1\0/run/x\0junk"), "unix:/run/x"),
        (Form.SOCKET_ADDRESS, raw(b"\1\0\0abstract\0"), "unix:@abstract\\x00"),
        (Form.SOCKET_ADDRESS, raw(b"\1\0"), "unix:"),
        (Form.SOCKET_ADDRESS, raw(b"\x10\0\0\0\7\0\0\0\3\0\0\0"), "netlink:7/0x3"),
        (Form.SOCKET_ADDRESS, raw(b"\x28\0\1"), "family 40: 280001"),
        (Form.SOCKET_ADDRESS, raw(b"\2"), "02"),
        (Form.SOCKET_ADDRESS, raw(b""), "no address"),
        (Form.WORDS, raw(b"ls\0-l a\0\0"), "ls '-l a' ''"),
        (Form.WORDS, raw(b""), "no words"),
        (Form.WORDS, unread_bytes(b"ls\0\0", 3, 4), "ls"),
        (Form.POINTERS, raw(b"\0\x10" + bytes(6) + bytes(8)), "0x1000, 0x0"),
        (Form.POINTERS, raw(bytes(8 * 20)), ", ".join(["0x0"] * 16) + " and 4 more"),
        (Form.INTEGERS, raw(b"\1\0\0\0\xff\xff\xff\xff"), "1, -1"),
        (Form.INTEGERS, raw(b""), "no elements"),
        (Form.INTEGERS, unread_bytes(bytes(12), 4, 8), "0, ?, 0"),
        (Form.POINTERS, unread_bytes(bytes(16), 12, 16), "0x0, ?"),
    ],
)
def test_each_form_is_written_in_its_own_way(form: Form, content: Content, text: str) -> None:
    assert shown(form, content) == text


def test_addresses_of_a_32_bit_caller_have_four_bytes() -> None:
    assert shown(Form.POINTERS, raw(b"\1\0\0\0\2\0\0\0"), 4) == "0x1, 0x2"


def test_an_empty_path_is_an_empty_text_where_it_is_itself() -> None:
    assert written(Form.PATH, raw(b"")) == ""


@given(st.sampled_from(Form), st.binary(max_size=200), st.integers(0, 200))
def test_whatever_is_there_can_be_printed(form: Form, data: bytes, start: int) -> None:
    for content in (raw(data), unread_bytes(data, min(start, len(data)), len(data))):
        text = shown(form, content)
        assert text
        assert printable(text) == text


@given(st.binary(max_size=60), st.integers(5, 80))
def test_a_shortened_text_keeps_its_ends_and_no_half_escape(data: bytes, width: int) -> None:
    whole = printable_bytes(data)
    short = shortened(whole, width)
    assert len(short) <= max(width, 5)
    if len(whole) > width:
        marks = [at for at in range(len(short)) if short.startswith("...", at)]  # a "." before it
        cuts = [(short[:at], short[at + 3 :]) for at in marks]
        assert any(whole.startswith(head) and whole.endswith(tail) for head, tail in cuts)


def test_both_ends_of_a_long_path_are_left() -> None:
    assert shortened("/home/user/very/long/path/file", 15) == "/home/...h/file"
    assert shortened("\\x1b" * 9, 15) == "\\x1b...\\x1b"

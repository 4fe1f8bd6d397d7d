"""The kernel's lists of functions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detector.doctor.symbols import parse_blacklist, parse_filter_functions, parse_kallsyms


def test_hidden_addresses_still_list_names() -> None:
    """kptr_restrict=2."""
    assert parse_kallsyms("0000000000000000 t get_nodes\n") == {"get_nodes": 1}


def test_data_is_no_function() -> None:
    """A variable cannot be probed."""
    assert parse_kallsyms("ffff0000 d get_nodes\nffff0001 B other\n") == {}


def test_functions_of_one_name_are_counted_modules_included() -> None:
    """An ambiguous name cannot be probed by name."""
    text = "1 t get_nodes\n2 t get_nodes\t[evil]\n3 t __pfx_get_nodes\n"
    assert parse_kallsyms(text)["get_nodes"] == 2


def test_the_blacklist_gives_names() -> None:
    """Two columns; ranges without a name are passed over."""
    assert parse_blacklist("0x1-0x2\tdo_int3\n0x3-0x4\n") == {"do_int3"}


def test_ftrace_functions_lose_their_module() -> None:
    """The module stands behind the name."""
    assert parse_filter_functions("get_nodes\nfoo [bar]\n\n") == {"get_nodes", "foo"}


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    """No line is too odd."""
    assert all(count > 0 for count in parse_kallsyms(text).values())
    parse_blacklist(text)
    parse_filter_functions(text)

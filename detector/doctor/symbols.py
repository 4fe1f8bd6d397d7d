"""The kernel's own lists of functions, parsed: pure, and tolerant of whatever the files hold."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_TYPES = frozenset("tTwW")
"""nm(1) letters of code; data symbols cannot be probed."""
KALLSYMS_FIELDS = 3
BLACKLIST_FIELDS = 2


def parse_kallsyms(text: str) -> Mapping[str, int]:
    """Return how many functions have each name (kernel/kallsyms.c: s_show, `address type name`).

    kptr_restrict turns the addresses into zeros and leaves the names.
    """
    lines = (line.split(maxsplit=KALLSYMS_FIELDS) for line in text.split("\n"))
    return Counter(
        fields[2] for fields in lines if len(fields) >= KALLSYMS_FIELDS and fields[1] in TEXT_TYPES
    )


def parse_blacklist(text: str) -> frozenset[str]:
    """Return the functions that refuse kprobes (kernel/kprobes.c: kprobe_blacklist_seq_show)."""
    lines = (line.split(maxsplit=BLACKLIST_FIELDS) for line in text.split("\n"))
    return frozenset(fields[1] for fields in lines if len(fields) >= BLACKLIST_FIELDS)


def parse_filter_functions(text: str) -> frozenset[str]:
    """Return the functions that ftrace can trace (kernel/trace/ftrace.c: t_show)."""
    lines = (line.split(maxsplit=1) for line in text.split("\n"))
    return frozenset(fields[0] for fields in lines if fields)

"""What one look at one argument showed, in words short enough for a sentence or a table cell."""

from __future__ import annotations

from enum import StrEnum

from detector.model.judgement import JudgedArgument
from detector.model.kernel_error import error_name
from detector.model.nodemask import nodes, shortlist
from detector.model.snapshot import Content
from detector.model.stage import Stage


class Reading(StrEnum):
    """How much of what the kernel reads could be read at a look."""

    WHOLE = "whole"
    PARTLY = "partly"
    NO = "no"


def reading(argument: JudgedArgument, stage: Stage) -> Reading:
    """Say how much the look at `stage`, which must be there, could read.

    After an error of the kernel's copy its bytes mean nothing (mm/mempolicy.c: get_nodes).
    """
    content = argument.looks[stage]
    if stage is Stage.COPY and argument.copy_returned:
        return Reading.NO
    if content.whole:
        return Reading.WHOLE
    lacking = sum(part.end - part.start for part in content.unread)
    return Reading.NO if content.data and lacking >= len(content.data) else Reading.PARTLY


def error_at(argument: JudgedArgument, stage: Stage) -> str | None:
    """Name the error of the look at `stage`; None where everything could be read."""
    if stage is Stage.COPY and argument.copy_returned:
        return error_name(argument.copy_returned)
    unread = argument.looks[stage].unread
    if unread:
        return error_name(unread[0].errno)
    # the words past MAX_NUMNODES carry no errno of their own: reading user memory has one error
    return None if argument.looks[stage].whole else "EFAULT"


def described(argument: JudgedArgument, stage: Stage, width: int) -> str:
    """Describe the look at `stage`, which must be there, in about `width` characters."""
    how = reading(argument, stage)
    if how is Reading.NO:
        return f"unreadable ({error_at(argument, stage)})"
    content = argument.looks[stage]
    rest = _rest(content)
    return node_words(content.data, max(width - len(rest), 1)) + rest


def node_words(mask: bytes, width: int) -> str:
    """Write a mask's nodes; `empty` where none is set."""
    return shortlist(nodes(mask), width) if any(mask) else "empty"


def _rest(content: Content) -> str:
    words = []
    if content.unread:
        words.append(f"rest unreadable ({error_name(content.unread[0].errno)})")
    if content.beyond is None:
        words.append("tail unreadable")
    if content.beyond:
        words.append("bits past the limit")
    return "".join(f" + {word}" for word in words)

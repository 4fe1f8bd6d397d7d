"""What one look at one argument showed, in words short enough for a sentence or a table cell."""

from __future__ import annotations

from enum import StrEnum

from detector.model.contents import shown, written
from detector.model.form import Form
from detector.model.judgement import JudgedArgument
from detector.model.kernel_error import error_name
from detector.model.nodemask import nodes, shortlist
from detector.model.printable import shortened
from detector.model.snapshot import NOT_USED, Content
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
    length = len(content.data)
    # of a path, what could not be read begins past its bytes
    lacking = sum(min(part.end, length) - min(part.start, length) for part in content.unread)
    return Reading.NO if content.unread and lacking >= length else Reading.PARTLY


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
        return "not used" if _is_unused(argument.looks[stage]) else _unreadable(argument, stage)
    content = argument.looks[stage]
    rest = _rest(argument.form, content)
    room = max(width - len(rest), 1)
    if argument.form is Form.NODEMASK:
        return node_words(content.data, room) + rest
    return content_words(argument, content, room) + rest


def _unreadable(argument: JudgedArgument, stage: Stage) -> str:
    return f"unreadable ({error_at(argument, stage)})"


def _is_unused(content: Content) -> bool:
    """Whether what is not there was not used, as far as could be seen, instead of not read."""
    return any(gap.errno == NOT_USED for gap in content.unread)


def node_words(mask: bytes, width: int) -> str:
    """Write a mask's nodes; `empty` where none is set."""
    return shortlist(nodes(mask), width) if any(mask) else "empty"


def content_words(argument: JudgedArgument, content: Content, width: int) -> str:
    """Write what was read of an argument that is no mask: of a long one, both ends."""
    if argument.form is Form.PATH:
        text = written(Form.PATH, content).replace('"', '\\"')
        return f'"{shortened(text, max(width - 2, 1))}"'
    return shortened(shown(argument.form, content, argument.word), width)


def _rest(form: Form, content: Content) -> str:
    words = []
    if content.unread:
        error = error_name(content.unread[0].errno)
        words.append("rest not used" if _is_unused(content) else f"rest unreadable ({error})")
    if content.beyond is None:
        words.append("tail unreadable")
    if content.beyond:
        words.append(_MORE[form])
    return "".join(f" + {word}" for word in words)


_MORE = {
    Form.NODEMASK: "bits past the limit",
    Form.PATH: "no end within the limit",
    Form.SOCKET_ADDRESS: "more bytes",
    Form.WORDS: "more words",
    Form.POINTERS: "more elements",
    Form.INTEGERS: "more elements",
}
"""What there is beside a look's bytes, by form."""

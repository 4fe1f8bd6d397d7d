"""Which words of a judged call's masks are worth a debug register: pure."""

from __future__ import annotations

from itertools import zip_longest

import msgspec

from detector.model.form import Form
from detector.model.judgement import JudgedArgument, JudgedCall
from detector.writers.perf_event import Word

_WORD_BYTES = {"i386": 4}
_LONG = 8
_PAIR = 2


class MaskWord(msgspec.Struct, frozen=True):
    """A word of a mask in the caller's memory."""

    argument: str
    word: Word


def mask_words(call: JudgedCall) -> tuple[MaskWord, ...]:
    """Give the words that changed, the first of each mask first; those of a blind one, too.

    A mask at an odd address is watched by the aligned words that it lies in, so a neighbour's
    write can be told with it.
    """
    size = _WORD_BYTES.get(call.abi, _LONG)
    masks = [_words_of(argument, size) for argument in call.arguments if argument.kind is not None]
    rounds = zip_longest(*masks)
    return tuple(dict.fromkeys(word for one in rounds for word in one if word is not None))


def is_of(address: int, argument: JudgedArgument) -> bool:
    """Whether a watched word's address lies in what the call read of an argument."""
    start, length = _span(argument)
    return bool(length) and start - start % _LONG <= address < start + length


def _words_of(argument: JudgedArgument, size: int) -> list[MaskWord]:
    start, length = _span(argument)
    if not length:
        return []
    if argument.form is not Form.NODEMASK:
        return _first_changed(argument, start, length, size)
    changed = int.from_bytes(argument.came, "little") | int.from_bytes(argument.went, "little")
    places = [at for at in range(length) if changed >> 8 * at & 0xFF]
    found = dict.fromkeys((start + at) // size * size for at in places or [0])
    return [MaskWord(argument.name, Word(address, size)) for address in found]


def _first_changed(argument: JudgedArgument, start: int, length: int, size: int) -> list[MaskWord]:
    """Give the words of what is no mask in which its window's looks differ; else its first.

    Of words it is the first of their addresses, as the words lie elsewhere.
    """
    looks = [argument.looks[stage] for stage in argument.window or () if stage in argument.looks]
    places = [0]
    if len(looks) == _PAIR and argument.form is not Form.WORDS:
        earlier, later = (look.data.ljust(length, b"\0") for look in looks)
        places = [at for at in range(length) if earlier[at] != later[at]] or places
    found = dict.fromkeys((start + at) // size * size for at in places)
    return [MaskWord(argument.name, Word(address, size)) for address in found]


def _span(argument: JudgedArgument) -> tuple[int, int]:
    """Give the user address and the bytes of it; the kernel's own, at use, has no address."""
    for look in argument.looks.values():
        if look.address:
            if argument.form is Form.PATH:  # and the zero byte at its end
                return look.address, len(look.data) + 1
            return look.address, len(look.data)
    return 0, 0

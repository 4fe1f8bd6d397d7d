"""Writers of a mask in words: who, how, and where in which program."""

from __future__ import annotations

from detector.model.form import Form
from detector.model.frame import Frame
from detector.model.judgement import JudgedCall
from detector.model.nodemask import nodelist, nodes
from detector.model.printable import printable_bytes
from detector.model.writer import Way, Writer

_WAYS = {
    Way.STORE: "a store",
    Way.SYSTEM_CALL: "a system call that fills memory",
    Way.PROCESS_VM_WRITEV: "process_vm_writev, from outside",
    Way.PROC_MEM: "a write to /proc/PID/mem, from outside",
    Way.PTRACE: "ptrace, from outside",
}
_WORD_BYTES = 8


def writer_line(writer: Writer, call: JudgedCall) -> str:
    """Say who wrote what, how, and how often."""
    thread = f", thread {writer.tid}" if writer.tid != writer.tgid else ""
    often = "once" if writer.hits == 1 else f"{writer.hits:,} times"
    return (
        f"{writer.comm}, pid {writer.tgid}{thread}: wrote {writer.argument} by "
        f"{_WAYS[writer.way]}, {often}{_left(writer, call)}"
    )


def place_line(frame: Frame) -> str:
    """Say where in a program an address is: function, module, file and line, as far as known."""
    at = f" at {frame.file}:{frame.line}" if frame.file else ""
    if frame.symbol:
        return f"{frame.symbol}+{frame.symbol_offset:#x} in {frame.module}{at}"
    if frame.offset is not None:
        return f"{frame.module}+{frame.offset:#x}{at} ({frame.missing})"
    return f"{frame.address:#x}{f' ({frame.missing})' if frame.missing else ''}"


def _left(writer: Writer, call: JudgedCall) -> str:
    """Say what the first such write left in the word; nothing where it is not known."""
    argument = next((one for one in call.arguments if one.name == writer.argument), None)
    if argument is None or writer.word is None:
        return ""
    if argument.form is not Form.NODEMASK:
        return f", first leaving {_word(argument.form, writer.word)} there"
    look = next((one for one in argument.looks.values() if one.address), None)
    if look is None:
        return ""
    before = writer.address - look.address
    if not 0 <= before < len(look.data):
        return ""
    mask = bytes(before) + writer.word.to_bytes(_WORD_BYTES, "little")
    return f", first leaving {nodelist(nodes(mask))} there"


def _word(form: Form, word: int) -> str:
    """Write a word of what is no mask: of text its characters, up to its end."""
    if form is not Form.PATH:
        return hex(word)
    return f'"{printable_bytes(word.to_bytes(_WORD_BYTES, "little").partition(bytes(1))[0])}"'

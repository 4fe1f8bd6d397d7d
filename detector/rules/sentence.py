"""What a judged argument means, in one sentence: what an observer saw, what the kernel did.

The kernel checks its own copy, so a race deceives whoever looked at another moment; it never
gets past the kernel. The sentences say the one and never the other.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from detector.model.contents import shown
from detector.model.form import Form
from detector.model.judgement import JudgedArgument, JudgedCall, Kind, Verdict
from detector.model.kernel_error import error_name
from detector.model.nodemask import nodelist, nodes
from detector.model.stage import STAGES, Stage
from detector.rules.described import Reading, described, node_words, reading

_WIDTH = 48
"""Characters that one node list may take in a sentence before it is shortened, with a count."""
_TEXT_WIDTH = 256
"""The same of what is no mask: both ends of it are left."""


def sentence(argument: JudgedArgument) -> str:
    """Say what the argument's kind means for those who looked; empty without a kind."""
    if argument.kind is None:
        return ""
    return _SENTENCES[argument.kind](argument) + _difference(argument)


def summary(call: JudgedCall) -> str:
    """Say the same of every argument that has a kind, in the order of the call."""
    return ". ".join(sentence(argument) for argument in call.arguments if argument.kind)


def kernel_did(argument: JudgedArgument) -> str:
    """Say what the kernel did with the argument, as far as that was seen."""
    copied, used = _look(argument, Stage.COPY), _look(argument, Stage.USE)
    if argument.copy_returned:
        did = "could not read" if argument.copy_returned == -errno.EFAULT else "refused"
        return f"the kernel {did} it ({error_name(argument.copy_returned)})"
    if copied is None:
        return _without_copy(argument, used)
    if used is None:
        unused = verdict_of(argument, Stage.COPY, Stage.USE) is Verdict.UNUSED
        return f"the kernel copied {copied}" + (", then ended the call without using it" * unused)
    if nodes(argument.looks[Stage.COPY].data) == nodes(argument.looks[Stage.USE].data):
        return f"the kernel copied and used {copied}"
    narrowed = verdict_of(argument, Stage.COPY, Stage.USE) is Verdict.NARROWED
    return f"the kernel copied {copied} and used {used}" + (" (narrowed by cpuset)" * narrowed)


def _without_copy(argument: JudgedArgument, used: str | None) -> str:
    """Say it where no copy was seen apart from the use: of what is no mask, there is none."""
    masks = argument.form is Form.NODEMASK
    if used is not None:
        return f"the kernel used {used}" + (" (its copy was not observed)" * masks)
    if not masks and verdict_of(argument, Stage.ENTRY, Stage.USE) is Verdict.UNUSED:
        return "the kernel ended the call without using it"
    return "what the kernel copied was not observed"


def verdict_of(argument: JudgedArgument, earlier: Stage, later: Stage) -> Verdict | None:
    """Give the verdict of one pair of stages; None where they were not held together."""
    for pair in argument.pairs:
        if (pair.earlier, pair.later) == (earlier, later):
            return pair.verdict
    return None


def signed_nodes(came: bytes, went: bytes, width: int) -> str:
    """Write nodes that came with a plus, those that went with a minus: `+1 -(2-3)`."""
    parts = (("+", came), ("-", went))
    return " ".join(
        f"{sign}{_bracketed(node_words(mask, width))}" for sign, mask in parts if any(mask)
    )


def _bracketed(words: str) -> str:
    """Set more than one number apart: `-2-3` would be read as two signs."""
    return words if words.isdigit() else f"({words})"


def _difference(argument: JudgedArgument) -> str:
    """Say what changed where the lists were too long to be written whole."""
    if argument.form is not Form.NODEMASK:
        return _first_difference(argument)
    lists = (nodelist(nodes(content.data)) for content in argument.looks.values())
    if all(len(whole) <= _WIDTH for whole in lists):
        return ""
    change = signed_nodes(argument.came, argument.went, _WIDTH)
    return f" (changed: {change})" if change else ""


def _first_difference(argument: JudgedArgument) -> str:
    """Say where two looks part of which not all was written."""
    stages = argument.window or (Stage.ENTRY, Stage.USE)
    earlier, later = (argument.looks.get(stage) for stage in stages)
    if earlier is None or later is None or argument.kind is Kind.BLIND:
        return ""
    texts = [shown(argument.form, look, argument.word) for look in (earlier, later)]
    if all(len(text) <= _TEXT_WIDTH for text in texts):
        return ""
    both = zip(earlier.data, later.data, strict=False)
    shorter = min(len(earlier.data), len(later.data))
    at = next((at for at, (one, other) in enumerate(both) if one != other), shorter)
    return f" (different from byte {at} on)"


def _look(argument: JudgedArgument, stage: Stage) -> str | None:
    width = _WIDTH if argument.form is Form.NODEMASK else _TEXT_WIDTH
    return described(argument, stage, width) if stage in argument.looks else None


def _saw(argument: JudgedArgument, stage: Stage) -> str:
    """Say what an observer at `stage` saw: the beginning of most sentences."""
    look = _look(argument, stage) or "not seen"
    return f"{argument.name} was {look} when {_WHO[stage]}"


_WHO = {stage: f"observers looked at {stage}" for stage in STAGES} | {
    Stage.SUPERVISE: "its supervisor looked, before it decided"
}


def _deceived(argument: JudgedArgument) -> str:
    """Say at which looks an observer was deceived."""
    stages = [observer.stage.value for observer in argument.observers if observer.deceived]
    return "observer deceived" + (f" at {' and '.join(stages)}" if stages else "")


def _tamper(argument: JudgedArgument) -> str:
    copied, used = _look(argument, Stage.COPY), _look(argument, Stage.USE)
    return (
        f"the kernel copied {copied} from {argument.name} and then acted on {used}: its own copy "
        "was changed, in kernel memory, where no program can write"
    )


def _restore(argument: JudgedArgument) -> str:
    earlier, _ = argument.window or (Stage.ENTRY, Stage.COPY)
    return (
        f"{_saw(argument, earlier)}, and the same again at exit; in between "
        f"{kernel_did(argument)}: {_deceived(argument)}, tracks covered"
    )


def _race(argument: JudgedArgument) -> str:
    earlier, later = argument.window or (Stage.ENTRY, Stage.COPY)
    saw = _saw(argument, earlier)
    if argument.copy_returned:
        return f"{saw}; {kernel_did(argument)}: observer deceived, the call it saw never was"
    if later is Stage.EXIT:
        return (
            f"{saw}, and {_look(argument, later)} at {later}; what the kernel copied in between "
            "was not observed: observer deceived at one of the two"
        )
    return f"{saw}; {kernel_did(argument)}: {_deceived(argument)}"


def _blind(argument: JudgedArgument) -> str:
    earlier, later = argument.window or (Stage.ENTRY, Stage.COPY)
    did = kernel_did(argument)
    if later is Stage.EXIT:
        did = f"at exit it was {_look(argument, later)}, the kernel's copy was not observed"
    partly = earlier in argument.looks and reading(argument, earlier) is Reading.PARTLY
    return f"{_saw(argument, earlier)}; {did}: observer blind" + (" to the rest" * partly)


def _late(argument: JudgedArgument) -> str:
    return (
        f"{_saw(argument, Stage.EXIT)}; before that, {kernel_did(argument)}: {_deceived(argument)}"
    )


_SENTENCES: dict[Kind, Callable[[JudgedArgument], str]] = {
    Kind.TAMPER: _tamper,
    Kind.RESTORE: _restore,
    Kind.RACE: _race,
    Kind.BLIND: _blind,
    Kind.LATE: _late,
}

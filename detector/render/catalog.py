"""journald's catalog: what each MESSAGE_ID means and what to do (systemd.io/CATALOG).

`journalctl -x` shows an entry's explanation where the file is installed. Run as a program with a
file's name, it writes the catalog of the shipped rules there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from detector.render.journal import message_id
from detector.render.originator import APP_NAME
from detector.rules.load import shipped_rules
from detector.rules.rule import Rule

_OWN = {
    "observing": (
        "Watching goes on",
        "Sent every --heartbeat seconds: silence without it means that toctrace is not running.",
    ),
    "recording-head": (
        "The head of a recording",
        "Kept out of reach, it proves what was recorded up to then: toctrace verify CASE --head.",
    ),
    "observation": (
        "Watching ended",
        "What was seen and what was missed is in the fields; TOCTRACE_STATUS is the exit code.",
    ),
    "toctrace-test": (
        "Test alert: no call was raced",
        "Somebody ran `toctrace simulate --through-sinks` to prove the way to this journal.",
    ),
}


def catalog_text(rules: Iterable[Rule]) -> str:
    """Write the catalog of `rules`, and of the messages that no rule makes."""
    entries = [_entry(rule.id, rule.title, _explained(rule)) for rule in rules]
    entries += [_entry(kind, title, text) for kind, (title, text) in _OWN.items()]
    return "\n".join(entries)


def _entry(kind: str, title: str, text: str) -> str:
    return (
        f"-- {message_id(kind)}\nSubject: {title}\nDefined-By: {APP_NAME}\n\n@MESSAGE@\n\n{text}\n"
    )


def _explained(rule: Rule) -> str:
    lines = [rule.desc.strip()]
    if rule.falsepositives:
        lines += ["", "It may be harmless:", *(f"* {reason}" for reason in rule.falsepositives)]
    return "\n".join(lines)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(catalog_text(shipped_rules()))

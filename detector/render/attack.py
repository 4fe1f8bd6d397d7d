"""MITRE ATT&CK out of a rule's tags, in Sigma's spelling: `attack.t1562.006`, a tactic's name."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

_TECHNIQUE = re.compile(r"attack\.(t\d{4})(\.\d{3})?", re.IGNORECASE)
_TACTIC = re.compile(r"attack\.([a-z]+(?:-[a-z]+)*)")
_SMALL = {"and", "of"}
_NAMES = {
    "T1014": "Rootkit",
    "T1055": "Process Injection",
    "T1068": "Exploitation for Privilege Escalation",
    "T1211": "Exploitation for Defense Evasion",
    "T1562": "Impair Defenses",
    "T1562.001": "Disable or Modify Tools",
    "T1562.006": "Indicator Blocking",
    "T1564": "Hide Artifacts",
    "T1611": "Escape to Host",
}
"""Of the techniques that a race on arguments is about; another's id stands for its name."""


class Attack(msgspec.Struct, frozen=True, kw_only=True):
    """What the tags name of ATT&CK."""

    tactics: tuple[str, ...]
    """Names, as `Defense Evasion`."""
    techniques: tuple[str, ...]
    """Ids, as `T1562`; those of sub-techniques are named too."""
    subtechniques: tuple[str, ...]
    """Ids, as `T1562.006`."""


def attack_of(tags: Iterable[str]) -> Attack:
    """Read the tags that name ATT&CK; the others are left alone."""
    tactics, techniques, subtechniques = [], [], []
    for tag in tags:
        if technique := _TECHNIQUE.fullmatch(tag):
            techniques.append(technique[1].upper())
            if technique[2]:
                subtechniques.append(f"{technique[1].upper()}{technique[2]}")
        elif tactic := _TACTIC.fullmatch(tag):
            words = tactic[1].split("-")
            tactics.append(" ".join(w if w in _SMALL else w.capitalize() for w in words))
    return Attack(
        tactics=tuple(dict.fromkeys(tactics)),
        techniques=tuple(dict.fromkeys(techniques)),
        subtechniques=tuple(dict.fromkeys(subtechniques)),
    )


def technique_name(technique: str) -> str:
    """Give the name of a technique or sub-technique; its id where the name is not known here."""
    return _NAMES.get(technique, technique)

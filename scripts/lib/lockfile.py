"""Lock files as scripts/lock writes them."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("core", "machine", "dev", "build", "lock")
_PINNED = re.compile(r"(?m)^(\S+==[^\\\n]*?) ?\\$")
DIRECT = re.compile(r"# +(?:via )?toctrace \(pyproject\.toml(?::\w+)?\)$")


def text(name: str) -> str:
    """Give requirements/NAME.txt."""
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pinned(name: str) -> dict[str, Requirement]:
    """Give what is pinned in requirements/NAME.txt, by canonical name."""
    found = [Requirement(one) for one in _PINNED.findall(text(name))]
    return {canonicalize_name(one.name): one for one in found}


def here(requirement: Requirement) -> bool:
    """Whether a requirement is meant for this Python on this system."""
    return requirement.marker is None or requirement.marker.evaluate()

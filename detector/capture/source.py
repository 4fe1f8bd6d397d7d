"""The C source as bcc wants it: one text.

bcc rewrites map accesses and reads of kernel memory only in the main file it is given, never in
one that is included; so the project's own headers are put in place of their includes.
"""

from __future__ import annotations

import re
from pathlib import Path

_OWN_INCLUDE = re.compile(r'^#include "([a-z_]+\.h)"$')


def flatten(main: Path) -> str:
    """Give the text of `main` with each `#include "…"` beside it replaced, once, by its file."""
    seen: set[str] = set()

    def lines(path: Path) -> list[str]:
        text: list[str] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            include = _OWN_INCLUDE.match(line)
            if include is None:
                text.append(line)
            elif include[1] not in seen:
                seen.add(include[1])
                text.extend(lines(path.parent / include[1]))
        return text

    return "\n".join(lines(main)) + "\n"

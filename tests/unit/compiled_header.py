"""What the C compiler makes of a header, to hold the Python side of a contract against."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

STRICT = ("-std=gnu11", "-Wall", "-Wextra", "-Werror")


def values(header: Path, expressions: Iterable[str], folder: Path, *more: str) -> dict[str, int]:
    """Give the value of each C expression, compiled with `header` in `folder`; `more`: options."""
    prints = "\n".join(f'\tprintf("%s=%ld\\n", "{e}", (long)({e}));' for e in expressions)
    source, program = folder / "wire.c", folder / "wire"
    source.write_text(
        f'#include <stddef.h>\n#include <stdio.h>\n#include "{header}"\n'
        f"int main(void)\n{{\n{prints}\n\treturn 0;\n}}\n"
    )
    subprocess.run(["gcc", *STRICT, *more, "-o", program, source], check=True)
    told = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    pairs = (line.rpartition("=") for line in told.splitlines())
    return {expression: int(value) for expression, _, value in pairs}

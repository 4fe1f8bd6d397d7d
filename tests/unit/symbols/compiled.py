"""A program whose truth the compiler and binutils know."""

from __future__ import annotations

import subprocess
from pathlib import Path

SOURCE = """\
int counter;

__attribute__((noinline)) static void store(int value)
{
\tcounter = value;
}

int main(int argc, char **argv)
{
\t(void)argv;
\tstore(argc);
\treturn counter;
}
"""


def build(folder: Path, *options: str, name: str = "program") -> Path:
    """Compile SOURCE with these options, in `folder`."""
    source = folder / "program.c"
    source.write_text(SOURCE)
    built = folder / name
    subprocess.run(["gcc", "-O1", *options, "-o", built, "program.c"], check=True, cwd=folder)
    return built


def address_of(program: Path, symbol: str) -> tuple[int, int]:
    """Give a symbol's address and size, by the word of nm."""
    told = subprocess.check_output(["nm", "-S", program], text=True)
    rows = [line.split() for line in told.splitlines()]
    ((address, size),) = [(row[0], row[1]) for row in rows if row[3:] == [symbol]]
    return int(address, 16), int(size, 16)

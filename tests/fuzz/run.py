"""Run one target: python tests/fuzz/run.py TARGET CORPUS [OPTION of libFuzzer]...

Instruments the tool and what it parses with, so that libFuzzer sees which branches an input took.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["detector", "tests.fuzz.targets", "yaml", "tomllib"]):
    from tests.fuzz.places import FINDS
    from tests.fuzz.table import TARGETS


def main() -> None:
    """Seed the corpus, and feed the target until libFuzzer has enough."""
    name, corpus, *options = sys.argv[1:]
    target = TARGETS[name]
    seeds = Path(corpus) / "seeds"
    seeds.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (seeds / f"{number:03}").write_bytes(seed)
    folders = [corpus, str(seeds), *(str(p) for p in [FINDS / name] if p.is_dir())]
    atheris.Setup([sys.argv[0], *options, *folders], target.feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

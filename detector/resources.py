"""Where the files that ship with the tool are: the BPF programs, the rules, the unit.

In a checkout they lie beside the package; a wheel carries them inside of it (see
`force-include` in pyproject.toml).
"""

from __future__ import annotations

from pathlib import Path

from detector.errors import ResourceError

PACKAGE = Path(__file__).resolve().parent


def bpf_file(name: str, package: Path = PACKAGE) -> Path:
    """Return the path of one file of bpf/. Raises ResourceError where it is missing."""
    return _file("bpf", name, package)


def rules_dir(package: Path = PACKAGE) -> Path:
    """Return the folder of the shipped rules. Raises ResourceError where it is missing."""
    return _folder("rules", package)


def unit_file(package: Path = PACKAGE) -> Path:
    """Return the path of the systemd unit's template. Raises ResourceError where it is missing."""
    return _file("systemd", "toctrace.service", package)


def _file(folder: str, name: str, package: Path) -> Path:
    path = _folder(folder, package) / name
    if not path.is_file():
        raise ResourceError(f"{path} is missing: this installation is broken; install it again")
    return path


def _folder(name: str, package: Path) -> Path:
    for folder in (package / f"_{name}", package.parent / name):
        if folder.is_dir():
            return folder
    raise ResourceError(
        f"no {name}/ beside or in {package}: this installation is broken; install it again"
    )

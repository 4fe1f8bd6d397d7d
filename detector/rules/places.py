"""Where rules are looked for, in the order in which a later one overrides an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from detector.resources import rules_dir

SYSTEM = Path("/etc/toctrace/rules.d")
_USER = Path("toctrace/rules.d")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A rule file, or a folder of them."""

    path: Path
    optional: bool = False
    """Whether it may be missing, or hold no rule."""
    shipped: bool = False
    """Whether it is a part of the tool: as safe as the program itself, so not asked who owns it."""


def rule_places(
    given: tuple[Path, ...], environ: Mapping[str, str], system: Path = SYSTEM
) -> tuple[Place, ...]:
    """Give the shipped rules, the system's, the user's, then those given, in their order.

    The user's folder follows the XDG Base Directory Specification: a relative XDG_CONFIG_HOME is
    ignored. Raises ResourceError where the shipped rules are missing.
    """
    places = [Place(path=rules_dir(), shipped=True), Place(path=system, optional=True)]
    config = Path(environ.get("XDG_CONFIG_HOME", ""))
    if not config.is_absolute() and environ.get("HOME"):
        config = Path(environ["HOME"]) / ".config"
    if config.is_absolute():
        places.append(Place(path=config / _USER, optional=True))
    return (*places, *(Place(path=path) for path in given))

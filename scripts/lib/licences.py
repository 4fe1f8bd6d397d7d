"""Write docs/licences.md: what is locked, and the licence that each package states of itself."""

from __future__ import annotations

from importlib.metadata import PackageMetadata, metadata

import lockfile

HEAD = """# Licences of what is installed

Written by `scripts/lock` from what each package says of itself, in the environment that
`scripts/setup` makes from the lock files. Packages for other systems than Linux are left out.
bcc is Debian's `python3-bpfcc` (Apache-2.0), and comes from Debian.
"""
_LONGEST = 60
_CLASSIFIER = "License :: OSI Approved :: "


def licence(told: PackageMetadata) -> str:
    """Give the licence: the SPDX expression, else the field where that is a name, else classes."""
    expression, field = (str(told.json.get(key) or "") for key in ("license_expression", "license"))
    if expression:
        return expression
    if field and "\n" not in field and len(field) <= _LONGEST:
        return field
    classes = told.get_all("Classifier") or []
    named = [one.removeprefix(_CLASSIFIER) for one in classes if one.startswith(_CLASSIFIER)]
    return "; ".join(named) or "not stated"


def table(name: str, left_out: set[str]) -> list[str]:
    """Give the rows of one lock file without packages that were told already."""
    rows = ["| package | version | licence |", "| --- | --- | --- |"]
    for package, requirement in sorted(lockfile.pinned(name).items()):
        if package not in left_out and lockfile.here(requirement):
            told = metadata(package)
            rows.append(f"| {package} | {told['Version']} | {licence(told)} |")
    return rows


def document() -> str:
    """Write the whole."""
    core = set(lockfile.pinned("core"))
    parts = [
        HEAD,
        "## The tool\n",
        *table("core", set()),
        "\n## Its tests and what is optional, beside that\n",
        *table("dev", core),
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    print(document(), end="")

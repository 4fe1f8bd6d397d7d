"""Fields of documents whose form others have published: what is not known is left out."""

from __future__ import annotations

from collections.abc import Mapping


def known(fields: Mapping[str, object]) -> dict[str, object]:
    """Give the fields that have a value: those that are None or empty go."""
    return {name: value for name, value in fields.items() if value not in (None, "", (), [], {})}

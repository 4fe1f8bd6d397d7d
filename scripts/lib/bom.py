"""Write requirements/core.cdx.json: what cyclonedx-py gives on stdin, without links to elsewhere.

The links are what each package advertises of itself, down to shops and chats, and change often.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def without_links(bom: dict[str, Any]) -> dict[str, Any]:
    """Drop the external references of every component."""
    components = [
        {key: value for key, value in component.items() if key != "externalReferences"}
        for component in bom["components"]
    ]
    metadata = {key: value for key, value in bom["metadata"].items() if key != "tools"}
    return {**bom, "components": components, "metadata": metadata}


if __name__ == "__main__":
    json.dump(without_links(json.load(sys.stdin)), sys.stdout, indent=2, sort_keys=True)
    print()

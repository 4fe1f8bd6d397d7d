"""`run --status FILE`: both exit statuses and what was seen, as one JSON document."""

from __future__ import annotations

import json

from detector.model.observation import Observation
from detector.render.jsonl import plain
from detector.render.observation_document import status_document


def render_status(observation: Observation, exit_status: int) -> str:
    """Write how `run` ended: indented JSON in ASCII, with a line break at the end."""
    document = plain(status_document(observation, exit_status))
    return json.dumps(document, indent=2, allow_nan=False) + "\n"

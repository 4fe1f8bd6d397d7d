"""`toctrace fields`: everything that a rule can match on or name, with type and meaning."""

from __future__ import annotations

import click

from detector.render.rules_document import fields_json
from detector.render.rules_text import render_fields


@click.command(name="fields", short_help="what a rule can match on, with type and meaning")
@click.option("--json", "as_json", is_flag=True, help="Print the fields as one JSON object.")
def command(*, as_json: bool) -> None:
    """Show every field that a rule can match on, ask for in a condition, or name in its output."""
    click.echo(fields_json() if as_json else render_fields())

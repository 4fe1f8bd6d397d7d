"""`toctrace rules`: what there is, whether it is right, whether it holds, and what it means."""

from __future__ import annotations

import os
from pathlib import Path

import click

from detector.commands import options
from detector.errors import UsageError
from detector.exits import Exit
from detector.render.rules_document import rules_json
from detector.render.rules_text import render_proofs, render_rule, render_rules
from detector.resources import rules_dir
from detector.rules.load import load_rule_set, problems_of
from detector.rules.nearest import nearest
from detector.rules.places import Place, rule_places
from detector.rules.proof import prove

_PATH = click.Path(path_type=Path)


@click.group(name="rules", short_help="list, check, test and explain the rules")
def command() -> None:
    """Show and check what decides which calls are findings."""


@command.command(name="list")
@options.rules
@click.option("--json", "as_json", is_flag=True, help="Print the rules as one JSON object.")
def list_rules(*, rules: tuple[Path, ...], as_json: bool) -> None:
    """Show every rule, and which file it comes from."""
    found = load_rule_set(rule_places(rules, os.environ))
    click.echo(rules_json(found) if as_json else render_rules(found))


@command.command(name="validate")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=_PATH)
def validate(*, paths: tuple[Path, ...]) -> None:
    """Say everything that is wrong with rule files, or with every rule file of folders.

    Exit: 0 nothing is wrong, 2 something is.
    """
    files, problems = 0, []
    for path in paths:
        count, found = problems_of(Place(path=path))
        files += count
        problems += found
    for problem in problems:
        click.echo(problem)
    if problems:
        raise SystemExit(Exit.USAGE)
    click.echo(f"{files} rule file{'' if files == 1 else 's'}: nothing is wrong")


@command.command(name="test")
@click.argument("path", required=False, type=_PATH)
def test(*, path: Path | None) -> None:
    """Hold rules against the recordings beside them: what must fire, and what must not.

    PATH is a rule file or a folder of them (default: the shipped rules); the recordings are in
    recordings/ID/fires-*.jsonl and silent-*.jsonl beside the rules.

    Exit: 0 every rule holds, 2 one does not, 12 one has nothing to be held against.
    """
    place = Place(path=path) if path else Place(path=rules_dir(), shipped=True)
    folder = place.path if place.path.is_dir() else place.path.parent
    proven = [prove(rule, folder) for rule in load_rule_set((place,)).rules]
    for one in proven:
        click.echo(render_proofs(one))
    if any(one.failed for one in proven):
        raise SystemExit(Exit.USAGE)
    if any(one.lacking for one in proven):
        raise SystemExit(Exit.DEGRADED)


@command.command(name="explain")
@click.argument("identifier", metavar="ID")
@options.rules
def explain(*, identifier: str, rules: tuple[Path, ...]) -> None:
    """Say what a finding of a rule means, what to do about it, and what is a false positive."""
    found = load_rule_set(rule_places(rules, os.environ))
    for rule in found.rules:
        if rule.id == identifier:
            click.echo(render_rule(rule, str(found.files[rule.id][-1])))
            return
    near = nearest(identifier, (rule.id for rule in found.rules))
    raise UsageError(f"no rule has the id {identifier!r}: {near}")

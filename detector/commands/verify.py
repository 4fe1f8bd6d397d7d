"""`toctrace verify CASE...`: whether recordings are whole, and are what was written."""

from __future__ import annotations

from pathlib import Path

import click

from detector.commands import options
from detector.errors import UsageError
from detector.exits import Exit
from detector.log import set_up_log
from detector.model.head import Head
from detector.recording.arrived import head_in
from detector.recording.case import RecordingPath, find_recordings
from detector.recording.head import parse_head
from detector.recording.signature import Seals, signed_heads
from detector.recording.verify import Verified, verify
from detector.render.safe import safe
from detector.render.verdict import counted


@click.command(short_help="check that recordings are whole")
@click.argument(
    "cases", metavar="CASE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--head",
    "heads",
    multiple=True,
    metavar="[RUN:]COUNT:HASH|FILE",
    help="A head that went out while recording, or a file of them: one a line, or what a sink "
    "wrote of it among all else (jsonl:, syslog, journalctl). What was written up to there must "
    "be what is here.",
)
@click.option(
    "--signers",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Check the signatures, by the keys in this file (ssh-keygen's allowed signers).",
)
@options.log_format
@options.verbose
def command(
    *,
    cases: tuple[Path, ...],
    heads: tuple[str, ...],
    signers: Path | None,
    log_format: str,
    verbose: bool,
) -> None:
    """Check every block of every recording, and name the first that is bad; CASE: folder or file.

    The chain of hashes alone finds damage. What was changed on purpose is found by a seal: --head,
    kept elsewhere, or --signers.

    Exit status: 12 when a recording is broken or cut, or has no seal to its end where one was
    asked for; else 0.
    """
    set_up_log(as_json=log_format == "json", verbose=verbose)
    given = tuple(found for text in heads for found in _heads(text))
    kept = tuple(dict.fromkeys(head for head, _ in given))
    asked = bool(kept) or signers is not None
    recordings = find_recordings(cases)
    here = {"", *(path.run for path in recordings)}
    wanted = dict.fromkeys(head for head, chosen in given if chosen and head.run not in here)
    good = not wanted
    for head in wanted:
        click.echo(f"{head.run}: BROKEN: the head {head} was given out, and it is not here")
    elsewhere = {head.run for head, chosen in given if not chosen} - here
    if elsewhere:
        click.echo(f"heads of {counted(len(elsewhere), 'recording')} that are not here passed over")
    for path in recordings:
        good &= _told(path, kept, signers, asked=asked)
    raise SystemExit(Exit.CLEAN if good else Exit.DEGRADED)


def _told(
    path: RecordingPath, kept: tuple[Head, ...], signers: Path | None, *, asked: bool
) -> bool:
    """Check one recording, say what it came to, and give whether that is good."""
    signed = signed_heads(path, signers) if signers else Seals((), ())
    found = verify(path, (*kept, *signed.heads))
    click.echo(f"{path.run}: {_outcome(found, signed)}")
    click.echo(f"  head     {found.head}")
    lines = [*map(str, found.gaps), *found.contradictions, *signed.refused]
    for label, line in zip(["broken"] + [""] * len(lines), lines, strict=False):
        click.echo(f"  {label:8} {safe(line)}")
    if found.deleted:
        click.echo(f"  deleted  {counted(found.deleted, 'file')}, to stay below --max-disk")
    return found.whole and not signed.refused and (found.sealed_whole or not asked)


def _outcome(found: Verified, signed: Seals) -> str:
    blocks = counted(found.head.count, "block")
    if not found.whole or signed.refused:
        return f"BROKEN, {blocks}"
    if found.sealed_whole:
        return f"whole and sealed, {blocks}"
    if found.sealed:
        return f"UNSEALED from block {found.sealed + 1} on: {blocks}, and none is damaged"
    return f"UNSEALED: {blocks}, and none is damaged; only a seal tells who wrote them"


def _heads(text: str) -> list[tuple[Head, bool]]:
    """Read a head, or the file of that name; with each, whether it was chosen by a person.

    A log has heads of other recordings too, which need not be here.
    """
    head = parse_head(text)
    if head is not None:
        return [(head, True)]
    found: list[tuple[Head, bool]] = []
    try:
        with Path(text).open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if head := parse_head(line):
                    found.append((head, True))
                elif head := head_in(line):
                    found.append((head, False))
    except (OSError, ValueError) as error:
        raise UsageError(f"--head {text}: neither a head nor a file of them: {error}") from None
    if not found:
        raise UsageError(f"--head {text}: no head is in it; one is COUNT:HASH or RUN:COUNT:HASH")
    return found

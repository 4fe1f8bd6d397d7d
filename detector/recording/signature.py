"""Seals by signature: SSHSIG, as `ssh-keygen -Y sign` makes it (OpenSSH, PROTOCOL.sshsig).

What is signed is a small text that names the head. Any `ssh-keygen` checks it, without toctrace.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import msgspec

from detector.errors import RecordingError, UsageError
from detector.model.head import Head
from detector.recording.case import RecordingPath
from detector.recording.folder import CaseFolder
from detector.recording.names import HEAD_SUFFIX, SIGNATURE_SUFFIX, SegmentName

NAMESPACE = "toctrace-recording"
"""What the key says it signs, so that no other signature of it can be passed off for one."""
DEADLINE_S = 60
_LARGEST = 64 << 10
_STATEMENT = re.compile(
    r"toctrace recording head\nversion: 1\nrun: ([0-9a-f]{1,64})\nfile: ([0-9]{6,12})\n"
    r"blocks: ([0-9]{1,18})\nsha256: ([0-9a-f]{64})\nlast: (yes|no)\n"
)


def statement(head: Head, segment: int, *, last: bool) -> str:
    """Write what is signed."""
    return (
        f"toctrace recording head\nversion: 1\nrun: {head.run}\nfile: {segment:06}\n"
        f"blocks: {head.count}\nsha256: {head.hash.hex()}\nlast: {'yes' if last else 'no'}\n"
    )


def parse_statement(text: str) -> Head:
    """Read what was signed. Raises RecordingError."""
    found = _STATEMENT.fullmatch(text)
    if found is None:
        raise RecordingError("it is no head of a recording")
    return Head(found[1], int(found[3]), bytes.fromhex(found[4]))


class Signer:
    """Signs heads with a private key's file, or with a public key whose other half an agent has."""

    def __init__(self, key: Path) -> None:
        """Try the key. Raises UsageError where it cannot sign unattended."""
        self._key = key
        try:
            self._sign(b"toctrace tries this key\n")
        except RecordingError as error:
            raise UsageError(f"--sign {key}: {error}") from None

    def seal(self, folder: CaseFolder, head: Head, name: SegmentName, *, last: bool) -> None:
        """Write the head and its signature beside a file. Raises OSError and RecordingError."""
        text = statement(head, name.number, last=last).encode()
        signature = self._sign(text)
        folder.write(f"{name.stem}{HEAD_SUFFIX}", text)
        folder.write(f"{name.stem}{SIGNATURE_SUFFIX}", signature)

    def _sign(self, text: bytes) -> bytes:
        done = _ssh_keygen("-Y", "sign", "-f", str(self._key), "-n", NAMESPACE, given=text)
        return done.stdout


class Seals(msgspec.Struct, frozen=True):
    """What the signatures beside a recording came to."""

    heads: tuple[Head, ...]
    """Heads that a trusted key signed."""
    refused: tuple[str, ...]
    """Signatures that do not hold, and why."""


def signed_heads(path: RecordingPath, signers: Path) -> Seals:
    """Check every signature of a recording against the keys in `signers`.

    `signers` is an allowed-signers file (ssh-keygen(1), ALLOWED SIGNERS): every key in it is
    believed. Raises UsageError where it is not there.
    """
    if not signers.is_file():
        raise UsageError(f"--signers {signers}: there is no such file; see ssh-keygen(1)")
    heads, refused = [], []
    for name in path.segments:
        file = path.folder / f"{name.stem}{HEAD_SUFFIX}"
        signature = path.folder / f"{name.stem}{SIGNATURE_SUFFIX}"
        if signature.exists() or file.exists():
            try:
                heads.append(_checked(file, signature, signers, path.run))
            except RecordingError as error:
                refused.append(f"{signature.name}: {error}")
    return Seals(tuple(heads), tuple(refused))


def _checked(file: Path, signature: Path, signers: Path, run: str) -> Head:
    try:
        with file.open("rb") as opened:
            text = opened.read(_LARGEST)
    except OSError as error:
        raise RecordingError(f"{file.name} cannot be read: {error.strerror}") from None
    keys = ("-f", str(signers), "-s", str(signature))
    found = _ssh_keygen("-Y", "find-principals", *keys, given=b"").stdout
    principal = found.decode("utf-8", "surrogateescape").splitlines()[0]
    _ssh_keygen("-Y", "verify", "-I", principal, "-n", NAMESPACE, *keys, given=text)
    head = parse_statement(text.decode("ascii", "replace"))
    if head.run != run:
        raise RecordingError(f"it is of recording {head.run}")
    return head


def _ssh_keygen(*arguments: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    """Run ssh-keygen. Raises RecordingError with its own words where it refuses."""
    try:
        done = subprocess.run(
            ["ssh-keygen", *arguments],
            input=given,
            capture_output=True,
            timeout=DEADLINE_S,
            check=False,
        )
    except FileNotFoundError:
        raise RecordingError("ssh-keygen is missing: install openssh-client") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RecordingError(f"ssh-keygen failed: {error}") from None
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "backslashreplace").strip()
        raise RecordingError(said.splitlines()[-1] if said else "ssh-keygen refused, wordlessly")
    return done

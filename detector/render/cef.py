r"""Common Event Format, CEF:0 (ArcSight, Implementing CEF, version 25), one line a message.

In the header `|` and the backslash are escaped, in the extension `=` and the backslash. Hostile
names are made printable first, so a line break arrives as the four characters `\x0a`.
"""

from __future__ import annotations

from collections.abc import Mapping

from detector.model.alert import Alert
from detector.model.finding import Severity
from detector.model.head import HeadNotice
from detector.model.heartbeat import Heartbeat
from detector.model.judgement import JudgedArgument
from detector.model.message import Message
from detector.model.observation import Observation
from detector.model.stage import STAGES
from detector.render.meta import Meta
from detector.render.safe import safe
from detector.render.saying import sentence_of
from detector.render.verdict import outcome
from detector.render.weight import severity_of
from detector.rules.described import described

SEVERITY = {
    Severity.EMERG: 10,
    Severity.ALERT: 10,
    Severity.CRIT: 9,
    Severity.ERR: 7,
    Severity.WARNING: 5,
    Severity.NOTICE: 3,
    Severity.INFO: 0,
    Severity.DEBUG: 0,
}
"""CEF's 0 to 10: 0-3 low, 4-6 medium, 7-8 high, 9-10 very high."""

_MS = 1_000_000
_LONGEST = 1023
"""Characters of a message or a name in ArcSight's own tables; custom strings may have 4000."""
_LONGEST_CUSTOM = 4000


def cef_line(message: Message, meta: Meta) -> str:
    """Write one message as one line, without a line break at the end."""
    if isinstance(message, Alert):
        signature, name, fields = message.finding.rule, message.finding.title, _alert(message)
    elif isinstance(message, Heartbeat):
        signature, name, fields = "heartbeat", "Observing", _heartbeat(message)
    elif isinstance(message, HeadNotice):
        signature, name, fields = "recording-head", "Recording head", _head(message)
    else:
        signature, name, fields = "observation", "Observation", _observation(message)
    header = ("toctrace", "toctrace", meta.version, signature, name)
    common = {
        "dvchost": meta.host,
        "deviceExternalId": meta.boot_id,
        "msg": sentence_of(message),
        "flexString1Label": "run",
        "flexString1": meta.run,
    }
    severity = SEVERITY[severity_of(message)]
    parts = ["CEF:0", *(_header(text) for text in header), str(severity)]
    return "|".join([*parts, _extension(fields | common)])


def _alert(alert: Alert) -> dict[str, object]:
    finding = alert.finding
    call, process = finding.call, finding.process
    window = next((a.window for a in call.arguments if a.kind is finding.kind), None)
    fields: dict[str, object] = {
        "rt": alert.last_unix_ns // _MS,
        "start": alert.first_unix_ns // _MS,
        "end": alert.last_unix_ns // _MS,
        "cnt": alert.count,
        "externalId": alert.id,
        "cat": finding.kind.value,
        "act": call.syscall,
        "outcome": None if call.returned is None else call.returned,
        "spid": call.task.tgid,
        "sproc": call.task.comm,
        "suid": call.task.uid,
        "filePath": process.executable,
        "fileHash": process.sha256,
        "fileId": None if process.program is None else process.program.inode,
        "cs1Label": "confidence",
        "cs1": finding.confidence.value,
        "cs2Label": "window",
        "cs2": f"{window[0]}->{window[1]}" if window else None,
        "cs5Label": "commandLine",
        "cs5": " ".join(process.command_line),
        "cs6Label": "cgroup",
        "cs6": process.cgroup_path,
        "cn1Label": "tid",
        "cn1": call.task.tid,
        "cn2Label": "test",
        "cn2": int(alert.test),
    }
    for number, argument in enumerate(call.arguments[:2], 3):
        fields |= {f"cs{number}Label": argument.name, f"cs{number}": _looks(argument)}
    return fields


def _looks(argument: JudgedArgument) -> str:
    width = 200
    taken = (stage for stage in STAGES if stage in argument.looks)
    return ", ".join(f"{stage} {described(argument, stage, width)}" for stage in taken)


def _heartbeat(heartbeat: Heartbeat) -> dict[str, object]:
    return {
        "rt": heartbeat.time_unix_ns // _MS,
        "externalId": heartbeat.id,
        "cat": "heartbeat",
        "cn1Label": "judged",
        "cn1": heartbeat.judged,
        "cn2Label": "findings",
        "cn2": heartbeat.findings,
        "cn3Label": "lost",
        "cn3": sum(heartbeat.lost.values()),
    }


def _head(notice: HeadNotice) -> dict[str, object]:
    return {
        "rt": notice.time_unix_ns // _MS,
        "externalId": notice.id,
        "cat": "head",
        "cs1Label": "head",
        "cs1": notice.head,
        "fname": notice.file,
        "cn1Label": "last",
        "cn1": int(notice.last),
    }


def _observation(observation: Observation) -> dict[str, object]:
    return {
        "rt": observation.ended_unix_ns // _MS,
        "start": observation.began_unix_ns // _MS,
        "end": observation.ended_unix_ns // _MS,
        "externalId": observation.run,
        "cat": "observation",
        "outcome": outcome(observation).value,
        "cn1Label": "judged",
        "cn1": observation.judged,
        "cn2Label": "findings",
        "cn2": sum(observation.findings.values()),
        "cn3Label": "lost",
        "cn3": sum(observation.lost.values()),
        "cs1Label": "missing",
        "cs1": ", ".join(dict.fromkeys(state.reason for state in observation.missing)),
        "cs2Label": "notes",
        "cs2": "; ".join(observation.notes),
    }


def _header(text: str) -> str:
    return safe(text).replace("\\", "\\\\").replace("|", "\\|").strip() or "-"


def _extension(fields: Mapping[str, object]) -> str:
    """Write key=value pairs; those without a value go, and their labels with them."""
    pairs = []
    for key, value in fields.items():
        of = fields.get(key.removesuffix("Label"))
        if value is None or value == "" or of is None or of == "":
            continue
        most = _LONGEST_CUSTOM if key.startswith("cs") else _LONGEST
        pairs.append(f"{key}={_value(str(value), most)}")
    return " ".join(pairs)


def _value(text: str, most: int) -> str:
    """Escape a value. A blank at either end would be lost: the keys stand between blanks."""
    shown = safe(text)
    cut = shown if len(shown) <= most else f"{shown[: most - 3]}..."
    return cut.replace("\\", "\\\\").replace("=", "\\=")

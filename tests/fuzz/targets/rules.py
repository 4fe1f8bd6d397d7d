"""Rule files: YAML, with conditions and exceptions."""

from __future__ import annotations

from collections.abc import Iterable

from detector.rules.parse import parse_rule
from detector.rules.rule import Rule
from tests.fuzz.places import CHECKOUT
from tests.fuzz.target import Target
from tests.unit.rules.writing import rule_text

MORE: tuple[dict[str, object], ...] = (
    {"condition": 'size(old_nodes.copy) > 2 * size(old_nodes.entry) && !comm.startsWith("kw")'},
    {"condition": 'comm.matches("^(r+)+[a-z]*$") || kinds == ["race"] && new_nodes.kind == null'},
    {"condition": "old_nodes.entry.exists(n, n > 1) ? 1 in old_nodes.copy : has(old_nodes.exit)"},
    {"match": {"syscall": "openat", "arg.pathname.use": "/etc/*", "arg.pathname.kind": "race"}},
    {
        "match": {
            "syscall": ["migrate_pages", "mbind"],
            "any": [{"kind": "race"}, {"kind": "blind", "fault_held": True}],
            "none": [{"uid": {"min": 1000, "max": 2000}}],
            "old_nodes.copy": {"any_of": "0-1", "none_of": "7"},
        }
    },
    {
        "exceptions": [
            {
                "name": "backup",
                "fields": ["executable", "uid"],
                "comps": ["startswith", "<"],
                "values": [["/opt/backup/", 1000], ["/usr/sbin/numad", 1]],
            },
            {"name": "one", "fields": "comm", "values": ["a", "b"]},
            {
                "name": "nodes",
                "fields": ["old_nodes.copy", "comm", "gid"],
                "comps": ["none_of", "glob", "in"],
                "values": [["0-3", "[a-z]*", [1, 2]]],
            },
        ]
    },
    {
        "enforce": True,
        "match": {"syscall": "migrate_pages", "kind": ["race", "restore"], "uid": {"min": 1000}},
        "exceptions": [{"name": "numad", "fields": "gid", "values": [7]}],
    },
    {
        "status": "stable",
        "confidence": "low",
        "enabled": False,
        "interval": 0,
        "response": "Look.",
        "tags": ["attack.t1562.006", "attack.defense-evasion"],
        "references": ["https://example.org"],
        "falsepositives": ["none"],
        "output": "{syscall} by {comm} ({pid}): {what} {{}}",
    },
)
"""Keys of rules for what no shipped rule has."""


def feed(data: bytes) -> None:
    """Take `data` as the file t.yaml: `detector.rules.rule_files` lets no other bytes through."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    found = parse_rule(text, "t")
    if isinstance(found, Rule):
        assert found.id == "t"
        return
    assert found
    for problem in found:
        assert problem.text
        assert problem.line >= 1, problem
        assert problem.column >= 1, problem


def seeds() -> Iterable[bytes]:
    for path in sorted((CHECKOUT / "rules").glob("*.yaml")):
        yield path.read_bytes().replace(path.stem.encode(), b"t")
    yield from (rule_text(**keys).encode() for keys in MORE)


TARGET = Target(feed, seeds)

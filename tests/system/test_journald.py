"""What journald wrote, read back by journalctl, is what was sent."""

from __future__ import annotations

import msgspec

from detector.render.headline import headline
from detector.render.journal import message_id
from tests.system.conftest import StartOutlet
from tests.system.journald import Journald
from tests.system.messages import alert_of, one_of_each
from tests.system.rsyslog import wait_until
from tests.unit.samples import META

OURS = "SYSLOG_IDENTIFIER=toctrace"


def test_journalctl_shows_every_field(journald: Journald, outlet: StartOutlet) -> None:
    numbered = one_of_each()
    sinks = outlet(f"journald:{journald.socket}")
    for alert in numbered:
        sinks.send(alert)
    wait_until(lambda: len(journald.entries(OURS)) >= len(numbered), "all are written")
    for alert, entry in zip(numbered, journald.entries(OURS), strict=True):
        head = headline(alert, META)
        assert entry["MESSAGE"] == head.text
        assert entry["PRIORITY"] == str(alert.finding.severity.number)
        assert entry["SYSLOG_FACILITY"] == "10"
        assert entry["MESSAGE_ID"] == message_id(alert.finding.rule)
        ours = {name: value for name, value in entry.items() if name.startswith("TOCTRACE_")}
        # journalctl leaves out nothing, and shows an empty value as an empty text
        assert ours == {f"TOCTRACE_{name}".upper(): value for name, value in head.fields.items()}


def test_the_alerts_of_one_rule_are_found_by_its_message_id(
    journald: Journald, outlet: StartOutlet
) -> None:
    numbered = one_of_each()
    sinks = outlet(f"journald:{journald.socket}")
    for alert in numbered:
        sinks.send(alert)
    rule = "nodemask-tamper"
    match = f"MESSAGE_ID={message_id(rule)}"
    wait_until(lambda: len(journald.entries(OURS)) == len(numbered), "all are written")
    (entry,) = journald.entries(match)
    assert entry["TOCTRACE_RULE"] == rule


def test_an_entry_too_large_for_a_datagram_arrives_whole(
    journald: Journald, outlet: StartOutlet
) -> None:
    alert = one_of_each()[0]
    process = msgspec.structs.replace(alert.finding.process, command_line=("x" * 600_000,))
    finding = msgspec.structs.replace(alert.finding, process=process)
    sinks = outlet(f"journald:{journald.socket}")
    sinks.send(alert_of(finding, 1))
    wait_until(lambda: len(journald.entries(OURS)) == 1, "it is written")
    (entry,) = journald.entries(OURS)
    assert entry["TOCTRACE_COMMAND_LINE"] == "x" * 600_000

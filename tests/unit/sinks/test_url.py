from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import UsageError
from detector.sinks.url import Scheme, SinkUrl, parse_sink, shown

GOOD = {
    "syslog+udp://collector": SinkUrl(scheme=Scheme.UDP, host="collector", port=514),
    "syslog+udp://[2001:db8::1]:5514": SinkUrl(scheme=Scheme.UDP, host="2001:db8::1", port=5514),
    "syslog+tcp://10.0.0.1:601?rfc=3164&facility=local3": SinkUrl(
        scheme=Scheme.TCP, host="10.0.0.1", port=601, rfc="3164", facility="local3"
    ),
    "syslog+tls://siem.example?ca=/etc/ca.pem&enterprise=1&max=2048": SinkUrl(
        scheme=Scheme.TLS,
        host="siem.example",
        port=6514,
        ca="/etc/ca.pem",
        enterprise=1,
        max=2048,
    ),
    "syslog+unix:///dev/log?rfc=5424": SinkUrl(scheme=Scheme.UNIX, path="/dev/log", rfc="5424"),
    "journald:": SinkUrl(scheme=Scheme.JOURNALD, path="/run/systemd/journal/socket"),
    "jsonl:alerts%20here.jsonl?format=ocsf": SinkUrl(
        scheme=Scheme.JSONL, path="alerts here.jsonl", format="ocsf"
    ),
    "jsonl:///var/log/a.jsonl": SinkUrl(scheme=Scheme.JSONL, path="/var/log/a.jsonl"),
    "stdout:": SinkUrl(scheme=Scheme.STDOUT),
}
WRONG = {
    "": "begins with one of",
    "syslog://host": "did you mean syslog+",
    "syslog+tcp://host": "names no port: write syslog+tcp://HOST:514",
    "syslog+tcp://host:0": "names no port",
    "syslog+tcp://host:x": "its port is no number",
    "syslog+udp://host:65536": "its port is no number",
    "syslog+udp://": "names no host",
    "syslog+udp://host/path": "has a path",
    "syslog+udp://[::1": "write an IPv6 address as",
    "syslog+udp://host?ca=x": "has no option 'ca'",
    "syslog+udp://host?facilty=auth": "did you mean facility?",
    "syslog+udp://host?facility=authpri": "did you mean authpriv?",
    "syslog+udp://host?rfc=5425": "there is no rfc '5425'",
    "syslog+udp://host?format=cefe": "did you mean cef?",
    "syslog+udp://host?max=10": "max is a number from 480",
    "syslog+udp://host?rfc=3164&rfc=5424": "says rfc twice",
    "syslog+udp://host?rfc": "name=value",
    "syslog+udp://ho st": "has a blank",
    "syslog+udp://host#x": "write it as %23",
    "syslog+tls://host?cert=/a": "wants both cert=FILE and key=FILE",
    "syslog+unix://dev/log": "wants three slashes",
    "syslog+unix:dev/log": "wants a full path",
    "syslog+unix:///" + "a" * 200: "longer than a socket's",
    "syslog+unix:///dev/log?format=cef": "the local form carries JSON",
    "journald://host": "is local",
    "jsonl:": "names no file",
    "jsonl:folder/": "names no file",
    "jsonl://host/file": "names a host",
    "jsonl:/a%00b": "zero byte",
    "stdout:x": "takes nothing after the colon",
}


@pytest.mark.parametrize("text", GOOD)
def test_what_makes_sense_is_read(text: str) -> None:
    assert parse_sink(text) == GOOD[text]


@pytest.mark.parametrize("text", WRONG)
def test_what_does_not_names_the_place_and_a_remedy(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_sink(text, "here:3: sinks[1]")
    assert str(raised.value).startswith(f"here:3: sinks[1]: {shown(text)}: ")
    assert WRONG[text] in str(raised.value)


@given(st.text() | st.sampled_from(sorted(GOOD)).flatmap(lambda url: st.text().map(url.__add__)))
def test_any_text_is_a_sink_or_a_wrong_usage(text: str) -> None:
    try:
        said = parse_sink(text).label
    except UsageError as error:
        said = str(error)
    assert said.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "syslog+tcp://user:hunter2@host:1",
        "syslog+tls://host?password=hunter2",
        "syslog+tls://host?ca=x&token=hunter2&ca=y",
        "http://user:hunter2@host/",
    ],
)
def test_a_secret_is_not_shown(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_sink(text)
    assert "hunter2" not in str(raised.value)


def test_a_label_has_no_options() -> None:
    assert parse_sink("syslog+tls://[::1]:1?ca=/x").label == "syslog+tls://[::1]:1"
    assert parse_sink("jsonl:/a%0Ab").label == "jsonl:/a\\x0ab"
    assert parse_sink("journald:").label == "journald:"

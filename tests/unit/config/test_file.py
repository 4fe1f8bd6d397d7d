from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.config.file import check_config, load_config
from detector.config.settings import Address, Settings
from detector.errors import UsageError
from detector.model.finding import Severity
from detector.sinks.url import parse_sink

WHOLE = """
# where alerts go
sinks = [
  "journald:",
  "syslog+udp://collector?format=ocsf",
]
heartbeat = 60
facility = "local3"
enterprise = 54321
rules = ["rules"]
syscalls = ["mbind", "set_mempolicy"]
fail_on = "err"
metrics = "[::1]:9000"
spool = "/var/spool/toctrace"
spool_bytes = 1000000
"""
WRONG = {
    "sinks = [": "C:1: Invalid value: write it as TOML",
    "a = 1\nb = =": "C:2:5: ",
    'sinks = "journald:"': 'C:1: sinks: it is a list of texts: sinks = ["...", "..."]',
    "sinks = [1]": "C:1: sinks: it is a list of texts",
    '\nsinks = [\n"journald:",\n"jurnald:"]': "C:4: sinks[1]: jurnald:: is no sink: did you mean",
    'sinks = ["jsonl:/none/here/a"]': "C:1: sinks[0]: jsonl:/none/here/a: its folder is not there",
    'sinks = ["syslog+tls://a?ca=/none"]': "C:1: sinks[0]: syslog+tls://a:6514: ca=/none cannot",
    "sink = []": "C:1: there is no key 'sink': did you mean sinks?",
    "[sinks]\na = 1": "C:1: sinks: it is a list of texts",
    "heartbeat = -1": "C:1: heartbeat: it is a number of seconds",
    "heartbeat = true": "C:1: heartbeat: it is a number of seconds",
    "heartbeat = nan": "C:1: heartbeat: it is a number of seconds",
    'facility = "authprv"': "C:1: facility: did you mean 'authpriv'?",
    "facility = 3": "C:1: facility: it is one of",
    "enterprise = 0": "C:1: enterprise: it is a private enterprise number",
    'rules = ["nowhere"]': "C:1: rules[0]: D/nowhere: is not there",
    'syscalls = ["mbnd"]': "C:1: syscalls[0]: mbnd: did you mean 'mbind'?",
    'syscalls = "mbind"': "C:1: syscalls: it is a list of texts",
    'fail_on = "error"': "C:1: fail_on: did you mean 'err'?",
    'metrics = "localhost"': "C:1: metrics: write HOST:PORT",
    "metrics = 9000": "C:1: metrics: write HOST:PORT",
    'spool = ""': "C:1: spool: it is a path",
    "spool_bytes = 10": "C:1: spool_bytes: it is a number of bytes, at least",
    'a = "\\u001b"\n': "C:1: there is no key 'a'",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    return tmp_path / "config.toml"


def test_everything_that_can_be_said_is_read(file: Path) -> None:
    file.write_text(WHOLE)
    assert load_config(file) == Settings(
        sinks=(parse_sink("journald:"), parse_sink("syslog+udp://collector?format=ocsf")),
        heartbeat_s=60.0,
        facility="local3",
        enterprise=54321,
        rules=(file.parent / "rules",),
        syscalls=("mbind", "set_mempolicy"),
        fail_on=Severity.ERR,
        metrics=Address("::1", 9000),
        spool=Path("/var/spool/toctrace"),
        spool_bytes=1_000_000,
    )


@pytest.mark.parametrize("text", WRONG)
def test_each_problem_has_its_place_and_a_remedy(text: str, file: Path) -> None:
    file.write_text(text)
    (problem,) = check_config(file).problems
    told = problem.replace(str(file), "C").replace(str(file.parent), "D")
    assert told.startswith(WRONG[text])


def test_every_problem_is_told_at_once(file: Path) -> None:
    file.write_text('fail_on = "error"\nsinks = ["x:", "journald:", "y:"]\nheartbeat = "often"\n')
    checked = check_config(file)
    places = [problem.split(": ")[0].removeprefix(str(file)) for problem in checked.problems]
    assert places == [":1", ":2", ":2", ":3"]
    assert checked.settings.sinks == (parse_sink("journald:"),)
    with pytest.raises(UsageError) as raised:
        load_config(file)
    assert str(raised.value) == "\n".join(checked.problems)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (None, "cannot be read: No such file"),
        (b"a\n\xff", ":2: not UTF-8"),
        (b"#" * 2**21, "large"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(
    data: bytes | None, problem: str, file: Path
) -> None:
    if data is not None:
        file.write_bytes(data)
    (told,) = check_config(file).problems
    assert problem in told


def test_a_file_that_anybody_can_write_to_is_not_read(file: Path) -> None:
    file.write_text("")
    file.chmod(0o666)
    (problem,) = check_config(file).problems
    assert "chmod o-w" in problem


@given(
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.lists(st.sampled_from(WHOLE.splitlines())).map("\n".join)
)
def test_any_text_is_settings_or_problems(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, newline="")
    path.chmod(0o600)
    for problem in check_config(path).problems:
        assert problem.startswith(str(path))
        assert problem.isprintable()

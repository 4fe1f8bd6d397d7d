from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from detector import __version__, cli
from detector.errors import AttachError, ObservationError, RuleError, ToctraceError, UsageError

CHECKOUT = Path(__file__).parents[2]


def toctrace(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "detector", *arguments],
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_names_every_command_under_its_group(option: str) -> None:
    shown = CliRunner().invoke(cli.toctrace, [option])
    assert shown.exit_code == 0
    for title, group in cli.GROUPS.items():
        section = shown.stdout.split(f"{title}:\n")[1].split("\n\n")[0]
        assert [line.split()[0] for line in section.splitlines()] == list(group)


def test_help_fits_a_terminal_and_says_the_exit_codes() -> None:
    text = CliRunner().invoke(cli.toctrace, ["--help"], terminal_width=80).stdout
    assert max(map(len, text.splitlines())) <= 80
    for code in ("2 usage", "10 findings", "11 could not observe", "12 clean"):
        assert code in text


def test_help_imports_no_command() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from detector import cli;"
        "assert CliRunner().invoke(cli.toctrace, ['--help']).exit_code == 0;"
        "print([name for name in sys.modules if name.startswith('detector.commands.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", [name for group in cli.GROUPS.values() for name in group])
def test_every_command_has_help(name: str) -> None:
    assert CliRunner().invoke(cli.toctrace, [name, "--help"]).exit_code == 0


def test_the_version_is_told() -> None:
    shown = CliRunner().invoke(cli.toctrace, ["--version"])
    assert shown.stdout == f"toctrace, version {__version__}\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("a: b"), 2),
        (RuleError("a: b"), 2),
        (ToctraceError("a: b"), 2),
        (ObservationError("a: b"), 11),
        (AttachError("a: b"), 11),
    ],
)
def test_an_error_of_ours_is_one_line_and_its_code(
    error: ToctraceError,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "toctrace", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert capsys.readouterr().err == "toctrace: a: b\n"


def test_what_a_hostile_file_is_called_does_not_reach_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise UsageError("/tmp/\x1b[2J\u202e: cannot be written\nsecond")

    monkeypatch.setattr(cli, "toctrace", fail)
    with pytest.raises(SystemExit):
        cli.main()
    told = "toctrace: /tmp/\\x1b[2J\\u202e: cannot be written\nsecond\n"
    assert capsys.readouterr().err == told


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("run",),
        ("run", "--format", "jsonl", "--", "true"),
        ("run", "--status", "/none/status.json", "--", "true"),
        ("run", "--output", "/none/out.jsonl", "--", "true"),
        ("watch", "--pid", "4194305"),
        ("watch", "--comm", "longer than fifteen bytes"),
        ("watch", "--cgroup", "/no/such/cgroup"),
        ("watch", "--fail-on", "nonsense"),
        ("watch", "--rules", "/none.yaml"),
        ("run", "--rules", "/none.yaml", "--", "true"),
        ("rules", "list", "--rules", "/none"),
        ("rules", "explain", "nonsense"),
        ("rules", "nonsense"),
    ],
    ids=" ".join,
)
def test_a_wrong_usage_is_exit_2_without_a_traceback(arguments: tuple[str, ...]) -> None:
    done = toctrace(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
    assert done.stdout == ""

"""Rule files from a folder: what is read, and what is said of what cannot be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import RuleError
from detector.model.finding import Confidence, Severity
from detector.resources import rules_dir
from detector.rules.load import load_rule_set, load_rules, shipped_rules
from detector.rules.ownership import Owners
from detector.rules.parse import _KEYS, parse_rule
from detector.rules.places import SYSTEM, Place, rule_places
from detector.rules.rule import Rule

GOOD = """\
rule: A title
id: sample
desc: What it is about.
priority: err
status: test
match:
  kind: race
output: "{comm} raced: {what}"
"""

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


def broken(folder: Path, text: str, name: str = "sample.yaml") -> list[str]:
    """Load a folder of one rule and give the problems without the folder's name."""
    (folder / name).write_text(text)
    with pytest.raises(RuleError) as caught:
        load_rules(folder)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def test_the_shipped_rules_are_these() -> None:
    assert {rule.id: rule.priority for rule in shipped_rules()} == {
        "nodemask-tamper": Severity.CRIT,
        "nodemask-race": Severity.ERR,
        "nodemask-restore": Severity.ERR,
        "nodemask-blind": Severity.INFO,
        "nodemask-blind-held": Severity.WARNING,
        "nodemask-late": Severity.NOTICE,
        "argument-race": Severity.ERR,
        "argument-restore": Severity.ERR,
        "argument-blind": Severity.WARNING,
        "argument-late": Severity.NOTICE,
        "array-race": Severity.WARNING,
        "array-node-race": Severity.ERR,
        "array-late": Severity.NOTICE,
        "array-blind": Severity.WARNING,
    }


@pytest.mark.parametrize("rule", shipped_rules(), ids=lambda rule: rule.id)
def test_a_shipped_rule_says_everything(rule: Rule) -> None:
    assert rule.enabled
    assert rule.confidence is Confidence.HIGH
    assert all((rule.desc, rule.response, rule.tags, rule.references, rule.falsepositives))
    assert rule.interval > 0
    assert all(link.startswith("https://") for link in rule.references)


def test_rules_come_in_the_order_of_their_ids() -> None:
    ids = [rule.id for rule in shipped_rules()]
    assert ids == sorted(ids)


def test_a_rule_needs_no_more_than_this(tmp_path: Path) -> None:
    (tmp_path / "sample.yaml").write_text(GOOD)
    (tmp_path / "README.md").write_text("not a rule")
    (rule,) = load_rules(tmp_path)
    assert (rule.title, rule.enabled, rule.confidence) == ("A title", True, Confidence.HIGH)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("err", "ERROR", "4:11: `ERROR` is written `err` here, as in syslog"),
        ("err", "CRITICAL", "4:11: `CRITICAL` is written `crit` here, as in syslog"),
        ("err", "INFORMATIONAL", "4:11: `INFORMATIONAL` is written `info` here, as in syslog"),
        ("err", "WARNING", "4:11: `WARNING` is no priority; did you mean `warning`?"),
        ("err", "3", '4:11: priority must be text; write "3" in quotes'),
        ("desc:", "descr:", "3:1: `descr` is not a key of a rule; did you mean `desc`?"),
        ("id: sample", "id: Sample", "2:5: an id is lower-case words joined by hyphens"),
        ("id: sample", "id: no", '2:5: id must be text; write "no" in quotes'),
        (
            "id: sample",
            "id: other",
            "2:5: the id must be the file's name, `sample`: rename the one or the other",
        ),
        ("rule: A title", 'rule: ""', "1:7: rule is empty"),
        ("status: test", "status: done", "5:9: `done` is no status; known are deprecated,"),
        ("kind: race", "kind: rice", "7:9: `rice` is no kind; did you mean `race`?"),
        ("kind: race", "kind: [race, rice]", "7:16: `rice` is no kind; did you mean `race`?"),
        ("kind: race", "kind: []", "7:9: `kind` asks for none of any values"),
        ("kind: race", "com: x", "7:3: `com` is not a key of match; did you mean `comm`?"),
        ("kind: race", "comm: 7", '7:9: comm must be text; write "7" in quotes'),
        ("kind: race", "uid: x", "7:8: uid must be a whole number, in decimal digits"),
        ("kind: race", "uid: 0x10", "7:8: uid must be a whole number, in decimal digits"),
        ("kind: race", "uid: 010", "7:8: uid must be a whole number, in decimal digits"),
        ("kind: race", "uid: {min: 2, max: 1}", "7:8: no number is from 2 to 1: turn them round"),
        ("kind: race", "uid: {}", "7:8: a range of uid wants `min`, `max` or both"),
        ("kind: race", "uid: {mni: 1}", "7:9: `mni` is not a key of a range of uid; did you"),
        ("kind: race", "came: 3-1", "7:9: came must be a node list as the kernel writes it"),
        ("kind: race", "came: 0-1024", "7:9: came must be a node list as the kernel writes it"),
        ("kind: race", "came: {any: 1}", "7:10: `any` is not a key of a set of came; did you mean"),
        ("kind: race", "came: {}", "7:9: a set of came wants one of `any_of`, `all_of`, `none_of`"),
        ("kind: race", "came: {all_of: [1]}", "7:18: `all_of` must be a node list"),
        ("kind: race", "fault_held: yes", "7:15: fault_held must be true or false"),
        ("kind: race", "any: {kind: race}", "7:8: `any` must be a list of at least one match"),
        ("kind: race", "none: []", "7:9: `none` must be a list of at least one match"),
        ("kind: race", "any: [{}]", "7:9: an empty match would match every call"),
        ("match:\n  kind: race", "match: {}", "6:8: an empty match would match every call"),
        ("match:\n  kind: race", "match: race", "6:8: match must be a mapping"),
        ("{comm}", "{com}", "8:9: `com` is no field; did you mean `comm`?"),
        ("{comm}", "{comm.x}", "8:9: `comm.x` is no field; did you mean `comm`?"),
        ("{comm}", "{comm!r}", "8:9: `{comm}` takes no format or conversion"),
        ("{comm}", "{comm:>9}", "8:9: `{comm}` takes no format or conversion"),
        ("{comm}", "{", "8:9: "),
        ("{comm}", "x\\ny", "8:9: an output is one line: fold it with `>-`"),
        ("status: test", "status: &x test", ""),
        ("status: test", "status: test\nenabled: 1", "6:10: enabled must be true or false"),
        ("status: test", "status: test\nconfidence: sure", "6:13: `sure` is no confidence;"),
        ("status: test", "status: test\ntags: numa", "6:7: tags must be a list"),
        ("status: test", "status: test\ntags: [a, A]", "6:11: `A` is no tag:"),
        ("status: test", "status: test\ntags: [attack.t1]", "6:8: `attack.t1` is no MITRE"),
        (
            "status: test",
            "status: test\ntags: [attack.defence-evasion]",
            (
                "6:8: `attack.defence-evasion` is no MITRE ATT&CK tag: a technique is "
                "`attack.t1562.006`; did you mean `defense-evasion`?"
            ),
        ),
        ("status: test", "status: test\ntags: [cwe.367x]", "6:8: `cwe.367x` is no CWE tag"),
        ("status: test", "status: test\ninterval: -1", "6:11: interval is from 0"),
        ("status: test", "status: test\ninterval: 90000", "6:11: interval is from 0"),
        ("status: test", "status: test\ninterval: 5m", "6:11: interval must be a whole number"),
        ("status: test", "status: test\nresponse: []", "6:11: response must be text"),
        ("status: test", "status: test\nstatus: test", "6:1: `status` stands here a second time"),
        ("status: test\n", "", "1:1: `status` is missing"),
        ("status: test", "status: [", "7:7: expected ',' or ']'"),
        ("status: test", "status: @", "5:9: found character '@' that cannot start any token"),
        ("status: test", "status: \x07", "5:9: special characters are not allowed"),
        ("status: test", "status: !!python/name:os.system", "5:9: status must be text"),
        ("status: test", "status: test\ntags: [&a x, *a]", "6:14: aliases are not allowed:"),
        ("status: test", f"status: {'[' * 99}", "5:20: nested deeper than 12 levels"),
    ],
)
def test_a_problem_names_its_place_and_the_remedy(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    if not problem:
        assert isinstance(parse_rule(text, "sample"), Rule)
        return
    assert any(line.startswith(f"sample.yaml:{problem}") for line in broken(tmp_path, text))


@pytest.mark.parametrize("text", ["", "- a\n", "just text\n"])
def test_a_file_that_is_no_mapping_is_no_rule(tmp_path: Path, text: str) -> None:
    assert broken(tmp_path, text) == ["sample.yaml:1:1: a rule is a mapping of keys to values"]


def test_a_file_holds_one_rule(tmp_path: Path) -> None:
    problems = broken(tmp_path, f"{GOOD}---\n{GOOD}")
    assert problems == ["sample.yaml:9:1: a file holds one rule: put the second into its own file"]


def test_every_problem_of_every_file_comes_in_one_go(tmp_path: Path) -> None:
    (tmp_path / "another.yaml").write_text(GOOD.replace("err", "bad").replace("race", "rice"))
    problems = broken(tmp_path, GOOD.replace("err", "ERROR"))
    assert [problem.split(":")[:2] for problem in problems] == [
        ["another.yaml", "2"],
        ["another.yaml", "4"],
        ["another.yaml", "7"],
        ["sample.yaml", "4"],
    ]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="nowhere: No such file or directory"):
        load_rules(tmp_path / "nowhere")


def test_a_folder_without_a_rule_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no rule here"):
        load_rules(tmp_path)


def test_a_file_with_the_other_suffix_is_not_passed_over(tmp_path: Path) -> None:
    assert broken(tmp_path, GOOD, "sample.yml") == [
        "sample.yml: rename it to sample.yaml: only .yaml files are read"
    ]


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "sample.yaml").write_bytes(GOOD.encode() + b"tags: [\xff]\n")
    with pytest.raises(RuleError, match=r"sample\.yaml:9:8: not UTF-8"):
        load_rules(tmp_path)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    assert "larger than 65536 bytes" in broken(tmp_path, "#" * 65537)[0]


def test_a_folder_with_a_rules_name_is_named(tmp_path: Path) -> None:
    (tmp_path / "sample.yaml").mkdir()
    with pytest.raises(RuleError, match=r"sample\.yaml: is no regular file"):
        load_rules(tmp_path)


def test_a_name_cannot_forge_a_line(tmp_path: Path) -> None:
    name = "x\nforged.yaml:1:1: \x1b[2J\u202e.yaml"
    (tmp_path / name).write_text(GOOD)
    with pytest.raises(RuleError) as caught:
        load_rules(tmp_path)
    assert str(caught.value).isprintable()


def test_a_pipe_among_the_rules_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "sample.yaml")
    with pytest.raises(RuleError, match="is no regular file"):
        load_rules(tmp_path)


def test_a_later_rule_overrides_one_of_its_id_and_both_files_are_known(tmp_path: Path) -> None:
    first, second, alone = tmp_path / "a", tmp_path / "b", tmp_path / "alone.yaml"
    for folder, title in ((first, "one"), (second, "two")):
        folder.mkdir()
        (folder / "sample.yaml").write_text(GOOD.replace("A title", title))
    alone.write_text(GOOD.replace("sample", "alone"))
    found = load_rule_set([Place(path=first), Place(path=alone), Place(path=second)])
    assert [(rule.id, rule.title) for rule in found.rules] == [
        ("alone", "A title"),
        ("sample", "two"),
    ]
    assert found.files["sample"] == (first / "sample.yaml", second / "sample.yaml")
    assert found.files["alone"] == (alone,)


def test_places_are_the_shipped_the_systems_the_users_and_those_given() -> None:
    given = (Path("x.yaml"), Path("y"))
    paths = [place.path for place in rule_places(given, {"HOME": "/home/u"})]
    assert paths == [rules_dir(), SYSTEM, Path("/home/u/.config/toctrace/rules.d"), *given]
    xdg = rule_places((), {"HOME": "/home/u", "XDG_CONFIG_HOME": "/etc/xdg"})
    assert xdg[-1].path == Path("/etc/xdg/toctrace/rules.d")
    relative = rule_places((), {"HOME": "/home/u", "XDG_CONFIG_HOME": "here"})
    assert relative[-1].path == Path("/home/u/.config/toctrace/rules.d")
    assert len(rule_places((), {})) == 2


def test_folders_that_nobody_named_may_be_missing_or_empty(tmp_path: Path) -> None:
    empty = Place(path=tmp_path, optional=True)
    missing = Place(path=tmp_path / "none", optional=True)
    assert load_rule_set([empty, missing]).rules == ()


@AS_ROOT
@pytest.mark.parametrize("mode", [0o666, 0o646, 0o662])
def test_root_refuses_a_file_that_others_can_write(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "sample.yaml"
    file.write_text(GOOD)
    file.chmod(mode)
    os.chown(file, 0, 7)
    with pytest.raises(RuleError, match=rf"mode 0{mode:o}.*: chmod go-w .*sample\.yaml"):
        load_rule_set([Place(path=tmp_path)], Owners(0, {}))
    assert load_rule_set([Place(path=tmp_path)], Owners(1000, {})).rules
    assert load_rule_set([Place(path=tmp_path, shipped=True)], Owners(0, {})).rules


def test_root_refuses_a_folder_that_others_can_write(tmp_path: Path) -> None:
    (tmp_path / "sample.yaml").write_text(GOOD)
    tmp_path.chmod(0o777)
    with pytest.raises(RuleError, match="chmod go-w"):
        load_rule_set([Place(path=tmp_path)], Owners(0, {}))


@AS_ROOT
def test_root_refuses_what_belongs_to_another_but_not_to_who_called_sudo(tmp_path: Path) -> None:
    file = tmp_path / "sample.yaml"
    file.write_text(GOOD)
    os.chown(file, 1000, 1000)
    place = Place(path=file)
    with pytest.raises(RuleError, match=r"belongs to user 1000.*chown root"):
        load_rule_set([place], Owners(0, {}))
    assert load_rule_set([place], Owners(0, {"SUDO_UID": "1000"})).rules
    with pytest.raises(RuleError, match="belongs to user 1000"):
        load_rule_set([place], Owners(0, {"SUDO_UID": "1001"}))


_WORDS = st.sampled_from(
    [
        *("rule", "id", "match", "exceptions", "condition", "interval", "tags", "priority", "any"),
        *("comm", "uid", "old_nodes.copy", "any_of", "min", "name", "fields", "comps", "values"),
        *("0-1", "=", "in", "glob", "race", "*", "[", "sample", "-", "1", "true", "uid == 0", "("),
    ]
)
_TREES = st.recursive(
    _WORDS | st.integers() | st.booleans() | st.none() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(sorted(_KEYS)), _TREES, max_size=len(_KEYS)))
def test_whatever_stands_under_the_keys_is_a_rule_or_problems_with_places(
    tree: dict[str, object],
) -> None:
    good = yaml.safe_load(GOOD)
    text = yaml.safe_dump(good | tree, allow_unicode=True)
    read = parse_rule(text, "sample")
    if not isinstance(read, Rule):
        lines = text.count("\n") + 1
        assert read
        assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in read)


@given(
    st.integers(0, len(GOOD)),
    st.integers(0, 5),
    st.text(max_size=6) | st.sampled_from(["*a", "&a ", "[", "{", "!!int ", "---\n", "<<: ", "? "]),
)
def test_a_broken_file_is_a_problem_and_never_a_crash(at: int, cut: int, new: str) -> None:
    read = parse_rule(GOOD[:at] + new + GOOD[at + cut :], "sample")
    assert isinstance(read, Rule) or read

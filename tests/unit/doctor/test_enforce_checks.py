"""Whether calls can be refused here."""

from __future__ import annotations

import msgspec
import pytest

from detector.doctor.enforce_checks import LIST, check_enforcement, lsm_lack, stoppable
from detector.doctor.result import CheckResult, Effect, State
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from tests.unit.doctor.fake_host import FakeHost


def checked(fake: FakeHost) -> CheckResult:
    (result,) = check_enforcement(fake.host())
    return result


def test_with_bpf_among_the_active_modules_calls_can_be_refused(fake: FakeHost) -> None:
    assert checked(fake).state is State.OK
    assert "migrate_pages (at task_movememory)" in checked(fake).found
    assert lsm_lack(fake.host()) == ""


@pytest.mark.parametrize("active", ["capability,yama\n", "capability,yama,bpfish"])
def test_without_it_the_remedy_is_the_kernels_command_line(fake: FakeHost, active: str) -> None:
    fake.write(LIST, active)
    result = checked(fake)
    assert result.effect is Effect.NOTE
    modules = active.strip().removeprefix("capability,")
    assert f"lsm={modules},bpf" in result.remedy
    assert any(f"lsm={modules},bpf" in command for command in result.commands)
    assert f"lsm={modules},bpf" in lsm_lack(fake.host())


def test_a_list_that_cannot_be_read_is_unknown_and_disables_nothing(fake: FakeHost) -> None:
    fake.remove(LIST)
    assert checked(fake).state is State.UNKNOWN
    assert lsm_lack(fake.host()) == ""


def test_calls_without_a_hook_are_listed_as_not_enforceable() -> None:
    hookless = msgspec.structs.replace(MIGRATE_PAGES, name="mbind", hook="")
    assert stoppable((MIGRATE_PAGES, hookless)) == (
        "migrate_pages (at task_movememory); not enforceable, without a hook: mbind"
    )

"""MITRE ATT&CK out of tags."""

from __future__ import annotations

from detector.render.attack import attack_of, technique_name


def test_tags_in_sigmas_spelling_are_read_and_others_left_alone() -> None:
    told = "numa attack.defense-evasion attack.command-and-control attack.t1562.006 attack.t1611"
    attack = attack_of((*told.split(), "attack.t1562", "cwe.367", "attack.T1", "attack."))
    assert attack.tactics == ("Defense Evasion", "Command and Control")
    assert attack.techniques == ("T1562", "T1611")
    assert attack.subtechniques == ("T1562.006",)


def test_a_technique_without_a_name_here_is_called_by_its_id() -> None:
    assert technique_name("T1562.006") == "Indicator Blocking"
    assert technique_name("T9999") == "T9999"

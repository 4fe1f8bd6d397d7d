from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.model.finding import Finding
from detector.model.observation import Observation
from detector.report.html import render
from detector.report.judged import SHOWN
from tests.unit.hostile import hostile_findings, hostile_observations, texts
from tests.unit.report.cases import case, judged, two_hosts
from tests.unit.samples import findings, observations

MARKUP = "</title><script>alert(1)</script><img src=http://x/ onerror=alert(1)>\"'><style>*{}"
FETCHING = {"src", "href", "srcset", "action", "data", "poster", "background", "xlink:href"}


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.style = ""
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "style" and not self.style:
            self.style = data
        self.text += data


def test_the_observation_comes_first_and_every_finding_after_it() -> None:
    page = render(two_hosts())
    text = Page(page).text
    assert text.index("Observation") < text.index("Hosts against time") < text.index("Findings\n")
    assert "could not be read" in text
    assert "MISSING" in text
    assert "17: ring buffer full" in text
    assert page.count("<article") == len(findings()) + 3


def test_every_kind_is_told_with_both_masks_drawn_and_what_was_believed() -> None:
    for finding in findings().values():
        page = render(case(judged([finding], observations()["findings"])))
        parsed = Page(page)
        assert page.count('class="ladder"') == len(finding.call.arguments) == 2
        assert "deceived" in parsed.text or finding.kind == "blind"
        assert finding.title in parsed.text


def test_the_process_tree_goes_from_the_oldest_down_to_the_caller() -> None:
    finding = findings()["race-written"]
    page = render(case(judged([finding], observations()["findings"])))
    tree = page.partition('<section class="tree">')[2].partition("</section>")[0]
    people = [*reversed(finding.process.ancestors), finding.call.task]
    assert len(people) > 1
    assert [tree.index(f"pid {one.tgid}") for one in people] == sorted(
        tree.index(f"pid {one.tgid}") for one in people
    )
    assert tree.count("<ul>") == tree.count("</ul>") == len(people)
    assert "<dt>parents</dt>" not in page


def test_a_writer_is_shown_with_its_code_below_the_place_that_wrote() -> None:
    page = render(case(judged([findings()["race-written"]], observations()["findings"])))
    place = "<li>flip_nodes+0x19 in /usr/local/bin/racer at /build/racer/flip.c:42"
    assert f"{place}<pre>*mask = 1UL &lt;&lt; node;</pre></li>" in page
    assert page.index("wrote old_nodes by a store, 15,255 times") < page.index(place)
    assert "its code is not known: the process had ended" in page


def test_the_page_forbids_itself_all_but_its_own_style() -> None:
    parsed = Page(render(two_hosts()))
    digest = base64.b64encode(hashlib.sha256(parsed.style.encode()).digest()).decode()
    policy = next(value for _, value in parsed.attributes if value and "default-src" in value)
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "script" not in parsed.tags
    assert not any(name == "style" or name.startswith("on") for name, _ in parsed.attributes)
    assert {value for name, value in parsed.attributes if name in FETCHING} == {"#frames"}
    assert "url(" not in parsed.style
    assert "@import" not in parsed.style


@pytest.mark.parametrize("where", ["comm", "executable", "host", "title", "lost", "unread"])
def test_markup_in_a_name_stays_text(where: str) -> None:
    finding, seen = findings()["race"], observations()["findings"]
    clean = Page(render(case(judged([finding], seen), unread="x")))
    if where == "comm":
        task = msgspec.structs.replace(finding.call.task, comm=MARKUP)
        call = msgspec.structs.replace(finding.call, task=task)
        finding = msgspec.structs.replace(finding, call=call)
    if where == "executable":
        process = msgspec.structs.replace(finding.process, executable=MARKUP)
        finding = msgspec.structs.replace(finding, process=process)
    if where == "lost":
        seen = msgspec.structs.replace(seen, notes=(MARKUP,))
    recording = judged([finding], seen, host=MARKUP if where == "host" else "h")
    page = Page(
        render(
            case(
                recording,
                title=MARKUP if where == "title" else "t",
                unread=MARKUP if where == "unread" else "x",
            )
        )
    )
    assert MARKUP in page.text
    assert {"script", "img"}.isdisjoint(page.tags)
    added = 2 if where == "lost" else 0  # a note is a list of one item, with its label
    assert len(page.tags) - len(clean.tags) in {0, added, added + 2}


@settings(max_examples=60)
@given(st.lists(hostile_findings(), max_size=3), hostile_observations(), texts)
def test_any_names_make_a_page_of_the_same_elements_and_nothing_hidden(
    some: list[Finding], observation: Observation, title: str
) -> None:
    page = render(case(judged(some, observation), title=title))
    page.encode("utf-8")
    assert "script" not in Page(page).tags
    hidden = {"\u202e", "\u2066", "\u2028", "\x1b", "\x07", "\x00", "\r", "\ufeff"}
    assert hidden.isdisjoint(page)


def test_past_the_most_that_are_shown_all_are_counted_and_the_most_severe_are_kept() -> None:
    every = findings()
    many = [every["late"]] * (3 * SHOWN) + [every["tamper"]]
    page = render(case(judged(many, observations()["findings"])))
    assert page.count("<article") == SHOWN
    assert page.index("tamper") < page.index("<article")
    assert "<strong>tamper</strong>" in page
    assert f"{3 * SHOWN}" in page
    assert f"{2 * SHOWN + 1} more are counted" in page

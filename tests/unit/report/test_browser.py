"""The report in a real browser: what it shows, and what it asks the network for."""

from __future__ import annotations

import shutil
import struct
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from detector.model.caller import Ancestor
from detector.report.html import render
from tests.unit.report.cases import case, judged, two_hosts
from tests.unit.samples import findings, observations

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


FRAMES = f"""<!doctype html>
{
    "".join(
        f'<iframe src="{page}" width="{width}" height="800"></iframe>'
        for page in ("/report", "/two")
        for width in (320, 390, 1280)
    )
}
<script>
onload = () => document.title = Array.from(frames, frame =>
  frame.document.documentElement.scrollWidth - frame.document.documentElement.clientWidth).join()
</script>
"""
"""Pages in windows of several widths, and how far each is wider than its window: a headless
Chromium's own window is never narrower than 500."""


class Served:
    """A page, and every path that was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.asked.append(self.path)
                page = served.pages.get(self.path)
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write((page or "").encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        finding = findings()["race"]
        evil = (
            f"<script>document.title='owned'</script><img src={self.url}/img>"
            f"<link rel=stylesheet href={self.url}/css><iframe src={self.url}/frame></iframe>"
        )
        elders = tuple(Ancestor(tgid=n + 1, comm="w" * 15, executable=evil) for n in range(32))
        process = msgspec.structs.replace(finding.process, executable=evil, ancestors=elders)
        finding = msgspec.structs.replace(finding, process=process)
        self.pages = {
            "/report": render(case(judged([finding], observations()["findings"], host=evil))),
            "/two": render(two_hosts()),
            "/frames": FRAMES,
        }


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def browse(folder: Path, url: str, *arguments: str) -> str:
    done = subprocess.run(
        [
            CHROMIUM or "",
            "--headless=new",
            "--no-sandbox",  # the tests run as root, and the page is our own
            "--disable-gpu",
            "--disable-dev-shm-usage",
            f"--user-data-dir={folder / 'profile'}",
            *arguments,
            url,
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    return done.stdout


def test_hostile_names_run_nothing_and_the_page_asks_the_network_for_nothing(
    served: Served, tmp_path: Path
) -> None:
    shown = browse(tmp_path, f"{served.url}/report", "--dump-dom")
    assert "<title>toctrace: a case</title>" in shown
    assert "&lt;script&gt;" in shown
    assert [tag for tag in ("<script", "<img", "<iframe", "<link") if tag in shown] == []
    assert set(served.asked) - {"/favicon.ico"} == {"/report"}
    assert served.asked.count("/report") == 1


@pytest.mark.parametrize("width", [500, 1280])
def test_the_page_is_drawn_in_light_and_dark_wide_and_narrow(
    served: Served, tmp_path: Path, width: int
) -> None:
    pictures = []
    for scheme in ("0", "1"):  # dark, light (blink::mojom::PreferredColorScheme)
        picture = tmp_path / f"{scheme}.png"
        browse(
            tmp_path,
            f"{served.url}/report",
            f"--window-size={width},900",
            f"--blink-settings=preferredColorScheme={scheme}",
            f"--screenshot={picture}",
        )
        pictures.append(picture.read_bytes())
    dark, light = pictures
    assert dark != light
    for data in pictures:
        assert struct.unpack(">II", data[16:24]) == (width, 900)
        assert len(data) > 10_000


def test_no_page_is_wider_than_a_narrow_window(served: Served, tmp_path: Path) -> None:
    shown = browse(tmp_path, f"{served.url}/frames", "--dump-dom")
    assert "<title>0,0,0,0,0,0</title>" in shown

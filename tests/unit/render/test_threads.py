"""Renderers are called by the thread that judges and by the one that sends, at the same time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]
AT_ONCE = """
import sys, threading
from detector.render.formats import FORMATS
from tests.unit.alerts import SENDER, make_alert
from tests.unit.samples import META
alert, start = make_alert(), threading.Barrier(8)
def work(write):
    start.wait()
    write(alert, META)
sys.setswitchinterval(1e-6)
writers = [FORMATS["json"]] * 4 + [FORMATS["ocsf"], FORMATS["ecs"], FORMATS["cef"], FORMATS["json"]]
threads = [threading.Thread(target=work, args=(write,)) for write in writers]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_the_first_alert_can_be_rendered_by_many_threads_at_once() -> None:
    """msgspec.convert, which learns a type at its first use, crashed here (SIGSEGV)."""
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", AT_ONCE], cwd=CHECKOUT, check=False, capture_output=True
        )
        assert (done.returncode, done.stderr) == (0, b"")

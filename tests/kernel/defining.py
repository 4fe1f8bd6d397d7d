"""Attach, say so, and stay until killed: `defining.py`.

Started where the kernel's perf events of kprobes are hidden, it attaches by definitions in tracefs.
"""

from __future__ import annotations

import sys
import time

from detector.capture.capture import Capture
from detector.syscalls.migrate_pages import MIGRATE_PAGES

with Capture((MIGRATE_PAGES,)):
    sys.stdout.write("attached\n")
    sys.stdout.flush()
    time.sleep(3600)

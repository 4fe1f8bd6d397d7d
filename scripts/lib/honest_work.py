"""Honest programs, one after the other: `honest_work.py FOLDER SECONDS METRICS RESULTS [NAME...]`.

RESULTS has a line of JSON for each: its status, when it began and ended, and how many calls the
tool around it judged meanwhile, by the metrics that it serves at METRICS (host:port).
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 600
"""A program that takes longer has hung."""
SETTLED_S = 3.0
"""After this the tool's metrics tell of every call that has ended."""

PROGRAMS = {
    "apt-get install": '"$ROOT/tests/kernel/honest_apt.sh" "$WORK"',
    "git clone": """
        git init -q src && cd src
        for n in $(seq 100); do echo "$n" >"file-$n"; done
        git add . && git -c user.name=n -c user.email=n@localhost commit -q -m all
        cd .. && git clone -q src hard-links && git clone -q "file://$WORK/src" copied
        diff -r --exclude=.git src copied""",
    "make -j2": """
        for n in $(seq 40); do
          printf '#include <stdio.h>\\nint f%d(void) { return puts("x"); }\\n' "$n" >"f$n.c"
        done
        echo 'int main(void) { return 0; }' >main.c
        printf 'prog: $(patsubst %%.c,%%.o,$(wildcard *.c))\\n\\t$(CC) -o $@ $^\\n' >Makefile
        make -s -j2 && ./prog""",
    "pytest": """
        cd "$ROOT" && python -m pytest -q -p no:cacheprovider -p no:hypothesispytest \\
          --basetemp="$WORK/base" tests/unit/model tests/unit/rules/test_values.py""",
    "nginx": """
        mkdir logs html && head -c 4096 /dev/zero >html/index.html
        cat >nginx.conf <<END
        daemon off; worker_processes 2; pid $WORK/pid; error_log $WORK/logs/error; user root;
        events {}
        http {
          access_log $WORK/logs/access; client_body_temp_path $WORK/t1; proxy_temp_path $WORK/t2;
          fastcgi_temp_path $WORK/t3; uwsgi_temp_path $WORK/t4; scgi_temp_path $WORK/t5;
          server { listen 127.0.0.1:8099; root $WORK/html; }
        }
END
        nginx -c "$WORK/nginx.conf" -e "$WORK/logs/error" &
        python "$ROOT/scripts/lib/honest_load.py" 8099 "$SECONDS_EACH"
        kill %1 && wait %1""",
    "stress-ng, NUMA": """
        timeout -k 20 "$SECONDS_EACH" stress-ng --numa 1 --temp-path . --quiet || [ $? -ge 124 ]""",
    "stress-ng, network": """
        stress-ng --sock 1 --sockmany 1 --sockdiag 1 --sockpair 1 --udp 1 --udp-flood 1 --epoll 1 \\
          --timeout "$SECONDS_EACH" --temp-path . --quiet""",
    "stress-ng, files": """
        stress-ng --access 1 --chmod 1 --dentry 1 --dir 1 --fstat 1 --getdent 1 --link 1 \\
          --rename 1 --symlink 1 --touch 1 --utime 1 \\
          --timeout "$SECONDS_EACH" --temp-path . --quiet""",
    "stress-ng, opens": """
        stress-ng --open 2 --timeout "$((2 * SECONDS_EACH))" --temp-path . --quiet""",
}


def judged(metrics: str) -> int:
    """Ask the tool how many calls it has judged so far."""
    with urllib.request.urlopen(f"http://{metrics}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return int(
        float(next(line.split()[1] for line in lines if line.startswith("toctrace_calls_total ")))
    )


def run(command: str, folder: Path, seconds: int) -> int:
    """Run one program in a folder of its own; give its status."""
    folder.mkdir()
    variables = f"ROOT={ROOT} WORK={folder} SECONDS_EACH={seconds} TMPDIR={folder}"
    script = f"export {variables}\nset -euo pipefail\n{command}\n"
    return subprocess.run(
        ["timeout", str(LONGEST_S), "bash", "-c", script],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        check=False,
    ).returncode


def main() -> int:
    """Run them all; 0 where each ended well."""
    folder, seconds, metrics, results, *names = sys.argv[1:]
    failed = False
    with Path(results).open("w", encoding="utf-8") as told:
        for number, name in enumerate(names or PROGRAMS):
            before = judged(metrics)
            began = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            status = run(PROGRAMS[name], Path(folder) / str(number), int(seconds))
            ended = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            time.sleep(SETTLED_S)
            calls = judged(metrics) - before
            line = {"name": name, "status": status, "began": began, "ended": ended, "calls": calls}
            told.write(json.dumps(line) + "\n")
            told.flush()
            print(f"{name}: status {status}, {calls:,} calls judged", file=sys.stderr, flush=True)
            failed |= status != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

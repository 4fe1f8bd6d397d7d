"""Load for a web server on this machine, one connection a request: honest_load.py PORT SECONDS."""

from __future__ import annotations

import http.client
import sys
import time

READY_S = 60.0


def ask(port: int) -> None:
    """Ask once. Raises OSError where nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_S)
    connection.request("GET", "/")
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != http.HTTPStatus.OK or not body:
        sys.exit(f"the server answered {answer.status}")


def main() -> None:
    """Wait until it answers, then ask again and again."""
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    until = time.monotonic() + READY_S
    while True:
        try:
            ask(port)
            break
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
    asked, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        ask(port)
        asked += 1
    print(f"{asked} requests answered", file=sys.stderr)


if __name__ == "__main__":
    main()

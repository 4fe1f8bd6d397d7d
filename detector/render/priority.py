"""Syslog's PRI: facility and severity in one number (RFC 5424 section 6.2.1)."""

from __future__ import annotations

from detector.model.finding import Severity

FACILITIES = {
    "kern": 0,
    "user": 1,
    "mail": 2,
    "daemon": 3,
    "auth": 4,
    "syslog": 5,
    "lpr": 6,
    "news": 7,
    "uucp": 8,
    "cron": 9,
    "authpriv": 10,
    "ftp": 11,
    **{f"local{number}": 16 + number for number in range(8)},
}
"""The keywords of syslog.conf(5) and their numerical codes."""


def priority(facility: str, severity: Severity) -> int:
    """Give PRIVAL; `facility` is one of FACILITIES."""
    return FACILITIES[facility] * 8 + severity.number

"""Every exception that toctrace raises on purpose.

Each carries a sentence for a person that names the place and the remedy; the command line
prints it and exits with the code that `detector.exits` gives the class.
"""

from __future__ import annotations


class ToctraceError(Exception):
    """Base of all errors that are the tool's own."""


class UsageError(ToctraceError):
    """What was asked for makes no sense, or names something that is not there (exit 2)."""


class RuleError(ToctraceError):
    """A rule file is broken (exit 2)."""


class ObservationError(ToctraceError):
    """Nothing can be observed: no backend attaches, or not the one asked for (exit 11)."""


class AttachError(ToctraceError):
    """One probe or map is refused by the kernel; the rest may still work (if not: exit 11)."""


class RecordError(ToctraceError):
    """A record from the kernel does not have the layout of bpf/records.h."""


class RecordingError(ToctraceError):
    """A recording, or a part of one, is damaged or was made by a newer tool (exit 12)."""


class SimulationError(ToctraceError):
    """A simulated race cannot be played on this host."""


class EnrichmentError(ToctraceError):
    """Something about a process could not be had; its text is the reason, and no run ends."""


class SymbolError(ToctraceError):
    """An address could not be named; its text is the reason, and no run ends."""


class ResourceError(ToctraceError):
    """A file that ships with the tool is missing: the installation is broken."""


class SinkError(ToctraceError):
    """A sink does not take messages now; its text is the reason, and delivery is tried again."""


class ServiceError(ToctraceError):
    """systemd, or its folder of units, refused what was asked for."""

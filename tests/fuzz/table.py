"""Every target by its name. A new parser of foreign bytes is one entry more."""

from __future__ import annotations

from tests.fuzz.target import Target
from tests.fuzz.targets import (
    baseline,
    btf,
    config,
    recording_file,
    recording_records,
    rules,
    seals,
    sink_url,
    smaps,
)

TARGETS: dict[str, Target] = {
    "baseline": baseline.TARGET,
    "btf": btf.TARGET,
    "config": config.TARGET,
    "recording-file": recording_file.TARGET,
    "recording-records": recording_records.TARGET,
    "rules": rules.TARGET,
    "seals": seals.TARGET,
    "sink-url": sink_url.TARGET,
    "smaps": smaps.TARGET,
}

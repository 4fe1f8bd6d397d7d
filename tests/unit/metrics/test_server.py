from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from detector.config.settings import Address
from detector.errors import UsageError
from detector.metrics.server import MetricsServer, Reading
from detector.model.observation import SinkState
from tests.unit.samples import make_observation


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def served() -> Iterator[tuple[MetricsServer, str]]:
    port = free_port()
    server = MetricsServer(Address("127.0.0.1", port))
    yield server, f"http://127.0.0.1:{port}/metrics"
    server.close()


def samples(url: str) -> dict[str, float]:
    """Read the metrics as Prometheus does."""
    with urllib.request.urlopen(url) as answer:  # noqa: S310  (our own)
        text = answer.read().decode()
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_last_reading_is_served(served: tuple[MetricsServer, str]) -> None:
    server, url = served
    assert samples(url) == {}
    sink = SinkState(name="a", sent=5, queued=2, dropped=1, failure="down", age_s=3.5)
    server.publish(
        Reading(
            calls=12,
            incomplete=1,
            findings={("nodemask-race", "err"): 3},
            lost={"ring\nbuffer": 4},
            stages=make_observation().stages,
            sinks=(sink,),
        )
    )
    told = samples(url)
    assert told["toctrace_calls_total[]"] == 12
    assert told["toctrace_findings_total['err', 'nodemask-race']"] == 3
    assert told["toctrace_lost_total['ring\\nbuffer']"] == 4
    assert told["toctrace_stage_armed['copy', 'migrate_pages', 'x86_64']"] == 1
    assert told["toctrace_sink_up['a']"] == 0
    assert told["toctrace_sink_queued['a']"] == 2
    assert told["toctrace_sink_age_seconds['a']"] == 3.5
    assert told["toctrace_sink_sent_total['a']"] == 5
    assert told["toctrace_sink_dropped_total['a']"] == 1


def test_an_address_that_is_taken_is_a_wrong_usage(served: tuple[MetricsServer, str]) -> None:
    port = int(served[1].split(":")[2].split("/")[0])
    with pytest.raises(UsageError, match="Address already in use"):
        MetricsServer(Address("127.0.0.1", port))

"""Metrics for Prometheus over HTTP, through its own client library (the extra `metrics`)."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec
import structlog

from detector.config.settings import Address
from detector.errors import UsageError
from detector.model.observation import SinkState, StageState

if TYPE_CHECKING:
    from prometheus_client.core import Metric

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_MISSING = "--metrics needs the extra: pip install 'toctrace[metrics]'"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a run when it was asked for."""

    calls: int
    incomplete: int
    findings: dict[tuple[str, str], int]
    """By rule and severity."""
    lost: dict[str, int]
    stages: tuple[StageState, ...]
    sinks: tuple[SinkState, ...]


class MetricsServer:
    """Serves the reading that was published last, until it is closed."""

    def __init__(self, address: Address) -> None:
        """Raises UsageError where the library is missing or the address cannot be had."""
        try:
            from prometheus_client import CollectorRegistry, start_http_server  # noqa: PLC0415
        except ImportError:
            raise UsageError(_MISSING) from None
        registry = CollectorRegistry(auto_describe=False)
        self._collector = _Collector()
        registry.register(self._collector)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:  # its threads leave signals to the main one
            self._server, self._thread = start_http_server(
                address.port, addr=address.host, registry=registry
            )
        except OSError as error:
            raise UsageError(
                f"--metrics {address.host}:{address.port}: {error.strerror}: name another"
            ) from None
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        log.info("metrics_served", host=address.host, port=address.port)

    def publish(self, reading: Reading) -> None:
        """Serve this from now on."""
        self._collector.reading = reading

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Collector:
    """Makes metrics of the last reading, each time that somebody asks."""

    def __init__(self) -> None:
        self.reading: Reading | None = None

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import (  # noqa: PLC0415
            CounterMetricFamily,
            GaugeMetricFamily,
        )

        reading = self.reading
        if reading is None:
            return
        yield CounterMetricFamily("toctrace_calls", "Calls judged.", value=reading.calls)
        yield CounterMetricFamily(
            "toctrace_calls_incomplete", "Calls of which a part was lost.", value=reading.incomplete
        )
        findings = CounterMetricFamily(
            "toctrace_findings", "Findings by rule.", labels=["rule", "severity"]
        )
        for (rule, severity), count in reading.findings.items():
            findings.add_metric([rule, severity], count)
        yield findings
        lost = CounterMetricFamily("toctrace_lost", "What was lost, by cause.", labels=["cause"])
        for cause, count in reading.lost.items():
            lost.add_metric([cause], count)
        yield lost
        armed = GaugeMetricFamily(
            "toctrace_stage_armed", "1: the stage is seen.", labels=["syscall", "stage", "abi"]
        )
        for state in reading.stages:
            armed.add_metric([state.syscall, state.stage, state.abi], int(state.armed))
        yield armed
        for name, text, value in _SINK_GAUGES:
            gauge = GaugeMetricFamily(name, text, labels=["sink"])
            for sink in reading.sinks:
                gauge.add_metric([sink.name], value(sink))
            yield gauge
        for name, text, value in _SINK_COUNTERS:
            counter = CounterMetricFamily(name, text, labels=["sink"])
            for sink in reading.sinks:
                counter.add_metric([sink.name], value(sink))
            yield counter


_Rows = tuple[tuple[str, str, Callable[[SinkState], float]], ...]
_SINK_GAUGES: _Rows = (
    ("toctrace_sink_up", "1: the last attempt went well.", lambda sink: not sink.failure),
    ("toctrace_sink_queued", "Messages that wait.", lambda sink: sink.queued),
    ("toctrace_sink_age_seconds", "How long the oldest has waited.", lambda sink: sink.age_s),
)
_SINK_COUNTERS: _Rows = (
    ("toctrace_sink_sent", "Messages that were sent.", lambda sink: sink.sent),
    ("toctrace_sink_dropped", "Messages thrown away for lack of room.", lambda sink: sink.dropped),
)

"""What `/metrics` tells: how many questions, how long, what was refused, how far reading is; by nobody and of no text."""

from collections.abc import Iterable
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from rag.apps.turns import Turns
from rag.errors import RagError
from rag.types import Answer

_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40)


class Metrics:
    """Counts in the memory of this process, from its start on. What is kept elsewhere is looked up when it is asked for."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._questions = Counter("footnote_questions", "Questions answered.", ["status"], registry=self.registry)
        self._stages = Histogram(
            "footnote_stage_seconds", "Seconds of a stage of an answer.", ["stage"], buckets=_SECONDS, registry=self.registry
        )
        self._refused = Counter("footnote_refused", "Requests not taken.", ["reason"], registry=self.registry)

    def answered(self, answer: Answer) -> None:
        self._questions.labels(answer.status).inc()
        for stage, milliseconds in answer.timings_ms.items():
            self._stages.labels(stage).observe(milliseconds / 1000)

    def refused(self, reason: str) -> None:
        """`reason` is one of few words of this program's."""
        self._refused.labels(reason).inc()

    def text(self) -> bytes:
        """In the text format of Prometheus."""
        return generate_latest(self.registry)

    def watch(self, turns: Turns, bases: Any) -> None:
        """Also tells of the queue, and of the files of these bases."""
        self.registry.register(_State(turns, bases))


class _State(Collector):
    """What is looked up."""

    def __init__(self, turns: Turns, bases: Any) -> None:
        self._turns = turns
        self._bases = bases

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()  # so that nothing is looked up when it is registered

    def collect(self) -> Iterable[GaugeMetricFamily]:
        queue = GaugeMetricFamily("footnote_queue_depth", "Questions in work and waiting.", labels=["state"])
        for state, depth in zip(("running", "waiting"), self._turns.depth(), strict=True):
            queue.add_metric([state], depth)
        files = GaugeMetricFamily("footnote_files", "Files of all bases.", labels=["state"])
        passages, reading, unreadable, by_state = 0, 0, 0, dict.fromkeys(("ready", "pending", "quarantined"), 0)
        for name in self._bases.names("internal"):
            try:
                base = self._bases.open(name, "internal")
                for file in base.files():
                    by_state[file.state] += 1
                    passages += file.chunks
                reading += base.activity() is not None
            except RagError:
                unreadable += 1
        for state, n in by_state.items():
            files.add_metric([state], n)
        yield from (queue, files)
        yield GaugeMetricFamily("footnote_passages", "Passages that can be found.", value=passages)
        yield GaugeMetricFamily("footnote_bases_reading", "Bases whose documents are being read.", value=reading)
        yield GaugeMetricFamily("footnote_bases_unreadable", "Bases that cannot be read.", value=unreadable)

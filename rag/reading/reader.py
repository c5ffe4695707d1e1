"""A question and passages in, evidence out, by one pass of a trained network over each question and passage."""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.models.batching import length_batches
from rag.reading.calibration import Features, ScoreCalibration
from rag.reading.highlights import merge_highlights
from rag.reading.ranking import (
    best_unit,
    coverage,
    expand_to_quote,
    favour_named_rows,
    logistic,
    pass_score_after_heading,
    passage_units,
    softmax,
)
from rag.reading.scale import DEFAULT, Scale
from rag.text import scripts, words
from rag.types import Chunk, Evidence, Passage, Span

if TYPE_CHECKING:
    from rag.reading.network import ReaderNetwork
    from rag.reading.pairs import Pair, PairEncoder
    from rag.reading.weights import Resolve

Scores = NDArray[np.float32]
SentenceScorer = Callable[[str, Sequence[Passage]], list[list[Span]]]
"""The units of each passage, weighted by how close they are to a question; see `LateInteractionReader.score_units`."""

_BATCH_TOKENS = 4096  # padded tokens read at once


@dataclass(frozen=True, slots=True)
class ReaderOutput:
    """What the network says of one passage: for each token of the text its place and three scores, and two of the whole.

    `offsets` (tokens, 2) are characters; `evidence` is 0..1; `start`, `end`, `none` are logits, of which `none` says that no
    span answers; `relevant` and `answers` are logits of the passage.
    """

    offsets: NDArray[np.int64]
    start: Scores
    end: Scores
    evidence: Scores
    none: float
    relevant: float
    answers: float

    def span(self, scale: Scale = DEFAULT, *, cost: bool = True) -> tuple[int, int, float, float]:
        """The best short answer: first and last token, its probability among all spans and none, and that of none.

        Without `cost`, however long it is.
        """
        if not len(self.offsets):
            return 0, 0, 0.0, 1.0
        scores = self.start[:, None] + self.end[None, :]  # (tokens, tokens)
        rows = np.arange(len(scores))
        length = rows[None, :] - rows[:, None]
        scores = np.where((length >= 0) & (length < scale.longest_span), scores, -np.inf)
        top = max(float(scores.max()), self.none)
        total = float(np.exp(scores - top).sum()) + math.exp(self.none - top)
        costs = (scale.token_cost if cost else 0.0) * np.maximum(length - scale.free_tokens, 0)
        first, last = np.unravel_index(int((scores - costs).argmax()), scores.shape)
        return int(first), int(last), math.exp(float(scores[first, last]) - top) / total, math.exp(self.none - top) / total

    def within(self, span: Span) -> "ReaderOutput":
        """The same of the tokens in a stretch of the text: the short answer stands in what is quoted, not in another row."""
        kept = (self.offsets[:, 0] >= span.start) & (self.offsets[:, 1] <= span.end)
        parts = {name: getattr(self, name)[kept] for name in ("offsets", "start", "end", "evidence")}
        return replace(self, **parts)


class TrainedReader:
    """Reads with a network; see `rag.reading.weights` for where it comes from."""

    name = "trained"
    candidates = 8

    def __init__(
        self,
        network: "ReaderNetwork",
        encoder: "PairEncoder",
        calibration: ScoreCalibration,
        scripts: Collection[str],
        closeness: SentenceScorer,
        scale: Scale = DEFAULT,
    ) -> None:
        """`scripts` are what the network learnt to read, as `rag.text.scripts` names them. `closeness` looks at the passages
        another way: network and late interaction fail on different questions. `scale` is the network's own.
        """
        self._network = network
        self._encoder = encoder
        self.calibration = calibration
        self._scripts = scripts
        self._closeness = closeness
        self.scale = scale

    @property
    def refuse_below(self) -> float:
        return self.calibration.refuse_below

    @classmethod
    def from_folder(
        cls, folder: Path, closeness: SentenceScorer, converted: Path | None = None, resolve: "Resolve | None" = None
    ) -> "TrainedReader":
        """The reader in a folder that `rag train reader` wrote, with the encoder of `converted` where it was quantised;
        `resolve` finds the encoder that an adapter stands beside. Raises ModelError.
        """
        from rag.models.device import choose_device
        from rag.models.quantised_bert import QuantisedBert
        from rag.reading import weights
        from rag.reading.pairs import PairEncoder, longest

        network, tokenizer, card = weights.load(folder, resolve)
        device, dtype, _ = choose_device()
        encoder = PairEncoder(tokenizer, longest(network.config))
        if converted:  # its encoder computes on the CPU and gives fp32
            fast: Any = QuantisedBert.from_folder(converted, network.config)
            network.encoder = fast
        else:
            network = network.to(device, dtype)
        return cls(network.eval(), encoder, ScoreCalibration.from_card(card), card["scripts"], closeness, Scale.from_card(card))

    def with_calibration(self, calibration: ScoreCalibration) -> "TrainedReader":
        """The same network with another order, confidence and threshold."""
        return TrainedReader(self._network, self._encoder, calibration, self._scripts, self._closeness, self.scale)

    def knows(self, text: str) -> bool:
        """Whether most letters are of a script it was trained on."""
        found = scripts(text)
        return 2 * sum(found[script] for script in self._scripts) >= found.total()

    def read(self, question: str, passages: Sequence[Passage]) -> list[Evidence]:
        """Evidence in the order of the passages."""
        seen = list(zip(passages, self._seen(question, passages), strict=True))
        judged = [
            (self._units(question, passage, found, close), logistic(self.calibration.relevance(about)))
            for passage, (found, close, about) in seen
        ]
        confidences = self.calibration.confidences([about for _, (_, _, about) in seen])
        best = max((span.weight * relevance for spans, relevance in judged for span in spans), default=0.0)
        evidence = []
        for (passage, (found, _, about)), (spans, relevance), sure in zip(seen, judged, confidences, strict=True):
            sentence = best_unit(passage.chunk, spans)
            quote = expand_to_quote(passage.chunk, spans, sentence, self.scale)
            answer = _short_answer(found.within(quote), self.scale)
            marked = [span for span in spans if span.weight * relevance >= self.scale.marked_from * best]
            highlights = _highlights(passage.chunk.text, found, marked, answer, self.scale)
            score = self.calibration.ranking(about)
            evidence.append(Evidence(passage, highlights, sentence, relevance, sure, score, answer, quote))
        return evidence

    def features(self, question: str, passages: Sequence[Passage]) -> list[Features]:
        """What order and confidence rest on, of each passage."""
        return [features for _, _, features in self._seen(question, passages)]

    def scores(self, texts: Sequence[tuple[str, str, str]]) -> list[ReaderOutput]:
        """What the network says of each (question, context, text)."""
        pairs: list[Pair] = []
        rows: list[range] = []
        for text in texts:
            windows = self._encoder.encode(*text)
            rows.append(range(len(pairs), len(pairs) + len(windows)))
            pairs += windows
        found = dict(self._run(pairs))
        return [_whole([found[row] for row in own]) for own in rows]

    def _run(self, pairs: Sequence["Pair"]) -> Iterator[tuple[int, ReaderOutput]]:
        """Each window's scores with its number, in batches of similar length."""
        import torch

        for rows in length_batches([len(pair.ids) for pair in pairs], _BATCH_TOKENS):
            device = self._network.token_head.weight.device
            inputs = {name: tensor.to(device) for name, tensor in self._encoder.batch([pairs[row] for row in rows]).items()}
            with torch.inference_mode():
                tokens, wholes = self._network(**inputs)
            for row, token, whole in zip(rows, tokens.float().cpu().numpy(), wholes.float().cpu().numpy(), strict=True):
                yield row, _found(pairs[row], token, whole)

    def _seen(self, question: str, passages: Sequence[Passage]) -> Iterator[tuple[ReaderOutput, Sequence[Span], Features]]:
        """Of each passage what the network says, its sentences by closeness, and its features."""
        found = self.scores([(question, passage.chunk.context, passage.chunk.text) for passage in passages])
        for passage, said, close in zip(passages, found, self._closeness(question, passages), strict=True):
            closest = max(span.weight for span in close)
            yield said, close, features(question, passage, said, closest, self.scale)

    def _units(self, question: str, passage: Passage, found: ReaderOutput, close: Sequence[Span]) -> list[Span]:
        """The passage's units, weighted by what the network says and by closeness; of rows by what the question names, too."""
        spans = [
            Span(one.start, one.end, min(1.0, (one.weight + self.scale.closeness * other.weight) / (1 + self.scale.closeness)))
            for one, other in zip(unit_scores(passage.chunk, found, self.scale), close, strict=True)
        ]
        named = favour_named_rows(question, passage.chunk, spans, self.scale)
        return pass_score_after_heading(passage.chunk, named, self.scale)


def features(question: str, passage: Passage, found: ReaderOutput, closest: float, scale: Scale = DEFAULT) -> Features:
    """What order and confidence are fitted on: both logits of the passage, the log odds of its best span against none (two of
    these also cut off where they say no more than no), how close its closest unit is, the share of the question's words
    that it holds, its cosine to the question and retrieval's score.
    """
    _, _, probability, none = found.span(scale, cost=False)
    span = math.log(max(probability, 1e-6) / max(none, 1e-6))
    return {
        "answers": found.answers,
        "relevant": found.relevant,
        "relevant_floored": max(found.relevant, scale.least_relevant),
        "span": span,
        "span_floored": max(span, scale.least_span),
        "closest": closest,
        "coverage": coverage(question, passage.chunk),
        "similarity": passage.similarity,
        "retrieval": passage.score,
    }


def unit_scores(chunk: Chunk, found: ReaderOutput, scale: Scale = DEFAULT) -> list[Span]:
    """Each unit of a passage, weighted 0..1."""
    spans = []
    start, end = softmax(found.start), softmax(found.end)
    for first, last in ((unit.start, unit.end) for unit in passage_units(chunk)):
        rows = (found.offsets[:, 0] >= first) & (found.offsets[:, 1] <= last)
        if not rows.any():
            spans.append(Span(first, last, 0.0))
            continue
        place = float(start[rows].sum() + end[rows].sum()) / 2
        spans.append(Span(first, last, min(1.0, scale.place * place + (1 - scale.place) * float(found.evidence[rows].mean()))))
    return spans


def _short_answer(found: ReaderOutput, scale: Scale) -> Span | None:
    first, last, probability, _ = found.span(scale)
    if probability < scale.least_probable:
        return None
    return Span(int(found.offsets[first][0]), int(found.offsets[last][1]), round(probability, 3))


def _highlights(text: str, found: ReaderOutput, marked: Sequence[Span], answer: Span | None, scale: Scale) -> tuple[Span, ...]:
    """Words by their evidence: those of the marked units, faintly others, and those of the short answer strongest."""
    weighted = []
    for first, last in words(text):
        rows = (found.offsets[:, 0] < last) & (found.offsets[:, 1] > first)
        evidence = float(found.evidence[rows].max()) if rows.any() else 0.0
        if answer is not None and answer.start < last and answer.end > first:
            weighted.append(Span(first, last, 1.0))
        elif any(span.start <= first and last <= span.end for span in marked):
            weighted.append(Span(first, last, max(scale.weakest, scale.strongest * evidence)))
        elif evidence >= scale.faint_from:
            weighted.append(Span(first, last, scale.weakest * evidence))
    return merge_highlights(text, weighted)


def _found(pair: "Pair", tokens: Scores, passage: Scores) -> ReaderOutput:
    own = tokens[pair.first : pair.first + len(pair.offsets)]  # (tokens of the text, 3)
    return ReaderOutput(
        np.asarray(pair.offsets, np.int64).reshape(-1, 2),
        own[:, 0],
        own[:, 1],
        (1 / (1 + np.exp(-own[:, 2]))).astype(np.float32),
        float(tokens[0, 0] + tokens[0, 1]),
        float(passage[0]),
        float(passage[1]),
    )


def _whole(windows: Sequence[ReaderOutput]) -> ReaderOutput:
    """One text's windows as one: tokens that two windows share are the first's, the passage is as good as its best window."""
    if len(windows) == 1:
        return windows[0]
    kept, end = [], 0
    for window in windows:
        kept.append(window.offsets[:, 0] >= end)
        end = int(window.offsets[-1, 1])
    parts: dict[str, Any] = {
        name: np.concatenate([getattr(window, name)[rows] for window, rows in zip(windows, kept, strict=True)])
        for name in ("offsets", "start", "end", "evidence")
    }
    best = max(windows, key=lambda window: window.relevant)
    return ReaderOutput(**parts, none=best.none, relevant=best.relevant, answers=max(window.answers for window in windows))

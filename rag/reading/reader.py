"""A question and passages in, evidence out, by one pass of a trained network over each question and passage."""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.models.batching import length_batches
from rag.reading.calibration import Features, Judgement
from rag.reading.highlights import join
from rag.reading.ranking import coverage, hand_on, logistic, quoted, softmax
from rag.text import scripts, sentences, words
from rag.types import Evidence, Passage, Span

if TYPE_CHECKING:
    from rag.reading.network import ReaderNetwork
    from rag.reading.pairs import Pair, PairEncoder

Scores = NDArray[np.float32]
Closeness = Callable[[str, Sequence[Passage]], list[list[Span]]]
"""The sentences of each passage, weighted by how close they are to a question; see `LateInteractionReader.sentences`."""

_BATCH_TOKENS = 4096  # padded tokens read at once
_LONGEST_SPAN = 30  # tokens of a short answer; 99 % of SQuAD's are shorter
# Start and end are scored apart, so that two answers in a row look like one long one: each token beyond so many costs logits.
_FREE_TOKENS, _TOKEN_COST = 4, 0.2
# A sentence's score is as much its share of the answer's place as it is the mean of its words' evidence.
_PLACE = 0.5
_CLOSE = 1.0  # what closeness adds to the network's own score of a sentence
_SAID = 0.02  # a span less probable is no short answer: under it F1 is .49, above it .72 and more
# A sentence is marked whole from this share of the best one's weight times relevance. Words elsewhere are marked faintly, those
# of less evidence not at all. F1 of marked and gold words, chunking-eval: .519; each word by its own evidence .338.
_ANSWERS, _FAINT = 0.75, 0.3
# Below these the logits of relevance and span say no more than no: how far below is a matter of how foreign the text is.
_NO_RELEVANCE, _NO_SPAN = -2.0, -1.0
# The least and most that a word of a marked sentence weighs, by its evidence; those of the short answer weigh 1.
_WEAKEST, _STRONGEST = 0.5, 0.85


@dataclass(frozen=True, slots=True)
class Found:
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

    def span(self, token_cost: float = _TOKEN_COST) -> tuple[int, int, float, float]:
        """The best short answer: first and last token, its probability among all spans and none, and that of none."""
        if not len(self.offsets):
            return 0, 0, 0.0, 1.0
        scores = self.start[:, None] + self.end[None, :]  # (tokens, tokens)
        rows = np.arange(len(scores))
        length = rows[None, :] - rows[:, None]
        scores = np.where((length >= 0) & (length < _LONGEST_SPAN), scores, -np.inf)
        top = max(float(scores.max()), self.none)
        total = float(np.exp(scores - top).sum()) + math.exp(self.none - top)
        costs = token_cost * np.maximum(length - _FREE_TOKENS, 0)
        first, last = np.unravel_index(int((scores - costs).argmax()), scores.shape)
        return int(first), int(last), math.exp(float(scores[first, last]) - top) / total, math.exp(self.none - top) / total


class TrainedReader:
    """Reads with a network; see `rag.reading.weights` for where it comes from."""

    name = "trained"
    candidates = 8

    def __init__(
        self,
        network: "ReaderNetwork",
        encoder: "PairEncoder",
        judgement: Judgement,
        scripts: Collection[str],
        closeness: Closeness,
    ) -> None:
        """`scripts` are what the network learnt to read, as `rag.text.scripts` names them. `closeness` looks at the passages
        another way: network and late interaction fail on different questions.
        """
        self._network = network
        self._encoder = encoder
        self.judgement = judgement
        self._scripts = scripts
        self._closeness = closeness

    @property
    def refuse_below(self) -> float:
        return self.judgement.refuse_below

    @classmethod
    def from_folder(cls, folder: Path, closeness: Closeness, converted: Path | None = None) -> "TrainedReader":
        """The reader in a folder that `rag train reader` wrote, with the encoder of `converted` where it was quantised; raises
        ModelError.
        """
        from rag.models.device import choose_device
        from rag.models.quantised_bert import QuantisedBert
        from rag.reading import weights
        from rag.reading.pairs import PairEncoder

        network, tokenizer, card = weights.load(folder)
        device, dtype, _ = choose_device()
        encoder = PairEncoder(tokenizer, network.config.max_position_embeddings)
        if converted:  # its encoder computes on the CPU and gives fp32
            fast: Any = QuantisedBert.from_folder(converted, network.config)
            network.encoder = fast
        else:
            network = network.to(device, dtype)
        return cls(network.eval(), encoder, Judgement.from_card(card), card["scripts"], closeness)

    def judging(self, judgement: Judgement) -> "TrainedReader":
        """The same network with another order, confidence and threshold."""
        return TrainedReader(self._network, self._encoder, judgement, self._scripts, self._closeness)

    def knows(self, text: str) -> bool:
        """Whether most letters are of a script it was trained on."""
        found = scripts(text)
        return 2 * sum(found[script] for script in self._scripts) >= found.total()

    def read(self, question: str, passages: Sequence[Passage]) -> list[Evidence]:
        """Evidence in the order of the passages."""
        seen = list(zip(passages, self._seen(question, passages), strict=True))
        judged = [
            (self._sentences(passage, found, close), logistic(self.judgement.relevance(about)))
            for passage, (found, close, about) in seen
        ]
        confidences = self.judgement.confidences([about for _, (_, _, about) in seen])
        best = max((span.weight * relevance for spans, relevance in judged for span in spans), default=0.0)
        evidence = []
        for (passage, (found, _, about)), (spans, relevance), sure in zip(seen, judged, confidences, strict=True):
            sentence = max(spans, key=lambda span: span.weight)
            answer = _short_answer(found)
            marked = [span for span in spans if span.weight * relevance >= _ANSWERS * best]
            highlights = _highlights(passage.chunk.text, found, marked, answer)
            quote = quoted(question, passage.chunk, spans, sentence)
            score = self.judgement.ranking(about)
            evidence.append(Evidence(passage, highlights, sentence, relevance, sure, score, answer, quote))
        return evidence

    def features(self, question: str, passages: Sequence[Passage]) -> list[Features]:
        """What order and confidence rest on, of each passage."""
        return [features for _, _, features in self._seen(question, passages)]

    def scores(self, texts: Sequence[tuple[str, str, str]]) -> list[Found]:
        """What the network says of each (question, context, text)."""
        pairs: list[Pair] = []
        rows: list[range] = []
        for text in texts:
            windows = self._encoder.encode(*text)
            rows.append(range(len(pairs), len(pairs) + len(windows)))
            pairs += windows
        found = dict(self._run(pairs))
        return [_whole([found[row] for row in own]) for own in rows]

    def _run(self, pairs: Sequence["Pair"]) -> Iterator[tuple[int, Found]]:
        """Each window's scores with its number, in batches of similar length."""
        import torch

        for rows in length_batches([len(pair.ids) for pair in pairs], _BATCH_TOKENS):
            device = self._network.token_head.weight.device
            inputs = {name: tensor.to(device) for name, tensor in self._encoder.batch([pairs[row] for row in rows]).items()}
            with torch.inference_mode():
                tokens, wholes = self._network(**inputs)
            for row, token, whole in zip(rows, tokens.float().cpu().numpy(), wholes.float().cpu().numpy(), strict=True):
                yield row, _found(pairs[row], token, whole)

    def _seen(self, question: str, passages: Sequence[Passage]) -> Iterator[tuple[Found, Sequence[Span], Features]]:
        """Of each passage what the network says, its sentences by closeness, and its features."""
        found = self.scores([(question, passage.chunk.context, passage.chunk.text) for passage in passages])
        for passage, said, close in zip(passages, found, self._closeness(question, passages), strict=True):
            yield said, close, features(question, passage, said, max(span.weight for span in close))

    @staticmethod
    def _sentences(passage: Passage, found: Found, close: Sequence[Span]) -> list[Span]:
        """The passage's sentences, weighted by what the network says and by closeness."""
        own = sentence_scores(passage.chunk.text, found)
        spans = [
            Span(one.start, one.end, min(1.0, (one.weight + _CLOSE * other.weight) / (1 + _CLOSE)))
            for one, other in zip(own, close, strict=True)
        ]
        return hand_on(passage.chunk, spans)


def features(question: str, passage: Passage, found: Found, closest: float) -> Features:
    """What order and confidence are fitted on: both logits of the passage, the log odds of its best span against none (two of
    these also cut off where they say no more than no), how close its closest sentence is, the share of the question's words
    that it holds, its cosine to the question and retrieval's score.
    """
    _, _, probability, none = found.span(token_cost=0.0)
    span = math.log(max(probability, 1e-6) / max(none, 1e-6))
    return {
        "answers": found.answers,
        "relevant": found.relevant,
        "relevant_floored": max(found.relevant, _NO_RELEVANCE),
        "span": span,
        "span_floored": max(span, _NO_SPAN),
        "closest": closest,
        "coverage": coverage(question, passage.chunk),
        "similarity": passage.similarity,
        "retrieval": passage.score,
    }


def sentence_scores(text: str, found: Found) -> list[Span]:
    """Each sentence of a text, weighted 0..1."""
    spans = []
    start, end = softmax(found.start), softmax(found.end)
    for first, last in sentences(text) or [(0, len(text))]:
        rows = (found.offsets[:, 0] >= first) & (found.offsets[:, 1] <= last)
        if not rows.any():
            spans.append(Span(first, last, 0.0))
            continue
        place = float(start[rows].sum() + end[rows].sum()) / 2
        spans.append(Span(first, last, min(1.0, _PLACE * place + (1 - _PLACE) * float(found.evidence[rows].mean()))))
    return spans


def _short_answer(found: Found) -> Span | None:
    first, last, probability, _ = found.span()
    if probability < _SAID:
        return None
    return Span(int(found.offsets[first][0]), int(found.offsets[last][1]), round(probability, 3))


def _highlights(text: str, found: Found, marked: Sequence[Span], answer: Span | None) -> tuple[Span, ...]:
    """Words by their evidence: those of the marked sentences, faintly others, and those of the short answer strongest."""
    weighted = []
    for first, last in words(text):
        rows = (found.offsets[:, 0] < last) & (found.offsets[:, 1] > first)
        evidence = float(found.evidence[rows].max()) if rows.any() else 0.0
        if answer is not None and answer.start < last and answer.end > first:
            weighted.append(Span(first, last, 1.0))
        elif any(span.start <= first and last <= span.end for span in marked):
            weighted.append(Span(first, last, max(_WEAKEST, _STRONGEST * evidence)))
        elif evidence >= _FAINT:
            weighted.append(Span(first, last, _WEAKEST * evidence))
    return join(text, weighted)


def _found(pair: "Pair", tokens: Scores, passage: Scores) -> Found:
    own = tokens[pair.first : pair.first + len(pair.offsets)]  # (tokens of the text, 3)
    return Found(
        np.asarray(pair.offsets, np.int64).reshape(-1, 2),
        own[:, 0],
        own[:, 1],
        (1 / (1 + np.exp(-own[:, 2]))).astype(np.float32),
        float(tokens[0, 0] + tokens[0, 1]),
        float(passage[0]),
        float(passage[1]),
    )


def _whole(windows: Sequence[Found]) -> Found:
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
    return Found(**parts, none=best.none, relevant=best.relevant, answers=max(window.answers for window in windows))

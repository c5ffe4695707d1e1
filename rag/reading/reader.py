"""A question and passages in, evidence out, by one pass of a trained network over each question and passage."""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.languages.detect import language_of
from rag.languages.spoken import Language
from rag.models.batching import length_batches
from rag.reading.calibration import Features, ScoreCalibration
from rag.reading.highlights import merge_highlights
from rag.reading.output import ReaderOutput, of_text, of_window
from rag.reading.ranking import (
    best_unit,
    coverage,
    expand_to_quote,
    favour_named_rows,
    log_odds,
    logistic,
    pass_score_after_heading,
    passage_units,
    softmax,
)
from rag.reading.scale import DEFAULT, Scale
from rag.reading.selection import ReadPassage, Selection
from rag.text import mostly_in, words
from rag.types import Chunk, Evidence, Passage, Span

if TYPE_CHECKING:
    from rag.reading.network import ReaderNetwork
    from rag.reading.pairs import Pair, PairEncoder
    from rag.reading.weights import Resolve

SentenceScorer = Callable[[str, Sequence[Passage]], list[list[Span]]]
"""The units of each passage, weighted by how close they are to a question; see `LateInteractionReader.score_units`."""

_BATCH_TOKENS = 4096  # padded tokens read at once


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
        selection: Selection | None = None,
        *,
        rewrites: bool = False,
        follows: bool = False,
        language: Language | None = None,
    ) -> None:
        """`scripts` are what the network learnt to read, as `rag.text.scripts` names them. `closeness` looks at the passages
        another way: network and late interaction fail on different questions. `scale` is the network's own;
        without a `selection` only the best unit and those beside it are quoted. `rewrites`: it learnt what messages lean on,
        `follows`: and to read follow-ups beside that; `language`: it is to read questions in this one alone.
        """
        self._network = network
        self._encoder = encoder
        self.calibration = calibration
        self._scripts = scripts
        self._closeness = closeness
        self.scale = scale
        self.selection = selection
        self.rewrites = rewrites
        self.follows = follows
        self._language = language

    @property
    def refuse_below(self) -> float:
        return self.calibration.refuse_below

    @classmethod
    def from_folder(
        cls,
        folder: Path,
        closeness: SentenceScorer,
        converted: Path | None = None,
        resolve: "Resolve | None" = None,
        *,
        language: Language | None = None,
        int8: bool = False,
        tokenizer: Any = None,
    ) -> "TrainedReader":
        """The reader in a folder that `rag train reader` wrote, with the encoder of `converted` where it was quantised, or in
        8 bits by torch; `resolve` finds the encoder that an adapter stands beside, `tokenizer` is the folder's where there is
        one already. Raises ModelError.
        """
        from rag.models.device import choose_device
        from rag.models.int8 import quantize_linear_layers
        from rag.models.mapped import keep_little
        from rag.models.quantised_bert import QuantisedBert
        from rag.reading import weights
        from rag.reading.pairs import PairEncoder, longest

        card = weights.card(folder)
        # Converted, its encoder computes on the CPU and gives fp32.
        fast = QuantisedBert.from_folder(converted, weights.config(card)) if converted else None
        network, tokenizer, card = weights.load(folder, resolve, encoder=fast, tokenizer=tokenizer)
        device, dtype, _ = choose_device()
        encoder = PairEncoder(tokenizer, longest(network.config))
        if fast is None:
            if int8:
                network.encoder = quantize_linear_layers(network.encoder)
            else:
                network = network.to(device, dtype)
            if resolve and (base := card.get("base")):
                keep_little(network.encoder, resolve(base))
        return cls(
            network.eval(),
            encoder,
            ScoreCalibration.from_card(card),
            card["scripts"],
            closeness,
            Scale.from_card(card),
            Selection.from_card(card),
            rewrites=card.get("conversations", False),
            follows=card.get("follow_ups", False),
            language=language,
        )

    def adjusted(self, calibration: ScoreCalibration, selection: Selection | None = None) -> "TrainedReader":
        """The same network with another order, confidence, threshold and selection."""
        parts = self._network, self._encoder, calibration, self._scripts, self._closeness, self.scale
        return TrainedReader(*parts, selection, rewrites=self.rewrites, follows=self.follows, language=self._language)

    def knows(self, text: str) -> bool:
        """Whether most letters are of a script it was trained on, and the words of the language that it is to read."""
        return mostly_in(self._scripts, text) and self._language in (None, language_of(text))

    def read(self, question: str, passages: Sequence[Passage], before: str = "") -> list[Evidence]:
        """Evidence in the order of the passages; `before` is what a follow-up leans on."""
        seen = list(self._seen(question, passages, before))
        read = self._weighed(question, passages, seen)
        abouts = [about for _, _, about in seen]
        confidences, answerable = self.calibration.confidences(abouts), self.calibration.answerabilities(abouts)
        chosen = self.selection.choose(question, read) if self.selection else [None] * len(read)
        best = max((span.weight * logistic(item.odds) for item in read for span in item.units), default=0.0)
        evidence = []
        for item, sure, answers, selected in zip(read, confidences, answerable, chosen, strict=True):
            passage, found, spans, relevance = item.passage, item.output, item.units, logistic(item.odds)
            sentence = best_unit(passage.chunk, spans)
            quote = expand_to_quote(passage.chunk, spans, sentence, self.scale)
            answer = _short_answer(found.within(quote), self.scale)
            marked = [span for span in spans if span.weight * relevance >= self.scale.marked_from * best]
            highlights = _highlights(passage.chunk.text, found, marked, answer, self.scale)
            made = Evidence(passage, highlights, sentence, relevance, sure, item.score, answer, quote, answerable=answers)
            if self.selection and selected is not None:
                made = replace(made, **self.selection.parts(passage, found, selected))
            evidence.append(made)
        return evidence

    def weighed(self, question: str, passages: Sequence[Passage], before: str = "") -> list[ReadPassage]:
        """The passages with their units' weights, log odds and rank scores: what `selection` is fitted on."""
        return self._weighed(question, passages, list(self._seen(question, passages, before)))

    def _weighed(
        self, question: str, passages: Sequence[Passage], seen: Sequence[tuple[ReaderOutput, Sequence[Span], Features]]
    ) -> list[ReadPassage]:
        return [
            ReadPassage(
                passage,
                found,
                self._units(question, passage, found, close),
                self.calibration.relevance(about),
                self.calibration.ranking(about),
            )
            for passage, (found, close, about) in zip(passages, seen, strict=True)
        ]

    def features(self, question: str, passages: Sequence[Passage], before: str = "") -> list[Features]:
        """What order and confidence rest on, of each passage."""
        return [features for _, _, features in self._seen(question, passages, before)]

    def scores(self, texts: Sequence[tuple[str, str, str]], before: str = "") -> list[ReaderOutput]:
        """What the network says of each (question, context, text), `before` standing behind each question."""
        pairs: list[Pair] = []
        rows: list[range] = []
        for text in texts:
            windows = self._encoder.encode(*text, before)
            rows.append(range(len(pairs), len(pairs) + len(windows)))
            pairs += windows
        found = dict(self._run(pairs))
        return [of_text([found[row] for row in own]) for own in rows]

    def _run(self, pairs: Sequence["Pair"]) -> Iterator[tuple[int, ReaderOutput]]:
        """Each window's scores with its number, in batches of similar length."""
        import torch

        for rows in length_batches([len(pair.ids) for pair in pairs], _BATCH_TOKENS):
            device = self._network.token_head.weight.device
            inputs = {name: tensor.to(device) for name, tensor in self._encoder.batch([pairs[row] for row in rows]).items()}
            with torch.inference_mode():
                tokens, wholes = self._network(**inputs)
            for row, token, whole in zip(rows, tokens.float().cpu().numpy(), wholes.float().cpu().numpy(), strict=True):
                yield row, of_window(pairs[row], token, whole)

    def _seen(
        self, question: str, passages: Sequence[Passage], before: str
    ) -> Iterator[tuple[ReaderOutput, Sequence[Span], Features]]:
        """Of each passage what the network says, its sentences by closeness, and its features."""
        texts = [(question, passage.chunk.context, passage.chunk.text) for passage in passages]
        found = self.scores(texts, before if self.follows else "")
        # One that counts nothing of it is spared the token vectors, which cost more than its own reading.
        closeness = self._closeness(question, passages) if self.scale.closeness else [_far(passage) for passage in passages]
        for passage, said, close in zip(passages, found, closeness, strict=True):
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


def _far(passage: Passage) -> list[Span]:
    """The units of a passage without weight."""
    return [Span(unit.start, unit.end, 0.0) for unit in passage_units(passage.chunk)]


def features(question: str, passage: Passage, found: ReaderOutput, closest: float, scale: Scale = DEFAULT) -> Features:
    """What order and confidence are fitted on: both logits of the passage, the log odds of its best span against none (two of
    these also cut off where they say no more than no) and of its best unit, how close its closest unit is, the share of the
    question's words that it holds, its cosine to the question and retrieval's score.
    """
    _, _, probability, none = found.span(scale, cost=False)
    span = math.log(max(probability, 1e-6) / max(none, 1e-6))
    return {
        "answers": found.answers,
        "relevant": found.relevant,
        "relevant_floored": max(found.relevant, scale.least_relevant),
        "span": span,
        "span_floored": max(span, scale.least_span),
        "marked": log_odds(max(span.weight for span in unit_scores(passage.chunk, found, scale))),
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

"""When a question back is right, over help desks in the layout of data/helpdesk; and the gate that decides, fitted on them.

    python -m benchmarks.ask_back --learn airline.zip … --test council.zip … [--others 60] [--kept FOLDER] [--write]

Read are the messages that a good agent asks back about or whose answer depends on something, and so many others of each help
desk, each of which counts for as many as it was drawn from. A thing is meant as well as the one that leads where the message is
one of the first, and units of the complete answer stand in both or both are among the choices that are wanted. The gate is
fitted on --learn; the probability from which it asks is the lowest at which, of the help desks left out in turn, the precision
is .8. What it then does is said of each. With --kept what was read is kept, to be fitted again at once; with --write the gate
goes where the product finds it.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import quiet
from benchmarks.helpdesk import history
from rag.answering.answer import read
from rag.answering.ask_back import CARD, Candidate, Gate, Thing, candidates
from rag.config import load_settings
from rag.datasets import helpdesk
from rag.evaluation.index import eval_assistant
from rag.reading import answerable
from rag.reading.calibration import Linear
from rag.reading.ranking import asked_of
from rag.text import terms
from rag.training.fitting import fit_logistic

_PRECISION = 0.8
_RIDGE = 0.1
_AMONG = 0.8  # of `least`, from which a thing is among the choices
_FEATURES = ("row", "behind", "relevance", "sentence", "alike", "named_alike", "covers", "words")


@dataclass(frozen=True, slots=True)
class Read:
    """A message with what could be asked about it, and of each candidate's other things whether they are meant as well."""

    id: str
    message: str
    counts: float
    asks: bool
    names: Sequence[Sequence[str]]
    features: Sequence[Sequence[dict[str, float]]]
    meant: Sequence[Sequence[bool]]

    def candidates(self) -> list[Candidate]:
        return [Candidate(tuple(names), tuple(rows)) for names, rows in zip(self.names, self.features, strict=True)]

    def is_right(self, choices: Sequence[str]) -> bool:
        """Whether one that is meant is among the choices."""
        return any(
            meant and list(names[:1]) == list(choices[:1]) and name in choices
            for names, own in zip(self.names, self.meant, strict=True)
            for name, meant in zip(names[1:], own, strict=True)
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learn", type=Path, nargs="+", required=True)
    parser.add_argument("--test", type=Path, nargs="*", default=[])
    parser.add_argument("--others", type=int, default=60)
    parser.add_argument("--kept", type=Path, help="a folder for what was read")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    learnt, tested = (
        {path.stem: kept(path, options.others, options.kept) for path in paths} for paths in (options.learn, options.test)
    )
    left_out = {
        name: (fit([one for other in learnt if other != name for one in learnt[other]]), rows) for name, rows in learnt.items()
    }
    least = lowest(left_out.values())
    print("each left out of what was learnt from:")
    print(report({name: (Gate(asks, least, _AMONG * least), rows) for name, (asks, rows) in left_out.items()}))
    gate = Gate(fit([one for rows in learnt.values() for one in rows]), least, round(_AMONG * least, 3))
    if tested:
        print("not learnt from:")
        print(report({name: (gate, rows) for name, rows in tested.items()}))
    if options.write:
        CARD.write_text(json.dumps({**asdict(gate), "learnt_from": sorted(learnt)}, indent=1, sort_keys=True) + "\n", "utf-8")
        print(f"written: {CARD}")


def kept(archive: Path, others: int, folder: Path | None) -> list[Read]:
    """What was read of an archive, now or before."""
    file = folder / f"{archive.stem}.json" if folder else None
    if file and file.exists():
        return [Read(**one) for one in json.loads(file.read_text("utf-8"))]
    found = list(messages(archive, others))
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps([asdict(one) for one in found], ensure_ascii=False), "utf-8")
    return found


def messages(archive: Path, others: int) -> Iterator[Read]:
    """The messages of an archive that are answered, with their candidates."""
    turns = [turn for turn in helpdesk.turns(archive) if "question" in turn["intents"]]
    wanted, rest = ([turn for turn in turns if asks(turn) == value] for value in (True, False))
    drawn = rest[:: max(1, len(rest) // others)]
    settings = load_settings()
    with eval_assistant(helpdesk.read(archive), settings, quiet) as assistant:
        for turn in (*wanted, *drawn):
            query = assistant.query(turn["message"], history(turn))
            stages = assistant.stages(query)
            passages = stages.retrieve(max(settings.top_k, stages.reader.candidates))
            evidence = read(query.search_text, passages, stages.reader, query.before)[: settings.top_k]
            if answerable(evidence) < stages.reader.refuse_below:
                continue
            found = candidates(query.search_text, query.before, evidence)
            yield Read(
                turn["id"],
                turn["message"],
                1.0 if asks(turn) else len(rest) / len(drawn),
                asks(turn),
                [one.names for one in found],
                [[dict(features) for features in one.features] for one in found],
                [meant(turn, one.things) for one in found],
            )


def asks(turn: dict[str, Any]) -> bool:
    """Whether a good agent asks back, or the answer depends on something."""
    return bool(turn["ask_back"]) or (turn["verdict"] or "").startswith("depends")


def meant(turn: dict[str, Any], things: Sequence[Thing]) -> list[bool]:
    """Of each thing but the first whether units of the complete answer stand in it that do not stand in the first, or both are
    among the choices that were wanted.
    """
    first, *others = ((_held(turn, thing), _wanted(turn, thing)) for thing in things)
    return [asks(turn) and any(a and b - a for a, b in zip(first, own, strict=True)) for own in others]


def _wanted(turn: dict[str, Any], thing: Thing) -> set[str]:
    """The choices that a thing is called by."""
    choices = turn["ask_back"]["choices"] if turn["ask_back"] else []
    return {choice for choice in choices if (said := asked_of(choice)) and said <= asked_of(thing.name)}


def _held(turn: dict[str, Any], thing: Thing) -> set[str]:
    """The units of the complete answer that stand in a row, or in the passage of a section."""
    chunk = thing.evidence.passage.chunk
    named = chunk.document.partition("#")[0]
    texts = {unit["text"] for unit in turn["units"] if unit["document"].partition("#")[0] == named}
    rows = [terms(" ".join(chunk.text[a:b] for a, b in block.cells)) for block in chunk.blocks if block.cells]
    said, passage = terms(thing.said), " ".join(terms(chunk.text))
    one_of = [said] if said in rows else rows
    return {text for text in texts if terms(text) in one_of or (one_of is rows and " ".join(terms(text)) in passage)}


def fit(rows: Sequence[Read]) -> Linear:
    """The log odds that a thing is meant as well, by its features."""
    flat = [
        (features, meant, one.counts)
        for one in rows
        for own, truth in zip(one.features, one.meant, strict=True)
        for features, meant in zip(own, truth, strict=True)
    ]
    seen = np.array([[features[name] for name in _FEATURES] for features, _, _ in flat])
    middle, spread = seen.mean(0), seen.std(0) + 1e-6
    truth, counts = (np.array([row[n] for row in flat], float) for n in (1, 2))
    bias, *weights = fit_logistic((seen - middle) / spread, truth, counts, _RIDGE)
    scaled = np.array(weights) / spread
    return Linear(
        round(float(bias - middle @ scaled), 4),
        {name: round(float(weight), 4) for name, weight in zip(_FEATURES, scaled, strict=True)},
    )


def lowest(parts: Iterable[tuple[Linear, Sequence[Read]]]) -> float:
    """The lowest probability from which it is asked rightly often enough."""
    rows = [(asks, one, one.candidates()) for asks, own in parts for one in own]
    for least in np.arange(0.05, 0.96, 0.01):
        asked = [(one, choices) for asks, one, found in rows if (choices := Gate(asks, least, _AMONG * least).choices(found))]
        right = sum(one.counts for one, choices in asked if one.is_right(choices))
        if right >= _PRECISION * sum(one.counts for one, _ in asked):
            return round(float(least), 2)
    return 1.0


def report(parts: dict[str, tuple[Gate, Sequence[Read]]]) -> str:
    """A line for each help desk and for all, and what was asked."""
    lines, shown = [], []
    every: list[Read] = []
    asked_of_all: list[tuple[Read, tuple[str, ...]]] = []
    for name, (gate, rows) in parts.items():
        asked = [(one, choices) for one in rows if (choices := gate.choices(one.candidates()))]
        every, asked_of_all = every + list(rows), asked_of_all + asked
        lines.append(_line(name, rows, asked))
        shown += [f"  {'right' if one.is_right(own) else 'wrong'} {one.id} {one.message!r:.80} {own}" for one, own in asked]
    return "\n".join([*lines, _line("all", every, asked_of_all), *shown])


def _line(name: str, rows: Sequence[Read], asked: Sequence[tuple[Read, Sequence[str]]]) -> str:
    of, asking = sum(one.counts for one in rows), sum(one.counts for one, _ in asked)
    right = sum(one.counts for one, choices in asked if one.is_right(choices))
    wanted = sum(one.asks for one in rows)
    return (
        f"{name:<12}{len(rows):>4} messages, standing for {of:,.0f}, {wanted} that want it; asked {len(asked)} times, of "
        f"{asking / max(of, 1):.3f} of all, rightly {right / max(asking, 1):.2f}"
    )


if __name__ == "__main__":
    main()

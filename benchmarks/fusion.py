"""How the two searches are fused, and how passages are cut: R@1 over several sets, printed as the tables of docs/lab-log.md.

    python -m benchmarks.fusion ../shared/data [--questions 200] [--chunking]

Nothing is read: what is ranked is documents, by their best passage, as retrieval alone ranks them. With --chunking, the sets
that are small enough to be indexed five times are cut in five ways, at the shipped weight.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from benchmarks import quiet
from rag.config import Settings, load_settings
from rag.datasets import formats
from rag.datasets.dataset import Dataset, sample
from rag.evaluation.index import canonical_name, eval_assistant
from rag.index.across import Hits
from rag.index.retrieval import fuse

SETS = {
    "SQuAD A": ("squad-v1.1-dev", None),
    "FeedbackQA Australia": ("feedbackqa/Australia", "valid"),
    "FeedbackQA CDC": ("feedbackqa/CDC", "valid"),
    "emanual-tv": ("emanual-tv", "test"),
    "chunking-eval": ("chunking-eval", None),
    "SciFact train": ("scifact", "train"),
    "Cranfield": ("ir-cranfield", "test"),
}
RECUT = ("FeedbackQA Australia", "FeedbackQA CDC", "emanual-tv")
CUTS = ((100, 0), (100, 32), (160, 0), (160, 32), (220, 32))  # tokens of a passage, and of its overlap
WEIGHTS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)

Rule = Callable[[Hits, Hits], Hits]


def reciprocal_ranks(dense: Hits, keyword: Hits, k: int = 60) -> Hits:
    """Reciprocal rank fusion (Cormack et al. 2009)."""
    scores: dict[str, float] = {}
    for hits in (dense, keyword):
        for rank, (identity, _) in enumerate(hits, 1):
            scores[identity] = scores.get(identity, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def standard_scores(dense: Hits, keyword: Hits) -> Hits:
    """Scores of each search less their mean, in standard deviations; what one did not find has its lowest."""
    scores: dict[str, float] = {}
    parts = []
    for hits, weight in ((dense, 0.4), (keyword, 0.6)):
        values = np.array([score for _, score in hits] or [0.0])
        spread = float(values.std()) or 1.0
        parts.append(
            ({i: weight * (s - values.mean()) / spread for i, s in hits}, weight * (values.min() - values.mean()) / spread)
        )
    for identity in {i for found, _ in parts for i in found}:
        scores[identity] = sum(found.get(identity, float(lowest)) for found, lowest in parts)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def rules() -> Mapping[str, Rule]:
    weighted: dict[str, Rule] = {f"{w:.1f}": lambda dense, keyword, w=w: fuse(dense, keyword, w) for w in WEIGHTS}  # type: ignore[misc]
    return {**weighted, "ranks": reciprocal_ranks, "standard": standard_scores}


def recall_at_1(dataset: Dataset, settings: Settings, chosen: Mapping[str, Rule]) -> dict[str, float]:
    """For each rule the share of questions whose first document answers."""
    right: dict[str, list[bool]] = {name: [] for name in chosen}
    with eval_assistant(dataset, settings, quiet) as assistant:
        retriever = assistant.retriever()
        assert retriever is not None
        for question in dataset.questions:
            hits = retriever.candidates(question.text)
            for name, rule in chosen.items():
                first = next(_documents(rule(*hits)[:1], retriever.chunks), "")
                right[name].append(canonical_name(first, question.documents) in question.documents)
    return {name: float(np.mean(values)) for name, values in right.items()}


def _documents(hits: Hits, chunks: Callable[..., Mapping[str, object]]) -> Iterator[str]:
    found = chunks([identity for identity, _ in hits])
    yield from (found[identity].document for identity, _ in hits if identity in found)  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--chunking", action="store_true")
    arguments = parser.parse_args()
    settings = load_settings()
    everything = rules()
    print("| set | " + " | ".join(CUTS_HEAD if arguments.chunking else everything) + " |", flush=True)
    for name in RECUT if arguments.chunking else SETS:
        path, split = SETS[name]
        dataset = sample(formats.read(arguments.data / path, None, split), arguments.questions, 1)
        if arguments.chunking:
            row = []
            for tokens, overlap in CUTS:
                cut = settings.model_copy(update={"chunk_tokens": tokens, "chunk_overlap": overlap})
                row.append(recall_at_1(dataset, cut, {"shipped": lambda d, k: fuse(d, k, settings.dense_weight)})["shipped"])
        else:
            row = list(recall_at_1(dataset, settings, everything).values())
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in row) + " |", flush=True)


CUTS_HEAD = [f"{tokens}/{overlap}" for tokens, overlap in CUTS]

if __name__ == "__main__":
    main()

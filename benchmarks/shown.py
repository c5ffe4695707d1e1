"""Whether what the product shows as fact stands in its sources, by a check that the product does not use.

    python -m benchmarks.shown ../shared/data [--questions 100] [--out shown.tsv]

Questions of several sets are asked. Each sentence that the language model wrote and the page shows as an answer is looked up
in the passages cited for it: copied, if its words stand there in one run; carried over, if its words of content and numbers
stand there in the same order within two sentences. Punctuation, case, articles and inflection do not count. What is neither is
written out to be read by eye.
"""

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import quiet
from rag.config import load_settings
from rag.evaluation.harness import EvalHarness
from rag.evaluation.index import eval_assistant
from rag.evaluation.run import Request, load_selection
from rag.evaluation.wording import normalise
from rag.text import is_content, is_number, sentences, stem
from rag.types import Answer

SETS = (("squad-v1.1-dev", None), ("emanual-tv", "test"), ("feedbackqa/CDC", "test"))


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence that was shown as fact, and how it stands in the passages cited for it."""

    dataset: str
    question: str
    sentence: str
    found: str
    sources: str


def keys(text: str) -> list[str]:
    """The words of content and numbers in order, without inflection and separators of thousands."""
    found = normalise(text.replace("-", " ")).split()
    return [stem(word) for word in found if is_content(word) or is_number(word)]


def in_run(said: Sequence[str], source: Sequence[str]) -> bool:
    return any(list(source[n : n + len(said)]) == list(said) for n in range(len(source) - len(said) + 1))


def in_order(said: Sequence[str], source: Sequence[str]) -> bool:
    rest = iter(source)
    return all(word in rest for word in said)


def neighbours(text: str) -> list[str]:
    """Each sentence with the next."""
    spans = sentences(text)
    return [text[start : spans[min(n + 1, len(spans) - 1)][1]] for n, (start, _) in enumerate(spans)]


def judged(answer: Answer) -> Iterator[tuple[str, str, str]]:
    """Each sentence of an answer, how it was found, and the passages cited for it."""
    for start, end in sentences(answer.text):
        numbers = {item.n for item in answer.support if item.n and item.start < end and item.end > start}
        cited = [citation.text for citation in answer.citations if citation.n in numbers]
        said = answer.text[start:end]
        pairs = [pair for text in cited for pair in neighbours(text)]
        if any(in_run(normalise(said).split(), normalise(text).split()) for text in cited):
            yield said, "copied", ""
        elif any(in_order(keys(said), keys(text)) for text in pairs):
            yield said, "carried over", ""
        else:
            yield said, "neither", " ¶ ".join(cited)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("shown.tsv"))
    arguments = parser.parse_args()
    settings = load_settings()
    rows: list[Shown] = []
    for path, split in SETS:
        dataset = load_selection(Request(arguments.data / path, "retrieval", split=split, limit=arguments.questions))
        written = 0
        with eval_assistant(dataset, settings, quiet) as assistant:
            harness = EvalHarness(assistant, settings)
            for question in dataset.questions:
                answer = harness.ask(question)
                if answer.status == "answered":
                    written += 1
                    rows += [Shown(path, question.text, *found) for found in judged(answer)]
        counts = {
            kind: sum(row.found == kind for row in rows if row.dataset == path)
            for kind in ("copied", "carried over", "neither")
        }
        print(f"{path}: {written} of {len(dataset.questions)} answers written; sentences {counts}", flush=True)
        write(rows, arguments.out)


def write(rows: Sequence[Shown], path: Path) -> None:
    """All rows so far, as tab-separated values."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t")
        table.writerow(("dataset", "question", "sentence", "found", "sources"))
        table.writerows((row.dataset, row.question, row.sentence, row.found, row.sources) for row in rows)


if __name__ == "__main__":
    main()

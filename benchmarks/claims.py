"""How checker, follow-up judge and router do on sentences, dialogues and messages that their code has not seen.

    python -m benchmarks.claims [--json]

The sets and who wrote them: tests/data/HELD-OUT.md. A false sentence is caught if the checker does not bear it out, a true one
is kept if it does: with `supported` at least .5. Each kind is of false or of true sentences, and so has one share.
"""

import argparse
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.config import Settings, load_settings
from rag.datasets.records import numbered_json_lines, table
from rag.errors import RagError
from rag.evaluation.result import aligned
from rag.protocols import Checker

SETS = Path(__file__).parent.parent / "tests" / "data"
LANGUAGES = ("en", "de", "zh")
COPIES = ("copy", "copy-clause", "copy-joined")
BORNE_OUT = 0.5

Leans = Callable[[str, Sequence[str]], bool]
"""Whether the last message of a conversation needs the earlier ones to be understood."""
IsQuestion = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Claim:
    language: str
    kind: str
    source: str
    sentence: str
    supported: bool


@dataclass(frozen=True, slots=True)
class Dialogue:
    language: str
    kind: str
    turns: tuple[str, ...]
    leans: bool


@dataclass(frozen=True, slots=True)
class Message:
    language: str
    kind: str
    text: str
    question: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """What is so, and what was said of it."""

    language: str
    kind: str
    truth: bool
    verdict: bool

    @property
    def right(self) -> bool:
        return self.truth == self.verdict


def read_claims(folder: Path = SETS / "claims") -> list[Claim]:
    """Every row of the languages' files; raises RagError with file, line and value for one that is wrong."""
    found = []
    for language in LANGUAGES:
        path = folder / f"{language}.csv"
        for line, (kind, source, sentence, supported) in table(path, ("kind", "source", "sentence", "supported"), ","):
            found.append(Claim(language, kind, source, sentence, _yes(path, line, "supported", supported)))
    return found


def read_dialogues(path: Path = SETS / "dialogues" / "test.jsonl") -> list[Dialogue]:
    found = []
    for line, row in numbered_json_lines(path, ("language", "kind", "turns", "leans")):
        if not isinstance(row["leans"], bool) or not row["turns"]:
            seen = f"leans {row['leans']!r} and turns {row['turns']!r}"
            raise RagError(f"{path} line {line} has {seen}: they are true or false, and at least one message.")
        found.append(Dialogue(row["language"], row["kind"], tuple(row["turns"]), row["leans"]))
    return found


def read_messages(path: Path = SETS / "messages" / "test.csv") -> list[Message]:
    rows = table(path, ("language", "kind", "text", "question"), ",")
    return [
        Message(language, kind, text, _yes(path, line, "question", question)) for line, (language, kind, text, question) in rows
    ]


def judge_claims(checker: Checker, claims: Iterable[Claim]) -> list[Judged]:
    def borne_out(claim: Claim) -> bool:
        return checker.check(claim.sentence, [claim.source]).supported >= BORNE_OUT

    return [Judged(claim.language, claim.kind, claim.supported, borne_out(claim)) for claim in claims]


def judge_dialogues(leans: Leans, dialogues: Iterable[Dialogue]) -> list[Judged]:
    return [
        Judged(dialogue.language, dialogue.kind, dialogue.leans, leans(dialogue.turns[-1], dialogue.turns[:-1]))
        for dialogue in dialogues
    ]


def judge_messages(is_question: IsQuestion, messages: Iterable[Message]) -> list[Judged]:
    return [Judged(message.language, message.kind, message.question, is_question(message.text)) for message in messages]


def share(
    judged: Iterable[Judged], *, language: str | None = None, kinds: Sequence[str] = (), truth: bool | None = None
) -> float:
    """Share judged rightly of those of a language, of kinds, of true or false ones; NaN where there are none."""
    chosen = [
        item.right
        for item in judged
        if language in {None, item.language} and (not kinds or item.kind in kinds) and truth in {None, item.truth}
    ]
    return sum(chosen) / len(chosen) if chosen else float("nan")


def precision_and_recall(judged: Iterable[Judged], language: str | None = None) -> tuple[float, float]:
    """Of what was said to be so, the share that is; and of what is so, the share it was said of. NaN where there is none."""
    chosen = [item for item in judged if language in {None, item.language}]
    both = sum(item.truth and item.verdict for item in chosen)
    said, so = sum(item.verdict for item in chosen), sum(item.truth for item in chosen)
    return both / said if said else float("nan"), both / so if so else float("nan")


def claims_figures(judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """By row of the printed table, then by language or `all`."""
    rows = {
        "false ones caught": _by_language(judged, truth=False),
        "true ones kept": _by_language(judged, truth=True),
        "copies kept": _by_language(judged, kinds=COPIES),
    }
    return rows | _by_kind(judged, {False: "caught", True: "kept"})


def judge_figures(judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """The same for a judge of yes or no: precision and recall of yes, and how often it is right by kind."""
    precision, recall = {}, {}
    for language in (*LANGUAGES, None):
        precision[language or "all"], recall[language or "all"] = precision_and_recall(judged, language)
    right = {"right": _by_language(judged), "precision": precision, "recall": recall}
    return right | _by_kind(judged, {False: "is no", True: "is yes"})


def measured(checker: Checker, leans: Leans, is_question: IsQuestion | None = None) -> dict[str, Any]:
    """All figures on the test sets; None for messages that nothing judges."""
    return {
        "claims": claims_figures(judge_claims(checker, read_claims())),
        "dialogues": judge_figures(judge_dialogues(leans, read_dialogues())),
        "messages": judge_figures(judge_messages(is_question, read_messages())) if is_question else None,
    }


def as_json(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures, null where a language has nothing that a row is about."""
    return {
        name: rows
        and {row: {key: None if math.isnan(value) else value for key, value in values.items()} for row, values in rows.items()}
        for name, rows in figures.items()
    }


def printed(figures: dict[str, Any]) -> str:
    """A Markdown table a set, shares by language."""
    parts = []
    for name, rows in figures.items():
        if rows is None:
            parts.append(f"{name}: not judged yet")
            continue
        cells = [(row, *(f"{values[column]:.3f}" for column in (*LANGUAGES, "all"))) for row, values in rows.items()]
        parts.append(aligned((name, *LANGUAGES, "all"), cells))
    return "\n\n".join(parts)


def _by_language(judged: Sequence[Judged], **which: Any) -> dict[str, float]:
    return {language or "all": share(judged, language=language, **which) for language in (*LANGUAGES, None)}


def _by_kind(judged: Sequence[Judged], words: dict[bool, str]) -> dict[str, dict[str, float]]:
    kinds = dict.fromkeys((item.kind, item.truth) for item in sorted(judged, key=lambda item: (item.truth, item.kind)))
    return {f"{kind}, {words[truth]}": _by_language(judged, kinds=(kind,), truth=truth) for kind, truth in kinds}


def _yes(path: Path, line: int, column: str, value: str) -> bool:
    if value not in {"yes", "no"}:
        raise RagError(f"{path} line {line} has {column} {value!r}, which is neither yes nor no.")
    return value == "yes"


def router_judge(settings: Settings) -> IsQuestion:
    """Whether the settings' router takes a message for a question."""
    from rag.conversation.load import load_router
    from rag.models.encoder import BertEmbedder
    from rag.models.load import embedder_weights

    folder, _ = embedder_weights(settings, lambda done, total, what: None)
    router = load_router(settings, BertEmbedder.from_folder(folder, settings.embedder, settings.pooling, settings.metric))
    return lambda message: router.route(message).kind == "question"


def short_leans(message: str, earlier: Sequence[str]) -> bool:
    """Whether a message leans on earlier ones, by its length."""
    from rag.conversation.follow_up import ShortMessages

    return ShortMessages().leans_on(message, [(one, "") for one in earlier]) > 0


def main() -> None:
    from rag.checking.exact import ExactChecker

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="Print JSON for programs.")
    arguments = parser.parse_args()
    figures = measured(ExactChecker(), short_leans, router_judge(load_settings()))
    print(json.dumps(as_json(figures), indent=2) if arguments.json else printed(figures))


if __name__ == "__main__":
    main()

"""Acceptance questions: their layout, the rules of the verdicts, the figures, and that each is asked as a person asks."""

import importlib.util
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.config import load_settings
from rag.datasets import formats
from rag.datasets.dataset import Expected, Question
from rag.errors import RagError
from rag.evaluation import conversation
from rag.evaluation.facts import normalised, says, unreadable
from rag.evaluation.harness import EvalHarness
from rag.evaluation.tasks import acceptance_figures
from rag.types import Answer, Citation, Turn

DATA = Path(__file__).parent / "data" / "conversations"
HANDBOOK = Path(__file__).parent.parent / "knowledge" / "handbook"


def said(text: str, status: str = "answered", confidence: float = 0.9, documents: Sequence[str] = ("a.md",)) -> Answer:
    cited = tuple(Citation(n, name, "", (), None, 0, 4, "text", 0.9, ()) for n, name in enumerate(documents, 1))
    return Answer("q", "q", text, status, confidence, cited, ())


def expect(outcome: str, *must: Sequence[str], must_not: Sequence[str] = ()) -> Expected:
    return Expected(outcome, tuple(map(tuple, must)), tuple(must_not))


# The layout


def test_conversations_are_read_from_their_lines() -> None:
    dataset = formats.read(DATA / "handbook.jsonl", documents=HANDBOOK)
    assert (dataset.name, dataset.folder, len(dataset.questions)) == ("handbook", HANDBOOK, 7)
    first, third, last = dataset.questions[0], dataset.questions[2], dataset.questions[-1]
    assert (first.id, first.kind, first.text, first.earlier) == ("h1", "basic", "which port does it run on", ())
    assert first.expected == Expected("answer", (("7860",),), ("8000",), "127.0.0.1, port 7860", "8000 is a Chroma server's")
    assert first.documents == {"what-is-footnote.md": 1, "hosting.md": 1}
    assert (third.earlier, third.text) == (("i changed the embedder, what now",), "what is the command")
    assert (last.expected.outcome, last.answerable, dataset.questions[3].answerable) == ("handover", True, False)


GOOD = {"id": "a", "turns": ["x"], "expect": "no"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{oops", "line 2 is not JSON (Expecting property name"),
        ("[1]", "line 2 has no id and no turns and no expect: '[1]'"),
        ('{"id": "b", "turns": ["x"]}', 'line 2 has no expect: \'{"id": "b"'),
        (
            {**GOOD, "id": "b", "expect": "maybe"},
            "line 2 has expect 'maybe', which is not one of answer, no, social, han",
        ),
        ({**GOOD, "id": "b", "expect": ["no"]}, "line 2 has expect ['no'], which is not one of answer"),
        ({**GOOD, "id": "b", "turns": []}, "line 2 has turns [], which is not a list of at least one message."),
        ({**GOOD, "id": "b", "turns": "x"}, "line 2 has turns 'x', which is not a list of texts."),
        ({**GOOD, "id": "b", "turns": ["x", 3]}, "line 2 has turns ['x', 3], which is not a list of texts."),
        ({**GOOD, "id": None}, "line 2 has id None, which is not a text or number."),
        ({**GOOD, "id": "a"}, "line 2 has the id 'a' of line 1: give each its own."),
        ({**GOOD, "id": "b", "must": ["30 days"]}, "line 2 has must ['30 days'], which is not a list of lists of texts."),
        ({**GOOD, "id": "b", "must": [[]]}, "line 2 has must [[]], which is not a list of lists of texts."),
        ({**GOOD, "id": "b", "must_not": "x"}, "line 2 has must_not 'x', which is not a list of texts."),
        ({**GOOD, "id": "b", "note": 3}, "line 2 has note 3, which is not a text."),
        ({**GOOD, "id": "b", "kind": 3}, "line 2 has kind 3, which is not a text."),
        ({**GOOD, "id": "b", "kind": "a\nb"}, "line 2 has kind 'a\\nb', which is not a text of one line."),
        ({**GOOD, "id": "b", "turns": ["x" * 4001, "y"]}, "line 2 has turns ['xxx"),
        ({**GOOD, "id": "b", "turns": ["\ud800"]}, "line 2 holds half a character, which no text can: {'id': 'b'"),
        ({**GOOD, "id": "\ud800"}, "line 2 holds half a character"),
        (
            {**GOOD, "id": "b", "mustnot": ["x"]},
            "line 2 has the field 'mustnot', which is none of id, turns, expect",
        ),
        ({**GOOD, "id": "b", "expect": "answer"}, "line 2 expects an answer, but `must` names no fact that it says"),
    ],
)
def test_conversations_tell_a_bad_line_by_number_and_value(tmp_path: Path, line: object, message: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + (line if isinstance(line, str) else json.dumps(line)) + "\n")
    with pytest.raises(RagError) as error:
        formats.read(path, documents=HANDBOOK)
    assert str(error.value).startswith(f"{path} {message}")


# The rules


@pytest.mark.parametrize(
    ("expected", "answer", "verdict"),
    [
        (expect("answer", ["30 days"]), said("You have thirty days."), "right"),
        (expect("answer", ["30 days", "a month"], ["free"]), said("A month, and it is free."), "right"),
        (expect("answer", ["30 days"], ["free"]), said("You have 30 days."), "incomplete or off"),
        (expect("answer", ["30 days"], must_not=["14 days"]), said("30 days, or 14 days in a sale."), "wrong"),
        (expect("answer", ["30 days"]), said("Country | Days | Price\nFrance | 30 days | 4"), "bad form"),
        (expect("answer", ["30 days"]), said("I found nothing.", "refused", 0.1, ()), "wrongly refused"),
        (expect("answer", ["30 days"]), said("We do not have an answer, we don't know.", documents=()), "wrongly refused"),
        (expect("no"), said("I found nothing.", "refused", 0.1, ()), "rightly refused"),
        (expect("no"), said("I cannot help with that.", documents=()), "rightly refused"),
        (expect("no"), said("I cannot help with that."), "not refused"),
        (expect("no"), said("It costs 30."), "not refused"),
        (expect("social", ["hello"]), said("Hello!", "social", 0, ()), "social ok"),
        (expect("social", ["hello"]), said("Hello!", "quoted"), "social failure"),
        (expect("social", ["hello"], must_not=["nothing"]), said("Hello, I found nothing", "social"), "social failure"),
        (expect("handover", ["a person"]), said("Ask a person.", "handover"), "handover ok"),
        (expect("handover", ["a person"]), said("A person.", "refused"), "social failure"),
    ],
)
def test_judge_gives_the_verdict_of_the_rules(expected: Expected, answer: Answer, verdict: str) -> None:
    assert conversation.judge(expected, answer).verdict == verdict


def test_judge_says_what_is_lacking_and_what_is_wrong() -> None:
    lacking = conversation.judge(expect("answer", ["30 days", "a month"], ["free"]), said("No."))
    assert lacking.why == "lacks '30 days' or 'a month', 'free'"
    assert conversation.judge(expect("answer", ["x"], must_not=["y"]), said("x y")).why == "says 'y'"
    assert conversation.judge(expect("answer", ["30"]), said("30")).why == "bare number"


@pytest.mark.parametrize(
    ("text", "fact", "is_said"),
    [
        ("It takes thirty-five days", "30-5 days", True),  # a known limit: number words are taken one by one
        ("From 10:00 – 14:00.", "10:00 to 14:00", True),
        ("£ 4.90, that is 4.90 pounds", "£4.90", True),
        ("It is 7.90 euros", "€7.9", True),
        ("It is 7.95 euros", "€7.9", False),
        ("€5.00", "€5", True),
        ("120 days", "20 days", False),
        ("1.5 kg", "1", False),
        ("12", "1", False),
        ("yesterday", "yes", False),
        ("two refunds", "refund", True),
        ("prefund", "refund", False),
        ("20 per cent off", "20%", True),
        ("a **bold** `code` [3] word", "bold code word", True),
        ("第30天内", "30", True),
        ("anything", "**", False),
    ],
)
def test_a_fact_is_said_in_other_forms_and_not_inside_other_words(text: str, fact: str, is_said: bool) -> None:
    assert says(normalised(text), fact) == is_said


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        ("You have 30 days.", ""),
        ("1. Open it\n2. Close it\n3. Done", ""),
        ("Do this:\n- a\n- b\n- c", ""),
        ("a | b | c", "raw table"),
        ("| a | b |", "raw table"),
        ("Country: France; Price: 4; Days: 3", "raw row"),
        ("Country: France; Price: 4.", ""),
        ("Opening hours\nMonday\nTuesday", "raw lines"),
        ("## Returns", "heading mark"),
        ("30", "bare number"),
        ("These are the steps:", "announces and stops"),
        ("步骤如下：", "announces and stops"),
    ],
)
def test_a_form_that_nobody_should_be_sent_is_named(answer: str, form: str) -> None:
    assert unreadable(answer) == form


# The figures


def columns(*rows: tuple[str, Expected, Answer]) -> dict[str, np.ndarray]:
    scored = [
        conversation.scores(Question(str(n), "q", {"a.md": 1}, kind=kind), expected, answer)
        for n, (kind, expected, answer) in enumerate(rows)
    ]
    return {
        name: np.array([row.get(name, np.nan) for row in scored]) for name in dict.fromkeys(k for row in scored for k in row)
    }


ROWS = (
    ("basic", expect("answer", ["yes"]), said("Yes.")),
    ("basic", expect("answer", ["yes"]), said("Maybe.", documents=("b.md",))),
    ("basic", expect("answer", ["yes"]), said("Yes | a | b", confidence=0.8)),
    ("table", expect("answer", ["yes"]), said("I found nothing.", "refused", 0.1, ())),
    ("off-topic", expect("no"), said("I found nothing.", "refused", 0.1, ())),
    ("unanswerable", expect("no"), said("Yes | a | b", confidence=0.7)),
    ("social", expect("social", ["hi"]), said("Hi.", "social", 0.0, ())),
    ("social", expect("handover", ["a person"]), said("Hi.", "social", 0.0, ())),
)


def test_figures_are_shares_of_the_questions_they_are_about() -> None:
    found = acceptance_figures(columns(*ROWS))
    ece = (abs(0.9 - 0.5) * 2 + abs(0.8 - 0) + abs(0.1 - 0.5) * 2 + 0.7) / 6
    assert {name: round(value, 6) for name, value in found.items()} == {
        "right": 0.375,
        "sure and not right": 0.25,
        "honest no": 0.5,
        "wrongly refused": 0.25,
        "unreadable form": round(2 / 6, 6),
        "social": 1.0,
        "handover": 0.0,
        "first citation right": 0.75,
        "right: basic": round(1 / 3, 6),
        "right: table": 0.0,
        "right: off-topic": 1.0,
        "right: unanswerable": 0.0,
        "right: social": 0.5,
        "honest no: off-topic": 1.0,
        "honest no: unanswerable": 0.0,
        "ECE": round(ece, 6),
    }


def test_figures_of_a_set_without_questions_have_no_calibration_error() -> None:
    found = acceptance_figures(columns(*ROWS[-2:]))
    assert math.isnan(found["ECE"])
    assert math.isnan(found["honest no"])
    assert found["right"] == 0.5


# The product is asked as a person asks


@dataclass
class Recorder:
    """An assistant that answers with how often it was asked."""

    asked: list[tuple[str, list[Turn]]] = field(default_factory=list)

    def ask(self, message: str, history: Sequence[Turn] = (), *, documents: Sequence[str] = ()) -> Answer:
        self.asked.append((message, list(history)))
        return said(f"answer {len(self.asked)}")


def test_bench_asks_the_earlier_messages_first() -> None:
    recorder = Recorder()
    harness = EvalHarness(recorder, load_settings())  # type: ignore[arg-type]
    answer = harness.ask(Question("a", "and to France?", earlier=("hi", "what is delivery?")))
    assert answer.text == "answer 3"
    assert recorder.asked == [
        ("hi", []),
        ("what is delivery?", [("hi", "answer 1")]),
        ("and to France?", [("hi", "answer 1"), ("what is delivery?", "answer 2")]),
    ]


# The same verdicts as the reference


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference_score", shared_data / "customers" / "score.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def customers(shared_data: Path) -> list[tuple[dict[str, object], Question]]:
    """Each line of the set as it stands, and as the product reads it."""
    path = shared_data / "customers" / "questions.jsonl"
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return list(zip(records, formats.read(path, documents=HANDBOOK).questions, strict=True))


def agrees(reference: ModuleType, record: dict[str, object], question: Question, answer: Answer) -> str:
    """The verdict, after all that is scored was compared."""
    cited = [{"document": citation.document} for citation in answer.citations]
    output = {"answer": answer.text, "status": answer.status, "citations": cited}
    verdict, why = reference.score(record, output)
    judgement = conversation.judge(question.expected, answer)
    assert judgement.verdict == verdict, (record["id"], answer.text)
    assert judgement.right == (verdict in reference.RIGHT)
    assert bool(judgement.why) == bool(why) or verdict == "not refused"
    assert normalised(answer.text) == reference.norm(answer.text)
    assert unreadable(answer.text) == reference.unreadable(answer.text)
    first, theirs = conversation.first_citation_right(question.documents, answer), reference.cites(record, output)
    assert math.isnan(first) if theirs is None else first == theirs
    return str(verdict)


@pytest.mark.shared
def test_verdicts_agree_with_the_reference_on_recorded_answers(
    reference: ModuleType, customers: list[tuple[dict[str, object], Question]], shared_data: Path
) -> None:
    lines = (shared_data / "customers" / "version1.jsonl").read_text("utf-8").splitlines()
    recorded = {line["id"]: line for line in map(json.loads, lines)}
    verdicts = set()
    for record, question in customers:
        line = recorded[record["id"]]
        for documents in ((), ("shop/elsewhere.md",), (*question.documents, "b.md"), ("shop/payment/ways-to-pay.md#row=2",)):
            answer = said(line["answer"], line["status"], line["confidence"], documents)
            verdicts.add(agrees(reference, record, question, answer))
        verdicts.add(agrees(reference, record, question, said(str(record["answer"]))))
        verdicts.add(agrees(reference, record, question, said(" ".join(group[0] for group in record["must"]), "social")))
    assert verdicts >= {"right", "bad form", "incomplete or off", "wrong", "wrongly refused", "rightly refused", "not refused"}
    assert verdicts >= {"social ok", "handover ok", "social failure"}


PIECES = [
    *"£ € $ 4.90 4,90 5.00 7.9 7.90 30 thirty two 10:00 14:00 12 1.5 % pounds euros gbp usd - – to bis days yes".split(),
    *"yesterday hi help No 不 没有找到 ﬁ İ ß ’ ** ` [1] ！ ：".split(),
    *(" ", "  ", "\n", ". ", ": ", "; ", " | ", "| ", "# ", "- ", "1. "),
    *("per cent", "us dollars", "don't know", "found nothing", "can't help with", "Country: France"),
]


@pytest.mark.shared
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@given(st.data())
def test_verdicts_agree_with_the_reference_on_varied_answers(
    reference: ModuleType, customers: list[tuple[dict[str, object], Question]], data: st.DataObject
) -> None:
    record, question = data.draw(st.sampled_from(customers))
    facts = [fact for group in record["must"] for fact in group] + list(record["must_not"])
    variants = [*facts, *(fact.upper() for fact in facts), *(f"{fact}0" for fact in facts), *(f"1{fact}" for fact in facts)]
    piece = st.sampled_from([*PIECES, *variants]) | st.text(max_size=3)
    text = data.draw(st.lists(piece, max_size=14).map(lambda parts: data.draw(st.sampled_from(["", " "])).join(parts)))
    status = data.draw(st.sampled_from(("answered", "quoted", "refused", "social", "handover")))
    documents = data.draw(st.lists(st.sampled_from([*question.documents, "other.md", "faq.csv#row=2"]), max_size=2))
    agrees(reference, record, question, said(text, status, 0.5, documents))

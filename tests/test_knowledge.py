"""The base that comes with the project, asked as people ask; and hostile strings as questions and as a document."""

import csv
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from rag.config import load_settings
from rag.service import Assistant, open_base
from tests.conftest import ROOT
from tests.test_service import check

with (ROOT / "tests" / "data" / "knowledge-questions.csv").open(encoding="utf-8") as file:
    QUESTIONS = list(csv.DictReader(file))
ANSWERABLE = [row for row in QUESTIONS if row["kind"] == "answerable"]
OFF_TOPIC = [row for row in QUESTIONS if row["kind"] == "off-topic"]

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def assistant(default_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    # As staff ask: two of the questions are answered by their handbooks.
    assistant = Assistant.open(load_settings({"data_dir": tmp_path_factory.mktemp("data"), "audience": "internal"}))
    report = assistant.ingest([ROOT / "knowledge"])
    assert report.quarantined == ()
    assert report.added >= 40
    yield assistant
    assistant.close()


def test_every_document_is_ready_and_a_second_ingestion_changes_nothing(assistant: Assistant) -> None:
    assert {file.state for file in assistant.files()} == {"ready"}
    again = assistant.ingest([ROOT / "knowledge"])
    assert (again.added, again.replaced, again.removed, again.unchanged) == (0, 0, 0, len(assistant.files()))


def test_the_expected_answers_stand_in_the_expected_documents(assistant: Assistant) -> None:
    assert all(row["answer"] in assistant.document(row["document"]).text for row in ANSWERABLE)


def test_at_least_18_of_20_questions_cite_their_document_first(assistant: Assistant) -> None:
    answers = {row["question"]: assistant.ask(row["question"]) for row in ANSWERABLE[:20]}
    for answer in answers.values():
        check(answer, assistant)
    first = {question: [item.document for item in answer.citations[:1]] for question, answer in answers.items()}
    missed = [
        (row["question"], first[row["question"]]) for row in ANSWERABLE[:20] if first[row["question"]] != [row["document"]]
    ]
    assert len(missed) <= 2, missed


def test_visitors_are_not_answered_from_the_handbooks_of_staff(assistant: Assistant) -> None:
    staff = {file.name for file in assistant.files() if file.internal}
    assert staff == {
        "shop/company/agent-training-lamps.pptx",
        "shop/company/support-handbook.docx",
        "shop/returns/returns-desk-guide.docx",
    }
    settings = assistant.settings.model_copy(update={"audience": "public"})
    visitor = Assistant(settings, assistant.models, open_base(settings, assistant.models))
    asked = ["How much goodwill may an agent give?", *(row["question"] for row in ANSWERABLE if row["document"] in staff)]
    assert len(asked) == 3
    cited = {passage.document for question in asked for passage in visitor.search(question, 20)}
    assert cited
    assert not cited & staff
    visitor.close()


def test_the_best_sentence_of_a_row_is_its_answer_not_its_question(assistant: Assistant) -> None:
    best = assistant.evidence("Can I carry your lamps with me on a flight?", 1)[0]
    sentence = best.passage.chunk.text[best.sentence.start : best.sentence.end]
    assert (best.passage.chunk.document, sentence) == ("shop/manuals/product-faq.csv#row=4", "Yes, in hand luggage only.")


def test_the_right_document_is_nearly_always_among_the_evidence(assistant: Assistant) -> None:
    found = [row["document"] in {item.document for item in assistant.search(row["question"], 5)} for row in ANSWERABLE]
    assert sum(found) >= len(found) - 1


@pytest.mark.parametrize("row", OFF_TOPIC, ids=lambda row: row["question"])
def test_off_topic_questions_are_refused(assistant: Assistant, row: dict[str, str]) -> None:
    answer = assistant.ask(row["question"])
    assert answer.status == "refused"
    assert answer.closest
    check(answer, assistant)


@pytest.mark.shared
def test_naughty_strings_crash_nothing_as_a_document_or_as_questions(
    default_models: Path, shared_data: Path, tmp_path: Path
) -> None:
    few = {"top_k": 3, "candidates": 3, "answer_tokens": 8}  # passages to read for each of 500 questions
    assistant = Assistant.open(load_settings({"data_dir": tmp_path / "data", **few}))
    folder = shared_data / "sec-blns"
    assert assistant.ingest([folder]).added >= 2
    for file in assistant.files():
        if file.documents == 1 and file.state == "ready":
            document = assistant.document(file.name)
            assert document.sections[0].start == 0
            assert document.sections[-1].end == len(document.text)
    read = cache(assistant.document)
    questions = [string for string in json.loads((folder / "blns.json").read_text("utf-8")) if string.strip()]
    assert len(questions) > 500
    for question in questions:
        for citation in assistant.search(question, 3):
            assert read(citation.document).text[citation.start : citation.end] == citation.text
    for question in questions[::25]:
        check(assistant.ask(question), assistant)
    assistant.close()

"""Nothing of an internal document reaches a visitor, whichever way is tried; and how documents become internal."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from rag.apps.cli import batch
from rag.apps.json_format import answer_json, citation_json
from rag.apps.page import documents as pages
from rag.checking import ExactChecker
from rag.config import load_settings
from rag.conversation.turns import ask_in_order
from rag.errors import NotFoundError, RulesError
from rag.index.audit import AuditLog
from rag.index.catalogue import CatalogueReader
from rag.index.knowledge_base import KnowledgeBase
from rag.index.retrieval import CANDIDATES, Retriever
from rag.reading import LateInteractionReader
from rag.service import Assistant, Models
from tests.fakes import SPEC, FakeEmbedder
from tests.test_service import ScriptedGenerator

SECRET = "goodwill"
QUESTION = "How much goodwill may an agent give for one order?"
FILES = {
    "orders.md": "# Orders\n\nYou can order on the website, and an agent answers questions about one order.\n",
    "staff/handbook.md": f"# How much {SECRET} is there?\n\nStaff only\n\nAn agent may give {SECRET} of 40 for one order.\n",
    "faq.csv": f"question,answer,audience\nHow do I pay?,By card.,\nWhat is {SECRET}?,A {SECRET} of 40.,staff\n",
}
Open = Callable[..., Assistant]


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "documents", FILES)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Assistants over one base, with real Chroma, catalogue and parsers, for the audience given."""
    made: list[Assistant] = []

    def make(audience: str = "public") -> Assistant:
        settings = load_settings({"data_dir": tmp_path / "data", "refuse_below": 0.0, "audience": audience})
        embedder = FakeEmbedder()
        base = KnowledgeBase.open("default", settings.data_dir, settings, SPEC, embedder, embedder.tokenize)
        reader = LateInteractionReader(embedder.embed_tokens)
        models = Models(embedder, embedder.tokenize, SPEC, [reader], ScriptedGenerator, ExactChecker(), {})
        made.append(Assistant(settings, models, base))
        return made[-1]

    yield make
    for assistant in made:
        assistant.close()


def everything_said(assistant: Assistant) -> dict[str, str]:
    """By each way there is, all that a visitor of the page and a program is given."""
    answers = [assistant.ask(QUESTION), assistant.ask(f"{SECRET}"), assistant.ask("40 pounds?", [("Orders?", "Yes.")])]
    searched = assistant.search(QUESTION, 50)
    retriever = assistant.retriever()
    assert retriever is not None
    dense, keyword = retriever.candidates(QUESTION)
    said = {
        "ask": json.dumps([answer_json(answer) for answer in answers]),
        "stream": repr(list(assistant.stream(QUESTION))),
        "search": json.dumps([citation_json(passage) for passage in searched]),
        "retrieve": repr(assistant.retrieve(QUESTION, 50)),
        "candidates": repr(retriever.chunks([id for id, _ in [*dense, *keyword]])),
        "evidence": repr(assistant.evidence(QUESTION, 50)),
        "in order": repr(ask_in_order(assistant.ask, ("Orders?", QUESTION))),
        "list": pages.file_list(assistant.files()),
        "filtered list": pages.file_list(assistant.files(), "handbook"),
        "folders": repr(assistant.base.folders()),
        "documents": repr(assistant.documents()),
        "examples": repr(assistant.examples(50)),
    }
    return {way: text.replace(QUESTION, "").replace(f'"{SECRET}"', "").replace(f"'{SECRET}'", "") for way, text in said.items()}


def test_nothing_internal_reaches_a_visitor_by_any_way(folder: Path, opened: Open) -> None:
    opened().ingest([folder])
    assert [way for way, said in everything_said(opened()).items() if SECRET in said or "staff" in said] == []


def test_staff_see_all_of_it(folder: Path, opened: Open) -> None:
    opened().ingest([folder])
    said = everything_said(opened("internal"))
    assert [way for way, text in said.items() if SECRET not in text and "staff" not in text] == []
    assert opened("internal").document("staff/handbook.md").about.audience == "internal"


def test_no_row_of_an_internal_table_is_counted_for_a_visitor(folder: Path, opened: Open) -> None:
    opened().ingest([folder])
    assert opened().base.passages("staff/handbook.md") == []
    assert [chunk.document for chunk in opened("internal").base.passages("staff/handbook.md")] == ["staff/handbook.md"]
    assert opened().base.passages("no.md") == []


@pytest.mark.parametrize("name", ["staff/handbook.md", "faq.csv#row=3", "staff", "staff/"])
def test_an_internal_name_is_no_name_to_a_visitor(folder: Path, opened: Open, name: str) -> None:
    opened().ingest([folder])
    visitor = opened()
    messages = []
    for asked in (name, "never/there.md"):
        for ask in (
            lambda: visitor.document(asked),  # noqa: B023 - called at once
            lambda: visitor.ask(QUESTION, documents=[asked]),  # noqa: B023
            lambda: visitor.search(QUESTION, 5, folders=[asked]),  # noqa: B023
            lambda: visitor.retry([asked]),  # noqa: B023
            lambda: visitor.delete(asked),  # noqa: B023
        ):
            with pytest.raises(NotFoundError) as error:
                ask()
            messages.append(str(error.value).replace(asked.rstrip("/"), "").replace("/'", "'"))
    assert messages[:5] == messages[5:]


def test_a_batch_answers_as_a_visitor(
    folder: Path, opened: Open, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened().ingest([folder])
    line = json.dumps({"id": 1, "turns": ["How much may an agent give?"]}).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line)))
    capsys.readouterr()
    assert batch.answer_all("-", opened().ask, print, lambda done, total, what: None)
    assert SECRET not in capsys.readouterr().out


def test_enough_is_found_though_most_of_what_is_near_is_internal(opened: Open, tmp_path: Path) -> None:
    ids = [f"{n}" for n in range(2_000)]
    asked: list[int] = []

    def dense(vector: object, k: int, documents: object) -> list[tuple[str, float]]:
        asked.append(k)
        return [(id, 1 - n / 2_000) for n, id in enumerate(ids[:k])]

    retriever = Retriever(
        lambda texts: np.zeros((len(texts), 2), np.float32),
        dense,
        lambda question, k, documents: [],
        lambda ids: {},
        0.4,
        seen=lambda ids: {id for id in ids if int(id) >= 900},
    )
    found, _ = retriever.candidates("x")
    assert [id for id, _ in found] == ids[900 : 900 + CANDIDATES]
    assert asked == [100, 400, 1600]


def test_a_rule_makes_a_folder_internal_and_takes_effect_though_no_file_has_changed(folder: Path, opened: Open) -> None:
    assistant = opened()
    assistant.ingest([folder])
    assert "orders.md" in {file.name for file in assistant.files()}
    embedded = len(assistant.models.embedder.embedded)  # type: ignore[attr-defined]
    write(folder, {"footnote.toml": '[[rules]]\npaths = ["ord*.md"]\naudience = "internal"\ndate = 2026-03-01\n'})
    report = assistant.ingest([folder])
    assert (report.replaced, report.unchanged, report.added) == (1, 2, 0)
    assert {file.name for file in assistant.files()} == {"faq.csv"}
    assert len(assistant.models.embedder.embedded) == embedded  # type: ignore[attr-defined] # no vector is made again
    assert opened("internal").document("orders.md").about.date == "2026-03-01"
    (folder / "footnote.toml").unlink()
    assert assistant.ingest([folder]).replaced == 1
    assert "orders.md" in {file.name for file in assistant.files()}


def test_rules_hold_for_a_file_that_is_named_alone_and_for_one_read_again(folder: Path, opened: Open) -> None:
    write(
        folder,
        {"footnote.toml": '[[rules]]\npaths = ["**/*.txt"]\naudience = "internal"\n', "deep/er/a.txt": "A lamp is here."},
    )
    assistant = opened()
    assistant.ingest([folder / "deep" / "er" / "a.txt"])
    assert assistant.files() == []
    opened("internal").retry(["a.txt"])
    assistant.rebuild()
    assert assistant.files() == []


def test_a_rule_counts_more_than_the_page_and_the_later_rule_more_than_the_earlier(folder: Path, opened: Open) -> None:
    rules = '[[rules]]\npaths = ["staff/"]\naudience = "internal"\n[[rules]]\npaths = ["**/handbook.md"]\naudience = "public"\n'
    write(folder, {"footnote.toml": rules, "staff/other.md": "# Other\n\nMore of it.\n"})
    assistant = opened()
    assistant.ingest([folder])
    assert {file.name for file in assistant.files()} == {"faq.csv", "orders.md", "staff/handbook.md"}


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[[rules]\n", "is not TOML"),
        ("rule = 1\n", "has 'rule', which is not known"),
        ("rules = 3\n", "rules are to be"),
        ("[[rules]]\naudience = 'internal'\n", "rule 1: paths is None"),
        ("[[rules]]\npaths = 'staff'\n", "rule 1: paths is 'staff'"),
        ("[[rules]]\npaths = ['a']\naudience = 'staff'\n", "rule 1: audience is 'staff'"),
        ("[[rules]]\npaths = ['a']\nowners = 'x'\n", "rule 1: owners is 'x'"),
        ("[[rules]]\npaths = ['a/**']\n", "rule 1 says nothing of 'a/\\*\\*'"),
        ("[[rules]]\npaths = ['a']\nvalid_until = 'soon'\n", "rule 1: valid_until is 'soon'"),
        ("# " + "x" * 70_000, "has over 64 kB"),
    ],
)
def test_rules_that_cannot_be_used_are_told_and_nothing_is_lost(folder: Path, opened: Open, toml: str, message: str) -> None:
    assistant = opened()
    assistant.ingest([folder])
    before = assistant.files()
    (folder / "orders.md").unlink()
    write(folder, {"footnote.toml": toml, "new.md": "# New\n\nA new page.\n"})
    with pytest.raises(RulesError, match=message.replace("[", r"\[")):
        assistant.ingest([folder])
    assert assistant.files() == before


def test_a_rule_for_no_file_is_told(folder: Path, opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    write(folder, {"footnote.toml": '[[rules]]\npaths = ["staf/**", "staff/**"]\naudience = "internal"\n'})
    opened().ingest([folder])
    told = [record.getMessage() for record in caplog.records]
    assert told == [f"{folder / 'footnote.toml'}: no file has a name as 'staf/**' says"]


def test_an_upload_for_staff_stays_for_staff(tmp_path: Path, opened: Open) -> None:
    file = write(tmp_path / "drop", {"lamp.md": "# Lamp\n\nA lamp costs 20 pounds.\n"}) / "lamp.md"
    assistant = opened()
    assert assistant.upload([file], audience="internal").added == 1
    assistant.rebuild()
    opened("internal").retry(["lamp.md"])
    assert assistant.files() == []
    assert "lamp" not in repr(assistant.search("What does a lamp cost?", 5)).lower()
    assistant.upload([file], audience="public")
    assert [file.name for file in assistant.files()] == ["lamp.md"]
    told = [entry.action for entry in AuditLog(tmp_path / "data").entries()]
    assert told[0] == "document.audience.public"
    assert sum("audience" in action for action in told) == 1


def test_a_choice_holds_for_what_is_ingested_again_without_one(folder: Path, opened: Open) -> None:
    assistant = opened()
    assistant.ingest([folder])
    assistant.ingest([folder / "orders.md"], audience="internal")
    assistant.ingest([folder])
    write(folder, {"orders.md": "# Orders\n\nYou can order by telephone too.\n"})
    assistant.ingest([folder])
    assert {file.name for file in assistant.files()} == {"faq.csv"}


def test_rules_that_a_visitor_drops_are_no_rules(tmp_path: Path, opened: Open) -> None:
    drop = write(tmp_path / "drop", {"footnote.toml": '[[rules]]\npaths = ["**"]\naudience = "public"\n'})
    write(drop, {"a.md": "# A\n\nStaff only\n\nThe door code is 7.\n"})
    assistant = opened()
    assistant.upload([drop / "footnote.toml"])
    assistant.upload([drop / "a.md"])
    assert "a.md" not in {file.name for file in assistant.files()}


def test_maintainers_see_which_files_are_internal(folder: Path, opened: Open, tmp_path: Path) -> None:
    opened().ingest([folder])
    with closing(CatalogueReader.open(tmp_path / "data")) as catalogue:
        internal = {file.name: file.internal for file in catalogue.files(internal=True)}
    assert internal == {"faq.csv": False, "orders.md": False, "staff/handbook.md": True}

"""Questions without an answer: which are one, what is kept of them, and the page and command that list them."""

import json
from collections.abc import Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from rag.apps.page import OneBase
from rag.apps.server.app import create_app
from rag.apps.server.gaps import SHOWN
from rag.config import Settings
from rag.errors import RagError
from rag.index.bases import base_folder
from rag.index.gaps import GapKind, Missing, Unanswered, clusters, grouped, wordings
from rag.index.knowledge_base import KnowledgeBase
from rag.index.said import LONGEST_COMMENT
from rag.kept import answers
from rag.languages import en
from rag.types import Answer
from tests.fakes import SPEC, FakeEmbedder
from tests.scripted import HOSTILE, ScriptedAssistant
from tests.serving import request

NOW = datetime(2026, 11, 27, tzinfo=UTC)
NONE = np.zeros((0, 64), np.float32)
FIELD = ["delivery abroad", "gift vouchers", "opening hours", "repairs of lamps", "invoices", "jobs", "cookies", "press"]


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    folder = base_folder(tmp_path, "default")
    settings = Settings(data_dir=tmp_path)
    with closing(KnowledgeBase.open("default", folder, settings, SPEC, FakeEmbedder(), FakeEmbedder().tokenize)) as found:
        yield found


def refused(question: str, status: str = "refused") -> Answer:
    return Answer(question, question, "Nothing.", status, 0.1, (), ())  # type: ignore[arg-type]


def test_questions_of_one_meaning_are_one_with_counts_and_newest_date() -> None:
    asked = [
        Unanswered("Do you sell paddle boats?", "refused", NOW),
        Unanswered("do you sell  paddle boats", "handover", NOW - timedelta(days=1)),
        Unanswered("do you sell boats?", "disliked", NOW + timedelta(days=1), "outdated"),
        Unanswered("Where is the staff canteen?", "refused", NOW + timedelta(days=9)),
    ]
    texts = wordings(asked)
    embedder = FakeEmbedder()
    boats, canteen = grouped(asked, texts, embedder.embed(texts, "query"), embedder.embed(FIELD, "query"))
    assert {boats.question, *boats.others} >= {"do you sell boats?"}
    assert (boats.count, boats.newest) == (3, NOW + timedelta(days=1))
    assert boats.kinds == {"refused": 1, "handover": 1, "disliked": 1}
    assert boats.reasons == {"outdated": 1}
    assert (canteen.question, canteen.others, canteen.count) == ("Where is the staff canteen?", (), 1)


def test_the_same_words_are_embedded_once() -> None:
    asked = [Unanswered(text, "refused", NOW) for text in ("Boats?", "boats?", "BOATS?", "Canoes?")]
    assert sorted(text.lower() for text in wordings(asked)) == ["boats?", "canoes?"]


def test_what_all_questions_share_makes_none_alike() -> None:
    embedder = FakeEmbedder()
    texts = [
        f"please tell me about your shop {word}"
        for word in ("boats", "lamps", "jobs", "hours", "gifts", "press", "bags", "taxes")
    ]
    vectors = embedder.embed(texts, "query")
    assert float(vectors[0] @ vectors[1]) > 0.7
    assert len(clusters(vectors, NONE, [1] * len(texts))) == len(texts)


def test_a_few_questions_stay_apart_where_nothing_tells_what_all_share() -> None:
    vectors = FakeEmbedder().embed(["boats", "boats"], "query")
    assert clusters(vectors, NONE, [1, 1]) == [[0], [1]]
    assert clusters(NONE, NONE, []) == []


def test_the_most_asked_wording_stands_for_its_group() -> None:
    embedder = FakeEmbedder()
    texts = ["sell boats", "sell boats today please", "sell boats today"]
    (group,) = clusters(embedder.embed(texts, "query"), embedder.embed(FIELD, "query"), [1, 50, 1], 0.2)
    assert group[0] == 1


def test_refused_and_handed_over_questions_are_kept(base: KnowledgeBase) -> None:
    said = base.said
    history = [("Where is my parcel?", "I found nothing.")]
    for answer, before in (
        (refused("Do you sell boats?"), []),
        (refused("a human please", "handover"), history),
        (refused("a human please", "handover"), []),
        (refused("hello", "social"), []),
        (refused("How long?", "answered"), []),
    ):
        assert list(said.noting(iter([answer]), before)) == [answer]
    assert [(gap.question, gap.kind) for gap in said.gaps()] == [
        ("a human please", "handover"),
        ("Where is my parcel?", "handover"),
        ("Do you sell boats?", "refused"),
    ]


def test_missing_joins_refusals_and_dislikes(base: KnowledgeBase) -> None:
    base.said.add_gap("Do you sell boats?", 0.1)
    base.said.add_feedback(refused("do you sell boats", "quoted"), liked=False, reason="wrong")
    base.said.add_feedback(refused("How long?", "quoted"), liked=True)
    (one,) = base.said.missing()
    assert (one.kinds, one.reasons) == ({"refused": 1, "disliked": 1}, {"wrong": 1})
    embedder = base._parts.embedder
    assert isinstance(embedder, FakeEmbedder)
    before = len(embedder.embedded)
    base.said.missing()
    assert len(embedder.embedded) == before


def test_feedback_keeps_the_answer_it_judges_and_takes_no_other_reasons(base: KnowledgeBase) -> None:
    answer = refused("How long?", "quoted")
    base.said.add_feedback(answer, liked=False, reason="evidence", comment="x" * LONGEST_COMMENT)
    (kept,) = base._catalogue.feedback()
    assert (kept.reason, answers.from_json(kept.given)) == ("evidence", answer)
    with pytest.raises(RagError, match="'<b>' is no reason; take one of wrong, incomplete, evidence, outdated, other"):
        base.said.add_feedback(answer, liked=False, reason="<b>")
    with pytest.raises(RagError, match="2,001 characters"):
        base.said.add_feedback(answer, liked=False, comment="x" * (LONGEST_COMMENT + 1))
    assert len(base._catalogue.feedback()) == 1
    assert json.loads(kept.given)["status"] == "quoted"


def test_the_page_lists_gaps_escaped_and_in_parts(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=0)
    assistant = ScriptedAssistant(settings, delay=0)
    kinds: dict[GapKind, int] = {"refused": 2, "disliked": 1}
    assistant.missing = [Missing(HOSTILE, (f"{HOSTILE} again",), kinds, {"outdated": 1}, NOW)]
    assistant.missing += [Missing(f"Question {n}?", (), {"handover": 1}, {}, NOW) for n in range(SHOWN)]
    app = create_app(settings, OneBase(assistant))
    shown = request(app, "GET", "/gaps")
    assert shown.status_code == 200
    assert "<img" not in shown.text
    assert "<script" not in shown.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown.text
    for words in (
        "refused 2 times · found unhelpful once · last on 27 November 2026",
        "It is outdated (1)",
        "30 days of delivery",
    ):
        assert words in shown.text
    assert f"Question {SHOWN - 2}?" in shown.text
    assert f"Question {SHOWN - 1}?" not in shown.text
    assert f"after={SHOWN}" in shown.text
    rest = request(app, "GET", f"/gaps?base=none&after={SHOWN}").text
    assert f"Question {SHOWN - 1}?" in rest
    assert "after=" not in rest
    assistant.missing = []
    assert en.GAPS_NONE in request(app, "GET", "/gaps?after=-7").text


def test_command_lists_gaps(tmp_path: Path, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.apps.cli import gaps as command
    from rag.apps.cli.main import app

    base.said.add_gap("Do you sell\x1b[31m boats?", 0.1)
    base.said.add_gap("do you sell[31m boats", 0.1, "handover")
    scripted = ScriptedAssistant(Settings(data_dir=tmp_path), delay=0)
    scripted.missing = base.said.missing()
    monkeypatch.setattr(command, "opened_assistant", lambda audience: nullcontext(scripted))
    listed = CliRunner().invoke(app, ["gaps"])
    assert "boats" in listed.stdout
    assert "\x1b" not in listed.stdout
    assert "> shop/returns.md: Returns" in listed.stdout
    (row,) = json.loads(CliRunner().invoke(app, ["gaps", "--json"]).stdout)
    assert (row["count"], row["kinds"], row["nearest"][0]["document"]) == (2, {"refused": 1, "handover": 1}, "shop/returns.md")

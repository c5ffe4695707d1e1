"""Questions without an answer: which are one, what is kept of them, and the page and command that list them."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from rag.config import Settings
from rag.errors import RagError
from rag.index.bases import base_folder
from rag.index.gaps import Unanswered, clusters, grouped, wordings
from rag.index.knowledge_base import KnowledgeBase
from rag.index.said import LONGEST_COMMENT
from rag.kept import answers
from rag.types import Answer
from tests.fakes import SPEC, FakeEmbedder

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

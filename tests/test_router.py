"""The router: its head, what it takes for no question, and what the assistant says then."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from rag.answering import reply
from rag.config import load_settings
from rag.conversation import head as heads
from rag.conversation import leaning, wishes
from rag.conversation.head import Head
from rag.conversation.load import load_router
from rag.conversation.replies import Replies, contact_questions
from rag.conversation.router import HeadRouter, Unrouted, kind_of, route_in
from rag.datasets import messages
from rag.errors import ModelError, NotFoundError, RagError, SettingsError
from rag.languages import CONTACT_QUESTIONS, REPLIES
from rag.models import versions
from rag.route import MessageKind, Route
from rag.training import router
from rag.training.recipe import train
from rag.training.router_messages import Messages, joined
from rag.types import Answer, Block, Citation, Mark, Support
from tests.fakes import FakeEmbedder

ROOT = Path(__file__).parent.parent
MESSAGES = ROOT / "data" / "messages"
KINDS = get_args(MessageKind)


def quiet(done: int, total: int, what: str) -> None:
    pass


def head(sure: float = 0.9, dim: int = 64) -> Head:
    """A head of random weights."""
    chance = np.random.default_rng(0)
    sizes = {"hidden": (dim + heads.SHAPE, 8), "out": (8, len(KINDS) + 2)}
    weights = {f"{name}.weight": chance.normal(size=size).astype(np.float32) for name, size in sizes.items()}
    weights |= {f"{name}.bias": np.zeros(size[1], np.float32) for name, size in sizes.items()}
    weights["runs"] = chance.normal(size=(heads.BUCKETS, len(KINDS) + 2)).astype(np.float32)
    return Head(weights, messages.ORDER, ("en", "de"), "fake", "query", sure)


class Said:
    """A router that was told what messages are, behind the protocol; others are questions."""

    def __init__(self, **kinds: MessageKind) -> None:
        self.kinds = kinds

    def route(self, message: str) -> Route:
        return Route(self.kinds.get(message, "question"), "en", 0.99)


def test_router_takes_a_message_for_a_question_unless_it_is_sure() -> None:
    likely = np.zeros(len(KINDS), np.float32)
    likely[0], likely[messages.ORDER.index("thanks")] = 0.12, 0.88
    assert kind_of(head(sure=0.9), likely) == ("question", pytest.approx(0.12))
    assert kind_of(head(sure=0.85), likely) == ("thanks", pytest.approx(0.88))


def test_router_asks_for_the_vector_of_a_message_once_and_knows_chinese_by_its_script() -> None:
    asked: list[str] = []

    def embed(message: str) -> np.ndarray | None:
        asked.append(message)
        return None if "🙂" in message else FakeEmbedder().embed([message])[0]

    made = HeadRouter(head(), embed)
    assert made.route("hello there") == made.route("hello there")
    assert asked == ["hello there"]
    assert made.route("你好 hi").language == "zh"
    assert made.route("テスト文").language != "zh"
    assert made.route("🙂").kind == "question"  # a script that the encoder does not know


def test_route_of_bare_data_and_of_a_yes_is_a_question_where_the_last_answer_asked_one() -> None:
    said = Said(yes="acknowledgement", agent="handover", **{"77-1": "data"})
    told, asked = [("returns", "Within 30 days.")], [("returns", "From which shop? ")]
    assert route_in(said, "yes", told).kind == "acknowledgement"
    assert route_in(said, "yes", []).kind == "acknowledgement"
    assert route_in(said, "yes", asked).kind == route_in(said, "77-1", asked).kind == "question"
    assert route_in(said, "agent", asked).kind == "handover"


def test_head_is_the_same_after_it_was_written_and_tells_when_it_was_changed(tmp_path: Path) -> None:
    made = head()
    heads.save(made, tmp_path / "a", {"licence": "none"})
    vectors = FakeEmbedder().embed(["one", "two"])
    loaded = heads.load(tmp_path / "a")
    for ours, theirs in zip(
        made.probabilities(vectors, ["one", "two"]), loaded.probabilities(vectors, ["one", "two"]), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=0.01)
    assert (loaded.kinds, loaded.languages, loaded.sure) == (made.kinds, made.languages, made.sure)
    weights = tmp_path / "a" / heads.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="train the router again"):
        heads.load(tmp_path / "a")
    with pytest.raises(ModelError, match="holds no router"):
        heads.load(tmp_path)


def test_shape_tells_length_digits_letters_and_question_marks() -> None:
    short, number, asks = heads.shape(["hi", "20-55", "how?"])
    assert short[0] < asks[0]
    assert (short[1], number[1]) == (0, pytest.approx(0.8))
    assert (short[2], number[2]) == (1, 0)
    assert (short[3], asks[3]) == (0, 1)


def test_router_that_is_loaded_fits_the_encoder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    unknown = load_settings({"embedder": "fake", "data_dir": tmp_path})
    assert isinstance(load_router(unknown, FakeEmbedder()), Unrouted)
    assert "every message is taken for a question" in caplog.text
    caplog.clear()
    assert isinstance(load_router(load_settings({"router": "none", "data_dir": tmp_path}), FakeEmbedder()), Unrouted)
    assert not caplog.text
    heads.save(head(), tmp_path / "made", {})
    versions.install(tmp_path / "made", "router", tmp_path)
    assert isinstance(load_router(unknown, FakeEmbedder()), HeadRouter)
    for wrong in (load_settings({"embedder": "other", "data_dir": tmp_path}), unknown):
        with pytest.raises(ModelError, match="reads vectors of fake, and RAG_EMBEDDER is"):
            load_router(wrong, FakeEmbedder(dim=32))


def test_replies_have_every_kind_in_every_language() -> None:
    wanted = {*KINDS, "handover-unknown", "handover-desk"} - {"question"}
    assert {language: set(said) for language, said in REPLIES.items()} == dict.fromkeys(("en", "de", "zh"), wanted)
    assert set(CONTACT_QUESTIONS) == set(REPLIES)
    for said in REPLIES.values():
        assert not any(text.rstrip().endswith(("?", "？")) for text in said.values())  # what follows would be its answer
    assert "{" not in Replies().say("about-bot", "de")
    assert Replies().say("bye", "other") == REPLIES["en"]["bye"]
    assert contact_questions("other") == contact_questions("en") == [CONTACT_QUESTIONS["en"]]
    assert contact_questions("de") == [CONTACT_QUESTIONS["de"], CONTACT_QUESTIONS["en"]]


def test_replies_of_a_maintainer_stand_before_those_of_the_package(tmp_path: Path) -> None:
    file = tmp_path / "replies.toml"
    file.write_text('[en]\nbye = "Ta ra"\n[fr]\nbye = "Au revoir"\n[bases.shop.en]\nbye = "Bye from the shop"\n', "utf-8")
    everywhere, shop = Replies.read(file, "default"), Replies.read(file, "shop")
    assert (everywhere.say("bye", "en"), shop.say("bye", "en"), shop.say("bye", "fr")) == (
        "Ta ra",
        "Bye from the shop",
        "Au revoir",
    )
    assert everywhere.say("bye", "de") == REPLIES["de"]["bye"]
    assert everywhere.say("thanks", "fr") == REPLIES["en"]["thanks"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[en", "is not TOML"),
        ('[en]\nhallo = "x"', "has 'hallo', which is none of greeting"),
        ("[en]\nbye = 3", "bye is 3, which is no text"),
        ('en = "x"', "texts stand in tables"),
        ("bases = 3", "are to be tables"),
        ('[bases]\nshop = "x"', "are to be tables"),
        (f'[en]\nbye = "{"x" * 70_000}"', "has over 64 kB"),
    ],
)
def test_replies_that_are_wrong_are_told(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "replies.toml").write_text(text)
    with pytest.raises(SettingsError, match=message):
        Replies.read(tmp_path / "replies.toml", "default")
    with pytest.raises(SettingsError, match="cannot be read"):
        Replies.read(tmp_path / "none.toml", "default")


def test_handover_keeps_what_the_contact_rests_on_behind_its_first_sentence() -> None:
    text = "Phone: 555; Hours: 9 to 5"
    row = Block(0, len(text), "row", columns=("Phone", "Hours"), cells=((7, 10), (19, 25)))
    citation = Citation(1, "contact.md", "", (), None, 0, 3, "555", 0.9, ())
    found = Answer(
        "q",
        "q",
        text,
        "quoted",
        0.9,
        (citation,),
        (Support(0, len(text), 1, 1.0),),
        blocks=(row,),
        marks=(Mark(7, 10, "bold"),),
    )
    said = reply.handover("a person!", "This way:", found)
    assert (said.question, said.status, said.citations) == ("a person!", "handover", (citation,))
    (support,), (lead, moved), (mark,) = said.support, said.blocks, said.marks
    assert said.text[support.start : support.end] == text
    assert (said.text[lead.start : lead.end], lead.kind) == ("This way:", "paragraph")
    assert [said.text[start:end] for start, end in moved.cells] == ["555", "9 to 5"]
    assert said.text[mark.start : mark.end] == "555"


def test_messages_are_read_by_what_their_set_says(tmp_path: Path) -> None:
    sets = tmp_path / "sets"
    sets.mkdir()
    lines = [("hi", "hello"), ("hi", "Hello"), ("buy", "one ticket"), ("num", "12"), ("num", "1234 5"), ("odd", "hm")]
    (sets / "de.train.jsonl").write_text("".join(json.dumps({"text": text, "is": kind}) + "\n" for kind, text in lines))
    table = '[sets]\nlabel = "is"\nrest = "question"\nleave_out = ["odd"]\ndigits = 4\n'
    table += '[sets.kinds]\ngreeting = ["hi"]\ndata = ["num"]\n'
    (tmp_path / "sources.toml").write_text(table)
    sources = messages.read_sources(tmp_path / "sources.toml")
    found = messages.read(sets / "de.train.jsonl", sources)
    assert [(item.kind, item.message) for item in found] == [
        ("greeting", "Hello"),
        ("question", "one ticket"),
        ("data", "1234 5"),
    ]
    assert {(item.language, item.source) for item in found} == {("de", "sets")}
    few = {"sets": replace(sources["sets"], most=0)}
    assert messages.read(sets / "de.train.jsonl", few) == []
    for text, message in (
        ("[sets]\nlabels = 1\n", "has 'labels', which is none of"),
        ('[sets.kinds]\nbuying = ["buy"]\n', "'buying' is none of"),
        ("[sets", "is not TOML"),
    ):
        (tmp_path / "sources.toml").write_text(text)
        with pytest.raises(RagError, match=message):
            messages.read_sources(tmp_path / "sources.toml")
    (tmp_path / "own.csv").write_text("language,intent,message\nen,hello,hi\n")
    with pytest.raises(RagError, match="line 2: the intent 'hello' is none of question"):
        messages.read(tmp_path / "own.csv", {})
    with pytest.raises(NotFoundError):
        messages.read(tmp_path / "none.csv", {})


def test_messages_of_several_intents_are_what_must_not_be_lost() -> None:
    assert messages.primary(["greeting", "question"]) == "question"
    assert messages.primary(["complaint", "handover"]) == "handover"
    assert messages.primary(["bye", "thanks"]) == "bye"
    assert set(messages.ORDER) == set(KINDS)


def test_messages_of_the_project_have_every_kind_in_every_language_and_no_person_in_both_parts() -> None:
    people = {}
    for name in ("train", "held"):
        rows = list(messages.table(MESSAGES / f"{name}.csv", ("person", *messages.COLUMNS), ","))
        people[name] = {person for _, (person, *_) in rows}
        assert {(language, kind) for _, (_, language, kind, _) in rows} == {(a, b) for a in ("en", "de", "zh") for b in KINDS}
    assert not people["train"] & people["held"]
    texts = {name: {one.message.casefold() for one in messages.read(MESSAGES / f"{name}.csv", {})} for name in people}
    assert not texts["train"] & texts["held"]
    assert messages.read_sources(MESSAGES / "sources.toml")


def test_joined_messages_are_questions_where_a_part_of_them_is() -> None:
    rows = messages.read(MESSAGES / "train.csv", {})
    made = joined(rows, 1)
    assert made == joined(rows, 1)
    asked = {one.message for one in rows if one.kind == "question"}
    assert all(one.kind == "question" for one in made if any(one.message.endswith(text) for text in asked if len(text) > 12))
    assert {one.kind for one in made} >= {"question", "handover"}


@pytest.mark.slow
def test_train_router_learns_messages_and_goes_on_where_it_was_killed(tiny_bert: Path, tmp_path: Path) -> None:
    settings = load_settings({"embedder": str(tiny_bert), "data_dir": tmp_path / "data"})
    data = Messages(datasets=(MESSAGES / "train.csv",), held=(MESSAGES / "held.csv",))
    options = router.RouterOptions(embedder=str(tiny_bert), epochs=4)

    def killed(done: int, total: int, what: str) -> None:
        if what == "fitting the router":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(router.RECIPE, options, data, settings, killed, out=tmp_path / "made")
    told: list[str] = []
    again = train(
        router.RECIPE, options, data, settings, lambda done, total, what: told.append(what), out=tmp_path / "made", resume=True
    )
    assert "embedding messages" not in told
    whole = train(router.RECIPE, options, data, settings, quiet, out=tmp_path / "whole")
    assert (tmp_path / "made" / heads.WEIGHTS).read_bytes() == (tmp_path / "whole" / heads.WEIGHTS).read_bytes()
    assert again.verdict == whole.verdict
    before = {item.metric: item.a for item in whole.verdict.differences}
    assert (before["questions kept"], before["others recognised"]) == (1, 0)  # nothing ships for this encoder
    card = json.loads((tmp_path / "made" / heads.CARD).read_text("utf-8"))
    assert (card["embedder"], card["datasets"], card["held"]) == (str(tiny_bert), ["messages/train.csv"], ["messages/held.csv"])


def test_train_router_wants_messages_of_both_sorts(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("language,intent,message\nen,greeting,hi\nen,question,how much\n")
    with pytest.raises(RagError, match="1 questions and 1 other messages are too few"):
        train(
            router.RECIPE,
            router.RouterOptions(),
            Messages(datasets=(tmp_path / "few.csv",)),
            load_settings({"data_dir": tmp_path}),
            quiet,
        )


@pytest.fixture(scope="module")
def shipped(default_models: Path) -> HeadRouter:
    """The router of e5 as it ships."""
    from rag.models.encoder import BertEmbedder

    settings = load_settings({"embedder": "e5"})
    loaded = load_router(settings, BertEmbedder.from_folder(default_models / "e5", "e5"))
    assert isinstance(loaded, HeadRouter)
    return loaded


@pytest.mark.models
@pytest.mark.slow
def test_shipped_router_knows_messages_of_people_it_did_not_learn_from(shipped: HeadRouter) -> None:
    held = messages.read(MESSAGES / "held.csv", {})
    routes = [shipped.route(one.message) for one in held]
    asked = [route.kind == "question" for route, one in zip(routes, held, strict=True) if one.kind == "question"]
    others = [route.kind != "question" for route, one in zip(routes, held, strict=True) if one.kind != "question"]
    assert np.mean(asked) > 0.9  # chosen because they look like something else
    assert np.mean(others) > 0.9


def test_shipped_heads_are_small_and_say_where_they_are_from() -> None:
    for name in ("e5", "minilm"):
        folder = heads.SHIPPED / name
        assert heads.load(folder).embedder == name
        others = {file: file.stat().st_size for file in (folder / leaning.CARD, folder / wishes.CARD) if file.is_file()}
        assert sum(file.stat().st_size for file in folder.iterdir()) - sum(others.values()) < 400_000
        assert max(others.values(), default=0) < 200_000
        card = json.loads((folder / heads.CARD).read_text("utf-8"))
        assert {"datasets", "held", "licence", "options", "sure", "sha256", "kinds"} <= card.keys()

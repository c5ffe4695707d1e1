"""Which messages want a count or an extreme over all rows of a table, and by which of their words."""

from pathlib import Path

import numpy as np
import pytest

from rag.config import load_settings
from rag.conversation import wishes
from rag.conversation.load import load_wishes
from rag.conversation.wishes import ROLES, HeadWishes, WishHead, roles
from rag.errors import ModelError
from rag.models import files
from rag.models.encoder import BertEmbedder
from rag.types import TokenVectors
from tests.fakes import FakeEmbedder


def head(wants: list[list[float]], dim: int) -> WishHead:
    nothing = [[0.0]] * (dim + 1)
    return WishHead(wants, [[0.0] * 5] * (dim + 1), nothing, nothing, [0.0, 0.0], [[0.0], [0.0]], 0.6, "e5", "query")


def test_head_is_read_as_it_was_saved(tmp_path: Path) -> None:
    own = head([[0.0, 1.0, 0.0]] * 7, 2)
    wishes.save(own, tmp_path / "wishes.json", ["a.zip"])
    assert wishes.load(tmp_path / "wishes.json") == own
    (tmp_path / "wishes.json").write_text("{}")
    with pytest.raises(ModelError, match="is not what"):
        wishes.load(tmp_path / "wishes.json")


def test_nothing_is_wanted_where_the_head_is_not_sure() -> None:
    embedder = FakeEmbedder()
    bias = [[0.0] * 4] * (embedder.dim + 4)
    unsure, sure = (
        HeadWishes(head([*bias, last], embedder.dim), embedder) for last in ([0.0, 0.3, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0])
    )
    assert unsure.wish("how many lamps") is None
    wish = sure.wish("how many lamps")
    assert wish
    assert wish.kind == "count"
    assert [text for text, _ in wish.stretches] == ["how", "many", "lamps"]


@pytest.mark.parametrize(
    ("text", "spans", "said", "expected"),
    [
        ("how dim", [(0, 3), (4, 7)], ["other", "condition"], [(0, 3, "other"), (4, 7, "condition")]),
        ("dimmable", [(0, 3), (3, 8)], ["condition", "other"], [(0, 8, "condition")]),  # one word of two tokens
        ("not red", [(0, 3), (4, 7)], ["not", "condition"], [(0, 3, "not"), (4, 7, "condition")]),
        ("支持快充", [(0, 2), (2, 3), (3, 4)], ["other", "condition", "condition"], [(0, 2, "other"), (2, 4, "condition")]),
    ],
)
def test_words_are_told_by_their_tokens(
    text: str, spans: list[tuple[int, int]], said: list[str], expected: list[tuple[int, int, str]]
) -> None:
    likely = np.full((len(spans), len(ROLES)), 0.05, np.float32)
    for n, role in enumerate(said):
        likely[n, ROLES.index(role)] = 0.8  # type: ignore[arg-type]
    assert roles(text, TokenVectors(np.zeros((len(spans), 2), np.float32), np.array(spans)), likely) == expected


def test_a_word_that_may_be_a_condition_is_one_and_one_that_may_be_a_not() -> None:
    tokens = TokenVectors(np.zeros((1, 2), np.float32), np.array([(0, 3)]))
    for share, role in (([0.55, 0.1, 0.2, 0.1, 0.05], "condition"), ([0.6, 0.0, 0.0, 0.0, 0.4], "not")):
        assert roles("red", tokens, np.array([share], np.float32)) == [(0, 3, role)]


def test_no_head_comes_with_other_encoders() -> None:
    assert load_wishes(load_settings({"embedder": "minilm"}), FakeEmbedder()) is None


@pytest.fixture(scope="module")
def shipped() -> HeadWishes:
    settings = load_settings({})
    folder = files.resolve("e5", settings.models_dir, lambda done, total, what: None)
    found = load_wishes(settings, BertEmbedder.from_folder(folder, "e5", settings.pooling, settings.metric))
    assert found
    return found


@pytest.mark.models
def test_shipped_head_tells_counts_and_extremes_in_three_languages(shipped: HeadWishes) -> None:
    count = [
        "How many canoes are inflatable?",
        "how many of the trails are open to horses",
        "Wie viele Kanus sind aufblasbar?",
        "Wie viele Filialen haben sonntags geöffnet?",
        "有几款皮划艇是充气的？",
        "有几个型号支持快充",
    ]
    extreme = [
        "Which is the cheapest canoe?",
        "which trail is the longest",
        "Welches Kanu ist am schwersten?",
        "最便宜的皮划艇是哪款",
    ]
    other = [
        "how many days do I have to return it",
        "how many kg does it hold",
        "what is the maximum weight",
        "Is the Heron canoe inflatable?",
        "how many people fit into the Heron",
        "wie viele Tage habe ich für die Rückgabe",
        "几天内可以退货",
        "How much does the Heron cost?",
    ]
    wanted = [[wish and wish.kind for wish in map(shipped.wish, messages)] for messages in (count, extreme, other)]
    assert wanted[0].count("count") >= 5
    assert wanted[1].count("extreme") >= 3
    assert wanted[2] == [None] * len(other)


@pytest.mark.models
def test_shipped_head_tells_conditions_and_negation(shipped: HeadWishes) -> None:
    wish = shipped.wish("How many lamps are dimmable?")
    assert wish
    assert {role: text for text, role in wish.stretches} == {"thing": "lamps", "condition": "dimmable"}
    for message in (
        "How many lamps are not dimmable?",
        "how many lamps aren't dimmable",
        "Wie viele Lampen sind nicht dimmbar?",
        "有几款灯不能调光",
        "how many hotels have no pool",
    ):
        assert shipped.wish(message) is None, message


@pytest.mark.models
def test_shipped_head_tells_the_column(shipped: HeadWishes) -> None:
    columns = ["Price", "Weight (kg)", "Length"]
    for message, expected in (
        ("Which is the cheapest canoe?", (0, False)),
        ("Which canoe is the heaviest?", (1, True)),
        ("which canoe is longest", (2, True)),
    ):
        wish = shipped.wish(message)
        assert wish
        assert shipped.column(message, wish, columns) == expected, message
    wish = shipped.wish("Which is the cheapest canoe?")
    assert wish
    assert shipped.column("Which is the cheapest canoe?", wish, columns[1:]) is None

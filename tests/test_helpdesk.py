"""Help-desk archives: what is read of them, and that those of the project say only what stands in their pages."""

import json
import zipfile
from pathlib import Path

import pytest

from benchmarks.training_sets import desk_across
from rag.datasets import formats, helpdesk
from rag.datasets.dataset import Quote
from rag.errors import RagError
from rag.evaluation.location import QuoteFinder
from rag.loading.formats import LOADERS
from tests.conftest import ROOT

SHIPPED = sorted((ROOT / "data" / "helpdesk").glob("*.zip"))
PAGE = (
    "# Returns\n\nYou have 30 days. Sale items have 14 days.\n\n| land | price |\n|--|--|\n| Sweden | 26 |\n| Denmark | 20 |\n"
)
TURN = {
    "id": "a",
    "language": "en",
    "kind": "basic",
    "history": [],
    "message": "how long have i got",
    "standalone": "",
    "intents": ["question"],
    "answerable": "yes",
    "units": [{"document": "returns.md", "text": "You have 30 days.", "role": "rule"}],
    "short": "30 days",
    "verdict": "",
    "ask_back": None,
    "reply": "You have 30 days.",
    "negatives": [],
    "claims": [],
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def archive(path: Path, *turns: dict[str, object], pages: dict[str, str] | None = None) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, text in (pages or {"pages/returns.md": PAGE}).items():
            file.writestr(name, text)
        file.writestr("turns.jsonl", "".join(json.dumps(TURN | turn) + "\n" for turn in turns))
    return path


def test_questions_are_read_with_their_units_and_pages(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "shop.zip", {}, {"id": "b", "intents": ["greeting"]}, {"id": "c", "answerable": "no", "units": []}
    )
    dataset = formats.read(path)
    answered, unanswered = dataset.questions
    assert (dataset.name, answered.text, answered.answers) == ("shop", "how long have i got", ("30 days",))
    assert answered.quotes == (Quote("returns.md", "You have 30 days."),)
    assert not unanswered.answerable
    assert dataset.folder is not None
    assert (dataset.folder / "returns.md").read_text("utf-8") == PAGE


def test_what_leans_on_the_conversation_or_is_long_is_asked_as_it_stands_alone(tmp_path: Path) -> None:
    earlier = [{"role": "user", "text": "hi"}, {"role": "agent", "text": "Hello."}]
    mail = "Dear team, " + "we had a lovely week and " * 20 + "how long have i got?"
    path = archive(
        tmp_path / "shop.zip",
        {"history": earlier, "message": "and sale", "standalone": "How long for sale items?"},
        {"id": "b", "message": mail, "standalone": "How long can I return?"},
    )
    follow_up, long = formats.read(path).questions
    assert (follow_up.text, follow_up.message, follow_up.before) == ("How long for sale items?", "and sale", "hi Hello.")
    assert (long.text, long.before.split()[:4]) == ("How long can I return?", ["Dear", "team,", "we", "had"])
    assert len(long.message.split()) == 40
    assert long.message.endswith("how long have i got?")


def test_messages_are_asked_over_the_pages_of_the_translation(tmp_path: Path) -> None:
    original = archive(tmp_path / "shop.zip", {"id": "shop-1"}, {"id": "shop-2"})
    german = {"id": "shop-1-de", "language": "de", "message": "wie lange hab ich zeit", "units": [], "short": "30 Tage"}
    translated = archive(tmp_path / "shop-de.zip", german, pages={"pages/rueckgabe.md": "# Rückgabe\n\nSie haben 30 Tage."})
    assert desk_across(translated, original, tmp_path / "made.zip") == 1
    (question,) = formats.read(tmp_path / "made.zip").questions
    assert (question.text, question.answers) == ("wie lange hab ich zeit", ("30 days",))
    assert question.quotes == (Quote("returns.md", "You have 30 days."),)
    assert desk_across(original, translated, tmp_path / "back.zip") == 1
    (question,) = formats.read(tmp_path / "back.zip").questions
    assert (question.text, question.answers) == ("how long have i got", ("30 Tage",))


def test_an_archive_is_unpacked_once(tmp_path: Path) -> None:
    path = archive(tmp_path / "shop.zip", {})
    folder = formats.read(path).folder
    assert folder is not None
    (folder / "mark").touch()
    again = formats.read(path).folder
    assert again == folder
    assert (folder / "mark").exists()


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ({"pages/../../evil.md": "x"}, r"holds 'pages/../../evil.md'"),
        ({"/evil.md": "x"}, "holds '/evil.md'"),
        ({"other/x.md": "x"}, "holds 'other/x.md'"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, pages: dict[str, str], reason: str) -> None:
    with pytest.raises(RagError, match=reason):
        formats.read(archive(tmp_path / "shop.zip", {}, pages=pages))


def test_what_is_no_archive_and_no_turn_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no")
    with pytest.raises(RagError, match="no zip archive"):
        formats.read(tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as file:
        file.writestr("pages/a.md", "x")
    with pytest.raises(RagError, match=r"lacks turns\.jsonl"):
        formats.read(tmp_path / "y.zip")
    broken = {key: value for key, value in TURN.items() if key != "short"}
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as file:
        file.writestr("turns.jsonl", json.dumps(TURN) + "\n" + json.dumps(broken) + "\n")
    with pytest.raises(RagError, match=r"turns\.jsonl line 2 is no turn: KeyError\('short'\)"):
        formats.read(tmp_path / "z.zip")


def test_a_row_is_found_by_its_cells(tmp_path: Path) -> None:
    (tmp_path / "returns.md").write_text(PAGE)
    (document,) = LOADERS[".md"](tmp_path / "returns.md", "returns.md")
    finder = QuoteFinder(document.text, document.blocks)
    place = finder.find(Quote("returns.md", "Denmark | 20"))
    assert place is not None
    assert document.text[slice(*place)] == "land: Denmark; price: 20"
    assert finder.find(Quote("returns.md", "Denmark | 26")) is None


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_unit_of_the_project_s_archives_stands_in_its_page(path: Path) -> None:
    folder = formats.read(path).folder
    assert folder is not None
    finders = {
        file.relative_to(folder).as_posix(): [
            QuoteFinder(document.text, document.blocks) for document in LOADERS[file.suffix](file, file.name)
        ]
        for file in folder.rglob("*")
        if file.is_file()
    }
    turns = [json.loads(line) for line in (folder.parent / helpdesk.TURNS).read_text("utf-8").splitlines()]
    lost = [
        (turn["id"], unit["document"], unit["text"])
        for turn in turns
        for unit in (*turn["units"], *turn["negatives"])
        if not any(finder.find(Quote(unit["document"], unit["text"])) for finder in finders[unit["document"]])
    ]
    assert lost == []
    assert len({turn["id"] for turn in turns}) == len(turns)
    assert all(bool(turn["units"]) == (turn["answerable"] == "yes") for turn in turns)

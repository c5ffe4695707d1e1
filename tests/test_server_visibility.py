"""What is for staff reaches staff alone, by every handler of the page: real catalogue, real Chroma, real accounts."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.apps.access import SCOPES_OF, Person, Visit
from rag.checking import ExactChecker
from rag.config import load_settings
from rag.errors import NotFoundError, StoreError
from rag.index.bases import create_base, rename_base, set_base_audience
from rag.languages import en as texts
from rag.reading import LateInteractionReader
from rag.served import Bases
from rag.service import Models
from tests.fakes import SPEC, FakeEmbedder
from tests.serving import PASSWORD, PROXY, Served, call, handlers, server
from tests.test_audience import FILES, QUESTION, SECRET, write
from tests.test_service import ScriptedGenerator

pytestmark = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),  # both: gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bases]:
    """The base `default` with a handbook for staff in it, and the base `staff` for staff alone."""
    folder = tmp_path_factory.mktemp("data")
    settings = load_settings({"data_dir": folder, "refuse_below": 0.0, "port": 0})
    embedder = FakeEmbedder()
    reader = LateInteractionReader(embedder.embed_tokens)
    models = Models(embedder, embedder.tokenize, SPEC, [reader], ScriptedGenerator, ExactChecker(), {})
    with closing(Bases(settings, models)) as made:
        made.open("default", "internal").ingest([write(folder / "documents", FILES)])
        create_base(folder, "staff")
        set_base_audience(folder, "staff", "internal")
        made.open("staff", "internal").ingest([write(folder / "more", {"rota.md": f"# Rota\n\nThe {SECRET} is kept.\n"})])
        yield made


@pytest.fixture(scope="module")
def served(bases: Bases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with server(tmp_path_factory.mktemp("accounts"), bases, **PROXY) as running:
        yield running


def everything(served: Served, asking: httpx.Client, who: str) -> str:
    """What a person is shown by each handler of the page that shows anything, also by a crafted call."""
    known = handlers(served.app)
    shown: list[Any] = []

    def ask(name: str, data: list[Any], event: dict[str, Any] | None = None) -> None:
        shown.append(call(asking, known[name], data, event, f"tab-{who}"))

    ask("build.<locals>.arrive", [None])
    ask("ChatPage.ask", ["How may I order?", None])
    ask("ChatPage.ask_example", [None], {"question": "What may an agent give for one order?"})
    ask("ChatPage.ask_again", [None], {"question": "What may an agent give?"})
    ask("ChatPage.open_passage", [None], {"exchange": 0, "n": 1, "kind": "cite"})
    ask("open_document", [None], {"document": "staff/handbook.md"})
    ask("KnowledgePage.rows", ["", None])
    ask("KnowledgePage.list_document", [None], {"document": "staff/handbook.md"})
    ask("build.<locals>.choose", [None, ""], {"base": "staff"})
    ask("open_document", [None], {"document": "rota.md"})
    return str(shown)


def test_nothing_for_staff_reaches_a_visitor(served: Served) -> None:
    said = everything(served, served.person("visitor"), "visitor")
    assert "order on the website" in said
    assert SECRET not in said
    assert "is kept" not in said
    assert 'value="staff"' not in said


@pytest.mark.parametrize("who", ["agent", "editor"])
def test_staff_see_it(served: Served, who: str) -> None:
    said = everything(served, served.person(who), who)
    assert SECRET in said
    assert 'value=\\"staff\\"' in said or 'value="staff"' in said


def test_the_same_request_sees_as_its_person(bases: Bases) -> None:
    visitor = Visit(Person(), bases)
    agent = Visit(Person(SCOPES_OF["agent"], "internal"), bases)
    assert (visitor.names(), agent.names()) == (["default"], ["default", "staff"])
    assert SECRET not in str(visitor.open("default").search(QUESTION, 10))
    assert SECRET in str(agent.open("default").search(QUESTION, 10))
    assert SECRET not in str(visitor.open("default").search(QUESTION, 10)), "the one before changes nothing"
    for name in ("staff", "nowhere"):
        with pytest.raises(NotFoundError) as told:
            visitor.open(name)
        assert str(told.value) == texts.NO_BASE.format(name=name)


def test_a_key_reaches_its_bases_alone(bases: Bases) -> None:
    program = Visit(Person(audience="internal", bases=frozenset({"staff"})), bases)
    assert program.names() == ["staff"]
    with pytest.raises(NotFoundError):
        program.open("default")


@pytest.mark.parametrize("kept", [True, False])
def test_a_tab_shows_nothing_of_staff_to_who_is_staff_no_more(
    served: Served, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitors, known, tab = served.app.state.visitors, handlers(served.app), f"demoted-{kept}"
    account = visitors.accounts.add(tab, "editor", PASSWORD)
    bob = served.client()
    assert bob.post("/login", data={"name": tab, "password": PASSWORD}).status_code == 303
    with monkeypatch.context() as patch:
        if not kept:
            patch.setattr(visitors.conversations._file, "write", full)
        assert SECRET in str(call(bob, known["ChatPage.ask"], [QUESTION, None], session=tab))
        assert SECRET in str(call(bob, known["ChatPage.look"], [None], session=tab))
    visitors.accounts.set_role(account.id, "visitor")
    for handler, data in (("ChatPage.look", [None]), ("build.<locals>.arrive", [None]), ("ChatPage.ask", ["And then?", None])):
        assert SECRET not in str(call(bob, known[handler], data, session=tab))


@contextmanager
def full(*_: object) -> Iterator[None]:
    raise StoreError("the disk is full")
    yield


def test_a_base_for_staff_stays_so_under_another_name(tmp_path: Path) -> None:
    from rag.index.bases import base_audience, list_bases

    create_base(tmp_path, "one")
    set_base_audience(tmp_path, "one", "internal")
    rename_base(tmp_path, "one", "two")
    assert base_audience(tmp_path, "two") == "internal"
    assert (list_bases(tmp_path), list_bases(tmp_path, "public")) == (("two",), ())
    set_base_audience(tmp_path, "two", "public")
    assert list_bases(tmp_path, "public") == ("two",)

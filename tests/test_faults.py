"""Damaged and lost files of a base: found out, said in one message, made again where that is possible."""

import random
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rag.config import load_settings
from rag.errors import DamagedIndexError, RagError, StoreError
from rag.index.bases import use_base
from rag.index.catalogue import CatalogueReader, Index
from rag.index.knowledge_base import KnowledgeBase
from rag.index.mending import Mending
from rag.types import Answer
from tests.fakes import SPEC, FakeEmbedder, FakeStores, make_ingestion

ANSWER = Answer("Why?", "Why?", "So.", "answered", 0.9, (), ())
FILES = {f"{n}.txt": f"Parcel {n} weighs {n} kilogrammes.\n\nIt is sent on day {n}." for n in range(20)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the catalogue of an ingested base, closed."""
    folder, documents = tmp_path_factory.mktemp("made"), tmp_path_factory.mktemp("documents")
    for name, text in FILES.items():
        (documents / name).write_text(text)
    catalogue, ingestion = make_ingestion(folder, FakeStores())
    ingestion.ingest([documents])
    catalogue.close()
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


def read_all(folder: Path) -> None:
    """Everything that questions, lists and ingestions read."""
    with closing(CatalogueReader.open(folder)) as catalogue:
        catalogue.index(SPEC)
        catalogue.questions()
        for name in catalogue.documents():
            catalogue.document(name)
        catalogue.chunks_by_id([id for id, _ in catalogue.search("parcel day kilogrammes", 100)])
        catalogue.files()
        catalogue.folders()


@pytest.mark.parametrize("seed", range(30))
def test_damage_in_the_catalogue_is_one_message(copy: Path, seed: int) -> None:
    """What is changed inside of a text is not found out; whatever is, is told as what it is."""
    path, chance = copy / "catalogue.sqlite3", random.Random(seed)
    content = bytearray(path.read_bytes())
    at = chance.randrange(len(content))
    for n in range(at, min(at + chance.choice([1, 64, 4096]), len(content))):
        content[n] ^= chance.randrange(1, 256)
    path.write_bytes(content)
    told = None
    try:
        read_all(copy)
    except StoreError as error:
        told = str(error)
    assert told is None or ("rag restore" in told and "\n" not in told)


@pytest.mark.parametrize("left", ["nothing", "empty", "half"])
def test_a_lost_catalogue_is_no_empty_base(copy: Path, left: str) -> None:
    path = copy / "catalogue.sqlite3"
    content = path.read_bytes()
    path.unlink()
    if left != "nothing":
        path.write_bytes(content[: len(content) // 2] if left == "half" else b"")
    with pytest.raises(StoreError, match="rag restore"):
        CatalogueReader.open(copy)


def test_a_row_that_this_program_never_wrote_is_told(copy: Path) -> None:
    with closing(sqlite3.connect(copy / "catalogue.sqlite3")) as connection:
        connection.execute("UPDATE documents SET sections = '[[1' WHERE name = '3.txt'")
        connection.commit()
    with closing(CatalogueReader.open(copy)) as catalogue:
        assert catalogue.document("4.txt")[0].text == FILES["4.txt"]
        with pytest.raises(StoreError, match=r"a row that cannot be read \(JSONDecodeError.*it is damaged; put a copy"):
            catalogue.document("3.txt")


class Damaged:
    """Vectors that are damaged until they are mended."""

    def __init__(self) -> None:
        self.mended = 0

    def open(self, *_: object) -> "Damaged":
        if not self.mended:
            raise DamagedIndexError("the vectors are damaged")
        return self

    def search(self, *_: object) -> list[tuple[str, float]]:
        return [("a", 1.0)]

    def mend(self) -> None:
        self.mended += 1


INDEX = Index(1, "vectors", SPEC, 1)


def test_who_searches_on_the_command_line_waits_until_vectors_are_made_again() -> None:
    chroma = Damaged()
    found = Mending(chroma, chroma.mend).search(INDEX)  # type: ignore[arg-type]
    assert found(None, 5, None) == [("a", 1.0)]  # type: ignore[arg-type]
    assert chroma.mended == 1


def test_a_server_answers_by_keywords_until_vectors_are_made_again() -> None:
    chroma, may_end, ended = Damaged(), threading.Event(), threading.Event()

    def mend() -> None:
        may_end.wait(10)
        chroma.mend()
        ended.set()

    mending = Mending(chroma, mend)  # type: ignore[arg-type]
    mending.behind = True
    found = [mending.search(INDEX)(None, 5, None) for _ in range(3)]  # type: ignore[arg-type]
    assert (found, chroma.mended) == ([[], [], []], 0)
    may_end.set()
    assert ended.wait(10)
    assert mending.search(INDEX)(None, 5, None) == [("a", 1.0)]  # type: ignore[arg-type]
    assert chroma.mended == 1


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    """A real base, with a fake encoder."""
    embedder, settings = FakeEmbedder(), load_settings({"data_dir": tmp_path})
    opened = KnowledgeBase.open("base", tmp_path / "bases" / "base", settings, SPEC, embedder, embedder.tokenize)
    (tmp_path / "tea.txt").write_text("Tea is steeped for four minutes.")
    opened.ingest([tmp_path / "tea.txt"])
    yield opened
    opened.close()


@pytest.mark.parametrize("what", ["gone", "no database"])
def test_vectors_are_made_again_from_the_catalogue(base: KnowledgeBase, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "bases" / "base" / "chroma"
    shutil.rmtree(folder)
    if what == "no database":
        folder.mkdir()
        (folder / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    retriever = base.retriever()
    assert retriever is not None
    dense, _ = retriever.candidates("steeped tea")
    assert len(dense) == 1


def test_folders_are_for_their_owner_alone(base: KnowledgeBase, tmp_path: Path) -> None:
    base.upload([tmp_path / "tea.txt"])
    bases = tmp_path / "bases"
    open_to_others = [path for path in (bases, *bases.glob("*"), *bases.glob("*/*")) if path.stat().st_mode & 0o077]
    assert [path for path in open_to_others if path.is_dir()] == []


def test_a_folder_of_an_earlier_version_is_closed_to_others(tmp_path: Path) -> None:
    folder = use_base(tmp_path)
    folder.chmod(0o755)
    assert use_base(tmp_path).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("said", [{"reason": "none of them"}, {"comment": "x" * 2001}, {"reason": "x" * 3_000_000}])
def test_a_remark_that_is_too_long_is_not_kept(base: KnowledgeBase, said: dict[str, str]) -> None:
    with pytest.raises(RagError, match=r"at most|take one of") as refused:
        base.said.add_feedback(ANSWER, liked=False, **said)
    assert len(str(refused.value)) < 200
    assert base._catalogue.feedback() == []

"""One contract for every VectorStore: the fake, a Chroma folder and a real Chroma server."""

import shutil
import socket
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import httpx
import numpy as np
import pytest
from chromadb.errors import InternalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rag.errors import DamagedIndexError, StoreError
from rag.index import soundness
from rag.index.store import Chroma
from rag.protocols import VectorStore
from rag.types import Vectors
from tests.fakes import FakeEmbedder, FakeStores

Metric = Literal["cosine", "euclidean"]
Make = Callable[[Metric], VectorStore]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    chroma = Path(sys.executable).with_name("chroma")
    if not chroma.exists():
        pytest.skip(f"no Chroma server to start: {chroma} is missing")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    command = [chroma, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                httpx.get(f"{url}/api/v2/heartbeat")
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(params=["fake", "folder", "server"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    url = request.getfixturevalue("server") if request.param == "server" else None
    chroma = Chroma.at(tmp_path, url)
    stores = FakeStores() if request.param == "fake" else chroma
    yield lambda metric: stores.create(f"test-{uuid.uuid4().hex}", metric, 0)
    chroma.close()


def unit(rows: int, dim: int = 16, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(rows, dim))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_finds_the_nearest_first(make: Make) -> None:
    store, vectors = make("cosine"), unit(40)
    store.upsert([f"c{i}" for i in range(40)], vectors, ["a.md"] * 40)
    found = store.search(vectors[7], 5)
    assert found[0][0] == "c7"
    assert found[0][1] == pytest.approx(1, abs=1e-5)
    exact = np.argsort(-vectors @ vectors[7])[:5]
    assert [id for id, _ in found] == [f"c{i}" for i in exact]
    assert [similarity for _, similarity in found] == pytest.approx(list(vectors[exact] @ vectors[7]), abs=1e-5)


def test_euclidean_similarity_is_one_over_one_plus_distance(make: Make) -> None:
    store = make("euclidean")
    store.upsert(["near", "far"], np.array([[1, 0], [4, 4]], np.float32), ["a", "a"])
    assert store.search(np.array([1, 0], np.float32), 2) == [("near", 1.0), ("far", pytest.approx(1 / 6))]


def test_upsert_replaces(make: Make) -> None:
    store, vectors = make("cosine"), unit(3)
    store.upsert(["a", "b"], vectors[:2], ["x", "x"])
    store.upsert(["b"], vectors[2:], ["y"])
    assert store.ids() == {"a", "b"}
    assert store.search(vectors[2], 1)[0] == ("b", pytest.approx(1, abs=1e-5))
    assert [id for id, _ in store.search(vectors[0], 5, {"y"})] == ["b"]
    found = store.vectors_of(["b", "gone"])
    assert found.keys() == {"b"}
    assert np.allclose(found["b"], vectors[2])
    assert store.vectors_of([]) == {}


def test_delete_ignores_what_is_not_there(make: Make) -> None:
    store, vectors = make("cosine"), unit(3)
    store.upsert(["a", "b", "c"], vectors, ["x"] * 3)
    store.delete(["b", "nothing"])
    store.delete([])
    assert store.ids() == {"a", "c"}
    assert {id for id, _ in store.search(vectors[1], 10)} == {"a", "c"}


def test_empty_store_and_k_zero(make: Make) -> None:
    store, vectors = make("cosine"), unit(1)
    store.upsert([], vectors[:0], [])
    assert (store.ids(), store.search(vectors[0], 3)) == (set(), [])
    store.upsert(["a"], vectors, ["x"])
    assert store.search(vectors[0], 0) == []
    assert store.search(vectors[0], 3, []) == []


def test_filter_by_more_documents_than_one_query_takes(make: Make) -> None:
    store, vectors = make("cosine"), unit(1300)
    names = [f"folder/{i} 文档.md" for i in range(1300)]
    store.upsert([str(i) for i in range(1300)], vectors, names)
    wanted = range(1, 1300, 2)
    found = store.search(vectors[4], 10, {names[i] for i in wanted})
    exact = [i for i in np.argsort(-vectors @ vectors[4]) if i in wanted][:10]
    assert [id for id, _ in found] == [str(i) for i in exact]


anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.lists(anything, min_size=1, unique=True), data=st.data())
def test_what_goes_in_comes_out(make: Make, ids: list[str], data: st.DataObject) -> None:
    store = make("euclidean")
    numbers = st.floats(-10, 10, width=32)
    vectors = data.draw(hnp.arrays(np.float32, (len(ids), 8), elements=numbers))
    store.upsert(ids, vectors, ids)
    assert store.ids() == set(ids)
    for id, vector in zip(ids, vectors, strict=True):
        assert store.search(vector, 1, [id]) == [(id, pytest.approx(1, abs=1e-2))]
    gone = data.draw(st.sets(st.sampled_from(ids)))
    store.delete(sorted(gone))
    assert store.ids() == set(ids) - gone


@pytest.mark.slow
def test_recall_against_exact_search(tmp_path: Path) -> None:
    count, dim = 5000, 384  # random directions are the hardest case; real passages are clustered
    vectors, questions = unit(count, dim), unit(50, dim, seed=1)
    store = Chroma.at(tmp_path).create("recall", "cosine", 0)
    store.upsert([str(i) for i in range(count)], vectors, ["x"] * count)
    exact = np.argsort(-questions @ vectors.T, axis=1)[:, :10]
    found = [{int(id) for id, _ in store.search(question, 10)} for question in questions]
    assert sum(len(got & set(best)) for got, best in zip(found, exact.tolist(), strict=True)) / 500 >= 0.97


def test_opening_a_missing_collection_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="run `rag documents retry`"):
        Chroma.at(tmp_path).open("missing", "cosine", 0)


def test_another_metric_is_refused(tmp_path: Path) -> None:
    Chroma.at(tmp_path).create("made-before", "cosine", 0)
    with pytest.raises(StoreError, match="compared by cosine, not euclidean"):
        Chroma.at(tmp_path).create("made-before", "euclidean", 0)


def test_collections_are_listed_and_dropped(tmp_path: Path) -> None:
    chroma = Chroma.at(tmp_path)
    chroma.create("one", "cosine", 0)
    chroma.create("two", "cosine", 0)
    chroma.drop("one")
    chroma.drop("one")
    assert chroma.collections() == ["two"]


def test_a_damaged_file_is_told_to_who_searches_and_replaced_by_who_writes(tmp_path: Path) -> None:
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(DamagedIndexError, match="run `rag documents retry`"):
        Chroma.at(tmp_path).open("any", "cosine", 0)
    assert Chroma.at(tmp_path).create("any", "cosine", 0).ids() == set()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of so many vectors that Chroma keeps them in files of its own."""
    folder = tmp_path_factory.mktemp("large")
    vectors = np.random.default_rng(0).normal(size=(1200, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    Chroma.at(folder).create("vectors", "cosine", 0).upsert([f"i{n}" for n in range(1200)], vectors, ["d"] * 1200)
    return folder


def test_files_that_would_end_the_process_are_found_out_and_replaced(large: Path, tmp_path: Path) -> None:
    """Chroma itself ends with a segmentation fault here."""
    copy = tmp_path / "copy"
    shutil.copytree(large, copy)
    (damaged,) = copy.glob("chroma/*/data_level0.bin")
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2] + bytes(255 - byte for byte in whole[len(whole) // 2 :]))
    with pytest.raises(DamagedIndexError, match="are damaged"):
        Chroma.at(copy).open("vectors", "cosine", 0)
    assert Chroma.at(copy).create("vectors", "cosine", 0).ids() == set()


def test_files_that_another_has_written_are_looked_at_once(large: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(large, copy)
    (copy / "chroma.json").unlink()
    began = soundness_children(copy)
    assert began == [["-c", "from rag.index.soundness import probe; probe()", str(copy / "chroma")]]
    assert soundness_children(copy) == []


def soundness_children(folder: Path) -> list[list[str]]:
    """The arguments of the Python processes that looking at the files starts."""
    began: list[list[str]] = []
    with pytest.MonkeyPatch.context() as patch:
        run = subprocess.run
        patch.setattr(subprocess, "run", lambda command, **how: (began.append(command[1:]), run(command, **how))[1])
        soundness.check(folder / "chroma")
    return began


def test_an_error_that_is_no_damage_removes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chroma = Chroma.at(tmp_path)
    chroma.create("one", "cosine", 0).upsert(["a"], unit(1), ["x"])

    def full(*_: object) -> None:
        raise InternalError("error returned from database: (code: 13) database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Chroma, "_engine", full)
        patch.setattr(Chroma, "_is_current", lambda *_: False)
        with pytest.raises(StoreError, match="disk is full") as told:
            chroma.create("one", "cosine", 0)
    assert not isinstance(told.value, DamagedIndexError)
    assert chroma.open("one", "cosine", 0).ids() == {"a"}


def test_works_again_after_its_folder_was_deleted(tmp_path: Path) -> None:
    chroma = Chroma.at(tmp_path)
    chroma.create("one", "cosine", 0).upsert(["a"], unit(1), ["x"])
    shutil.rmtree(tmp_path / "chroma")
    assert chroma.create("one", "cosine", 0).ids() == set()


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://host", "http://", "http://host:port", "http://host/path", "http://u:p@host"]
)
def test_an_unusable_url_is_named(url: str) -> None:
    with pytest.raises(StoreError, match="RAG_CHROMA_URL"):
        Chroma.at(Path("unused"), url)


def test_an_unreachable_server_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"server at http://127\.0\.0\.1:9 cannot be used .* RAG_CHROMA_URL"):
        Chroma.at(tmp_path, "http://127.0.0.1:9").create("any", "cosine", 0)


@pytest.mark.slow
def test_sees_what_another_process_wrote_when_the_revision_moves(tmp_path: Path) -> None:
    vector = FakeEmbedder().embed(["thirty days"])[0]
    chroma = Chroma.at(tmp_path)
    chroma.create("shared", "cosine", 0).upsert(["old"], FakeEmbedder().embed(["something else"]), ["x"])
    assert [id for id, _ in chroma.open("shared", "cosine", 0).search(vector, 1)] == ["old"]
    script = """
        import sys
        from pathlib import Path
        from rag.index.store import Chroma
        from tests.fakes import FakeEmbedder
        store = Chroma.at(Path(sys.argv[1])).open("shared", "cosine", 0)
        store.upsert(["new"], FakeEmbedder().embed(["thirty days"]), ["x"])
        store.delete(["old"])
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script), tmp_path], check=True, cwd=Path(__file__).parents[1])
    assert chroma.open("shared", "cosine", 1).search(vector, 2) == [("new", pytest.approx(1, abs=1e-5))]


@pytest.mark.slow
def test_a_filter_finds_what_was_read_while_another_process_writes_more_of_the_same_documents(tmp_path: Path) -> None:
    vectors = FakeEmbedder().embed([f"word {number}" for number in range(200)])
    Chroma.at(tmp_path).create("shared", "cosine", 1).upsert(
        [f"old{number}" for number in range(200)], vectors, ["other.md", "manual.md"] * 100
    )
    before = Chroma.at(tmp_path).open("shared", "cosine", 1).search(vectors[1], 5, ["manual.md"])
    write = """if True:
        import sys; from pathlib import Path
        from rag.index.store import Chroma
        from tests.fakes import FakeEmbedder
        texts = [f"new word {number}" for number in range(20)]
        store = Chroma.at(Path(sys.argv[1])).create("shared", "cosine", 1)
        store.upsert([f"new{number}" for number in range(20)], FakeEmbedder().embed(texts), ["manual.md"] * 20)
    """
    subprocess.run([sys.executable, "-c", write, tmp_path], check=True, cwd=Path(__file__).parents[1])
    store = Chroma.at(tmp_path).open("shared", "cosine", 1)  # what was written is not committed: no new revision
    assert store.search(vectors[1], 5, ["manual.md"]) == before
    assert {id for id, _ in store.search(vectors[1], 500, ["manual.md"])} == {f"old{number}" for number in range(1, 200, 2)}


@pytest.mark.slow
def test_sees_the_first_vectors_of_a_collection_it_found_empty(tmp_path: Path) -> None:
    chroma = Chroma.at(tmp_path)
    assert chroma.create("shared", "cosine", 0).search(unit(1)[0], 1) == []
    write = "import sys; from pathlib import Path; from rag.index.store import Chroma; from tests.test_store import unit; "
    write += "Chroma.at(Path(sys.argv[1])).open('shared', 'cosine', 0).upsert(['a'], unit(1), ['x'])"
    subprocess.run([sys.executable, "-c", write, tmp_path], check=True, cwd=Path(__file__).parents[1])
    assert [id for id, _ in chroma.open("shared", "cosine", 0).search(unit(1)[0], 1)] == ["a"]


def test_nothing_is_written_where_the_disk_is_nearly_full_and_what_is_there_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Chroma.at(tmp_path).create("passages", "cosine", 0)
    vectors = unit(3)
    store.upsert(["a", "b"], vectors[:2], ["x.md", "y.md"])
    monkeypatch.setattr("rag.index.store.ROOM", 10**18)
    for write in (
        lambda: store.upsert(["c"], vectors[2:], ["z.md"]),
        lambda: store.delete(["a"]),
        lambda: Chroma.at(tmp_path).create("passages", "cosine", 0),
    ):
        with pytest.raises(StoreError, match="MB of room left: make"):
            write()
    assert [id for id, _ in store.search(vectors[0], 2)] == ["a", "b"]

"""Knowledge bases as folders: named, made, renamed, deleted, and made of what version 1 left."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import IndexBusyError, NotFoundError, RagError, SettingsError, StoreError
from rag.index import bases
from rag.index.catalogue import CatalogueReader, CatalogueWriter
from rag.index.ingestion import writing
from rag.index.store import Chroma
from tests.fakes import SPEC, make_ingestion
from tests.test_migrations import old

__all__ = ["old"]
ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", ["default", "shop-2", "a_b", "店铺", "Zürich", "हिन्दी", "7", "x" * 64])
def test_base_names_may_be_of_any_script(tmp_path: Path, name: str) -> None:
    folder = bases.create_base(tmp_path, name)
    assert folder == bases.base_folder(tmp_path, name) == bases.find_base(tmp_path, name)
    assert bases.list_bases(tmp_path) == (folder.name,)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "../x", "-x", "_x", "a b", "a\0", "x" * 65, "𠀀" * 64, ".hidden", "½", "😀"]
)
def test_base_names_are_no_paths(tmp_path: Path, name: str) -> None:
    with pytest.raises(RagError, match=r"is no name of a base: take letters, digits, - and _, at most 64"):
        bases.create_base(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=70))
def test_base_folder_is_always_in_the_folder_of_bases(name: str) -> None:
    try:
        folder = bases.base_folder(Path("/data"), name)
    except RagError:
        return
    assert Path(os.path.normpath(folder)) == folder
    assert folder.parent == Path("/data/bases")


def test_one_name_however_it_is_spelt_in_unicode(tmp_path: Path) -> None:
    bases.create_base(tmp_path, "cafe\u0301")
    with pytest.raises(RagError, match="there is a base named 'caf\u00e9' already; take another name"):
        bases.create_base(tmp_path, "caf\u00e9")


def test_a_base_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    bases.create_base(tmp_path, "shop")
    message = r"no base is named 'shpo' \(there are: shop\); `rag bases create shpo` makes it"
    for use in (bases.find_base, bases.delete_base, lambda data_dir, name: bases.rename_base(data_dir, name, "new")):
        with pytest.raises(NotFoundError, match=message):
            use(tmp_path, "shpo")


def filled(folder: Path, text: str) -> None:
    """A base with one upload in it, vectors included."""
    (folder / "uploads").mkdir(parents=True)
    (folder / "uploads" / "a.txt").write_text(text)
    catalogue, ingestion = make_ingestion(folder, Chroma.at(folder))
    ingestion.ingest([folder / "uploads" / "a.txt"])
    catalogue.close()


def nearest(folder: Path) -> str:
    """The text found in a base by vectors."""
    from tests.fakes import FakeEmbedder

    with closing(CatalogueReader.open(folder)) as catalogue:
        index = catalogue.index(SPEC)
        assert index is not None
        store = Chroma.at(folder).open(index.collection, "cosine", index.revision)
        ids = [id for id, _ in store.search(FakeEmbedder().embed(["lamp"])[0], 1)]
        return next(iter(catalogue.chunks_by_id(ids).values())).text


def test_bases_are_beside_each_other_and_keep_their_uploads_when_renamed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        filled(bases.create_base(tmp_path, name), f"A lamp of {name}.")
    folder = bases.rename_base(tmp_path, "one", "three")
    assert bases.list_bases(tmp_path) == ("three", "two")
    assert [nearest(folder), nearest(bases.find_base(tmp_path, "two"))] == ["A lamp of one.", "A lamp of two."]
    with closing(CatalogueReader.open(folder)) as catalogue:
        assert list(CatalogueWriter(catalogue.database).known()) == [folder.resolve() / "uploads" / "a.txt"]
    with pytest.raises(RagError, match="there is a base named 'two' already"):
        bases.rename_base(tmp_path, "three", "two")


def test_a_base_made_again_is_not_searched_in_the_vectors_of_the_old(tmp_path: Path) -> None:
    filled(bases.create_base(tmp_path, "one"), "A lamp of old.")
    assert nearest(bases.find_base(tmp_path, "one")) == "A lamp of old."
    bases.delete_base(tmp_path, "one")
    assert bases.list_bases(tmp_path) == ()
    assert list((tmp_path / "bases").iterdir()) == []
    filled(bases.create_base(tmp_path, "one"), "A lamp of new.")
    assert nearest(bases.find_base(tmp_path, "one")) == "A lamp of new."


def test_collections_on_a_server_are_dropped_with_their_base(tmp_path: Path) -> None:
    folder = bases.create_base(tmp_path, "one")
    filled(folder, "A lamp.")
    with closing(CatalogueReader.open(folder)) as catalogue:
        index = catalogue.active()
        assert index is not None
    dropped: list[str] = []
    bases.delete_base(tmp_path, "one", dropped.append)
    assert dropped == [index.collection]


def test_a_base_in_use_is_neither_renamed_nor_deleted(tmp_path: Path) -> None:
    folder = bases.create_base(tmp_path, "one")
    filled(folder, "A lamp.")
    changes = (lambda: bases.rename_base(tmp_path, "one", "two"), lambda: bases.delete_base(tmp_path, "one"))
    with writing(folder / bases.WRITER_LOCK):
        for change in changes:
            with pytest.raises(IndexBusyError, match="is writing to this index"):
                change()
    with closing(CatalogueReader.open(folder)):
        for change in changes:
            with pytest.raises(IndexBusyError, match=r"catalogue.sqlite3 is open in another process .*stop that"):
                change()
    assert nearest(folder) == "A lamp."


def test_adopt_makes_a_base_of_version_1(old: Path) -> None:
    folder = bases.adopt_version_1(old)
    assert folder == bases.find_base(old, "default")
    assert sorted(path.name for path in old.iterdir()) == ["bases", "bases.lock"]
    with closing(CatalogueReader.open(folder)) as catalogue, closing(Chroma.at(folder)) as chroma:
        index = catalogue.active()
        assert index is not None
        assert len(catalogue.search("warranty", 5)) == 1
        assert len(chroma.open(index.collection, index.spec.metric, index.revision).ids()) == 5
        files = {file.name: path for path, file in CatalogueWriter(catalogue.database).known().items()}
    assert files["warranty.txt"] == folder.resolve() / "uploads" / "warranty.txt"
    assert bases.adopt_version_1(old) is None


@pytest.mark.parametrize("step", [1, 2, 3])
def test_adopt_goes_on_where_it_was_killed(old: Path, step: int) -> None:
    program = """if True:
        import os, sys
        from pathlib import Path
        from rag.index import bases
        left = int(sys.argv[2])
        move = os.replace
        def replace(*paths):
            global left
            left -= 1
            os._exit(9) if not left else move(*paths)
        bases.os.replace = replace
        bases.adopt_version_1(Path(sys.argv[1]))"""
    assert subprocess.run([sys.executable, "-c", program, str(old), str(step)], cwd=ROOT, check=False).returncode == 9
    folder = bases.adopt_version_1(old)
    assert folder is not None
    assert sorted(path.name for path in old.iterdir()) == ["bases", "bases.lock"]
    assert (folder / "uploads" / "warranty.txt").exists()
    with closing(CatalogueReader.open(folder)) as catalogue:
        assert len(catalogue.search("warranty", 5)) == 1


def test_adopt_keeps_what_was_written_last(old: Path) -> None:
    program = """if True:
        import os, sqlite3, sys
        connection = sqlite3.connect(sys.argv[1])
        connection.execute("INSERT INTO gaps VALUES (NULL, 'Who?', 0.1, '2026-01-01T00:00:00+00:00')")
        connection.commit()
        os._exit(9)"""
    subprocess.run([sys.executable, "-c", program, str(old / "catalogue.sqlite3")], cwd=ROOT, check=False)
    assert (old / "catalogue.sqlite3-wal").stat().st_size  # the last commit stands in the log only
    folder = bases.adopt_version_1(old)
    assert folder is not None
    with closing(CatalogueReader.open(folder)) as catalogue:
        assert [gap.question for gap in catalogue.gaps()] == ["Who?"]


def test_adopt_leaves_a_base_alone_that_is_there(old: Path) -> None:
    filled(bases.create_base(old, "default"), "A lamp.")
    assert bases.adopt_version_1(old) == bases.find_base(old, "default-2")
    assert nearest(bases.find_base(old, "default")) == "A lamp."


def test_adopt_waits_for_no_writer(old: Path) -> None:
    with writing(old / "writer.lock"), pytest.raises(IndexBusyError, match="is writing to this index"):
        bases.adopt_version_1(old)
    assert (old / "catalogue.sqlite3").exists()


def test_damaged_catalogue_says_what_to_do(tmp_path: Path) -> None:
    folder = bases.create_base(tmp_path, "shop")
    (folder / "catalogue.sqlite3").write_bytes(b"no database at all" * 99)
    with pytest.raises(StoreError, match="`rag bases delete shop --yes` and ingest its documents again"):
        CatalogueReader.open(folder)
    bases.delete_base(tmp_path, "shop")
    assert bases.list_bases(tmp_path) == ()


def test_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "afile").write_text("")
    with pytest.raises(SettingsError, match=r"RAG_DATA_DIR is .*afile, where no folder can be made"):
        bases.use_base(tmp_path / "afile")

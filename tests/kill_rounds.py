"""Ingestion killed with SIGKILL at random instants, round after round: `python -m tests.kill_rounds 200` prints what happened.

Each round edits, adds and removes some of about 30 small documents, starts an ingestion (or a rebuild) in a process of its
own, kills it somewhere, and compares what is left with what that process had acknowledged. In some rounds the ingestion is also
stopped or paused, or a document is deleted by another process meanwhile.
"""

import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import rag.index.ingestion.run
from rag.index.catalogue import CatalogueReader, CatalogueWriter
from rag.index.store import Chroma
from rag.types import TextKind, Vectors
from tests.fakes import SPEC, FakeEmbedder, chunk, discover, make_ingestion, other_spec

LETTERS = str.maketrans("0123456789", "abcdefghij")
WORDS = [f"word{number}".translate(LETTERS) for number in range(300)]
SPECS = [SPEC, other_spec()]
ENDS = ("stop", "pause")


class SlowEmbedder(FakeEmbedder):
    """Takes as long as a small model, so that kills also hit between its batches."""

    def embed(self, texts: Sequence[str], kind: TextKind = "passage") -> Vectors:
        time.sleep(0.02)
        return super().embed(texts, kind)


def worker(data_dir: Path, documents: Path, job: str, spec: int, after: float) -> None:
    """Prints `start`, the name of each file that is committed, and `done`. The jobs `stop` and `pause` end `after` seconds."""
    rag.index.ingestion.run.GROUP = 12  # several commits a run
    catalogue, ingestion = make_ingestion(data_dir, Chroma.at(data_dir), spec=SPECS[spec], embedder=SlowEmbedder())
    said = 0

    def progress(done: int, total: int, what: str) -> None:
        nonlocal said
        if done > said:
            print(what, flush=True)
        said = done

    import chromadb  # noqa: F401  # a second of importing is no part of what is tested

    print("start", flush=True)
    if job in ENDS:
        timer = threading.Timer(after, getattr(ingestion, job))
        timer.daemon = True
        timer.start()
    if job == "rebuild":
        ingestion.rebuild(progress)
    else:
        ingestion.ingest([documents], progress)
    print("done", flush=True)
    catalogue.close()


class Rounds:
    """The documents on disk, what was acknowledged, and what was found wrong."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.data_dir, self.documents = folder / "data", folder / "documents"
        self.documents.mkdir(parents=True)
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.acknowledged: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.since: dict[str, set[str | None]] = {}  # by name, what was on disk after it was acknowledged; None: no file
        self.spec, self.number, self.took = 0, 0, 1.0
        for number in range(30):
            self.write(f"{number % 3}/doc{number}.md")

    def write(self, name: str) -> None:
        self.number += 1
        self.deleted.discard(name)  # it comes back when it has changed
        paragraphs = [
            " ".join(self.random.choices(WORDS, k=self.random.randint(3, 90))) for _ in range(self.random.randint(1, 5))
        ]
        path = self.documents / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"only{self.number}x".translate(LETTERS) + "\n\n" + "\n\n".join(paragraphs))
        self.since.setdefault(name, set()).add(path.read_text())

    def edit(self) -> None:
        names = [name for _, name in discover(self.documents)]
        for name in self.random.sample(names, min(len(names), self.random.randint(1, 6))):
            if self.random.random() < 0.3 and len(names) > 20:
                (self.documents / name).unlink()
                self.since.setdefault(name, set()).add(None)
                self.deleted.discard(name)
            else:
                self.write(name)
        for _ in range(self.random.randint(0, 3)):
            self.write(f"{self.random.randint(0, 2)}/new{self.number}.md")

    def round(self) -> None:
        """Edit, start, kill, check; half of the time also finish and check again."""
        self.edit()
        rebuilding = self.random.random() < 0.2 and self.counts["rounds"] > 0
        target = 1 - self.spec if rebuilding else self.spec
        command = [sys.executable, "-m", "tests.kill_rounds", "worker", self.data_dir, self.documents]
        job = "rebuild" if rebuilding else self.random.choice(("ingest", "ingest", *ENDS))
        command += [job, str(target), str(self.random.random() * self.took)]
        unchanged = {name for name in self.acknowledged if not self.since.get(name)}  # a newer content would bring it back
        victim = self.random.choice(sorted(unchanged)) if unchanged and self.random.random() < 0.3 else None
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as process:
            assert process.stdout
            assert process.stdout.readline() == "start\n"
            started = time.monotonic()
            lifetime = self.random.random() * self.took * (2 if job in ENDS else 1)
            if victim:
                time.sleep(0.5 * lifetime)
                self.delete(victim)
            time.sleep(max(0.0, lifetime - (time.monotonic() - started)))
            process.kill()
            lines = process.stdout.read().split()
        finished = lines[-1:] == ["done"]
        if finished:
            self.took = 0.5 * self.took + 0.5 * (time.monotonic() - started)
        else:
            self.took = min(4.0, self.took * 1.05)
        self.counts.update(rounds=1, killed=not finished, rebuilds=rebuilding, acknowledged=len(lines) - finished)
        self.counts[f"{job} rounds"] += 1
        if not rebuilding:  # what a rebuild commits is seen when it is complete
            for name in lines[: len(lines) - finished]:
                if name not in self.deleted:
                    self.acknowledge(name)
        self.check(complete=False)
        if job == "stop" or self.random.random() < 0.5:  # what was stopped is left alone until somebody asks for it
            self.complete(rebuilding)
            self.check(complete=True)

    def complete(self, rebuilding: bool) -> None:
        catalogue, ingestion = make_ingestion(self.data_dir, Chroma.at(self.data_dir), spec=SPECS[self.spec])
        if rebuilding and self.random.random() < 0.5:
            catalogue, ingestion = make_ingestion(
                self.data_dir, Chroma.at(self.data_dir), spec=SPECS[1 - self.spec], catalogue=catalogue
            )
            ingestion.rebuild()
            self.spec = 1 - self.spec
        ingestion.ingest([self.documents])
        report = ingestion.retry()
        self.counts["quarantined"] += len(report.quarantined)
        catalogue.close()
        for name in list(self.since):
            if (self.documents / name).exists() and name not in self.deleted:
                self.acknowledge(name)
            else:
                self.acknowledged.pop(name, None)
                del self.since[name]

    def delete(self, name: str) -> None:
        """Takes a document out of the index, as another process than the one that writes."""
        catalogue, ingestion = make_ingestion(self.data_dir, Chroma.at(self.data_dir), spec=SPECS[self.spec])
        for file in catalogue.files():
            if file.name == name:
                ingestion.delete(file.id)
                self.deleted.add(name)
                self.acknowledged.pop(name, None)
                self.counts["deleted"] += 1
        catalogue.close()

    def acknowledge(self, name: str) -> None:
        self.acknowledged[name] = (self.documents / name).read_text()
        self.since[name] = set()

    def check(self, complete: bool) -> None:
        """Nothing lost, double or half: what is ready is one whole version of a file, with exactly its vectors."""
        catalogue = CatalogueReader.open(self.data_dir)
        active = catalogue.active()
        if active is None or not catalogue.documents():  # killed before anything was committed
            if self.acknowledged:
                self.fault("lost", "everything")
            catalogue.close()
            return
        self.spec = SPECS.index(active.spec)
        texts = {name: catalogue.document(name)[0].text for name in catalogue.documents()}
        for name in self.deleted & texts.keys():
            self.fault("back", name)
        for name, text in self.acknowledged.items():
            allowed = {text} | self.since.get(name, set())
            if texts.get(name) not in allowed:
                self.fault("lost", name)
        names = [file.name for file in catalogue.files()]
        for name in {name for name in names if names.count(name) > 1}:
            self.fault("double", name)
        rows = catalogue.database.read(
            "SELECT chunks.hash FROM chunks JOIN documents ON documents.id = chunks.document "
            "JOIN ready_versions ON ready_versions.id = documents.version"
        )
        ready = [row["hash"] for row in rows]
        chunks = catalogue.chunks_by_id(ready)
        if len(ready) != len(set(ready)):
            self.fault("double", "chunks")
        for name, text in texts.items():
            own = sorted((c.start, c.end, c.text) for c in chunks.values() if c.document == name)
            if any(text[start:end] != words for start, end, words in own) or own != self.expected(name, text):
                self.fault("half", name)
        store = Chroma.at(self.data_dir).open(active.collection, "cosine", active.revision)
        vectors = store.ids()
        if not set(ready) <= vectors:
            self.fault("half", "vectors")
        if complete:
            self.check_complete(catalogue, texts, vectors, ready)
        for name in self.random.sample(sorted(texts), min(5, len(texts))):
            unique = texts[name].split()[0]
            found = [chunks[id].document for id, _ in catalogue.search(unique, 3) if id in chunks]
            near = store.search(FakeEmbedder().embed([f"{Path(name).stem}\n{unique}"])[0], 1, [name])
            if found[:1] != [name]:
                self.fault("half", f"keyword search for {unique} finds {found}, not {name}")
            if [chunks[id].document for id, _ in near if id in chunks] != [name]:
                self.fault("half", f"vector search in {name} finds {near}")
        catalogue.close()

    def check_complete(self, catalogue: CatalogueReader, texts: dict[str, str], vectors: set[str], ready: list[str]) -> None:
        disk = {name: path.read_text() for path, name in discover(self.documents) if name not in self.deleted}
        if texts != disk:
            self.fault("lost", "after finishing")
        if vectors != set(ready):
            self.fault("double", f"{len(vectors - set(ready))} vectors of no passage")
        if CatalogueWriter(catalogue.database).retired() or len(
            catalogue.database.read("SELECT * FROM versions WHERE NOT ready AND index_id = 0")
        ):
            self.fault("half", "left over")
        counted = catalogue.database.read(
            "SELECT (SELECT count(*) FROM chunks) AS chunks, (SELECT count(*) FROM keywords) AS keywords"
        )
        if counted[0]["chunks"] != counted[0]["keywords"]:
            self.fault("half", "keywords")

    def expected(self, name: str, text: str) -> list[tuple[int, int, str]]:
        from tests.fakes import _document

        longest = 400 - SPECS[self.spec].chunk_overlap
        return sorted((c.start, c.end, c.text) for c in chunk(_document(name, Path(name).stem, text), longest))

    def fault(self, kind: str, what: str) -> None:
        self.counts[kind] += 1
        self.wrong.append(f"round {self.counts['rounds']}: {kind}: {what}")


def run(rounds: int, seed: int = 0) -> Rounds:
    """Plays the rounds in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="kill-rounds-"))
    played = Rounds(folder, seed)
    for _ in range(rounds):
        played.round()
    played.complete(rebuilding=False)
    played.check(complete=True)
    if not played.wrong:
        shutil.rmtree(folder)
    return played


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        worker(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], int(sys.argv[5]), float(sys.argv[6]))
    else:
        began = time.monotonic()
        result = run(int(sys.argv[1]), seed=int(sys.argv[2]) if len(sys.argv) > 2 else 0)
        ways = ("rounds", "killed", "rebuilds", "stop rounds", "pause rounds", "deleted")
        figures = (*ways, "acknowledged", "lost", "double", "half", "back", "quarantined")
        print(", ".join(f"{key} {result.counts[key]}" for key in figures), f"({time.monotonic() - began:.0f} s)")
        print("\n".join(result.wrong))
        sys.exit(bool(result.wrong))

"""A server over a data folder that stays from one start to the next, and what was acknowledged there: for proofs that nothing
acknowledged is lost."""

import json
import os
import random
import sqlite3
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from rag.apps.server.widget.widgets import Widget
from rag.apps.temporary import use_temporary_folder
from rag.config import load_settings
from rag.index.audit import AuditLog
from rag.index.catalogue import CatalogueReader
from rag.served import Bases
from tests.asking import Writer, models
from tests.serving import PASSWORD, PROXY, Served, server

BASE = "default"
LETTERS = str.maketrans("0123456789", "abcdefghij")
TEXT = "You can return an item within 30 days of delivery. Send the item in the box that it came in."
QUESTION = "How long can I return an item"
WIDE = {"requests_per_minute": 0, "questions_per_minute": 0, "refuse_below": 0.3, **PROXY}


@dataclass
class Living:
    """A server that runs, with what its clients need."""

    served: Served
    key: str
    widget: str

    @property
    def said(self) -> str:
        """For another process."""
        return json.dumps({"url": self.served.url, "key": self.key, "widget": self.widget})


@contextmanager
def living(folder: Path) -> Iterator[Living]:
    """The server over `folder`, which begins with what the last one left, as `rag serve` does."""
    os.environ.pop("GRADIO_TEMP_DIR", None)  # that of another server of this process, whose folder may be gone
    use_temporary_folder.cache_clear()
    read = load_settings({"data_dir": folder, "port": 0, **WIDE})
    with closing(Bases(read, models(Writer()))) as bases:
        bases.open(BASE, "internal").ingest([])
        with server(folder, bases, **WIDE) as served:
            visitors = served.app.state.visitors
            if not visitors.accounts.exist():
                visitors.accounts.add("Ada", "editor", PASSWORD)
            known: list[Widget] = visitors.widgets.all()
            widget = known[0] if known else visitors.widgets.add("Help", BASE, ["https://shop.example"], per_minute=10**6)
            key = str(visitors.keys.add("program", ["ask", "manage"], per_minute=10**6))
            yield Living(served, key, widget.id)


@dataclass
class Record:
    """What a server acknowledged, and what it may have done besides because its answer did not come."""

    documents: dict[str, str | None] = field(default_factory=dict)  # by name the word in it; None: deleted
    besides: dict[str, set[str | None]] = field(default_factory=lambda: defaultdict(set))
    ids: dict[str, int] = field(default_factory=dict)
    feedback: set[str] = field(default_factory=set)
    gaps: set[str] = field(default_factory=set)
    tokens: dict[str, str] = field(default_factory=dict)  # by a word of the question
    answers: dict[str, str] = field(default_factory=dict)
    passwords: list[str] = field(default_factory=lambda: [PASSWORD])  # the last that was acknowledged, and those tried since
    counts: Counter[str] = field(default_factory=Counter)
    number: int = 0
    _lock: Any = field(default_factory=threading.Lock, repr=False)

    def word(self) -> str:
        """One that was never used."""
        with self._lock:
            self.number += 1
            return f"only{self.number}x".translate(LETTERS)


class Clients:
    """People and programs at a server, each in a thread, until it is gone."""

    def __init__(self, url: str, key: str, widget: str, record: Record, seed: int) -> None:
        self._url, self._key, self._widget = url, key, widget
        self.record = record
        self._chance = random.Random(seed)
        self.refused: Counter[str] = Counter()
        self._threads: list[threading.Thread] = []
        self._ends = threading.Event()

    def start(self) -> None:
        for work in (self.talk, self.bring, self.judge, self.be_refused, self.change_password):
            thread = threading.Thread(target=self._until_gone, args=(work,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def join(self) -> None:
        """Waits until all have seen that the server is gone."""
        self._ends.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def each_once(self) -> None:
        """All of it once, in this thread."""
        for work in (self.talk, self.bring, self.bring, self.judge, self.be_refused, self.change_password):
            with self._client() as client:
                work(client)

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self._url, timeout=60, headers={"X-Forwarded-For": "198.51.100.7"})

    def _until_gone(self, work: Any) -> None:
        with self._client() as client:
            while not self._ends.is_set():
                try:
                    work(client)
                except httpx.TransportError:
                    return
                except Exception as error:  # of the client itself, which must not end it without a word
                    self.refused[f"{work.__name__}: {error!r}"] += 1
                    return

    def _is_done(self, what: str, answer: httpx.Response) -> bool:
        """Counts what was acknowledged; a refusal must be one of the server's own."""
        done = answer.status_code < 400
        if done:
            self.record.counts[what] += 1
        else:
            self.refused[f"{what}: {answer.status_code} {answer.text[:200]}"] += 1
        return done

    def talk(self, client: httpx.Client) -> None:
        """A conversation of three questions in a widget."""
        token = ""
        for _ in range(3):
            word = self.record.word()
            asked = {"question": f"{QUESTION}, {word}?", "token": token}
            with client.stream("POST", f"embed/{self._widget}/ask", json=asked) as answer:
                if answer.status_code >= 400:
                    answer.read()
                    self._is_done("conversations", answer)
                    return
                for name, data in events(answer.iter_lines()):
                    if name == "kept":
                        token = self.record.tokens[word] = data["token"]
                    elif name == "answer" and word in self.record.tokens:
                        self.record.answers[word] = data["text"]
                        self.record.counts["answers"] += 1
                    elif name == "problem":
                        self.refused[f"answers: {data['detail']}"] += 1

    def bring(self, client: httpx.Client) -> None:
        """A document that is new, or one that goes."""
        record, headers = self.record, {"Authorization": f"Bearer {self._key}"}
        if record.ids and self._chance.random() < 0.3:
            name = self._chance.choice(sorted(record.ids))
            tried = None in record.besides[name]  # the answer did not come: it may be gone
            record.besides[name].add(None)
            answer = client.delete(f"v1/documents/{record.ids[name]}", headers=headers)
            if (tried and answer.status_code == 404) or self._is_done("deletions", answer):
                record.documents[name], record.besides[name] = None, set()
                del record.ids[name]
            return
        word = record.word()
        name = f"{word}.txt"
        record.besides[name].add(word)
        text = "\n\n".join([f"{word} begins", *[f"{TEXT} {word}"] * self._chance.randrange(1, 30), f"{word} ends"])
        answer = client.post("v1/documents", headers=headers, files={"file": (name, text.encode())})
        if self._is_done("uploads", answer):
            (file,) = [one for one in answer.json()["data"] if one["document"] == name]
            if file["state"] == "ready":
                record.documents[name], record.besides[name], record.ids[name] = word, set(), file["id"]

    def judge(self, client: httpx.Client) -> None:
        """An answer of the API, and what is said of it."""
        headers, word = {"Authorization": f"Bearer {self._key}"}, self.record.word()
        asked = {"model": "footnote", "messages": [{"role": "user", "content": f"{QUESTION}?"}]}
        answer = client.post("v1/chat/completions", headers=headers, json=asked)
        if self._is_done("questions", answer):
            said = {"id": answer.json()["id"], "liked": False, "reason": "wrong", "comment": word}
            if self._is_done("feedback", client.post("v1/feedback", headers=headers, json=said)):
                self.record.feedback.add(word)

    def be_refused(self, client: httpx.Client) -> None:
        """A question that nothing answers; it is kept as a gap."""
        headers, word = {"Authorization": f"Bearer {self._key}"}, self.record.word()
        asked = {"model": "footnote", "messages": [{"role": "user", "content": f"Quagga {word} yodel?"}]}
        answer = client.post("v1/chat/completions", headers=headers, json=asked)
        if self._is_done("refused questions", answer):
            assert answer.json()["choices"][0]["message"]["footnote"]["status"] == "refused"
            self.record.gaps.add(word)

    def change_password(self, client: httpx.Client) -> None:
        """Ada signs in, and takes another password."""
        new = f"another {self.record.word()} password"
        now = self.record.passwords[0]
        if client.post("login", data={"name": "Ada", "password": now}).status_code == 303:
            self.record.passwords.append(new)
            if self._is_done("passwords", client.post("account/password", data={"password": now, "new": new})):
                self.record.passwords[:] = [new]
        client.cookies.clear()


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def lost(living: Living, record: Record, folder: Path) -> list[str]:
    """What the record has and a server that was started again has not, or has only half."""
    wrong = [f"{path.name}: {found}" for path in sorted(folder.rglob("*.sqlite3")) if (found := damage(path)) != "ok"]
    if problem := AuditLog(folder).verify().problem:
        wrong.append(f"audit log: {problem}")
    with closing(CatalogueReader.open(folder / "bases" / BASE)) as catalogue:
        texts = {name: catalogue.document(name)[0].text for name in catalogue.documents()}
        comments = {one.comment for one in catalogue.feedback(10**6)}
        gaps = " ".join(gap.question for gap in catalogue.gaps(10**6))
    for name, word in record.documents.items():
        allowed = record.besides[name] | {word}
        found = texts[name].split()[0] if name in texts else None
        if found not in allowed or (found and (f"{found} ends" not in texts[name] or f"{found} begins" not in texts[name])):
            wrong.append(f"document {name}: {found} instead of {allowed}")
    wrong += [f"feedback {word}" for word in record.feedback - comments]
    wrong += [f"gap {word}" for word in record.gaps if word not in gaps]
    with httpx.Client(base_url=living.served.url, timeout=60, headers={"X-Forwarded-For": "198.51.100.7"}) as client:
        for word, token in list(record.tokens.items())[-60:]:
            answer = client.post(f"embed/{living.widget}/resume", json={"token": token})
            kept = {one["question"]: one["answer"] for one in answer.json().get("exchanges", [])}
            asked = f"{QUESTION}, {word}?"
            if asked not in kept or (word in record.answers and (kept[asked] or {}).get("text") != record.answers[word]):
                wrong.append(f"conversation {word}: {str(kept)[:200]}")
        tried = [client.post("login", data={"name": "Ada", "password": one}).status_code for one in record.passwords]
        if 303 not in tried:
            wrong.append(f"password: {tried}")
        else:
            record.passwords[:] = [record.passwords[tried.index(303)]]
    return wrong


def damage(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])

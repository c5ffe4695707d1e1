"""The bytes of a mail to what the desk needs of it. They are hostile: bounded, decoded as well as they can be, never executed.

What cannot be read gives `problems` and no exception; the bytes are kept as a file of the conversation either way.
"""

import email
import email.utils
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from typing import Final

from rag.desk.mail.folding import Folded, fold
from rag.desk.mail.plain import to_text
from rag.desk.mail.problems import Problem, in_words, kept, problem
from rag.errors import LoadError
from rag.loading.encoding import decode
from rag.text import replace_lone_surrogates

LONGEST_TEXT: Final = 50_000
"""Characters of a mail's text that become a message; the whole mail is a file of the conversation."""
_HEADER = 4_000  # characters of a header that are read
_MULTIPARTS = 40  # parts with parts in a mail, beyond which its structure is not looked into
_DEPTH = 20  # of parts within parts
_PARTS = 500
_REFERENCES = 50  # the last of them
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BULK = frozenset(("bulk", "list", "junk", "auto_reply"))
OWN = "X-Footnote-Desk"
"""A header of all mails of the desk's own, by which one that comes back is known."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a mail. `name` is one safe line, no path."""

    name: str
    type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """What is known of a mail. `automatic` says by which header a program sent it, "" where a person did.

    `references` are the Message-IDs that it answers, the nearest last. `problems` is what was wrong with it.
    """

    message_id: str
    sender: str
    name: str
    to: tuple[str, ...]
    subject: str
    references: tuple[str, ...]
    date: datetime | None
    body: Folded
    files: tuple[Part, ...]
    automatic: str
    problems: tuple[Problem, ...]

    @property
    def problem(self) -> str:
        """What was wrong with it, in words; "" for nothing."""
        return in_words(kept(self.problems))


def read(data: bytes) -> Mail:
    """A mail; never raises for what is in it."""
    problems: list[Problem] = []
    many = data.lower().count(b"multipart/") > _MULTIPARTS
    message: Message
    try:
        message = email.message_from_bytes(data.partition(b"\n\n")[0] if many else data)
    except (RecursionError, ValueError, LookupError, AssertionError) as error:
        message, many = email.message_from_bytes(data.replace(b"\r\n", b"\n").partition(b"\n\n")[0]), True
        problems.append(problem("structure", kind=type(error).__name__))
    if many:
        problems[:] = problems or [problem("multiparts", most=_MULTIPARTS)]
        texts, files = ["", ""], list[Part]()
    else:
        texts, files = _contents(message, problems)
    body = texts[0] if texts[0].strip() else to_text(texts[1])
    if len(body) > LONGEST_TEXT:
        problems.append(problem("text", n=len(body), most=LONGEST_TEXT))
        body = body[:LONGEST_TEXT]
    name, sender = _address(header(message, "From"))
    return Mail(
        message_id=next(iter(_MESSAGE_ID.findall(header(message, "Message-ID"))), ""),
        sender=sender,
        name=name,
        to=tuple(address for _, address in _addresses(", ".join(header(message, what) for what in ("To", "Cc")))),
        subject=header(message, "Subject"),
        references=_references(message),
        date=_date(header(message, "Date")),
        body=fold(body),
        files=tuple(files),
        automatic=automatic(message),
        problems=tuple(problems),
    )


def header(message: Message, name: str) -> str:
    """A header as one line of text, decoded as far as it can be."""
    try:
        raw = str(message.get(name, ""))[:_HEADER]
    except (ValueError, LookupError):
        return ""
    pieces = []
    try:
        decoded = decode_header(raw)
    except (ValueError, LookupError, email.errors.MessageError):
        decoded = [(raw, None)]
    for piece, charset in decoded:
        pieces.append(piece if isinstance(piece, str) else _decoded(piece, charset or "utf-8"))
    return " ".join(clean("".join(pieces)).split())


def automatic(message: Message) -> str:
    """The header by which a program says that it wrote the mail, as RFC 3834 asks of it, or "" for a person's."""
    submitted = header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return f"Auto-Submitted: {submitted}"
    if message.get(OWN):
        return OWN
    if header(message, "Precedence").lower() in _BULK:
        return f"Precedence: {header(message, 'Precedence').lower()}"
    if header(message, "Return-Path") == "<>":
        return "Return-Path: <>"
    if message.get_content_type() == "multipart/report":
        return "Content-Type: multipart/report"
    return next((name for name in ("X-Autoreply", "X-Autorespond", "List-Id", "Feedback-ID") if message.get(name)), "")


def clean(text: str) -> str:
    """The text without control characters and lone surrogates."""
    return _CONTROL.sub("", replace_lone_surrogates(text))


def file_name(name: str, number: int, kind: str = "") -> str:
    """A name for a file of a mail: its last part, without what a path or a script could be made of."""
    last = re.split(r"[/\\]", clean(name).replace("\n", " ").replace("\t", " "))[-1].strip(" .")
    plain = "".join(c if c.isalnum() or c in " ._-()" else "_" for c in last)[-100:].lstrip(" .")
    return plain or f"file-{number}{_SUFFIXES.get(kind, '.bin')}"


_SUFFIXES = {"text/plain": ".txt", "text/html": ".html", "message/rfc822": ".eml", "image/png": ".png", "image/jpeg": ".jpg"}


def _contents(message: Message, problems: list[Problem]) -> tuple[list[str], list[Part]]:
    """The plain text and the HTML of the body, and all other parts as files."""
    texts: list[str] = ["", ""]
    files: list[Part] = []
    for n, part in enumerate(_leaves(message, problems, 0)):
        if n == _PARTS:
            problems.append(problem("parts", most=_PARTS))
            break
        kind, name = part.get_content_type(), _name(part)
        inline = not name and part.get_content_disposition() != "attachment"
        if inline and kind in {"text/plain", "text/html"}:
            texts[kind == "text/html"] += _text(part, problems) + "\n"
        elif kind == "message/rfc822" or not part.is_multipart():
            with suppress(ValueError, LookupError, RecursionError):
                files.append(Part(file_name(name, n + 1, kind), kind, _bytes(part)))
    return texts, files


def _leaves(message: Message, problems: list[Problem], depth: int) -> Iterator[Message]:
    """The parts that have no parts, in order; a mail in a mail is one part."""
    inner = message.get_payload() if message.is_multipart() and message.get_content_type() != "message/rfc822" else None
    if not isinstance(inner, list):
        yield message
        return
    if depth == _DEPTH:
        problems.append(problem("depth", most=_DEPTH))
        return
    for part in inner:
        if isinstance(part, Message):
            yield from _leaves(part, problems, depth + 1)


def _text(part: Message, problems: list[Problem]) -> str:
    data = _bytes(part)
    try:
        charset = str(part.get_content_charset() or "")
    except (ValueError, LookupError):
        charset = ""
    try:
        return clean(data.decode(charset or "utf-8"))
    except (UnicodeDecodeError, LookupError, ValueError):
        problems.append(problem("charset", charset=charset or "utf-8"))
    try:
        return clean(decode(data, "the mail"))
    except LoadError:
        return clean(data.decode("latin-1"))


def _bytes(part: Message) -> bytes:
    if part.is_multipart():
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner and isinstance(inner[0], Message) else b""
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _name(part: Message) -> str:
    try:
        found = part.get_filename()
    except (ValueError, LookupError, TypeError):
        return "file"
    return _one_line(found) if found else ""


def _one_line(raw: str) -> str:
    holder = Message()
    holder["Subject"] = raw.replace("\n", " ").replace("\r", " ")
    return header(holder, "Subject")


def _decoded(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset)
    except (UnicodeDecodeError, LookupError, ValueError):
        return data.decode("utf-8", "replace")


def _address(raw: str) -> tuple[str, str]:
    """Name and address of the first one named; the address in small letters, "" where there is none."""
    return next(iter(_addresses(raw)), (raw[:100], ""))


def _addresses(raw: str) -> list[tuple[str, str]]:
    found = [(" ".join(name.split())[:100], address.strip().lower()) for name, address in email.utils.getaddresses([raw])]
    return [(name, address) for name, address in found if is_address(address)]


def is_address(text: str) -> bool:
    """Whether it has the form of a mail address that can be written to."""
    local, _, domain = text.rpartition("@")
    whole = text.isprintable() and not any(c.isspace() or c in '<>,;:"()[]\\' for c in text)
    return bool(local and domain and whole) and len(text) <= 254


def _references(message: Message) -> tuple[str, ...]:
    found = [*_MESSAGE_ID.findall(header(message, "References")), *_MESSAGE_ID.findall(header(message, "In-Reply-To"))]
    return tuple(dict.fromkeys(found))[-_REFERENCES:]


def _date(raw: str) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(raw)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found

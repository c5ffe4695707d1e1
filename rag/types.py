"""The values that pass between stages. Positions are characters, half open: text[chunk.start:chunk.end] is the chunk's."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.about import NOTHING, About, LeftOut

Vectors = NDArray[np.float32]
Status = Literal["answered", "quoted", "refused", "social", "handover"]  # social: to a greeting; handover: on to people
ANSWERS: frozenset[Status] = frozenset(("answered", "quoted"))  # out of the documents

TextKind = Literal["query", "passage"]
"""What a text is to an encoder that was trained on two kinds."""

Turn = tuple[str, str]
"""One earlier exchange of a conversation: (question, answer)."""

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what is being done)."""

BlockKind = Literal["heading", "paragraph", "item", "row", "code"]
MarkKind = Literal["strong", "emphasis", "code", "link", "ocr"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of text that is emphasised, code, read by OCR, or the text of a link to `target` (http, https or mailto)."""

    start: int
    end: int
    kind: MarkKind
    target: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text that belongs together: a heading, a paragraph, one list item, one table row or a piece of code.

    `level` is a heading's (1 the outermost, 0 the title of the whole document) or the depth of a list item, from 0.
    An item begins with its `marker` ("-", "1.").
    A row has its cells' spans, in the characters that `start` and `end` count in, and the name of each column ("" where it has
    none); as text it is "Column: value; Column: value", and the spans are those of the values. `caption` is a table's caption,
    or the title of what a piece of code is from.
    """

    start: int
    end: int
    kind: BlockKind
    level: int = 0
    marker: str = ""
    columns: tuple[str, ...] = ()
    cells: tuple[tuple[int, int], ...] = ()
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document below one heading path and on one page (counted from 1; None where there are no pages)."""

    start: int
    end: int
    headings: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A text to answer from. `name` is its path relative to the ingested root, with "/".

    One row of a table or one line of JSON lines is a document of its own, named by RFC 7111 / RFC 5147
    fragments: `faq.csv#row=2` (the header is row 1), `notes.jsonl#line=1`.
    `sections` are sorted, disjoint and cover the text. `blocks` are sorted and disjoint; between them stands white space only.
    The text has no markup: what was emphasised or linked is in `marks`, sorted by their start.
    `left_out` is what loading did not read of the file; of a file that is several documents, the first has it.
    """

    name: str
    title: str
    text: str
    sections: tuple[Section, ...]
    blocks: tuple[Block, ...] = ()
    marks: tuple[Mark, ...] = ()
    about: About = NOTHING
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage as it is indexed. `id` is a hash of its document's name, `context` and `text`, numbered where equal.

    `context` (title, heading path and `lead`) is embedded with the text and is no part of what is quoted. `lead` is what the
    first block needs to be understood and stands before the passage: the sentence that introduces a list, a table's caption.
    `blocks` and `marks` are those of the document within the passage, in characters of `text`, `about` is the document's.
    """

    id: str
    document: str
    title: str
    text: str
    start: int
    end: int
    headings: tuple[str, ...] = ()
    page: int | None = None
    lead: str = ""
    blocks: tuple[Block, ...] = ()
    marks: tuple[Mark, ...] = ()
    about: About = NOTHING

    @property
    def context(self) -> str:
        """Title, heading path and lead, as embedded before the text."""
        path = self.headings if self.headings[:1] == (self.title,) else (self.title, *self.headings)
        place = " > ".join(part for part in path if part)
        return "\n".join(part for part in (place, self.lead) if part)

    @property
    def embedded_text(self) -> str:
        """What encoder, reader and language model read of it: context and text."""
        return f"{self.context}\n{self.text}" if self.context else self.text


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved chunk. `similarity` is the cosine (or 1/(1+distance)) to the question, `score` the fused rank score 0..1."""

    chunk: Chunk
    score: float
    similarity: float


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text with a weight 0..1."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a reader found in one passage. Span positions are characters of `passage.chunk.text`.

    `highlights` are sorted and disjoint. `sentence` is the one that answers best. `relevance` 0..1 says how likely this passage
    answers the question, taken alone, `confidence` how likely beside the others read, `answerable` how likely anything answers,
    if this passage is the best (None: its confidence); `score` ranks them. `answer` is the short answer, weighted by its
    probability. `quote` is the best sentence with those beside it that answer too. `units` belong to the complete answer,
    weighted by how likely (None: the reader does not select), `cells` of their rows are asked for, `verdict` is yes, no or "".
    """

    passage: Passage
    highlights: tuple[Span, ...]
    sentence: Span
    relevance: float
    confidence: float
    score: float
    answer: Span | None = None
    quote: Span | None = None
    units: tuple[Span, ...] | None = None
    cells: tuple[Span, ...] = ()
    verdict: str = ""
    answerable: float | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered piece of evidence, as a person sees it; `n` counts from 1. `score` is the probability that it answers.

    `answer_span` is the short answer, in characters of `text` as `highlights`, `blocks` and `marks` are; None where the reader
    found none. `about` is what is known of its document.
    """

    n: int
    document: str
    title: str
    headings: tuple[str, ...]
    page: int | None
    start: int
    end: int
    text: str
    score: float
    highlights: tuple[Span, ...]
    answer_span: tuple[int, int] | None = None
    blocks: tuple[Block, ...] = ()
    marks: tuple[Mark, ...] = ()
    about: About = NOTHING


@dataclass(frozen=True, slots=True)
class Support:
    """A stretch of the answer and the citation it rests on (`n` None: nothing does). Positions are characters of the answer."""

    start: int
    end: int
    n: int | None
    weight: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything a person, a program or an evaluation gets for one question.

    `text` is plain, readable text; `blocks` and `marks`, in its characters, say how to render it: a table's row is said as a
    sentence whose `cells` are the values in it, steps are lines. `question` is as typed, `searched` with the messages that it
    leans on before it. `confidence` is the probability that `text` is right (of a refusal: that nothing answers), `answerable`
    that the documents answer: what is below the threshold is refused. `citations` carry the answer; `closest` came close and
    are not used (for a refusal: all). `timings_ms` has retrieve, read, first_token, total; `models` has embedder, reader and
    generator. `left_out` is what the language model wrote besides, from the first sentence on that no passage says; `problem`
    why its server gave no answer. `choices` are what the question at the end of `text` is about, as the documents name it.
    """

    question: str
    searched: str
    text: str
    status: Status
    confidence: float
    citations: tuple[Citation, ...]
    support: tuple[Support, ...]
    closest: tuple[Citation, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    left_out: str = ""
    blocks: tuple[Block, ...] = ()
    marks: tuple[Mark, ...] = ()
    problem: str = ""
    answerable: float = 0.0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """Streamed first: what was retrieved, before any word is written."""

    searched: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """Streamed while the model writes: the next piece of its draft, not yet verified."""

    text: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Streamed when sentences were checked: the beginning of the answer, which will not change any more."""

    text: str


Event = Reading | Delta | Verified | Answer
"""What `Assistant.stream` yields: one Reading, any number of Delta and Verified, one Answer last."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """One ingested file as lists show it. `name` is relative to the root; `reason` and `message` are set when quarantined.

    `internal`: all of it is for staff only. `id` tells apart files of one name, 0 of what no catalogue holds. `path` is
    absolute, but "uploads/…" of a copy that was uploaded. `left_out` is what was not read of the content that answers.
    """

    name: str
    state: Literal["pending", "ready", "quarantined"]
    title: str = ""
    documents: int = 0
    chunks: int = 0
    size: int = 0
    reason: str | None = None
    message: str | None = None
    internal: bool = False
    id: int = 0
    path: str = ""
    left_out: tuple[LeftOut, ...] = ()

    @property
    def uploaded(self) -> bool:
        """Whether the base keeps the file itself."""
        return self.path.startswith("uploads/")


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """One text's token vectors `(tokens, dim)`, unit length, and their character offsets `(tokens, 2)`; no special tokens."""

    vectors: Vectors
    offsets: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat with a language model."""

    role: Literal["system", "user", "assistant"]
    content: str

"""What the tools give, as types: the schemas that clients see are made of them. Offsets are characters, as in `rag.types`."""

from typing import Literal

from pydantic import BaseModel

from rag.types import Status


class Found(BaseModel):
    """One passage that was found. `id` is what `fetch` takes, `url` a page on which a person can read it."""

    id: str
    title: str
    url: str


class Results(BaseModel):
    """Best first."""

    results: list[Found]


class Origin(BaseModel):
    """Where a text comes from: `text` is characters `start` to `end` of the `length` of the document."""

    base: str
    document: str
    start: int
    end: int
    length: int
    passage_start: int
    passage_end: int
    date: str


class Fetched(BaseModel):
    """The text around one passage; all of the document where that is short."""

    id: str
    title: str
    text: str
    url: str
    metadata: Origin


class Base(BaseModel):
    """One knowledge base that can be asked."""

    name: str


class BaseList(BaseModel):
    """The first is the one that is asked by default."""

    bases: list[Base]


class BlockObject(BaseModel):
    """See docs/json.md, as for all that follows."""

    start: int
    end: int
    kind: Literal["heading", "paragraph", "item", "row", "code"]
    level: int
    marker: str
    columns: list[str]
    cells: list[list[int]]
    caption: str


class MarkObject(BaseModel):
    start: int
    end: int
    kind: Literal["strong", "emphasis", "code", "link", "ocr"]
    target: str


class AboutObject(BaseModel):
    language: str
    date: str
    valid_from: str
    valid_until: str
    version: str
    superseded: bool
    superseded_by: str
    owner: str
    audience: str


class CitationObject(BaseModel):
    n: int
    document: str
    title: str
    headings: list[str]
    page: int | None
    start: int
    end: int
    text: str
    score: float
    highlights: list[tuple[int, int, float]]
    answer_span: list[int] | None
    blocks: list[BlockObject]
    marks: list[MarkObject]
    date: str
    about: AboutObject


class AnswerObject(BaseModel):
    """What `rag ask --json` prints."""

    question: str
    searched: str
    answer: str
    status: Status
    confidence: float
    answerable: float
    citations: list[CitationObject]
    blocks: list[BlockObject]
    marks: list[MarkObject]
    support: list[tuple[int, int, int | None, float]]
    closest: list[CitationObject]
    choices: list[str]
    left_out: str
    problem: str
    timings_ms: dict[str, float]
    models: dict[str, str]

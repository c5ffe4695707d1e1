"""A document in, passages for the index out: structure-aware, measured in the encoder's tokens, with exact offsets.

langchain-text-splitters cuts at paragraphs, lines and sentences; what is still too long is cut at token boundaries.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, pairwise

from rag.errors import SettingsError
from rag.text import sentences, trim
from rag.types import Chunk, Document, Section

Tokenize = Callable[[str], list[tuple[int, int]]]
"""Text to the (start, end) characters of its tokens, special tokens not counted."""

# Paragraph, line, end of sentence (with and without a following blank), clause: from the strongest boundary to the weakest.
_SEPARATORS = [r"\n\n+", r"\n", r"(?<=[.!?…])\s+", r"(?<=[。！？])", r"(?<=[;；，,])\s*"]
# An unknown word is one token however long it is; nothing longer than this counts as one.
_LONGEST_TOKEN = 16


def split(document: Document, tokenize: Tokenize, max_tokens: int, overlap: int) -> list[Chunk]:
    """Chunks of at most `max_tokens` tokens, context included, each repeating up to `overlap` tokens of the one before.

    Chunks never cross a section, so each has one heading path and one page. Raises SettingsError if the overlap leaves
    less than half of a chunk for new text.
    """
    if overlap * 2 > max_tokens:
        raise SettingsError(f"RAG_CHUNK_OVERLAP is {overlap}, more than half of RAG_CHUNK_TOKENS={max_tokens}: lower it.")
    chunks: list[Chunk] = []
    seen: Counter[tuple[str, str]] = Counter()
    for section in _join_bare_headings(document):
        title, headings = _shorten_context(document.title, section.headings, tokenize, max_tokens // 3)
        draft = Chunk("", document.name, title, "", 0, 0, headings, section.page)
        room = max_tokens - _length(draft.context + "\n", tokenize)
        for start, end in _spans(document.text, section.start, section.end, tokenize, room, min(overlap, room // 2)):
            text = document.text[start:end]
            seen[draft.context, text] += 1
            key = "\0".join((document.name, draft.context, text, str(seen[draft.context, text])))
            identity = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
            chunks.append(Chunk(identity, document.name, title, text, start, end, headings, section.page))
    return chunks


def _spans(text: str, start: int, end: int, tokenize: Tokenize, room: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Chunk spans of one section, trimmed of white space, widened to the left by the overlap."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    most = room * _LONGEST_TOKEN  # characters that could fit; what is longer need not be tokenised to know that it does not
    splitter = RecursiveCharacterTextSplitter(
        separators=_SEPARATORS,
        is_separator_regex=True,
        keep_separator="end",
        strip_whitespace=False,
        chunk_size=room - overlap,
        chunk_overlap=0,
        length_function=lambda piece: max(1, _length(piece, tokenize) if len(piece) <= most else len(piece) // _LONGEST_TOKEN),
    )
    # Running sums of the pieces' lengths are exact where the splitter's own start_index is not.
    ends = list(accumulate((len(piece) for piece in splitter.split_text(text[start:end])), initial=start))
    assert ends[-1] == end, "the splitter lost characters"
    pieces = (span for left, right in pairwise(ends) for span in _fit(text, left, right, tokenize, room - overlap))
    previous = start
    for first, last in _merge(text, pieces, tokenize, room - overlap):
        begin, stop = trim(text, first, last)
        if begin < stop:
            widened = _widen(text, previous, begin, tokenize, overlap) if overlap else begin
            yield (widened if _length(text[widened:stop], tokenize) <= room else begin), stop
            previous = begin


def _merge(text: str, pieces: Iterable[tuple[int, int]], tokenize: Tokenize, room: int) -> Iterator[tuple[int, int]]:
    """Neighbours joined while they fit: the splitter leaves a heading alone when the list below it had to be cut."""
    start = end = -1
    for left, right in pieces:
        if end == left and _length(text[start:right], tokenize) <= room:
            end = right
            continue
        if end > start:
            yield start, end
        start, end = left, right
    if end > start:
        yield start, end


def _fit(text: str, start: int, end: int, tokenize: Tokenize, room: int) -> Iterator[tuple[int, int]]:
    """The span itself if it fits, otherwise cut after its last token that fits (at a blank if one is near), and so on."""
    while start < end:
        # A look at more characters than can fit, never at the whole of a 10 MB line.
        near = text[start : min(end, start + (room + 1) * _LONGEST_TOKEN)]
        tokens = _bounded(tokenize(near))
        if start + len(near) == end and len(tokens) <= room:
            yield start, end
            return
        cut = tokens[room - 1][1] if len(tokens) > room else (tokens[-1][1] if tokens else len(near))
        blank = max(near.rfind(" ", cut // 2, cut), near.rfind("\n", cut // 2, cut))
        cut = blank + 1 if blank > 0 and cut < len(near) else max(cut, 1)
        while cut > 1 and _length(near[:cut], tokenize) > room:  # a cut inside a word may make more tokens of it
            cut = cut * 3 // 4
        yield start, start + cut
        start += cut


def _widen(text: str, lowest: int, start: int, tokenize: Tokenize, overlap: int) -> int:
    """`start` moved back by at most `overlap` tokens: to the first sentence that begins there, else the first word."""
    begin = max(lowest, start - overlap * _LONGEST_TOKEN)
    tokens = _bounded(tokenize(text[begin:start]))
    back = begin + tokens[-overlap][0] if len(tokens) > overlap else begin
    first = [back + at for at, _ in sentences(text[back:start]) if back + at == lowest or back + at > back]
    if first:
        return first[0]
    while lowest < back < start and text[back - 1].isalnum():
        back += 1
    return trim(text, back, start)[0]


def _length(text: str, tokenize: Tokenize) -> int:
    return sum(1 for _ in _bounded(tokenize(text)))


def _bounded(tokens: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if all(end - start <= _LONGEST_TOKEN for start, end in tokens):
        return tokens
    return [
        (at, min(at + _LONGEST_TOKEN, end)) for start, end in tokens for at in range(start, max(end, start + 1), _LONGEST_TOKEN)
    ]


def _shorten_context(title: str, headings: tuple[str, ...], tokenize: Tokenize, room: int) -> tuple[str, tuple[str, ...]]:
    """Title and headings that leave room for text: outer headings go first, then the ends of long ones."""
    while True:
        context = Chunk("", "", title, "", 0, 0, headings).context
        if _length(context + "\n", tokenize) <= room:
            return title, headings
        if len(headings) > 1:
            headings = headings[1:]
        elif headings and len(headings[0]) > len(title):
            headings = (headings[0][: len(headings[0]) * 3 // 4].rstrip() + "…",) if len(headings[0]) > 8 else ()
        else:
            title = title[: len(title) * 3 // 4].rstrip() + "…" if len(title) > 8 else ""


def _join_bare_headings(document: Document) -> Iterator[Section]:
    """Sections, where one that holds nothing but its own heading is joined to the next below it."""
    waiting: Section | None = None
    for section in document.sections:
        if waiting is not None and (
            waiting.page != section.page or section.headings[: len(waiting.headings)] != waiting.headings
        ):
            yield waiting
            waiting = None
        joined = Section(waiting.start if waiting else section.start, section.end, section.headings, section.page)
        text = document.text[section.start : section.end].strip().lstrip("#").strip()
        if section.headings and text == section.headings[-1]:
            waiting = joined
        else:
            yield joined
            waiting = None
    if waiting is not None:
        yield waiting

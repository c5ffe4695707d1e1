"""Blocks of text, headings and pages in, one document with positioned sections out; the one place that cleans text."""

import re
from pathlib import PurePosixPath

from rag.types import Document, Section

_LINE_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n{4,}")
_WORD = re.compile(r"[^\W_]")
_LONGEST_HEADING = 200  # A path of headings is embedded with each passage; a longer "heading" is a styled paragraph.


def clean(text: str) -> str:
    r"""`text` with \n for every line break, no control characters, no trailing blanks, at most two blank lines together."""
    text = _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _LINE_BREAKS.sub("\n", text)))
    return _BLANK_LINES.sub("\n\n\n", "\n".join(line.rstrip() for line in text.split("\n")))


def has_words(text: str) -> bool:
    """Whether any letter or digit is in `text`."""
    return bool(_WORD.search(text))


def readable(name: str) -> str:
    """A title made of a file name.

    >>> readable("help/returns_policy-2026.pdf")
    'Returns policy 2026'
    """
    stem = one_line(re.sub(r"[-_]+", " ", PurePosixPath(name).stem)) or name
    return stem[:1].upper() + stem[1:]


def one_line(text: str) -> str:
    """`text` cleaned, on one line, as headings and titles are kept."""
    return " ".join(clean(text).split())


class Builder:
    """Grows one document: `heading` and `page` say where the blocks that `add` appends stand."""

    def __init__(self) -> None:
        self.title = ""  # The first heading of the highest level.
        self._parts: list[str] = []
        self._length = 0
        self._path: list[tuple[int, str]] = []
        self._page: int | None = None
        self._starts: list[tuple[int, tuple[str, ...], int | None]] = []

    def add(self, text: str, gap: str = "\n\n") -> None:
        """Append a block, cleaned, `gap` after the block before it; nothing where it is blank."""
        if block := clean(text).strip():
            self.verbatim(block, gap)

    def verbatim(self, text: str, gap: str) -> None:
        """Append cleaned text as it is, blank or not."""
        if self._parts:
            self._append(gap)
        place = (tuple(title for _, title in self._path), self._page)
        if not self._starts or self._starts[-1][1:] != place:
            self._starts.append((self._length, *place))
        self._append(text)

    def heading(self, level: int, title: str) -> None:
        """Append a heading and open its section; level 1 is the outermost, 0 the title of the whole document."""
        self.section(level, title)
        self.add(title)

    def section(self, level: int, title: str) -> None:
        """Open the section below a heading whose line the caller appends."""
        title = one_line(title)
        if not has_words(title) or len(title) > _LONGEST_HEADING:
            return
        if level <= 1 and not self.title:
            self.title = title
        self._path = [*(outer for outer in self._path if outer[0] < level), (level, title)]

    def close_sections(self) -> None:
        """What follows stands below no heading."""
        self._path = []

    def page(self, number: int) -> None:
        """What follows stands on this page, counted from 1."""
        self._page = number

    def document(self, name: str, *titles: str) -> Document:
        """The document, called by the first of `titles` that has words, else after its file.

        The text ends with its last visible character; the sections cover it without gaps.
        """
        text = "".join(self._parts).rstrip()
        starts = [start for start in self._starts if start[0] < len(text)]
        ends = [*(start for start, *_ in starts[1:]), len(text)]
        sections = tuple(Section(start, end, path, page) for (start, path, page), end in zip(starts, ends, strict=bool(starts)))
        title = next((line for line in map(one_line, titles) if has_words(line)), "") or readable(name)
        return Document(name, title[:_LONGEST_HEADING], text, sections)

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

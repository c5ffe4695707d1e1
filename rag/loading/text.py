"""Plain text, Markdown and reStructuredText: the text as written, with the sections its headings open."""

import re
from collections.abc import Iterator
from pathlib import Path

from rag.loading.builder import Builder, clean
from rag.loading.encoding import decode
from rag.types import Document

_FRONT_MATTER = re.compile(r"---\n(.*?)\n(?:---|\.\.\.)(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*(.+)$", re.MULTILINE)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_CLOSING_HASHES = re.compile(r"(?:^|[ \t])#+$")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_ANCHOR = re.compile(r"\{#[^{}]*\}$")
_UNDERLINE = re.compile(r"([=\-~^\"'`#*+.:_])\1{2,}$")
_MDX_LINE = re.compile(
    r"""(?:import\s.*\bfrom\s+['"].*|import\s+['"].*|export\s+(?:const|default|function)\b.*|\s*</?[A-Z][\w.]*(?:\s[^<>]*)?/?>)$"""
)
_LONGEST_LINE = 400  # A heading is short; regular expressions see no longer line.

Heading = tuple[int, str]


def load_text(path: Path, name: str) -> list[Document]:
    """Plain text and reStructuredText; underlined lines are headings, levelled by the order their signs appear in."""
    lines = clean(decode(path.read_bytes(), name)).strip().split("\n")
    builder = Builder()
    _append(builder, lines, dict(_underlined(lines)))
    return [builder.document(name, builder.title)]


def load_markdown(path: Path, name: str) -> list[Document]:
    """Markdown; the front matter gives the title and is left out."""
    text, title = _split_front_matter(clean(decode(path.read_bytes(), name)).strip())
    return [_markdown(name, text, title)]


def load_mdx(path: Path, name: str) -> list[Document]:
    """Markdown without its import and export lines and the lines that are one component's tag."""
    text, title = _split_front_matter(clean(decode(path.read_bytes(), name)).strip())
    lines = text.split("\n")
    fenced = _fenced(lines)
    kept = [line for n, line in enumerate(lines) if n in fenced or len(line) > _LONGEST_LINE or not _MDX_LINE.match(line)]
    return [_markdown(name, clean("\n".join(kept)).strip(), title)]


def _markdown(name: str, text: str, title: str) -> Document:
    lines = text.split("\n")
    builder = Builder()
    _append(builder, lines, dict(_markdown_headings(lines)))
    return builder.document(name, title, builder.title)


def _append(builder: Builder, lines: list[str], headings: dict[int, Heading]) -> None:
    starts = sorted({0, *headings})
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        if start in headings:
            builder.section(*headings[start])
        builder.verbatim("\n".join(lines[start:end]), gap="\n")


def _split_front_matter(text: str) -> tuple[str, str]:
    match = _FRONT_MATTER.match(text)
    if not match:
        return text, ""
    title = _FRONT_TITLE.search(match[1])
    return text[match.end() :].strip(), title[1].strip().strip("\"'") if title else ""


def _fenced(lines: list[str]) -> set[int]:
    """Numbers of the lines inside fenced code, fences included."""
    inside, fence = set(), ""
    for n, line in enumerate(lines):
        match = _FENCE.match(line)
        if fence:
            inside.add(n)
            if match and match[1].startswith(fence) and match.end() == len(line):
                fence = ""
        elif match:
            inside.add(n)
            fence = match[1]
    return inside


def _markdown_headings(lines: list[str]) -> Iterator[tuple[int, Heading]]:
    fenced = _fenced(lines)
    for n, line in enumerate(lines):
        if n in fenced or len(line) > _LONGEST_LINE:
            continue
        if match := _ATX.match(line):
            yield n, (len(match[1]), _plain(_CLOSING_HASHES.sub("", line[match.end() :].strip())))
        elif (sign := _underline(lines, n)) and sign in "=-" and n + 1 not in fenced:
            yield n, ("=-".index(sign) + 1, _plain(line))


def _underlined(lines: list[str]) -> Iterator[tuple[int, Heading]]:
    signs: list[str] = []
    for n, line in enumerate(lines):
        if sign := _underline(lines, n):
            if sign not in signs:
                signs.append(sign)
            overlined = n > 0 and lines[n - 1] == lines[n + 1]
            yield n - overlined, (signs.index(sign) + 1, line)


def _underline(lines: list[str], n: int) -> str:
    """The sign that underlines line `n`, or "". The line before must be blank: the lines of a table or list are none."""
    if n + 1 == len(lines) or not lines[n].strip() or len(lines[n]) > _LONGEST_LINE:
        return ""
    match = _UNDERLINE.match(lines[n + 1])
    free = n == 0 or not lines[n - 1] or lines[n - 1] == lines[n + 1]
    return match[1] if match and free and not _UNDERLINE.match(lines[n]) else ""


def _plain(title: str) -> str:
    """A heading without its marks: links become their text."""
    return _ANCHOR.sub("", _LINK.sub(r"\1", title)).replace("`", "").replace("**", "").strip()

"""Lists of Markdown whose markers were typed as in East Asia (1、 （1） ① 一、 ・), as lists of CommonMark."""

import re
from collections.abc import Iterator, Sequence

from rag.loading.items import ITEM, bullet, in_sequence, marker_of, number_of

_PRE = "<pre"
_FENCE = re.compile(rf"[ \t>]*(`{{3,}}|~{{3,}}|{_PRE}\b)", re.IGNORECASE)
_BEFORE = re.compile(r"[ \t>]*")  # Of a line of a quote, or one that is indented.
_RULE = re.compile(r"[\s|:]*[-=][\s|:=-]*")  # Below a heading, or the names of a table.
_CODE = 4  # Blanks.
_APART = "<!-- -->"  # Between two lists: CommonMark would number both as one.


def with_typed_lists(lines: Sequence[str]) -> Iterator[str]:
    """The lines, those that begin like items of one list each a paragraph of their own; code stays as it is."""
    texts = _outside_code(lines)
    last: tuple[str, int] | None = None
    for line, text, after, listed in zip(lines, texts, [*lines[1:], ""], in_sequence(texts), strict=True):
        match = marker_of(text, listed=True) if listed and not ITEM.match(text) and not _RULE.fullmatch(after) else None
        if match is None:
            yield line
            continue
        before, _, _ = line.partition(text)
        yield before.rstrip()
        number, sign = number_of(match[1]), ")" if match[1][-1] not in "、．." else "."
        if number is None:
            yield f"{before}- {text[match.end() :] if bullet(match[1]) == '-' else text}"
            continue
        if last is not None and last != (sign, number - 1):
            yield from (before + _APART, before.rstrip())
        yield f"{before}{number}{sign} {text[match.end() :]}"
        last = sign, number


def _outside_code(lines: Sequence[str]) -> list[str]:
    """The lines without what stands before their text; "" for those that are code."""
    texts = []
    fence = ""
    for line in lines:
        match = _FENCE.match(line)
        is_code = bool(fence or match) or line.expandtabs(_CODE).startswith(" " * _CODE)
        texts.append("" if is_code else _BEFORE.sub("", line, count=1).rstrip())
        if match and not fence:
            fence = match[1].lower()
        elif match and fence != _PRE and match[1].startswith(fence) and match.end() == len(line.rstrip()):
            fence = ""
        if fence == _PRE and "</pre>" in line.lower():
            fence = ""
    return texts

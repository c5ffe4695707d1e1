"""The blocks of a section to passages: whole blocks while they fit, and of what does not, whole sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rag.chunking.cutting import LONG, cut, fit, windows
from rag.chunking.tokens import Tokens
from rag.text import sentences, trim
from rag.types import Block

_LEAD, _HEADINGS = 4, 2  # what of a chunk's room its lead may take, and its first headings: one part in so many
_LONGEST_SUBJECT = 200  # characters of a row's first cell, which its later parts repeat


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is not cut any further: a block, a sentence or a part of either, and how many tokens it has."""

    start: int
    end: int
    tokens: int
    block: Block


class Packer:
    """The blocks of one section to the spans of its chunks, each with its lead."""

    def __init__(self, tokens: Tokens, blocks: list[Block], room: int, overlap: int) -> None:
        self._tokens, self._text, self._blocks, self._room = tokens, tokens.text, blocks, room
        self._last_sentence: dict[int, str] = {}  # of the paragraph before a list or table, by where it begins
        self._overlap = min(overlap, room // 2)
        # the block before the first of each list or table, by where any of its blocks begins
        self._before_run: dict[int, Block | None] = {}
        for last, block in zip([None, *blocks], blocks, strict=False):
            same = last is not None and last.kind == block.kind
            self._before_run[block.start] = self._before_run[last.start] if last and same else last

    def chunks(self) -> Iterator[tuple[int, int, str]]:
        """(start, end, lead) of each chunk."""
        kept: list[_Piece] = []
        lead, used = "", 0
        for group in self._groups():
            size = sum(piece.tokens for piece in group)
            if kept and used + size <= self._room:
                kept += group
                used += size
                continue
            if kept:
                yield from self._checked(kept, lead)
            kept = [*self._repeated(kept, group[0], self._room - size), *group]
            lead, used = self._lead(kept[0], self._room - sum(piece.tokens for piece in kept))
            used += sum(piece.tokens for piece in kept)
        if kept:
            yield from self._checked(kept, lead)

    def _checked(self, pieces: list[_Piece], lead: str) -> Iterator[tuple[int, int, str]]:
        """The span, cut once more if its tokens are more than those of its pieces: cuts inside words may make more."""
        start, end = pieces[0].start, pieces[-1].end
        beside = self._tokens.alone(lead) if lead else 0
        for first, last in fit(self._tokens, start, end, self._room - beside):
            begin, stop = trim(self._text, first, last)
            if begin < stop:
                yield begin, stop, lead if first == start else ""

    def _groups(self) -> Iterator[list[_Piece]]:
        """Pieces that stay together: each with the headings before it."""
        waiting: list[_Piece] = []
        used = 0  # tokens of those that wait
        for block in self._blocks:
            if block.kind == "heading":
                pieces = list(self._pieces(block, self._room))
                if len(pieces) > 1 or (used + sum(piece.tokens for piece in pieces)) * _HEADINGS > self._room:
                    yield from ([piece] for piece in waiting)  # more headings in a row than leave room for text
                    waiting, used = [], 0
                yield from ([piece] for piece in pieces[:-1])
                waiting += pieces[-1:]
                used += sum(piece.tokens for piece in pieces[-1:])
                continue
            for piece in self._pieces(block, max(1, self._room - used)):
                yield [*waiting, piece]
                waiting, used = [], 0
        if waiting:
            yield waiting

    def _pieces(self, block: Block, room: int) -> Iterator[_Piece]:
        """The block if it fits, otherwise its sentences if it is a paragraph, and of what does not fit either, parts."""
        for start, end in windows(self._text, block.start, block.end):
            count = self._tokens.count(start, end)
            if count <= room:
                yield _Piece(*trim(self._text, start, end), count, block)
            elif block.kind == "paragraph":
                for first, last in self._sentences(start, end):
                    yield from self._whole_or_parts(block, first, last, room)
            else:
                yield from self._whole_or_parts(block, start, end, room)

    def _whole_or_parts(self, block: Block, start: int, end: int, room: int) -> Iterator[_Piece]:
        count = self._tokens.count(start, end)
        if count <= room:
            yield _Piece(start, end, count, block)
            return
        for first, last in cut(self._tokens, start, end, room):
            begin, stop = trim(self._text, first, last)
            if begin < stop:
                yield _Piece(begin, stop, self._tokens.count(begin, stop), block)

    def _sentences(self, start: int, end: int) -> list[tuple[int, int]]:
        """A sentence goes up to where the next begins: between two may stand what has no words."""
        found = sentences(self._text[start:end])
        starts = [start, *(start + at for at, _ in found[1:]), end]
        return [trim(self._text, *span) for span in pairwise(starts)]

    def _repeated(self, before: list[_Piece], after: _Piece, room: int) -> list[_Piece]:
        """What of the chunk before is repeated: its last sentences and list items, no rows, and nothing before a heading."""
        found: list[_Piece] = []
        left = min(self._overlap, room)
        if after.block.kind == "heading":
            return found
        for piece in reversed(before):
            if piece.block.kind not in {"paragraph", "item"}:
                break
            units = [piece] if piece.block.kind == "item" else self._units(piece)
            for unit in reversed(units):
                if unit.tokens > left or unit.start <= before[0].start:
                    return found
                found.insert(0, unit)
                left -= unit.tokens
        return found

    def _units(self, piece: _Piece) -> list[_Piece]:
        spans = self._sentences(piece.start, piece.end)
        return [_Piece(*span, self._tokens.count(*span), piece.block) for span in spans]

    def _lead(self, first: _Piece, room: int) -> tuple[str, int]:
        """What the chunk's first piece needs and stands before it, and its tokens; nothing where that does not fit."""
        lead = self._subject(first) or self._introduction(first.block)
        tokens = self._tokens.alone(lead + "\n") if lead else 0
        return (lead, tokens) if tokens <= min(room, self._room // _LEAD) else ("", 0)

    def _subject(self, piece: _Piece) -> str:
        """Of a later part of a row its first cell, which says what the row is of."""
        cells = piece.block.cells
        if not cells or piece.start < cells[0][1] or cells[0][1] - cells[0][0] > _LONGEST_SUBJECT:
            return ""
        name, value = piece.block.columns[0], self._text[slice(*cells[0])]
        return f"{name}: {value}" if name else value

    def _introduction(self, block: Block) -> str:
        """A table's caption, or the last sentence of the paragraph before the list, or with a colon before the table."""
        if block.kind not in {"item", "row"}:
            return ""
        if block.kind == "row" and block.caption:
            return block.caption
        before = self._before_run[block.start]
        if before is None or before.kind != "paragraph" or before.end - before.start > LONG:
            return ""
        if before.start not in self._last_sentence:
            text = self._text[before.start : before.end]
            found = sentences(text)
            self._last_sentence[before.start] = text[slice(*found[-1])] if found else ""
        last = self._last_sentence[before.start]
        return " ".join(last.split()) if block.kind == "item" or last.endswith((":", "：")) else ""

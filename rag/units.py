"""What an answer is made of: a sentence, a whole list item, a table row or a piece of code, as spans of a passage."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.text import sentences
from rag.types import Block, BlockKind


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit in characters of the text; headings are units that answer nothing."""

    start: int
    end: int
    kind: BlockKind
    block: Block

    @property
    def answers(self) -> bool:
        """Whether it can be part of an answer."""
        return self.kind != "heading"


def units(text: str, blocks: Sequence[Block] = ()) -> list[Unit]:
    """The units of a text in order; without blocks, the whole text is one paragraph. None overlap."""
    return list(_units(text, tuple(blocks)))


@lru_cache(maxsize=1024)
def _units(text: str, blocks: tuple[Block, ...]) -> tuple[Unit, ...]:
    found: list[Unit] = []
    for block in blocks or (Block(0, len(text), "paragraph"),):
        if block.kind == "paragraph":
            spans = [(block.start + a, block.start + b) for a, b in sentences(text[block.start : block.end])]
        else:
            spans = [(block.start, block.end)]
        found += [Unit(start, end, block.kind, block) for start, end in spans if start < end]
    return tuple(found)

"""A document in, passages for the index out: whole blocks, measured in the encoder's tokens, with exact offsets.

Blocks are packed while they fit. A paragraph that does not fit alone is cut between sentences; a sentence, list item or table
row that does not fit alone, its headings counted, is cut at lines, clauses, words, and in the end at token boundaries.
A document is tokenised once, and time and memory grow with its length, whatever is in it.
"""

from rag.chunking.split import split
from rag.chunking.tokens import Tokenize

__all__ = ["Tokenize", "split"]

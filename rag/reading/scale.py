"""The numbers that belong to one reader's own scale: they are in its card, so that another reader brings its own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from rag.errors import ModelError


@dataclass(frozen=True, slots=True)
class Scale:
    """What a trained reader does with its scores. The defaults are those of the reader that comes with the package."""

    # A unit's score is as much its share of the answer's place as it is the mean of its words' evidence; what its closeness by
    # token vectors adds: nothing, or with a reader of version 1 as much.
    place: float = 0.5
    closeness: float = 1.0
    # How far a row's weight moves towards its share of the words that tell the rows of its table apart: the right row of 374
    # questions of help desks was found for .65 of them with 0, for .77 to .78 from .2 to .8.
    named_row: float = 0.5
    # What a heading or question keeps of its score, and what of it the unit after it gets.
    heading_keeps: float = 0.8
    heading_passes: float = 0.95
    # Tokens of a short answer at most: 99 % of SQuAD's are shorter. Start and end are scored apart, so that two answers in a
    # row look like one long one: each token beyond the free ones costs logits.
    longest_span: int = 30
    free_tokens: int = 4
    token_cost: float = 0.2
    # A span less probable is no short answer: under it F1 is .49, above it .72 and more.
    least_probable: float = 0.02
    # A unit is marked whole from this share of the best one's weight times relevance. F1 of marked and gold words on
    # chunking-eval: .519; each word by its own evidence .338. Words elsewhere are marked faintly, those of less evidence not.
    marked_from: float = 0.75
    faint_from: float = 0.3
    # The least and most that a word of a marked unit weighs, by its evidence; those of the short answer weigh 1.
    weakest: float = 0.5
    strongest: float = 0.85
    # Below these the logits of relevance and span say no more than no: how far below is a matter of how foreign the text is.
    least_relevant: float = -2.0
    least_span: float = -1.0
    # The share of the best unit's weight from which the one beside it is quoted too, another item of its list from less; and
    # the words of a quote at most.
    quoted_from: float = 0.7
    listed_from: float = 0.3
    longest_quote: int = 80
    longest_list: int = 120

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> Self:
        """The card's `scale`; a card of version 1 has none and is read with the defaults. Raises ModelError."""
        try:
            return cls(**card.get("scale", {}))
        except TypeError as error:
            raise ModelError(f"The reader's card has a scale that is not known here ({error}): train it again.") from error

    def as_card(self) -> dict[str, Any]:
        return {"scale": asdict(self)}


DEFAULT = Scale()

"""What kind of message was typed: what the router says, in values that every layer knows."""

from dataclasses import dataclass
from typing import Literal

MessageKind = Literal[
    "question",
    "handover",
    "insult",
    "complaint",
    "about-bot",
    "capability",
    "data",
    "bye",
    "thanks",
    "greeting",
    "acknowledgement",
]
"""A "question" is all that documents might answer, asked or told; the others are said to whoever answers. A message that is of
several kinds counts as the first of them: an answer is never lost, then a person never is."""


@dataclass(frozen=True, slots=True)
class Route:
    """What a message is, the primary tag of its language ("other" for one without texts here), and how sure 0..1 that is."""

    kind: MessageKind
    language: str
    sure: float

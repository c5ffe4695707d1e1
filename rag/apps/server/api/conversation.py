"""The messages of a request to a question and what was said before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, Field

from rag.apps.server.problem import ApiError
from rag.errors import RagError
from rag.query import LONGEST_MESSAGE, checked
from rag.types import Turn

TURNS: Final = 10  # earlier exchanges that a question may lean on, each cut to the length of a question
MOST_MESSAGES: Final = 1000

Role: TypeAlias = Literal["system", "developer", "user", "assistant"]


class Part(BaseModel):
    """A piece of a message: text, and nothing else can be read."""

    type: Literal["text", "input_text", "output_text"]
    text: str


class ChatMessage(BaseModel):
    """One message: `system` and `developer` are not used, as what may be said is what the documents say."""

    role: Role
    content: str | Annotated[list[Part], Field(max_length=MOST_MESSAGES)] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """`message` is what is asked now; `history` are the exchanges before."""

    message: str
    history: tuple[Turn, ...] = ()


def conversation(messages: Sequence[ChatMessage], param: str) -> Conversation:
    """Raises ApiError about the field `param` where the last message is not a person's, or is empty or too long."""
    said = [message for message in messages if message.role in {"user", "assistant"}]
    if not said or said[-1].role != "user":
        raise ApiError(400, f"The last of {param} is to be the question, of the role 'user'.", param)
    try:
        message = checked(said[-1].text)
    except RagError as error:
        raise ApiError(400, str(error), param) from error
    turns: list[Turn] = []
    for one in said[:-1]:
        text = one.text[:LONGEST_MESSAGE]
        if one.role == "user":
            turns.append((text, ""))
        elif turns:  # what the assistant says before any question, as a greeting, is an answer to none
            asked, answered = turns[-1]
            turns[-1] = asked, f"{answered}\n{text}".strip()
    return Conversation(message, tuple(turn for turn in turns[-TURNS:] if turn[0].strip()))


def refuse(param: str, asked: bool, why: str) -> None:
    """Raises ApiError where something is asked for that is not offered: an answer that lacks it would be taken for one that
    has it.
    """
    if asked:
        raise ApiError(400, f"{param}: {why}", param, "unsupported_value")


def has_format(value: Any) -> bool:
    """Whether an answer is asked for in another format than text."""
    return value is not None and not (isinstance(value, dict) and value.get("type") == "text")

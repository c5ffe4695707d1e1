"""The states of a conversation at the desk, and the one table of which move leads from where to where, and who may make it."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from rag.desk.errors import IllegalMoveError
from rag.languages.spoken import desk_texts, texts

State = Literal["bot", "waiting", "open", "snoozed", "resolved"]
"""Who has it: the bot; nobody, for an agent to take; an agent; an agent, later; nobody any more."""

Move = Literal[
    "hand_over",
    "claim",
    "assign",
    "release",
    "time_out",
    "give_back",
    "back_to_bot",
    "snooze",
    "wake",
    "resolve",
    "reopen",
    "reply",
    "write",
]
"""`release`: back to the queue by an agent, `time_out`: by the clock. `give_back` to the bot by an agent, `back_to_bot` by the
customer. `reply`: an agent's public message, `write`: the customer's to people."""

By = Literal["agent", "customer", "bot", "clock"]

Reason = Literal[
    "customer_request",
    "missing_knowledge",
    "unsupported_request",
    "policy_restriction",
    "tool_failure",
    "pending_clarification",
    "usage_limit",
    "complaint",
    "low_confidence",
    "direct",
]
"""Why a conversation came to people; `direct`: it never was the bot's, as a mail."""

Code = Literal["answered", "no_reply", "spam", "duplicate", "other"]
"""How it was closed."""

STATES: Final[tuple[State, ...]] = get_args(State)
MOVES: Final[tuple[Move, ...]] = get_args(Move)
BY: Final[tuple[By, ...]] = get_args(By)
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
CODES: Final[tuple[Code, ...]] = get_args(Code)


@dataclass(frozen=True, slots=True)
class Rule:
    """A move that is allowed: from each of `sources` to `target`, by each of `by`."""

    move: Move
    sources: frozenset[State]
    target: State
    by: frozenset[By]


def _rule(move: Move, sources: tuple[State, ...], target: State, *by: By) -> Rule:
    return Rule(move, frozenset(sources), target, frozenset(by))


RULES: Final[tuple[Rule, ...]] = (
    _rule("hand_over", ("bot",), "waiting", "customer", "bot", "agent"),
    _rule("claim", ("bot", "waiting"), "open", "agent"),
    _rule("assign", ("bot", "waiting", "open"), "open", "agent"),
    _rule("assign", ("snoozed",), "snoozed", "agent"),
    _rule("release", ("open", "snoozed"), "waiting", "agent"),
    _rule("time_out", ("open",), "waiting", "clock"),
    _rule("give_back", ("waiting", "open", "snoozed"), "bot", "agent"),
    _rule("back_to_bot", ("waiting", "resolved"), "bot", "customer"),
    _rule("snooze", ("open", "snoozed"), "snoozed", "agent"),
    _rule("wake", ("snoozed",), "open", "agent", "clock", "customer"),
    _rule("wake", ("snoozed",), "waiting", "clock", "customer"),
    _rule("resolve", ("bot", "waiting", "open", "snoozed"), "resolved", "agent"),
    _rule("reopen", ("resolved",), "open", "agent", "customer"),
    _rule("reopen", ("resolved",), "waiting", "customer", "clock"),
    _rule("reply", ("bot", "waiting", "open", "snoozed", "resolved"), "open", "agent"),
    _rule("write", ("waiting",), "waiting", "customer"),
    _rule("write", ("open",), "open", "customer"),
)


def allowed(move: Move, by: By, source: State, target: State) -> bool:
    """Whether the table has this move."""
    return any(rule.move == move and source in rule.sources and rule.target == target and by in rule.by for rule in RULES)


def check(move: Move, by: By, source: State, target: State) -> None:
    """Raises IllegalMoveError for a move that the table does not have."""
    if not allowed(move, by, source, target):
        raise IllegalMoveError(texts.ILLEGAL.format(source=desk_texts.STATES[source], target=desk_texts.STATES[target]))

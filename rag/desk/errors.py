"""What the desk refuses, and why. In each case nothing was written but, where it says so, the agent's text as a draft."""

from datetime import datetime

from rag.errors import RagError


class DeskError(RagError):
    """Base of all that the desk refuses."""


class IllegalMoveError(DeskError):
    """The table of states does not have this move."""


class ChangedError(DeskError):
    """The conversation is not as the agent saw it. Who did what (`actor`, `name`, `kind` of event), and when; `version` is
    what it is now. What the agent wrote is kept as their draft.
    """

    def __init__(self, message: str, *, actor: str, name: str, kind: str, at: datetime, version: int) -> None:
        super().__init__(message)
        self.actor = actor
        self.name = name
        self.kind = kind
        self.at = at
        self.version = version


class NotYoursError(DeskError):
    """Another agent (`agent`) has the conversation; who wants to reply takes it over first."""

    def __init__(self, message: str, agent: str) -> None:
        super().__init__(message)
        self.agent = agent


class WrongRecipientError(DeskError):
    """The reply was written to somebody else than the conversation is with."""


class KeyUsedError(DeskError):
    """A client key was used for another text or another conversation."""


class FullError(DeskError):
    """The agent has as many conversations open as they take."""

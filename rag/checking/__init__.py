"""Whether sources bear out what is said: one protocol, `rag.protocols.Checker`, and its implementations."""

from rag.checking.draft import Draft
from rag.checking.exact import ExactChecker

__all__ = ["Draft", "ExactChecker"]

"""Footnote: answers from your documents, every word traced to its source."""

__version__ = "0.2.0.dev0"

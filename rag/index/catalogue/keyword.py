"""Questions to FTS5 expressions. What is indexed are `rag.text.terms`: Chinese, Japanese and Korean are found by bigrams."""

from rag.text import is_content, terms

MOST_TERMS = 256  # a pasted page stays below 100 ms; further terms hardly move the ranking


def indexed(text: str) -> str:
    """What the keyword index holds of a text."""
    return " ".join(terms(text))


def expression(question: str) -> str:
    """Any of the question's terms, without stop words where others remain; empty when there is nothing to look for.

    Each term is a quoted string: no question can be FTS5 syntax.
    """
    asked = list(dict.fromkeys(terms(question)))
    kept = [term for term in asked if is_content(term)] or asked
    return " OR ".join('"{}"'.format(term.replace('"', '""')) for term in kept[:MOST_TERMS])

"""Roles of Sphinx and MyST (`:guilabel:`, `{ref}`): what is shown of their text, and in which style."""

import re

from rag.types import MarkKind

LABEL_ROLES = frozenset("ref doc numref any".split())
"""Roles whose text may be a label alone: what it names has the title."""

LABELS = {
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
    "versionremoved": "Removed in version",
    "deprecated-removed": "Deprecated since version",
    "seealso": "See also",
}
"""How Sphinx publishes directives about versions, by their names."""

_TITLED = re.compile(r"(.+?)\s*<([^<>]*)>$", re.DOTALL)
_MENU = re.compile(r"\s*-->\s*")
_ACCESS_KEY = re.compile(r"&(?=\w)")
_LONGEST_ACRONYM = 3
_STRONG_ROLES = frozenset("guilabel menuselection".split())
_CODE_ROLES = frozenset(
    """command file samp kbd option envvar program makevar func class meth mod attr exc data const obj token keyword regexp
    mimetype newsgroup mailheader confval code literal""".split()
)
_VERBATIM = _STRONG_ROLES | {"samp", "code", "literal", "abbr"}  # <...> in them is text.


def shown(name: str, text: str) -> tuple[str, MarkKind | None]:
    """What a role shows of its text, and the style that it sets it in.

    >>> shown("py:class", "~shop.orders.Order"), shown("doc", "Pay later </guide/later>"), shown("pep", "8")
    (('Order', 'code'), ('Pay later', None), ('PEP 8', None))
    """
    kind = name.lower().rpartition(":")[2]
    text = text.strip()
    if (match := _TITLED.match(text)) and kind not in _VERBATIM:
        return match[1], "code" if kind in _CODE_ROLES else None
    if kind in _STRONG_ROLES:
        return _MENU.sub(" → ", _ACCESS_KEY.sub("", text)), "strong"
    if kind in _CODE_ROLES or ":" in name:
        text = text.rpartition(".")[2] if text.startswith("~") else text.lstrip("!")
        return f"{text}()" if kind in {"func", "meth"} and not text.endswith(")") else text, "code"
    if text.isdecimal():  # Of an issue, an RFC: which one is told, not of what.
        text = f"{kind.upper() if len(kind) <= _LONGEST_ACRONYM else kind} {text}"
    return text, None


def label_words(label: str) -> str:
    """The words of a label that names a place elsewhere.

    >>> label_words("/guide/how_to-pay")
    'how to pay'
    """
    return re.sub(r"[-_]+", " ", label.rstrip("/").rpartition("/")[2]).strip()

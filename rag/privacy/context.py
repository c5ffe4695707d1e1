"""What the words before a number say that it is: the label that stands next to it, as in a form."""

import re
from bisect import bisect_right

from rag.languages import labels

_NEAR = 60  # characters before a number in which its label is looked for
_GAP = 48  # characters between a label and a number whose check digits hold


def words(*groups: tuple[str, ...]) -> str:
    """One pattern of all languages. Latin words end at other letters, Chinese ones need no border."""
    latin = "|".join(pattern for group in groups for pattern in group[:2])
    chinese = "|".join(pattern for group in groups for pattern in group[2:])
    return rf"(?:(?<![a-zà-ÿ])(?:{latin})(?![a-zà-ÿ])" + (rf"|{chinese})" if chinese else ")")


_NUMBER = words(labels.NUMBER_WORDS)
_LINK = words(labels.LINKS)
_FILL = r"[\s:=#.,()\"'<*_-]{0,4}"  # between two of them; not "/" and "?", which part
# A label, up to five words that link it, and the number.
_LINKED = rf"{_FILL}(?:(?:{_LINK}|{_NUMBER}){_FILL}){{0,5}}$"
LABELS = {
    kind: re.compile(f"(?P<name>{words(names)}){_LINKED}", re.IGNORECASE)
    for kind, names in {
        "phone": labels.PHONE,
        "card": labels.CARD,
        "iban": labels.IBAN,
        "id": labels.PERSON,
        "code": labels.CODE,
    }.items()
}
_LIST = r"(?:[\w/.#-]{0,24}\d[\w/.#-]{0,12}\s?(?:[,;&+、和]|and|und|or|oder)\s?){0,3}"  # "orders 12, 13 and …"
_THING = re.compile(
    rf"(?P<name>{words(labels.THING)}){_FILL}(?P<number>(?:{_LINK}{_FILL}){{0,2}}{_NUMBER}{_FILL})?(?P<links>(?:{_LINK}{_FILL}){{0,2}}){_LIST}$",
    re.IGNORECASE,
)
_NAMES_NUMBER = re.compile(rf"(?:nummer|nr|code|[号號码碼单單]|{_NUMBER})$", re.IGNORECASE)
_PERSON = re.compile(words(labels.PERSON), re.IGNORECASE)
_ANY = re.compile(words(labels.PHONE, labels.CARD, labels.IBAN, labels.PERSON, labels.CODE, labels.THING) + "|#", re.IGNORECASE)


class Context:
    """The labels of one text, found once: most numbers have none near, and are passed over quickly."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ends = [match.end() for match in _ANY.finditer(text)]
        self._known: dict[int, str] = {}

    def label(self, start: int) -> str:
        """The kind that the label next to `text[start:]` names, "thing" for one of no person, "" where there is none."""
        if start not in self._known:
            self._known[start] = _label(self.text[max(0, start - _NEAR) : start]) if self._has_label(start, _NEAR) else ""
        return self._known[start]

    def names_person(self, start: int) -> bool:
        """Whether the words before name a person's number, with no other number between."""
        if not self._has_label(start, _GAP):
            return False
        return bool(_PERSON.search(re.split(r"\d|\n", self.text[max(0, start - _GAP) : start])[-1]))

    def _has_label(self, start: int, near: int) -> bool:
        before = bisect_right(self._ends, start)
        return before > 0 and self._ends[before - 1] > start - near


def _label(before: str) -> str:
    found = {kind: match for kind, pattern in LABELS.items() if (match := pattern.search(before))}
    thing = _THING.search(before)
    # "order 12", "order no. 12", "order number is 12"; in "the card for this order is 4111…" the order is not what is numbered.
    if thing and (thing["number"] or not thing["links"] or _NAMES_NUMBER.search(thing["name"])):
        found["thing"] = thing
    nearest = max(found, key=lambda kind: (found[kind].end("name"), -found[kind].start()), default="")
    return nearest or ("thing" if before.rstrip().endswith("#") else "")

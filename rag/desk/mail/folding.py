"""What a person wrote in a mail, and what stands below it: quoted mails and signatures are folded, and nothing is dropped.

Where an earlier mail begins is told by how mail programs mark it (quotequail knows their lines; ">" is RFC 3676's, section
4.5), a signature by the line "-- " (section 4.3). No words of the text itself are looked at.
"""

from dataclasses import dataclass
from typing import Final

_LONGEST_LINE: Final = 1_000  # characters of a line that are looked at
_LINES: Final = 1_000  # lines that are looked at; what stands below is folded
_SIGNATURE = "--"


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` is what was written, `folded` the rest of the mail; a line end stands between them."""

    text: str
    folded: str = ""


def fold(body: str) -> Folded:
    """The parts of a mail's plain text. A mail of nothing but quotes, as one that answers between the lines, stays whole."""
    lines = body.replace("\r\n", "\n").split("\n")
    cut = min(_quote(lines), _signature(lines), _LINES)
    text = "\n".join(lines[:cut]).strip()
    if not text or _answers_between(lines, cut):
        return Folded(body.strip())
    return Folded(text, "\n".join(lines[cut:]).strip())


def _quote(lines: list[str]) -> int:
    """The line from which an earlier mail is quoted."""
    import quotequail

    seen = [line[:_LONGEST_LINE] for line in lines[:_LINES]]
    (_, written), *_ = quotequail.quote("\n".join(seen), limit=_LINES + 1, quote_intro_line=True)
    found = len(written.split("\n")) if len(written) < len("\n".join(seen)) else len(lines)
    last = next((n for n in range(len(seen) - 1, -1, -1) if seen[n].strip()), -1)
    if last < found and last >= 0 and seen[last].startswith(">"):
        first = last
        while first and (seen[first - 1].startswith(">") or not seen[first - 1].strip()):
            first -= 1
        return _introduced(seen, first)
    return found


def _introduced(lines: list[str], first: int) -> int:
    """The line above a quote that says whose it is: it ends with a colon and names an address or a time."""
    above = next((n for n in range(first - 1, -1, -1) if lines[n].strip()), -1)
    if above >= 0 and lines[above].rstrip().endswith((":", "：")) and any(c.isdigit() or c == "@" for c in lines[above]):
        return above
    return first


def _signature(lines: list[str]) -> int:
    return next((n for n, line in enumerate(lines) if n and line.rstrip() == _SIGNATURE), len(lines))


def _answers_between(lines: list[str], cut: int) -> bool:
    """Whether lines that are not quoted stand between quoted ones below the cut: they are answers."""
    quoted = [n for n in range(cut, len(lines)) if lines[n].startswith(">")]
    between = (lines[n] for n in range(quoted[0], quoted[-1]) if not lines[n].startswith(">")) if quoted else ()
    return any(line.strip() for line in between)

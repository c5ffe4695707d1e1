"""What Markdown of site generators has beyond CommonMark, as CommonMark: admonitions, tabs, template code, attribute lists."""

import re

from rag.loading.html import DONE, TO_DO
from rag.loading.typed_lists import with_typed_lists

_FENCE = re.compile(r"[ \t>]*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?(`{3,}|~{3,})")
_CONTAINER = re.compile(
    r"[ \t]*:{3,}[ \t]*(?:\{?([A-Za-z][\w-]*)\}?)?[ \t]*(?:\[([^\]\n]*)\]|([^\n{\[]*))(?:\{[^}\n]*\})?[ \t]*$"
)
_INDENTED = re.compile(
    r"""([ \t]*)(?:(?:!!!|\?\?\?\+?)[ \t]+([\w-]+)(?:[ \t]+(?:inline|end))*(?:[ \t]+"([^"\n]*)")?"""
    r"""|===[!+]?[ \t]+"([^"\n]+)")[ \t]*$"""
)
_LONGEST_MARKER = 300
# Containers whose kind is shown where they have no title; any other lays out what is in it.
_ADMONITIONS = frozenset(
    """note tip hint info important warning caution danger attention error success question example quote bug abstract summary
    todo failure seealso check faq help""".split()
)
_NO_PARAGRAPH = re.compile(r"[ \t]*(?:[-*+][ \t]|[#>|<`~:!{]|\d{1,9}[.)][ \t])|    ")
_SILENT = frozenset("assign set if elsif elif unless for case when capture with macro block extends import from".split())
_ALERT = re.compile(r"([ \t]*>[ \t>]*)\[!([A-Za-z]+)\][+-]?[ \t]*(.*)$")
_TASK = re.compile(r"^([ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+)\[([ xX])\][ \t]+(?=\S)")
_ABBREVIATION = re.compile(r"[ ]{0,3}\*\[([^\[\]\n]{1,60})\]:[ \t]*(\S.*)$")
_ATTRIBUTES = re.compile(r"\{:[^{}\n]{0,300}\}[ \t]*$")  # Of kramdown, on a line of its own or at its end.
_TABLE_OF_CONTENTS = re.compile(r"[ \t]*(?:\[\[?_?TOC_?\]?\]|\{:toc\})[ \t]*$", re.IGNORECASE)
_HIGHLIGHT = re.compile(r"([ \t]*)\{%-?\s*highlight\s+([\w+#-]+)[^%]{0,200}%\}[ \t]*$")
_END_HIGHLIGHT = re.compile(r"[ \t]*\{%-?\s*endhighlight\s*-?%\}[ \t]*$")
_COMMENT = re.compile(r"[ \t]*\{%-?\s*comment\s*-?%\}")
_END_COMMENT = re.compile(r"\{%-?\s*endcomment\s*-?%\}[ \t]*")
# Nothing is tried twice: each form ends where another of its kind begins. Code is kept, of a tag with attributes the strings
# that are shown, of an output its literal.
_TEMPLATE = re.compile(
    r"(?P<code>(?<!`)(`{1,8})(?!`).{0,2000}?(?<!`)\2(?!`))"
    r"|\{%-?\s*raw\s*-?%\}(?P<raw>(?:[^{]|\{(?!%-?\s*raw\b)){0,5000}?)\{%-?\s*endraw\s*-?%\}"
    r"|\{%(?P<tag>(?:[^%{]|%(?!\})|\{(?!%)){0,2000})%\}"
    r"|\{\{[<%](?P<short>[^{}]{0,2000}?)[>%]\}\}"
    r"|\{\{(?P<output>(?:[^{}]|\}(?!\})){0,500})\}\}",
    re.DOTALL,
)
_SHOWN = re.compile(r"""\b(?:title|label|summary|caption|heading|text|content|description|alt)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_LITERAL = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)')\s*(?:\||$)""")


def plain_markdown(text: str) -> str:
    """The text in CommonMark; what stands in fences stays as it is."""
    reader = _Lines()
    for line in text.split("\n"):
        reader.read(line)
    return "\n".join(with_typed_lists(reader.end()))


class _Lines:
    """Rewrites line by line."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._fence = ""  # The one under way; "%" for a highlighted block of Liquid.
        self._comment = False
        self._depths: list[int] = []  # The indentation of the bodies under way of `!!! note`.
        self._title = ""  # Of an admonition, waiting for its first line.

    def read(self, line: str) -> None:
        if self._fence:
            self._code(self._dedented(line))
            return
        if self._comment or _COMMENT.match(line):
            end = _END_COMMENT.search(line)
            self._comment = end is None
            if end is not None and line[end.end() :]:
                self.read(line[end.end() :])
            return
        if line.strip():
            while self._depths and _indent(line) < self._depths[-1]:
                self._depths.pop()
                self._say_title()
        if not self._marker(line := self._dedented(line)):
            self._text(line)

    def end(self) -> list[str]:
        self._say_title()
        return self._lines

    def _code(self, line: str) -> None:
        if self._fence == "%":
            ends = _END_HIGHLIGHT.match(line) is not None
            self._lines.append("~~~~" if ends else line)
        else:
            match = _FENCE.match(line)
            ends = match is not None and match[1].startswith(self._fence) and match.end() == len(line.rstrip())
            self._lines.append(line)
        if ends:
            self._fence = ""

    def _marker(self, line: str) -> bool:
        """Whether the line only says how those that follow are shown."""
        if len(line) > _LONGEST_MARKER:
            return False
        if match := _INDENTED.match(line):
            self._open(match[2] or "", match[3] or match[4] or "")
            self._depths.append(len(match[1].expandtabs(4)) + 4 * len(self._depths) + 4)
        elif (match := _CONTAINER.match(line)) and (match[1] or not (match[3] or "").strip()):
            kind = (match[1] or "").lower()
            self._open(kind if kind in _ADMONITIONS else "", match[2] or match[3] or "")
        else:
            return _TABLE_OF_CONTENTS.match(line) is not None
        return True

    def _open(self, kind: str, title: str) -> None:
        self._say_title()
        self._title = _title(kind, title)
        self._lines.append("")

    def _say_title(self) -> None:
        if self._title:
            self._lines += ["", self._title, ""]
            self._title = ""

    def _text(self, line: str) -> None:
        if self._title and line.strip():
            if _NO_PARAGRAPH.match(line):
                self._say_title()
            else:
                line, self._title = f"{self._title} {line.lstrip()}", ""
        if match := _HIGHLIGHT.match(line):
            self._fence = "%"
            self._lines += ["", f"~~~~{match[2]}"]
        elif match := _FENCE.match(line):
            self._fence = match[1]
            self._lines.append(line)
        elif match := _ALERT.match(line):
            self._lines.append(f"{match[1]}{_title(match[2].lower(), match[3])}")
        elif match := _ABBREVIATION.match(line):
            self._lines += ["", f"{match[1]}: {match[2]}", ""]
        elif line.lstrip().startswith("|"):  # A bar in template code would part the cells.
            self._lines.append(without_templates(line))
        else:
            self._lines.append(_ATTRIBUTES.sub("", _TASK.sub(_state, line)))

    def _dedented(self, line: str) -> str:
        if not self._depths:
            return line
        line = line.expandtabs(4)
        return line[min(4 * len(self._depths), len(line) - len(line.lstrip())) :]


def _state(task: re.Match[str]) -> str:
    return task[1] + (TO_DO if task[2] == " " else DONE)


def without_templates(text: str) -> str:
    """A text without the code of Liquid, Jinja and Hugo; what it shows as it stands is kept, and so is inline code."""
    return _TEMPLATE.sub(_rendered, text) if "{%" in text or "{{" in text else text


def _rendered(match: re.Match[str]) -> str:
    if match["code"] is not None:
        return match["code"]
    if match["raw"] is not None:
        return match["raw"]
    if match["output"] is not None:
        literal = _LITERAL.match(match["output"])
        return (literal[1] or literal[2] or "") if literal else ""
    code: str = (match["tag"] if match["tag"] is not None else match["short"]).strip("- \t\n")
    if not code or code.split(maxsplit=1)[0] in _SILENT:
        return ""
    return " ".join(double or single for double, single in _SHOWN.findall(code))


def _title(kind: str, title: str) -> str:
    """How an admonition begins: its title, else its kind. A line of it alone is no bold heading: its colon is not strong."""
    shown = title.strip().removesuffix(":") or kind.replace("-", " ").capitalize()
    return f"**{shown}**{'' if shown.endswith(('.', '?', '!')) else ':'}" if shown else ""


def _indent(line: str) -> int:
    return len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())

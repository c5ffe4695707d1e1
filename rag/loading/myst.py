"""MyST to Markdown: directives in fences become containers, code and images; targets and comments go. Roles stay.

A directive's body is Markdown, so it is put between `:::name title` and `:::`, which `dialects` reads as an admonition.
"""

import re
from dataclasses import dataclass, field

from rag.loading.roles import LABELS

_OPEN = re.compile(r"([ \t]*)(`{3,}|~{3,}|:{3,})\{([A-Za-z][\w.:+-]{0,40})\}[ \t]*(.*)$")
_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")
_OPTION = re.compile(r"[ \t]*:([\w-]{1,40}):(?:[ \t]+(.*))?$")
_TARGET = re.compile(r"\([\w.:/ -]{1,100}\)=[ \t]*$")
_ROLE = re.compile(r"\{[a-z][\w:+-]*\}`[^`\n]")
_CODE = frozenset("code code-block code-cell sourcecode prompt doctest testcode parsed-literal math mermaid".split())
# Of R Markdown and Quarto: a program, whatever stands behind it in the braces.
_ENGINES = frozenset("r python julia bash sh sql js css cpp c ojs dot stan".split())
_NOT_SHOWN = frozenset("toctree include literalinclude raw index contents tableofcontents bibliography meta todo".split())
# Put into the Markdown as reStructuredText: what these hold is laid out by the directive itself.
_AS_WRITTEN = frozenset("eval-rst list-table csv-table".split())
_LINK = re.compile(r"\[([^\[\]`<>]{1,200})\]\(([^()\s]{1,500})\)")
_AS_REFERENCE = r"`\1 <\2>`__"
_IMAGES = frozenset("figure image".split())
_LAYOUT = frozenset("div only grid tab-set tabs hlist container card-carousel".split())


@dataclass(slots=True)
class _Directive:
    """One under way: the fence that ends it, its options, and its body where that is not passed on line by line."""

    fence: str
    name: str
    title: str
    indent: str
    options: dict[str, str] = field(default_factory=dict)
    body: list[str] | None = None
    begun: bool = False


def is_myst(text: str) -> bool:
    """Whether the text has a directive, a role or a target of MyST."""
    return any(_OPEN.match(line) or _TARGET.match(line) for line in text.split("\n")) or _ROLE.search(text) is not None


def without_directives(text: str) -> str:
    """The Markdown in a MyST text; code of other fences stays as it is."""
    if not is_myst(text):
        return text
    reader = _Lines()
    for line in text.split("\n"):
        reader.read(line)
    return "\n".join(reader.end())


class _Lines:
    """Rewrites line by line."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._open: list[_Directive] = []
        self._fence = ""  # Of code that is no directive's.

    def read(self, line: str) -> None:
        current = self._open[-1] if self._open else None
        if self._fence:
            if _closes(line, self._fence):
                self._fence = ""
            self._say(line)
        elif current is not None and _closes(line, current.fence):
            self._close()
        elif current is not None and not current.begun and (option := _OPTION.match(line)):
            current.options[option[1]] = option[2] or ""
        elif current is not None and current.body is not None:
            current.begun = True
            current.body.append(line)
        elif (match := _OPEN.match(line)) and match[3].lower() not in _ENGINES:
            self._begin(current)
            self._open.append(_directive(match))
        else:
            self._begin(current)
            if match := _FENCE.match(line):
                self._fence = match[1]
            if not _TARGET.match(line) and not line.startswith("% "):
                self._say(line)

    def end(self) -> list[str]:
        while self._open:
            self._close()
        return self._lines

    def _say(self, line: str) -> None:
        self._lines.append(line)

    def _begin(self, directive: _Directive | None) -> None:
        """Say how a container begins, before the first line of its body."""
        if directive is not None and not directive.begun:
            directive.begun = True
            kind = directive.name.rpartition(":")[2]
            title = "" if kind in _LAYOUT else f"{LABELS[kind]} {directive.title}" if kind in LABELS else directive.title
            self._say(f"{directive.indent}:::{kind}" + (f"[{title}]" if title and "]" not in title else f" {title}"))

    def _close(self) -> None:
        directive = self._open[-1]
        if directive.body is None:
            self._begin(directive)
            self._open.pop()
            self._say(f"{directive.indent}:::")
            return
        self._open.pop()
        if directive.name in _IMAGES:
            alt = directive.options.get("alt", "").replace("]", "")
            self._lines += ["", f"{directive.indent}![{alt}](<{directive.title}>)", "", *directive.body, ""]
        elif directive.name not in _NOT_SHOWN:
            fence = "~~~~~" if directive.fence[0] == ":" else directive.fence
            self._lines += [f"{fence}{_info(directive)}", *_verbatim(directive, directive.body), fence]


def _directive(match: re.Match[str]) -> _Directive:
    name = match[3].lower()
    kept = name in _CODE | _NOT_SHOWN | _AS_WRITTEN | _IMAGES
    return _Directive(match[2], name, match[4].strip(), match[1], body=[] if kept else None)


def _info(directive: _Directive) -> str:
    """What stands behind the fence of code: its file, else its language."""
    if directive.name in _AS_WRITTEN:
        return "{eval-rst}"
    caption = directive.options.get("caption", "").replace('"', "'")
    language = directive.title.split()[0] if directive.title else ""
    return f'{language or "text"} title="{caption}"' if caption else language


def _verbatim(directive: _Directive, body: list[str]) -> list[str]:
    """The lines between the fences: of a table, the directive of reStructuredText that it is."""
    if directive.name == "eval-rst" or directive.name not in _AS_WRITTEN:
        return body
    options = [f"   :{name}: {value}" for name, value in directive.options.items()]
    lines = [f"   {_LINK.sub(_AS_REFERENCE, line)}" for line in body]
    return [f".. {directive.name}:: {directive.title}", *options, "", *lines]


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return bare.startswith(fence) and not bare.strip(fence[0])

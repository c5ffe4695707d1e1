"""Directives and roles of reStructuredText that docutils does not know, or reads stricter than Sphinx does: what they show.

Nothing here opens a file or runs code: what would be inserted from elsewhere (`include`, `automodule`) is left out. A directive
that nobody knows shows its argument and its content, a role its text.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from docutils import nodes, utils
from docutils.parsers.rst import Directive, directives, languages, roles
from docutils.statemachine import StringList

from rag.loading.roles import LABEL_ROLES, LABELS, shown

_DIRECTIVE = re.compile(r"\.\. +(?:\|[^|\n]{1,100}\| +)?([^\W_][\w.+:-]{0,60}?) ?::(?=\s|$)", re.MULTILINE)
_ROLE = re.compile(r":([^\W_][\w.+:-]{0,60}):(?=`)|(?<=`):([^\W_][\w.+:-]{0,60}?):(?!`)")
_TITLED = re.compile(r"(.+?)\s*<([^<>]*)>$", re.DOTALL)
_FILE = re.compile(r"\S*/\S*$|\S+\.\w{2,4}$|https?:\S+$")

# Settings of the site, what is made from elsewhere, and drawings in a language of their own.
_NOT_SHOWN = frozenset(
    """include literalinclude raw meta role default-role highlight index tabularcolumns module currentmodule namespace program
    title sectionauthor codeauthor moduleauthor contents sectnum section-numbering header footer date target-notes todo todolist
    testsetup testcleanup graphviz graph digraph uml mermaid plantuml blockdiag seqdiag nwdiag actdiag inheritance-diagram
    bibliography youtube vimeo video""".split()
)
_NOT_SHOWN_STARTS = ("auto", "doxygen")
_ARGUMENT_NOT_SHOWN = frozenset("only ifconfig rst-class cssclass container grid tab-set tabs hlist glossary".split())
_CODE = frozenset(
    "code code-block sourcecode highlight-block prompt doctest testcode testoutput ipython productionlist".split()
)
_OBJECTS = frozenset(
    """function class method attribute data exception decorator staticmethod classmethod describe object option cmdoption
    envvar confval opcode pdbcommand""".split()
)
_OF_DOCUTILS = frozenset(
    """code emphasis strong literal math sup superscript sub subscript title title-reference t abbreviation acronym""".split()
)


def prepare(text: str) -> None:
    """Make docutils know every directive and role that is named in `text`."""
    for name in {match[1].lower() for match in _DIRECTIVE.finditer(text)}:
        directives.register_directive(name, _directive(name))
    for name in {(match[1] or match[2]).lower() for match in _ROLE.finditer(text)}:
        if name not in _OF_DOCUTILS:
            roles.register_local_role(name, _role)


def _directive(name: str) -> type[Directive]:
    kind = name.rpartition(":")[2]
    if kind in _NOT_SHOWN or kind.startswith(_NOT_SHOWN_STARTS):
        return _NotShown
    if kind in _CODE:
        return _Code
    if kind in _SPECIAL:
        return _SPECIAL[kind]
    if ":" in name or kind in _OBJECTS:
        return _Object
    return _lenient(name) or _Shown


def _lenient(name: str) -> type[Directive] | None:
    """The directive of docutils, with any option: Sphinx has some that docutils would make an error of."""
    known: type[Directive] | None
    known, _ = directives.directive(name, languages.get_language("en"), utils.new_document(""))
    if known is None or issubclass(known, _Known):
        return known
    options = _AnyOption(getattr(known, "option_spec", None) or {})
    return type(known.__name__, (_Known, known), {"option_spec": options})


class _AnyOption(dict[str, Callable[[str], Any]]):
    """Options by their names; one that is not known is kept as it is written."""

    def __missing__(self, name: str) -> Callable[[str], Any]:
        return lambda value: value or ""

    def __bool__(self) -> bool:
        return True


class _Known:
    """Marks what was made lenient."""


class _Shown(_Known, Directive):  # type: ignore[misc]
    """A directive that nobody knows: its argument as the title of its content."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = _AnyOption()
    has_content = True
    title_class = ""

    def run(self) -> list[nodes.Node]:
        argument = self._argument()
        if not self.content:
            said = argument if " " in argument.strip() or self.title_class else ""
            return [nodes.paragraph("", "", *self._title(said))] if said else []
        content = self._content()
        if not argument:
            return [nodes.container("", *content)]
        return [nodes.admonition("", nodes.title("", "", *self._title(argument)), *content)]

    def _argument(self) -> str:
        argument = self.arguments[0] if self.arguments else ""
        shown = self.name not in _ARGUMENT_NOT_SHOWN and any(map(str.isalpha, argument)) and not _FILE.match(argument)
        return argument if shown else ""

    def _title(self, text: str) -> list[nodes.Node]:
        inline, messages = self.state.inline_text(text, self.lineno)
        return [*inline, *messages]

    def _content(self, lines: StringList | None = None) -> list[nodes.Node]:
        holder = nodes.container()
        # Headings within are read as such, as Sphinx does.
        self.state.nested_parse(self.content if lines is None else lines, self.content_offset, holder, match_titles=True)
        return list(holder.children)


class _NotShown(_Shown):
    """Takes everything and shows nothing."""

    def run(self) -> list[nodes.Node]:
        return []


class _Object(_Shown):
    """A function, an option or a setting: its signatures, verbatim, and what is said of it."""

    title_class = "object"

    def _argument(self) -> str:
        return "\n".join(self.arguments)

    def _title(self, text: str) -> list[nodes.Node]:
        signatures = text.replace("\\\n", " ").split("\n")
        return [nodes.literal("", ", ".join(" ".join(signature.split()) for signature in signatures))]


class _Labelled(_Shown):
    """A note of a kind: of a version, or what to see also; the argument is the first of its text."""

    def run(self) -> list[nodes.Node]:
        title, text = LABELS[self.name], self.arguments[0] if self.arguments else ""
        if self.name != "seealso" and text:
            version, *rest = text.split(maxsplit=1)
            title, text = f"{title} {version}", "".join(rest)
            if self.name == "deprecated-removed":
                removed, *rest = text.split(maxsplit=1)
                title, text = f"{title}, removed in {removed}", "".join(rest)
        first = [nodes.paragraph("", "", *self._title(text))] if text.strip() else []
        return [nodes.admonition("", nodes.title("", title), *first, *self._content())]


class _Code(_Shown):
    """Verbatim lines; the argument is their language, an option their caption."""

    def run(self) -> list[nodes.Node]:
        first = self.arguments[0] if self.arguments else ""
        lines = [*first.split("\n"), *self.content] if self.name == "productionlist" else list(self.content)
        language = first.split()[0] if first and self.name != "productionlist" else ""
        return [nodes.literal_block("", "\n".join(lines), caption=self.options.get("caption", ""), language=language)]


class _Math(_Shown):
    """A formula, as it is written."""

    def run(self) -> list[nodes.Node]:
        return [nodes.math_block("", "\n".join([*self.arguments, *self.content]))]


class _Tree(_Shown):
    """A list of pages: the titles that are written there; a page without one is only a file's name."""

    def run(self) -> list[nodes.Node]:
        titles = [match[1] for line in [*self.arguments, *self.content] if (match := _TITLED.match(line.strip()))]
        if "hidden" in self.options or not titles:
            return []
        return [nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", title)) for title in titles))]


class _Glossary(_Shown):
    """Definitions; several terms on lines below each other have one definition."""

    def run(self) -> list[nodes.Node]:
        lines = StringList()
        for n, line in enumerate(self.content):
            if n and line.strip() and not line[0].isspace() and lines[-1].strip() and not lines[-1][0].isspace():
                lines[-1] = f"{lines[-1]}, {line}"
            else:
                lines.append(line, self.content.source(n) or "", self.content.offset(n) or 0)
        return self._content(lines)


_SPECIAL: dict[str, type[Directive]] = {
    **dict.fromkeys(LABELS, _Labelled),
    "math": _Math,
    "toctree": _Tree,
    "glossary": _Glossary,
}


def _role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, options: Any = None, content: Sequence[str] = ()
) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """The text of a role, as Sphinx shows it; where only a label is given, the walker looks for what it names."""
    text = utils.unescape(text).strip()
    if name.rpartition(":")[2] in LABEL_ROLES and not text.endswith(">"):
        return [nodes.inline("", text, label=text)], []
    said, kind = shown(name, text)
    made = {"strong": nodes.strong, "code": nodes.literal}.get(kind or "", nodes.inline)
    return [made("", said)], []

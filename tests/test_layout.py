"""The layout of `rag/`: which package may import which, where a library may be imported, how large a module may be."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

RAG = Path(__file__).parent.parent / "rag"
# What a module may import of the project: its own package, and what stands on a line above it.
LAYERS = (
    {"about", "types", "route", "protocols", "errors", "extras", "text", "units", "languages", "__version__"},
    {"config", "config_channels", "database", "query", "chunking", "privacy"},
    {"loading", "index", "models", "kept"},
    {"conversation", "reading", "checking", "answering"},
    {"service"},
    {"served"},
    {"desk"},
    {"datasets"},
    {"evaluation"},
    {"training"},
    {"apps"},
    {"__main__"},
)
ONLY_IN = {
    "chromadb": {"index/store.py", "index/collection.py", "index/soundness.py"},
    "langchain_text_splitters": {"chunking/cutting.py"},
    "gradio": {"apps/page"},
    "sqlite3": {"database.py", "index/catalogue", "index/audit.py"},
}
FILES = sorted(RAG.rglob("*.py"))


def layer(package: str) -> int:
    return next(n for n, packages in enumerate(LAYERS) if package in packages)


def package_of(path: Path) -> str:
    return path.relative_to(RAG).parts[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "rag":
            found |= {f"rag.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(str(node.module))
    return found


def test_imports_go_down_the_layers() -> None:
    wrong = {}
    for path in FILES:
        if (own := package_of(path)) != "__init__":
            used = {name.split(".")[1] for name in imports(path) if name.startswith("rag.")} - {own}
            wrong[path] = {name for name in used if layer(name) > layer(own)}
    assert {path: names for path, names in wrong.items() if names} == {}


def test_each_library_stays_behind_its_border() -> None:
    used = {path: {name.split(".")[0] for name in imports(path)} for path in FILES}
    for library, places in ONLY_IN.items():
        users = [path.relative_to(RAG) for path in FILES if library in used[path]]
        assert [path for path in users if not any(path.is_relative_to(place) for place in places)] == [], library


def module_of(path: Path) -> str:
    parts = path.relative_to(RAG.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside functions count too; those for type checkers alone do not."""
    modules = {module_of(path): path for path in FILES}
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        tree = tree_of(path)
        guarded = {
            id(node)
            for test in ast.walk(tree)
            if isinstance(test, ast.If) and isinstance(test.test, ast.Name) and test.test.id == "TYPE_CHECKING"
            for node in ast.walk(test)
        }
        used: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and id(node) not in guarded and node.module:
                inner = {f"{node.module}.{alias.name}" for alias in node.names} & modules.keys()
                used |= inner or ({node.module} & modules.keys())
        graph[name] = used - {name}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_no_module_has_over_300_lines() -> None:
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert {path: n for path, n in lines.items() if n > 300} == {}


# Lists that are none of words: names of HTML elements, of keys, of template commands, of directives, of fields and options, of
# kinds of messages, of moves.
FORMATS = {
    "apps/page/markup.py",
    "desk/mail/plain.py",
    "desk/states.py",
    "evaluation/run.py",
    "loading/dialects.py",
    "loading/front_matter.py",
    "loading/furniture.py",
    "loading/html.py",
    "loading/html_text.py",
    "loading/html_tree.py",
    "loading/markdown.py",
    "loading/myst.py",
    "loading/restructured.py",
    "loading/restructured_inline.py",
    "loading/roles.py",
    "loading/sphinx.py",
    "route.py",
}
MOST_WORDS = 7


def test_lists_of_words_stand_in_languages_only() -> None:
    elsewhere = [path for path in FILES if not path.is_relative_to(RAG / "languages")]
    found = {path: longest_list(path) for path in elsewhere if str(path.relative_to(RAG)) not in FORMATS}
    assert {path: words for path, words in found.items() if len(words) > MOST_WORDS} == {}


def longest_list(path: Path) -> list[str]:
    """Of words in one text, set, list or pattern."""
    longest: list[str] = []
    for node in ast.walk(tree_of(path)):
        words: list[str] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "split":
            words = str(node.func.value.value).split() if isinstance(node.func.value, ast.Constant) else []
        elif isinstance(node, ast.Set | ast.List | ast.Tuple):
            words = [item.value for item in node.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.count("|") > MOST_WORDS:
            words = node.value.split("|")
        natural = [word for word in words if word.isalpha() and word.islower()]
        longest = max(longest, natural, key=len)
    return longest


VISITOR = [path for path in FILES if path.relative_to(RAG).parts[0] in {"conversation", "query.py"} or "page" in path.parts]


def test_texts_for_visitors_stand_in_languages_only() -> None:
    assert {path: texts for path in VISITOR if (texts := texts_in(path))} == {}


def texts_in(path: Path) -> list[str]:
    """A text is three words or more with a capital letter; HTML and messages for the log are none."""
    tree, found = tree_of(path), []
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) or (isinstance(node, ast.keyword) and node.arg == "head")
    } | {id(arg) for node in ast.walk(tree) if isinstance(node, ast.Call) and "log" in ast.dump(node.func) for arg in node.args}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said and "<" not in node.value:
            if node.value.startswith("Noto Sans"):  # the name of a font
                continue
            words = re.findall(r"[A-Za-z]{2,}", node.value)
            if len(words) >= 3 and node.value[:1].isupper() and " " in node.value:
                found.append(node.value)
    return found


def test_importing_loads_no_heavy_library() -> None:
    """One after the other: what one of them loads is said before the next. The last is what `rag accounts` needs."""
    modules = ("rag", "rag.types", "rag.apps.cli.main", "rag.service", "rag.apps.server.accounts.keys")
    heavy = "{'torch', 'gradio', 'chromadb', 'transformers', 'fastapi', 'mcp'}"
    code = "import sys\n" + "\n".join(f"import {one}; print('{one}', sorted({heavy} & set(sys.modules)))" for one in modules)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=RAG.parent, check=True)
    assert result.stdout.splitlines() == [f"{one} []" for one in modules]

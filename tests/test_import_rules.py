"""The layout of `rag/`: which package may import which, where a library may be imported, how large a module may be."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

RAG = Path(__file__).parent.parent / "rag"
# What a module may import of the project: its own package, and what stands on a line above it.
LAYERS = (
    {"types", "errors", "extras", "text", "units", "languages", "__version__"},
    {"config", "query", "chunking"},
    {"loading", "index", "models"},
    {"conversation", "reading", "checking", "answering"},
    {"assembly", "service"},
    {"datasets"},
    {"evaluation"},
    {"training"},
    {"apps"},
    {"__main__"},
)
ONLY_IN = {
    "chromadb": {"index/store.py"},
    "langchain_text_splitters": {"chunking.py"},
    "gradio": {"apps/page"},
    "sqlite3": {"index/catalogue"},
}
FILES = sorted(RAG.rglob("*.py"))


def layer(package: str) -> int:
    return next(n for n, packages in enumerate(LAYERS) if package in packages)


def package_of(path: Path) -> str:
    return path.relative_to(RAG).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "rag":
            found |= {f"rag.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(str(node.module))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(RAG)))
def test_imports_go_down_the_layers(path: Path) -> None:
    own = package_of(path)
    if own != "__init__":
        used = {name.split(".")[1] for name in imports(path) if name.startswith("rag.")} - {own}
        assert {name for name in used if layer(name) > layer(own)} == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(RAG)))
def test_each_library_stays_behind_its_border(path: Path) -> None:
    used = {name.split(".")[0] for name in imports(path)}
    for library, places in ONLY_IN.items():
        if library in used:
            assert any(path.relative_to(RAG).is_relative_to(place) for place in places), f"{path} imports {library}"


@pytest.mark.parametrize("module", ["rag", "rag.apps.cli.main", "rag.service", "rag.types"])
def test_importing_loads_no_heavy_library(module: str) -> None:
    code = f"import {module}, sys; print(sorted({{'torch', 'gradio', 'chromadb', 'transformers'}} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=RAG.parent, check=True)
    assert result.stdout.strip() == "[]"

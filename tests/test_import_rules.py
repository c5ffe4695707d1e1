import ast
import subprocess
import sys
from pathlib import Path

import pytest

RAG = Path(__file__).parent.parent / "rag"
BASE = {"types", "errors", "text"}
TOP = {"assembly", "assistant", "cli", "config", "interface", "json_format", "__main__"}
# What a module may import of the project besides BASE; a stage may import nothing else.
ALLOWED = {
    "embedding": {"bert", "device"},
    "reading": {"bert", "device"},
    "generation": {"device"},
    "matching": {"device"},
    "ingestion": {"catalogue"},  # for the types of what it is handed
    "assembly": {"*"},
    "assistant": {"*"},
    "cli": {"*"},
    "interface": {"interface", "citations", "config", "loading", "assistant", "ingestion"},
    "evaluation": {"assistant", "config", "embedding", "loading", "models"},
    "training": {
        *("assembly", "assistant", "catalogue", "config", "device", "embedding", "evaluation", "generation", "loading"),
        *("matching", "models"),
        *("prompting", "reading", "versions"),
    },
    "json_format": set(),
    "config": set(),
    "__main__": {"cli"},
}
ONLY_IN = {"chromadb": {"store"}, "langchain_text_splitters": {"chunking"}, "gradio": {"interface"}, "sqlite3": {"catalogue"}}
FILES = sorted(RAG.rglob("*.py"))


def stage(path: Path) -> str:
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
def test_a_stage_knows_only_the_base(path: Path) -> None:
    own = stage(path)
    allowed = BASE | {own, "__version__"} | ALLOWED.get(own, set())
    if "*" not in allowed:
        assert {name.split(".")[1] for name in imports(path) if name.startswith("rag.")} <= allowed


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(RAG)))
def test_each_library_stays_behind_its_border(path: Path) -> None:
    for library, places in ONLY_IN.items():
        if library in {name.split(".")[0] for name in imports(path)}:
            assert stage(path) in places, f"{path} imports {library}"


@pytest.mark.parametrize("module", ["rag", "rag.cli", "rag.assistant", "rag.types"])
def test_importing_loads_no_heavy_library(module: str) -> None:
    code = f"import {module}, sys; print(sorted({{'torch', 'gradio', 'chromadb', 'transformers'}} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=RAG.parent, check=True)
    assert result.stdout.strip() == "[]"

"""The optional libraries: which extra of the package brings which, and what a person reads where one is missing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rag.errors import MissingExtraError

# Name of the module that is imported -> extra of pyproject.toml that installs it.
EXTRAS: Mapping[str, str] = {
    "gradio": "page",
    "fastapi": "page",
    "starlette": "page",
    "uvicorn": "page",
    "anyio": "page",
    "argon2": "page",
    "authlib": "page",
    "httpx2": "page",
    "itsdangerous": "page",
    "jinja2": "page",
    "markupsafe": "page",
    "joserfc": "page",
    "limits": "page",
    "prometheus_client": "page",
    "mcp": "page",
    "quotequail": "page",
    "docx": "files",
    "lxml": "files",
    "openpyxl": "files",
    "pptx": "files",
    "pypdfium2": "files",
    "PIL": "ocr",
    "onnxruntime": "ocr",
    "rapidocr": "ocr",
    "ir_measures": "eval",
    "matplotlib": "eval",
}


def install_hint(error: ModuleNotFoundError) -> str | None:
    """What to run so that the import that raised `error` works; None where no extra brings the module."""
    module = (error.name or "").partition(".")[0]
    extra = EXTRAS.get(module)
    return extra and f'{module} is not installed. Run: pip install "footnote-rag[{extra}]"'


@contextmanager
def explain_missing_extra() -> Iterator[None]:
    """Raises MissingExtraError with the command to run where an import in the block lacks the library of an extra."""
    try:
        yield
    except ModuleNotFoundError as error:
        hint = install_hint(error)
        if hint is None:
            raise
        raise MissingExtraError(hint) from error

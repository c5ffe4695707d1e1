"""Serves the page over `knowledge/`: the entry of a Hugging Face Space, and `python app.py` on any machine."""

from rag.cli import run
from rag.config import load_settings
from rag.errors import RagError

if __name__ == "__main__":
    try:
        run(load_settings())
    except RagError as error:
        raise SystemExit(f"error: {error}") from None

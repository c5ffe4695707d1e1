"""Serves the page over `knowledge/`: the entry of a Hugging Face Space, and `python app.py` on any machine."""

from rag.cli import serve
from rag.config import load_settings

if __name__ == "__main__":
    serve(load_settings())

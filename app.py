"""Serves the page over `knowledge/`: the entry of a Hugging Face Space, and `python app.py` on any machine."""

from rag.apps.cli.main import main

if __name__ == "__main__":
    main(["serve"])

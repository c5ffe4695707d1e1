"""The page in the browser: `launch(bases)` serves it. The only package that imports gradio."""

from rag.apps.page.contracts import OneBase
from rag.apps.page.page import Running, launch

__all__ = ["OneBase", "Running", "launch"]

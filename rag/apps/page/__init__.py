"""The page in the browser: `launch(assistant)` serves it. The only package that imports gradio."""

from rag.apps.page.page import Running, launch

__all__ = ["Running", "launch"]

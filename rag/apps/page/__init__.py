"""The page in the browser: `launch(assistant)` serves it. The only package that imports gradio."""

from rag.extras import explain_missing_extra

with explain_missing_extra():
    from rag.apps.page.page import Running, launch

__all__ = ["Running", "launch"]

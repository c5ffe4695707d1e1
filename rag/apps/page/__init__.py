"""The page in the browser: `mount` puts it into an application. The only package that imports gradio."""

from rag.extras import explain_missing_extra

with explain_missing_extra():
    from rag.apps.page.contracts import OneBase
    from rag.apps.page.mount import ROUTES, UPLOADS, mount

__all__ = ["ROUTES", "UPLOADS", "OneBase", "mount"]

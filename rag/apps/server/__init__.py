"""The server: one application that carries the page, sign-in and what programs call. `run` serves it."""

from rag.extras import explain_missing_extra

with explain_missing_extra():
    from rag.apps.server.app import create_app
    from rag.apps.server.running import Running, launch

__all__ = ["Running", "create_app", "launch"]

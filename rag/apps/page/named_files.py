"""Files that a request of the page names by their paths. Gradio reads and copies such a file before its handler asks who may
do that, so that only what was uploaded to this page, and is named by who may upload, comes through.
"""

import json
import os
import stat
from pathlib import Path
from typing import Any

from starlette.types import Receive

from rag.apps.access import Person
from rag.apps.page.body import again, whole


class NotUploadedError(Exception):
    """A file is named that was not uploaded to this page."""


async def screened(receive: Receive, uploads: Path, person: Person) -> Receive:
    """The request, once the files that its body names were looked at.

    Raises NotAllowedError where one is named by who may not upload, NotUploadedError for one that is not in `uploads`.
    """
    body, ended = await whole(receive)
    try:
        named = _paths(json.loads(body))
    except (ValueError, RecursionError):
        named = []  # whoever reads it says what is wrong
    if named:
        person.require("manage")
    if not all(_is_file_in(uploads, path) for path in named):
        raise NotUploadedError
    return again(body, ended, receive)


def _paths(value: Any) -> list[Any]:
    """What stands under `path` anywhere in a JSON value: how Gradio writes a file."""
    found, waiting = [], [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found += [value["path"]] if "path" in value else []
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found


def _is_file_in(folder: Path, path: Any) -> bool:
    """Whether a path leads to a file, and no pipe or device, in a folder."""
    try:
        found = os.path.realpath(path)
        return found.startswith(f"{os.path.realpath(folder)}{os.sep}") and stat.S_ISREG(os.stat(found).st_mode)
    except (OSError, TypeError, ValueError):
        return False

"""A tab of the page is found by the number that its browser made up, together with who asks: the number alone stands in
addresses, and so in the logs of proxies, and leads nobody else to the tab's conversation."""

import json
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode

from starlette.types import Receive, Scope

from rag.apps.page.body import again, whole

_NAME = "session_hash"
_HEARTBEAT = "/gradio_api/heartbeat/"


async def of_person(scope: Scope, receive: Receive, who: str) -> tuple[Scope, Receive]:
    """The request, with the number of a tab in its path, query and JSON body made that of a tab of `who`."""

    def own(number: str) -> str:
        return sha256(f"{who}\n{number}".encode("utf-8", "surrogatepass")).hexdigest()[:32]

    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if any(name == _NAME for name, _ in query):
        changed = [(name, own(value) if name == _NAME else value) for name, value in query]
        scope = {**scope, "query_string": urlencode(changed).encode("latin-1")}
    before, beat, number = scope["path"].partition(_HEARTBEAT)
    if beat:
        path = f"{before}{beat}{own(number)}"
        scope = {**scope, "path": path, "raw_path": path.encode()}
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    if scope["method"] != "POST" or not any(kind.startswith(b"application/json") for kind in kinds):
        return scope, receive
    body, ended = await whole(receive)
    try:
        said = json.loads(body)
        if isinstance(said[_NAME], str):
            body = json.dumps({**said, _NAME: own(said[_NAME])}).encode()
    except (ValueError, TypeError, KeyError, RecursionError):
        pass  # whoever reads it says what is wrong
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
    scope = {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}
    return scope, again(body, ended, receive)

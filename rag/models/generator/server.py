"""Requests to a language model's server, bounded in time and size; whatever goes wrong becomes one GeneratorError.

Its message has the address, what was seen and what to do, and never the key. Redirects are not followed; proxies are those of
the environment.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from rag.errors import GeneratorError, SettingsError
from rag.models.generator import sse

CONNECT_SECONDS = 5.0
PIECE_SECONDS = 60.0  # between two pieces: a slow CPU needs most of it for a long prompt, before the first
TOTAL_SECONDS = 300.0
_LONGEST = 300  # characters of what a server says that a message repeats
# Control characters, which a terminal would obey, but tab and line feed.
CONTROL_CHARACTERS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)])


class Server:
    """What lies below one address. `base` has no slash at its end; `key`, if there is one, is sent with each request."""

    def __init__(self, base: str, key: str = "") -> None:
        self.base = base
        self._key = key
        headers = {"Accept-Encoding": "identity"}  # what is compressed could become large
        if key:
            headers["Authorization"] = f"Bearer {key}"
        try:
            timeout = httpx.Timeout(PIECE_SECONDS, connect=CONNECT_SECONDS)
            # A stream is closed where its answer ends, and a closed one is not used again: no connection is kept.
            limits = httpx.Limits(max_keepalive_connections=0)
            self._client = httpx.Client(timeout=timeout, headers=headers, limits=limits, follow_redirects=False)
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise SettingsError(f"The proxies of the environment (HTTPS_PROXY, ALL_PROXY) cannot be used: {error}") from error

    def get(self, path: str, base: str | None = None) -> Any:
        """The JSON at a path, within CONNECT_SECONDS between two pieces; raises GeneratorError."""
        with self._response("GET", (base or self.base) + path, CONNECT_SECONDS) as response:
            return self.json(response)

    @contextmanager
    def post(self, path: str, body: dict[str, Any]) -> Iterator[httpx.Response]:
        """An answer of status 200, not yet read; leaving closes the connection, wherever it stands. Raises GeneratorError."""
        with self._response("POST", self.base + path, PIECE_SECONDS, json=body) as response:
            yield response

    def chunks(self, response: httpx.Response) -> Iterator[bytes]:
        """The bytes of an answer as they come; raises GeneratorError for too many, or for too long a time."""
        end = time.monotonic() + TOTAL_SECONDS
        for chunk in sse.bounded(response.iter_raw()):
            if time.monotonic() > end:
                raise self.error(f"was still writing after {TOTAL_SECONDS:.0f} s: lower RAG_ANSWER_TOKENS")
            yield chunk

    def json(self, response: httpx.Response) -> Any:
        return self.parsed(b"".join(self.chunks(response)))

    def parsed(self, data: bytes) -> Any:
        """Raises GeneratorError for what is no JSON."""
        try:
            return sse.parse_json(data)
        except ValueError as error:
            raise self.error(
                f"sent {self.shown(repr(data[:_LONGEST]))}, which is no JSON: most addresses end with /v1"
            ) from error

    def error(self, what: str, status: int | None = None) -> GeneratorError:
        return GeneratorError(f"The language model's server at {self.base} {what}.", status)

    def shown(self, text: str) -> str:
        """What a server said, as a message may repeat it."""
        text = text.replace(self._key, "…") if self._key else text
        text = " ".join(text.translate(CONTROL_CHARACTERS).split())
        return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"

    def message(self, found: Any) -> str:
        """The message in an error as servers send it, after a comma; "" where there is none."""
        error = found.get("error", found) if isinstance(found, dict) else found
        message = error.get("message") if isinstance(error, dict) else error
        return f", {self.shown(message)!r}" if isinstance(message, str) and message else ""

    @contextmanager
    def _response(self, method: str, url: str, seconds: float, **body: Any) -> Iterator[httpx.Response]:
        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        try:
            with self._client.stream(method, url, timeout=timeout, **body) as response:
                if response.status_code != httpx.codes.OK:
                    raise self._refusal(response, url)
                if response.headers.get("content-encoding", "identity").lower() != "identity":
                    raise self.error("compresses its answer though it was asked not to: correct RAG_GENERATOR")
                yield response
        except httpx.ConnectTimeout as error:
            what = f"took no connection within {CONNECT_SECONDS:.0f} s: start it, or correct RAG_GENERATOR"
            raise self.error(what) from error
        except httpx.TimeoutException as error:
            raise self.error(f"sent nothing for {seconds:.0f} s: it may be busy or loading its model, ask again") from error
        except httpx.ProxyError as error:
            raise self.error(
                f"is not reached by the proxy ({self.shown(str(error))}): correct HTTPS_PROXY or NO_PROXY"
            ) from error
        except httpx.ConnectError as error:
            raise self.error(f"cannot be reached ({self.shown(str(error))}): start it, or correct RAG_GENERATOR") from error
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            what = f"broke off or speaks no HTTP ({self.shown(str(error))}): look at its log, and ask again"
            raise self.error(what) from error
        except sse.OversizedError as error:
            raise self.error(f"sent {error}, which no answer has: correct RAG_GENERATOR") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise self.error(f"cannot be asked ({self.shown(str(error))}): correct RAG_GENERATOR") from error

    def _refusal(self, response: httpx.Response, url: str) -> GeneratorError:
        """What a status other than 200 means, and what to do."""
        status = response.status_code
        try:
            said = self.message(sse.parse_json(b"".join(self.chunks(response))))
        except (ValueError, GeneratorError, httpx.HTTPError, sse.OversizedError):
            said = ""
        return self.error(f"{self._meaning(status, said, url, response.headers)}", status)

    def _meaning(self, status: int, said: str, url: str, headers: httpx.Headers) -> str:
        what = f"({status}{said})"
        if status in (401, 403):
            do = "set RAG_GENERATOR_KEY to a key it takes" if self._key else "it wants a key, set RAG_GENERATOR_KEY"
            return f"refused the request {what}: {do}"
        if status == 404:
            return (
                f"has no {url} or not the model that was asked for {what}: correct RAG_GENERATOR, like "
                f"http://host:port/v1#model; {self.base}/models lists the models"
            )
        if status == 429:
            after = self.shown(headers.get("retry-after", ""))
            when = f"after {after}{' s' if after.isdigit() else ''} (Retry-After)" if after else "in a minute"
            return f"has too many requests {what}: ask again {when}"
        if 300 <= status < 400:
            place = self.shown(headers.get("location", "another address"))
            return f"redirects to {place} {what}, which is not followed: set RAG_GENERATOR to where it leads"
        if status >= 500:
            return f"failed {what}: look at its log, and ask again"
        return f"did not take the request {what}: correct RAG_GENERATOR, or lower RAG_PROMPT_TOKENS and RAG_ANSWER_TOKENS"

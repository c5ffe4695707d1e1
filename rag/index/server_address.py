"""The address of a Chroma server, as `RAG_CHROMA_URL` has it."""

from urllib.parse import urlsplit

from rag.errors import StoreError


def parse(url: str) -> tuple[str, int, bool]:
    """Host, port and whether to encrypt; raises StoreError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise StoreError(f"RAG_CHROMA_URL is {url!r}: {error}; write it like http://localhost:8000") from error
    extra = parts.path.strip("/") or parts.query or parts.username
    if parts.scheme not in {"http", "https"} or not parts.hostname or extra:
        raise StoreError(f"RAG_CHROMA_URL is {url!r}; write it like http://localhost:8000 or https://chroma.example.org")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return host, port or (443 if parts.scheme == "https" else 8000), parts.scheme == "https"

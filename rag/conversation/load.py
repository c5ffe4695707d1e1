"""The router of the settings: what was trained here, or what comes with the package for the encoder in use."""

import logging
from pathlib import Path

from rag.config import Settings
from rag.conversation import head as heads
from rag.conversation import leaning, wishes
from rag.conversation.router import HeadRouter, Unrouted
from rag.errors import ModelError
from rag.models import versions
from rag.protocols import Embedder, Rewriter, Router
from rag.query import fit_window
from rag.types import Vectors

log = logging.getLogger(__name__)

NONE = "none"


def load_router(settings: Settings, embedder: Embedder) -> Router:
    """The router that the settings name; raises ModelError for one that cannot be read, or reads another encoder's vectors."""
    folder = router_folder(settings.embedder, settings)
    if folder is None:
        if settings.router != NONE:
            log.warning(
                "no router comes with the encoder %s: every message is taken for a question; `rag train router` makes one",
                settings.embedder,
            )
        return Unrouted()
    head = heads.load(folder)
    if head.embedder != settings.embedder or len(head.weights["hidden.weight"]) != embedder.dim + heads.SHAPE:
        raise ModelError(
            f"{folder} holds a router that reads vectors of {head.embedder}, and RAG_EMBEDDER is {settings.embedder}: train "
            f"one with `rag train router --embedder {settings.embedder}`, or set RAG_ROUTER=none."
        )

    def embed(message: str) -> Vectors | None:
        if not embedder.knows(message):
            return None
        vector: Vectors = embedder.embed([fit_window(message, embedder)], head.text_kind)[0]
        return vector

    return HeadRouter(head, embed)


def load_leaning(settings: Settings, embedder: Embedder) -> list[Rewriter]:
    """What tells follow-ups by the vectors of the encoder in use, where such comes with the package. Raises ModelError."""
    path = _beside(leaning.CARD, settings)
    return [leaning.HeadRewriter(leaning.load(path), embedder)] if path else []


def load_wishes(settings: Settings, embedder: Embedder) -> wishes.HeadWishes | None:
    """What tells counts and extremes by the vectors of the encoder in use, where such comes along. Raises ModelError."""
    path = _beside(wishes.CARD, settings)
    return wishes.HeadWishes(wishes.load(path), embedder) if path else None


def router_folder(embedder: str, settings: Settings) -> Path | None:
    """The folder of the router: the one named, the one trained, or else the one that comes with an encoder's vectors of the
    pooling that it learnt from; None where there is none.
    """
    if settings.router == NONE:
        return None
    try:
        return Path(versions.find(settings.router, "router", settings.data_dir, _shipped(embedder, settings)))
    except ModelError:
        return None


def _shipped(embedder: str, settings: Settings) -> Path | None:
    """The folder of what comes with the package for an encoder's vectors of the pooling that it learnt from."""
    return heads.SHIPPED / embedder if embedder in _names() and settings.pooling == "mean" else None


def _beside(card: str, settings: Settings) -> Path | None:
    """The file of another head that comes with the package for the encoder in use; None where there is none."""
    folder = _shipped(settings.embedder, settings)
    return folder / card if folder and (folder / card).is_file() else None


def _names() -> list[str]:
    return [folder.name for folder in heads.SHIPPED.iterdir() if folder.is_dir()] if heads.SHIPPED.is_dir() else []

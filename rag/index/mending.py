"""The vectors of a base to search in, made again from the catalogue where they are damaged or gone."""

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from rag.errors import DamagedIndexError, IndexBusyError, StoreError
from rag.index.across import Search, VectorsOf

if TYPE_CHECKING:
    from rag.index.catalogue import Index
    from rag.index.store import Chroma
    from rag.types import Vectors

log = logging.getLogger(__name__)


class Mending:
    """Opens the vectors; `mend` is an ingestion of nothing, which removes what is damaged and makes what is missing.

    Where `behind` is set, as in a server, that is done in a thread, and searches rest on keywords alone until then.
    """

    def __init__(self, chroma: "Chroma", mend: Callable[[], object]) -> None:
        self.behind = False
        self._chroma = chroma
        self._mend = mend
        self._running = threading.Lock()

    def search(self, index: "Index") -> Search:
        """The search among the vectors of an index; raises StoreError, where another process is writing IndexBusyError."""
        try:
            return self._open(index)
        except DamagedIndexError as error:
            if self.behind:
                if self._running.acquire(blocking=False):
                    log.warning("%s; they are made again now, and questions are answered by keywords until then", error)
                    threading.Thread(target=self._mend_behind, name="mending", daemon=True).start()
                return _nothing
            log.warning("%s; they are made again now", error)
        self._mend()
        return self._open(index)

    def vectors(self, index: "Index") -> VectorsOf:
        """The vectors of unit length of ids, as they are: none where they cannot be read."""

        def found(ids: Sequence[str]) -> "Mapping[str, Vectors]":
            if index.spec.metric != "cosine":
                return {}
            try:
                return self._chroma.open(index.collection, index.spec.metric, index.revision).vectors_of(ids)
            except StoreError:  # whoever searches in them says so
                return {}

        return found

    def as_they_are(self, index: "Index") -> Search:
        """The search where nothing can be written, so that nothing is mended: by keywords alone where the vectors need it."""
        try:
            return self._open(index)
        except StoreError as error:
            log.warning("%s; as nothing can be written there, questions are answered by keywords", error)
            return _nothing

    def _open(self, index: "Index") -> Search:
        return self._chroma.open(index.collection, index.spec.metric, index.revision).search

    def _mend_behind(self) -> None:
        try:
            self._mend()
        except IndexBusyError as error:  # whoever writes mends them
            log.warning("the vectors are not made again by this process: %s", error)
        except Exception:
            log.exception("the vectors could not be made again; `rag documents retry` tries it once more")
        finally:
            self._running.release()


def _nothing(vector: "Vectors", k: int, documents: Collection[str] | None = None) -> list[tuple[str, float]]:
    return []

"""All bases of a data folder over the same models: what a server and the desk ask."""

import threading

from rag.about import Audience
from rag.config import Settings
from rag.errors import NotFoundError
from rag.index.bases import list_bases
from rag.languages.spoken import texts
from rag.service import Assistant, Models, open_base


class Bases:
    """All bases of the data folder over the same models, each opened once. Safe for threads."""

    def __init__(self, settings: Settings, models: Models) -> None:
        self._settings = settings
        self._models = models
        self._opened: dict[str, Assistant] = {}
        self._lock = threading.Lock()

    def names(self, audience: Audience | None = None) -> list[str]:
        """The names of the bases that an audience (by default that of the settings) may know of; that of the settings first."""
        found = list_bases(self._settings.data_dir, audience or self._settings.audience)
        return sorted(found, key=lambda name: (name != self._settings.base, name))

    def open(self, name: str, audience: Audience | None = None) -> Assistant:
        """The assistant over a base, as that audience may ask it; raises NotFoundError for a name that it may not know of."""
        audience = audience or self._settings.audience
        with self._lock:
            if audience == "public" and name not in list_bases(self._settings.data_dir, audience):
                raise NotFoundError(texts.NO_BASE.format(name=name))
            if name not in self._opened:
                settings = self._settings.model_copy(update={"base": name})
                self._opened[name] = Assistant(settings, self._models, open_base(settings, self._models))
                self._opened[name].base.mend_behind()
            return self._opened[name].seen_by(audience)

    def close(self) -> None:
        """Let go of the files and connections of all bases."""
        for assistant in self._opened.values():
            assistant.close()

"""Every error a person may see. A message says what was wrong, with the value seen, and what to do next."""


class RagError(Exception):
    """Base of all errors this package raises on purpose."""


class SettingsError(RagError):
    """A setting has a value that cannot be used."""


class MissingExtraError(RagError):
    """A library is missing that an extra of the package installs."""


class ModelError(RagError):
    """Weights cannot be found, fetched, verified or loaded."""


class UnsupportedModelError(ModelError):
    """An engine does not know how to run a model; another may."""


class GeneratorError(ModelError):
    """The server of a language model cannot be reached, refuses a request (`status`) or answers with something else."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class LoadError(RagError):
    """A file cannot be read. `reason` is one of REASONS and is what the quarantine list shows.

    >>> LoadError("encrypted", "report.pdf needs a password; save a copy without one").reason
    'encrypted'
    """

    REASONS = (
        "encrypted",
        "empty",
        "damaged",
        "too large",
        "no text",
        "unknown type",
        "too slow",
        "unreadable",
        "name taken",
        "no room",
        "stopped",
    )

    def __init__(self, reason: str, message: str) -> None:
        if reason not in self.REASONS:
            raise ValueError(f"unknown reason {reason!r}; use one of {self.REASONS}")
        super().__init__(message)
        self.reason = reason


class IndexBusyError(RagError):
    """Another process is writing to this index."""


class IndexMismatchError(RagError):
    """The index was made with another embedder or other chunking than the settings ask for."""


class StoreError(RagError):
    """The vector index cannot be opened, read or written."""


class DamagedIndexError(StoreError):
    """The files of the vectors are damaged or gone; they can be made again from the catalogue."""


class NotFoundError(RagError):
    """A document, model or conversation of that name does not exist."""


class RulesError(RagError):
    """A `footnote.toml` that cannot be used; nothing was read."""


class TooOftenError(RagError):
    """A key, a client or everybody asks more than is taken; `seconds` until it may be tried again."""

    def __init__(self, seconds: int, message: str) -> None:
        super().__init__(message)
        self.seconds = seconds


class WithPeopleError(RagError):
    """People have the conversation: what the bot was about to write is not written."""

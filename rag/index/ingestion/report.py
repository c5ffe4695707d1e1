"""What an ingestion did, as a value."""

from dataclasses import dataclass

from rag.types import FileReport


@dataclass(frozen=True, slots=True)
class IngestReport:
    """How many files were added and so on, and each that cannot be read; one that stays ready answers from its old content.

    `incomplete` are the files read now of which something was left out. `stopped`: somebody ended it before `not_read` files;
    one that was begun is among those, or in `quarantined` where it was given up. `internal` is how many of the files read now
    are for staff only, `unwanted` how many were found that somebody had deleted from the index.
    """

    added: int
    replaced: int
    unchanged: int
    removed: int
    quarantined: tuple[FileReport, ...]
    seconds: float
    incomplete: tuple[FileReport, ...] = ()
    stopped: bool = False
    not_read: int = 0
    internal: int = 0
    unwanted: int = 0

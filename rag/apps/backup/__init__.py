"""One file with all that a data folder holds and nobody can make again, and the way back."""

from rag.apps.backup.restore import restore
from rag.apps.backup.save import save

__all__ = ["restore", "save"]

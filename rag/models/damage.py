"""What to say of weights that cannot be read."""

from pathlib import Path


def unreadable(what: str, folder: Path, error: Exception) -> str:
    """A message: `what` cannot be done and why; for files that are damaged also how to come by whole ones."""
    said = " ".join(str(error).split())[:500]
    if type(error).__name__ != "SafetensorError":
        return f"{what}: {said}"
    return f"{what}: its weights are damaged ({said}); delete {folder}: what was fetched or made from others comes anew"

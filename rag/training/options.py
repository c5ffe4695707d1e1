"""An option of a training is declared once, in a frozen dataclass: default, bounds, help. The command line is made from it."""

from collections.abc import Mapping
from dataclasses import MISSING, field, fields
from pathlib import Path
from typing import Any


def option(
    default: Any = MISSING,
    help: str = "",
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    argument: bool = False,
) -> Any:
    """A field with what the command line says of it; an `argument` stands there without its name."""
    metadata = {"help": help, "at_least": at_least, "at_most": at_most, "argument": argument}
    return field(default=default, metadata=metadata)


def recorded(options: Any) -> Mapping[str, Any]:
    """The values that decide a result, in names that say nothing of this machine: of a base only its last part."""
    values = {item.name: getattr(options, item.name) for item in fields(options)}
    return values | ({"base": Path(values["base"]).name} if "base" in values else {})

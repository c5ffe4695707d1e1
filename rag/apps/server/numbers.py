"""Whole numbers of a request: those of the database's own kind, as a larger one ends in an error of SQLite."""

from typing import Annotated

from pydantic import Field

Number = Annotated[int, Field(ge=0, le=2**53)]  # what JSON and SQLite both keep exactly

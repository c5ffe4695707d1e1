"""`rag gaps`: questions that were not answered, those that mean the same as one."""

from dataclasses import asdict
from typing import Annotated

import typer

from rag.apps.cli.opening import AsJson, opened_assistant
from rag.apps.cli.printing import err, out, plain, print_json
from rag.languages import en as said
from rag.languages.formats import count
from rag.query import LONGEST_MESSAGE

_NEAREST = 3


def gaps(
    limit: Annotated[int, typer.Option("-n", min=1, max=1_000_000, help="How many at most; the most asked come first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List what was not answered, and the nearest passages. That is what was refused, passed to people or found unhelpful."""
    with opened_assistant("internal") as assistant:
        missing = assistant.base.said.missing()[:limit]
        found = [(one, assistant.retrieve(one.question[:LONGEST_MESSAGE], _NEAREST)) for one in missing]
    if as_json:
        rows = [
            {
                **asdict(one),
                "newest": one.newest.isoformat(),
                "count": one.count,
                "nearest": [
                    {"document": near.chunk.document, "start": near.chunk.start, "end": near.chunk.end, "text": near.chunk.text}
                    for near in nearest
                ],
            }
            for one, nearest in found
        ]
        print_json(rows)
        return
    if not found:
        err.print(plain(said.GAPS_NONE))
    for one, nearest in found:
        kinds = ", ".join(count(said.GAP_KINDS[kind], n) for kind, n in one.kinds.items())
        out.print(plain(f"{one.question}\n  {kinds}; {said.GAP_LAST.format(day=f'{one.newest:%Y-%m-%d}')}"))
        for other in one.others:
            out.print(plain(f"  = {other}"))
        for near in nearest:
            out.print(plain(f"  > {near.chunk.document}: {near.chunk.text.splitlines()[0][:80]}"))

"""How the desk fares: counts and times of the last days, for who runs it. No person is ranked."""

import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rag.desk.store import Store
from rag.kept.events import stamp

_MOST = 20  # labels and bases


@dataclass(frozen=True, slots=True)
class Numbers:
    """Of the days asked for; times in seconds, None where there is nothing to count. `alone`: conversations that no person had,
    of `all` that were begun. `first_reply` is from the hand-over on, at night and on holidays too. `labels` and `bases` count
    what came to people.
    """

    came: int
    all: int
    alone: int
    resolved: int
    reopened: int
    first_reply: float | None
    first_reply_90: float | None
    rating: float | None
    rated: int
    labels: tuple[tuple[str, int], ...]
    bases: tuple[tuple[str, int], ...]


def numbers(store: Store, days: int) -> Numbers:
    """Counted now. A conversation belongs to the day on which it came to people first, a reply to the day it was given."""
    since = {"since": stamp(store.now() - timedelta(days=days))}
    handed = """SELECT conversation, min(at) AS at FROM desk_events WHERE kind IN ('hand_over', 'begun')
        AND (kind = 'hand_over' OR details LIKE '%"to": "waiting"%') GROUP BY conversation HAVING min(at) >= :since"""

    def count(sql: str) -> int:
        return int(store.read(sql, since)[0]["n"])

    waited = sorted(
        (datetime.fromisoformat(row["first_reply_at"]) - datetime.fromisoformat(row["at"])).total_seconds()
        for row in store.read(
            f"""SELECT handed.at, first_reply_at FROM ({handed}) AS handed JOIN desk_cases USING (conversation)
            WHERE first_reply_at >= handed.at""",  # noqa: S608
            since,
        )
    )
    came = count(f"SELECT count(*) AS n FROM ({handed}) AS handed")  # noqa: S608
    begun = count("SELECT count(*) AS n FROM conversations WHERE created_at >= :since")
    to_people = count(
        f"""SELECT count(*) AS n FROM ({handed}) AS handed JOIN conversations ON id = handed.conversation
        WHERE created_at >= :since"""  # noqa: S608
    )
    given = "SELECT conversation FROM desk_events WHERE kind = 'rated' AND at >= :since"
    sql = f"SELECT rating FROM desk_cases WHERE rating IS NOT NULL AND conversation IN ({given})"  # noqa: S608
    rated: list[Any] = store.read(sql, since)

    def listed(sql: str) -> tuple[tuple[str, int], ...]:
        return tuple((row["name"], row["n"]) for row in store.read(sql, {**since, "most": _MOST}))

    return Numbers(
        came=came,
        all=begun,
        alone=begun - to_people,
        resolved=count("SELECT count(*) AS n FROM desk_events WHERE kind = 'resolve' AND at >= :since"),
        reopened=count("SELECT count(*) AS n FROM desk_events WHERE kind = 'reopen' AND actor = 'customer' AND at >= :since"),
        first_reply=statistics.median(waited) if waited else None,
        first_reply_90=waited[min(len(waited) - 1, int(0.9 * len(waited)))] if waited else None,
        rating=statistics.fmean(row["rating"] for row in rated) if rated else None,
        rated=len(rated),
        labels=listed(
            f"""SELECT label AS name, count(*) AS n FROM desk_labels JOIN ({handed}) AS handed USING (conversation)
            GROUP BY label ORDER BY n DESC, label LIMIT :most"""  # noqa: S608
        ),
        bases=listed(
            f"""SELECT base AS name, count(*) AS n FROM conversations JOIN ({handed}) AS handed ON id = handed.conversation
            GROUP BY base ORDER BY n DESC, base LIMIT :most"""  # noqa: S608
        ),
    )

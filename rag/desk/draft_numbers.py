"""What agents make of proposals, in numbers: how many they take, and how much they change of them."""

from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz.distance import Levenshtein

from rag.desk.store import Store
from rag.kept.events import stamp

_LONGEST = 20_000  # characters of a text that are compared


@dataclass(frozen=True, slots=True)
class Drafts:
    """Proposals made, taken into a composer, sent as they were, and sent after a change.

    `distance` 0..1 is the mean share of characters that were changed, of all that were sent; None where none was.
    """

    made: int
    taken: int
    unchanged: int
    changed: int
    distance: float | None


def drafts(store: Store, days: int = 30) -> Drafts:
    """Of the last days: each proposal that was taken, beside the next reply of that agent in that conversation."""
    since = {"since": stamp(store.now() - timedelta(days=days))}
    made = store.read("SELECT count(*) AS n FROM desk_proposals WHERE at > :since AND text <> ''", since)[0]["n"]
    sql = """SELECT text AS proposed, (SELECT desk_messages.text FROM desk_messages WHERE kind = 'out'
        AND desk_messages.conversation = desk_proposals.conversation AND author = agent AND desk_messages.at >= taken_at
        ORDER BY desk_messages.id LIMIT 1) AS sent
        FROM desk_proposals WHERE at > :since AND taken_at IS NOT NULL AND text <> ''"""
    taken = store.read(sql, since)
    distances = [distance(row["proposed"], row["sent"]) for row in taken if row["sent"] is not None]
    unchanged = sum(one == 0 for one in distances)
    mean = round(sum(distances) / len(distances), 3) if distances else None
    return Drafts(made, len(taken), unchanged, len(distances) - unchanged, mean)


def distance(proposed: str, sent: str) -> float:
    """The share 0..1 of characters that were changed (Levenshtein, of the longer text), white space left out of account."""
    one, other = (" ".join(text.split())[:_LONGEST] for text in (proposed, sent))
    return float(Levenshtein.normalized_distance(one, other))

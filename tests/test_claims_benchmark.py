"""What `benchmarks.claims` makes of verdicts, with judges made for the test; and that the held-out sets can be read."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import claims
from benchmarks.claims import Claim, Dialogue, Judged, Message
from rag.errors import RagError
from rag.protocols import Check


class CopyChecker:
    """Bears out what stands word for word in a source."""

    def check(self, sentence: str, sources: Sequence[str]) -> Check:
        return Check(0.5 if any(sentence in source for source in sources) else 0.49)


CLAIMS = (
    Claim("en", "copy", "You have 30 days.", "You have 30 days.", True),
    Claim("en", "reword", "You have 30 days.", "There are 30 days.", True),
    Claim("en", "number", "You have 30 days.", "You have 14 days.", False),
    Claim("en", "condition", "Free if new. Sent at once.", "Free", False),
    Claim("de", "copy-clause", "Frei, wenn neu.", "wenn neu", True),
)


def test_claims_are_caught_and_kept_by_kind_and_language() -> None:
    figures = claims.claims_figures(claims.judge_claims(CopyChecker(), CLAIMS))
    assert figures["false ones caught"]["en"] == figures["false ones caught"]["all"] == 0.5
    assert math.isnan(figures["false ones caught"]["de"])
    assert (figures["true ones kept"]["en"], figures["true ones kept"]["de"]) == (0.5, 1)
    assert figures["copies kept"]["all"] == 1
    assert list(figures)[3:] == ["condition, caught", "number, caught", "copy, kept", "copy-clause, kept", "reword, kept"]
    assert (figures["condition, caught"]["en"], figures["number, caught"]["en"], figures["reword, kept"]["en"]) == (0, 1, 0)


DIALOGUES = (
    Dialogue("en", "ellipsis", ("delivery to France?", "and Spain?"), True),
    Dialogue("en", "pronoun", ("the lamp is dead", "can you mend it please"), True),
    Dialogue("en", "new-short", ("delivery?", "opening hours?"), False),
    Dialogue("zh", "new-topic", ("配送?", "可以退货吗请问"), False),
)


def test_dialogues_are_judged_by_their_last_message_and_those_before_it() -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []

    def short(last: str, earlier: Sequence[str]) -> bool:
        asked.append((last, tuple(earlier)))
        return len(last) < 15

    figures = claims.judge_figures(claims.judge_dialogues(short, DIALOGUES))
    assert asked[0] == ("and Spain?", ("delivery to France?",))
    assert (figures["right"]["en"], figures["right"]["zh"], figures["right"]["all"]) == (1 / 3, 0, 0.25)
    assert (figures["precision"]["all"], figures["recall"]["all"]) == (1 / 3, 0.5)
    assert (figures["precision"]["zh"], math.isnan(figures["recall"]["zh"])) == (0, True)
    assert (figures["ellipsis, is yes"]["en"], figures["new-short, is no"]["all"]) == (1, 0)


def test_messages_are_judged_by_a_function_or_not_yet() -> None:
    messages = (Message("en", "keywords", "paypal?", True), Message("en", "thanks", "thx", False))
    figures = claims.judge_figures(claims.judge_messages(lambda text: text.endswith("?"), messages))
    assert figures["right"]["all"] == figures["precision"]["en"] == figures["recall"]["en"] == 1
    assert claims.printed({"messages": None}) == "messages: not judged yet"
    assert claims.as_json({"messages": None}) == {"messages": None}


def test_figures_that_a_language_cannot_have_are_null_in_json() -> None:
    figures = {"claims": claims.claims_figures(claims.judge_claims(CopyChecker(), CLAIMS))}
    assert claims.as_json(figures)["claims"]["false ones caught"] == {"en": 0.5, "de": None, "zh": None, "all": 0.5}


def test_share_is_of_the_language_kinds_and_truth_asked_for() -> None:
    judged = [Judged("en", "a", True, True), Judged("en", "b", True, False), Judged("de", "a", False, False)]
    assert claims.share(judged) == 2 / 3
    assert claims.share(judged, language="en", kinds=("b",)) == 0
    assert claims.share(judged, truth=False) == 1


def test_printed_figures_are_tables_with_a_column_for_each_language() -> None:
    figures = claims.measured(CopyChecker(), lambda last, earlier: True, lambda text: True)
    text = claims.printed(figures)
    for name in ("claims", "dialogues", "messages"):
        assert any(line.split("|")[1:5] and line.split()[1:8:2] == [name, "en", "de", "zh"] for line in text.splitlines())
    assert figures["claims"]["copies kept"]["all"] > 0.5
    assert figures["dialogues"]["recall"]["all"] == figures["messages"]["recall"]["all"] == 1
    assert figures["dialogues"]["precision"]["all"] == 0.5


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "en.csv",
            "id,kind,source,sentence,supported\n1,copy,a,a,maybe\n",
            "line 2 has supported 'maybe', which is",
        ),
        ("en.csv", "id,kind,source,sentence\n", "line 1 has no column supported"),
        ("test.jsonl", '{"language": "en", "kind": "x", "turns": ["a"], "leans": "yes"}\n', "line 1 has leans 'yes'"),
        ("test.jsonl", '{"language": "en", "kind": "x", "turns": [], "leans": true}\n', "line 1 has leans True and turns []"),
        ("test.csv", "id,language,kind,text,question\n1,en,x,hi,\n", "line 2 has question '', which is neither yes nor no"),
    ],
)
def test_held_out_rows_that_are_wrong_are_told(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    readers = {"en.csv": lambda path: claims.read_claims(path.parent), "test.jsonl": claims.read_dialogues}
    with pytest.raises(RagError) as error:
        readers.get(name, claims.read_messages)(tmp_path / name)
    assert str(error.value).startswith(f"{tmp_path / name} {message}")

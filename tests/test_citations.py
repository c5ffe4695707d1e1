import pytest

from rag.answering.citations import keep_cited, markers
from rag.types import Answer, Citation, Support


def test_citations_keep_only_what_is_used_and_count_from_one() -> None:
    found = tuple(Citation(n, f"{n}.md", "", (), None, 0, 1, "x", 0.5, ()) for n in (1, 2, 3))
    cited, closest, support = keep_cited(found, (Support(0, 3, 3, 1.0), Support(4, 6, None, 0.0), Support(7, 9, 2, 0.9)))
    assert [(item.n, item.document) for item in cited] == [(1, "2.md"), (2, "3.md")]
    assert [(item.n, item.document) for item in closest] == [(3, "1.md")]
    assert [item.n for item in support] == [2, None, 1]


@pytest.mark.parametrize(
    "shown",
    [
        "It costs 26,00 €[1].",
        "You save 5%[1].",
        "Bis 30 °C[1].",
        "价格：50％[1]。",
        "Rated ★★★[1].",
        "Thanks ❤️[1]",
        "See (page 5[1]).",
        "In `code`[1].",
        "Name[1] | Price",
    ],
)
def test_a_marker_stands_behind_the_symbols_of_the_last_word(shown: str) -> None:
    text = shown.replace("[1]", "")
    end = len(text) - len(" | Price") * text.endswith(" | Price")
    answer = Answer("q", "q", text, "quoted", 1.0, (), (Support(0, end, 1, 1.0), Support(end, len(text), None, 0.0)))
    assert [(shown.index("[1]"), 1)] == list(markers(answer))

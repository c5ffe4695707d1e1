from rag.answering.citations import keep_cited
from rag.types import Citation, Support


def test_citations_keep_only_what_is_used_and_count_from_one() -> None:
    found = tuple(Citation(n, f"{n}.md", "", (), None, 0, 1, "x", 0.5, ()) for n in (1, 2, 3))
    cited, closest, support = keep_cited(found, (Support(0, 3, 3, 1.0), Support(4, 6, None, 0.0), Support(7, 9, 2, 0.9)))
    assert [(item.n, item.document) for item in cited] == [(1, "2.md"), (2, "3.md")]
    assert [(item.n, item.document) for item in closest] == [(3, "1.md")]
    assert [item.n for item in support] == [2, None, 1]

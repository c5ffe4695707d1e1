"""How much of a page's content is read, and how much around it: the product's loader beside trafilatura.

    pip install -r requirements-bench.txt
    python -m benchmarks.main_content FOLDER [--most 200]

Pages that mark their content (a main element, or one of that role) say what is right: all words in it, links to the page's own
parts apart. Both readers get each page twice: as it is, and with nothing marked (elements of layout are div, roles are gone),
as older themes are. Words are counted as often as they occur.
"""

import argparse
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import trafilatura
from lxml import etree, html

from rag.errors import LoadError
from rag.loading import discover, load

_LAYOUT = ("main", "nav", "header", "footer", "aside", "article", "section")
_WORD = re.compile(r"\w+")


def ours(page: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_bytes(page)
        try:
            documents = load(path, path.name, seconds=60, memory_mb=1024, max_mb=50)
        except LoadError:
            return ""
    return "\n".join(document.text for document in documents)


def theirs(page: bytes) -> str:
    return trafilatura.extract(page, favor_recall=True, include_tables=True, include_comments=False) or ""


def content(page: bytes) -> str | None:
    """The text of the one marked element; None where a page marks none."""
    found = html.fromstring(page).xpath("//main | //*[@role='main']")
    if len(found) != 1:
        return None
    for node in found[0].xpath(".//script | .//style | .//nav | .//*[@role='navigation'] | .//a[@class='headerlink']"):
        node.drop_tree()
    return str(found[0].text_content())


def unmarked(page: bytes) -> bytes:
    """The page without any sign of which part is its content."""
    tree = html.fromstring(page)
    for node in tree.iter(etree.Element):
        node.attrib.pop("role", None)
        if node.tag in _LAYOUT:
            node.tag = "div"
    return bytes(etree.tostring(tree, method="html", encoding="utf-8"))


def score(read: str, right: str) -> tuple[int, int, int]:
    """Words that both have, that were read, and that are right."""
    said, wanted = (Counter(_WORD.findall(text.casefold())) for text in (read, right))
    return (said & wanted).total(), said.total(), wanted.total()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=200)
    args = parser.parse_args()
    pages = [path.read_bytes() for path, name in discover(args.folder) if name.endswith((".html", ".htm"))]
    chosen = [(page, right) for page in random.Random(1).sample(pages, len(pages)) if (right := content(page))][: args.most]
    readers: dict[str, Callable[[bytes], str]] = {"this loader": ours, "trafilatura": theirs}
    print(f"{len(chosen)} pages of {len(pages)} mark their content\n")
    print("| reader | page | read of the content | content of what is read |")
    print("|---|---|---|---|")
    for name, read in readers.items():
        for how, change in (("as it is", bytes), ("nothing marked", unmarked)):
            shared, said, wanted = map(sum, zip(*(score(read(change(page)), right) for page, right in chosen), strict=True))
            print(f"| {name} | {how} | {shared / wanted:.3f} | {shared / said:.3f} |")


if __name__ == "__main__":
    main()

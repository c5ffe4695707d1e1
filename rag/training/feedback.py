"""What people said of answers, as a dataset: liked answers, and those that a person corrected in a document's words."""

from contextlib import closing
from dataclasses import replace

from rag.config import Settings
from rag.datasets.dataset import Dataset, Question, Quote, passage_name
from rag.errors import RagError
from rag.evaluation.location import QuoteFinder
from rag.index.bases import use_base
from rag.index.catalogue import CatalogueReader, Feedback
from rag.privacy import mask, unmasked

_SHORTEST = 2  # characters of a correction; less stands everywhere


def read(settings: Settings) -> Dataset:
    """The questions of the base in use, asked of its own documents.

    Of a liked answer the documents that it cited are right, and where its text stands in one, those words. Of a disliked one
    the comment is right where it stands in a document word for word; otherwise it says nothing that can be learnt.
    Raises RagError where nothing can be learnt.
    """
    with closing(CatalogueReader.open(use_base(settings.data_dir, settings.base))) as catalogue:
        names = catalogue.documents()
        documents = [catalogue.document(name)[0] for name in names]
        given = catalogue.feedback()
    hide = mask if settings.mask else unmasked  # what was kept before masking, too
    place = {name: passage_name(n) for n, name in enumerate(names)}
    texts = {place[document.name]: QuoteFinder(document.text) for document in documents}
    questions: dict[str, Question] = {}
    for item in reversed(given):  # what was said last counts
        cited = tuple(place[name] for name in item.documents if name in place)
        asked = hide(item.question)
        found = _question(replace(item, question=asked), cited, texts)
        if found:
            questions[asked] = found
    if not questions:
        raise RagError(
            f"{len(given)} verdicts on answers are kept in the base {settings.base}, and none is a like or a dislike with the "
            "right answer in a document's words: there is nothing to learn from yet."
        )
    passages = tuple((document.title, document.text) for document in documents)
    return Dataset("feedback", tuple(questions.values()), passages)


def _question(item: Feedback, cited: tuple[str, ...], texts: dict[str, QuoteFinder]) -> Question | None:
    if item.liked:
        right, order = item.answer, cited
    else:
        right, order = item.comment.strip(), (*cited, *(name for name in texts if name not in cited))
        if len(right) < _SHORTEST:
            return None
    quotes = [Quote(name, right) for name in order if texts[name].find(Quote(name, right))][:1]
    documents = [quotes[0].document] if quotes else list(cited[:1]) if item.liked else []
    if not documents:
        return None
    answers = (right,) if quotes else ()
    return Question(item.question, item.question, dict.fromkeys(documents, 1), answers, tuple(quotes))

"""The truth, in one SQLite file: documents, chunks, keyword index, states, feedback.

`CatalogueReader` is what questions read, `CatalogueWriter` what ingestion writes; both work on one `Database`.
"""

from rag.index.catalogue.files import FileRecord
from rag.index.catalogue.mapping import PARSER, Counts, Feedback, Gap, Index, IndexSpec
from rag.index.catalogue.reader import CatalogueReader
from rag.index.catalogue.writer import CatalogueWriter, PublishedFile

__all__ = [
    "PARSER",
    "CatalogueReader",
    "CatalogueWriter",
    "Counts",
    "Feedback",
    "FileRecord",
    "Gap",
    "Index",
    "IndexSpec",
    "PublishedFile",
]

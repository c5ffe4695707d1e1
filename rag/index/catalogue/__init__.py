"""The truth, in one SQLite file: documents, chunks, keyword index, states, feedback.

`Catalogue` is what questions read, `Ledger` what ingestion writes; both work on one `Database`.
"""

from rag.index.catalogue.ledger import Known, Ledger, Published
from rag.index.catalogue.library import Catalogue
from rag.index.catalogue.rows import Counts, Feedback, Gap, Index, IndexSpec

__all__ = ["Catalogue", "Counts", "Feedback", "Gap", "Index", "IndexSpec", "Known", "Ledger", "Published"]

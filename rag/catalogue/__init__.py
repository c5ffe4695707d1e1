"""The truth, in one SQLite file: documents, chunks, keyword index, states, feedback.

`Catalogue` is what questions read, `Ledger` what ingestion writes; both work on one `Database`.
"""

from rag.catalogue.ledger import Known, Ledger, Published
from rag.catalogue.library import Catalogue
from rag.catalogue.rows import Counts, Feedback, Gap, Index, IndexSpec

__all__ = ["Catalogue", "Counts", "Feedback", "Gap", "Index", "IndexSpec", "Known", "Ledger", "Published"]

"""Files to catalogue and store: incremental, resumable after a kill at any instant, one writer at a time.

A file's content is kept as pending, its vectors are written, then it is published; questions see published content only.
A start finishes what a killed one left behind, and makes vectors that are missing again.
"""

from rag.index.ingestion.activity import Activity
from rag.index.ingestion.bounds import Bounds
from rag.index.ingestion.ingestion import Ingestion
from rag.index.ingestion.lock import writing
from rag.index.ingestion.report import IngestReport
from rag.index.ingestion.run import Stores

__all__ = ["Activity", "Bounds", "IngestReport", "Ingestion", "Stores", "writing"]

"""Documents kept and found again: the catalogue, the vectors, ingestion and retrieval."""

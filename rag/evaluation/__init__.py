"""How good the product is, measured: a dataset's questions through the product's own stages, scores, and a report.

dataset (see `rag.datasets`) -> index -> harness (asks the assistant) -> tasks (scores) -> result -> table, JSON, report
"""

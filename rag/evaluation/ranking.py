"""A ranking of documents to R@k, MRR@10 and nDCG@10, by ir-measures (trec_eval's own code)."""

from collections.abc import Mapping, Sequence

from rag.extras import explain_missing_extra

DEEPEST = 20
_NAMES = {"RR@10": "MRR@10"}  # ir-measures names the figure of one question, tables their mean


def scores(ranked: Sequence[str], relevant: Mapping[str, int]) -> dict[str, float]:
    """The figures of one question; `ranked` has the best document first, `relevant` the grades of those that answer."""
    with explain_missing_extra():
        from ir_measures import RR, R, iter_calc, nDCG

    measures = [R @ 1, R @ 5, R @ 10, R @ DEEPEST, RR @ 10, nDCG @ 10]
    run = {document: float(len(ranked) - place) for place, document in enumerate(ranked)}
    found = {str(item.measure): float(item.value) for item in iter_calc(measures, {"": dict(relevant)}, {"": run})}
    return {_NAMES.get(str(measure), str(measure)): found[str(measure)] for measure in measures}

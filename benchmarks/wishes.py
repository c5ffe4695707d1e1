"""How surely a message is known to ask for a count or an extreme over all rows of a table, and by which of its words.

    python -m benchmarks.wishes --learn data/helpdesk/airline.zip … --test data/helpdesk/software.zip … [--write]

The heads learn from data/tables, and from the messages of help desks that what is asked there is nothing of the kind. Of the
messages and columns of data/tables each fifth is told by what learnt from the others: precision and share found of counts and
extremes; of words, which are told right; of negated messages, the share that is noticed; and of columns beside four others of
another measure, how often one is chosen and that one is right. Of --test the messages that are taken for either are shown, by
kind. With --write the head goes where the product finds it.
"""

import argparse
import csv
import json
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional

from benchmarks import quiet
from rag.config import load_settings
from rag.conversation.head import SHAPE, SHIPPED, seen
from rag.conversation.wishes import CARD, ROLES, WANTS, WishHead, chosen, mean, roles, save
from rag.models import files
from rag.models.encoder import BertEmbedder
from rag.query import fit_window
from rag.types import Vectors

DATA = Path("data/tables")
_KIND: Final = "query"
_SURE = 0.6
_FOLDS, _WEIGHT = 5, 3  # how often a message of data/tables counts beside one of a help desk
_SPREAD, _WIDTH = 5.0, 24
_MARKS = {"[": "thing", "{": "condition", "<": "measure", "~": "not"}
_CLOSE = {"[": "]", "{": "}", "<": ">", "~": "~"}
# Measures that a message may mean by the same words, each with the end that it then means; and pairs of which a message may
# mean either, so that neither is taught.
_ALSO = (
    ({"price": 1, "fee": 1}),
    ({"speed": 1, "duration": -1}),
    ({"age": 1, "date": -1}),
)
_EITHER = """size:capacity size:height size:length size:people height:length height:depth length:distance length:duration
    distance:duration duration:open duration:close power:energy power:weight power:speed interest:fee interest:price
    capacity:storage capacity:people capacity:weight capacity:number size:number people:number date:number date:open date:close
    open:close storage:size date:duration""".split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learn", type=Path, nargs="+", required=True)
    parser.add_argument("--test", type=Path, nargs="+", required=True)
    parser.add_argument("--embedder", default="e5")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    settings = load_settings({"embedder": options.embedder})
    folder = files.resolve(options.embedder, settings.models_dir, quiet)
    embedder = BertEmbedder.from_folder(folder, options.embedder, settings.pooling, settings.metric)
    rows, columns = questions(embedder), _columns(embedder)
    desks = [row for path in options.learn for row in desk(path, embedder) if _is_other(row)]
    folds = np.random.default_rng(0).integers(0, _FOLDS, max(len(rows), len(columns))).tolist()
    heads = []
    for fold in range(_FOLDS):
        own = [row for row, at in zip(rows, folds, strict=False) if at != fold]
        heads.append(_learn(own, desks, [one for one, at in zip(columns, folds, strict=False) if at != fold], options.embedder))
    print(_report(rows, columns, folds, heads))
    head = _learn(rows, desks, columns, options.embedder)
    for path in options.test:
        for row in desk(path, embedder):
            likely = head.wanted(row["vector"][None], [row["message"]])[0]
            if likely[0] < 0.5 and likely.max() >= _SURE:
                print(f"{path.stem:<12}{row['kind']:<12}{WANTS[int(likely.argmax())]:<9}{likely.max():.2f}  {row['message']}")
    if options.write:
        written = SHIPPED / options.embedder / CARD
        save(head, written, ["data/tables", *(path.name for path in options.learn)])
        print(f"written: {written}")


def unmarked(message: str) -> tuple[str, list[tuple[int, int, str]]]:
    """A message without its marks, and the stretches (start, end, role) that they were around."""
    text, found = "", []
    opened: tuple[str, int] | None = None
    for sign in message:
        if opened and sign == _CLOSE[opened[0]]:
            found.append((opened[1], len(text), _MARKS[opened[0]]))
            opened = None
        elif sign in _MARKS:
            opened = sign, len(text)
        else:
            text += sign
    return text, found


def questions(embedder: BertEmbedder) -> list[dict[str, Any]]:
    """The messages of data/tables with their vectors and the role of each token."""
    with (DATA / "questions.csv").open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    for row in rows:
        row["message"], row["stretches"] = unmarked(row["message"])
    texts = [row["message"] for row in rows]
    for row, vector, tokens in zip(rows, embedder.embed(texts, _KIND), embedder.embed_tokens(texts), strict=True):
        row |= {"vector": vector, "tokens": tokens, "roles": [_role(row["stretches"], *span) for span in tokens.offsets]}
    return rows


def _role(stretches: Sequence[tuple[int, int, str]], start: int, end: int) -> int:
    said = next((role for first, last, role in stretches if start < last and end > first), "other")
    return [str(role) for role in ROLES].index(said)


def _columns(embedder: BertEmbedder) -> list[tuple[str, Vectors]]:
    with (DATA / "columns.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tokens = embedder.embed_tokens([row["column"] for row in rows])
    return [(row["measure"], mean(one.vectors)) for row, one in zip(rows, tokens, strict=True)]


def desk(path: Path, embedder: BertEmbedder) -> list[dict[str, Any]]:
    """The messages of a help desk with their vectors."""
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("turns.jsonl").decode().split("\n")
    rows = [json.loads(line) for line in lines if line.strip()]
    for row, vector in zip(rows, embedder.embed([fit_window(row["message"], embedder) for row in rows], _KIND), strict=True):
        row["vector"] = vector
    return rows


def _is_other(row: dict[str, Any]) -> bool:
    """Whether a message is known to want nothing of all rows: of those that count or compare, only what one unit says."""
    return row["kind"] not in {"count", "comparison"} or (
        row["kind"] == "count" and len(row["units"]) == 1 and bool(row["short"])
    )


def _learn(
    rows: Sequence[dict[str, Any]], desks: Sequence[dict[str, Any]], columns: Sequence[tuple[str, Vectors]], embedder: str
) -> WishHead:
    torch.manual_seed(0)
    own = [*rows] * _WEIGHT + [*desks]
    vectors = seen(np.stack([row["vector"] for row in own]), [row["message"] for row in own])
    wants = _sums(vectors, [WANTS.index(row.get("wants", "other")) for row in own], len(WANTS), SHAPE)
    marked = [row for row in rows if row["wants"] != "other"]
    tokens = np.concatenate([row["tokens"].vectors for row in marked])
    said = _sums(tokens, [role for row in marked for role in row["roles"]], len(ROLES))
    return WishHead(wants, said, *_product(marked, columns), _SURE, embedder, _KIND)


def _sums(rows: Vectors, truth: Sequence[int], kinds: int, shape: int = 0) -> list[list[float]]:
    """Weights of a logistic regression with decaying weights, the bias in the last row."""
    scale = torch.tensor([_SPREAD] * (rows.shape[1] - shape) + [1.0] * shape)
    inputs, truths = torch.from_numpy(rows.astype(np.float32)) * scale, torch.tensor(truth)
    middle = inputs.mean(0)
    weights, bias = torch.zeros(inputs.shape[1], kinds, requires_grad=True), torch.zeros(kinds, requires_grad=True)
    optimiser = torch.optim.AdamW([weights, bias], lr=0.03, weight_decay=0.1)
    for _ in range(150):
        optimiser.zero_grad()
        torch.autograd.backward(functional.cross_entropy((inputs - middle) @ weights + bias, truths))
        optimiser.step()
    found = weights.detach()
    return [*(found * scale[:, None]).tolist(), (bias - middle @ found).tolist()]


def _product(marked: Sequence[dict[str, Any]], columns: Sequence[tuple[str, Vectors]]) -> tuple[Any, Any, Any, Any]:
    """Weights of a product of what a measure and a column are, taught by which of the columns has it and which end is meant."""
    rows = [row for row in marked if row["measure"]]
    ones, others = (torch.from_numpy(np.stack(own)) * _SPREAD for own in ([*map(_measure, rows)], [one for _, one in columns]))
    ends = torch.tensor([[_end(row["measure"], measure) for measure, _ in columns] for row in rows])
    dim, middles = ones.shape[1], (ones.mean(0), others.mean(0))
    first, second = torch.nn.Linear(dim, _WIDTH), torch.nn.Linear(dim, _WIDTH)
    fit, end = torch.nn.Linear(_WIDTH, 1), torch.nn.Linear(_WIDTH, _WIDTH)
    parameters = [one for layer in (first, second, fit, end) for one in layer.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=0.01, weight_decay=0.3)
    taught, has = ends != 2, (ends.abs() == 1).float()
    ended = (has > 0) & torch.tensor([row["wants"] == "extreme" for row in rows])[:, None]
    for _ in range(300):
        optimiser.zero_grad()
        a, b = torch.tanh(first(ones - middles[0])), torch.tanh(second(others - middles[1]))
        fits, highest = (a * fit.weight[0]) @ b.T + fit.bias, (a @ end.weight.T) @ b.T + (a @ end.bias)[:, None]
        loss = functional.binary_cross_entropy_with_logits(fits[taught], has[taught], pos_weight=torch.tensor(5.0))
        loss = loss + functional.binary_cross_entropy_with_logits(highest[ended], (ends[ended] > 0).float())
        torch.autograd.backward(loss)
        optimiser.step()

    def weights(layer: torch.nn.Linear, middle: torch.Tensor) -> list[list[float]]:
        bias = layer.bias - layer.weight @ middle
        return [*(layer.weight.T * _SPREAD).tolist(), bias.tolist()]

    return (
        weights(first, middles[0]),
        weights(second, middles[1]),
        [*fit.weight[0].tolist(), float(fit.bias.detach())],
        [*end.weight.T.tolist(), end.bias.tolist()],
    )


def _measure(row: dict[str, Any]) -> Vectors:
    return mean(row["tokens"].vectors[np.array(row["roles"]) == ROLES.index("measure")])


def _end(meant: str, measure: str) -> int:
    """1 where a column of a measure has what is meant, and its highest number is; -1 for the lowest; 0 where it has it not; 2
    where it may.
    """
    name, end = meant.split(":")
    high = -1 if end == "least" else 1
    if name == measure:
        return high
    for alike in _ALSO:
        if name in alike and measure in alike:
            return high * alike[name] * alike[measure]
    return 2 if f"{name}:{measure}" in _EITHER or f"{measure}:{name}" in _EITHER else 0


def _report(
    rows: Sequence[dict[str, Any]], columns: Sequence[tuple[str, Vectors]], folds: Sequence[int], heads: Sequence[WishHead]
) -> str:
    found: Counter[str] = Counter()
    draw = np.random.default_rng(1)
    for row, fold in zip(rows, folds, strict=False):
        head = heads[int(fold)]
        likely = head.wanted(row["vector"][None], [row["message"]])[0]
        said = WANTS[int(likely.argmax())] if likely.max() >= _SURE else "other"
        found[f"{row['wants']} is"] += 1
        found[f"{said} said"] += 1
        found[f"{said} right"] += said == row["wants"]
        if row["wants"] == "other":
            continue
        stretches = roles(row["message"], row["tokens"], head.said(row["tokens"].vectors))
        negated = any(role == "not" for *_, role in row["stretches"])
        found[f"negated {negated} is"] += 1
        found[f"negated {negated} said"] += any(role == "not" for *_, role in stretches)
        for start, end, role in stretches:
            true = ROLES[_role(row["stretches"], start, end)]
            found[f"word {true} is"] += 1
            found[f"word {true} right"] += role == true
        if row["measure"]:
            held = [n for n, at in zip(range(len(columns)), folds, strict=False) if at == fold]
            ends = {n: _end(row["measure"], columns[n][0]) for n in held}
            wrong = [n for n in held if ends[n] == 0]
            for n in (n for n in held if abs(ends[n]) == 1):
                beside = [n, *draw.choice(wrong, 4, replace=False)]
                for own in (beside, beside[1:]):
                    one = _chosen(head, row, [columns[at][1] for at in own])
                    name = "column" if own is beside else "no column"
                    found[f"{name} is"] += 1
                    found[f"{name} said"] += one is not None
                    found[f"{name} right"] += own is beside and _right(one, row, ends[n])
    lines = [
        f"{want}: {found[f'{want} right']} right of {found[f'{want} said']} said, of {found[f'{want} is']}"
        for want in WANTS[1:]
    ]
    lines += [f"words for {role}: {found[f'word {role} right']} right of {found[f'word {role} is']}" for role in ROLES]
    noticed, taken = found["negated True said"], found["negated False said"]
    lines.append(f"negated: {noticed} noticed of {found['negated True is']}, {taken} of {found['negated False is']} others")
    right = f"{found['column right']} right of {found['column said']} chosen, of {found['column is']}"
    missing = f"{found['no column said']} chosen of {found['no column is']}"
    lines.append(f"the column beside four others: {right}; where it is missing, {missing}")
    return "\n".join(lines)


def _right(one: tuple[int, bool] | None, row: dict[str, Any], end: int) -> bool:
    return one is not None and one[0] == 0 and (row["wants"] == "sum" or one[1] == (end > 0))


def _chosen(head: WishHead, row: dict[str, Any], columns: Sequence[Vectors]) -> tuple[int, bool] | None:
    return chosen(*head.fits(_measure(row), np.stack(columns)), ends=row["wants"] == "extreme")


if __name__ == "__main__":
    main()

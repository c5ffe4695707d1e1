"""The reader's weights on disk, checked by hash: all of them with a byte for each number and a scale for each row, a quarter of
the size, or the heads and a low-rank adapter beside a known encoder. So the package can carry its readers.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.models.adapter import adapted
from rag.models.files.checksums import sha256_of

if TYPE_CHECKING:
    import torch

    from rag.reading.network import ReaderNetwork

Resolve = Callable[[str], Path]
WEIGHTS, TOKENIZER, CARD = "reader.safetensors", "tokenizer.json", "reader.json"
SMALL = Path(__file__).parent / "shipped-small"
LARGE = Path(__file__).parent / "shipped-large"
MULTILINGUAL = Path(__file__).parent / "shipped-multilingual"
_SCALE = ".scale"
_NEVER = -10.0  # log odds


def save(network: "ReaderNetwork", tokenizer: Any, folder: Path, card: dict[str, Any]) -> None:
    """Write weights, tokenizer and `card` (what `load` gives back, with configuration and hashes added).

    Where the card names the `base` that the network's adapter of `rank` stands beside, that is what is written; the tokenizer
    is the base's.
    """
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    base = card.get("base")
    packed: dict[str, torch.Tensor] = {}
    for name, tensor in learnt(network).items() if base else network.state_dict().items():
        if tensor.ndim < 2 or base:
            packed[name] = tensor.half().clone() if base else tensor.float().clone()
            continue
        scale = (tensor.abs().amax(1) / 127).clamp(min=1e-12).float()  # (rows,)
        packed[name] = (tensor / scale[:, None]).round().clamp(-127, 127).to(torch.int8)
        packed[name + _SCALE] = scale
    save_file(packed, folder / WEIGHTS)
    if not base:
        tokenizer.save(str(folder / TOKENIZER))
    sums = {name: sha256_of(folder / name) for name in (WEIGHTS, TOKENIZER) if not (base and name == TOKENIZER)}
    config = {name: value for name, value in network.config.to_dict().items() if name != "_name_or_path"}  # of this machine
    kept = {"config": config, "sha256": sums}
    (folder / CARD).write_text(json.dumps({**card, **kept}, indent=1, sort_keys=True) + "\n", "utf-8")
    (folder / WEIGHTS).chmod((folder / CARD).stat().st_mode)  # safetensors writes for the owner only


def learnt(network: "ReaderNetwork") -> "dict[str, torch.Tensor]":
    """The weights of the heads and of the encoder's adapter."""
    return {n: w for n, w in network.state_dict().items() if not n.startswith("encoder.") or ".lora_" in n}


def load(
    folder: Path, resolve: Resolve | None = None, *, merge: bool = True, encoder: Any = None, tokenizer: Any = None
) -> "tuple[ReaderNetwork, Any, dict[str, Any]]":
    """Network, tokenizer and card of a folder, an adapter beside the encoder whose folder `resolve` gives; merged into it, or
    else ready to learn on. An `encoder` or `tokenizer` that is there already is used, and the folder's not read.

    Raises ModelError for a folder that is no reader or was changed.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    from rag.reading.network import ReaderNetwork

    try:
        card = json.loads((folder / CARD).read_text("utf-8"))
        for name, expected in card["sha256"].items():
            if (found := sha256_of(folder / name)) != expected:
                raise ModelError(
                    f"{folder / name} has the sha256 {found}, and should have {expected}: install the package anew, "
                    "or train the reader again."
                )
        base = card.get("base")
        if base and resolve is None:
            raise ModelError(f"the reader in {folder} stands beside {base}, which cannot be had here.")
        beside = resolve(base) if base and resolve else folder
        if base and encoder is None:
            network = ReaderNetwork.from_encoder(beside)
            network.encoder = adapted(network.encoder, card["rank"])
        else:
            network = ReaderNetwork(config(card), encoder)
        packed = load_file(folder / WEIGHTS)
        if encoder is not None:
            packed = {name: tensor for name, tensor in packed.items() if not name.startswith("encoder.")}
        state = {
            name: tensor.float() * packed[name + _SCALE][:, None] if tensor.dtype == torch.int8 else tensor.float()
            for name, tensor in packed.items()
            if not name.endswith(_SCALE)
        }
        _without_verdicts(network, state)
        _, unknown = network.load_state_dict(state, strict=not base and encoder is None)
        if unknown or (base and set(learnt(network)) - set(state)):
            raise ModelError(f"{folder / WEIGHTS} does not fit {base}: it was trained beside another, or is cut off.")
        if base and merge and encoder is None:
            network.encoder = network.encoder.merge_and_unload()
        return network.eval(), tokenizer or Tokenizer.from_file(str(beside / TOKENIZER)), card
    except (OSError, KeyError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{folder} is no reader that `rag train reader` wrote: {error}") from error


def _without_verdicts(network: "ReaderNetwork", state: "dict[str, torch.Tensor]") -> None:
    """A reader that knew no yes and no, as version 1 wrote it, says neither."""
    import torch

    head = network.passage_head
    missing = len(head.weight) - len(state["passage_head.weight"])
    if missing > 0:
        rows = torch.zeros(missing, head.in_features)
        state["passage_head.weight"] = torch.cat([state["passage_head.weight"], rows])
        state["passage_head.bias"] = torch.cat([state["passage_head.bias"], torch.full((missing,), _NEVER)])


def card(folder: Path) -> dict[str, Any]:
    """What a reader's card says; raises ModelError."""
    try:
        return dict(json.loads((folder / CARD).read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} is no reader that `rag train reader` wrote: {error}") from error


def config(card: Mapping[str, Any]) -> Any:
    """The configuration of a reader's encoder, of its card."""
    from transformers import AutoConfig

    return AutoConfig.for_model(**{"model_type": "bert", **card["config"]})


def identity(folder: Path) -> str:
    """The sha256 of a reader's card, which has those of its weights; raises ModelError."""
    try:
        return sha256_of(folder / CARD)
    except OSError as error:
        raise ModelError(f"{folder} is no reader that `rag train reader` wrote: {error}") from error


def export(folder: Path, place: Path, resolve: Resolve | None = None) -> None:
    """Write the encoder of the reader in `folder` as transformers would; raises ModelError."""
    network, tokenizer, _ = load(folder, resolve)
    network.encoder.save_pretrained(place)
    tokenizer.save(str(place / TOKENIZER))

"""The reader's weights on disk: safetensors with a byte for each number and a scale for each row, checked by hash.

A byte is a quarter of the size, so the package can carry its reader.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.models.files.checksums import sha256_of

if TYPE_CHECKING:
    from rag.reading.network import ReaderNetwork

WEIGHTS, TOKENIZER, CARD = "reader.safetensors", "tokenizer.json", "reader.json"
SHIPPED = Path(__file__).parent / "shipped"
_SCALE = ".scale"


def save(network: "ReaderNetwork", tokenizer: Any, folder: Path, card: dict[str, Any]) -> None:
    """Write weights, tokenizer and `card` (what `load` gives back, with configuration and hashes added)."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    packed: dict[str, torch.Tensor] = {}
    for name, tensor in network.state_dict().items():
        if tensor.ndim < 2:
            packed[name] = tensor.float().clone()
            continue
        scale = (tensor.abs().amax(1) / 127).clamp(min=1e-12).float()  # (rows,)
        packed[name] = (tensor / scale[:, None]).round().clamp(-127, 127).to(torch.int8)
        packed[name + _SCALE] = scale
    save_file(packed, folder / WEIGHTS)
    tokenizer.save(str(folder / TOKENIZER))
    sums = {name: sha256_of(folder / name) for name in (WEIGHTS, TOKENIZER)}
    kept = {"config": network.config.to_dict(), "sha256": sums}
    (folder / CARD).write_text(json.dumps({**card, **kept}, indent=1, sort_keys=True) + "\n", "utf-8")
    (folder / WEIGHTS).chmod((folder / CARD).stat().st_mode)  # safetensors writes for the owner only


def load(folder: Path) -> "tuple[ReaderNetwork, Any, dict[str, Any]]":
    """Network, tokenizer and card of a folder; raises ModelError for one that is no reader or was changed."""
    import torch
    from safetensors.torch import load_file
    from tokenizers import Tokenizer
    from transformers import BertConfig

    from rag.reading.network import ReaderNetwork

    try:
        card = json.loads((folder / CARD).read_text("utf-8"))
        for name, expected in card["sha256"].items():
            if (found := sha256_of(folder / name)) != expected:
                raise ModelError(
                    f"{folder / name} has the sha256 {found}, and should have {expected}: install the package anew, "
                    "or train the reader again."
                )
        network = ReaderNetwork(BertConfig.from_dict(card["config"]))
        packed = load_file(folder / WEIGHTS)
        state = {
            name: tensor.float() * packed[name + _SCALE][:, None] if tensor.dtype == torch.int8 else tensor
            for name, tensor in packed.items()
            if not name.endswith(_SCALE)
        }
        network.load_state_dict(state)
        return network.eval(), Tokenizer.from_file(str(folder / TOKENIZER)), card
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise ModelError(f"{folder} is no reader that `rag train reader` wrote: {error}") from error


def identity(folder: Path) -> str:
    """The sha256 of a reader's card, which has those of its weights; raises ModelError."""
    try:
        return sha256_of(folder / CARD)
    except OSError as error:
        raise ModelError(f"{folder} is no reader that `rag train reader` wrote: {error}") from error


def export(folder: Path, place: Path) -> None:
    """Write the encoder of the reader in `folder` as transformers would; raises ModelError."""
    network, tokenizer, _ = load(folder)
    network.encoder.save_pretrained(place)
    tokenizer.save(str(place / TOKENIZER))

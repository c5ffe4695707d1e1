"""A prompt in, a stream of text out: CTranslate2 in 8 bits on a CPU, transformers for GPUs and for all other models."""

from rag.generation.ctranslate2_engine import CTranslate2Generator
from rag.generation.transformers_engine import TransformersGenerator

__all__ = ["CTranslate2Generator", "TransformersGenerator"]

"""A prompt in, a stream of text out: any causal model in transformers, or on a CPU in CTranslate2 in 8 bits."""

from pathlib import Path

from rag.generation.ctranslate2_engine import CTranslate2Generator
from rag.generation.transformers_engine import TransformersGenerator

__all__ = ["SHIPPED", "CTranslate2Generator", "TransformersGenerator"]

SHIPPED = Path(__file__).parent / "shipped"  # the adapter that comes with the package
